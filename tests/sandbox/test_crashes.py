"""Crash logs of every tool: made here by running, given by hand, and ClusterFuzz's own; hostile ones too."""

import subprocess
import sys
import tarfile
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from tests.conftest import SHARED
from tests.sandbox.conftest import Run

from headstart.sandbox.ports import Sandbox
from headstart.sandbox.rules import crashes
from headstart.sandbox.rules.crashes import Crash
from headstart.sandbox.rules.jobs import Limits


def _read(log: str) -> Crash:
    crash = crashes.parse(log.encode())
    assert crash is not None
    return crash


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("body", "tool", "kind"),
    [
        ("char *p = malloc(8); p[8 + n] = 1; free(p);", "asan", "heap-buffer-overflow"),
        ("char *p = malloc(8); free(p); return p[n];", "asan", "heap-use-after-free"),
        ("char *p = malloc(8); free(p); free(p);", "asan", "double-free"),
        ("char b[8]; memset(b, 0, 16 + n); return b[n];", "asan", "stack-buffer-overflow"),
        ("return *(volatile int *)(8L + n);", "asan", "SEGV"),
        ("int i = 2147483647 - n; return i + 1;", "ubsan", "signed-integer-overflow"),
        ("return 1 / n;", "ubsan", "division-by-zero"),
    ],
)
def test_sanitised_programs(
    bubblewrap: Sandbox, run: Run, work: Path, body: str, tool: str, kind: str
) -> None:
    if not bubblewrap.tools.cc:
        pytest.skip("no C compiler")
    (work / "t.c").write_text(
        "#include <stdlib.h>\n#include <string.h>\n"
        f"__attribute__((noinline)) int flaw(int n) {{ {body} return 0; }}\n"
        "int main(int argc, char **argv) { return flaw(argc - 1); }\n"
    )
    built = "cc -w -g -fsanitize=address,undefined -fno-sanitize-recover=undefined t.c -o t && ./t"
    env = {"UBSAN_OPTIONS": "print_stacktrace=1"}
    outcome = run(bubblewrap, "sh", "-c", built, limits=Limits(memory_bytes=1 << 30), env=env)
    crash = crashes.parse(outcome.stderr)
    assert crash is not None, outcome.stderr
    assert (crash.tool, crash.kind) == (tool, kind)
    assert crash.state[0] == "flaw"
    own = next(each for each in crash.frames if each.function == "flaw")
    assert (own.file, own.line) == ("/work/t.c", 3)


def test_a_chained_python_exception_is_the_last_one() -> None:
    script = (
        "import json\n"
        "def inner(): json.loads('{')\n"
        "def outer():\n    try:\n        inner()\n    except ValueError as error:\n"
        "        raise KeyError('x\\nTraceback of mine') from error\n"
        "outer()\n"
    )
    log = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).stderr
    crash = crashes.parse(log)
    assert crash is not None
    assert (crash.tool, crash.kind) == ("python", "KeyError")
    assert crash.frames[0].function == "outer"
    assert crash.state == ("outer",)


def test_a_python_exception_keeps_its_module_and_its_innermost_frame_first() -> None:
    log = subprocess.run(
        [sys.executable, "-c", "import json\njson.loads('{')"], capture_output=True, check=False
    ).stderr
    crash = crashes.parse(log)
    assert crash is not None
    assert crash.kind == "json.decoder.JSONDecodeError"
    assert crash.state == ("raw_decode", "decode", "loads")


@pytest.mark.sandbox
def test_node_exceptions(bubblewrap: Sandbox, run: Run, work: Path) -> None:
    if not bubblewrap.tools.node:
        pytest.skip("no Node.js")
    (work / "a.js").write_text("function inner() { null.x; }\nfunction outer() { inner(); }\nouter();\n")
    crash = crashes.parse(run(bubblewrap, "node", "a.js").stderr)
    assert crash is not None
    assert (crash.tool, crash.kind, crash.state) == ("node", "TypeError", ("inner", "outer"))
    assert (crash.frames[0].file, crash.frames[0].line) == ("/work/a.js", 1)


