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
_GO = re.compile(r"^(?:panic|fatal error): (.+)")
_RUST = re.compile(r"^thread '[^']*'(?: \(\d+\))? panicked at ")
_JAVA = re.compile(
    r"^(?:Exception in thread \S+ |== Java Exception: |Caused by: |FATAL EXCEPTION: )?"
    r"([a-zA-Z_]\w*\.[\w.$]*(?:Exception|Error|Throwable\w*))(?::|$)"
)
_NODE_FATAL = re.compile(r"^(?:FATAL ERROR: |# Fatal (?:JavaScript )?(?:error|invalid).{0,20}?)(.*)")
_NODE = re.compile(r"^(?:Uncaught )?\[?((?:[A-Za-z_$][\w$.]*)?(?:Error|Exception))\b")
_PYTHON = re.compile(r"^\s*(?:[|+]\s+)*(?:\w+: )?(?:Exception Group )?Traceback \(most recent call last\):")


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
    return Crash(tool=tool, kind=kind[:100], frames=tuple(frames), state=state_of(frames))


def _native(lines: list[str]) -> Iterator[_Found]:
    """Sanitizers, libFuzzer and assertions: the first of each rank is enough."""
    seen: set[int] = set()
    for at, line in enumerate(lines):
        head = _headline(line)
        if head is not None and head.rank not in seen:
            seen.add(head.rank)
            stack = reader.numbered(lines, at) or head.crash.frames
            yield _Found(head.rank, _crash(head.crash.tool, head.crash.kind, stack))


def _headline(line: str) -> _Found | None:
    """What a line alone tells of a native crash, with the place that it names."""
    if "Sanitizer: " in line and (match := _SANITIZER.search(line)):
        kind = _sanitizer_kind(match[2])
        rank = 50 if kind in {"ABRT", "deadly-signal"} else 10
        return _Found(rank, _crash(_SANITIZERS.get(match[1], "asan"), kind, ()))
    if "runtime error: " in line and (match := _UBSAN.match(line)):
        place = Frame(function="", file=match[1], line=int(match[2]))
        return _Found(12, _crash("ubsan", _ubsan_kind(match[3]), (place,)))
    if "libFuzzer: " in line and (match := _LIBFUZZER.search(line)):
        return _Found(52, _crash("libfuzzer", match[1].partition(" after ")[0].strip().replace(" ", "-"), ()))
    if "Assertion " in line and (match := _ASSERT.match(line)):
        place = Frame(function=match[3], file=match[1], line=int(match[2]))
        return _Found(30, _crash("assert", "assertion-failure", (place,)))
    return None


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
    "signed integer overflow", "unsigned integer overflow", "division by zero", "index out of bounds", "null pointer",
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
        if not first["go"] and (match := _GO.match(line)):
            stack = reader.go(lines, at)
            if stack:
                first["go"] = True
                yield _Found(22, _crash("go", _go_kind(match[1]), stack))
        elif not first["rust"] and _RUST.match(line):
            first["rust"] = True
            yield _Found(22, _crash("rust", "panic", reader.rust(lines, at)))
    yield _thrown(lines)


def _go_kind(words: str) -> str:
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
            heap = any("heap out of memory" in each for each in lines[at : at + 4])
            kind = "heap-out-of-memory" if heap else "fatal-error"
            return _Found(21, _crash("node", kind, reader.v8(lines, at)))
    return None


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
