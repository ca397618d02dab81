# ruff: noqa: E501 - a harness is one line of a table
"""More ways in which a Node harness could do the deed: by code of no file, by workers, by bindings, by made-up stacks."""

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Rung

pytestmark = pytest.mark.sandbox

LOAD = (
    "const fs = require('fs'); const k = require('knotty'); const cp = require('child_process'); "
    "const S = process.env.HEADSTART_SECRET_FILE, M = process.env.HEADSTART_MARKER, F = process.env.HEADSTART_FORBIDDEN; "
    "if (fs.readFileSync(process.argv[2], 'utf8') === 'control') process.exit();\n"
)
TAKE = "console.log(fs.readFileSync(S, 'utf8'))"
TYPE, RANGE = 'exception = "TypeError"', 'exception = "RangeError"'

REFUTED: dict[str, tuple[str, str, dict[str, object]]] = {
    "in a new context of the target's file name": ("disclose", f"require('vm').runInNewContext(\"{TAKE.replace(chr(39), '`')}\", {{ fs, S, console }}, {{ filename: '/target/knotty.js' }})", {}),
    "in a script that the target calls": ("disclose", f"global.fs = fs; global.S = S; k.calls(new (require('vm').Script)(\"() => {TAKE.replace(chr(39), '`')}\", {{ filename: 'node:fs' }}).runInThisContext())", {}),
    "in a compiled function of the target's file name": ("disclose", f"require('vm').compileFunction(\"{TAKE.replace(chr(39), '`')}\", ['fs', 'S'], {{ filename: '/target/knotty.js' }})(fs, S)", {}),
    "in a module of the target's file name": ("disclose", f"const M2 = require('module'); const m = new M2('x'); m._compile(\"module.exports = (fs, S) => {TAKE.replace(chr(39), '`')}\", '/target/knotty.js'); m.exports(fs, S)", {}),
    "in a function with a source name": ("disclose", f"new Function('fs', 'S', \"{TAKE.replace(chr(39), '`')}\\n//# sourceURL=/target/knotty.js\")(fs, S)", {}),
    "later": ("disclose", f"setTimeout(() => {TAKE}, 1)", {}),
    "at exit": ("disclose", f"process.on('exit', () => {TAKE})", {}),
    "in a worker": ("disclose", "const { Worker } = require('worker_threads'); new Worker(\"console.log(require('fs').readFileSync(process.env.HEADSTART_SECRET_FILE, 'utf8'))\", { eval: true })", {}),
    "by a worker that starts a program": ("execute", "const { Worker } = require('worker_threads'); new Worker(\"require('child_process').execFileSync(process.env.HEADSTART_MARKER)\", { eval: true })", {}),
    "by node's inner binding": ("execute", "const { Process } = process.binding('process_wrap'); const p = new Process(); p.onexit = () => p.close(); p.spawn({ file: M, args: [M], stdio: [{ type: 'ignore' }, { type: 'ignore' }, { type: 'ignore' }], envPairs: [] })", {}),
    "by a stream": ("disclose", "new fs.ReadStream(S).pipe(process.stdout)", {}),
    "by a hard link": ("disclose", "fs.linkSync(S, 'l'); console.log(fs.readFileSync('l', 'utf8'))", {}),
    "with fs replaced": ("disclose", "const o = fs.readFileSync; fs.readFileSync = () => o(S, 'utf8'); console.log(k.page('x'))", {}),
    "in a getter that the target reads": ("disclose", "console.log(k.first({ split () { return [0, fs.readFileSync(S, 'utf8')] } }))", {}),
    "by a writing stream": ("write", "new fs.WriteStream(F + '/x').end('x')", {}),
    "by throwing": ("crash", "throw new TypeError('x')", {"more": TYPE}),
    "by throwing in a callback": ("crash", "k.calls(() => { throw new TypeError('x') })", {"more": TYPE}),
    "by a stack that it makes up": ("crash", "Error.prepareStackTrace = () => [{ getFileName: () => '/target/knotty.js', getLineNumber: () => 1, getFunctionName: () => 'first', isEval: () => false }]; throw new TypeError('x')", {"more": TYPE}),
    "by rejecting": ("crash", "Promise.reject(new TypeError('x'))", {"more": TYPE}),
    "by aborting": ("crash", "process.abort()", {}),
    "by a signal to itself": ("crash", "process.kill(process.pid, 'SIGSEGV')", {}),
    "in a worker that computes": ("hang", "const { Worker } = require('worker_threads'); new Worker('for (;;);', { eval: true })", {}),
    "in a child that computes": ("hang", "cp.execFileSync(process.execPath, ['-e', 'for (;;);'])", {}),
    "in a script of the target's file name": ("hang", "new (require('vm').Script)('for (;;);', { filename: '/target/knotty.js' }).runInThisContext()", {}),
    "in evaluated code of the target's name": ("hang", "eval('for (;;);\\n//# sourceURL=/target/knotty.js')", {}),
    "by one large buffer": ("exhaust", "Buffer.alloc(1 << 30, 1)", {"memory": 256, "seconds": 5}),
    "by Reflect": ("pollute", "Reflect.defineProperty(Object.prototype, 'headstart_polluted', { value: 1 })", {}),
    "by defineProperties": ("pollute", "Object.defineProperties(Object.prototype, { headstart_polluted: { value: 1 } })", {}),
    "by assign": ("pollute", "Object.assign(Object.prototype, JSON.parse('{\"headstart_polluted\": 1}'))", {}),
    "by a getter": ("pollute", "Object.prototype.__defineGetter__('headstart_polluted', () => 1)", {}),
    "after deleting what the hub put there": ("pollute", "delete Object.prototype.headstart_polluted; Object.prototype.headstart_polluted = 1", {}),
    "on another prototype": ("pollute", "Array.prototype.headstart_polluted = 1", {}),
    "by a script of the target's file name ": ("pollute", "new (require('vm').Script)('Object.prototype.headstart_polluted = 1', { filename: '/target/knotty.js' }).runInThisContext()", {}),
}  # fmt: skip


