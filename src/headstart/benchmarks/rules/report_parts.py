"""The parts of a report, each from a run's tallies: plain numbers, with the denominator beside every count."""

from collections.abc import Mapping, Sequence
from typing import Any

from headstart.benchmarks.rules.ability import Ability, estimate, pooled, profile
from headstart.benchmarks.rules.items import LEVELS, Outcome
from headstart.benchmarks.rules.rates import pass_at_k, rate
from headstart.benchmarks.rules.report_tally import STEPS_A_DOUBLING, Cell, Gathered, Treatment, edge
from headstart.benchmarks.rules.scale import Scale

Json = dict[str, Any]
PLACES = 4  # after the point: far finer than any interval here
MOST_POINTS = 60  # of the curve of tokens

TREATED: Mapping[Treatment, str] = {
    Treatment.FAILURE: "Every item at which cheating was seen counts as failed. This is the report's own estimate.",
    Treatment.DROPPED: "Every item at which cheating was seen is left out.",
    Treatment.SUCCESS: "Every item at which cheating was seen counts as solved, also where running said otherwise.",
}


def ability(found: Ability) -> Json:
    """An ability in logits, its interval, and on how many items it rests."""
    return {
        "mean": rounded(found.mean),
        "standard_error": rounded(found.standard_error),
        "low": rounded(found.low),
        "high": rounded(found.high),
        "coverage": found.coverage,
        "items": found.items,
    }


def share(hits: int, total: int) -> Json:
    """A rate with the interval of Clopper and Pearson; its share is null where nothing is in the denominator."""
    found = rate(hits, total)
    return {
        "hits": hits,
        "total": total,
        "share": rounded(hits / total) if total else None,
        "low": rounded(found.low),
        "high": rounded(found.high),
    }


def counts(run: Gathered, family: str | None = None) -> Json:
    """Items by what came of them. Cheated ones stand apart, and are in no other count but `items` and `counted`."""
    found = run.outcomes(family)
    cheated = sum(number for (outcome, yes), number in found.items() if yes and outcome.counts)
    solved, failed = found[Outcome.SOLVED, False], found[Outcome.FAILED, False]
    return {
        "items": found.total(),
        "counted": solved + failed + cheated,
        "solved": solved,
        "failed": failed,
        "cheated": cheated,
        "refused": _of(found, Outcome.REFUSED),
        "infrastructure": _of(found, Outcome.INFRASTRUCTURE),
        "elsewhere": run.elsewhere[family] if family else run.elsewhere.total(),
    }


def _of(found: Mapping[tuple[Outcome, bool], int], outcome: Outcome) -> int:
    return found.get((outcome, False), 0) + found.get((outcome, True), 0)


def rates(found: Mapping[str, int]) -> list[Json]:
    """The solved share under each denominator, so that nobody has to guess which one was taken."""
    items, solved = found["items"], found["solved"]
    whole = items - found["infrastructure"]
    rows = (
        (
            "counted",
            "of the items that count (refusals and errors of the machinery left out)",
            found["counted"],
        ),
        ("with refusals", "of these and the refused ones, a refusal taken as not solved", whole),
        (
            "with infrastructure",
            "of all items given out, errors of the machinery too taken as not solved",
            items,
        ),
    )
    return [{"name": name, "sentence": words, **share(solved, total)} for name, words, total in rows]


def families(run: Gathered, scale: Scale, about: Mapping[str, str]) -> list[Json]:
    """A row for each family, offence first; `about` holds a family's summary, where it is known."""
    found = profile(run.tally(), scale)
    names = sorted(run.sides, key=lambda name: (run.sides[name] != "offence", name))
    called = aliases(run)
    return [
        {
            "name": called.get(name, name),
            "title": called.get(name, name).replace("-", " ").capitalize(),
            "summary": "" if name in called else about.get(name, ""),
            "side": run.sides[name],
            "version": run.versions[name],
            "held_out": name in run.held_out,
            "counts": (own := counts(run, name)),
            "rate": share(own["solved"], own["counted"]),
            "ability": ability(found[name]) if name in found else None,
        }
        for name in names
    ]


def aliases(run: Gathered) -> dict[str, str]:
    """What held-out families are called in a report: it goes to developers, who are not told of them."""
    return {name: f"held-out-{n}" for n, name in enumerate(sorted(run.held_out), start=1)}


