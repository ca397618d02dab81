"""A sweep as a page shows it: the picture, the same in words, the counts, and the table behind it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headstart.packages.errors import RangeInvalid
from headstart.packages.rules.ranges import parse_vers
from headstart.web import strips
from headstart.web.strips import Opinion

if TYPE_CHECKING:
    from headstart.proofs.models import ReleaseRun


def opinions(
    versions: Sequence[str], beside: Iterable[Mapping[str, Any]], claimed: str = ""
) -> list[Opinion]:
    """What the public advisories, and the finder's own claim, say of these releases; nothing that can't be read."""
    named = [(_advisory(each), str(each["vers"])) for each in beside]
    named += [("the finder's own claim", claimed)] if claimed else []
    found = []
    for name, vers in named:
        try:
            said = tuple(str(parse_vers(vers).contains(version)) for version in versions)
        except RangeInvalid:
            continue
        if set(said) - {"unknown"}:
            found.append(Opinion(name=name, said=said))
    return found


def _advisory(held: Mapping[str, Any]) -> str:
    names = [str(held["id"]), *map(str, held.get("aliases", ()))]
    cve = next((each for each in names if each.startswith("CVE-")), names[0])
    return f"the public advisory {cve}"


def swept(
    answers: Mapping[str, str], rows: Iterable["ReleaseRun"], said: Sequence[Opinion] = ()
) -> dict[str, Any]:
    """What the templates take. `answers` is in the ecosystem's order; `rows` explain them."""
    releases = list(answers.items())
    counts = strips.counts(releases)
    return {
        "strip": strips.strip(releases, said),
        "told": strips.told(releases),
        "key": [
            {"swatch": strips.swatch(state), "says": strips.SAYS[state], "count": count}
            for state, count in counts.items()
        ],
        "differs": any(
            {answers[version], there} == {"yes", "no"} for version, there in _pairs(answers, said)
        ),
        "again": any(each.again for each in strips.stretches(releases)),
        "counts": counts,
        "of": len(releases),
        "rows": _table(answers, rows),
    }


def _pairs(answers: Mapping[str, str], said: Sequence[Opinion]) -> Iterable[tuple[str, str]]:
    return ((version, there) for each in said for version, there in zip(answers, each.said, strict=True))


def _table(answers: Mapping[str, str], rows: Iterable["ReleaseRun"]) -> list[dict[str, Any]]:
    """A row for each release: the answer, and the run that gave it."""
    by_version: dict[str, list[ReleaseRun]] = {}
    for row in rows:
        by_version.setdefault(row.version, []).append(row)
    found = []
    for version, answer in answers.items():
        runs = by_version.get(version, [])
        why = next((each for each in runs if each.affected == answer), runs[0] if runs else None)
        found.append({"version": version, "answer": answer, "run": why})
    return found
