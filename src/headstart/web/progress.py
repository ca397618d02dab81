"""From report to patch: each step's count with its own denominator. They overlap, and are never added."""

from dataclasses import dataclass

from headstart.advisories import queries as advisories
from headstart.cases import queries as cases
from headstart.exposure.queries import Line
from headstart.people.rules import Viewer
from headstart.proofs import queries as proofs
from headstart.vulnerabilities import queries as vulnerabilities

HELD_UP = ("controlled", "contrasted", "vouched")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`n` of `of` `what`; a first step has no denominator. `left` says in words what is not done yet, if anything."""

    name: str
    n: int
    of: int | None
    what: str
    left: str = ""


def steps(viewer: Viewer, lines: list[Line]) -> list[Step]:
    """The steps, of what the viewer may see; `lines` are the operators' days."""
    return [*_reports(viewer), *_vulnerabilities(viewer), *_operators(lines)]


def _reports(viewer: Viewer) -> list[Step]:
    rungs = proofs.rung_counts(viewer)
    handed = sum(rungs.values())
    unrunnable = rungs.get("unrunnable", 0)
    ran = handed - rungs.get("claimed", 0) - unrunnable
    held = sum(rungs.get(each, 0) for each in HELD_UP)
    rows = [
        Step(name="Handed in", n=handed, of=None, what="reports, each with a proof"),
        Step(
            name="Run in fresh sandboxes",
            n=ran,
            of=handed,
            what="reports",
            left=f"{handed - ran} of {handed} reports have not been run",
        ),
        Step(name="Refuted", n=rungs.get("refuted", 0), of=ran, what="reports that were run"),
        Step(name="Held up", n=held, of=ran, what="reports that were run"),
    ]
    if unrunnable:
        rows.insert(2, Step(name="Could not be run here", n=unrunnable, of=handed, what="reports"))
    return rows


def _vulnerabilities(viewer: Viewer) -> list[Step]:
    found = vulnerabilities.vulnerabilities(viewer).count()
    rows = (
        ("Affected releases known", vulnerabilities.ranged(viewer).count(), "have no affected releases yet"),
        ("Maintainer told", cases.told_a_maintainer(viewer).count(), "have a maintainer who is not told"),
        ("Fix proved", proofs.with_a_fix(viewer).count(), "have no fix that was proved"),
        ("First tier told", advisories.told(viewer, "first").count(), "are not told to the first tier"),
        ("Everyone told", advisories.told(viewer, "everyone").count(), "are not told to everyone"),
    )
    opened = Step(name="One root cause each", n=found, of=None, what="vulnerabilities")
    return [
        opened,
        *(
            Step(
                name=name,
                n=n,
                of=found,
                what="vulnerabilities",
                left=f"{found - n} of {found} vulnerabilities {lacking}",
            )
            for name, n, lacking in rows
        ),
    ]


def _operators(lines: list[Line]) -> list[Step]:
    return [
        Step(
            name=f"Patched: {line.name}",
            n=line.total - line.points[-1].unpatched,
            of=line.total,
            what="affected assets, each counted once for a vulnerability",
            left=f"{line.points[-1].unpatched} of {line.total} are unpatched at {line.name}",
        )
        for line in lines
    ]


def left_to_do(rows: list[Step]) -> list[str]:
    """What the steps still lack, a line each."""
    return [step.left for step in rows if step.left and step.of is not None and step.n < step.of]
