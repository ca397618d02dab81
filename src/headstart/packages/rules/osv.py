"""What an OSV record (ossf/osv-schema 1.7) says of a package's releases: written, and held beside what was seen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from headstart.packages.errors import PurlInvalid, RangeInvalid
from headstart.packages.rules import ranges
from headstart.packages.rules.purl import ECOSYSTEMS, Purl, parse
from headstart.packages.rules.ranges import Affected, Range

SEMVER = frozenset(
    {"npm", "crates.io", "Go", "Hex", "Pub", "SwiftURL"}
)  # ecosystems that order by SemVer 2.0

Json = dict[str, Any]


def is_named(package: Purl) -> bool:
    """Whether OSV has a name for the package's ecosystem."""
    return package.type in ECOSYSTEMS and package.type != "generic"


def ranges_of(affected: Range) -> list[Json]:
    """One range for each way of ending: `fixed` and `last_affected` exclude each other in one (the schema).

    Raises:
        RangeInvalid: a lower bound is itself outside, which OSV can't say.
    """
    kind = "SEMVER" if affected.ecosystem in SEMVER else "ECOSYSTEM"
    ends_fixed = tuple(each for each in affected.intervals if not each.last_affected)
    ends_last = tuple(each for each in affected.intervals if each.last_affected)
    return [
        {"type": kind, "events": replace(affected, intervals=intervals).osv_events()}
        for intervals in (ends_fixed, ends_last)
        if intervals
    ]


def affected_of(package: Purl, seen: Range, answers: Mapping[str, Affected]) -> Json:
    """One entry of `affected` from what was seen on each release.

    `versions` lists those that were seen affected; those of which nothing is known stand in `database_specific`,
    for the ranges reach over them.
    """
    own: Json = {"unknown": [each for each in answers if answers[each] is Affected.UNKNOWN]}
    entry: Json = {"versions": [each for each in answers if answers[each] is Affected.YES]}
    if is_named(package):
        named = {"ecosystem": package.ecosystem, "name": package.full_name}
        entry["package"] = {**named, "purl": str(package.without_version)}
        entry["ranges"] = ranges_of(seen)
    else:
        own["purl"] = str(package.without_version)
        own["vers"] = seen.vers() if seen.intervals else ""
    return {**entry, "database_specific": own}


def commits_of(repository: str, seen: Range, answers: Mapping[str, Affected]) -> Json:
    """One entry of `affected` from what was seen on commits: a GIT range, and the commits that gave no answer.

    `repository`: its https address, or empty where it has none that others can reach.
    """
    own: Json = {"unknown": [each for each in answers if answers[each] is Affected.UNKNOWN]}
    ranged: Json = {"type": "GIT", "events": seen.osv_events()}
    return {"ranges": [{**ranged, "repo": repository} if repository else ranged], "database_specific": own}


def beside(
    package: Purl, advisory: Mapping[str, Any], ours: Range, versions: Iterable[str]
) -> dict[str, Any] | None:
    """What we saw, held beside a public advisory (an OSV record): the releases on which the two agree and differ.

    `versions` are the releases that were looked at. None where the record says nothing of this package's releases.

    Raises:
        RangeInvalid: the record's range can't be read.
    """
    theirs = _stated(package, advisory)
    if theirs is None:
        return None
    looked_at = list(versions)
    differ = ranges.compare(package.ecosystem, looked_at, ours, theirs)
    named = {each.version for each in differ}
    both = [
        each for each in looked_at if Affected.UNKNOWN not in {ours.contains(each), theirs.contains(each)}
    ]
    return {
        "id": str(advisory.get("id", ""))[:200],
        "aliases": [str(each)[:200] for each in advisory.get("aliases") or ()],
        "vers": theirs.vers() if theirs.intervals else "",
        "releases": len(looked_at),
        "answered": sum(ours.contains(each) is not Affected.UNKNOWN for each in looked_at),
        "agree": [each for each in both if each not in named],
        "differ": [
            {"version": each.version, "ours": str(each.ours), "theirs": str(each.theirs)} for each in differ
        ],
    }


def _stated(package: Purl, advisory: Mapping[str, Any]) -> Range | None:
    """The range of all the record's entries about a package; None where there is none."""
    try:
        entries = [each for each in advisory.get("affected") or () if _is_about(package, each)]
        listed = [each for entry in entries for each in entry.get("versions") or ()]
        ranged = [each for entry in entries for each in entry.get("ranges") or ()]
        if not listed and all(each.get("type") == "GIT" for each in ranged):
            return None
        stated = {"package": {"ecosystem": package.ecosystem}, "versions": listed, "ranges": ranged}
        return ranges.from_osv(stated)
    except (AttributeError, TypeError, KeyError) as error:
        raise RangeInvalid(str(advisory)[:200], "it is no OSV record") from error


def _is_about(package: Purl, entry: Mapping[str, Any]) -> bool:
    named = entry.get("package") or {}
    if named.get("ecosystem") != package.ecosystem:
        return False
    try:
        return parse(f"pkg:{package.type}/{quote(named['name'], safe='/')}") == package.without_version
    except PurlInvalid:
        return False
