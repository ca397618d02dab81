"""A crash as read from a log, and which of its frames matter."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

STATE_FRAMES = 3
_STATE_CHARACTERS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One function on the stack; `function` is empty where the log names only a place."""

    function: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """`kind` is in the tool's own words: `heap-use-after-free`, `ValueError`, `signed-integer-overflow`.

    `tool`: asan, hwasan, ubsan, msan, lsan, tsan, libfuzzer, python, node, go, rust, java, assert.
    """

    tool: str
    kind: str
    frames: tuple[Frame, ...]  # the innermost first
    state: tuple[str, ...]  # at most three


_NOT_MATTERING = re.compile(
    r"""^(?:
        __interceptor_ | ___interceptor_ | __sanitizer | __asan | __ubsan | __msan | __lsan | __tsan | __hwasan
      | ___asan | ___ubsan | __sanitizer:: | __fortify | __assert | __GI_ | _?_?libc_start | __chk_fail | _start$
      | (?:__)?(?:abort|raise|gsignal|kill|pthread_kill.*|tgkill|exit|_exit|__pthread_kill_implementation)$
      | (?:__)?(?:mem(?:cpy|move|set|cmp|chr|mem)|str(?:n?len|n?cpy|n?cmp|n?cat|chr|rchr|str|dup|ndup)|bcmp)\b
      | (?:malloc|calloc|realloc|free|operator\ new|operator\ delete|xmalloc|posix_memalign)\b
      | std:: | __gnu_cxx:: | fuzzer:: | __cxa_ | __gxx_ | llvm:: | start_thread$ | __?clone\d?$ | main$
      | core::panicking | rust_begin_unwind | rust_panic | _?_?rust_ | std::panicking | backtrace
      | logging::LogMessage | base::debug:: | runtime\. | panic$ | goexit
      | Module\._ | node:internal | (?:Object\.)?\{anonymous\}$ | processTicksAndRejections | require$ | <module>$
    )""",
    re.VERBOSE,
)
_OTHERS_PLACES = re.compile(
    r"^(?:node:internal|internal/|<frozen |\S*sanitizer_common|\S*/libsanitizer/|\S*/libfuzzer/"
    r"|\S*/(?:libc|libpthread|libgcc_s|ld-linux|libasan|libubsan)[-.]|\?\?)"
)
_GO_RECEIVER = re.compile(r"\(\*(\w+)\)")
_HEX = re.compile(r"\+?0x[0-9a-fA-F]+|\b[0-9a-fA-F]{9,}\b|::h[0-9a-f]{16}\b")
_NUMBER = re.compile(r"\d{4,}")


def state_of(frames: Iterable[Frame]) -> tuple[str, ...]:
    """The top frames that matter; where none does, the top frames as they are."""
    known = [each for each in frames if each.function or each.file]
    mattering = [each for each in known if _matters(each)]
    named = (_masked(each) for each in mattering or known)
    return tuple(itertools.islice((each for each in named if each), STATE_FRAMES))


def _matters(frame: Frame) -> bool:
    if frame.file is not None and _OTHERS_PLACES.match(frame.file):
        return False
    return not _NOT_MATTERING.match(_bare(frame.function))


def _masked(frame: Frame) -> str:
    name = _bare(frame.function)
    if not name or name == "{anonymous}":
        place = (frame.file or "").rsplit("/", 1)[-1]
        name = place
    return _NUMBER.sub("N", _HEX.sub("", name))[:_STATE_CHARACTERS]


def _bare(function: str) -> str:
    """A function's name without its arguments, template arguments and return type."""
    kept: list[str] = []
    depth = 0
    name = (
        _GO_RECEIVER.sub(r"*\1", function)
        .replace("(anonymous namespace)", "{anonymous}")
        .replace("<anonymous>", "{anonymous}")
        .replace("operator()", "operator call")
    )
    for at, letter in enumerate(name):
        if letter in "(<[" and (at > 0 or letter == "("):
            depth += 1
        elif letter in ")>]" and depth:
            depth -= 1
        elif not depth:
            kept.append(letter)
    if function.startswith("<"):
        return function
    plain = "".join(kept).strip().removesuffix(" const")
    before, operator, after = plain.partition("operator ")
    # C++ templates and C signatures begin with the type that is returned
    return (
        f"{before.rpartition(' ')[2]}{operator}{after}" if operator else plain.rpartition(" ")[2].lstrip("*&")
    )