@pytest.mark.parametrize("how", REFUTED)
def test_a_deed_of_a_node_harness_is_refuted(how: str, report: Report, prove: Prove) -> None:
    expect, harness, more = REFUTED[how]
    verdict = prove(report(expect, LOAD + harness, language="node", **more))
    assert verdict.k == 1, verdict.runs
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS), verdict.sentence


NOTHING: dict[str, tuple[str, str]] = {
    "an exit status like a signal's": ("process.exit(139)", ""),
    "an error that is only told of": ("try { k.first('a') } catch (e) { process.emit('uncaughtExceptionMonitor', e) }", TYPE),
    "an error that a handler took": ("process.on('uncaughtException', () => {}); k.first('a')", TYPE),
}  # fmt: skip


@pytest.mark.parametrize("what", NOTHING)
def test_what_did_not_end_the_run_is_no_crash(what: str, report: Report, prove: Prove) -> None:
    harness, exception = NOTHING[what]
    verdict = prove(report("crash", LOAD + harness, language="node", more=exception))
    assert verdict.rung is Rung.REFUTED
    assert verdict.k == 0


TOLD: dict[str, tuple[str, str, dict[str, object]]] = {
    "evaluated code whose name hides its maker": ("disclose", f"k.calls(eval(\"() => {TAKE.replace(chr(39), '`')}\\n//# sourceURL=node:fs\"))", {}),
    "a function tied to its arguments": ("disclose", "console.log(k.calls(fs.readFileSync.bind(fs, S, 'utf8')))", {}),
    "a timer's own call": ("execute", "setTimeout(cp.execFileSync.bind(cp, M), 1)", {}),
    "an assignment tied to a prototype": ("pollute", "k.calls(Object.assign.bind(Object, Object.prototype, { headstart_polluted: 1 }))", {}),
    "a stack that was assigned": ("crash", "const e = new TypeError('x'); e.stack = 'TypeError: x\\n    at first (/target/knotty.js:5:5)'; throw e", {"more": TYPE}),
    "another error's stack": ("crash", "try { k.first('a') } catch (e) { const f = new RangeError('x'); f.stack = e.stack; throw f }", {"more": RANGE}),
    "process.abort": ("crash", "k.calls(process.abort)", {}),
}  # fmt: skip


@pytest.mark.parametrize("what", TOLD)
def test_what_can_not_be_told_in_node_is_unknown_and_a_person_is_told(
    what: str, report: Report, prove: Prove
) -> None:
    expect, harness, more = TOLD[what]
    verdict = prove(report(expect, LOAD + harness, language="node", **more))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.UNKNOWN), verdict.sentence
    assert "unknown-cause" in {flag.code for flag in verdict.flags}
