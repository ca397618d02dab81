# ruff: noqa: E501 - a harness is one line of a table
"""Compiled harnesses: the sanitizer's frames tell the library's fault from the harness's; its log is not to be faked."""

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Rung
from headstart.reports.work import Folder

pytestmark = pytest.mark.sandbox

HEADER = """int visit(const char *s, int (*f)(const char *));
int copy(const char *s);
int add(int a);
int deep(int n);
void sure(const char *s);
"""
LIBRARY = """#include <stdlib.h>
#include <string.h>
#include "visitor.h"
int visit(const char *s, int (*f)(const char *)) { return f(s); }
int copy(const char *s) { char *b = malloc(8); strcpy(b, s); int n = b[0]; free(b); return n; }
int add(int a) { return a + 2147483647; }
int deep(int n) { volatile char b[4096]; b[0] = (char)n; return n ? deep(n - 1) + b[0] : 0; }
void sure(const char *s) { if (s[0] == 't') abort(); }
"""
MAIN = """#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "visitor.h"
%s
int main(int argc, char **argv) {
    char text[64] = {0};
    FILE *file = fopen(argv[argc - 1], "r");
    if (!file || !fgets(text, 63, file)) return 2;
    int bad = text[0] == 't';
    %s
    return 0;
}
"""
BUILD = """[build]
source = "source"
commands = [["cc", "-g", "-O1", "-fsanitize=address,undefined", "-I.", "-o", "../proof", "../harness.c", "visitor.c"]]
"""
TEXT = '"==%d==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011\\nWRITE of size 1 at 0x602000000011 thread T0\\n    #0 0x1 in copy /work/report/source/visitor.c:5\\n    #1 0x2 in main /work/report/harness.c:9\\nSUMMARY: AddressSanitizer: heap-buffer-overflow\\n"'
LOG = f'if (bad) {{ char path[300]; char *o = strstr(getenv("ASAN_OPTIONS"), "log_path=") + 9; snprintf(path, 300, "%.*s.%d", (int)strcspn(o, ":"), o, getpid()); FILE *log = fopen(path, "w"); fprintf(log, {TEXT}, PID); fclose(log); exit(1); }}'


def native(report: Report, body: str, *, before: str = "", script: str = "", run: str = "") -> Folder:
    """A report of a library, and of a program in C that calls it."""
    files = {"harness.c": MAIN % (before, body), "source/visitor.c": LIBRARY, "source/visitor.h": HEADER}
    run = run or '["./proof", "{input}"]'
    return report("crash", script, files=files, package="visitor", run=run, more=BUILD, seconds=5)


TRUE = {
    "an overflow": 'copy(bad ? "xxxxxxxxxxxxxxxxxxx" : "x");',
    "undefined behaviour": 'printf("%d", add(bad));',
    "a stack that is used up": "deep(bad ? 1000000 : 1);",
    "an assertion": "sure(text);",
}


@pytest.mark.parametrize("what", TRUE)
def test_the_librarys_own_crash_is_the_targets(what: str, report: Report, prove: Prove) -> None:
    verdict = prove(native(report, TRUE[what]))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.TARGET), verdict.sentence


def test_a_program_that_a_python_harness_starts_is_heard(report: Report, prove: Prove) -> None:
    script = "import subprocess, sys\nprint(subprocess.run(['./proof', sys.argv[1]]).returncode)\n"
    run = '["python", "harness.py", "{input}"]'
    verdict = prove(native(report, TRUE["an overflow"], script=script, run=run))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.TARGET), verdict.sentence


OWN = {
    "a callback": ("visit(text, mine);", "int mine(const char *s) { char *b = malloc(4); if (s[0] == 't') b[9] = 1; int n = b[0]; free(b); return n; }"),
    "abort": ("if (bad) abort();", ""),
    "a signal": ("if (bad) raise(SIGSEGV);", ""),
    "a null pointer": ("if (bad) *(volatile int *)0 = 1;", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", OWN)
def test_the_harnesss_own_crash_is_refuted(what: str, report: Report, prove: Prove) -> None:
    body, before = OWN[what]
    verdict = prove(native(report, body, before=before))
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS), verdict.sentence


def test_a_log_that_names_another_process_is_no_sanitizers(report: Report, prove: Prove) -> None:
    verdict = prove(native(report, LOG.replace("PID", "1")))
    assert (verdict.rung, verdict.k) == (Rung.REFUTED, 0), verdict.sentence
    assert "fakes-report" in {flag.code for flag in verdict.flags}


def test_a_log_of_a_program_that_did_not_end_as_a_sanitizer_ends_it_is_left_to_a_person(
    report: Report, prove: Prove
) -> None:
    verdict = prove(native(report, LOG.replace("PID", "getpid()")))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.UNKNOWN), verdict.sentence
    assert {"fakes-report", "fakes-log"} <= {flag.code for flag in verdict.flags}
