"""The stacks of each tool as frames, the innermost first; a reader goes forward from its headline, and not far."""

import re
from collections.abc import Sequence

from headstart.sandbox.rules.crashes.values import Frame

MOST_FRAMES = 128
_LOOK_AHEAD = 60  # lines between a headline and its first frame
_MOST_STACK_LINES = 2000

_NUMBERED = re.compile(r"^\s*#(\d{1,4})(?:\.\d+)?\s+(?:0x[0-9a-fA-F]+\s+)?(?:in\s+)?(\S.*)$")
_PLACE = re.compile(r"^(.+?):(\d+)(?::\d+)?$")
_PYTHON_FRAME = re.compile(r'^[\s|+]*File "([^"]*)", line (\d+)(?:, in (.+))?$')
_PYTHON_ERROR = re.compile(r"^[\s|+]*([A-Za-z_][\w.]*)(?::(?:\s|$)|$)")
_AT = re.compile(r"^\s+at (.+)$")
_GO_PLACE = re.compile(r"^\s+(\S+):(\d+)(?: \+0x[0-9a-f]+)?$")
_RUST_FRAME = re.compile(r"^\s+\d+:\s+(?:0x[0-9a-f]+ - )?(\S.*)$")
_RUST_HEAD = re.compile(r"panicked at (?:'.*', )?(\S+?):(\d+)(?::\d+)?:?$")
_V8 = re.compile(r"^\s*\d+: (?:0x[0-9a-f]+ )?(\S.*?)(?: \[[^\]]*\])?$")
_ERROR_CODE_FRAMES = "<anonymous>"
_NO_NAME = "<unknown>"


def numbered(lines: Sequence[str], at: int, *, through: bool = False) -> tuple[Frame, ...]:
    """`#0 0x1 in f file:1:2`: the first stack after a headline, as sanitizers and libFuzzer print it.

    `through`: past the headline of a sanitizer, which tells of the abort that a failed check ends in.
    """
    found: list[Frame] = []
    quiet = 0
    is_apart = False  # a line without a frame came before this one
    for line in lines[at + 1 : at + _MOST_STACK_LINES]:
        match = _NUMBERED.match(line)
        if match:
            if is_apart and found and match[1] == "0":
                break
            found.append(_native(match[2]))
            if len(found) == MOST_FRAMES:
                break
        elif found and line.strip():
            if any(each.function != _NO_NAME for each in found):
                break
            found, quiet = [], 0  # the program's own stack, without names: a better one may follow
        elif not found:
            quiet += 1
            if quiet > _LOOK_AHEAD or ("Sanitizer: " in line and not through):
                break
        is_apart = not match
    return tuple(found)


def _native(text: str) -> Frame:
    """`f(int, char) /src/a.c:1:2`, `f (module+0x1)`, `f`."""
    text = text.partition(" (BuildId:")[0].removesuffix(" ??:?").removesuffix(" ??:0").strip()
    function, _, place = text.rpartition(" ")
    if place.startswith("(") and "+0x" in place and _PLACE.match(function.rpartition(" ")[2]):
        function, _, place = function.rpartition(" ")  # ThreadSanitizer names the module after the place
    match = _PLACE.match(place)
    if match and function:
        return Frame(function=function, file=match[1], line=int(match[2]))
    if function and (place.startswith(("(", "/", "<null>")) or "/" in place or "\\" in place):
        module = place.strip("()").partition("+0x")[0]
        return Frame(function=function.removesuffix(" <null>"), file=module or None)
    if text.startswith("("):
        return Frame(function="", file=text.strip("()").partition("+0x")[0] or None)
    return Frame(function=text)


