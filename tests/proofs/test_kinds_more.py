# ruff: noqa: E501 - a harness is one line of a table
"""More true reports of every kind, each by another way of the target's: what is mended against cheats must not lose one."""

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Rung

pytestmark = pytest.mark.sandbox

READ = "import json, os, pathlib, sys, leaky\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\n"
LOAD = "const fs = require('fs'); const k = require('knotty'); const text = fs.readFileSync(process.argv[2], 'utf8').trim();\n"
SECRET, MARKER, AWAY = (f"os.environ['HEADSTART_{each}']" for each in ("SECRET_FILE", "MARKER", "FORBIDDEN"))
INDEX, TYPE = 'exception = "IndexError"', 'exception = "TypeError"'
FIRST = {"trigger": "x", "control": "a,b", "more": INDEX}
NODE_FIRST = {"trigger": "a", "control": "a,b", "more": TYPE}

PYTHON: dict[str, tuple[str, str, dict[str, object]]] = {
    "evaluated text": ("execute", f"leaky.calc(text.replace('MARKER', {MARKER}))", {"trigger": "__import__('os').system('MARKER')", "control": "1"}),
    "evaluated text that reads": ("disclose", "print(leaky.calc(text.replace('SECRET', os.environ.get('HEADSTART_SECRET_FILE', ''))))", {"trigger": "open('SECRET').read()", "control": "1"}),
    "a template compiled under its own name": ("disclose", f"pathlib.Path('t.html').write_text(text.replace('SECRET', {SECRET}))\nprint(leaky.render('t.html'))", {"trigger": "open('SECRET').read()", "control": "1"}),
    "a class above the exception": ("crash", "leaky.first(text)", {**FIRST, "more": 'exception = "LookupError"'}),
    "an exception with dots": ("crash", "leaky.first(text)", {**FIRST, "more": 'exception = "builtins.IndexError"'}),
    "through with and finally": ("crash", "with open('x', 'w') as file:\n    try:\n        leaky.first(text)\n    finally:\n        file.close()", FIRST),
    "raised again by a bare raise": ("crash", "try:\n    leaky.first(text)\nexcept Exception:\n    raise", FIRST),
    "in a function of the harness": ("crash", "def main():\n    return leaky.first(text)\nif __name__ == '__main__':\n    sys.exit(main())", FIRST),
    "in asyncio": ("crash", "import asyncio\nasync def main():\n    return leaky.first(text)\nasyncio.run(main())", FIRST),
    "in a pool of threads": ("crash", "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool:\n    pool.submit(leaky.first, text).result()", FIRST),
    "beside a harmless callback": ("crash", "kept = []\nleaky.tells(text, kept.append)", FIRST),
    "in the standard library that the target calls": ("crash", "leaky.parse(text)", {"trigger": "[" * 100000, "control": "[]", "more": 'exception = "RecursionError"'}),
    "by a call of abort in the target": ("crash", "leaky.die(text)", {"trigger": "up", "control": "y"}),
    "in a thread of the harness": ("hang", "import threading\nt = threading.Thread(target=leaky.slow, args=(text,))\nt.start()\nt.join()", {"trigger": "a" * 40 + "b", "control": "a"}),
    "one large request": ("exhaust", "leaky.big(int(text))", {"trigger": "40", "control": "3", "memory": 96}),
    "into the names of its module": ("pollute", "leaky.assign(json.loads(text))", {"trigger": '{"headstart_polluted": 1}', "control": '{"name": 1}'}),
    "by a class's own setter": ("pollute", "leaky.label(json.loads(text))", {"trigger": '{"headstart_polluted": 1}', "control": '{"name": 1}'}),
    "a named pipe": ("write", f"leaky.queue(text.replace('AWAY', {AWAY}))", {"trigger": "AWAY/x", "control": "y"}),
    "an archive": ("write", f"leaky.unpack(text.replace('AWAY', {AWAY}))", {"trigger": "AWAY/x", "control": "y"}),
    "a database": ("write", f"leaky.database(text.replace('AWAY', {AWAY}))", {"trigger": "AWAY/x", "control": "y"}),
    "a renamed file": ("write", f"leaky.move(text.replace('AWAY', {AWAY}))", {"trigger": "AWAY/x", "control": "y"}),
    "a link": ("write", f"os.mkdir('in')\nleaky.link({AWAY} if text == 'up' else 'in')", {"trigger": "up", "control": "y"}),
    "a program": ("execute", f"leaky.start(text.replace('MARKER', {MARKER}))", {"trigger": "MARKER", "control": "/bin/true"}),
    "an unpickled object": ("execute", f"import pickle\nclass A:\n    def __reduce__(self): return os.system, ({MARKER},)\nleaky.load(pickle.dumps(A() if text == 'up' else 1))", {"trigger": "up", "control": "y"}),
}  # fmt: skip


