"""Inspect AI in its own process, on real sandboxes, with the reference models and with an endpoint that lies."""

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.agents.runs import KEY, attempts, liar
from tests.simulators.endpoint import Lies

from headstart.agents import work
from headstart.agents.errors import EndpointUnset, ModelUnknown, RunBroke
from headstart.agents.rules.assignments import Assignment, Attempt, Budget, Ending, Prices
from headstart.agents.rules.sheet import Sheet
from headstart.agents.work import ModelHandle

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket, pytest.mark.xdist_group("runs")]

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


@pytest.fixture(scope="module")
def liar_and_lies(folder: Path) -> Iterator[tuple[ModelHandle, Lies]]:
    with liar(folder / "liar") as both:
        yield both


@pytest.fixture
def handle(liar_and_lies: tuple[ModelHandle, Lies]) -> ModelHandle:
    return liar_and_lies[0]


@pytest.fixture
def lies(liar_and_lies: tuple[ModelHandle, Lies]) -> Lies:
    return liar_and_lies[1]


def test_the_reference_model_finds_a_flaw_by_running_and_its_log_holds_no_secret(folder: Path) -> None:
    heard: list[Attempt] = []
    with work.model("reference/fuzzer", folder=folder) as handle:
        secrets = dict(handle.environment)
        asked = Assignment(id="a/b", prompt=SHEET.text(), files=FILES, trust=handle.trust)
        ran = work.run(
            work.listed([asked]), handle, name="t", budget=Budget(), prices=Prices(input=2, output=10),
            samples=folder / "samples", on_attempt=heard.append,
        )  # fmt: skip
    (attempt,) = heard
    assert (attempt.ending, attempt.note) == (Ending.SUBMITTED, "")
    assert attempt.answer is not None
    assert b"open" in attempt.answer
    assert b"sesame" in attempt.answer
    assert attempt.changed == ()
    assert attempt.cost == (2 * attempt.input_tokens + 10 * attempt.output_tokens) / 1_000_000 > 0
    assert ran.started <= attempt.started < attempt.ended <= ran.ended
    assert [(each.message, each.tool) for each in attempt.calls][:1] == [(2, "bash")]
    assert attempt.calls[0].arguments.startswith("python - <<")
    assert "HANDED IN" in attempt.calls[0].output
    assert attempt.sample == folder / "samples" / "a%2Fb.json"
    sample, log = attempt.sample.read_bytes(), Path(str(ran.log)).read_bytes()
    assert hashlib.sha256(sample).hexdigest() == attempt.sample_digest
    assert b"HANDED IN" in sample
    assert json.loads(sample)["messages"][1]["content"] == SHEET.text()
    for secret in secrets.values():
        assert secret.encode() not in sample + log


def test_places_are_filled_as_they_get_free_not_when_the_slowest_is_done(
    handle: ModelHandle, lies: Lies
) -> None:
    order: list[str] = []
    left = [
        Assignment(id="SLOW", prompt="SLOW"),
        *(Assignment(id=f"q{n}", prompt="SUBMIT") for n in range(4)),
    ]

    def source() -> Assignment | None:
        given = left.pop(0) if left else None
        order.append(f"give {given.id}" if given else "none")
        return given

    def on_attempt(attempt: Attempt) -> None:
        order.append(f"told {attempt.id}")
        if attempt.id == "q3":
            lies.release.set()
        assert attempt.sample is not None
        assert attempt.sample.exists()

    budget = Budget(in_flight=2)
    work.run(source, handle, name="t", budget=budget, samples=handle.folder / "s", on_attempt=on_attempt)
    assert order == [
        "give SLOW", "give q0", "told q0", "give q1", "told q1", "give q2", "told q2", "give q3", "told q3",
        "none", "told SLOW",
    ]  # fmt: skip


def test_files_that_were_written_over_are_told(handle: ModelHandle) -> None:
    files = {"a.py": b"a", "deep/b.py": b"b", "deep/c.py": b"c", "d.py": b"d"}
    command = "RUN echo more >> a.py; ln -sf /etc/passwd deep/b.py; rm d.py; echo x > new.py"
    made = attempts([Assignment(id="changed", prompt=command, files=files)], handle)
    assert made["changed"].changed == ("a.py", "deep/b.py", "d.py")


def test_a_process_that_died_is_started_again(handle: ModelHandle) -> None:
    assert handle.driver.pid is not None
    os.kill(handle.driver.pid, signal.SIGKILL)
    made = attempts([Assignment(id="a", prompt="SUBMIT")], handle)
    assert made["a"].ending is Ending.SUBMITTED


