"""Two runs held side by side: the paired difference in ability, and what else was not the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from headstart.benchmarks.rules.comparing import Difference
from headstart.benchmarks.rules.items import Outcome
from headstart.benchmarks.rules.report_parts import rounded
from headstart.benchmarks.rules.report_words import Standing, count, signed, standing
from headstart.benchmarks.rules.results import ItemScore

FORMAT = "urn:headstart:comparison:1"
ALSO = (
    ("subject", "safeguards", "safeguards"),
    ("subject", "access_level", "access"),
    ("run", "scaffold", "scaffold"),
    ("run", "tools", "tools"),
    ("run", "item_budget", "caps for one item"),
    ("run", "sandbox", "sandbox"),
    ("plan", "framings", "framings of the prompt"),
    ("plan", "prior", "prior"),
    ("plan", "scale_source", "scale"),
)
"""What should be the same where a difference is to be one of models alone: part of the report, its field, its name."""

Json = dict[str, Any]


def as_failures(scores: Iterable[ItemScore], judged: Mapping[tuple[str, int], bool]) -> Iterator[ItemScore]:
    """The scores with cheating counted as failure, as a report's own estimate has it."""
    for each in scores:
        cheated = judged.get((each.item, each.attempt), each.cheated)
        yield replace(each, outcome=Outcome.FAILED) if cheated and each.counts else each


def comparison(first: Json, second: Json, found: Difference) -> Json:
    """Two reports and their difference, the first minus the second."""
    names = (first["subject"]["model"], second["subject"]["model"])
    if names[0] == names[1]:
        names = (f"{names[0]} (the first)", f"{names[1]} (the second)")
    counted = min(found.items)
    stands = standing(found.low, found.high, 0.0, counted=counted)
    return {
        "format": FORMAT,
        "first": _side(first),
        "second": _side(second),
        "difference": {
            "mean": rounded(found.mean),
            "standard_error": rounded(found.standard_error),
            "low": rounded(found.low),
            "high": rounded(found.high),
            "coverage": found.coverage,
            "first_is_more_able": rounded(found.first_is_more_able),
        },
        "standing": str(stands),
        "common": {
            "items": found.common_items,
            "both": found.both,
            "only_first": found.only_first,
            "only_second": found.only_second,
            "neither": found.neither,
            "mcnemar": rounded(found.mcnemar) if found.common_items else None,
        },
        "sentence": _sentence(names, found, stands),
        "paired": _paired(names, found),
        "also": also(first, second),
    }


def _side(report: Json) -> Json:
    return {
        "model": report["subject"]["model"],
        "snapshot": report["subject"]["snapshot"],
        "started": report["run"]["started"],
        "counts": report["counts"],
        "ability": report["ability"],
        "commitment": report["plan"]["commitment"],
    }


def _sentence(names: tuple[str, str], found: Difference, stands: Standing) -> str:
    by = (
        f"{signed(found.mean)} logits, with {100 * found.coverage:.0f}% certainty between {signed(found.low)} and "
        f"{signed(found.high)}"
    )
    return {
        Standing.ABOVE: f"{names[0]} is abler than {names[1]}: the difference is {by}.",
        Standing.BELOW: f"{names[0]} is less able than {names[1]}: the difference is {by}.",
        Standing.STRADDLES: f"These runs do not tell {names[0]} and {names[1]} apart: the difference is {by}.",
        Standing.UNKNOWN: f"{names[0]} and {names[1]} can't be compared: one of them has no item that counts.",
    }[stands]


def _paired(names: tuple[str, str], found: Difference) -> str:
    if not found.common_items:
        return "No item was given to both: the difference rests on the scale of the items, and not on pairs."
    return (
        f"Of {count(found.common_items, 'item')} that both were given, {found.only_first} were solved by {names[0]} "
        f"alone and {found.only_second} by {names[1]} alone; {found.both} by both, {found.neither} by neither. Between "
        f"equals, a split as uneven as that has a chance of {found.mcnemar:.2g} (McNemar, exact)."
    )


def also(first: Json, second: Json) -> list[str]:
    """What differed beside the model: each of these may be behind the difference."""
    found = [f"The {name} differed." for part, key, name in ALSO if first[part][key] != second[part][key]]
    families = [{each["name"] for each in report["families"]} for report in (first, second)]
    if families[0] != families[1]:
        found.append("They were not given the same families.")
    return found
