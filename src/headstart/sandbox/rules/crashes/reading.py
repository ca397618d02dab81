"""Read a log line by line, once; each tool's reader takes it up at its own headline."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headstart.sandbox.rules.crashes import frames as reader
from headstart.sandbox.rules.crashes.values import Crash, Frame, state_of

MOST_BYTES = 1 << 20  # of the beginning, and as much of the end
MOST_LINES = 40_000
MOST_FRAMES = 128
_LINE_CHARACTERS = 2048

_SANITIZERS = {
    "AddressSanitizer": "asan",
    "HWAddressSanitizer": "hwasan",
    "MemorySanitizer": "msan",
    "LeakSanitizer": "lsan",
    "ThreadSanitizer": "tsan",
    "UndefinedBehaviorSanitizer": "ubsan",
}
_SANITIZER = re.compile(r"(?:ERROR|WARNING): (\w+Sanitizer): (.+)")
_LIBFUZZER = re.compile(r"ERROR: libFuzzer: ([\w -]+)")
_UBSAN = re.compile(r"^(\S+?):(\d+):\d+: runtime error: (.+)")
_ASSERT = re.compile(r"^(?:\S+: )?([^\s:]+):(\d+): (.{0,500}?): Assertion [`'].*failed\.?$")
_BSD_ASSERT = re.compile(r"Assertion failed: .{1,500}?, (?:function (\w+), )?file ([^,]{1,500}), line (\d+)")
_CHECK = re.compile(  # glog, Abseil, Chromium: "F0812 21:22:15 61 a.cc:89] Check failed: x", "[1:2:FATAL:a.cc(89)] x"
    r"^(?:F\d{4} [\d:. ]{8,40}|\[[\d:/.]{0,60}FATAL:|\[[^\]]{1,40}\](?:\[\w{0,20}\]){0,3}\[assert\] )"
    r"([^\s:(]{1,300})[:(](\d+)\)?\] (.{0,80})"
)
_GLIB_ASSERT = re.compile(r"ERROR:([^\s:]{1,300}):(\d+):(\w{1,200}): assertion failed")
_GO = re.compile(r"^(panic|fatal error): (.+)")
_RUST = re.compile(r"^thread '[^']*'(?: \(\d+\))? panicked at ")
_JAVA = re.compile(
    r"^(?:Exception in thread \S+ |== Java Exception: |Caused by: |FATAL EXCEPTION: )?"
    r"([a-zA-Z_]\w*\.[\w.$]*(?:Exception|Error|Throwable\w*))(?::|$)"
)
_NODE_FATAL = re.compile(r"^(?:FATAL ERROR: |# Fatal (?:JavaScript )?(?:error|invalid).{0,20}?)(.*)")
_V8_PLACE = re.compile(r" in ([^\s,]{1,300}), line (\d+)")
_NODE = re.compile(r"^(?:Uncaught )?\[?((?:[A-Za-z_$][\w$.]*)?(?:Error|Exception))\b")
_PYTHON = re.compile(r"^\s*(?:[|+]\s+)*(?:\w+: )?(?:Exception Group )?Traceback \(most recent call last\):")


_OVERFLOWS = frozenset({"stack-overflow", "RecursionError", "RangeError", "java.lang.StackOverflowError"})
_FAILED_CHECK = 30
_OWN_END = frozenset({"ABRT", "ILL", "TRAP", "breakpoint", "deadly-signal"})
"""How a program ends itself after it said why: what it said comes first."""


@dataclass(frozen=True, slots=True)
class _Found:
    rank: int  # the lower wins; between equals the first, for tracebacks the last
    crash: Crash


def parse(log: bytes) -> Crash | None:
    """The crash that a log tells of; None where it tells of none.

    Where a log tells of several, a sanitizer's finding comes before a language's exception, and that before the
    signal by which it ended; between sanitizers' findings the first counts, between exceptions the last.
    """
    lines = _lines(log)
    found = [each for each in (*_native(lines), *_languages(lines)) if each is not None]
    return min(found, key=lambda each: each.rank).crash if found else None


def _lines(log: bytes) -> list[str]:
    if len(log) > 2 * MOST_BYTES:
        log = log[:MOST_BYTES] + b"\n" + log[-MOST_BYTES:]
    lines = log.decode("utf-8", errors="replace").split("\n")
    if len(lines) > MOST_LINES:
        lines = lines[: MOST_LINES // 2] + lines[-MOST_LINES // 2 :]
    return [each[:_LINE_CHARACTERS].rstrip("\r") for each in lines]


def _crash(tool: str, kind: str, frames: Sequence[Frame]) -> Crash:
    state = state_of(frames, recursive=kind in _OVERFLOWS)
    return Crash(tool=tool, kind=kind[:100], frames=tuple(frames), state=state)


def _native(lines: list[str]) -> Iterator[_Found]:
    """Sanitizers, libFuzzer and assertions: the first of each rank is enough."""
    seen: set[int] = set()
    for at, line in enumerate(lines):
        head = _headline(line)
        if head is not None and head.rank not in seen:
            seen.add(head.rank)
            stack = reader.numbered(lines, at, through=head.rank == _FAILED_CHECK) or head.crash.frames
            yield _Found(head.rank, _crash(head.crash.tool, head.crash.kind, stack))


def _headline(line: str) -> _Found | None:
    """What a line alone tells of a native crash, with the place that it names."""
    if "Sanitizer: " in line and (match := _SANITIZER.search(line)):
        kind = _sanitizer_kind(match[2])
        rank = 50 if kind in _OWN_END else 10
        return _Found(rank, _crash(_SANITIZERS.get(match[1], "asan"), kind, ()))
    if "runtime error: " in line and (match := _UBSAN.match(line)):
        place = Frame(function="", file=match[1], line=int(match[2]))
        return _Found(12, _crash("ubsan", _ubsan_kind(match[3]), (place,)))
    if "libFuzzer: " in line and (match := _LIBFUZZER.search(line)):
        return _Found(52, _crash("libfuzzer", match[1].partition(" after ")[0].strip().replace(" ", "-"), ()))
    return _failed_check(line)


def _failed_check(line: str) -> _Found | None:
    """A program's own check of itself, by the headers and libraries that most use: it ends in an abort."""
    kind, function, file, number = "assertion-failure", "", "", "0"
    if "ssertion " in line:
        if match := _ASSERT.match(line):
            file, number, function = match.groups()
        elif match := _BSD_ASSERT.search(line):
            function, file, number = match[1] or "", match[2], match[3]
        elif match := _GLIB_ASSERT.search(line):
            file, number, function = match.groups()
    if not file and "] " in line and line.startswith(("F", "[")) and (match := _CHECK.match(line)):
        file, number, said = match.groups()
        kind = _check_kind(match[0], said)
    if not file:
        return None
    place = Frame(function=function, file=file, line=int(number))
    return _Found(_FAILED_CHECK, _crash("assert", kind, (place,)))


