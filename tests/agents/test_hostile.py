"""Models and endpoints that mean harm: the run goes on, the attempt says what happened, no secret leaves."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.agents.runs import KEY, attempts, liar
from tests.simulators.endpoint import Lies, endpoint

from headstart.agents.errors import RunBroke
from headstart.agents.rules.assignments import MOST_CALLS, Assignment, Attempt, Budget, Ending
from headstart.agents.work import ModelHandle

pytestmark = [pytest.mark.sandbox, pytest.mark.enable_socket, pytest.mark.xdist_group("hostile")]

BROKEN = {
    "NOTHING": "the endpoint's reply can't be read: JSONDecodeError",
    "GARBAGE": "the endpoint's reply can't be read: JSONDecodeError",
    "DEEP": "the endpoint's reply can't be read: RecursionError",
    "NONSENSE": "the endpoint's reply can't be read: TypeError",
    "HTML": "the endpoint's reply is 'text/html', not JSON",
    "HUGE": "the endpoint's reply is larger than 16 MiB",
    "HUGE announced": "the endpoint's reply is larger than 16 MiB",
    "BOMB": "the endpoint's reply is packed, which was not asked for",
    "HALF": "the connection to the endpoint failed: RemoteProtocolError",
    "CLOSE": "the connection to the endpoint failed: RemoteProtocolError",
    "REDIRECT": "the endpoint sends elsewhere (307), and is not followed",
    "BREAK": "the endpoint answered 500: broken",
    "ECHO 400": "the endpoint answered 400: no Bearer [redacted] at [redacted]",
    "ECHO 500": "the endpoint answered 500: no Bearer [redacted] at [redacted]",
}
HOSTILE = {  # what a model says, and how its attempt ends
    "EMPTY": Ending.LIMIT,
    "LIE": Ending.LIMIT,
    "FLOOD": Ending.LIMIT,
    "WRONG": Ending.LIMIT,
    "SURROGATES": Ending.LIMIT,
    "REFUSE": Ending.REFUSED,
    "ECHO": Ending.SUBMITTED,
}
CANARY = "ORACLE-CANARY-51"
ESCAPES = {
    "shadow": "cat /etc/shadow; cat /proc/1/root/etc/shadow",
    "host": "ls /work /home /root; cat {folder}/oracle",
    "proc": "cat /proc/1/root{folder}/oracle; ls /proc/1/root/work; cat /proc/1/environ /proc/*/environ",
    "find": "find / -name oracle -not -path '/proc/*'; "
    "grep -rsl ORACLE-CANAR[Y] /work /tmp /opt /var /etc /home; echo looked",
    "variables": "env",
    "network": "python -c \"import urllib.request as u; print(u.urlopen('{url}', timeout=3).read())\"",
    "disk": "python -c \"f=open('big','wb')\nwhile 1: f.write(bytes(1<<20))\"; "
    "head -c 900000000 /dev/zero > /tmp/big; ls -s",
    "fork": ":(){ :|:& };: # {folder}",  # whose bomb it is: another worker of the suite may run this module too
    "kill": "kill -9 -1; kill -9 1",
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ModelHandle, Lies]]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "oracle").write_text(CANARY)
    with endpoint() as elsewhere, liar(folder, f"{elsewhere.base_url}/chat/completions") as (handle, lies):
        yield handle, lies
        assert elsewhere.asked == []  # nobody was sent there


@pytest.fixture(scope="module")
def made(both: tuple[ModelHandle, Lies]) -> Mapping[str, Attempt]:
    """All that is told at once, in one run."""
    budget = Budget(messages=14, tokens=10_000, seconds=100, request_seconds=60, retries=0, in_flight=8)
    return attempts([Assignment(id=kind, prompt=kind) for kind in (*BROKEN, *HOSTILE)], both[0], budget)


@pytest.fixture(scope="module")
def late(both: tuple[ModelHandle, Lies]) -> Mapping[str, Attempt]:
    """What would last for ever."""
    budget = Budget(seconds=6, request_seconds=2, retries=1, in_flight=5, messages=20_000)
    kinds = ("HANG", "TRICKLE", "BUSY", "THOUSANDS", "BREAK again")
    return attempts([Assignment(id=kind, prompt=kind) for kind in kinds], both[0], budget)


@pytest.mark.parametrize("kind", BROKEN)
def test_an_endpoint_that_breaks_is_infrastructure_and_the_note_says_how(
    kind: str, made: Mapping[str, Attempt]
) -> None:
    assert made[kind].ending is Ending.INFRASTRUCTURE
    assert made[kind].note.startswith(BROKEN[kind])
    assert len(made[kind].note) <= 300
    assert made[kind].answer is None


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_model_that_lies_floods_or_refuses_ends_its_own_attempt(
    kind: str, made: Mapping[str, Attempt]
) -> None:
    attempt = made[kind]
    assert attempt.ending is HOSTILE[kind], attempt.note
    assert len(attempt.said) <= 4000
    assert all(len(each.arguments) <= 4000 and len(each.output) <= 4000 for each in attempt.calls)
    assert attempt.sample is not None
    json.loads(attempt.sample.read_text())["messages"]


def test_calls_that_are_none_are_told_to_the_model(made: Mapping[str, Attempt]) -> None:
    outputs = {each.arguments: each.output for each in reversed(made["WRONG"].calls)}
    assert len(outputs) >= 7
    assert all(outputs.values())
    (nul,) = {each.output for each in made["SURROGATES"].calls if each.tool == "bash"}
    assert "NUL" in nul


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        ("HANG", "the endpoint did not answer in time"),
        ("TRICKLE", "the endpoint did not answer in time"),
        ("BUSY", "the endpoint answered 429: too many"),
    ],
)
def test_an_endpoint_that_takes_for_ever_is_given_up(
    kind: str, note: str, late: Mapping[str, Attempt]
) -> None:
    assert late[kind].ending is Ending.INFRASTRUCTURE
    assert late[kind].note in {note, "the endpoint never answered: time limit"}


def test_thousands_of_calls_in_one_message_take_their_time_and_no_more(late: Mapping[str, Attempt]) -> None:
    assert (late["THOUSANDS"].ending, late["THOUSANDS"].note) == (
        Ending.LIMIT,
        "its limit of time was reached",
    )
    assert len(late["THOUSANDS"].calls) == MOST_CALLS


def test_retries_are_counted_by_one_alone(
    both: tuple[ModelHandle, Lies], late: Mapping[str, Attempt]
) -> None:
    """The SDK below Inspect would try each try three times."""
    assert late["BREAK again"].ending is Ending.INFRASTRUCTURE
    assert both[1].asked.count("BREAK again") <= 2


def test_the_process_stays_small(both: tuple[ModelHandle, Lies], made: Mapping[str, Attempt]) -> None:
    """It read more than 300 MB of replies, and kept none: Inspect alone takes some 250."""
    status = Path(f"/proc/{both[0].driver.pid}/status").read_text()
    (peak,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 450_000


def test_no_key_and_no_base_url_is_anywhere(
    both: tuple[ModelHandle, Lies], made: Mapping[str, Attempt], late: Mapping[str, Attempt]
) -> None:
    handle, lies = both
    assert set(lies.authorizations) == {f"Bearer {KEY}"}
    told = repr([made, late])
    words = "".join(handle.driver._words)
    for secret in (KEY, lies.base_url):
        assert secret not in told
        assert secret not in words
        assert secret not in repr(handle)
    own = handle.driver._folder
    assert own is not None
    files = [each for place in (handle.folder, Path(own.name)) for each in place.rglob("*") if each.is_file()]
    assert len(files) > len(made)
    for each in files:
        held = each.read_bytes()
        assert KEY.encode() not in held, each
        assert lies.base_url.encode() not in held, each
    assert b"[redacted]" in (made["ECHO"].answer or b"")


def test_a_model_that_can_not_be_had_tells_no_secret(both: tuple[ModelHandle, Lies]) -> None:
    nowhere = {"LIAR_BASE_URL": "http://canary-host.invalid:notaport/v1"}
    handle = replace(both[0], environment=nowhere, folder=both[0].folder / "nowhere")
    try:
        told = repr(attempts([Assignment(id="a", prompt="SUBMIT")], handle))
    except RunBroke as broke:
        told = str(broke)
    told += "".join(handle.driver._words)
    told += "".join(each.read_text() for each in handle.folder.rglob("*") if each.is_file())
    assert "infrastructure" in told or "broke" in told
    assert KEY not in told
    assert "canary-host" not in told


@pytest.fixture(scope="module")
def escaped(both: tuple[ModelHandle, Lies]) -> Mapping[str, Attempt]:
    handle, lies = both
    fill = {"{folder}": str(handle.folder), "{url}": lies.base_url}
    asked = []
    for name, command in ESCAPES.items():
        for mark, value in fill.items():
            command = command.replace(mark, value)  # noqa: PLW2901
        asked.append(Assignment(id=name, prompt=f"RUN {command}", files={"given.txt": b"given"}))
    budget = Budget(seconds=60, tool_seconds=8, tool_cpu_seconds=4, in_flight=3)
    return attempts(asked, handle, budget)


@pytest.mark.parametrize("name", ESCAPES)
def test_a_model_that_tries_to_leave_the_sandbox_gets_nowhere(
    name: str, escaped: Mapping[str, Attempt]
) -> None:
    attempt = escaped[name]
    assert attempt.ending is Ending.SUBMITTED, attempt.note
    (call,) = (each for each in attempt.calls if each.tool == "bash")
    assert call.arguments.startswith(ESCAPES[name][:12])
    for secret in (CANARY, KEY, "root:$", "root:*", "LIAR_"):
        assert secret not in call.output
    assert attempt.changed == ()


def test_what_it_tried_is_held_by_the_sandbox(escaped: Mapping[str, Attempt]) -> None:
    outputs = {name: each.calls[0].output for name, each in escaped.items()}
    assert "Permission denied" in outputs["shadow"] or "No such file" in outputs["shadow"]
    assert "No such file" in outputs["host"]
    assert outputs["find"].strip().endswith("looked")
    assert "/oracle" not in outputs["find"]
    assert "Network is unreachable" in outputs["network"] or "refused" in outputs["network"]
    assert "File too large" in outputs["disk"] or "disk" in outputs["disk"] or "No space" in outputs["disk"]


def test_no_process_of_a_model_is_left(
    both: tuple[ModelHandle, Lies], escaped: Mapping[str, Attempt]
) -> None:
    assert str(both[0].folder) in escaped["fork"].calls[0].arguments
    bomb = f"# {both[0].folder}".encode()
    assert not [each for each in _command_lines() if bomb in each]


def _command_lines() -> Iterator[bytes]:
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            yield each.read_bytes()
