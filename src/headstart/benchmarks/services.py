"""The benchmarks room's writes: seal a plan and open it, have a model run on it, record what came of it, read it.

A run lasts for hours: it is carried out first, and recorded in one transaction. Recording writes one entry of the
ledger for the evaluation and one for each sample's log, so that one transcript can be disclosed and proved alone.
"""

import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, close_old_connections, transaction
from django.db.models import DateTimeField, QuerySet, Value
from django.db.models.functions import Coalesce

from headstart import clock
from headstart.benchmarks import errors, queries, work
from headstart.benchmarks.models import Evaluation, ItemResult, Reading, Run, Sealed
from headstart.benchmarks.rules.runs import MOST_UNDER_WAY, UNDER_WAY, Said, State, Wish
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.rules.sealing import Plan, check
from headstart.benchmarks.work import Evaluation as Result
from headstart.benchmarks.work import kept
from headstart.benchmarks.work.disclosing import SAMPLE
from headstart.benchmarks.work.kept import storable
from headstart.benchmarks.work.reporting import report
from headstart.benchmarks.work.sealed import sign_result
from headstart.errors import HeadstartError
from headstart.ledger import services as ledger
from headstart.ledger.rules.entries import PUBLIC
from headstart.ledger.rules.ids import new_id
from headstart.ledger.work import hub_key
from headstart.people.models import Organisation
from headstart.people.rules import Viewer

EVERY_SECONDS = 1.0  # a run's standing is written
ROWS = 1000  # of one statement


@transaction.atomic
def seal(plan: Plan | str, *, actor: Viewer, subject: str) -> str:
    """Publish a plan's commitment, before access begins; the plan itself stays hidden. Gives the commitment.

    A commitment alone (SHA-256 in hexadecimal) is sealed for a plan that its sealer keeps, and runs elsewhere.

    Raises:
        MayNotRecord: the actor is neither an evaluator nor the hub.
        PlanInvalid: it is no commitment.
        SealedAlready: this very plan is sealed for that subject.
    """
    _check(actor)
    held = plan.as_dict() if isinstance(plan, Plan) else None
    commitment = plan.commitment if isinstance(plan, Plan) else kept.commitment(plan)
    details = {"commitment": commitment, **({"items": held["items"]} if held else {})}
    entry = ledger.append(
        actor=actor.organisation_id, kind=queries.SEALED, subject=subject, details=details, audience=[PUBLIC]
    )
    mine = {"sealer_id": actor.organisation_id, "plan": held, "sealed_at": entry.at}
    _, made = Sealed.objects.get_or_create(commitment=commitment, subject=subject, defaults=mine)
    if not made:
        raise errors.SealedAlready
    return commitment


@transaction.atomic
def open_plan(commitment: str, plan: Mapping[str, Any] | None = None, *, actor: Viewer) -> None:
    """Reveal a plan to everyone, after its runs: `plan` is handed in where the hub does not hold it.

    Raises:
        SealedNotFound: absent, or not this actor's own.
        SealBroken, PlanInvalid: the plan does not match its commitment; or matches, and is no plan.
        SealKept: the hub does not hold the plan, and none was handed in.
        RunUnderWay: a run of it has not ended.
    """
    mine = Sealed.objects.select_for_update().filter(
        commitment=commitment, sealer_id=actor.organisation_id, opened_at__isnull=True
    )
    closed = list(mine)
    if not closed:
        if Sealed.objects.filter(commitment=commitment, sealer_id=actor.organisation_id).exists():
            return  # it is open
        raise errors.SealedNotFound(commitment)
    held = plan if plan is not None else next((each.plan for each in closed if each.plan), None)
    if held is None:
        raise errors.SealKept
    check(held, commitment)
    kept.plan(held)
    if Run.objects.filter(sealed__in=closed, state__in=UNDER_WAY).exists():
        raise errors.RunUnderWay
    mine.update(plan=held, opened_at=clock.now())
    for each in closed:
        ledger.append(
            actor=actor.organisation_id,
            kind=queries.OPENED,
            subject=each.subject,
            details={"commitment": commitment, "plan": dict(held)},
            audience=[PUBLIC],
        )


