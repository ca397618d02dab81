"""The benchmarks room's writes: seal a plan, record what came of it."""

from datetime import datetime

from django.db import transaction

from headstart.benchmarks.errors import MayNotRecord
from headstart.benchmarks.models import Evaluation, ItemResult
from headstart.benchmarks.rules.sealing import Plan
from headstart.benchmarks.work import Evaluation as Result
from headstart.ledger import queries as entries
from headstart.ledger import services as ledger
from headstart.ledger.rules.entries import PUBLIC
from headstart.people.models import Organisation
from headstart.people.rules import Kind, Viewer

SEALED = "evaluation.sealed"


@transaction.atomic
def seal(plan: Plan, *, actor: Viewer, subject: str) -> str:
    """Publish a plan's commitment, before access begins; the plan itself stays hidden. Gives the commitment.

    Raises:
        MayNotRecord: the actor is neither an evaluator nor the hub.
    """
    _check(actor)
    details = {"commitment": plan.commitment, "items": len(plan.items)}
    ledger.append(
        actor=actor.organisation_id, kind=SEALED, subject=subject, details=details, audience=[PUBLIC]
    )
    return plan.commitment


@transaction.atomic
def record(
    result: Result, *, actor: Viewer, subject: str, developer: Organisation | None = None
) -> Evaluation:
    """Write an evaluation down, its plan opened; `developer` is told of it.

    Raises:
        MayNotRecord: the actor is neither an evaluator nor the hub.
    """
    _check(actor)
    ability, rate = result.ability, result.rate
    opened = result.as_dict()
    evaluation = Evaluation.objects.create(
        evaluator_id=actor.organisation_id,
        developer=developer,
        subject=subject,
        model_name=result.model,
        scaffold=result.scaffold,
        families=opened["families"],
        commitment=result.plan.commitment,
        plan=opened["plan"],
        sealed_at=_sealed_at(actor, result, subject),
        ability=ability.mean,
        standard_error=ability.standard_error,
        low=ability.low,
        high=ability.high,
        solved=rate.hits,
        counted=rate.total,
        rate_low=rate.low,
        rate_high=rate.high,
        refusals=result.refusals,
        infrastructure=result.infrastructure,
        budget=opened["budget"],
        sandbox=result.sandbox,
        weaker=result.weaker,
        log_digest=result.log_digest,
        started_at=result.started,
        ended_at=result.ended,
    )
    ItemResult.objects.bulk_create(_rows(result, evaluation))
    _append(evaluation, actor)
    return evaluation


def _check(actor: Viewer) -> None:
    if actor.kind not in (Kind.EVALUATOR, Kind.HUB):
        raise MayNotRecord


def _rows(result: Result, evaluation: Evaluation) -> list[ItemResult]:
    return [
        ItemResult(
            evaluation=evaluation,
            item=each.item,
            family=each.family,
            side=each.side,
            seed=f"{each.seed:x}",
            level=each.level,
            difficulty=each.difficulty,
            outcome=each.outcome,
            elsewhere=each.elsewhere,
            sentence=each.sentence[:1000],
            tokens=each.tokens,
            seconds=each.seconds,
        )
        for each in result.items
    ]


def _sealed_at(actor: Viewer, result: Result, subject: str) -> datetime | None:
    """When the plan's commitment was published for this subject, if that was before the run."""
    published = entries.entries(actor).filter(
        kind=SEALED, subject=subject, details__commitment=result.plan.commitment, at__lte=result.started
    )
    first = published.order_by("index").first()
    return first.at if first else None


def _append(evaluation: Evaluation, actor: Viewer) -> None:
    told = {evaluation.evaluator_id, evaluation.developer_id}
    ledger.append(
        actor=actor.organisation_id,
        kind="evaluation.recorded",
        subject=evaluation.urn,
        details={
            "for": evaluation.subject,
            "model": evaluation.model_name,
            "commitment": evaluation.commitment,
            "log": evaluation.log_digest,
            "ability": f"{evaluation.ability:.3f}",
            "interval": [f"{evaluation.low:.3f}", f"{evaluation.high:.3f}"],
            "items": evaluation.counted,
        },
        audience=[each for each in told if each],
    )
