"""The benchmarks room's reads: plans, runs, evaluations, transcripts, and what proves one of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from headstart.agents.errors import ModelUnknown
from headstart.benchmarks import work
from headstart.benchmarks.errors import (
    EvaluationNotFound,
    FamilyNotFound,
    MayNotRecord,
    RecordTooOld,
    RunNotFound,
    SealedNotFound,
    TranscriptChanged,
    TranscriptNotFound,
)
from headstart.benchmarks.models import Evaluation, ItemResult, Reading, Run, Sealed
from headstart.benchmarks.ports import Family
from headstart.benchmarks.rules import results
from headstart.benchmarks.rules.items import Outcome, Side
from headstart.benchmarks.rules.report import BASELINES
from headstart.benchmarks.rules.results import sample_name
from headstart.benchmarks.rules.runs import Wish
from headstart.benchmarks.rules.sealing import Plan
from headstart.benchmarks.work import disclosing
from headstart.benchmarks.work.planning import is_held_out
from headstart.benchmarks.work.reporting import compare, solution_of
from headstart.benchmarks.work.transcripts import Transcript, transcript
from headstart.ledger import queries as ledger
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer
from headstart.sandbox.ports import Sandbox
from headstart.sandbox.work import choose

MOST_BESIDE = 12  # runs beside another
SEALED, OPENED = "evaluation.sealed", "evaluation.opened"
MEASURES = frozenset({Kind.EVALUATOR, Kind.HUB})


def evaluations(viewer: Viewer) -> QuerySet[Evaluation]:
    """What the viewer may see: the hub and the authority all; who recorded it; the developer it was told to."""
    found = Evaluation.objects.select_related("evaluator", "developer")
    if viewer.kind in (Kind.HUB, Kind.AUTHORITY):
        return found
    if viewer.is_public:
        return found.none()
    return found.filter(Q(evaluator_id=viewer.organisation_id) | Q(developer_id=viewer.organisation_id))


def evaluation(viewer: Viewer, evaluation_id: str) -> Evaluation:
    """One evaluation.

    Raises:
        EvaluationNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = evaluations(viewer).filter(id=evaluation_id).first()
    if found is None:
        raise EvaluationNotFound(evaluation_id)
    return found


def evaluations_of(viewer: Viewer, subject: str) -> QuerySet[Evaluation]:
    """What was recorded for a subject (a review, by its URN), as far as the viewer may see it."""
    return evaluations(viewer).filter(subject=subject).prefetch_related("items")


def sealed(viewer: Viewer) -> QuerySet[Sealed]:
    """The sealed plans, newest first: the hub all; others their own and those that were opened.

    The commitment is in the public ledger; the plan is read by `plan_of` alone.
    """
    found = Sealed.objects.select_related("sealer").defer("plan")
    if viewer.is_hub:
        return found
    return found.filter(Q(sealer_id=viewer.organisation_id) | Q(opened_at__isnull=False))


def plan_of(viewer: Viewer, commitment: str) -> dict[str, Any]:
    """A sealed plan: its sealer's alone, and everyone's once it was opened.

    Raises:
        SealedNotFound: absent, kept by its sealer, or not this viewer's to see: they look alike.
    """
    mine = Q(sealer_id=viewer.organisation_id) | Q(opened_at__isnull=False)
    found = Sealed.objects.filter(mine, commitment=commitment, plan__isnull=False).first()
    if found is None or found.plan is None:
        raise SealedNotFound(commitment)
    return dict(found.plan)


def own(organisation_id: str) -> str:
    """The subject of a plan that an organisation seals for whatever comes: before it may know of any review."""
    return f"urn:headstart:organisation:{organisation_id}"


def sealed_at(evaluator: Viewer, subject: str, result: work.Evaluation) -> datetime | None:
    """When the plan's commitment was published for a subject, or for whatever comes, if that was before the run began,
    and the plan was not opened before."""
    for_it = [subject, own(evaluator.organisation_id)]
    said = ledger.entries(evaluator).filter(
        subject__in=for_it, details__commitment=result.plan.commitment, at__lte=result.started
    )
    first = said.filter(kind=SEALED).order_by("index").first()
    return first.at if first and not said.filter(kind=OPENED).exists() else None


def runs(viewer: Viewer) -> QuerySet[Run]:
    """The runs that were asked of the hub, newest first: the hub all, others their own. An item that is named while
    the plan is sealed could be made again, so that nobody else looks on."""
    found = Run.objects.select_related("sealed", "asked_by", "developer", "evaluation").defer("sealed__plan")
    return found if viewer.is_hub else found.filter(asked_by_id=viewer.organisation_id)


