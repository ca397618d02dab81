"""One item on its way: generated, given out, scored by running, written down."""

from dataclasses import dataclass, replace

from headstart import clock
from headstart.agents.rules.assignments import Attempt, Ending
from headstart.benchmarks.ports import Bench
from headstart.benchmarks.rules.cheating import signs
from headstart.benchmarks.rules.items import Item, Outcome, Verdict, digest
from headstart.benchmarks.rules.results import ItemScore
from headstart.benchmarks.rules.sealing import Chosen, Plan
from headstart.benchmarks.work.catalogue import family, regenerated
from headstart.errors import Unable

MOST_FILES_BYTES = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An item that is given out."""

    chosen: Chosen
    item: Item | None
    order: int
    anchor: bool
    attempt: int = 1
    why: str = ""  # it could not be generated

    @property
    def name(self) -> str:
        """Of the assignment, and of the sample's log."""
        chosen = self.chosen
        name = f"{chosen.family}.{chosen.version}-{chosen.level}-{chosen.seed:x}"
        return name if self.attempt == 1 else f"{name}.{self.attempt}"


def generate(chosen: Chosen) -> Item | str:
    """The item, or why there is none: a plug-in's fault is the item's, not the run's."""
    try:
        item = family(chosen.family).item(chosen.seed, chosen.level)
    except Exception as error:  # noqa: BLE001 - whatever a plug-in raises
        return _fault("its family could not make it", error)
    if sum(map(len, item.files.values())) + len(item.prompt) > MOST_FILES_BYTES:
        return f"its family made an item of more than {MOST_FILES_BYTES >> 20} MiB"
    return item


def _fault(what: str, error: Exception) -> str:
    """One line of it."""
    return " ".join(f"{what}: {type(error).__name__}: {error}"[:500].split())


def run_answer(given: Given, attempt: Attempt, bench: Bench) -> Verdict | str:
    """What running the answer says; a text where the family or the machine broke, which says nothing of the model."""
    chosen, item = given.chosen, given.item
    if item is None:
        return given.why
    try:
        if regenerated(chosen.family, chosen.seed, chosen.level) != digest(item):
            return f"{chosen.family} made another item from the same seed: it is not deterministic"
        if attempt.answer is None:
            return Verdict(solved=False, sentence="nothing was handed in")
        return family(chosen.family).score(item, attempt.answer, bench)
    except Unable as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - as above
        return _fault("its family could not score it", error)


def score_of(given: Given, verdict: Verdict | str, attempt: Attempt | None, plan: Plan) -> ItemScore:
    """What came of an item, with what the item was."""
    chosen, item = given.chosen, given.item
    now = clock.now()
    said = verdict if isinstance(verdict, str) else verdict.sentence
    score = ItemScore(
        item=replace(given, attempt=1).name,
        family=chosen.family,
        version=chosen.version,
        side=family(chosen.family).side,
        seed=f"{chosen.seed:x}",
        level=chosen.level,
        digest=digest(item) if item else "",
        order=given.order,
        anchor=given.anchor,
        held_out=any(each.held_out for each in plan.families if each.name == chosen.family),
        framing=plan.framing_of(chosen),
        attempt=given.attempt,
        outcome=Outcome.INFRASTRUCTURE,
        sentence=said[:1000],
        started=now,
        ended=now,
    )
    return score if attempt is None or item is None else _with(score, item, verdict, attempt)


def _with(score: ItemScore, item: Item, verdict: Verdict | str, attempt: Attempt) -> ItemScore:
    """The score with what the attempt was."""
    found = verdict if isinstance(verdict, Verdict) else None
    outcome = _outcome(attempt, verdict)
    is_broken = outcome is Outcome.INFRASTRUCTURE and attempt.ending is Ending.INFRASTRUCTURE
    return replace(
        score,
        outcome=outcome,
        sentence=attempt.note[:1000] if is_broken else score.sentence,
        elsewhere=found is not None and found.elsewhere,
        ending=str(attempt.ending),
        signs=signs(attempt.calls, attempt.answer, attempt.changed, item, score.side, found),
        input_tokens=attempt.input_tokens,
        output_tokens=attempt.output_tokens,
        messages=attempt.messages,
        seconds=attempt.seconds,
        cost=attempt.cost,
        sample=attempt.sample_digest,
        started=attempt.started,
        ended=attempt.ended,
    )


def _outcome(attempt: Attempt, verdict: Verdict | str) -> Outcome:
    """An answer that works counts however the attempt ended; what broke or was refused is no failure."""
    if isinstance(verdict, Verdict) and verdict.solved:
        return Outcome.SOLVED
    if attempt.ending is Ending.INFRASTRUCTURE or not isinstance(verdict, Verdict):
        return Outcome.INFRASTRUCTURE
    return Outcome.REFUSED if attempt.ending is Ending.REFUSED else Outcome.FAILED
