"""An advisory as a CSAF 2.0 document of the profile "Security Advisory" (section 4.4).

There is no score in it: rating is for those who deploy. TLP 2.0's CLEAR is written WHITE, for CSAF 2.0 knows
TLP 1.0 alone (3.2.1.5.2.1); the marking by its TLP 2.0 name stands in `distribution.text`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from headstart.advisories.rules.content import (
    AdvisoryContent,
    Credit,
    Status,
    Tlp,
    evidence,
    versions_of,
)
from headstart.packages.rules.ranges import Affected

LABELS: Mapping[Tlp, str] = {Tlp.AMBER: "AMBER", Tlp.CLEAR: "WHITE"}
TLP_PAGE = "https://www.first.org/tlp/"
PROFILE = "csaf_security_advisory"

Json = dict[str, Any]


def csaf(content: AdvisoryContent, *, engine_version: str = "") -> Json:
    """The document; `engine_version` is that of the program that writes it."""
    return {
        "document": _document(content, engine_version),
        "product_tree": {"branches": [_product(content)]},
        "vulnerabilities": [_vulnerability(content)],
    }


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _document(content: AdvisoryContent, engine_version: str) -> Json:
    publisher = {
        "category": "coordinator",
        "name": content.publisher.name,
        "namespace": content.publisher.namespace,
    }
    if content.publisher.contact:
        publisher["contact_details"] = content.publisher.contact
    found: Json = {
        "category": PROFILE,
        "csaf_version": "2.0",
        "distribution": {
            "text": str(content.tlp),
            "tlp": {"label": LABELS[content.tlp], "url": TLP_PAGE},
        },
        "lang": "en",
        "notes": [_note("summary", "Summary", content.summary)],
        "publisher": publisher,
        "title": content.title,
        "tracking": _tracking(content, engine_version),
    }
    if content.references:
        found["references"] = [
            {"category": "external", "summary": each.summary, "url": each.url} for each in content.references
        ]
    return found


def _tracking(content: AdvisoryContent, engine_version: str) -> Json:
    newest = content.revisions[-1]
    engine = {"name": "Headstart"} | ({"version": engine_version} if engine_version else {})
    return {
        "current_release_date": instant(newest.at),
        "generator": {"date": instant(newest.at), "engine": engine},
        "id": content.tracking_id,
        "initial_release_date": instant(content.revisions[0].at),
        "revision_history": [
            {"date": instant(each.at), "number": str(each.number), "summary": each.summary}
            for each in content.revisions
        ],
        "status": str(content.status),
        "version": str(content.version),
    }


def _note(category: str, title: str, text: str) -> Json:
    return {"category": category, "title": title, "text": text}


def _range_id(content: AdvisoryContent) -> str | None:
    return content.affected.vers() if content.affected and content.affected.intervals else None


def _product(content: AdvisoryContent) -> Json:
    """The package, its affected range, and each release that was run or is named as fixed."""
    name = content.package.full_name
    branches = []
    ranged = _range_id(content)
    if ranged:
        branches.append(
            _branch("product_version_range", ranged, ranged, f"{name} {ranged}", str(content.package))
        )
    versions = [each.version for each in content.tested]
    if content.fixed and content.fixed not in versions:
        versions.append(content.fixed)
    for version in versions:
        purl = str(content.package.at(version))
        branches.append(_branch("product_version", version, purl, f"{name} {version}", purl))
    return {"category": "product_name", "name": name, "branches": branches}


def _branch(category: str, label: str, product_id: str, name: str, purl: str) -> Json:
    return {
        "category": category,
        "name": label,
        "product": {
            "name": name,
            "product_id": product_id,
            "product_identification_helper": {"purl": purl},
        },
    }


def _vulnerability(content: AdvisoryContent) -> Json:
    found: Json = {
        "title": content.title,
        "ids": [{"system_name": content.publisher.name, "text": content.vulnerability_id}],
        "notes": [
            _note("description", "What goes wrong", content.summary),
            _note("details", "What was run", evidence(content)),
        ],
        "product_status": _status(content),
    }
    if content.cve:
        found["cve"] = content.cve
    if content.weaknesses:  # CSAF 2.0 has room for one (3.2.3.3); the others are told in words
        first, *others = content.weaknesses
        found["cwe"] = {"id": first.id, "name": first.name}
        if others:
            names = "; ".join(f"{each.id} {each.name}" for each in others)
            found["notes"].append(_note("other", "Further weaknesses", names))
    if content.discovered:
        found["discovery_date"] = instant(content.discovered)
    if content.status is not Status.DRAFT:
        found["release_date"] = instant(content.revisions[0].at)
    if content.credits:
        found["acknowledgments"] = [_thanks(each) for each in content.credits]
    remediations = _remediations(content)
    if remediations:
        found["remediations"] = remediations
    return found


def _status(content: AdvisoryContent) -> Json:
    """Each release stands in one group alone (6.1.6); a release from before the flaw was never affected."""
    affected = versions_of(content, Affected.YES)
    sound = versions_of(content, Affected.NO)
    order = [each.version for each in content.tested]
    begins = order.index(affected[0]) if affected else 0
    fixed = [each for each in sound if affected and order.index(each) > begins]
    if content.fixed and content.fixed not in fixed:
        fixed.append(content.fixed)
    ranged = _range_id(content)
    groups = {
        "known_affected": [*([ranged] if ranged else []), *_ids(content, affected)],
        "first_fixed": _ids(content, [content.fixed] if content.fixed else []),
        "fixed": _ids(content, fixed),
        "known_not_affected": _ids(content, [each for each in sound if each not in fixed]),
        "under_investigation": _ids(content, versions_of(content, Affected.UNKNOWN)),
    }
    return {group: ids for group, ids in groups.items() if ids}


def _ids(content: AdvisoryContent, versions: Sequence[str]) -> list[str]:
    return [str(content.package.at(each)) for each in versions]


def _remediations(content: AdvisoryContent) -> list[Json]:
    status = _status(content)
    affected = [*status.get("known_affected", ()), *status.get("under_investigation", ())]
    if not affected:
        return []
    known: list[Json] = [
        {"category": "workaround", "details": each, "product_ids": affected} for each in content.workarounds
    ]
    if content.fixed:
        name = f"{content.package.full_name} {content.fixed}"
        details = f"Update to {name}: the first release in which the proof no longer works."
        known.insert(0, {"category": "vendor_fix", "details": details, "product_ids": affected})
    elif not known:
        details = "No release with a fix is known to the publisher."
        known.append({"category": "none_available", "details": details, "product_ids": affected})
    return known


def _thanks(credit: Credit) -> Json:
    said = {"organization": credit.organisation}
    if credit.ai:
        said["summary"] = f"found with the AI model {credit.ai}"
    return said
