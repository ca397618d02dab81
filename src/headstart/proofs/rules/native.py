"""Whose a native frame is, by the source file that the debug information names.

Compilers write a file's name as they were given it: absolute, or relative to a folder that no sanitizer prints.
"""

import re
from posixpath import normpath

from headstart.proofs.rules.evidence import Place

_UBSAN = re.compile(r"__ubsan_handle_(?P<what>[a-z_]+?)(?:_v\d+)?(?:_abort)?")


def native_place(file: str, *, root: str, source: str, files: frozenset[str]) -> Place:
    """The place of a source file.

    `root` is the report's folder as the run saw it, with a slash at its end; `source` the target's folder below it;
    `files` the paths below it. A relative name is the target's where only files of the target end so.
    """
    if not file:
        return Place.LIBRARY
    if file.startswith("/"):
        whole = normpath(file)
        return _inside(whole[len(root) :], source) if whole.startswith(root) else Place.LIBRARY
    bare = re.sub(r"^(?:\.{1,2}/)+", "", file)
    places = {_inside(each, source) for each in files if each == bare or each.endswith("/" + bare)}
    if len(places) == 1:
        return places.pop()
    resolved = normpath(f"{source}/{file}")
    return _inside(resolved, source) if resolved in files else Place.LIBRARY


def _inside(path: str, source: str) -> Place:
    return Place.TARGET if path.startswith(source + "/") or source in ("", ".") else Place.HARNESS


def of_its_process(log: bytes, name: str) -> bool:
    """Whether AddressSanitizer wrote a log: each of its reports names the process that the log's own name ends with."""
    if b"AddressSanitizer" not in log:
        return True
    return f"=={name.rpartition('.')[2]}==".encode() in log


def undefined(functions: tuple[str, ...]) -> str | None:
    """What UBSan saw, where a crash's stack goes through one of its handlers: `add-overflow`, `out-of-bounds`."""
    found = next((match for each in functions if (match := _UBSAN.fullmatch(each))), None)
    return found["what"].replace("_", "-") if found else None