@pytest.mark.sandbox
def test_node_out_of_memory(bubblewrap: Sandbox, run: Run) -> None:
    if not bubblewrap.tools.node:
        pytest.skip("no Node.js")
    script = "const a = []; for (;;) a.push(new Array(1e5).fill(a.length))"
    outcome = run(
        bubblewrap, "node", "--max-old-space-size=24", "-e", script, limits=Limits(memory_bytes=1 << 30)
    )
    crash = crashes.parse(outcome.stderr)
    assert crash is not None
    assert (crash.tool, crash.kind) == ("node", "heap-out-of-memory")


@pytest.mark.parametrize(
    ("log", "tool", "kind", "state"),
    [
        (
            "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\n"
            "main.(*T).get(...)\n\t/src/a.go:9\nmain.main()\n\t/src/a.go:4 +0x1d\nexit status 2\n",
            "go", "index out of range", ("main.*T.get", "main.main"),
        ),
        (
            "thread 'main' panicked at src/lib.rs:22:17:\nindex out of bounds\nstack backtrace:\n"
            "   0: rust_begin_unwind\n             at /rustc/1/library/std/src/panicking.rs:645:5\n"
            "   1: core::panicking::panic_fmt\n   2: demo::parse\n             at ./src/lib.rs:22:17\n",
            "rust", "panic", ("demo::parse",),
        ),
        (
            'Exception in thread "main" java.lang.IllegalStateException: no\n'
            "\tat org.example.A.parse(A.java:12)\n\tat org.example.A.main(A.java:3)\n"
            "Caused by: java.lang.ArithmeticException: / by zero\n\tat org.example.B.divide(B.java:7)\n",
            "java", "java.lang.ArithmeticException", ("org.example.B.divide",),
        ),
        ("a.out: a.c:12: int get(int): Assertion `x > 0' failed.\n", "assert", "assertion-failure", ("get",)),
        (
            "Assertion failed: (x > 0), function get, file a.c, line 12.\n",
            "assert", "assertion-failure", ("get",),
        ),
        ("GLib:ERROR:../a.c:12:get: assertion failed: (x > 0)\n", "assert", "assertion-failure", ("get",)),
        (
            "F0812 21:22:15.159294   61315 a.cc:89] Check failed: x > 0\n"
            "==1==ERROR: AddressSanitizer: ABRT on unknown address 0x1\n    #0 0x1 in raise /b.c:1\n"
            "    #1 0x2 in (anonymous namespace)::get(int) /a.cc:89:1\n",
            "assert", "check-failure", ("get",),
        ),
        ("[1:2:0603/14:FATAL:a.cc(48)] NOTREACHED hit.\n", "assert", "fatal-error", ("a.cc",)),
        ("# Fatal error in ../../src/a.h, line 54\n# Check failed: x.\n", "node", "check-failure", ("a.h",)),
        (
            "panic: what 17 said\n\ngoroutine 1 [running]:\nexample.org/a/b.(*T).Get(...)\n\t/src/a.go:9\n",
            "go", "panic", ("b.*T.Get",),
        ),
        (
            "a.c:3:5: runtime error: unsigned integer overflow: 1 + 2\n",
            "ubsan", "unsigned-integer-overflow", ("a.c",),
        ),
        (
            "==1==ERROR: LeakSanitizer: detected memory leaks\n\nDirect leak of 10 byte(s):\n"
            "    #0 0x1 in __interceptor_malloc x.cpp:5\n    #1 0x2 in make_4096_things /src/a.c:9:1\n",
            "lsan", "memory-leak", ("make_N_things",),
        ),
        (
            "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 4 at 0x7b by thread T1:\n"
            "    #0 bump /src/a.c:3:2 (a.out+0x1)\n",
            "tsan", "data-race", ("bump",),
        ),
        (
            "==9== ERROR: libFuzzer: timeout after 25 seconds\n    #0 0x1 in __sanitizer_print_stack_trace a:1\n"
            "    #1 0x2 in std::vector<int>::at(unsigned long) /v.h:1:2\n    #2 0x3 in ns::loop(int) const /a.cc:7:2\n",
            "libfuzzer", "timeout", ("ns::loop",),
        ),
    ],
)  # fmt: skip
def test_logs_of_every_tool(log: str, tool: str, kind: str, state: tuple[str, ...]) -> None:
    crash = _read(log)
    assert (crash.tool, crash.kind, crash.state) == (tool, kind, state)


