"""Inspect AI in its own process, on real sandboxes, with the reference model and with an endpoint that lies."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulators.endpoint import endpoint

from headstart.agents import work
from headstart.agents.errors import RunBroke
from headstart.agents.rules.assignments import Assignment, Budget, Ending
from headstart.agents.rules.sheet import Sheet
from headstart.agents.work import ModelHandle

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket]

TARGET = b"""\
def parse(text):
    if text.startswith("open") and "sesame" in text:
        return [][3]
    raise ValueError("closed")
"""
RUN = b"import sys\nfrom target import parse\nparse(open(sys.argv[1], encoding='utf-8').read())\n"
SHEET = Sheet(
    goal="exception",
    language="python",
    source="target.py",
    entry="target:parse",
    accepts="text",
    run="python run.py {input}",
    seeds="seeds",
    allowed="ValueError",
)
FILES = {"target.py": TARGET, "run.py": RUN, "seeds/0": b"close the door"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def test_the_reference_model_finds_a_flaw_by_running_and_its_log_holds_no_secret(folder: Path) -> None:
    heard = []
    with work.model("reference/fuzzer", folder=folder) as handle:
        secrets = dict(handle.environment)
        asked = Assignment(id="a", prompt=SHEET.text(), files=FILES, trust=handle.trust)
        ran = work.run(
            [asked], handle, name="t", on_attempt=lambda name, answer: heard.append((name, answer))
        )
    (attempt,) = ran.attempts
    assert attempt.ending is Ending.SUBMITTED
    assert attempt.answer is not None
    assert b"open" in attempt.answer
    assert b"sesame" in attempt.answer
    assert heard == [("a", attempt.answer)]
    assert attempt.input_tokens > 0
    assert attempt.output_tokens > 0
    log = Path(str(ran.log)).read_text()
    assert "HANDED IN" in log
    assert secrets["HEADSTART_REFERENCE_API_KEY"] not in log
    assert secrets["HEADSTART_REFERENCE_BASE_URL"] not in log


@pytest.fixture(scope="module")
def liar(folder: Path) -> Iterator[ModelHandle]:
    with endpoint() as base_url:
        os.environ["LIAR_BASE_URL"], os.environ["LIAR_API_KEY"] = base_url, "sk-liar"
        try:
            with work.model("openai-api/liar/any", folder=folder / "liar") as handle:
                yield handle
        finally:
            del os.environ["LIAR_BASE_URL"], os.environ["LIAR_API_KEY"]


def test_an_endpoint_that_hangs_breaks_lies_floods_or_refuses_ends_each_attempt_alone(
    liar: ModelHandle,
) -> None:
    kinds = ("HANG", "BREAK", "NONSENSE", "LIE", "FLOOD", "REFUSE")
    budget = Budget(messages=8, tokens=10_000, seconds=6, request_seconds=2, retries=1, in_flight=len(kinds))
    asked = [Assignment(id=kind, prompt=kind) for kind in kinds]
    ran = work.run(asked, liar, name="lies", budget=budget)
    endings = {each.id: each.ending for each in ran.attempts}
    assert endings["BREAK"] is endings["NONSENSE"] is endings["HANG"] is Ending.INFRASTRUCTURE
    assert endings["LIE"] is Ending.LIMIT
    assert endings["FLOOD"] is Ending.LIMIT
    assert endings["REFUSE"] is Ending.REFUSED
    assert all(each.answer is None for each in ran.attempts)
    assert all(len(each.said) < 5000 and len(each.note) < 5000 for each in ran.attempts)
    assert "sk-liar" not in Path(str(ran.log)).read_text()


def test_a_process_that_died_is_started_again(folder: Path) -> None:
    with work.model("reference/null", folder=folder) as handle:
        process = handle.driver._process
        assert process is not None
        process.kill()
        process.wait()
        (attempt,) = work.run([Assignment(id="a", prompt="nothing")], handle, name="t").attempts
    assert attempt.ending is Ending.SUBMITTED


def test_a_model_that_inspect_does_not_know_is_one_clear_line(folder: Path) -> None:
    with work.model("no-such-provider/x", folder=folder) as handle, pytest.raises(RunBroke) as broke:
        work.run([Assignment(id="a", prompt="nothing")], handle, name="t")
    assert "no-such-provider" in str(broke.value)
    assert "\n" not in str(broke.value)
