# ruff: noqa: E501 - a harness is one line of a table
"""Each kind of `expect`: a true report climbs, one whose trigger does nothing is refuted, and one that does it itself."""

from typing import Any

import pytest
from tests.proofs.conftest import Prove, Report

from headstart.proofs.rules import Attribution, Rung

pytestmark = pytest.mark.sandbox

READ = "import json, os, pathlib, sys, leaky\ntext = pathlib.Path(sys.argv[1]).read_text().strip()\n"
LOAD = (
    "const k = require('knotty'); const text = require('fs').readFileSync(process.argv[2], 'utf8').trim()\n"
)

# expect: language, harness, trigger, control, more
TRUE: dict[str, tuple[str, str, str, str, str, dict[str, Any]]] = {
    "python-hang": ("hang", "python", READ + "leaky.slow(text)", "a" * 40 + "b", "aaa", {}),
    "python-exhaust": ("exhaust", "python", READ + "leaky.grow(text)", "300", "3", {"memory": 96, "seconds": 5}),
    "python-crash": ("crash", "python", READ + "leaky.depth(text)", "[" * 5000, "[[", {"more": 'exception = "RecursionError"'}),
    "python-disclose": ("disclose", "python", READ + "print(leaky.page(os.path.relpath(os.environ['HEADSTART_SECRET_FILE'], 'pages') if text == 'up' else 'a.txt'))", "up", "down", {"files": {"pages/a.txt": "a"}}),
    "python-execute": ("execute", "python", READ + "leaky.greet(text.replace('MARKER', os.environ['HEADSTART_MARKER']))", "x; MARKER", "x", {}),
    "python-write": ("write", "python", READ + "leaky.keep(text.replace('AWAY', os.environ['HEADSTART_FORBIDDEN']), 'x')", "AWAY/x", "x", {}),
    "python-pollute": ("pollute", "python", READ + "class User: pass\nleaky.merge(json.loads(text), User())", '{"__class__": {"headstart_polluted": 1}}', '{"name": 1}', {}),
    "node-hang": ("hang", "node", LOAD + "k.slow(text)", "a" * 40 + "b", "aaa", {"seconds": 2}),
    "node-exhaust": ("exhaust", "node", LOAD + "k.grow(Number(text))", "600", "3", {"memory": 256, "seconds": 5}),
    "node-crash": ("crash", "node", LOAD + "k.first(text)", "a", "a,b", {"more": 'exception = "TypeError"'}),
    "node-disclose": ("disclose", "node", LOAD + "console.log(k.page(text === 'up' ? require('path').relative('pages', process.env.HEADSTART_SECRET_FILE) : 'a.txt'))", "up", "down", {"files": {"pages/a.txt": "a"}}),
    "node-execute": ("execute", "node", LOAD + "k.greet(text.replace('MARKER', process.env.HEADSTART_MARKER))", "x; MARKER", "x", {}),
    "node-write": ("write", "node", LOAD + "k.keep(text.replace('AWAY', process.env.HEADSTART_FORBIDDEN), 'x')", "AWAY/x", "x", {}),
    "node-pollute": ("pollute", "node", LOAD + "k.merge({}, JSON.parse(text))", '{"__proto__": {"headstart_polluted": 1}}', '{"name": 1}', {}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_a_true_report_is_reproduced_controlled_and_caused_by_the_target(
    name: str, report: Report, prove: Prove
) -> None:
    expect, language, harness, trigger, control, more = TRUE[name]
    made = report(expect, harness, trigger=trigger, control=control, language=language, **more)
    verdict = prove(made, contrast="auto")
    assert (verdict.rung, verdict.attribution) == (Rung.CONTRASTED, Attribution.TARGET), verdict
    assert verdict.contrast == "1.1.0"
    assert verdict.crash_state


def test_a_release_that_a_limit_cut_off_is_no_contrast(report: Report, prove: Prove) -> None:
    harness = (
        READ + "leaky.greet(text.replace('MARKER', os.environ['HEADSTART_MARKER']))\nwhile text != 'x': pass"
    )
    verdict = prove(report("execute", harness, trigger="x; MARKER", control="x"), contrast="auto")
    assert (verdict.rung, verdict.contrast) == (Rung.CONTROLLED, None), verdict


@pytest.mark.parametrize(
    "name", [each for each in TRUE if each.startswith(("python-e", "python-d", "node-p", "node-c"))]
)
def test_a_trigger_that_does_nothing_is_refuted(name: str, report: Report, prove: Prove) -> None:
    expect, language, harness, _, control, more = TRUE[name]
    made = report(expect, harness, trigger=control + "\n", control=control, language=language, **more)
    verdict = prove(made)
    assert (verdict.rung, verdict.k) == (Rung.REFUTED, 0)
    assert "not seen" in verdict.sentence


def test_a_package_that_sets_hundreds_of_attributes_when_it_is_imported_is_still_named(
    report: Report, prove: Prove
) -> None:
    _, _, harness, trigger, control, _ = TRUE["python-pollute"]
    harness = harness.replace("leaky", "eager")
    verdict = prove(report("pollute", harness, trigger=trigger, control=control, package="eager"))
    assert (verdict.rung, verdict.attribution) == (Rung.CONTROLLED, Attribution.TARGET)


@pytest.mark.parametrize("name", ["python-execute", "python-pollute", "node-write"])
def test_a_control_that_does_it_too_refutes(name: str, report: Report, prove: Prove) -> None:
    expect, language, harness, trigger, _, more = TRUE[name]
    verdict = prove(
        report(expect, harness, trigger=trigger, control=trigger + "\n", language=language, **more)
    )
    assert verdict.rung is Rung.REFUTED
    assert "control" in verdict.sentence


@pytest.mark.parametrize("name", ["python-disclose", "python-crash", "node-pollute", "node-crash"])
def test_the_mended_release_refutes(name: str, report: Report, prove: Prove) -> None:
    expect, language, harness, trigger, control, more = TRUE[name]
    made = report(
        expect, harness, trigger=trigger, control=control, language=language, version="1.1.0", **more
    )
    assert prove(made).rung is Rung.REFUTED


ITSELF = {
    "hang": ("python", READ + "while text == 'trigger': pass", {"seconds": 1}),
    "exhaust": ("python", READ + "kept = [bytearray(b'x' * (1 << 20)) for _ in range(300 if text == 'trigger' else 1)]", {"memory": 96}),
    "crash": ("python", READ + "if text == 'trigger': raise RecursionError", {"more": 'exception = "RecursionError"'}),
    "disclose": ("python", READ + "if text == 'trigger': print(open(os.environ['HEADSTART_SECRET_FILE']).read())", {}),
    "execute": ("python", READ + "if text == 'trigger': os.system(os.environ['HEADSTART_MARKER'])", {}),
    "write": ("python", READ + "if text == 'trigger': open(os.environ['HEADSTART_FORBIDDEN'] + '/x', 'w')", {}),
    "pollute": ("python", READ + "class User: pass\nif text == 'trigger': setattr(User, 'headstart_polluted', 1)", {}),
    "hang in node": ("node", LOAD + "while (text === 'trigger') {}", {"seconds": 1}),
    "crash in node": ("node", LOAD + "if (text === 'trigger') throw new TypeError('x')", {"more": 'exception = "TypeError"'}),
    "disclose in node": ("node", LOAD + "if (text === 'trigger') console.log(require('fs').readFileSync(process.env.HEADSTART_SECRET_FILE, 'utf8'))", {}),
    "execute in node": ("node", LOAD + "if (text === 'trigger') require('child_process').execFileSync(process.env.HEADSTART_MARKER)", {}),
    "pollute in node": ("node", LOAD + "if (text === 'trigger') Object.prototype.headstart_polluted = 1", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", ITSELF)
def test_a_harness_that_does_the_deed_itself_is_refuted_and_told_so(
    name: str, report: Report, prove: Prove
) -> None:
    language, harness, more = ITSELF[name]
    verdict = prove(report(name.split(maxsplit=1)[0], harness, language=language, **more))
    assert (verdict.rung, verdict.attribution) == (Rung.REFUTED, Attribution.HARNESS), verdict
    assert verdict.k == 1
    assert "the harness did it itself" in verdict.sentence


def test_a_decision_climbs_and_a_person_is_told_to_read_the_harness(report: Report, prove: Prove) -> None:
    harness = READ + "sys.exit(0 if leaky.admits(text) else 10)"
    verdict = prove(report("decide", harness, trigger="ok-2", control="no"), contrast="auto")
    assert (verdict.rung, verdict.attribution) == (Rung.CONTRASTED, Attribution.UNKNOWN)
    assert any("decision" in each for each in verdict.unchecked)


def test_another_exit_status_is_no_decision(report: Report, prove: Prove) -> None:
    verdict = prove(report("decide", READ + "sys.exit(1)"))
    assert verdict.rung is Rung.REFUTED
    assert "no decision" in verdict.sentence


def test_a_run_that_only_waits_is_no_hang(report: Report, prove: Prove) -> None:
    harness = READ + "import time\nif text == 'trigger': time.sleep(2)"
    verdict = prove(report("hang", harness))
    assert verdict.rung is Rung.REFUTED


@pytest.mark.parametrize("package", ["ageing", "older"])
def test_a_package_that_does_not_load_here_is_unrunnable_never_refuted(
    package: str, report: Report, prove: Prove
) -> None:
    harness = f"import sys, {package}\n{package}.parse(sys.argv[1])"
    more = 'exception = "ValueError"'
    verdict = prove(report("crash", harness, package=package, more=more))
    assert verdict.rung is Rung.UNRUNNABLE
    assert "does not load" in (verdict.step or "")


SPINS = "def spin(seconds):\n    end = time.process_time() + seconds\n    while time.process_time() < end: leaky.admits('x')\n"


def test_a_slow_control_asks_for_a_longer_hang(report: Report, prove: Prove) -> None:
    """It computes for two seconds, which is more than the limit of one, and not ten times its control."""
    harness = READ + "import time\n" + SPINS + "spin(float(text))"
    slow = prove(report("hang", harness, trigger="2.0", control="0.6", seconds=1))
    assert slow.rung is Rung.REFUTED
    true = prove(
        report("hang", READ + "leaky.slow('a' * int(text) + 'b')", trigger="40", control="23", seconds=1)
    )
    assert (true.rung, true.attribution) == (Rung.CONTROLLED, Attribution.TARGET), true


def test_an_error_in_a_function_without_a_name_is_no_failure_to_load(report: Report, prove: Prove) -> None:
    other = prove(
        report(
            "crash", LOAD + "k.strict(text)", trigger="bad", language="node", more='exception = "TypeError"'
        )
    )
    assert (other.rung, other.k) == (Rung.REFUTED, 0)
    assert "RangeError was raised, not TypeError" in other.sentence
    true = prove(
        report(
            "crash", LOAD + "k.strict(text)", trigger="bad", language="node", more='exception = "RangeError"'
        )
    )
    assert (true.rung, true.attribution) == (Rung.CONTROLLED, Attribution.TARGET)


@pytest.mark.parametrize("file", ["harness.js", "harness.mjs"])
def test_a_node_package_that_does_not_load_here_is_unrunnable(
    file: str, report: Report, prove: Prove
) -> None:
    load = {
        "harness.js": "require('rusty')",
        "harness.mjs": "import m from 'module'; m.createRequire(import.meta.url)('rusty')",
    }[file]
    made = report(
        "crash",
        "",
        package="rusty",
        language="node",
        run=f'["node", "{file}", "{{input}}"]',
        files={file: load},
    )
    verdict = prove(made)
    assert verdict.rung is Rung.UNRUNNABLE
    assert "does not load" in (verdict.step or "")


def test_a_harness_that_can_not_load_what_it_invents_is_refuted(report: Report, prove: Prove) -> None:
    harness = "import leaky\nfrom leaky import invented"
    verdict = prove(report("crash", harness, more='exception = "ValueError"'))
    assert verdict.rung is Rung.REFUTED
    assert "ImportError" in verdict.sentence


def test_a_release_that_nobody_has_is_unrunnable_with_the_step(report: Report, prove: Prove) -> None:
    verdict = prove(report("crash", "import leaky", version="7.7.7"))
    assert verdict.rung is Rung.UNRUNNABLE
    assert "package-not-found" in (verdict.step or "")
