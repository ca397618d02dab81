"""What the tools say of themselves, asked once and kept: for the receipts."""

import contextlib
import hashlib
import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_SECONDS = 10
_MOST_CHARACTERS = 120


def told(root: Path, tools: Mapping[str, str]) -> dict[str, str]:
    """The first line that each tool prints for `--version`; a tool that does not answer is left out.

    Kept below `root` for as long as none of the files changes (size, time of change).
    """
    seen = {name: (path, *_identity(Path(path))) for name, path in sorted(tools.items())}
    place = root / f"versions-{hashlib.sha256(repr(seen).encode()).hexdigest()[:16]}.json"
    with contextlib.suppress(OSError, ValueError):
        return {str(name): str(line) for name, line in json.loads(place.read_text()).items()}
    answers = {name: _asked(path) for name, path in tools.items()}
    found = {name: line for name, line in answers.items() if line}
    with tempfile.NamedTemporaryFile("w", dir=root, delete=False) as file:
        json.dump(found, file)
    Path(file.name).replace(place)
    return found


def _identity(path: Path) -> tuple[int, int]:
    with contextlib.suppress(OSError):
        seen = path.stat()
        return seen.st_size, seen.st_mtime_ns
    return 0, 0


def _asked(path: str) -> str:
    try:
        ran = subprocess.run(
            [path, "--version"], capture_output=True, timeout=_SECONDS, check=False, env={"LANG": "C.UTF-8"}, cwd="/"
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = ran.stdout.decode(errors="replace").strip().splitlines()
    return lines[0].strip()[:_MOST_CHARACTERS] if ran.returncode == 0 and lines else ""
