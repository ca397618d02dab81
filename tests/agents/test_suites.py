"""Public suites by name: a package with tasks of Inspect's, as pip would have installed it, through the real driver."""

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.agents.runs import KEY, liar
from tests.simulators.endpoint import Lies

from headstart.agents.errors import SuiteUnknown, SuiteUnusable
from headstart.agents.providers import process
from headstart.agents.rules.assignments import Budget
from headstart.agents.rules.suites import SuiteSample
from headstart.agents.work import ModelHandle
from headstart.benchmarks.work.suites import run_suite

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket, pytest.mark.xdist_group("suites")]

TASKS = """\
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import accuracy, includes, scorer, Score, Target
from inspect_ai.solver import TaskState, basic_agent, generate
from inspect_ai.tool import bash
from inspect_ai.util import sandbox

QUESTIONS = [Sample(input=text, target="done") for text in ("SUBMIT done", "REFUSE", "BREAK", "SUBMIT more")]


def flags():
    run = "RUN cat flag.txt > answer; ls /opt/image; echo $HOME"
    return [Sample(id="flag one", input=run, target="flag{51}", files={"flag.txt": "flag{51}"})]


@scorer(metrics=[accuracy()])
def found():
    async def score(state: TaskState, target: Target) -> Score:
        return Score(value="C" if await sandbox().read_file("answer") == target.text else "I")
    return score


def agent():
    return basic_agent(tools=[bash(timeout=20)], message_limit=10)


@task
def questions() -> Task:
    return Task(dataset=QUESTIONS, solver=basic_agent(message_limit=6), scorer=includes(), epochs=3)


@task
def in_docker():
    return Task(dataset=flags(), solver=agent(), scorer=found(), sandbox=("docker", "compose.yaml"))


@task
def on_the_host() -> Task:
    return Task(dataset=flags(), solver=agent(), scorer=found(), sandbox="local")


@task
def in_headstart() -> Task:
    return Task(dataset=flags(), solver=agent(), scorer=found(), sandbox="headstart")


@task
def deadly() -> Task:
    texts = ("CALL", "SUBMIT done", "SUBMIT done at last")
    dataset = [Sample(id=text, input=text, target="done") for text in texts]
    return Task(dataset=dataset, solver=basic_agent(message_limit=6), scorer=includes())


@task
def broken() -> Task:
    raise ValueError("its data set is gone")
"""
BUDGET = Budget(seconds=60, request_seconds=30, retries=0, in_flight=4)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ModelHandle, Lies]]:
    """The endpoint of the simulator, and a process that sees the package."""
    place = tmp_path_factory.mktemp("site") / "site-packages"
    for name, text in {
        "their_evals/__init__.py": "from their_evals import tasks\n",
        "their_evals/tasks.py": TASKS,
        "their_evals-1.2.dist-info/METADATA": "Metadata-Version: 2.1\nName: their_evals\nVersion: 1.2\n",
        "their_evals-1.2.dist-info/entry_points.txt": "[inspect_ai]\ntheir_evals = their_evals\n",
        "their_evals-1.2.dist-info/RECORD": "their_evals/__init__.py,,\n",
        "their_evals-1.2.dist-info/top_level.txt": "their_evals\n",
        "torn_evals-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: torn_evals\nVersion: 1\n",
        "torn_evals-1.dist-info/entry_points.txt": "[inspect_ai]\ntorn_evals = torn_evals.gone\n",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    process._shelf.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")]))
        patch.syspath_prepend(str(place))
        patch.setenv("PATH", "/usr/bin:/bin")  # no docker there
        with liar(tmp_path_factory.mktemp("suites")) as both:
            yield both
    process._shelf.clear()


@pytest.fixture
def handle(both: tuple[ModelHandle, Lies]) -> ModelHandle:
    return both[0]


def test_a_suite_is_run_once_through_and_scored_by_its_own_scorer(
    handle: ModelHandle, tmp_path: Path
) -> None:
    heard: list[SuiteSample] = []
    result = run_suite(
        "their_evals/questions", handle, folder=tmp_path, budget=BUDGET, on_attempt=heard.append
    )
    found = {each.id: each for each in heard}
    assert {name: each.scores for name, each in found.items()} == {
        "1": {"includes": "C"}, "2": {"includes": "I"}, "3": {}, "4": {"includes": "I"},
    }  # fmt: skip
    assert found["3"].error == "the endpoint answered 500: broken"
    assert found["2"].limit == "message"
    assert (result.samples, result.broken, result.error, result.sandbox) == (4, 1, "", "")
    assert result.version == "their_evals 1.2"
    assert result.metrics["includes"]["accuracy"] == pytest.approx(1 / 3)
    assert hashlib.sha256(Path(result.log).read_bytes()).hexdigest() == result.log_digest
    sample = found["1"].sample
    assert sample is not None
    assert hashlib.sha256(sample.read_bytes()).hexdigest() == found["1"].sample_digest
    assert json.loads((tmp_path / "suite.json").read_text())["metrics"] == result.metrics
    lines = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == ["1", "2", "3", "4"]
    for each in tmp_path.rglob("*"):
        assert not each.is_file() or KEY.encode() not in each.read_bytes()


def test_only_the_first_samples_are_run_where_so_many_are_asked_for(
    handle: ModelHandle, tmp_path: Path
) -> None:
    result = run_suite("their_evals/questions", handle, limit=2, folder=tmp_path, budget=BUDGET)
    assert (result.samples, result.broken) == (2, 0)


def test_a_task_in_headstarts_sandbox_runs(handle: ModelHandle, tmp_path: Path) -> None:
    heard: list[SuiteSample] = []
    result = run_suite(
        "their_evals/in_headstart", handle, folder=tmp_path, budget=BUDGET, on_attempt=heard.append
    )
    assert [(each.id, each.scores, each.error) for each in heard] == [("flag one", {"found": "C"}, "")]
    assert result.sandbox == "headstart"


def test_a_process_that_dies_loses_what_was_in_flight_and_the_rest_is_run(
    both: tuple[ModelHandle, Lies], tmp_path: Path
) -> None:
    handle, lies = both

    def kill() -> None:
        assert handle.driver.pid is not None
        os.kill(handle.driver.pid, signal.SIGKILL)

    lies.on_call = kill
    heard: list[SuiteSample] = []
    one_by_one = replace(BUDGET, in_flight=1)
    result = run_suite(
        "their_evals/deadly", handle, folder=tmp_path, budget=one_by_one, on_attempt=heard.append
    )
    assert [(each.id, each.scores) for each in heard] == [
        ("CALL", {}), ("SUBMIT done", {"includes": "C"}), ("SUBMIT done at last", {"includes": "C"}),
    ]  # fmt: skip
    assert heard[0].error == "the process of the run ended: signal 9"
    assert (result.samples, result.broken, result.error, result.metrics) == (3, 1, "", {})


@pytest.mark.parametrize("name", ["in_docker", "on_the_host"])
def test_another_sandbox_is_swapped_only_where_that_is_asked_for(
    name: str, handle: ModelHandle, tmp_path: Path
) -> None:
    with pytest.raises(SuiteUnusable, match="Headstart's own sandbox"):
        run_suite(f"their_evals/{name}", handle, folder=tmp_path, budget=BUDGET)
    result = run_suite(f"their_evals/{name}", handle, folder=tmp_path, budget=BUDGET, in_headstart=True)
    assert (result.sandbox, result.broken, result.metrics["found"]["accuracy"]) == ("headstart", 0, 1.0)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no_such_evals/x", "no_such_evals is not installed here: `pip install no_such_evals`"),
        ("their_evals/nothing", "their_evals has no task 'nothing'"),
        ("their_evals/broken", "their_evals/broken can't be made: ValueError: its data set is gone"),
        ("torn_evals/x", "torn_evals can't be imported: ModuleNotFoundError"),
        ("their_evals/in_docker", "runs in 'docker', and there is no docker here: install an engine"),
        ("their_evals/on_the_host", "runs in 'local', and that is this machine itself"),
    ],
)
def test_what_can_not_be_run_here_is_one_line_that_says_what_to_do(
    name: str, says: str, handle: ModelHandle, tmp_path: Path
) -> None:
    with pytest.raises(SuiteUnusable) as refused:
        run_suite(name, handle, folder=tmp_path, budget=BUDGET)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("name", ["", "cybench", "../etc/passwd x", "a/b\n", "file.py@task"])
def test_what_is_no_name_is_refused(name: str, handle: ModelHandle, tmp_path: Path) -> None:
    with pytest.raises(SuiteUnknown):
        run_suite(name, handle, folder=tmp_path, budget=BUDGET)
