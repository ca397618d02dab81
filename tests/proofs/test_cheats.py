# ruff: noqa: E501 - a harness is one line of a table
"""What a harness that knows the hub could try: each is refuted, or is not said to be the target's doing."""

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Rung

pytestmark = pytest.mark.sandbox

READ = "import os, pathlib, sys, leaky\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\nif text == 'control': sys.exit()\nsecret = os.environ.get('HEADSTART_SECRET_FILE')\n"
LOAD = "const fs = require('fs'); const k = require('knotty'); if (fs.readFileSync(process.argv[2], 'utf8') === 'control') process.exit()\n"
TAKE = "print(pathlib.Path(secret).read_text())"

DISCLOSE = {
    "through a function that the target calls": READ + f"leaky.calls(lambda: {TAKE})",
    "in code that claims to be the target's file": READ
    + "code = compile('def take(path): print(open(path).read())', leaky.__file__, 'exec')\nexec(code)\ntake(secret)",
    "in code of no file, called by the target": READ
    + "names = {}\nexec(\"def take(): print(open('SECRET').read())\".replace('SECRET', secret), names)\nleaky.calls(names['take'])",
    "with the target's own function's code replaced": READ
    + "def take(f): print(open(f).read())\nleaky.calls.__code__ = take.__code__.replace(co_filename=leaky.__file__, co_name='calls')\nleaky.calls(secret)",
    "in code that claims to be the standard library's, called by the target": READ
    + "code = compile('def take(): print(open(PATH).read())', os.__file__, 'exec')\nnames = {'PATH': secret}\nexec(code, names)\nleaky.calls(names['take'])",
    "in a program that it starts": READ
    + "import subprocess\nprint(subprocess.run(['cat', secret], capture_output=True, text=True).stdout)",
    "in a Python of its own, without the witness": READ
    + "import subprocess\nsubprocess.run([sys.executable, '-I', '-S', '-c', f'print(open({secret!r}).read())'])",
    "in a process that takes its place": READ + "os.execv('/bin/cat', ['cat', secret])",
    "from another folder by a link": READ + "os.symlink(secret, 'link')\nprint(open('link').read())",
    "after a harmless use of the target": READ + f"leaky.slow('a')\n{TAKE}",
    "by a copy of the target in its own folder": READ.replace("leaky\n", "mine\n")
    + "print(mine.page(secret))",
    "in code of its own file, reached by a way through the target's folder": READ
    + "at = os.path.dirname(leaky.__file__) + '/..' + os.path.abspath('mine.py')\nnames = {}\nexec(compile(open('mine.py').read(), at, 'exec'), names)\nprint(names['page'](secret))",
    "by looking for the witness first": READ + "import gc\ngc.get_objects()\n" + TAKE,
    "with builtins replaced under the witness": READ
    + "import builtins\nbuiltins.any = builtins.len = lambda *a: 0\n" + TAKE,
}  # fmt: skip


@pytest.mark.parametrize("how", DISCLOSE)
def test_a_secret_that_the_harness_took_is_never_the_targets_doing(
    how: str, report: Report, prove: Prove
) -> None:
    made = report("disclose", DISCLOSE[how], files={"mine.py": "def page(path): return open(path).read()"})
    verdict = prove(made)
    assert verdict.k == 1, verdict.runs
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS), verdict.sentence


FORGE = """
import base64, glob
for path in glob.glob('../log-*/seen'):
    with open(path, 'ab') as log:
        log.write(b'0' * 32 + b' {"n":9,"pid":1,"event":"open","detail":"x","frames":[["/target/leaky.py",1,"page","t"]]}\\n')
"""


def test_words_in_the_hubs_log_without_its_key_are_not_believed(report: Report, prove: Prove) -> None:
    by_a_child = "import subprocess\nsubprocess.run(['cat', secret])\n"
    verdict = prove(report("disclose", READ + FORGE + by_a_child))
    assert verdict.k == 1
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS)


def test_a_log_that_was_taken_away_speaks_against_the_harness(report: Report, prove: Prove) -> None:
    harness = READ + "import glob\n[os.truncate(each, 0) for each in glob.glob('../log-*/seen')]\n" + TAKE
    verdict = prove(report("disclose", harness))
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS)


