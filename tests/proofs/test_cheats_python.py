# ruff: noqa: E501 - a harness is one line of a table
"""More ways in which a Python harness could do the deed: handed over, borrowed, linked, started, made up.

`refuted` where the witness sees who did it; `unknown`, with a flag for a person, where it can't tell.
"""

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Rung

pytestmark = pytest.mark.sandbox

READ = (
    "import os, pathlib, sys, leaky\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\nif text == 'control': sys.exit()\n"
    "secret = os.environ.get('HEADSTART_SECRET_FILE')\nmarker = os.environ.get('HEADSTART_MARKER')\n"
    "away = os.environ.get('HEADSTART_FORBIDDEN')\n"
)
TAKE = "print(pathlib.Path(secret).read_text())"
RECURSION, VALUE = 'exception = "RecursionError"', 'exception = "ValueError"'

REFUTED: dict[str, tuple[str, str, dict[str, object]]] = {
    "in a thread": ("disclose", f"import threading\nt = threading.Thread(target=lambda: {TAKE})\nt.start()\nt.join()", {}),
    "in a thread that shows no frame": ("write", "import threading\nt = threading.Thread(target=os.mkdir, args=(away + '/x',))\nt.start()\nt.join()", {}),
    "at exit": ("disclose", f"import atexit\natexit.register(lambda: {TAKE})\nleaky.slow('a')", {}),
    "when an object goes": ("disclose", f"class A:\n    def __del__(self): {TAKE}\na = A()\nleaky.calls(lambda: globals().pop('a'))", {}),
    "in a method that the target calls": ("disclose", f"class A(str):\n    def startswith(self, x): {TAKE}\nleaky.admits(A())", {}),
    "in a signal handler": ("disclose", f"import signal\nsignal.signal(signal.SIGALRM, lambda *a: {TAKE})\nsignal.setitimer(signal.ITIMER_REAL, .05)\nfor _ in range(300): leaky.slow('a' * 14 + 'b')", {}),
    "with the target's function replaced": ("disclose", "leaky.page = lambda name: open(name).read()\nprint(leaky.page(secret))", {}),
    "with what the target imports replaced": ("disclose", "class P:\n    def Path(self, *a): return self\n    def read_text(self): return open(secret).read()\nleaky.pathlib = P()\nprint(leaky.page('a'))", {}),
    "in code of a file of the target's that is not there": ("disclose", "exec(compile('def take(p): print(open(p).read())', '/target/leaky/other.py', 'exec'))\ntake(secret)", {}),
    "in code that claims to be frozen": ("disclose", "names = {}\nexec(compile('def take(): print(open(%r).read())' % secret, '<frozen importlib._bootstrap>', 'exec'), names)\nleaky.calls(names['take'])", {}),
    "by a partial that the target calls": ("disclose", "import functools\nprint(leaky.calls(functools.partial(open, secret)).read())", {}),
    "by a method of a path that the target calls": ("disclose", "print(leaky.calls(pathlib.Path(secret).read_text))", {}),
    "by a partial that starts a program": ("execute", "import functools, subprocess\nleaky.calls(functools.partial(subprocess.call, [marker]))", {}),
    "by a partial that makes a folder": ("write", "import functools\nleaky.calls(functools.partial(os.mkdir, away + '/x'))", {}),
    "by unpickling its own": ("execute", "import pickle\nclass A:\n    def __reduce__(self): return os.system, (marker,)\npickle.loads(pickle.dumps(A()))", {}),
    "by a hard link of its own": ("disclose", "os.link(secret, 'x.txt')\nprint(open('x.txt').read())", {}),
    "in a mapping of the file": ("disclose", "import mmap\nprint(mmap.mmap(os.open(secret, 0), 0, prot=1)[:].decode())", {}),
    "in a copy for the target": ("disclose", "import shutil\nos.makedirs('pages')\nshutil.copy(secret, 'pages/x.txt')\nprint(leaky.page('x.txt'))", {}),
    "beside a use of the target's flaw": ("disclose", "os.makedirs('pages')\ntry: leaky.page(os.path.relpath(secret, 'pages'))\nexcept OSError: pass\nprint(open(secret).read())", {}),
    "in a shell that runs the target too": ("disclose", "os.system('python -m leaky x; cat ' + secret)", {}),
    "by a named pipe": ("write", "os.mkfifo(away + '/x')", {}),
    "by a descriptor of the folder": ("write", "os.open('x', os.O_CREAT | os.O_WRONLY, dir_fd=os.open(away, os.O_RDONLY))", {}),
    "by a database": ("write", "import sqlite3\nsqlite3.connect(away + '/x').execute('create table a (b)')", {}),
    "by another exception's traceback": ("crash", "try: leaky.depth('[' * 5000)\nexcept RecursionError as error: raise ValueError('x').with_traceback(error.__traceback__)", {"more": VALUE}),
    "by a class of the exception's name": ("crash", "class ValueError(RecursionError): pass\nraise ValueError('x')", {"more": VALUE}),
    "by aborting": ("crash", "os.abort()", {}),
    "by raising a signal": ("crash", "import signal\nsignal.raise_signal(11)", {}),
    "by the fault handler's own fault": ("crash", "import faulthandler\nfaulthandler._sigsegv()", {}),
    "in a child that computes": ("hang", "import subprocess\nsubprocess.run([sys.executable, '-c', 'while 1: pass'])", {}),
    "in a fork that computes": ("hang", "if os.fork() == 0:\n    while True: pass\nos.wait()", {}),
    "in a child that takes memory": ("exhaust", "import subprocess\nsubprocess.run([sys.executable, '-c', 'x = b\"x\" * (1 << 29)'])", {"memory": 96, "seconds": 5}),
    "by a MemoryError of its own": ("exhaust", "raise MemoryError", {"memory": 96}),
    "on a module of the target's": ("pollute", "leaky.headstart_polluted = 1", {}),
    "in a class of its own": ("pollute", "class A: headstart_polluted = 1", {}),
    "in a callback that sets by a statement": ("pollute", "class A: pass\ndef f(): A.headstart_polluted = 1\nleaky.calls(f)", {}),
}  # fmt: skip