def ask_run(
    commitment: str, wish: Wish, *, actor: Viewer, subject: str, developer: Organisation | None = None
) -> Run:
    """Have the hub run a model on a sealed plan; asking for what is under way gives the run that is there.

    Raises:
        MayNotRecord: the actor is neither an evaluator nor the hub.
        SealedNotFound: this actor sealed no such plan for that subject, nor for any (under its own URN).
        SealKept, SealOpened, PlanInvalid: the hub does not hold it; its items are known; it can't be run here.
        ModelUnknown: this instance was not set up for that model.
        WishInvalid: the limits, or what is said of the run, make no sense.
        RunUnderWay, TooManyRuns: not now.
    """
    queries.askable(actor, wish)
    with transaction.atomic():
        mine = Sealed.objects.select_for_update().filter(sealer_id=actor.organisation_id)
        for_it = [subject, queries.own(actor.organisation_id)]
        sealed = mine.filter(commitment=commitment, subject__in=for_it).first()
        if sealed is None:
            raise errors.SealedNotFound(commitment)
        if sealed.plan is None:
            raise errors.SealKept
        if sealed.is_open:
            raise errors.SealOpened
        kept.runnable(sealed.plan)
        under_way = Run.objects.filter(asked_by_id=actor.organisation_id, state__in=UNDER_WAY)
        there = under_way.filter(sealed=sealed).first()
        if there is not None and there.model == wish.model:
            return there
        if there is not None:
            raise errors.RunUnderWay
        if not actor.is_hub and under_way.count() >= MOST_UNDER_WAY:
            raise errors.TooManyRuns(MOST_UNDER_WAY)
        run = Run.objects.create(
            sealed=sealed,
            subject=subject,
            asked_by_id=actor.organisation_id,
            developer=developer,
            model=wish.model,
            about=storable(wish.about),
            limits=wish.limits,
            asked_at=clock.now(),
        )
        _tell(run, actor, "evaluation.asked", {"model": run.model, "commitment": commitment})
    return run


@transaction.atomic
def ask_again(run_id: str, *, actor: Viewer) -> Run:
    """Take up a run that failed: what it finished is not repeated.

    Raises:
        RunNotFound: absent, or not this actor's to see.
        MayNotRecord: the actor is not who asked for it.
        RunEnded: it did not fail.
        SealOpened, RunUnderWay: its plan was opened since; or another run of it is under way.
    """
    run = _own(run_id, actor)
    if run.state != State.FAILED:
        raise errors.RunEnded(run.state)
    if run.sealed.is_open:
        raise errors.SealOpened
    try:
        with transaction.atomic():
            Run.objects.filter(id=run.id).update(state=State.QUEUED, said="", ended_at=None)
    except IntegrityError as error:
        raise errors.RunUnderWay from error
    _tell(run, actor, "evaluation.asked", {"model": run.model, "commitment": run.sealed.commitment})
    return queries.run(actor, run_id)


@transaction.atomic
def cancel(run_id: str, *, actor: Viewer) -> Run:
    """End a run before its time. What it had finished is not recorded; that it was ended, and where, is.

    Raises:
        RunNotFound: absent, or not this actor's to see.
        MayNotRecord: the actor is neither who asked for it nor the hub.
        RunEnded: it has ended.
    """
    run = _own(run_id, actor, also_hub=True)
    under_way = Run.objects.filter(id=run.id, state__in=UNDER_WAY)
    if not under_way.update(state=State.CANCELLED, said=f"cancelled by {actor.name}", ended_at=clock.now()):
        raise errors.RunEnded(run.state)
    reached = {name: run.standing.get(name, 0) for name in ("done", "most", "solved")}
    _tell(run, actor, "evaluation.cancelled", {"commitment": run.sealed.commitment, **reached})
    return queries.run(actor, run_id)


