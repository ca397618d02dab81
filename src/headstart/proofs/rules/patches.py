"""Unified diffs, read and applied to text in memory: a patch is hostile until it has shown otherwise."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from headstart.proofs.errors import PatchInvalid

LARGEST = 2 << 20
MOST_FILES = 200
MOST_DRIFT = 400  # lines that a hunk may have moved
MOST_STRIPPED = 3
_NEW = "/dev/null"
_SPECIAL = re.compile(
    rb"^(?:new file mode|old mode|new mode|deleted file mode|index \S+) (?!100)(\d{6})\s*$", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a patch does to one file; `path` without the first part (`-p1`)."""

    path: str
    hunks: tuple[
        tuple[int, tuple[str, ...], tuple[str, ...]], ...
    ]  # where (from 1), lines before, lines after
    makes: bool = False
    removes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched:
    """The files that a patch changed: their new text, or None where it removes them; and what it left out."""

    files: Mapping[str, str | None]
    absent: tuple[str, ...]  # changes of files that are not in the release: tests, documentation


def read(patch: bytes) -> tuple[Change, ...]:
    """The changes of a patch.

    Raises:
        PatchInvalid: too large, no unified diff, or a path that leaves the source.
    """
    if len(patch) > LARGEST:
        raise PatchInvalid(f"it is larger than {LARGEST >> 20} MiB")
    if special := _SPECIAL.search(patch):
        raise PatchInvalid(
            f"it makes a link or a submodule (mode {special[1].decode()}); only plain files are changed"
        )
    try:
        parsed = PatchSet.from_string(patch.decode("utf-8"))
    except (UnicodeDecodeError, UnidiffParseError) as error:
        raise PatchInvalid("it is no unified diff in UTF-8") from error
    if not 0 < len(parsed) <= MOST_FILES:
        raise PatchInvalid(f"it changes {len(parsed)} files; between 1 and {MOST_FILES} are read")
    return tuple(_change(each) for each in parsed)


def _change(file: PatchedFile) -> Change:
    if file.is_binary_file:
        raise PatchInvalid(f"it changes a binary file, {file.path}")
    named = file.source_file if file.target_file == _NEW else file.target_file
    hunks = []
    for hunk in file:
        before = tuple(_text(line.value) for line in hunk if line.is_context or line.is_removed)
        after = tuple(_text(line.value) for line in hunk if line.is_context or line.is_added)
        hunks.append((hunk.source_start, before, after))
    return Change(
        path=_stripped(named),
        hunks=tuple(hunks),
        makes=file.source_file == _NEW,
        removes=file.target_file == _NEW,
    )


def _text(value: str) -> str:
    return value.rstrip("\r\n")


def _stripped(name: str) -> str:
    parts = PurePosixPath(name).parts
    if len(parts) < 2 or name.startswith("/") or ".." in parts or any("\0" in part for part in parts):
        raise PatchInvalid(f"it names {name!r}; paths start in a/ or b/ and stay inside the source")
    return "/".join(parts[1:])


def fit(changes: Iterable[Change], there: frozenset[str]) -> dict[str, Change]:
    """The changes by the path in the release that each is about.

    An installed release has lost leading folders of its source (`src/`), so up to three more parts are
    stripped, all changes alike, until a file is there.

    Raises:
        PatchInvalid: no file that it changes is in the release.
    """
    listed = list(changes)
    for depth in range(MOST_STRIPPED + 1):
        moved = {_shorter(each.path, depth): each for each in listed}
        if any(path in there and not each.makes for path, each in moved.items()):
            return {path: each for path, each in moved.items() if path in there or (each.makes and path)}
    raise PatchInvalid(f"none of the files that it changes is in the release ({listed[0].path}, …)")


def _shorter(path: str, depth: int) -> str:
    return "/".join(path.split("/")[depth:])


def apply(change: Change, text: str) -> str | None:
    """A file's text with the change made; None where it removes the file.

    Raises:
        PatchInvalid: a hunk's lines are not in the text, near to where they should be.
    """
    lines = text.split("\n")
    shift = 0
    for start, before, after in change.hunks:
        at = _find(lines, before, max(start - 1, 0) + shift)
        if at is None:
            raise PatchInvalid(f"it does not apply: {change.path} has other lines near line {start}")
        lines[at : at + len(before)] = [_ending(line, lines, at) for line in after]
        shift += len(after) - len(before) + (at - (max(start - 1, 0) + shift))
    return None if change.removes else "\n".join(lines)


def _ending(line: str, lines: list[str], at: int) -> str:
    crlf = at < len(lines) and lines[at].endswith("\r")
    return f"{line}\r" if crlf else line


def _find(lines: list[str], before: tuple[str, ...], expected: int) -> int | None:
    for drift in range(MOST_DRIFT + 1):
        for at in {expected + drift, expected - drift}:
            if at >= 0 and tuple(_text(line) for line in lines[at : at + len(before)]) == before:
                return at
    return None