def python(lines: Sequence[str], at: int) -> tuple[tuple[Frame, ...], str]:
    """The frames and the exception's name of the traceback that begins at a line; no name where it is cut short."""
    found: list[Frame] = []
    for line in lines[at + 1 : at + _MOST_STACK_LINES]:
        match = _PYTHON_FRAME.match(line)
        if match:
            if match[3] is not None:
                found.append(Frame(function=match[3], file=match[1], line=int(match[2])))
        elif found and not line.startswith(("  ", " |", "\t")) and (error := _PYTHON_ERROR.match(line)):
            name = error[1]
            if name.isupper():  # a log's level: Atheris prints the exception above its traceback
                above = _PYTHON_ERROR.match(lines[at - 1]) if at else None
                name = above[1] if above else ""
            return tuple(reversed(found[-MOST_FRAMES:])), name
    return (), ""


def at_lines(lines: Sequence[str], at: int) -> tuple[tuple[Frame, ...], int, bool]:
    """The `at` lines after an exception's headline, the line after them, and whether they are Java's."""
    found: list[Frame] = []
    here = at + 1
    is_java = False
    while here < len(lines) and here - at < _MOST_STACK_LINES:
        match = _AT.match(lines[here])
        if match:
            frame, java = _at(match[1])
            is_java |= java
            if len(found) < MOST_FRAMES:
                found.append(frame)
        elif found or here - at > 20:
            break
        here += 1
    return tuple(found), here, is_java


def _at(text: str) -> tuple[Frame, bool]:
    """`f (/a.js:1:2)`, `/a.js:1:2`, `pkg.Class.method(File.java:1)`."""
    if text.endswith(")"):
        function, _, place = text[:-1].rpartition("(")
        match = _PLACE.match(place)
        file, line = (match[1], int(match[2])) if match else (place or None, None)
        java = not function.endswith(" ") and bool(function)
        name = function.strip().removeprefix("async ").removeprefix("new ")
        return Frame(function=name, file=file, line=line), java
    match = _PLACE.match(text.removeprefix("async "))
    if match:
        return Frame(function=_ERROR_CODE_FRAMES, file=match[1], line=int(match[2])), False
    return Frame(function=text), False


def go(lines: Sequence[str], at: int) -> tuple[Frame, ...]:
    """The functions of the first goroutine after a panic, each with the place in the line below it."""
    start = next(
        (n for n in range(at, min(at + _LOOK_AHEAD, len(lines))) if lines[n].startswith("goroutine ")), None
    )
    if start is None:
        return ()
    found: list[Frame] = []
    function = ""
    for line in lines[start + 1 : start + _MOST_STACK_LINES]:
        place = _GO_PLACE.match(line)
        if place and function:
            found.append(Frame(function=function, file=place[1], line=int(place[2])))
            function = ""
        elif line.startswith("created by "):
            break
        elif line.endswith(")") and not line.startswith((" ", "\t")):
            function = line.rpartition("(")[0]
        else:
            break
    after_panic = next((n for n, each in enumerate(found) if each.function == "panic"), -1)
    return tuple(found[after_panic + 1 :][:MOST_FRAMES])


def rust(lines: Sequence[str], at: int) -> tuple[Frame, ...]:
    """The backtrace after a panic; without one, the place that the headline names."""
    found: list[Frame] = []
    for line in lines[at + 1 : at + _MOST_STACK_LINES]:
        if match := _RUST_FRAME.match(line):
            found.append(Frame(function=match[1]))
        elif found and (place := _AT.match(line)):
            where = _PLACE.match(place[1])
            if where:
                found[-1] = Frame(function=found[-1].function, file=where[1], line=int(where[2]))
        elif found:
            break
    head = _RUST_HEAD.search(lines[at])
    if not found:
        found = list(numbered(lines, at))
    if not found and head:
        found = [Frame(function="", file=head[1], line=int(head[2]))]
    return tuple(found[:MOST_FRAMES])


def v8(lines: Sequence[str], at: int) -> tuple[Frame, ...]:
    """The native stack that Node prints below a fatal error: ` 1: 0xb9c310 node::Abort() [node]`."""
    found: list[Frame] = []
    for line in lines[at + 1 : at + _LOOK_AHEAD]:
        if match := _V8.match(line):
            found.append(Frame(function=match[1]))
        elif found:
            break
    return tuple(found)