@pytest.mark.parametrize("how", PYTHON)
def test_a_true_report_in_python_is_the_targets_doing(how: str, report: Report, prove: Prove) -> None:
    expect, harness, more = PYTHON[how]
    verdict = prove(report(expect, READ + harness, **more))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.TARGET), verdict


NODE: dict[str, tuple[str, str, dict[str, object]]] = {
    "after an await": ("crash", "(async () => { await null; k.first(text) })()", NODE_FIRST),
    "in a promise": ("crash", "Promise.resolve(text).then(k.first)", NODE_FIRST),
    "in a timer": ("crash", "setTimeout(() => k.first(text), 5)", NODE_FIRST),
    "in an emitter": ("crash", "const e = new (require('events'))(); e.on('x', () => k.first(text)); e.emit('x')", NODE_FIRST),
    "after a read": ("crash", "fs.readFile(process.argv[2], 'utf8', (_, data) => k.first(data.trim()))", NODE_FIRST),
    "an error class of its own": ("crash", "k.sure(text)", {"trigger": "a", "control": "ok", "more": 'exception = "KnotError"'}),
    "an error that names itself": ("crash", "k.named(text)", {"trigger": "a", "control": "ok", "more": 'exception = "KnotNamed"'}),
    "an error that wraps another": ("crash", "k.wrapped(text)", {**NODE_FIRST, "more": 'exception = "Error"'}),
    "in JSON that the target reads": ("crash", "k.json(text)", {"trigger": "{", "control": "{}", "more": 'exception = "SyntaxError"'}),
    "by recursion": ("crash", "k.deep(text)", {"trigger": "[" * 20000, "control": "[", "more": 'exception = "RangeError"'}),
    "in a new context of the target's": ("execute", "k.sandboxed(text.replace('MARKER', process.env.HEADSTART_MARKER))", {"trigger": "run('MARKER')", "control": "1"}),
    "in a function that the target makes": ("execute", "k.made(text.replace('MARKER', process.env.HEADSTART_MARKER))", {"trigger": "require('child_process').execFileSync('MARKER')", "control": "1"}),
    "in text that the target evaluates": ("execute", "k.evaluated(text.replace('MARKER', process.env.HEADSTART_MARKER))", {"trigger": "childProcess.execFileSync('MARKER')", "control": "1"}),
    "by a stream": ("disclose", "k.stream(text === 'up' ? process.env.HEADSTART_SECRET_FILE : process.argv[2])", {"trigger": "up", "control": "x"}),
    "by a promise of a file": ("disclose", "k.later(text === 'up' ? process.env.HEADSTART_SECRET_FILE : process.argv[2]).then(console.log)", {"trigger": "up", "control": "x"}),
    "by a writing stream": ("write", "k.pour(text === 'up' ? process.env.HEADSTART_FORBIDDEN + '/x' : 'x')", {"trigger": "up", "control": "x"}),
    "by folders": ("write", "k.folder(text === 'up' ? process.env.HEADSTART_FORBIDDEN + '/x/y' : 'x')", {"trigger": "up", "control": "x"}),
    "by one large buffer": ("exhaust", "k.alloc(Number(text))", {"trigger": "1000000000", "control": "10", "memory": 256}),
    "by one long text": ("exhaust", "k.repeat(Number(text))", {"trigger": "500000000", "control": "10", "memory": 256}),
    "by defineProperty": ("pollute", "k.define({}, JSON.parse(text))", {"trigger": '["__proto__", "headstart_polluted"]', "control": '["a", "b"]'}),
}  # fmt: skip


@pytest.mark.parametrize("how", NODE)
def test_a_true_report_in_node_is_the_targets_doing(how: str, report: Report, prove: Prove) -> None:
    expect, harness, more = NODE[how]
    verdict = prove(report(expect, LOAD + harness, language="node", **more))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.TARGET), verdict


RUN = "import os, pathlib, subprocess, sys\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\nasked = [sys.executable, '-m', 'clitool']\n"
PROGRAM = {
    "disclose": f"print(subprocess.run([*asked, 'page', {SECRET} if text == 'trigger' else sys.argv[1]], capture_output=True, text=True).stdout)",
    "execute": f"subprocess.run([*asked, 'greet', 'x;' + {MARKER} if text == 'trigger' else 'x'])",
    "write": f"subprocess.run(['python', '-m', 'clitool', 'keep', {AWAY} + '/x' if text == 'trigger' else 'x'])",
    "hang": "subprocess.run([*asked, 'slow', 'a' * 40 + 'b' if text == 'trigger' else 'x'])",
}  # fmt: skip


@pytest.mark.parametrize("expect", PROGRAM)
def test_the_targets_own_program_in_a_child_is_never_the_harness_and_a_person_is_told(
    expect: str, report: Report, prove: Prove
) -> None:
    verdict = prove(report(expect, RUN + PROGRAM[expect], package="clitool"))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.UNKNOWN), verdict.sentence
    assert "in-a-child" in {flag.code for flag in verdict.flags}