def test_a_process_that_dies_in_a_run_loses_what_was_in_flight_and_the_run_goes_on(
    handle: ModelHandle,
) -> None:
    asked = [
        Assignment(id=name, prompt=name)
        for name in ("SUBMIT 1", "HANG", *(f"SUBMIT {n}" for n in range(2, 5)))
    ]
    heard: dict[str, Attempt] = {}

    def on_attempt(attempt: Attempt) -> None:
        heard[attempt.id] = attempt
        if attempt.id == "SUBMIT 2":
            assert handle.driver.pid is not None
            os.kill(handle.driver.pid, signal.SIGKILL)

    work.run(
        work.listed(asked), handle, name="t", budget=Budget(in_flight=2), samples=handle.folder / "s2",
        on_attempt=on_attempt,
    )  # fmt: skip
    assert heard["HANG"].ending is Ending.INFRASTRUCTURE
    assert heard["HANG"].note == "the process of the run ended: signal 9"
    assert heard["SUBMIT 3"].ending is Ending.INFRASTRUCTURE
    assert [heard[f"SUBMIT {n}"].ending for n in (1, 2, 4)] == [Ending.SUBMITTED] * 3
    assert set(heard) == {each.id for each in asked}


def test_a_sample_that_hangs_past_its_time_is_killed_with_its_process(
    handle: ModelHandle, lies: Lies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        """Stop the process: it neither answers nor ends."""
        assert handle.driver.pid is not None
        os.kill(handle.driver.pid, signal.SIGSTOP)

    lies.on_call = stop
    monkeypatch.setattr("headstart.agents.work.running._Run._longest", lambda self: 1.0)
    made = attempts([Assignment(id="stopped", prompt="CALL")], handle)
    assert made["stopped"].ending is Ending.INFRASTRUCTURE
    assert made["stopped"].note == "the process of the run hung at stopped and was killed"


def test_a_model_that_inspect_does_not_know_is_one_clear_line(handle: ModelHandle) -> None:
    unknown = replace(handle, inspect_model="no-such-provider/x")
    with pytest.raises(RunBroke) as broke:
        attempts([Assignment(id="a", prompt="nothing")], unknown)
    assert "no-such-provider" in str(broke.value)
    assert "\n" not in str(broke.value)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "set ACME_WEST_BASE_URL and ACME_WEST_API_KEY"),
        ({"ACME_WEST_BASE_URL": "https://m.example/v1"}, "set ACME_WEST_API_KEY"),
        ({"ACME_WEST_BASE_URL": "m.example", "ACME_WEST_API_KEY": KEY}, "does not begin with http"),
    ],
)
def test_a_private_endpoint_without_its_variables_is_one_clear_line(
    environment: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EndpointUnset, match=says), work.model("openai-api/acme-west/m", folder=tmp_path):
        pass


@pytest.mark.parametrize("spec", ["gpt", "openai-api/acme", "reference/strong"])
def test_a_string_that_names_no_model_is_refused(spec: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown), work.model(spec, folder=tmp_path):
        pass


def test_an_id_that_is_given_twice_ends_the_run(handle: ModelHandle) -> None:
    with pytest.raises(ValueError, match="'a'"):
        attempts([Assignment(id="a", prompt="SUBMIT")] * 2, handle)


def test_a_caller_that_fails_leaves_a_model_that_can_be_asked_again(handle: ModelHandle) -> None:
    def fail(_: Attempt) -> None:
        raise KeyError("the caller's own")

    with pytest.raises(KeyError, match="own"):
        work.run(
            work.listed([Assignment(id="a", prompt="SUBMIT")]), handle, name="t", budget=Budget(),
            samples=handle.folder / "s3", on_attempt=fail,
        )  # fmt: skip
    assert attempts([Assignment(id="a", prompt="SUBMIT")], handle)["a"].ending is Ending.SUBMITTED


def test_a_long_run_is_more_than_one_of_inspects(
    handle: ModelHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headstart.agents.work.running.MOST_IN_ONE_GO", 2)
    logs = set(handle.folder.glob("logs/*.json"))
    made = attempts([Assignment(id=f"long {n}", prompt="SUBMIT") for n in range(5)], handle)
    assert [each.ending for each in made.values()] == [Ending.SUBMITTED] * 5
    assert len(set(handle.folder.glob("logs/*.json")) - logs) == 3