def carry_out(run_id: str) -> None:
    """Run what was asked for, to its end, and record it for who asked.

    One that ended is left alone; one that a worker left in the middle goes on in its folder.

    Raises:
        HeadstartError: it can't be done; the run says why.
    """
    began = Run.objects.filter(id=run_id, state__in=UNDER_WAY)
    first = Coalesce("began_at", Value(clock.now(), output_field=DateTimeField()))
    if not began.update(state=State.RUNNING, began_at=first):
        return
    run = Run.objects.select_related("sealed", "asked_by", "developer").get(id=run_id)
    running = Run.objects.filter(id=run_id, state=State.RUNNING)
    meter = _Meter(running, run.standing)
    try:
        result = work.evaluate(
            run.model,
            sandbox=queries.sandbox(),
            folder=Path(settings.HEADSTART_DATA) / "evaluations" / run.id,
            plan=kept.plan(run.sealed.plan or {}),
            about=work.About(**run.about, evaluator=run.asked_by.name),
            limits=kept.limits(run.limits),
            on_score=meter.tell,
        )
        close_old_connections()  # hours may have passed
        sign_result(result, hub_key(Path(settings.HEADSTART_DATA)))
        columns = _columns(result, run.asked_by.as_viewer(), run.subject, run.developer)
        with transaction.atomic():
            ended = {"said": storable(result.header.stopped_by)[:2000], "ended_at": clock.now()}
            evaluation = _write(result, columns)
            meter.write()  # unless it was cancelled by now
            running.update(state=State.DONE, evaluation=evaluation, **ended)
    except errors.RunEnded:
        return  # cancelled while it ran
    except HeadstartError as error:
        give_up(run_id, str(error))
        raise
    _sign_head()


def give_up(run_id: str, why: str) -> None:
    """Say of a run that it could not be done; one that ended keeps what it says."""
    Run.objects.filter(id=run_id, state__in=UNDER_WAY).update(
        state=State.FAILED, said=storable(why)[:2000], ended_at=clock.now()
    )


class _Meter:
    """Writes down how a run stands, once a second at most; one that was cancelled is ended by it."""

    def __init__(self, running: QuerySet[Run], standing: Mapping[str, Any]) -> None:
        self._running = running
        self._board = kept.Board(standing)
        self._last = 0.0

    def tell(self, standing: work.Standing) -> None:
        """An item was scored."""
        self._board.add(standing)
        if time.monotonic() - self._last > EVERY_SECONDS:
            try:
                self.write()
            except DatabaseError:  # it is away: the journal has the item, and the page waits
                close_old_connections()

    def write(self) -> None:
        """Keep it.

        Raises:
            RunEnded: the run was cancelled.
        """
        self._last = time.monotonic()
        if not self._running.update(standing=self._board.held):
            raise errors.RunEnded(State.CANCELLED)


def record(
    result: Result, *, actor: Viewer, subject: str, developer: Organisation | None = None
) -> Evaluation:
    """Write an evaluation down; `developer` is told of it. Its plan stays hidden until it is opened.

    Raises:
        MayNotRecord: the actor is neither an evaluator nor the hub.
    """
    _check(actor)
    columns = _columns(result, actor, subject, developer)
    with transaction.atomic():
        evaluation = _write(result, columns)
    _sign_head()
    return evaluation


def _columns(
    result: Result, evaluator: Viewer, subject: str, developer: Organisation | None
) -> dict[str, Any]:
    """An evaluation's row, worked out before its transaction: the report may take a while."""
    name = new_id("evl")
    return {
        "id": name,
        "evaluator_id": evaluator.organisation_id,
        "developer": developer,
        "subject": subject,
        "sealed_at": queries.sealed_at(evaluator, subject, result),
        "folder": kept.kept_below(result.folder, Path(settings.HEADSTART_DATA), name),
        "report": storable(report(result.folder, against=queries.beside(evaluator, developer))),
        **kept.evaluation_record(result),
    }


