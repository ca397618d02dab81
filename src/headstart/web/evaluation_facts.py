"""How an evaluation was done, as facts of a line each: effort is part of the result (EVALUATION.md, rule 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headstart.web.harmless import harmless

UNKNOWN = "not said"
ACCESS = {
    "AL1": "AL1: the model's answers alone",
    "AL2": "AL2: answers, and more than the public gets of the model's settings",
    "AL3": "AL3: as far in as its developer is",
}
SAFEGUARDS = {"on": "on", "off": "off", "unknown": "not known whether on or off"}
FORMS = {
    "adaptive": "adaptive: the next item is the one that tells most",
    "fixed": "a fixed form: families in turn, levels spread evenly",
}
UNITS = {
    "messages": "{:,.0f} messages",
    "tokens": "{:,.0f} tokens",
    "seconds": "{:,.0f} s",
    "cost": "{:,.2f} US dollars",
    "tool_seconds": "{:,.0f} s for a call of a tool",
    "reply_tokens": "{:,.0f} tokens for a reply",
}

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A term and what is said of it; `code` where it is to be copied, not read."""

    term: str
    says: str
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Facts that belong together."""

    title: str
    facts: list[Fact]


def facts(report: Report) -> list[Group]:
    """Everything that a reader needs to judge, or to repeat, the evaluation."""
    return [
        Group(title="What was examined", facts=_subject(report)),
        Group(title="How it was run", facts=_run(report)),
        Group(title="How items were chosen and counted", facts=_plan(report)),
        Group(title="What was sealed", facts=_seal(report)),
    ]


def _subject(report: Report) -> list[Fact]:
    subject, run = report["subject"], report["run"]
    return [
        _fact("Model", subject["model"]),
        _fact("Snapshot", subject["snapshot"]),
        _fact("Access", ACCESS.get(subject["access_level"] or "", subject["access_level"])),
        _fact("Safeguards", SAFEGUARDS.get(subject["safeguards"], subject["safeguards"])),
        _fact("Evaluator", subject["evaluator"]),
        _fact("Independence", subject["independence"]),
        _fact("Dates", f"{_date(run['started'])} to {_date(run['ended'])}"),
    ]


def _run(report: Report) -> list[Fact]:
    run, took = report["run"], report["effort"]
    sandbox = run["sandbox"]["provider"] or UNKNOWN
    cost = "cost not known" if took["cost"] is None else f"{took['cost']:,.2f} US dollars"
    return [
        _fact("Scaffold", run["scaffold"]),
        _fact("Tools", ", ".join(run["tools"])),
        _fact("Attempts at each item", str(report["plan"]["attempts"])),
        _fact("Caps for one item", _caps(run["item_budget"])),
        _fact("Caps for the whole run", _caps(run["limits"])),
        _fact(
            "Used",
            f"{took['tokens']:,} tokens ({took['input_tokens']:,} in, {took['output_tokens']:,} out), {cost}, "
            f"{took['seconds'] / 3600:,.1f} hours of attempts, {took['attempts']:,} attempts",
        ),
        _fact("Sandbox", f"{sandbox}{', the weaker one' if run['sandbox']['weaker'] else ''}"),
        _fact("Ended", f"{run['state']}: {run['stopped_by'] or UNKNOWN}"),
    ]


def _plan(report: Report) -> list[Fact]:
    plan, counts = report["plan"], report["counts"]
    sides = " and ".join(f"{number} of {side}" for side, number in counts["sides"].items())
    return [
        _fact("Items", f"{counts['items']:,} of {counts['families']} families ({sides or 'none'})"),
        _fact("Chosen", FORMS.get(plan["form"], plan["form"])),
        _fact("Stopping rule", plan["stopping"]),
        _fact("Anchors", f"{100 * plan['anchor_share']:.0f}% of the items are drawn at random"),
        _fact("At once", f"at most {plan['in_flight']} items"),
        _fact("Framings of the prompt", ", ".join(plan["framings"])),
        _fact("Scoring", plan["scoring"]),
        _fact(
            "Prior",
            f"normal, mean {plan['prior']['mean']:g}, deviation {plan['prior']['deviation']:g} logits; families differ "
            f"by {plan['family_deviation']:g}, items by {plan['residual_deviation']:g} logits (deviations)",
        ),
        _fact("Scale", plan["scale_source"]),
    ]


def _seal(report: Report) -> list[Fact]:
    plan = report["plan"]
    held = (
        "the plan here is the one that was committed to"
        if plan["matches"]
        else "the plan here is another one"
    )
    return [
        _fact("Commitment", plan["commitment"], code=True),
        _fact("Held against it", held),
        _fact("Root of the logs", report["log_root"] or "none yet", code=bool(report["log_root"])),
        _fact("Report made", _date(report["made"])),
    ]


def _fact(term: str, says: str | None, *, code: bool = False) -> Fact:
    return Fact(term=term, says=harmless(says or UNKNOWN, 2000), code=code)


def _caps(caps: Mapping[str, Any]) -> str:
    """The caps that readers ask about, each with its unit; what is null is no cap."""
    found = [
        words.format(caps[key]) for key, words in UNITS.items() if isinstance(caps.get(key), int | float)
    ]
    return ", ".join(found) or "none was set"


def _date(moment: str | None) -> str:
    if not moment:
        return "not yet"
    at = datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