def _check_kind(line: str, said: str) -> str:
    if "heck failed" in said or "CHECK failed" in said or said.startswith("CHECK"):
        return "check-failure"
    return "assertion-failure" if "assert" in said.lower() or "[assert]" in line else "fatal-error"


def _sanitizer_kind(words: str) -> str:
    if words.startswith("detected memory leaks"):
        return "memory-leak"
    if words.startswith("attempting free on address which was not malloc"):
        return "bad-free"
    if words.startswith("requested allocation size"):
        return "allocation-size-too-big"
    if "out of memory" in words:
        return "out-of-memory"
    words = words.removeprefix("attempting ")
    for end in (" on ", " (", ":", ";", " in "):
        words = words.partition(end)[0]
    return words.strip().replace(" ", "-")


_UBSAN_KINDS = (
    "unsigned integer overflow", "signed integer overflow", "division by zero", "index out of bounds", "null pointer",
    "misaligned address", "shift exponent", "left shift", "negation of", "downcast", "vptr", "insufficient space",
    "not a valid value", "outside the range of representable values", "variable length array", "unreachable",
    "implicit conversion", "pointer overflow", "incorrect function type", "assumption is violated",
    "control flow integrity",
)  # fmt: skip


def _ubsan_kind(words: str) -> str:
    if re.match(r"index .{1,40} out of bounds", words):
        return "index-out-of-bounds"
    if re.match(r"applying .{0,60} offset", words) or "pointer index expression" in words:
        return "pointer-overflow"
    known = next((each for each in _UBSAN_KINDS if each in words), None)
    if known is None and "which does not point to an object" in words:
        known = "vptr"
    return (known or re.sub(r"0x[0-9a-f]+|-?\d+", "N", words)[:60]).replace(" ", "-")


