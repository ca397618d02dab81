"""Whether the number fits its answers, and whether the model tried: each check with its power."""

from typing import Any

from headstart.benchmarks.rules import fit
from headstart.benchmarks.rules.report_parts import aliases, rounded
from headstart.benchmarks.rules.report_tally import Gathered
from headstart.benchmarks.rules.results import Framing
from headstart.benchmarks.rules.scale import Scale

Json = dict[str, Any]


def fitting(run: Gathered, scale: Scale) -> Json | None:
    """The plain rate of the items that were drawn at random, and how well all answers fit; null where none counts."""
    tally, anchors = run.tally(), run.group("anchor", "yes")
    if not tally:
        return None
    rate, found, called = fit.anchors_rate(anchors), fit.misfit(tally, anchors, scale), aliases(run)
    return {
        "anchors": {
            "hits": rate.hits,
            "total": rate.total,
            "share": rounded(rate.hits / rate.total) if rate.total else None,
            "low": rounded(rate.low),
            "high": rounded(rate.high),
        },
        "p": None if found.p is None else rounded(found.p),
        "families": [
            {"name": called.get(name, name), "p": rounded(p)} for name, p in sorted(found.families.items())
        ],
        "guessing": rounded(found.guessing),
        "slipping": rounded(found.slipping),
        "sentence": _says(found, len(found.families)),
    }


def _says(found: fit.Misfit, families: int) -> str:
    odd = [name for name, p in found.families.items() if p < fit.ALPHA]
    whole = (
        "No item was drawn at random, so the fit as a whole can't be checked"
        if found.p is None
        else f"On items drawn at random, answers as far from the scale's expectation have a chance of {found.p:.0%}"
    )
    by_chance = fit.ALPHA * families
    return (
        f"{whole}. {len(odd)} of {families} families stand out against the others at a level of 5%, where "
        f"{by_chance:.1f} would by chance."
    )


def checks(run: Gathered, scale: Scale) -> list[Json]:
    """The checks for a model that does not try, or that minds being tested."""
    tally = run.tally()
    if not tally:
        return []
    framings = {each: run.group("framing", str(each)) for each in Framing}
    found = (
        fit.easy_missed(tally, scale),
        *fit.framing(framings, scale),
        fit.held_out(tally, run.held_out, scale),
    )
    return [
        {
            "name": each.name,
            "unit": "share of items" if each.name == "easy_missed" else "logits",
            "items": each.items,
            "found": None if each.found is None else rounded(each.found),
            "p": None if each.p is None else rounded(each.p),
            "power": None if each.power is None else rounded(each.power),
            "stands_out": each.stands_out,
            "sentence": each.sentence,
        }
        for each in found
    ]