def run(viewer: Viewer, run_id: str) -> Run:
    """One run.

    Raises:
        RunNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = runs(viewer).filter(id=run_id).first()
    if found is None:
        raise RunNotFound(run_id)
    return found


def may_measure(viewer: Viewer) -> bool:
    """Whether the viewer may seal, ask for runs, record."""
    return viewer.kind in MEASURES


def may_read(viewer: Viewer, found: Evaluation) -> bool:
    """Whether the viewer may read transcripts: the evaluator, the hub, the model's developer."""
    return viewer.is_hub or viewer.organisation_id in (found.evaluator_id, found.developer_id)


def may_judge(viewer: Viewer, found: Evaluation) -> bool:
    """Whether the viewer may say that the model cheated, or did not."""
    return viewer.is_hub or (may_measure(viewer) and viewer.organisation_id == found.evaluator_id)


def told(found: Evaluation) -> list[str]:
    """The organisations that a ledger entry about this evaluation may be shown to."""
    return sorted(each for each in {found.evaluator_id, found.developer_id} if each)


def items(viewer: Viewer, evaluation_id: str) -> QuerySet[ItemResult]:
    """What came of each attempt, in its order, for those who may read transcripts; `.read` counts the readings.

    Raises:
        EvaluationNotFound: absent, or its transcripts are not this viewer's to read: the two look alike.
    """
    found = evaluation(viewer, evaluation_id)
    if not may_read(viewer, found):
        raise EvaluationNotFound(evaluation_id)
    return found.items.annotate(read=Count("readings")).order_by("order", "attempt", "id")


SHOWS = ("signs", "unread", *map(str, Outcome))


def picked(viewer: Viewer, evaluation_id: str, show: str) -> QuerySet[ItemResult]:
    """Those with signs of cheating, that nobody has read, or of one outcome (one of SHOWS); all where it is none.

    Raises:
        EvaluationNotFound: absent, or not this viewer's.
    """
    rows = items(viewer, evaluation_id)
    if show == "signs":
        return rows.exclude(signs=[])
    if show == "unread":
        return rows.filter(readings__isnull=True)
    return rows.filter(outcome=show) if show in SHOWS else rows


def read(viewer: Viewer, evaluation_id: str) -> int:
    """How many attempts a person has read.

    Raises:
        EvaluationNotFound: absent, or not this viewer's.
    """
    return readings(viewer, evaluation_id).order_by().values("item").distinct().count()


def item(viewer: Viewer, evaluation_id: str, name: str, attempt: int = 1) -> ItemResult:
    """One attempt.

    Raises:
        EvaluationNotFound, TranscriptNotFound: absent, or not this viewer's to read.
    """
    rows = items(viewer, evaluation_id).select_related("evaluation")
    is_name = "\0" not in name and 0 < attempt < 1 << 15  # what a database can be asked for
    found = rows.filter(item=name, attempt=attempt).first() if is_name else None
    if found is None:
        raise TranscriptNotFound(name)
    return found


def readings(viewer: Viewer, evaluation_id: str) -> QuerySet[Reading]:
    """What people said of transcripts, oldest first, for those who may read them.

    Raises:
        EvaluationNotFound: absent, or not this viewer's.
    """
    seen = items(viewer, evaluation_id).order_by().values("id")
    return Reading.objects.filter(item__in=seen).select_related("item", "reader")


def said(viewer: Viewer, evaluation_id: str) -> list[results.Reading]:
    """The same as a run's folder keeps them.

    Raises:
        EvaluationNotFound: absent, or not this viewer's.
    """
    return [
        results.Reading(
            item=each.item.item,
            attempt=each.item.attempt,
            by=each.reader.name,
            at=each.at,
            cheating=each.cheating,
            note=each.note,
        )
        for each in readings(viewer, evaluation_id)
    ]


def sample(viewer: Viewer, evaluation_id: str, name: str, attempt: int = 1) -> bytes:
    """The log of one attempt, as it was recorded.

    Raises:
        EvaluationNotFound, TranscriptNotFound: absent, or not this viewer's to read.
        TranscriptChanged: the file is not the one whose digest was recorded.
    """
    found = item(viewer, evaluation_id, name, attempt)
    held = folder_of(found.evaluation).sample(found.item, found.attempt) if found.sample else None
    if held is None:
        raise TranscriptNotFound(name)
    if hashlib.sha256(held).hexdigest() != found.sample:
        raise TranscriptChanged(name)
    return held


def conversation(viewer: Viewer, evaluation_id: str, name: str, attempt: int = 1) -> Transcript:
    """The same as messages.

    Raises:
        EvaluationNotFound, TranscriptNotFound, TranscriptChanged: as for `sample`.
    """
    return transcript(sample(viewer, evaluation_id, name, attempt))


def disclosure(viewer: Viewer, evaluation_id: str, name: str, attempt: int = 1) -> tuple[str, bytes]:
    """One transcript with what proves it, to hand to anyone: a file's name and a zip. It needs nothing of the rest.

    Raises:
        EvaluationNotFound, TranscriptNotFound, TranscriptChanged: as for `sample`.
        NotCheckpointed: the hub has not signed the log since.
    """
    held = sample(viewer, evaluation_id, name, attempt)
    entry = item(viewer, evaluation_id, name, attempt).entry
    if entry is None:
        raise TranscriptNotFound(name)
    called = sample_name(name, attempt).removesuffix(".json")
    return called, disclosing.archive(called, held, ledger.bundle(viewer, entry))