def test_the_same_flaw_at_other_addresses_has_the_same_state() -> None:
    log = "==%d==ERROR: AddressSanitizer: SEGV on unknown address 0x%x\n    #0 0x%x in f_%d(int) /a.c:1\n"
    assert _read(log % (1, 2, 3, 10_001)).state == _read(log % (9, 8, 7, 99_999)).state


def test_a_plain_log_is_no_crash() -> None:
    assert crashes.parse(b"all is well\n  File x\n    at rest\n#0 not a frame\nruntime error\n") is None
    assert crashes.parse(b"") is None
    assert crashes.parse(bytes(range(256)) * 100) is None


@pytest.mark.parametrize(
    "line",
    [
        " " * 2047, "(" * 2047, "    at " + "(" * 2000, "a:1:1: runtime error: " + "(" * 1900, "panic: x",
        "ERROR: AddressSanitizer: " * 80, "goroutine 1 [running]:\n" + "(" * 2040 + ")", "XError: x",
        'Traceback (most recent call last):\n  File "x", line 1, in f', "#0 0x1 in " + "a " * 1000,
        "FATAL ERROR: x\n 1: 0x1 a" + " [" * 1000, "a:1: " + ": Assertion `" * 150,
        "a" + ":1" * 1000 + ": runtime error: ",
        "thread 'x' panicked at " + "'" * 1000, "\x00" * 2000, "a." * 1000 + "Error",
        "F0812 21:22:15 " + "a:1" * 600, "Assertion failed: " + "a, function f, file " * 100, "ERROR:" + "a:1:f:" * 300,
        "[a]" * 600 + "[assert] x:1] y", "# Fatal error in " + "a, line " * 200, "    #0 0x1 in f " + "/c++/" * 400,
        "    #0 0x1 in " + "(<[" * 600, "==1==ERROR: AddressSanitizer: x\n    #0 0x1 in <unknown>\nx",
    ],
)  # fmt: skip
def test_a_hostile_log_is_read_to_its_end(line: str) -> None:
    """A regex that tries again and again would never come back from one of these (pytest's own timeout ends it)."""
    log = (line + "\n").encode() * (3_000_000 // len(line))
    crash = crashes.parse(log)
    assert crash is None or len(crash.kind) <= 100
    assert crash is None or all(len(each) <= 120 for each in crash.state)


def test_of_a_large_log_the_beginning_and_the_end_are_read_and_memory_stays_small() -> None:
    asan = b"==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n    #0 0x1 in flaw /a.c:1:2\n"
    python = b'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x\n'
    for filler in (b"\n", b"x", b"\xff\x00", b"    #0 0x1 in fake /a.c:1:2\n"):
        middle = filler * ((100 << 20) // len(filler))
        tracemalloc.start()
        try:
            first, last = crashes.parse(asan + middle), crashes.parse(middle + b"\n" + python)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert first is not None
        assert first.kind == "heap-use-after-free"
        assert last is not None
        assert (last.kind, last.state) == ("ValueError", ("f",))
        assert peak - 2 * len(middle) < 96 << 20  # 101 MB is put together here, before it is read


def test_frames_that_a_program_prints_itself_come_after_the_sanitizers_finding() -> None:
    fake = "    #0 0x1 in innocent /other.c:1:1\n    #1 0x2 in main /other.c:2:1\n"
    real = "==1==ERROR: AddressSanitizer: SEGV on unknown address\n    #0 0x1 in flaw /a.c:1:2\n\n"
    assert _read(fake + real + fake).state == ("flaw",)


def test_a_stack_goes_on_past_a_blank_line_and_ends_at_the_next_stack() -> None:
    log = "ERROR: AddressSanitizer: SEGV on x\n    #0 0x1 in one /a.c:1:2\n\n    #1 0x2 in two /a.c:2:2\n\n"
    assert _read(log + "    #0 0x1 in freed /b.c:1:2\n").state == ("one", "two")


def test_where_a_stack_overflows_the_functions_that_call_each_other_count() -> None:
    head = "==1==ERROR: AddressSanitizer: stack-overflow on address 0x7ffe\n"
    ring = [f"in {'ab'[n % 2]} /a.c:1:2" for n in range(60)]

    def state(*leaf: str) -> tuple[str, ...]:
        frames = [*(f"in {each} /b.c:1:1" for each in leaf), *ring]
        return _read(head + "".join(f"    #{n} 0x1 {each}\n" for n, each in enumerate(frames))).state

    assert state("copy", "write") == state("hash") == ("a", "b", "a")


# What ClusterFuzz reads from its own 223 logs, told in our words: name, kind, frames, and where we differ, why. For 170
# logs from the expectations of its tests (2.6.0, Apache-2.0), for the newer ones from its parser of that version.
EXPECTED = Path(__file__).with_name("clusterfuzz.tsv")

# Why we differ, and in how many of them.
DIFFERENCES = {
    # kernels, Android's and Fuchsia's own logs, Windows' debugger, gdb, Swift, GPUs: not what Headstart runs
    "other-system": 34,
    # what V8, WebKit, a fuzzer's detector of injections or an application says of itself in words of its own
    "own-words-of-one-program": 23,
    # out of memory, out of time, or only modules without names: they name the fuzz target or nothing, we the frames
    "no-place-where-they-name-the-fuzzer": 18,
    # a function of a logging or test library above the program's own that one of us passes over
    "a-frame-more-or-less": 17,
    # their lines end after 80 letters, in the middle of a name
    "cut-at-80-letters": 7,
    # Go's deferred functions and Java's causes: we tell where it began, they who passed it on
    "innermost-cause": 4,
    # the parser that we could ask does not know this kind of log yet
    "older-than-the-log": 3,
}


@pytest.mark.shared
def test_clusterfuzz_logs() -> None:
    logs = _clusterfuzz_logs()
    rows = [line.split("\t") for line in EXPECTED.read_text().splitlines()]
    assert {name for name, *_ in rows} == set(logs)
    wrong = []
    for name, kind, frames, reason in rows:
        crash = crashes.parse(logs[name])
        if _agrees(crash, kind, frames.split("|") if frames else []) == bool(reason):
            wrong.append((name, kind, frames, reason, crash and (crash.kind, crash.state)))
    assert wrong == []
    assert Counter(reason for *_, reason in rows if reason) == DIFFERENCES
    assert len(rows) - sum(DIFFERENCES.values()) == 117


def _agrees(crash: Crash | None, kind: str, frames: list[str]) -> bool:
    """The same kind, and the same frames from the top down, as far as both tell them."""
    if crash is None or not crash.state:
        return (crash.kind if crash else "none") == kind and not frames
    same = (
        ours == theirs or (len(theirs) > 40 and ours.startswith(theirs))
        for ours, theirs in zip(crash.state, frames, strict=False)
    )
    return crash.kind == kind and bool(frames) and all(same)


def _clusterfuzz_logs() -> dict[str, bytes]:
    import io

    import zstandard

    packed = (SHARED / "data/stacks/clusterfuzz_stack_analyzer_data.tar.zst").read_bytes()
    plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        files = [each for each in archive if each.isfile()]
        return {Path(each.name).stem: archive.extractfile(each).read() for each in files}  # type: ignore[union-attr]
