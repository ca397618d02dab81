"""What is asked for is run once, by those who may ask, and says how far it is; a crash loses and doubles nothing."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from tests.proofs.conftest import ROOT

from headstart.errors import Unable
from headstart.findings import services as handing_in
from headstart.findings.errors import FindingNotFound
from headstart.findings.models import Finding, Reader
from headstart.ledger import queries as ledger
from headstart.packages.errors import PurlInvalid
from headstart.proofs import errors, queries, services, work
from headstart.proofs.models import Proof, Task
from headstart.proofs.rules.tasks import MOST_UNDER_WAY
from headstart.worker import services as worker

pytestmark = pytest.mark.django_db
OFFLINE = ROOT / "examples" / "reports-offline"
PATCH = "--- a/minirec.py\n+++ b/minirec.py\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.fixture
def finding(cast: Any, data: Path) -> Finding:
    """A finding of `finder`'s that a maintainer, and a partner, may read."""
    found = handing_in.hand_in(OFFLINE / "minirec-repeat-overflow", actor=cast.finder)
    for name in ("maintainer", "partner"):
        Reader.objects.create(finding=found, organisation=cast.organisation(name))
    return found


def believed(finding: Finding) -> Proof:
    from headstart import clock

    return Proof.objects.create(
        finding=finding, rung="controlled", attribution="target", k=3, n=3, control="silent", sentence="Seen.",
        receipt={}, at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("who", ["hub", "finder", "maintainer"])
def test_the_hub_the_finder_and_the_maintainer_may_ask(cast: Any, finding: Finding, who: str) -> None:
    task = services.ask(finding.id, "prove", actor=getattr(cast, who))
    assert (task.state, task.asked_by.name.lower()) == ("queued", who)
    entry = ledger.entries(cast.partner).get(kind="proof.asked")  # every reader is told
    assert entry.details == {"task": task.id, "verb": "prove"}


def test_another_reader_sees_a_task_and_may_not_ask_for_one(cast: Any, finding: Finding) -> None:
    task = services.ask(finding.id, "prove", actor=cast.finder)
    assert queries.task(cast.partner, finding.id, task.id) == task
    with pytest.raises(errors.MayNotAsk):
        services.ask(finding.id, "prove", actor=cast.partner)


@pytest.mark.parametrize(
    "who",
    [
        "another_finder", "another_maintainer", "developer", "evaluator", "authority", "operator", "another_partner",
    ],
)  # fmt: skip
def test_to_all_others_the_finding_and_its_tasks_are_absent(cast: Any, finding: Finding, who: str) -> None:
    task = services.ask(finding.id, "prove", actor=cast.finder)
    other = getattr(cast, who)
    with pytest.raises(FindingNotFound):
        services.ask(finding.id, "prove", actor=other)
    assert not queries.tasks(other, finding.id).exists()
    with pytest.raises(errors.TaskNotFound):
        queries.task(other, finding.id, task.id)
    assert not ledger.entries(other).filter(kind="proof.asked").exists()


def test_a_task_is_found_under_its_own_finding_alone(cast: Any, finding: Finding) -> None:
    other = handing_in.hand_in(OFFLINE / "minirec-number-overflow", actor=cast.finder)
    task = services.ask(finding.id, "prove", actor=cast.finder)
    with pytest.raises(errors.TaskNotFound):
        queries.task(cast.finder, other.id, task.id)


def test_asking_twice_gives_the_same_task_and_one_entry(cast: Any, finding: Finding) -> None:
    first = services.ask(finding.id, "prove", actor=cast.finder)
    assert services.ask(finding.id, "prove", actor=cast.maintainer) == first
    assert ledger.entries(cast.hub).filter(kind="proof.asked").count() == 1
    Task.objects.update(state="done")
    assert services.ask(finding.id, "prove", actor=cast.finder) != first


def test_one_fix_is_checked_at_a_time(cast: Any, finding: Finding) -> None:
    believed(finding)
    first = services.ask(finding.id, "fix", actor=cast.maintainer, release="1.2.1")
    assert services.ask(finding.id, "fix", actor=cast.finder, release="pkg:generic/minirec@1.2.1") == first
    with pytest.raises(errors.OtherFixUnderWay):
        services.ask(finding.id, "fix", actor=cast.finder, patch=PATCH)


@pytest.mark.parametrize(
    ("verb", "details", "refusal"),
    [
        ("explode", {}, errors.VerbUnknown),
        ("fix", {}, errors.FixMissing),
        ("fix", {"release": "1.2.1", "patch": PATCH}, errors.FixMissing),
        ("fix", {"patch": "not a patch"}, errors.PatchInvalid),
        ("fix", {"patch": "x" * (3 << 20)}, errors.PatchInvalid),
        ("fix", {"release": "pkg:pypi/another@1.0"}, errors.FixWrong),
        ("fix", {"release": "pkg:generic/minirec"}, errors.FixWrong),
        ("fix", {"release": "pkg:"}, PurlInvalid),
        ("fix", {"release": "1 2"}, errors.FixWrong),
        ("fix", {"release": "1\x00"}, errors.FixWrong),
        ("fix", {"release": "9" * 201}, errors.FixWrong),
    ],
)
def test_what_can_t_be_asked_for_is_refused_in_one_line(
    cast: Any, finding: Finding, verb: str, details: dict[str, str], refusal: type[Exception]
) -> None:
    believed(finding)
    with pytest.raises(refusal) as caught:
        services.ask(finding.id, verb, actor=cast.finder, **details)
    assert "\n" not in str(caught.value)
    assert not Task.objects.exists()
    assert not ledger.entries(cast.hub).filter(kind="proof.asked").exists()


@pytest.mark.parametrize("verb", ["sweep", "minimise", "fix"])
@pytest.mark.parametrize("rung", [None, "refuted", "reproduced", "unrunnable"])
def test_where_silence_would_show_nothing_only_a_new_proof_can_be_asked_for(
    cast: Any, finding: Finding, verb: str, rung: str | None
) -> None:
    if rung:
        believed(finding)
        Proof.objects.update(rung=rung)
    with pytest.raises(errors.NotProved):
        services.ask(finding.id, verb, actor=cast.hub, release="1.2.1" if verb == "fix" else "")
    assert services.ask(finding.id, "prove", actor=cast.hub).state == "queued"


def test_one_organisation_can_t_fill_the_queue(cast: Any, finding: Finding) -> None:
    def another(number: int) -> Finding:
        return Finding.objects.create(
            finder_id=cast.finder.organisation_id, digest=f"{number:064}", title="T", summary="S",
            purl=finding.purl, package=finding.package, expect="crash", received_at=finding.received_at,
        )  # fmt: skip

    for number in range(MOST_UNDER_WAY):
        services.ask(another(number).id, "prove", actor=cast.finder)
    with pytest.raises(errors.TooManyTasks):
        services.ask(finding.id, "prove", actor=cast.finder)
    assert services.ask(finding.id, "prove", actor=cast.hub).state == "queued"


def asked(cast: Any, finding: Finding, verb: str = "prove", **details: str) -> tuple[Task, int]:
    task = services.ask(finding.id, verb, actor=cast.finder, **details)
    return task, ledger.entries(cast.hub).filter(kind="proof.asked").last().index  # type: ignore[union-attr]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The worker's own way to run a verb, on the test's connection."""
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    return lambda index: worker.run("proofs.carry_out", index)


@pytest.mark.sandbox
def test_what_was_asked_for_is_run_and_leads_to_what_came_of_it(
    cast: Any, finding: Finding, run: Any
) -> None:
    task, index = asked(cast, finding)
    run(index)
    task.refresh_from_db()
    proof = queries.latest_proof(cast.finder, finding.id)
    assert proof is not None
    assert (task.state, task.result, task.said) == ("done", proof.id, proof.sentence)
    assert task.done == task.total > 0
    assert task.began_at
    assert task.ended_at
    run(index)  # a step is at least once: the second time changes nothing
    assert Proof.objects.count() == 1
    task, index = asked(cast, finding, "sweep")
    run(index)
    task.refresh_from_db()
    assert (task.state, task.done) == ("done", task.total)
    assert queries.release_runs(cast.maintainer, finding.id).count() == 4
    task, index = asked(cast, finding, "fix", release="1.2.1")
    run(index)
    task.refresh_from_db()
    assert task.state == "done"
    assert queries.fix_check(cast.maintainer, finding.id, task.result).held
    with pytest.raises(errors.FixCheckNotFound):
        queries.fix_check(cast.another_finder, finding.id, task.result)


@pytest.mark.sandbox
def test_a_smaller_trigger_is_kept_and_seen_by_the_findings_readers_alone(
    cast: Any, data: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = handing_in.hand_in(OFFLINE / "tinytemplate-include-disclose", actor=cast.finder)
    Reader.objects.create(finding=finding, organisation=cast.organisation("maintainer"))
    believed(finding)
    real = work.minimise
    few = work.Budget(runs=60)
    monkeypatch.setattr(work, "minimise", lambda *given, **named: real(*given, budget=few, **named))
    task, index = asked(cast, finding, "minimise")
    run(index)
    task.refresh_from_db()
    assert task.state == "done"
    assert task.said
    kept = queries.smaller_triggers(cast.maintainer, finding.id).get()
    assert 0 < len(kept.content) < kept.was_bytes
    assert queries.smaller_trigger(cast.finder, finding.id, kept.pk) == kept
    with pytest.raises(errors.TriggerNotFound):
        queries.smaller_trigger(cast.another_finder, finding.id, kept.pk)
    assert not queries.smaller_triggers(cast.another_finder, finding.id).exists()


def test_what_can_t_be_done_says_why_and_is_no_longer_under_way(
    cast: Any, finding: Finding, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, index = asked(cast, finding)

    def unfit(*_: Any, **__: Any) -> None:
        raise Unable("no sandbox is fit here")

    monkeypatch.setattr(work, "prove", unfit)
    run(index)
    task.refresh_from_db()
    assert (task.state, task.said) == ("failed", "no sandbox is fit here")
    assert not queries.tasks(cast.finder, finding.id).filter(state="running").exists()
    assert ledger.entries(cast.hub).get(kind="job.failed").details["verb"] == "proofs.carry_out"
    assert services.ask(finding.id, "prove", actor=cast.finder) != task


def test_a_fault_leaves_the_task_running_to_be_tried_again_and_given_up_in_the_end(
    cast: Any, finding: Finding, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, index = asked(cast, finding)

    def fall_over(*_: Any, **__: Any) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(work, "prove", fall_over)
    with pytest.raises(ConnectionError):
        run(index)
    task.refresh_from_db()
    assert task.state == "running"
    worker.gave_up("proofs.carry_out", index, "ConnectionError: the database is away")
    task.refresh_from_db()
    assert (task.state, task.said) == ("failed", "ConnectionError: the database is away")


@pytest.mark.sandbox
def test_of_two_workers_on_one_task_the_first_to_end_writes(
    cast: Any, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was thought dead ends after the one that took over: its verdict is not kept twice."""
    task, _ = asked(cast, finding)
    real = work.prove

    def slow(*given: Any, **named: Any) -> Any:
        verdict = real(*given, **named)
        monkeypatch.setattr(work, "prove", real)
        services.carry_out(task.id, actor=cast.hub)  # the other worker, quicker
        return verdict

    monkeypatch.setattr(work, "prove", slow)
    services.carry_out(task.id, actor=cast.hub)
    task.refresh_from_db()
    assert task.state == "done"
    assert [each.id for each in Proof.objects.all()] == [task.result]
    assert ledger.entries(cast.hub).filter(kind="finding.proved").count() == 1


def test_hostile_words_of_a_run_can_be_kept_on_every_database(
    cast: Any, finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    nasty = "\0\ud800\x1b[31m\u202e" + "x" * 10
    assert work.storable({"a": [nasty, 3, None]}) == {
        "a": ["\ufffd" * 4 + "\x1b[31m\u202e" + "x" * 10, 3, None]
    }
    proof = believed(finding)
    proof.runs, proof.sentence = work.storable([{"stdout": nasty}]), work.storable(nasty)
    proof.save()
    proof.refresh_from_db()
    assert proof.sentence.endswith("x" * 10)


PROGRAM = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    from headstart.site.start import open_instance
    folder, crash = Path(sys.argv[1]), sys.argv[2] == "crash"
    open_instance(data=folder)
    from headstart.findings import services as handing_in
    from headstart.people import services as people
    from headstart.proofs import services, work
    from headstart.proofs.models import Proof, Task
    from headstart.worker.loop import open_worker
    if crash:
        hub = people.found_hub("Hub").as_viewer()
        finding = handing_in.hand_in(Path(sys.argv[3]), actor=hub)
        services.prove(finding.id, actor=hub)
        services.ask(finding.id, "sweep", actor=hub)
        real = work.sweep
        def fall(*given, **named):
            def progress(done, total):
                named_progress(done, total)
                if done == 2:
                    os.kill(os.getpid(), 9)
            named_progress = named.pop("progress")
            return real(*given, progress=progress, **named)
        work.sweep = fall
    worker = open_worker()
    worker.start()
    worker.drain(seconds=200)
    worker.stop()
    tasks = [(each.verb, each.state) for each in Task.objects.all()]
    rows = [(each.version, each.affected) for each in Task.objects.get().finding.sweeps.get().rows.all()]
    print(tasks, rows)
    """
)


@pytest.mark.sandbox
def test_after_kill_9_in_the_middle_of_a_sweep_the_task_goes_on(tmp_path: Path) -> None:
    """The whole thing: another process, its own database, DBOS; killed at the second of four releases."""
    (tmp_path / "program.py").write_text(PROGRAM)

    def start(word: str) -> subprocess.CompletedProcess[str]:
        report = OFFLINE / "minirec-repeat-overflow"
        command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "data"), word, str(report)]
        own = {name: value for name, value in os.environ.items() if not name.startswith("HEADSTART_")}
        own["DJANGO_SETTINGS_MODULE"] = "headstart.site.settings"
        return subprocess.run(command, env=own, capture_output=True, text=True, timeout=280, check=False)

    assert start("crash").returncode == -9
    said = start("go on")
    assert said.returncode == 0, said.stderr
    assert "[('sweep', 'done')]" in said.stdout
    assert "('1.2.0', 'yes')" in said.stdout
    assert said.stdout.count("'yes'") == 2
