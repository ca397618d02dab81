"""Set Headstart up on this machine: system packages, a virtual environment, the front-end's files.

Standard library alone, for it runs before anything is installed. It does what is missing and nothing twice;
what it can't do it says in one line, and goes on with what is there.
"""

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / ".headstart-setup"
INPUTS = (
    "requirements.lock",
    "requirements-node.lock",
    "pyproject.toml",
    "package-lock.json",
    "scripts/assets.py",
)

# what is needed, how to tell that it is there, and its name for each package manager
NEEDS = (
    ("bubblewrap, the sandbox", ("bwrap",), {"apt": "bubblewrap", "dnf": "bubblewrap", "pacman": "bubblewrap"}),
    ("a C compiler with AddressSanitizer", ("cc", "gcc"),
     {"apt": "gcc libc6-dev", "dnf": "gcc libasan libubsan", "pacman": "gcc"}),
    ("a C++ compiler", ("c++", "g++"), {"apt": "g++", "dnf": "gcc-c++", "pacman": "gcc"}),
    ("git, for commits", ("git",), {"apt": "git", "dnf": "git", "pacman": "git"}),
    ("openssl, which makes the keys of the how-tos", ("openssl",),
     {"apt": "openssl", "dnf": "openssl", "pacman": "openssl"}),
    ("prlimit, which bounds what a job may use", ("prlimit",),
     {"apt": "util-linux", "dnf": "util-linux", "pacman": "util-linux"}),
)  # fmt: skip
FOR_TESTS = (("Chromium, for the browser tests", ("chromium", "chromium-browser"), {"apt": "chromium"}),)


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def run(*command: str, **keywords: object) -> None:
    subprocess.run(command, check=True, cwd=ROOT, **keywords)  # type: ignore[call-overload]


def manager() -> str | None:
    """The system's package manager, as far as this script knows it."""
    for name, program in (("apt", "apt-get"), ("dnf", "dnf"), ("pacman", "pacman")):
        if shutil.which(program):
            return name
    return None


def system_packages(*, tests: bool) -> None:
    """Install what is missing as root on Debian and Ubuntu; say the one line elsewhere."""
    missing = [each for each in NEEDS + (FOR_TESTS if tests else ()) if not any(map(shutil.which, each[1]))]
    names = list(missing)
    if _no_python_for_sandboxes():
        names.append(
            ("a Python that sandboxes may read", (), {"apt": "python3", "dnf": "python3", "pacman": "python"})
        )
    if not _has_libseccomp():
        names.append(("libseccomp, the system-call filter", (),
                      {"apt": "libseccomp2", "dnf": "libseccomp", "pacman": "libseccomp"}))  # fmt: skip
    if not names:
        return
    what = manager()
    packages = " ".join(each[2][what] for each in names if what in each[2]) if what else ""
    for each in names:
        say(f"missing: {each[0]}")
    if what == "apt" and os.geteuid() == 0 and packages:
        say(f"installing with apt-get, as root: {packages}")
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
        for command in (
            ("apt-get", "update", "-qq"),
            ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages.split()),
        ):
            if subprocess.run(command, check=False, **quiet).returncode:
                say(
                    f"{' '.join(command[:2])} failed; going on without (headstart doctor says what won't work)"
                )
                return
        return
    lines = {"apt": "sudo apt-get install", "dnf": "sudo dnf install", "pacman": "sudo pacman -S"}
    if what and packages:
        say(f"to install: {lines[what]} {packages}")
    elif sys.platform == "darwin":
        say("macOS has no sandbox that Headstart can use; run it in a Linux container or virtual machine")
    say("going on with what is there; `headstart doctor` says what won't work without")


def _no_python_for_sandboxes() -> bool:
    """As root each sandbox has another user, which can't read an interpreter below a private home."""
    if os.name == "nt" or os.geteuid() != 0:
        return False
    return not any(Path(each).exists() for each in ("/usr/bin/python3", "/usr/local/bin/python3"))


def _has_libseccomp() -> bool:
    import ctypes.util

    return ctypes.util.find_library("seccomp") is not None


def environment() -> None:
    """A virtual environment with every package at the version and hash of the lock."""
    uv = shutil.which("uv")
    if not (BIN / "python").exists():
        say(f"making .venv with {'uv' if uv else 'venv'} (Python {platform.python_version()})")
        if uv:
            run(uv, "venv", "--quiet", "--python", sys.executable, str(VENV))
        else:
            made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False, capture_output=True)
            if made.returncode:
                shutil.rmtree(VENV, ignore_errors=True)
                _debian_venv()
    python = str(BIN / "python")
    say("installing the locked packages")
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    uv = uv or _uv_of_the_lock(pip)
    if uv:
        pip = (uv, "pip", "install", "--quiet", "--python", python)
    run(*pip, "--require-hashes", "-r", "requirements.lock")
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ".")
    if not shutil.which("npm"):
        say("no Node.js here: taking it from the Python registry")
        run(*pip, "--require-hashes", "-r", "requirements-node.lock")


def _uv_of_the_lock(pip: tuple[str, ...]) -> str | None:
    """The lock's own uv, which installs the rest in a fraction of pip's time; None where it does not reach."""
    locked = (ROOT / "requirements.lock").read_text()
    found = re.search(r"^uv==.*\n(?:    .*\n)*", locked, re.MULTILINE)
    if found is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(found[0])
        file.flush()
        run(*pip, "--require-hashes", "-r", file.name)
    uv = str(BIN / "uv")
    asked = (uv, "pip", "install", "--dry-run", "--quiet", "--python", str(BIN / "python"))
    tried = subprocess.run((*asked, "click"), check=False, capture_output=True, cwd=ROOT)
    return None if tried.returncode else uv  # an index that only pip is configured for


def _debian_venv() -> None:
    """Debian splits venv off: install it as root, or say the line."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if manager() == "apt" and os.geteuid() == 0:
        say(f"installing with apt-get, as root: {package}")
        run("apt-get", "install", "-y", "-qq", package, stdout=subprocess.DEVNULL)
        run(sys.executable, "-m", "venv", str(VENV))
        return
    sys.exit(f"setup: this Python has no venv; install it: sudo apt-get install {package} (or install uv)")


def front_end() -> None:
    """The design system's files, from the npm registry by its lock."""
    say("fetching the front-end's files")
    npm = shutil.which("npm") or str(BIN / "npm")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    path = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", env=path, **quiet)
    run(str(BIN / "python"), "scripts/assets.py")


def fingerprint() -> str:
    """What the set-up was made from: when it is the same, there is nothing to do."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for name in INPUTS:
        path = ROOT / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what the test suite needs (Chromium)")
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - this script is what finds out
        sys.exit(f"setup: Headstart needs Python 3.11 or later; this is {platform.python_version()}")
    system_packages(tests=arguments.tests)
    made_from = fingerprint()
    if STAMP.exists() and STAMP.read_text() == made_from and (BIN / "headstart").exists():
        return
    environment()
    front_end()
    STAMP.write_text(made_from)
    say("done")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"setup: {' '.join(map(str, error.cmd))} failed with status {error.returncode}; mend it and try again"
        )
