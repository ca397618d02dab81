"""The report of an evaluation, from tallies and plain facts: what CAISI, AISI and the STREAM standard ask to be said.

Keeps: rule 10 of EVALUATION.md, and what rules 5 to 9 ask to be shown. docs/schemas/evaluation-1.schema.json holds the
form, with units. Every count has its denominator; what is not known is null or "unknown", never left out, never nought.
Never: decides anything. Where an interval lies against a threshold is said; what follows from it is for people.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headstart.benchmarks.rules import report_parts as parts
from headstart.benchmarks.rules import report_words as words
from headstart.benchmarks.rules.ability import Ability, estimate
from headstart.benchmarks.rules.report_fit import checks, fitting
from headstart.benchmarks.rules.report_tally import Gathered, bounded
from headstart.benchmarks.rules.results import Reading
from headstart.benchmarks.rules.scale import Scale
from headstart.benchmarks.rules.sealing import Plan

FORMAT = "urn:headstart:evaluation:1"
BASELINES = "reference/"  # what the names of models begin with that hold no language model
NAME, TEXT = 200, 4000  # characters of a name, and of a text that people wrote

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another run, to be held beside this one on this one's scale."""

    name: str
    ran: str  # when, as ISO 8601; empty where it never began
    gathered: Gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known beside the scores, as plain values in the report's own words."""

    made: str  # when the report was made, ISO 8601 in UTC
    subject: Json
    run: Json
    committed: str  # the commitment that the run's record names
    root: str
    families: Mapping[str, str]  # name -> summary, of those that are known here
    example: Json | None


def judged(readings: Sequence[Reading]) -> dict[tuple[str, int], bool]:
    """Whether an attempt cheated by the last word of a person on it; an unclear one leaves it to the program."""
    last = {(each.item, each.attempt): each.cheating for each in sorted(readings, key=lambda each: each.at)}
    return {attempt: said == "yes" for attempt, said in last.items() if said in ("yes", "no")}


def compose(
    plan: Plan, run: Gathered, facts: Facts, readings: Sequence[Reading], others: Sequence[Other]
) -> Json:
    """The whole report; `evaluation-1.schema.json` is its form."""
    scale = Scale.of(plan.scale)
    tally, names = run.tally(), [each.name for each in plan.families]
    counts = {
        **parts.counts(run),
        "attempts": run.effort.attempts,
        "families": len(run.sides),
        "sides": dict(sorted(Counter(run.sides.values()).items())),
    }
    found = estimate(tally, scale)
    report: Json = {
        "format": FORMAT,
        "made": facts.made,
        "subject": facts.subject,
        "claim": bounded(plan.claim, TEXT),
        "threat_model": bounded(plan.threat_model, TEXT),
        "run": facts.run,
        "plan": _plan(plan, facts.committed),
        "log_root": facts.root,
        "counts": counts,
        "ability": {**parts.ability(found), "level": _level(found, names, scale)},
        "thresholds": _thresholds(plan, found, counts["counted"]),
        "rates": parts.rates(counts),
        "levels": parts.levels(run, scale, names),
        "families": parts.families(run, scale, facts.families),
        "sides": parts.sides(run, scale),
        "others": [_other(each, scale, found, counts["counted"]) for each in others],
        "effort": parts.effort(run),
        "pass_at_k": parts.tries(run),
        "endings": dict(sorted(run.endings.items())),
        "errors": [{"sentence": said, "items": number} for said, number in run.broke.most_common()],
        "cheating": _cheating(run, scale, readings),
        "fit": fitting(run, scale),
        "checks": checks(run, scale),
        "example": facts.example,
    }
    return {**report, "headline": _headline(report), "limits": words.limits(report)}


def _plan(plan: Plan, committed: str) -> Json:
    """What was fixed beforehand, without the master secret: an opened plan is a document of its own."""
    scale = plan.scale
    return {
        "form": str(plan.form),
        "items": plan.items,
        "until_standard_error": plan.until_se,
        "anchor_share": plan.anchors,
        "in_flight": plan.in_flight,
        "attempts": plan.attempts,
        "framings": [str(each) for each in plan.framings],
        "stopping": plan.stopping,
        "scoring": bounded(plan.scoring, TEXT),
        "prior": {"mean": scale["prior_mean"], "deviation": scale["prior_deviation"]},
        "family_deviation": scale["family_deviation"],
        "residual_deviation": scale["residual_deviation"],
        "scale_source": bounded(str(scale.get("source", "")), NAME),
        "commitment": plan.commitment,
        "matches": plan.commitment == committed,
    }


def _level(found: Ability, names: Sequence[str], scale: Scale) -> Json:
    """The same interval as levels of the dial, on the mean of the plan's families."""
    if not names:
        return {"mean": None, "low": None, "high": None}
    said = {"mean": found.mean, "low": found.low, "high": found.high}
    return {key: round(parts.level_of(value, names, scale), 2) for key, value in said.items()}


def _thresholds(plan: Plan, found: Ability, counted: int) -> list[Json]:
    rows = []
    for name, at in sorted(plan.thresholds.items(), key=lambda each: (each[1], each[0])):
        stands = words.standing(found.low, found.high, at, counted=counted)
        called = bounded(name, NAME)
        said = words.against_threshold(called, at, stands)
        rows.append({"name": called, "ability": at, "standing": str(stands), "sentence": said})
    return rows


def _other(other: Other, scale: Scale, found: Ability, counted: int) -> Json:
    """Another run on this run's scale: its tallies are estimated anew."""
    numbers = parts.counts(other.gathered)
    theirs = estimate(other.gathered.tally(), scale)
    name = bounded(other.name, NAME)
    stands = words.Standing.UNKNOWN
    if counted and numbers["counted"]:
        stands = words.apart(found.low, found.high, theirs.low, theirs.high)
    return {
        "name": name,
        "kind": "baseline" if other.name.startswith(BASELINES) else "model",
        "ran": other.ran or None,
        "counts": numbers,
        "ability": parts.ability(theirs),
        "standing": str(stands),
        "sentence": words.against_other(name, stands),
    }


def _cheating(run: Gathered, scale: Scale, readings: Sequence[Reading]) -> Json:
    seen = run.transcripts
    said = Counter(each.cheating for each in readings)
    return {
        "transcripts": seen.there,
        "flagged": seen.flagged,
        "kinds": {str(kind): number for kind, number in sorted(seen.kinds.items())},
        "quoted": seen.quoted,
        "read": {
            "transcripts": len({(each.item, each.attempt) for each in readings}),
            "people": len({each.by for each in readings}),
            **{word: said[word] for word in ("yes", "no", "unclear")},
        },
        "treatments": parts.treatments(run, scale),
    }


def _headline(report: Json) -> Json:
    counts, ability, name = report["counts"], report["ability"], report["subject"]["model"]
    level = ability["level"]
    levels = (level["low"], level["high"]) if level["low"] is not None else (-1.0, 7.0)
    return {
        "sentence": words.headline(name, counts, report["run"]["state"]),
        "interval": words.interval(ability, levels, counted=counts["counted"]),
        "standing": [each["sentence"] for each in report["thresholds"]],
    }
