"""Reports on C: whose a frame is, by the file that the debug information names, and whose deed a crash is."""

import shutil
from typing import Any

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Place, Rung
from headstart.proofs.rules.native import native_place, undefined

FILES = frozenset(
    {"src/tiny.c", "src/lib/deep.c", "src/lib/list.h", "harness.c", "list.h", "src/both.h", "both.h"}
)


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("/work/report/src/tiny.c", Place.TARGET),
        ("/work/report/harness.c", Place.HARNESS),
        ("/work/report/src/../harness.c", Place.HARNESS),
        ("/work/report/src/lib/../tiny.c", Place.TARGET),
        ("../harness.c", Place.HARNESS),
        ("tiny.c", Place.TARGET),
        ("lib/deep.c", Place.TARGET),
        ("./deep.c", Place.TARGET),
        ("both.h", Place.TARGET),  # as seen from the source's own folder, where the build runs
        ("../both.h", Place.HARNESS),
        ("../sysdeps/posix/raise.c", Place.LIBRARY),
        ("/usr/include/c++/12/bits/stl_vector.h", Place.LIBRARY),
        ("../../../../src/libsanitizer/asan/asan_malloc_linux.cpp", Place.LIBRARY),
        ("", Place.LIBRARY),
    ],
)
def test_whose_a_source_file_is(file: str, place: Place) -> None:
    assert native_place(file, root="/work/report/", source="src", files=FILES) is place


def test_what_ubsan_saw_is_told_by_its_handler() -> None:
    assert undefined(("abort", "__ubsan_handle_type_mismatch_v1", "parse")) == "type-mismatch"
    assert undefined(("__ubsan_handle_add_overflow_abort",)) == "add-overflow"
    assert undefined(("abort", "parse")) is None