def _languages(lines: list[str]) -> Iterator[_Found | None]:
    yield _python(lines)
    yield _node_fatal(lines)
    first = {"go": False, "rust": False}
    for at, line in enumerate(lines):
        if not line.startswith(("panic: ", "fatal error: ", "thread '")):
            continue
        if not first["go"] and (match := _GO.match(line)):
            stack = reader.go(lines, at)
            if stack:
                first["go"] = True
                yield _Found(22, _crash("go", _go_kind(match[1], match[2]), stack))
        elif not first["rust"] and _RUST.match(line):
            first["rust"] = True
            yield _Found(22, _crash("rust", "panic", reader.rust(lines, at)))
    yield _thrown(lines)


_GO_FATAL = ("all goroutines are asleep", "stack overflow", "concurrent map", "out of memory")


def _go_kind(said: str, words: str) -> str:
    """The runtime's own words; what a program says in its own panic differs from input to input."""
    if not words.startswith(("runtime error: ", *_GO_FATAL)):
        return said.replace(" ", "-")
    kind = words.removeprefix("runtime error: ").partition(" [")[0].partition(": ")[0]
    return re.sub(r"-?\d+", "N", kind)


def _python(lines: list[str]) -> _Found | None:
    """The last traceback is the exception that was not caught; what it was chained to came before."""
    at = next((n for n in range(len(lines) - 1, -1, -1) if _PYTHON.match(lines[n])), None)
    if at is None:
        return None
    stack, kind = reader.python(lines, at)
    return _Found(20, _crash("python", kind, stack)) if kind else None


def _node_fatal(lines: list[str]) -> _Found | None:
    for at, line in enumerate(lines):
        match = _NODE_FATAL.match(line)
        if match:
            kind = _v8_kind("\n".join(lines[at : at + 4]))
            place = _V8_PLACE.search(line)
            named = (Frame(function="", file=place[1], line=int(place[2])),) if place else ()
            stacks = (reader.v8(lines, at), reader.numbered(lines, at, through=True), named)
            return _Found(21, _crash("node", kind, next(filter(state_of, stacks), ())))
    return None


_V8_KINDS = {
    "heap out of memory": "heap-out-of-memory",
    "heck failed": "check-failure",
    "unreachable code": "unreachable-code",
    "unimplemented code": "unimplemented-code",
}


def _v8_kind(words: str) -> str:
    return next((kind for said, kind in _V8_KINDS.items() if said in words), "fatal-error")


def _thrown(lines: list[str]) -> _Found | None:
    """The last JavaScript or Java exception with a stack of `at` lines."""
    best: _Found | None = None
    at = 0
    while at < len(lines) - 1:
        java, node = _JAVA.match(lines[at]), _NODE.match(lines[at])
        if java or node:
            stack, after, is_java = reader.at_lines(lines, at)
            if stack and is_java and java:
                best = _Found(24, _crash("java", java[1], stack))
            elif stack and not is_java and node:
                best = _Found(24, _crash("node", node[1], stack))
            at = max(after, at + 1)
        else:
            at += 1
    return best