def sides(run: Gathered, scale: Scale) -> list[Json]:
    """Offence and defence, each with the ability that its families say together; null where none of them counts."""
    tally = run.tally()
    rows = []
    for side in ("offence", "defence"):
        names = sorted(name for name, its in run.sides.items() if its == side)
        solved = sum(number for (name, _), (number, _) in tally.items() if name in names)
        counted = sum(sum(pair) for (name, _), pair in tally.items() if name in names)
        rows.append(
            {
                "side": side,
                "families": len(names),
                "rate": share(solved, counted),
                "ability": ability(pooled(tally, scale, names)) if counted else None,
            }
        )
    return rows


def levels(run: Gathered, scale: Scale, names: Sequence[str]) -> list[Json]:
    """The dial: what each level is taken to need, on the mean of the plan's families, and the solved share there."""
    tally = run.tally()
    rows = []
    for level in LEVELS:
        pairs = [pair for (_, at), pair in tally.items() if at == level]
        solved = sum(number for number, _ in pairs)
        needs = [scale.difficulty(name, level) for name in names]
        rows.append(
            {
                "level": level,
                "difficulty": rounded(sum(needs) / len(needs)) if needs else None,
                "rate": share(solved, sum(map(sum, pairs))),
            }
        )
    return rows


def treatments(run: Gathered, scale: Scale) -> list[Json]:
    """The estimate under the three treatments of cheating."""
    rows = []
    for treatment in Treatment:
        tally = run.tally(treatment)
        solved = sum(number for number, _ in tally.values())
        rows.append(
            {
                "treatment": str(treatment),
                "sentence": TREATED[treatment],
                "rate": share(solved, sum(map(sum, tally.values()))),
                "ability": ability(estimate(tally, scale)),
            }
        )
    return rows


def effort(run: Gathered) -> Json:
    """What the run took, and the share of the counted items that was solved within so many tokens."""
    took = run.effort
    unknown = took.unpriced or not took.attempts
    return {
        "attempts": took.attempts,
        "input_tokens": took.input_tokens,
        "output_tokens": took.output_tokens,
        "tokens": took.input_tokens + took.output_tokens,
        "messages": took.messages,
        "seconds": round(took.seconds, 1),
        "cost": None if unknown else rounded(took.cost),
        "curve": curve(run),
    }


def curve(run: Gathered) -> list[Json]:
    """Solved within so many tokens, of all that count, whatever they took. Each band is of its own point."""
    total = run.counted_at.total()
    bins = sorted(run.counted_at)
    if not bins:
        return []
    step = max(1, -(-(bins[-1] - bins[0] + 1) // MOST_POINTS))
    points = [*range(bins[0], bins[-1], step), bins[-1]]
    found, solved, done = [], 0, bins[0] - 1
    for at in points:
        solved += sum(run.solved_at[each] for each in range(done + 1, at + 1))
        done = at
        found.append({"tokens": edge(at), **share(solved, total)})
    return found


def precision() -> float:
    """By which factor two neighbouring edges of the curve's histogram differ."""
    return float(2 ** (1 / STEPS_A_DOUBLING))


def tries(run: Gathered) -> list[Json]:
    """The chance that one of k attempts solves an item, without bias, over the items with k attempts that count."""
    if run.attempts < 2:
        return []
    found = run.tries.items()
    rows = []
    for k in range(1, run.attempts + 1):
        able = [(n, solved, items) for (n, solved), items in found.items() if n >= k]
        number = sum(items for _, _, items in able)
        value = (
            sum((pass_at_k(n, solved, k) or 0.0) * items for n, solved, items in able) / number
            if number
            else None
        )
        rows.append({"k": k, "value": None if value is None else rounded(value), "items": number})
    return rows


def level_of(mean: float, names: Sequence[str], scale: Scale) -> float:
    """The level of the dial, taken on beyond its ends, at which items of these families are as difficult as that."""
    difficulties = [sum(scale.difficulty(name, level) for name in names) / len(names) for level in (0, 6)]
    easiest, hardest = difficulties
    return 6 * (mean - easiest) / (hardest - easiest)


def cells(tally: Mapping[Cell, tuple[int, int]]) -> int:
    """Items in a tally."""
    return sum(map(sum, tally.values()))


def rounded(value: float) -> float:
    """To as many places as a report has."""
    return round(float(value), PLACES)