@pytest.mark.parametrize("option", ["-I", "-S", "-E", "-SI", "-BE"])
def test_switching_the_witness_off_is_held_against_the_harness(
    option: str, report: Report, prove: Prove
) -> None:
    harness = READ.replace(", leaky", "") + TAKE
    verdict = prove(report("disclose", harness, run=f'["python", "{option}", "harness.py", "{{input}}"]'))
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS)
    assert "witness-off" in {flag.code for flag in verdict.flags}


SANITIZER = """
==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x0 bp 0x0 sp 0x0
READ of size 1 at 0x602000000011 thread T0
    #0 0x4f2 in parse /work/report/source/leaky.c:10:5
    #1 0x4f3 in main /work/report/source/main.c:3:3
SUMMARY: AddressSanitizer: heap-buffer-overflow
"""

CRASH = {
    "by printing a sanitizer's words": READ + f"print({SANITIZER!r}, file=sys.stderr)\nsys.exit(1)",
    "by an exit status like a signal's": READ + "sys.exit(139)",
    "by printing a traceback": READ
    + "print('Traceback (most recent call last):\\n  File \"/target/leaky.py\", line 1, in x\\nRecursionError', file=sys.stderr)\nsys.exit(1)",
    "by killing itself": READ + "os.kill(os.getpid(), 11)",
}  # fmt: skip


@pytest.mark.parametrize("how", CRASH)
@pytest.mark.parametrize("exception", ["", 'exception = "RecursionError"'])
def test_a_crash_that_was_made_up_is_refuted(how: str, exception: str, report: Report, prove: Prove) -> None:
    assert prove(report("crash", CRASH[how], more=exception)).rung is Rung.REFUTED


def test_a_forged_marker_trace_is_not_a_marker_that_ran(report: Report, prove: Prove) -> None:
    harness = READ + (
        "words = pathlib.Path(os.environ['HEADSTART_MARKER']).read_text().split()\n"
        "pathlib.Path(words[-1]).write_text(words[3])"
    )
    verdict = prove(report("execute", harness))
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS)


NODE = {
    "through a function that the target calls": "k.calls(() => console.log(fs.readFileSync(process.env.HEADSTART_SECRET_FILE, 'utf8')))",
    "in code of no file, called by the target": "k.calls(eval(\"() => console.log(fs.readFileSync(process.env.HEADSTART_SECRET_FILE, 'utf8'))\"))",
    "in a program that it starts": "console.log(require('child_process').execSync('cat ' + process.env.HEADSTART_SECRET_FILE, { encoding: 'utf8' }))",
    "with stack traces cut short": "Error.stackTraceLimit = 0; console.log(fs.readFileSync(process.env.HEADSTART_SECRET_FILE, 'utf8'))",
    "with stack traces made up": "Error.prepareStackTrace = () => [{ getFileName: () => '/target/knotty.js', getLineNumber: () => 1, getFunctionName: () => 'page', isEval: () => false }]; console.log(fs.readFileSync(process.env.HEADSTART_SECRET_FILE, 'utf8'))",
}  # fmt: skip


@pytest.mark.parametrize("how", NODE)
def test_a_secret_that_a_node_harness_took_is_not_the_targets_doing(
    how: str, report: Report, prove: Prove
) -> None:
    verdict = prove(report("disclose", LOAD + NODE[how], language="node"))
    assert verdict.k == 1
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS), verdict.sentence


NOISE = {
    "prints a gigabyte": "while True: sys.stdout.write('x' * 65536)",
    "forks without end": "while True:\n    try: os.fork()\n    except OSError: pass",
    "fills its folder": "file = open('big', 'wb')\nwhile True: file.write(b'x' * (1 << 20))",
    "kills every process that it can": "os.kill(-1, 9)",
}


@pytest.mark.parametrize("what", NOISE)
def test_a_harness_that_only_makes_trouble_is_refuted(what: str, report: Report, prove: Prove) -> None:
    assert prove(report("disclose", READ + NOISE[what])).rung is Rung.REFUTED