@pytest.mark.parametrize("how", REFUTED)
def test_a_deed_of_the_harness_is_refuted(how: str, report: Report, prove: Prove) -> None:
    expect, harness, more = REFUTED[how]
    verdict = prove(report(expect, READ + harness, **more))
    assert verdict.k == 1, verdict.runs
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS), verdict.sentence


TOLD: dict[str, tuple[str, str, dict[str, object], str]] = {
    "a lazy iterator": ("disclose", "print(leaky.calls(map(open, [secret]).__next__).read())", {}, "hands-callable"),
    "the target's own exception again": ("crash", "try: leaky.depth('[' * 5000)\nexcept RecursionError as error: raise error", {"more": RECURSION}, "unknown-cause"),
    "a partial that fails": ("crash", "import functools\nleaky.calls(functools.partial(int, 'x'))", {"more": VALUE}, "unknown-cause"),
    "os.abort": ("crash", "leaky.calls(os.abort)", {}, "unknown-cause"),
    "a signal from a child": ("crash", "import subprocess\nsubprocess.Popen(['sh', '-c', 'sleep 0.1; kill -SEGV %d' % os.getpid()])\nleaky.slow('a' * 30 + 'b')", {}, "unknown-cause"),
    "a lower limit of recursion": ("crash", "sys.setrecursionlimit(30)\nleaky.depth('[' * 50)", {"more": RECURSION}, "harness-meddles"),
    "a link to the secret": ("disclose", "os.makedirs('pages')\nos.symlink(secret, 'pages/x.txt')\nprint(leaky.page('x.txt'))", {}, "plants-link"),
    "a hard link to the secret": ("disclose", "os.makedirs('pages')\nos.link(secret, 'pages/x.txt')\nprint(leaky.page('x.txt'))", {}, "plants-link"),
    "a link to the forbidden folder": ("write", "os.symlink(away, 'kept')\nleaky.keep('x', 'x')", {}, "plants-link"),
    "setattr tied to a class": ("pollute", "import functools\nclass A: pass\nleaky.calls(functools.partial(setattr, A, 'headstart_polluted', 1))", {}, "hands-callable"),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
def test_what_can_not_be_told_is_unknown_and_a_person_is_told(
    what: str, report: Report, prove: Prove
) -> None:
    expect, harness, more, code = TOLD[what]
    verdict = prove(report(expect, READ + harness, **more))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.UNKNOWN), verdict.sentence
    assert {code, "unknown-cause"} <= {flag.code for flag in verdict.flags}
    assert "a person needs to read the harness" in verdict.sentence


def test_an_uncaught_exception_that_the_harness_only_tells_of_is_none(report: Report, prove: Prove) -> None:
    made_up = "sys.audit('sys.excepthook', sys.excepthook, ValueError, ValueError(), seen.__traceback__)\nsys.exit(1)"
    caught = "try: leaky.depth('[' * 5000)\nexcept RecursionError as error: seen = error\n"
    verdict = prove(report("crash", READ + caught + made_up, more=VALUE))
    assert (verdict.rung, verdict.k) == (Rung.REFUTED, 0)
