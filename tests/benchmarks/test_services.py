"""Plans sealed and opened, runs asked for, carried out, cancelled and taken up again, transcripts read and proved."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from tests.simulators.evaluations import LATER, log_of, run_of

from headstart import clock
from headstart.agents.errors import ModelUnknown, RunBroke
from headstart.benchmarks import errors, queries, services, work
from headstart.benchmarks.models import ItemResult, Run
from headstart.benchmarks.rules.items import Cheating
from headstart.benchmarks.rules.results import Sign
from headstart.benchmarks.rules.runs import MOST_UNDER_WAY, Wish
from headstart.benchmarks.rules.sealing import Form, Plan, check
from headstart.benchmarks.work import Standing
from headstart.benchmarks.work.disclosing import KINDS
from headstart.ledger import queries as ledger
from headstart.ledger.work import hub_key, verify_file
from headstart.people.rules import ANYONE

SUBJECT = "urn:headstart:review:rev_1"
WISH = Wish(model="reference/heuristic")
FAMILY = "find-parser-flaw"


def fresh(items: int = 3) -> Plan:
    return work.plan([FAMILY], work.Terms(form=Form.FIXED, items=items))


@pytest.fixture
def asked(cast: Any, data: Path) -> Callable[..., Run]:
    """A run of a fresh sealed plan, asked for by the evaluator."""

    def ask(who: Any = None, wish: Wish = WISH) -> Run:
        actor = who or cast.evaluator
        commitment = services.seal(fresh(), actor=actor, subject=SUBJECT)
        developer = cast.organisation("developer")
        return services.ask_run(commitment, wish, actor=actor, subject=SUBJECT, developer=developer)

    return ask


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """`work.evaluate` without a model: what it was called with."""
    calls: list[dict[str, Any]] = []

    def evaluate(model: str, *, folder: Path, plan: Plan, on_score: Any, **more: Any) -> work.Evaluation:
        calls.append({"model": model, "folder": folder, "plan": plan, **more})
        result = run_of(folder, plan, model=model, logs=True)
        for n, last in enumerate(result.items, start=1):
            on_score(
                Standing(
                    done=n, most=plan.items, solved=n // 2, counted=n, refusals=0, infrastructure=0,
                    ability=result.ability, tokens=100 * n, cost=0.5 * n, seconds=1.0 * n, last=last,
                )
            )  # fmt: skip
        return result

    monkeypatch.setattr(services.work, "evaluate", evaluate)
    monkeypatch.setattr(queries, "sandbox", lambda: None)
    monkeypatch.setattr(services, "close_old_connections", lambda: None)
    return calls


# sealing


def test_a_sealed_plan_is_its_sealers_until_it_is_opened_and_then_everyones(cast: Any) -> None:
    plan = fresh()
    commitment = services.seal(plan, actor=cast.evaluator, subject=SUBJECT)
    (entry,) = ledger.entries(ANYONE)
    assert entry.details == {"commitment": commitment, "items": 3}
    check(queries.plan_of(cast.evaluator, commitment), commitment)
    for viewer in (cast.hub, cast.authority, cast.developer, cast.another_evaluator, ANYONE):
        with pytest.raises(errors.SealedNotFound):
            queries.plan_of(viewer, commitment)
    assert queries.sealed(cast.hub).get().is_open is False
    assert not queries.sealed(cast.another_evaluator).exists()
    services.open_plan(commitment, actor=cast.evaluator)
    services.open_plan(commitment, actor=cast.evaluator)
    for viewer in (cast.hub, cast.developer, ANYONE):
        check(queries.plan_of(viewer, commitment), commitment)
        assert queries.sealed(viewer).get().is_open
    opened = ledger.entries(ANYONE).get(kind="evaluation.opened")
    check(opened.details["plan"], commitment)


def test_a_plan_that_its_sealer_keeps_is_opened_by_handing_it_in(cast: Any) -> None:
    plan = fresh()
    services.seal(plan.commitment, actor=cast.evaluator, subject=SUBJECT)
    with pytest.raises(errors.SealKept, match="hand the plan in"):
        services.open_plan(plan.commitment, actor=cast.evaluator)
    with pytest.raises(errors.SealKept):
        services.ask_run(plan.commitment, WISH, actor=cast.evaluator, subject=SUBJECT)
    with pytest.raises(errors.SealBroken, match="changed after it was sealed"):
        services.open_plan(plan.commitment, {**plan.as_dict(), "items": 4}, actor=cast.evaluator)
    with pytest.raises(errors.SealedNotFound):
        services.open_plan(plan.commitment, plan.as_dict(), actor=cast.another_evaluator)
    assert not ledger.entries(ANYONE).filter(kind="evaluation.opened").exists()
    services.open_plan(plan.commitment, plan.as_dict(), actor=cast.evaluator)
    check(queries.plan_of(ANYONE, plan.commitment), plan.commitment)


def test_what_is_no_commitment_or_no_plan_is_refused(cast: Any) -> None:
    from headstart.benchmarks.rules.sealing import commitment

    for wrong in ("", "0" * 63, "Z" * 64, "0" * 65):
        with pytest.raises(errors.PlanInvalid):
            services.seal(wrong, actor=cast.evaluator, subject=SUBJECT)
    held = {"what": "ever"}
    services.seal(commitment(held), actor=cast.evaluator, subject=SUBJECT)
    with pytest.raises(errors.PlanInvalid, match="it is no plan"):
        services.open_plan(commitment(held), held, actor=cast.evaluator)


def test_a_plan_is_sealed_once_for_a_subject(cast: Any) -> None:
    plan = fresh()
    services.seal(plan, actor=cast.evaluator, subject=SUBJECT)
    for actor in (cast.evaluator, cast.another_evaluator):
        with pytest.raises(errors.SealedAlready):
            services.seal(plan, actor=actor, subject=SUBJECT)
    assert ledger.entries(ANYONE).count() == 1
    services.seal(plan, actor=cast.evaluator, subject="urn:headstart:review:rev_2")


def test_a_plan_that_was_opened_before_the_run_was_not_sealed(cast: Any, data: Path, tmp_path: Path) -> None:
    plan = fresh()
    services.seal(plan, actor=cast.evaluator, subject=SUBJECT)
    services.open_plan(plan.commitment, actor=cast.evaluator)
    result = run_of(tmp_path / "run", plan)
    assert services.record(result, actor=cast.evaluator, subject=SUBJECT).sealed_at is None


def test_a_plan_is_sealed_for_whatever_comes_before_its_sealer_may_know_of_a_review(
    cast: Any, data: Path, ran: list[dict[str, Any]]
) -> None:
    commitment = services.seal(
        fresh(), actor=cast.evaluator, subject=queries.own(cast.evaluator.organisation_id)
    )
    run = services.ask_run(commitment, WISH, actor=cast.evaluator, subject=SUBJECT)
    clock.set_shift(LATER)
    services.carry_out(run.id)
    (evaluation,) = queries.evaluations_of(cast.evaluator, SUBJECT)
    assert evaluation.sealed_at is not None


# asking


@pytest.mark.parametrize("who", ["developer", "authority", "finder", "maintainer", "operator", "partner"])
def test_nobody_else_seals_asks_or_looks_at_the_battery(cast: Any, who: str) -> None:
    actor = getattr(cast, who)
    with pytest.raises(errors.MayNotRecord):
        services.seal(fresh(), actor=actor, subject=SUBJECT)
    with pytest.raises(errors.MayNotRecord):
        services.ask_run("0" * 64, WISH, actor=actor, subject=SUBJECT)
    for asked in (
        queries.battery,
        queries.models,
        lambda viewer: queries.fresh_plan(viewer, None, work.Terms()),
    ):
        with pytest.raises(errors.MayNotRecord):
            asked(actor)


def test_a_run_is_seen_by_who_asked_for_it_and_the_hub(cast: Any, asked: Callable[..., Run]) -> None:
    run = asked()
    assert queries.run(cast.evaluator, run.id) == queries.run(cast.hub, run.id) == run
    for viewer in (cast.developer, cast.authority, cast.another_evaluator, cast.finder, ANYONE):
        assert not queries.runs(viewer).exists()
        for refused in (
            lambda who: queries.run(who, run.id),
            lambda who: services.cancel(run.id, actor=who),
            lambda who: services.ask_again(run.id, actor=who),
        ):
            with pytest.raises(errors.RunNotFound):
                refused(viewer)
    for viewer in (cast.developer, cast.another_evaluator):
        assert not ledger.entries(viewer).filter(kind="evaluation.asked").exists()


def test_of_one_plan_one_run_is_under_way(cast: Any, asked: Callable[..., Run]) -> None:
    run = asked()
    commitment = run.sealed.commitment
    named = {"actor": cast.evaluator, "subject": SUBJECT}
    assert services.ask_run(commitment, WISH, **named) == run
    with pytest.raises(errors.RunUnderWay):
        services.ask_run(commitment, replace(WISH, model="reference/null"), **named)
    with pytest.raises(errors.RunUnderWay):
        services.open_plan(commitment, actor=cast.evaluator)
    assert ledger.entries(cast.evaluator).filter(kind="evaluation.asked").count() == 1
    services.cancel(run.id, actor=cast.evaluator)
    again = services.ask_run(commitment, replace(WISH, model="reference/null"), **named)
    services.cancel(again.id, actor=cast.hub)
    services.open_plan(commitment, actor=cast.evaluator)
    with pytest.raises(errors.SealOpened):
        services.ask_run(commitment, WISH, **named)


def test_somebody_elses_sealed_plan_is_as_if_it_were_not_there(cast: Any, asked: Callable[..., Run]) -> None:
    commitment = asked().sealed.commitment
    for actor in (cast.another_evaluator, cast.hub):
        with pytest.raises(errors.SealedNotFound):
            services.ask_run(commitment, WISH, actor=actor, subject=SUBJECT)
    with pytest.raises(errors.SealedNotFound):
        services.ask_run(commitment, WISH, actor=cast.evaluator, subject="urn:headstart:review:rev_2")


@pytest.mark.parametrize(
    "model",
    ["openai/gpt-4o", "openai-api/HEADSTART_DATABASE/x", "reference/other", "", "reference/null ", "x" * 500],
)
def test_a_model_that_the_machine_was_not_set_up_for_is_refused(
    asked: Callable[..., Run], model: str
) -> None:
    with pytest.raises(ModelUnknown) as refused:
        asked(wish=Wish(model=model))
    assert len(str(refused.value)) < 700
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_level": "AL9"}, {"safeguards": "some"}, {"snapshot": "x" * 201}, {"independence": "x" * 2001},
        {"tokens": 0}, {"seconds": -1.0}, {"seconds": float("nan")}, {"seconds": float("inf")}, {"seconds": 3e6},
        {"cost": 5.0}, {"input_price": 1.0}, {"input_price": -1.0, "output_price": 1.0},
        {"cost": float("nan"), "input_price": 1.0, "output_price": 1.0},
    ],
)  # fmt: skip
def test_limits_that_make_no_sense_are_refused(asked: Callable[..., Run], wrong: dict[str, Any]) -> None:
    with pytest.raises(errors.WishInvalid):
        asked(wish=replace(WISH, **wrong))
    assert not Run.objects.exists()


def test_an_evaluator_has_a_bounded_number_of_runs_under_way(cast: Any, asked: Callable[..., Run]) -> None:
    for _ in range(MOST_UNDER_WAY):
        asked()
    with pytest.raises(errors.TooManyRuns):
        asked()
    asked(cast.another_evaluator)
    services.cancel(queries.runs(cast.evaluator)[0].id, actor=cast.evaluator)
    assert asked().state == "queued"


# carrying out


def test_a_run_is_carried_out_recorded_and_told(
    cast: Any, data: Path, asked: Callable[..., Run], ran: list[dict[str, Any]]
) -> None:
    wish = replace(WISH, snapshot="weights 3", access_level="AL2", safeguards="off", tokens=10_000)
    run = asked(wish=wish)
    clock.set_shift(LATER)
    services.carry_out(run.id)
    (call,) = ran
    assert call["folder"] == data / "evaluations" / run.id
    assert (call["about"].snapshot, call["about"].safeguards) == ("weights 3", "off")
    assert call["about"].evaluator == "evaluator"
    assert call["limits"].tokens == 10_000
    done = queries.run(cast.evaluator, run.id)
    assert (done.state, done.standing["done"], len(done.standing["recent"])) == ("done", 3, 3)
    assert done.standing["cost"] == 1.5
    evaluation = queries.evaluation(cast.developer, done.evaluation_id)
    assert evaluation.folder == f"evaluations/{run.id}"
    assert evaluation.evaluator_id == cast.evaluator.organisation_id
    assert ledger.entries(cast.developer).filter(kind="evaluation.recorded").count() == 1
    services.carry_out(run.id)
    assert len(ran) == 1


def test_a_run_that_is_cancelled_while_it_runs_ends_and_is_not_recorded(
    cast: Any, asked: Callable[..., Run], ran: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked()
    kept = services._Meter.tell

    def tell(meter: Any, standing: Any) -> None:
        if standing.done == 2:
            services.cancel(run.id, actor=cast.evaluator)
            meter._last = 0.0
        kept(meter, standing)

    monkeypatch.setattr(services, "EVERY_SECONDS", -1.0)
    monkeypatch.setattr(services._Meter, "tell", tell)
    services.carry_out(run.id)
    ended = queries.run(cast.evaluator, run.id)
    assert (ended.state, ended.evaluation) == ("cancelled", None)
    assert ended.standing["done"] == 1
    entry = ledger.entries(cast.evaluator).get(kind="evaluation.cancelled")
    assert (entry.details["done"], entry.details["most"]) == (1, 3)
    assert not queries.evaluations(cast.hub).exists()
    with pytest.raises(errors.RunEnded, match="cancelled"):
        services.cancel(run.id, actor=cast.evaluator)


def test_a_database_that_is_away_for_a_while_costs_the_run_nothing(
    cast: Any, asked: Callable[..., Run], ran: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked()
    kept = services._Meter.write

    def away(meter: Any) -> None:
        if meter._board.held["done"] < 3:
            raise OperationalError("the server closed the connection")
        kept(meter)

    monkeypatch.setattr(services, "EVERY_SECONDS", -1.0)
    monkeypatch.setattr(services._Meter, "write", away)
    services.carry_out(run.id)
    done = queries.run(cast.evaluator, run.id)
    assert (done.state, done.standing["done"], done.evaluation.items.count()) == ("done", 3, 3)


def test_a_run_that_is_cancelled_as_it_is_recorded_is_not(
    cast: Any, asked: Callable[..., Run], ran: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked()
    columns = services._columns

    def late(*given: Any) -> dict[str, Any]:
        services.cancel(run.id, actor=cast.hub)
        return columns(*given)

    monkeypatch.setattr(services, "_columns", late)
    services.carry_out(run.id)
    assert queries.run(cast.hub, run.id).state == "cancelled"
    assert not queries.evaluations(cast.hub).exists()
    assert not ledger.entries(cast.hub).filter(kind="evaluation.sample").exists()


def test_a_run_that_failed_says_why_and_is_taken_up_in_its_folder(
    cast: Any, asked: Callable[..., Run], ran: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked()
    working = services.work.evaluate

    def broken(*_: Any, **__: Any) -> None:
        raise RunBroke("the endpoint is away\0")

    monkeypatch.setattr(services.work, "evaluate", broken)
    with pytest.raises(RunBroke):
        services.carry_out(run.id)
    failed = queries.run(cast.evaluator, run.id)
    assert failed.state == "failed"
    assert "the endpoint is away" in failed.said
    monkeypatch.setattr(services.work, "evaluate", working)
    with pytest.raises(errors.MayNotRecord):
        services.ask_again(run.id, actor=cast.hub)
    services.ask_again(run.id, actor=cast.evaluator)
    with pytest.raises(errors.RunEnded):
        services.ask_again(run.id, actor=cast.evaluator)
    services.carry_out(run.id)
    assert queries.run(cast.evaluator, run.id).state == "done"
    assert [call["folder"].name for call in ran] == [run.id]
    assert ledger.entries(cast.evaluator).filter(kind="evaluation.asked").count() == 2


def test_a_failed_run_is_not_taken_up_beside_another_of_its_plan(
    cast: Any, asked: Callable[..., Run]
) -> None:
    run = asked()
    services.give_up(run.id, "no sandbox is fit")
    services.ask_run(run.sealed.commitment, WISH, actor=cast.evaluator, subject=SUBJECT)
    with pytest.raises(errors.RunUnderWay):
        services.ask_again(run.id, actor=cast.evaluator)


# transcripts


@pytest.fixture
def recorded(cast: Any, data: Path) -> Any:
    """An evaluation with its logs."""
    signs = (Sign(kind=Cheating.READ, where="message 1", words="cat /etc/shadow"),)
    result = run_of(data / "evaluations" / "battery", fresh(), logs=True, signs=signs)
    developer = cast.organisation("developer")
    return services.record(result, actor=cast.evaluator, subject=SUBJECT, developer=developer)


def test_each_log_is_an_entry_of_its_own_for_evaluator_and_developer(cast: Any, recorded: Any) -> None:
    rows = list(recorded.items.all())
    for viewer in (cast.evaluator, cast.developer, cast.hub):
        entries = ledger.entries(viewer).filter(kind="evaluation.sample", subject=recorded.urn)
        assert [each.index for each in entries] == [each.entry for each in rows]
        assert [each.details["sha256"] for each in entries] == [each.sample for each in rows]
    for viewer in (cast.authority, cast.another_evaluator, ANYONE):
        assert not ledger.entries(viewer).filter(subject=recorded.urn).exists()


@pytest.mark.parametrize("kept", ["below the data folder", "elsewhere"])
def test_one_transcript_is_disclosed_and_verified_without_the_rest(
    cast: Any, data: Path, tmp_path: Path, kept: str
) -> None:
    place = data / "evaluations" if kept == "below the data folder" else tmp_path
    result = run_of(place / "battery", fresh(), logs=True)
    recorded = services.record(result, actor=cast.evaluator, subject=SUBJECT)
    row = recorded.items.all()[1]
    name, held = queries.disclosure(cast.evaluator, recorded.id, row.item)
    with zipfile.ZipFile(io.BytesIO(held)) as packed:
        packed.extractall(tmp_path / "out")
    folder = tmp_path / "out" / name
    assert (folder / f"{name}.json").read_bytes() == log_of(row.item)
    keys = [hub_key(data).public_key()]
    for file in (f"{name}.json", f"{name}.inclusion.json"):
        answer = verify_file(folder / file, keys, KINDS)
        assert answer.holds
        assert f"the transcript of {row.item}, attempt 1" in answer.sentence
    others = [each.item for each in recorded.items.all() if each.item != row.item]
    assert not any(each in (folder / f"{name}.inclusion.json").read_text() for each in others)
    (folder / f"{name}.json").write_bytes(log_of(row.item, said="another"))
    assert not verify_file(folder / f"{name}.json", keys, KINDS).holds


def test_a_log_that_was_changed_on_the_disk_is_not_handed_out(cast: Any, data: Path, recorded: Any) -> None:
    row = recorded.items.first()
    path = data / recorded.folder / "samples" / f"{row.item}.json"
    path.write_bytes(path.read_bytes() + b" ")
    for reading in (queries.sample, queries.conversation, queries.disclosure):
        with pytest.raises(errors.TranscriptChanged):
            reading(cast.evaluator, recorded.id, row.item)
    path.unlink()
    with pytest.raises(errors.TranscriptNotFound):
        queries.sample(cast.evaluator, recorded.id, row.item)


@pytest.mark.parametrize("name", ["../../keys/hub.pem", "x", "", "a" * 5000, "../plan"])
def test_a_name_that_is_no_item_leads_nowhere(cast: Any, recorded: Any, name: str) -> None:
    for attempt in (1, 2, 10**9):
        with pytest.raises(errors.TranscriptNotFound):
            queries.sample(cast.evaluator, recorded.id, name, attempt)


def test_transcripts_are_for_evaluator_hub_and_developer_and_absent_for_all_others(
    cast: Any, recorded: Any
) -> None:
    row = recorded.items.first()
    for viewer in (cast.evaluator, cast.hub, cast.developer):
        assert queries.conversation(viewer, recorded.id, row.item).messages[0].role == "user"
    others = (
        cast.authority,
        cast.another_evaluator,
        cast.another_developer,
        cast.partner,
        cast.finder,
        ANYONE,
    )
    for viewer in others:
        for reading in (queries.sample, queries.conversation, queries.disclosure):
            with pytest.raises(errors.EvaluationNotFound):
                reading(viewer, recorded.id, row.item)
        for listing in (queries.items, queries.readings, queries.said):
            with pytest.raises(errors.EvaluationNotFound):
                listing(viewer, recorded.id)
        with pytest.raises(errors.EvaluationNotFound):
            services.read_transcript(recorded.id, row.item, 1, actor=viewer, cheating="no")


def test_a_person_reads_a_transcript_and_says_so(cast: Any, data: Path, recorded: Any) -> None:
    row = recorded.items.first()
    services.read_transcript(recorded.id, row.item, 1, actor=cast.evaluator, cheating="unclear", note="hm\0")
    clock.set_shift(timedelta(hours=1))
    services.read_transcript(recorded.id, row.item, 1, actor=cast.hub, cheating="yes")
    assert [each.cheating for each in queries.readings(cast.developer, recorded.id)] == ["unclear", "yes"]
    assert queries.items(cast.developer, recorded.id)[0].read == 2
    folder = queries.folder_of(recorded)
    assert [(each.item, each.cheating) for each in folder.readings()] == [
        (row.item, "unclear"),
        (row.item, "yes"),
    ]
    assert ledger.entries(cast.developer).filter(kind="evaluation.read").count() == 2


def test_a_developer_reads_and_does_not_judge(cast: Any, recorded: Any) -> None:
    row = recorded.items.first()
    with pytest.raises(errors.MayNotJudge):
        services.read_transcript(recorded.id, row.item, 1, actor=cast.developer, cheating="no")
    with pytest.raises(errors.SayingUnknown):
        services.read_transcript(recorded.id, row.item, 1, actor=cast.evaluator, cheating="maybe")
    assert not queries.readings(cast.hub, recorded.id).exists()


def test_many_items_are_recorded_in_few_statements(
    cast: Any, data: Path, django_assert_max_num_queries: Any
) -> None:
    result = run_of(data / "evaluations" / "battery", fresh(), logs=True)
    many = tuple(replace(result.items[0], order=n, attempt=n + 1) for n in range(1200))
    assert cast.evaluator
    with django_assert_max_num_queries(200):
        recorded = services.record(replace(result, items=many), actor=cast.evaluator, subject=SUBJECT)
    assert ItemResult.objects.filter(evaluation=recorded, entry__isnull=False).count() == 1200
    assert ledger.verify(hub_key(data).public_key()) == ledger.size()


def test_what_a_model_says_is_stored_whatever_it_is(cast: Any, data: Path) -> None:
    result = run_of(data / "evaluations" / "battery", fresh(), logs=True)
    odd = replace(result.items[0], sentence="a\0b\udcff" + "x" * 2000, ending="y" * 40)
    recorded = services.record(replace(result, items=(odd,)), actor=cast.evaluator, subject=SUBJECT)
    kept = recorded.items.get()
    assert len(kept.sentence) == 1000
    assert "\0" not in kept.sentence
    assert json.dumps(kept.signs) == "[]"
