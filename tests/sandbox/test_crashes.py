"""Crash logs of every tool: made here by running, given by hand, and ClusterFuzz's own; hostile ones too."""

import subprocess
import sys
import tarfile
import time
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
    ],
)  # fmt: skip
def test_a_hostile_log_takes_no_longer_than_its_length(line: str) -> None:
    log = (line + "\n").encode() * (3_000_000 // len(line))
    started = time.process_time()
    crash = crashes.parse(log)
    assert time.process_time() - started < 5
    assert crash is None or len(crash.kind) <= 100
    assert crash is None or all(len(each) <= 120 for each in crash.state)


# What ClusterFuzz's own tests expect of these logs, told in our words: the frames that both take for the top.
EXPECTED = {
    "asan_uaf": ("asan", "heap-use-after-free", "blink::InputTypeView::element"),
    "asan_heap_overflow_read": ("asan", "heap-buffer-overflow", "read_scalar"),
    "asan_container_overflow_read": ("asan", "container-overflow", "SkSL::Compiler::addDefinitions"),
    "asan_bus": ("asan", "BUS", "storeColor"),
    "asan_fpe": ("asan", "FPE", "ash::WindowGrid::PositionWindows"),
    "msan_renderer": ("msan", "use-of-uninitialized-value", "blink::LayoutBox::addOverflowFromChild"),
    "tsan_data_race": ("tsan", "data-race", "sqlite3StatusSet"),
    "ubsan_integer_overflow_addition": ("ubsan", "signed-integer-overflow", "gfx::Rect::Inset"),
    "ubsan_divide_by_zero": ("ubsan", "division-by-zero", "mpeg_decode_postinit"),
    "ubsan_index_oob": ("ubsan", "index-out-of-bounds", "CPDF_StreamParser::ParseNextElement"),
    "golang_panic_runtime_error_index_out_of_range": ("go", "index out of range", "main.*Manager.httpPrio"),
    "python_unhandled_exception": ("python", "EOFError", "_read_exact"),
    "java_IllegalStateException": (
        "java",
        "java.lang.IllegalStateException",
        "ExampleValueProfileFuzzer.mustNeverBeCalled",
    ),
    "jazzer_js_javascript": ("node", "Error", "check"),
    "libfuzzer_oom": ("libfuzzer", "out-of-memory", None),
    "v8_oom": ("node", "heap-out-of-memory", None),
}


@pytest.mark.shared
def test_clusterfuzz_logs() -> None:
    logs = _clusterfuzz_logs()
    read = {name: crashes.parse(log) for name, log in logs.items()}
    for name, (tool, kind, frame) in EXPECTED.items():
        crash = read[name]
        assert crash is not None, name
        assert (crash.tool, crash.kind) == (tool, kind), name
        assert frame is None or frame in crash.state, name
    assert (
        sum(crash is not None for crash in read.values()) >= 170
    )  # of 223; the rest are kernels, Chrome, Windows


def _clusterfuzz_logs() -> dict[str, bytes]:
    import io

    import zstandard

    packed = (SHARED / "data/stacks/clusterfuzz_stack_analyzer_data.tar.zst").read_bytes()
    plain = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)).read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        files = [each for each in archive if each.isfile()]
        return {Path(each.name).stem: archive.extractfile(each).read() for each in files}  # type: ignore[union-attr]
