"""An advisory as an OSV record (ossf/osv-schema 1.7).

The id has the prefix `x_`, which the schema keeps for databases that are not registered with OSV.
"""

from typing import Any

from headstart.advisories.rules.content import AdvisoryContent, Tlp, evidence, versions_of
from headstart.advisories.rules.csaf import instant
from headstart.packages.rules import osv as osv_record
from headstart.packages.rules.ranges import Affected

SCHEMA_VERSION = "1.7.0"

Json = dict[str, Any]


def osv_id(tracking_id: str) -> str:
    """The record's id: `x_HS-2026-0001`."""
    return f"x_{tracking_id}"


def osv(content: AdvisoryContent) -> Json:
    """The record. `published` is absent until everyone may know."""
    found: Json = {
        "schema_version": SCHEMA_VERSION,
        "id": osv_id(content.tracking_id),
        "modified": instant(content.revisions[-1].at),
        "summary": content.title,
        "details": f"{content.summary}\n\n{evidence(content)}",
        "affected": [_affected(content)],
        "database_specific": _own(content),
    }
    if content.tlp is Tlp.CLEAR:
        found["published"] = found["modified"]
    if content.cve:
        found["aliases"] = [content.cve]
    if content.references:
        found["references"] = [{"type": "WEB", "url": each.url} for each in content.references]
    if content.credits:
        found["credits"] = _credits(content)
    return found


def _affected(content: AdvisoryContent) -> Json:
    """The package and its range; what OSV has no word for (an ecosystem, a bound) is told in our own terms."""
    entry: Json = {}
    ranged = content.affected if content.affected and content.affected.intervals else None
    sayable = osv_record.is_named(content.package) and not any(
        each.after for each in (ranged.intervals if ranged else ())
    )
    if osv_record.is_named(content.package):
        entry["package"] = {
            "ecosystem": content.package.ecosystem,
            "name": content.package.full_name,
            "purl": str(content.package),
        }
    else:
        entry["database_specific"] = {"purl": str(content.package)}
    if ranged and sayable:
        entry["ranges"] = osv_record.ranges_of(ranged)
    elif ranged:
        entry.setdefault("database_specific", {})["vers"] = ranged.vers()
    versions = versions_of(content, Affected.YES)
    if versions:
        entry["versions"] = versions
    return entry


def _credits(content: AdvisoryContent) -> list[Json]:
    people = [{"name": each.organisation, "type": "FINDER"} for each in content.credits]
    models = dict.fromkeys(each.ai for each in content.credits if each.ai)
    return [*people, *({"name": each, "type": "TOOL"} for each in models)]


def _own(content: AdvisoryContent) -> Json:
    own: Json = {"tlp": str(content.tlp), "version": content.version, "publisher": content.publisher.name}
    if content.weaknesses:
        own["cwe_ids"] = [each.id for each in content.weaknesses]
    return own