LIBRARY = """
#include <stdlib.h>
#include <string.h>
int tiny_parse(const unsigned char *data, size_t size, void (*tell)(int)) {
  if (data[0] == 'r') { volatile char here[64]; here[size % 64] = 1; return tiny_parse(data, size, tell) + here[1]; }
  char *buffer = malloc(16);
  int *table = malloc(4 * sizeof(int));
  int n = data[0], first;
  if (tell) tell(n);
  if (data[0] == 'o') n += 0x7fffffff;
  if (data[0] == 'b') table[n % 7] = 1;
  for (int i = 0; data[0] == 'h' && i < n; i++) buffer[i] = data[1];
  if (data[0] == 's') raise_it();
  first = buffer[0] + n;
  free(table);
  free(buffer);
  return first;
}
""".replace("raise_it()", "*(volatile int *)0 = 1")
MAIN = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int tiny_parse(const unsigned char *data, size_t size, void (*tell)(int));
static void tell(int n) { (void)n; TELL; }
int main(int count, char **words) {
  unsigned char data[64] = {0};
  FILE *file = fopen(words[1], "rb");
  size_t size = fread(data, 1, 63, file);
  fclose(file);
  MAIN;
  return tiny_parse(data, size, tell) == -99;
}
"""
MAKE = "all:\n\t$(CC) $(CFLAGS) -o ../prog ../harness.c tiny.c\n"
SANE = LIBRARY.replace("data[0] == 'h' && i < n", "i < n && i < 16")


@pytest.fixture
def native(report: Report) -> Any:
    """A report on the little library: `main` and `tell` are what its harness does besides, `flags` how it is built."""
    if not shutil.which("cc"):
        pytest.skip("no C compiler here")

    def make(
        trigger: str, *, main: str = "", tell: str = "", library: str = LIBRARY, flags: str = "", **more: Any
    ) -> Any:
        harness = MAIN.replace("MAIN;", main).replace("TELL;", tell)
        makefile = MAKE.replace("$(CFLAGS)", flags or "$(CFLAGS)")
        files = {
            "src/tiny.c": library,
            "harness.c": harness,
            "src/Makefile": makefile,
            **more.pop("files", {}),
        }
        build = '[build]\nsource = "src"\ncommands = [["make"]]'
        expect = more.pop("expect", "crash")
        fields = {"package": "tiny", "run": '["./prog", "{input}"]', "more": build, "seconds": 5, **more}
        return report(expect, "", trigger=trigger, control="quiet", files=files, **fields)

    return make


pytestmark = pytest.mark.sandbox


BOTH, ADDRESS, UNDEFINED = (
    "-g -fsanitize=address,undefined",
    "-g -fsanitize=address",
    "-g -fsanitize=undefined",
)


@pytest.mark.parametrize(
    ("trigger", "flags"),
    [
        *((each, flags) for each in ("heap", "segv", "recursion") for flags in ("", BOTH, ADDRESS)),
        *((each, flags) for each in ("overflow",) for flags in ("", BOTH, UNDEFINED)),
    ],
)
def test_a_flaw_of_the_library_is_the_targets(trigger: str, flags: str, native: Any, prove: Prove) -> None:
    verdict = prove(native(trigger, flags=flags))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.TARGET), verdict
    assert any("tiny_parse" in each for each in verdict.crash_state)


RACE = """
#include <pthread.h>
static int shared;
static void *work(void *given) { for (int i = 0; i < 1000; i++) shared += *(int *)given; return 0; }
int tiny_parse(const unsigned char *data, unsigned long size, void (*tell)(int)) {
  pthread_t one, two; int by = 1;
  pthread_create(&one, 0, work, &by);
  if (data[0] == 'q') pthread_join(one, 0);
  pthread_create(&two, 0, work, &by);
  if (data[0] != 'q') pthread_join(one, 0);
  pthread_join(two, 0);
  return shared;
}
"""


def test_a_build_may_ask_for_another_sanitizer(native: Any, prove: Prove) -> None:
    verdict = prove(native("race", library=RACE, flags="-g -fsanitize=thread"))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.TARGET), verdict
    assert "data-race" in verdict.runs[-1].evidence


@pytest.mark.parametrize(
    ("harness", "who", "rung"),
    [
        ({}, Attribution.TARGET, Rung.CONTROLLED),
        ({"main": "while (data[0] == 'l') size++;"}, Attribution.HARNESS, Rung.REFUTED),
        ({"tell": "while (n == 'l') n += n == 0;"}, Attribution.HARNESS, Rung.REFUTED),
    ],
)
def test_who_computes_without_an_end_is_told_by_the_stack_when_it_is_stopped(
    harness: dict[str, str], who: Attribution, rung: Rung, native: Any, prove: Prove
) -> None:
    loops = LIBRARY.replace("first = buffer", "while (data[0] == 'l') table[0] ^= 1; first = buffer")
    verdict = prove(
        native("loop", expect="hang", library=loops if not harness else SANE, seconds=1, **harness)
    )
    assert (verdict.rung, verdict.attribution) == (rung, who), verdict


@pytest.mark.parametrize(
    ("main", "tell"),
    [
        (
            "if (data[0] == 'h') { char *p = malloc(4); p[size] = 1; tiny_parse((void *)\"q\", 1, 0); return p[0]; }",
            "",
        ),
        ("if (data[0] == 'h') abort();", ""),
        ("", "if (n == 'h') *(volatile int *)0 = n;"),
        ("", "if (n == 'h') { char *volatile p = malloc(1); free(p); free(p); }"),
        ("", "if (n == 'h') printf(\"%d\", n + 0x7fffffff);"),
    ],
)
def test_a_harness_that_crashes_by_itself_is_refuted(main: str, tell: str, native: Any, prove: Prove) -> None:
    verdict = prove(native("harness", main=main, tell=tell, library=SANE))
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS), verdict
    assert "the harness did it itself" in verdict.sentence


def test_a_sanitizers_words_on_standard_error_are_not_believed(native: Any, prove: Prove) -> None:
    frame = "    #0 0x1 in tiny_parse /work/report/src/tiny.c:9"
    words = f'"==1==ERROR: AddressSanitizer: heap-buffer-overflow\\n{frame}\\n"'
    verdict = prove(
        native("harness", main=f"if (data[0] == 'h') {{ fputs({words}, stderr); return 1; }}", library=SANE)
    )
    assert (verdict.rung, verdict.k) == (Rung.REFUTED, 0)