def _write(result: Result, columns: Mapping[str, Any]) -> Evaluation:
    """The evaluation, an entry of the ledger for each sample's log, its items, and the entry about the whole."""
    evaluation = Evaluation.objects.create(**columns)
    by, told = evaluation.evaluator_id, queries.told(evaluation)
    logs = [each for each in result.items if each.sample]
    indices = ledger.append_many(
        ({"item": each.item, "attempt": each.attempt, "sha256": each.sample} for each in logs),
        actor=by,
        kind=SAMPLE,
        subject=evaluation.urn,
        audience=told,
    )
    scale, left = Scale.of(result.plan.scale), iter(indices)
    rows = (
        ItemResult(
            evaluation=evaluation, entry=next(left) if each.sample else None, **kept.item_record(each, scale)
        )
        for each in result.items
    )
    while batch := list(islice(rows, ROWS)):
        ItemResult.objects.bulk_create(batch)
    ledger.append(
        actor=by,
        kind="evaluation.recorded",
        subject=evaluation.urn,
        details={"for": evaluation.subject, **kept.in_short(result)},
        audience=told,
    )
    return evaluation


def _sign_head() -> None:
    """Sign the head of the log, so that what was recorded can be proved from now on."""
    ledger.checkpoint(origin=settings.HEADSTART_ORIGIN, key=hub_key(Path(settings.HEADSTART_DATA)))


def read_transcript(
    evaluation_id: str, item: str, attempt: int, *, actor: Viewer, cheating: str, note: str = ""
) -> Reading:
    """Write down that a person read a transcript, and whether the model cheated there; the report says so from then on.

    Raises:
        EvaluationNotFound, TranscriptNotFound: absent, or not this actor's to read.
        MayNotJudge: the actor is the model's developer.
        SayingUnknown: it is none of yes, no, unclear.
    """
    found = queries.item(actor, evaluation_id, item, attempt)
    if not queries.may_judge(actor, found.evaluation):
        raise errors.MayNotJudge
    if cheating not in set(Said):
        raise errors.SayingUnknown(cheating)
    with transaction.atomic():
        reading = Reading.objects.create(
            item=found,
            reader_id=actor.organisation_id,
            member_id=actor.member_id or "",
            cheating=cheating,
            note=storable(note)[:2000],
            at=clock.now(),
        )
        ledger.append(
            actor=actor.organisation_id,
            kind="evaluation.read",
            subject=found.evaluation.urn,
            details={"item": item, "attempt": attempt, "cheating": cheating},
            audience=queries.told(found.evaluation),
        )
    report_again(evaluation_id, actor=actor)
    return reading


def report_again(evaluation_id: str, *, actor: Viewer) -> None:
    """Work an evaluation's report out of its folder anew, with what people have said by now.

    Raises:
        EvaluationNotFound: absent, or its transcripts are not this actor's to read.
    """
    evaluation = queries.evaluation(actor, evaluation_id)
    folder, others = queries.folder_of(evaluation), queries.beside(actor, evaluation.developer, evaluation.id)
    kept.keep_readings(folder, queries.said(actor, evaluation_id))
    evaluation.report = storable(report(folder, against=others))
    evaluation.save(update_fields=["report"])


def _check(actor: Viewer) -> None:
    if not queries.may_measure(actor):
        raise errors.MayNotRecord


def _own(run_id: str, actor: Viewer, *, also_hub: bool = False) -> Run:
    run = queries.run(actor, run_id)
    if run.asked_by_id != actor.organisation_id and not (also_hub and actor.is_hub):
        raise errors.MayNotRecord
    return run


def _tell(run: Run, actor: Viewer, kind: str, details: Mapping[str, Any]) -> None:
    ledger.append(
        actor=actor.organisation_id, kind=kind, subject=run.urn, details=details, audience=[run.asked_by_id]
    )