def folder_of(found: Evaluation) -> work.RunFolder:
    """Where an evaluation's run is kept."""
    return work.RunFolder(Path(settings.HEADSTART_DATA) / found.folder)


def sandbox() -> Sandbox:
    """Where this instance runs what a model hands in.

    Raises:
        Unfit: no sandbox is fit on this machine.
    """
    return _sandbox(Path(settings.HEADSTART_DATA).absolute() / "sandbox")


@lru_cache(maxsize=4)
def _sandbox(folder: Path) -> Sandbox:
    return choose(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A family, and what it needs that this machine has not got."""

    family: Family
    lacks: tuple[str, ...]


def battery(viewer: Viewer) -> list[Offered]:
    """The families there are, for those who may use them.

    Raises:
        MayNotRecord: the viewer is neither an evaluator nor the hub.
        Unfit: no sandbox is fit on this machine.
    """
    if not may_measure(viewer):
        raise MayNotRecord
    here = sandbox()
    return [
        Offered(family=each, lacks=tuple(sorted(work.missing(name, here))))
        for name, each in sorted(work.families().items())
    ]


def fresh_plan(viewer: Viewer, names: Sequence[str] | None, terms: work.Terms) -> Plan:
    """A plan over these families (all that can be run here, where none are named), with secrets that nobody has seen.

    Raises:
        MayNotRecord: the viewer is neither an evaluator nor the hub.
        PlanInvalid, FamilyUnknown, NeedMissing, StandardErrorUnreachable: it can't be run like this.
    """
    if not may_measure(viewer):
        raise MayNotRecord
    return work.plan(work.usable_families(sandbox(), names), terms)


def models(viewer: Viewer) -> tuple[str, ...]:
    """The model strings that this instance was set up for (HEADSTART_MODELS), for those who may ask for runs.

    Raises:
        MayNotRecord: the viewer is neither an evaluator nor the hub.
    """
    if not may_measure(viewer):
        raise MayNotRecord
    return tuple(settings.HEADSTART_MODELS)


def askable(viewer: Viewer, wish: Wish) -> Wish:
    """The wish itself, if a run can be asked for like this.

    Raises:
        MayNotRecord: the viewer is neither an evaluator nor the hub.
        ModelUnknown: this instance was not set up for that model.
        WishInvalid: the limits, or what is said of the run, make no sense.
    """
    if wish.model not in models(viewer):
        raise ModelUnknown(wish.model[:200], "this instance was not set up for it (HEADSTART_MODELS)")
    return wish.checked()


def shown_families(viewer: Viewer) -> list[Family]:
    """The families that the viewer may read about, by side and name: all for the hub, those not held out for others."""
    found = [each for name, each in work.families().items() if viewer.is_hub or not is_held_out(name)]
    return sorted(found, key=lambda each: (each.side is not Side.OFFENCE, each.name))


def shown_family(viewer: Viewer, name: str) -> Family:
    """One family that the viewer may read about.

    Raises:
        FamilyNotFound: absent, or held out: the two look alike.
    """
    for each in shown_families(viewer):
        if each.name == name:
            return each
    raise FamilyNotFound(name)


def beside(viewer: Viewer, developer: Organisation | None, but: str = "") -> list[work.RunFolder]:
    """Runs to hold beside one: the newest of each reference model and of that developer's models, who is shown it."""
    chosen = Q(model_name__startswith=BASELINES)
    if developer is not None:
        chosen |= Q(developer=developer)
    rows = evaluations(viewer).filter(chosen).exclude(Q(folder="") | Q(id=but)).order_by("-started_at", "-id")
    newest = {(each.model_name, each.snapshot): each for each in reversed(rows[:200])}
    found = [folder_of(each) for each in newest.values()]
    return [each for each in found if each.exists][-MOST_BESIDE:]


def comparison(viewer: Viewer, first: str, second: str) -> dict[str, Any]:
    """Two evaluations held side by side, worked out of their folders.

    Raises:
        EvaluationNotFound: one is absent, or not this viewer's to see: the two look alike.
        RecordTooOld: of one there is no folder.
    """
    found = [evaluation(viewer, each) for each in (first, second)]
    if lacking := [each.id for each in found if not folder_of(each).exists]:
        raise RecordTooOld(lacking[0])
    return compare(folder_of(found[0]), folder_of(found[1]))


def solution(viewer: Viewer, found: Evaluation) -> bytes | None:
    """The solution of the example in an evaluation's report, made again: for the hub alone."""
    example = found.report.get("example")
    return solution_of(example) if viewer.is_hub and example else None
