"""What to do, by when and why, for a hospital's only administrator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from headstart.packages.rules.ranges import Affected
from headstart.priority.rules.decisions import Answer, Decision, Impact, Inputs, Timeline

BINDS_FROM = date(2026, 12, 7)
UPGRADE = "at its next upgrade"
ASK = "ask whoever looks after your firewall or website whether it can"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A component of an asset that a vulnerability affects, or may affect."""

    name: str
    version: str | None
    fixed: str | None
    affected: Affected


def what(asset: str, needs: Sequence[Need], triage: Answer) -> str:
    """What to do, as one sentence without its full stop."""
    sure = [each for each in needs if each.affected is Affected.YES]
    deed = _update(asset, sure) if sure else _find_out(asset, needs)
    if triage is Answer.YES:
        return f"{deed}; before you do, save its memory and logs, for someone may be in it already"
    return deed


def _update(asset: str, needs: Sequence[Need]) -> str:
    name = needs[0].name
    versions = _and(sorted({each.version for each in needs if each.version}))
    fixes = sorted({each.fixed for each in needs if each.fixed})
    if not fixes:
        trouble = f"{name} {versions} on it is affected, and no fixed release is known yet"
        return f"Limit who can reach the {asset}: {trouble}"
    return f"Update {name} from {versions} to {_and(fixes)} or later on the {asset}"


def _find_out(asset: str, needs: Sequence[Need]) -> str:
    need = needs[0]
    then = f"; if it is older than {need.fixed}, update it to {need.fixed} or later" if need.fixed else ""
    if need.version is None:
        return f"Find out which release of {need.name} the {asset} runs{then}"
    return f"Find out whether {need.name} {need.version} on the {asset} is affected{then}"


def by_when(decision: Decision, told: date) -> str:
    """By when, as the end of a sentence: dates of the operator's calendar; a range where something is unknown."""
    if decision.reach_matters:
        closed = _span(decision.if_not_exposed, told)
        opened = _span(decision.if_exposed, told)
        return f"{closed}; if it can be reached from the internet, {opened}: {ASK}"
    return _span(decision.possible, told)


def _span(possible: Sequence[Timeline], told: date) -> str:
    first, last = possible[0].due(told), possible[-1].due(told)
    if first == last:
        return f"by {day(first, told)}" if first else UPGRADE
    end = f"by {day(last, told)}" if last else UPGRADE
    return f"by {day(first, told)} to be safe, and {end} at the latest" if first else end


def day(when: date | None, told: date) -> str:
    """`Friday 4 December`; with its year where that is not the year of `told`."""
    if when is None:
        return UPGRADE
    year = "" if when.year == told.year else f" {when.year}"
    return f"{when:%A} {when.day} {when:%B}{year}"


_REACH: Mapping[Answer, str] = {
    Answer.YES: "it can be reached from the internet",
    Answer.NO: "it can't be reached from the internet",
    Answer.UNKNOWN: "nobody has said whether it can be reached from the internet",
}
_KEV: Mapping[Answer, str] = {
    Answer.YES: "attackers use the flaw already (it is in CISA's KEV catalogue)",
    Answer.NO: "the flaw is not in CISA's catalogue of exploited ones",
    Answer.UNKNOWN: "it is not known whether attackers use the flaw",
}
_AUTOMATABLE: Mapping[Answer, str] = {
    Answer.YES: "attacks with it can be automated",
    Answer.NO: "attacks with it can't be automated",
    Answer.UNKNOWN: "it is not known whether attacks with it can be automated",
}
_IMPACT: Mapping[Impact, str] = {
    Impact.TOTAL: "it gives an attacker full control",
    Impact.PARTIAL: "it gives an attacker limited control",
    Impact.UNKNOWN: "it is not known how much control it gives",
}


def why(inputs: Inputs, *, title: str, service: str, epss: float | None) -> str:
    """Why: the four inputs, each said, unknown ones too; then the flaw, and what hangs on the asset."""
    reasons = [
        _REACH[inputs.exposed],
        _KEV[inputs.in_kev],
        _AUTOMATABLE[inputs.automatable],
        _IMPACT[inputs.impact],
    ]
    text = f"because {_and(reasons)}. The flaw: {title.rstrip('.')}."
    if epss is not None:
        text += f" EPSS puts the chance that it is attacked within 30 days at {epss:.1%}."
    if service:
        text += f" What depends on it: {service.rstrip('.')}."
    return text


def basis(told: date, *, federal: bool = False) -> str:
    """What the days rest on, and whether they bind."""
    if federal:
        start = "binds you" if told >= BINDS_FROM else "binds you from 7 December 2026"
        return f"The days are those of CISA's directive BOD 26-04, which {start}."
    return "The days are those of CISA's directive BOD 26-04; it binds federal civilian agencies, to you it is advice."


def _and(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
