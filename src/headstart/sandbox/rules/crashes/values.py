"""A crash as read from a log, and which of its frames matter."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

STATE_FRAMES = 3
_ROUNDS = 3
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
        __interceptor_ | ___interceptor_ | _+sanitizer | _+[almth]w?a?san | _+ubsan | _asan_rtl_ | __fortify | __assert
      | __GI_ | _?_?libc_start | __chk_fail | _start$ | __wrap_ | HF_ | __run_exit_handlers | __scrt_ | ExitCallback$
      | (?:__)?(?:abort|raise|gsignal|kill|pthread_kill.*|tgkill|exit|_exit|__pthread_kill_implementation)$
      | (?:__)?(?:mem(?:cpy|move|set|cmp|chr|mem)|str(?:n?len|n?cpy|n?cmp|n?cat|chr|rchr|str|dup|ndup)|bcmp)\b
      | (?:malloc|calloc|realloc|free|operator\ new|operator\ delete|xmalloc|posix_memalign)\b
      | std:: | __gnu_cxx:: | fuzzer:: | __cxa_ | __gxx_ | __libcpp | llvm:: | start_thread$ | __?clone\d?$ | main$
      | abort_message$ | demangling_terminate_handler | __clang_call_terminate
      | core::(?:panicking|option|result) | alloc::(?:alloc|raw_vec|vec):: | rust_begin_unwind | rust_panic | _?_?rust_
      | std::panicking | backtrace
      | logging:: | google::LogMessage | absl::(?:log_internal|cleanup_internal|Cleanup) | base::debug:: | Die$
      | testing:: | fuzztest::internal:: | g_assertion_message | g_logv?$ | custom_logger$
      | V8_Fatal | v8::base::OS::Abort | WTFCrash | WTF::(?:RawPtr|RefPtr|Vector|String|HashTable|StringImpl)\b
      | Honggfuzz | BaseThreadInitThunk | RtlUserThreadStart | PartitionAlloc | partition_alloc:: | <libclang_rt
      | __(?:invoke|apply|emplace|shared_ptr|call_once) | (?:/\S{0,300}/)?lib[\w+-]{1,40}\.so | linux-gate | \[vdso\]
      | <?unknown>?$ | ImmediateCrash$ | operator(?:\ call)?$ | <?unknown\ module
      | runtime\. | panic$ | goexit | main\._cgoexp | main\.LLVMFuzzer | main\.main\.func
      | Module\._ | node:internal | (?:Object\.)?\{anonymous\}$ | processTicksAndRejections | require$ | <module>$
    )""",
    re.VERBOSE,
)
_OTHERS_PLACES = re.compile(
    r"^(?:node:internal|internal/|<frozen |\S*sanitizer_common|\S*/libsanitizer/|\S*/libfuzzer/|linux-gate|\[vdso\]"
    r"|\S*/(?:libc|libpthread|libgcc_s|ld-linux|libasan|libubsan)[-.]|lib(?:c|pthread|gcc_s)\.so|<libclang_rt"
    r"|\?\?|<unknown module>"
    r"|\S{0,500}/c\+\+/v?\d)"
)
_ENTRIES = frozenset(
    {"LLVMFuzzerTestOneInput", "LLVMFuzzerInitialize", "TestOneProtoInput", "{anonymous}", ""}
)
"""Named alike in every program: told by the name of their file."""
_GO_PATH = re.compile(r"^[\w.~-]+(?:\.\w+)?/(?:[\w.~%-]+/)*")
_GO_RECEIVER = re.compile(r"\(\*(\w+)\)")
_BRACKET = re.compile(r"[(<\[]")
_HEX = re.compile(r"\+?0x[0-9a-fA-F]+|\b[0-9a-fA-F]{9,}\b|::h[0-9a-f]{16}\b")
_NUMBER = re.compile(r"\d{4,}")


def state_of(frames: Iterable[Frame], *, recursive: bool = False) -> tuple[str, ...]:
    """The top frames that matter; where none does, the top frames as they are.

    `recursive`: the stack overflowed, so it begins where the functions that call each other begin: which leaf
    they were in when it overflowed is chance.
    """
    known = [each for each in frames if each.function or each.file]
    if recursive:
        times = Counter(each.function for each in known)
        again = (n for n, each in enumerate(known) if times[each.function] >= _ROUNDS and _matters(each))
        known = known[next(again, 0) :]
    # only as far down as is needed: a stack has a hundred frames, and three are kept
    mattering = filter(_matters, known)
    first = next(mattering, None)
    return _top(known if first is None else itertools.chain((first,), mattering))


def _top(frames: Iterable[Frame]) -> tuple[str, ...]:
    return tuple(itertools.islice(filter(None, map(_masked, frames)), STATE_FRAMES))


def _matters(frame: Frame) -> bool:
    if frame.file is not None and _OTHERS_PLACES.match(frame.file):
        return False
    return not _NOT_MATTERING.match(_bare(frame.function))


def _masked(frame: Frame) -> str:
    name = _bare(frame.function)
    if name in _ENTRIES:
        name = _last(frame.file or "") or name
    elif "/" in name:
        name = _GO_PATH.sub("", name)
    return _NUMBER.sub("N", _HEX.sub("", name))[:_STATE_CHARACTERS]


def _last(path: str) -> str:
    """The last part of a path of Linux or Windows."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _bare(function: str) -> str:
    """A function's name without its arguments, template arguments and return type."""
    if function.startswith("<"):
        return function
    name = (
        _GO_RECEIVER.sub(r"*\1", function)
        .replace("(anonymous namespace)::", "")
        .replace("`anonymous namespace'::", "")
        .replace("<anonymous>", "{anonymous}")
        .replace("operator()", "operator call")
        .replace("operator[]", "operator index")
    )
    plain = (_outside(name) if _BRACKET.search(name) else name).strip().removesuffix(" const")
    before, operator, after = plain.partition("operator ")
    # C++ templates and C signatures begin with the type that is returned
    return (
        f"{before.rpartition(' ')[2]}{operator}{after}" if operator else plain.rpartition(" ")[2].lstrip("*&")
    )


def _outside(name: str) -> str:
    """What is in no brackets."""
    kept: list[str] = []
    depth = 0
    for at, letter in enumerate(name):
        if letter in "(<[" and (at > 0 or letter == "("):
            depth += 1
        elif letter in ")>]" and depth:
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)
