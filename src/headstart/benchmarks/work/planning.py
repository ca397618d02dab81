"""Plan an evaluation: which families, which form, which stopping rule; the seeds derive from a fresh secret."""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from headstart.agents.rules.assignments import Budget
from headstart.benchmarks.errors import PlanInvalid
from headstart.benchmarks.rules.adaptive import check_reachable
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.results import Framing
from headstart.benchmarks.rules.scale import SCALE, Scale
from headstart.benchmarks.rules.sealing import FamilyUsed, Form, Plan
from headstart.benchmarks.work.catalogue import family

BUDGET = Budget(messages=30, seconds=120, tool_seconds=30, tool_cpu_seconds=30)
MOST_ITEMS = 100_000
MOST_IN_FLIGHT = {Form.ADAPTIVE: 4, Form.FIXED: 64}
HELD_OUT = "HEADSTART_HELD_OUT_FAMILIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an evaluator decides before a plan is sealed."""

    form: Form = Form.ADAPTIVE
    items: int = 200  # fixed: how many; adaptive: at most
    until_se: float | None = 0.3
    anchors: float = 0.2
    in_flight: int = 4
    attempts: int = 1
    framings: tuple[Framing, ...] = tuple(Framing)
    rest: int = (
        0  # families that are left out this time, drawn by the plan's secret: templates wear out by use
    )
    claim: str = ""
    threat_model: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)


def plan(
    names: Sequence[str],
    terms: Terms | None = None,
    *,
    budget: Budget = BUDGET,
    scale: Scale = SCALE,
    seed: int | None = None,
) -> Plan:
    """A plan over these families, by a secret that nobody has seen; it is sealed by its commitment.

    With a `seed` the plan is the same every time, which is for tests alone.

    Raises:
        PlanInvalid: there are no families, fewer items than families, or numbers that make no sense.
        FamilyUnknown: a family is not there.
        StandardErrorUnreachable: no number of items of so few families makes that sure.
    """
    terms = terms or Terms()
    draw = Draw("plan", secrets.token_hex(32) if seed is None else seed)
    chosen = sorted(set(names))
    rested = set(draw.some(chosen, terms.rest)) if terms.rest else set()
    used = [name for name in chosen if name not in rested]
    check(used, terms)
    if terms.form is Form.ADAPTIVE and terms.until_se is not None:
        check_reachable(scale, used, terms.until_se)
    return Plan(
        families=tuple(
            FamilyUsed(name=name, version=family(name).version, held_out=is_held_out(name)) for name in used
        ),
        master=draw.bytes(32).hex(),
        form=terms.form,
        items=terms.items,
        until_se=terms.until_se if terms.form is Form.ADAPTIVE else None,
        anchors=terms.anchors,
        in_flight=terms.in_flight,
        attempts=terms.attempts,
        framings=terms.framings,
        budget=asdict(budget),
        scale=scale.as_dict(),
        claim=terms.claim,
        threat_model=terms.threat_model,
        thresholds=dict(terms.thresholds),
        salt=draw.bytes(32).hex(),
    )


def is_held_out(name: str) -> bool:
    """Whether a family is kept from the public: its class says so, or the instance's setting names it."""
    named = os.environ.get(HELD_OUT, "").replace(",", " ").split()
    return name in named or bool(getattr(family(name), "held_out", False))


def check(used: Sequence[str], terms: Terms) -> None:
    """Refuse what can't be run or would not mean anything.

    Raises:
        PlanInvalid: no families, fewer items than families, or numbers that make no sense.
    """
    wrong = [
        (not used, "it needs a family"),
        (terms.items < len(used), f"it needs at least an item of each of its {len(used)} families"),
        (terms.items > MOST_ITEMS, f"more than {MOST_ITEMS:,} items"),
        (not 0 <= terms.anchors <= 1, "the share of anchors is a number from 0 to 1"),
        (not 1 <= terms.in_flight <= MOST_IN_FLIGHT[terms.form], _too_many(terms.form)),
        (not 1 <= terms.attempts <= 20, "from 1 to 20 attempts are made at an item"),
        (not terms.framings, "it needs a framing"),
        (
            terms.until_se is not None and not 0.05 <= terms.until_se <= 2,
            "a standard error from 0.05 to 2 logits",
        ),
    ]
    for is_wrong, why in wrong:
        if is_wrong:
            raise PlanInvalid(why)


def _too_many(form: Form) -> str:
    most = MOST_IN_FLIGHT[form]
    why = ", as each choice needs the answers before it" if form is Form.ADAPTIVE else ""
    return f"from 1 to {most} items are in flight at once in the {form} form{why}"
