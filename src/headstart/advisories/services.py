"""The advisories room's writes: draft an advisory, release it to a tier, renew a tier's index."""

import hashlib
import re
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction

from headstart import __version__, clock
from headstart.advisories import queries, work
from headstart.advisories.errors import NotYoursToRelease, SequenceBehind, TierOutOfOrder, UnderEmbargo
from headstart.advisories.models import Advisory, Release, Shelf
from headstart.advisories.rules import content as saying
from headstart.advisories.rules.content import AdvisoryContent, Tier
from headstart.advisories.rules.csaf import csaf
from headstart.advisories.rules.index import document_names, envelope_name, sign_document
from headstart.advisories.rules.osv import osv
from headstart.advisories.work.sources import named_tier
from headstart.cases import queries as cases
from headstart.cases.rules import EmbargoState
from headstart.ledger import services as ledger
from headstart.ledger.rules.entries import PUBLIC
from headstart.ledger.work import hub_key
from headstart.packages.rules import ranges, versions
from headstart.packages.rules.purl import Purl, parse
from headstart.people import queries as people
from headstart.people.rules import Viewer
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities import services as sharing
from headstart.vulnerabilities.models import Vulnerability

CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}", re.ASCII)
OSV_PAGE = "https://osv.dev/vulnerability/"
SAYS = {Tier.FIRST: "Released to the first tier", Tier.EVERYONE: "Released to everyone"}


@transaction.atomic
def draft(vulnerability_id: str, *, actor: Viewer) -> Advisory:
    """Write the draft of a vulnerability's advisory from what is on record; again, it is written anew.

    One that a tier was told already stays as it is.

    Raises:
        NotYoursToRelease: the actor is not the hub.
        VulnerabilityNotFound: absent.
        DocumentInvalid: what is on record does not make a valid document.
    """
    _only_the_hub(actor)
    vulnerability = vulnerabilities.vulnerability(actor, vulnerability_id)
    _shelf(Tier.FIRST)  # one number at a time
    found = Advisory.objects.select_for_update().filter(vulnerability=vulnerability).first()
    if found and found.version:
        return found
    now = clock.now()
    advisory = found or Advisory(tracking_id=_next_tracking_id(now), vulnerability=vulnerability)
    revision = saying.Revision(number=0, at=now, summary="Draft")
    documents = _documents(_content(advisory, actor, (revision,), saying.Tlp.AMBER))
    advisory.csaf, advisory.osv, advisory.at = *documents.values(), now
    advisory.save()
    case = cases.case_of(actor, vulnerability_id)
    ledger.append(
        actor=actor.organisation_id,
        kind="advisory.drafted",
        subject=advisory.urn,
        details={"tracking_id": advisory.tracking_id, "vulnerability": vulnerability_id},
        audience=cases.readers_of(case) if case else [],
    )
    return advisory


@transaction.atomic
def release(advisory_id: str, tier: Tier | str, *, actor: Viewer) -> Release:
    """Tell a tier: a new version of the advisory, marked for it, signed, and published as files once recorded.

    Raises:
        NotYoursToRelease: the actor is not the hub.
        AdvisoryNotFound: absent.
        TierUnknown: there is no tier of that name.
        TierOutOfOrder: it was told already, or the tier before it was not.
        UnderEmbargo: everyone would know before the embargo ends.
        DocumentInvalid: what is on record does not make a valid document.
    """
    _only_the_hub(actor)
    tier = named_tier(tier)
    shelves = [_shelf(each) for each in (Tier.FIRST, tier)]
    found = queries.advisory(actor, advisory_id)
    advisory = Advisory.objects.select_for_update().select_related("vulnerability").get(id=found.id)
    _check_order(advisory, tier)
    _check_embargo(advisory, tier, actor)
    now = clock.now()
    revision = saying.Revision(number=advisory.version + 1, at=now, summary=SAYS[tier])
    before = (msgspec.convert(each, saying.Revision) for each in advisory.revisions)
    written = _content(advisory, actor, (*before, revision), saying.MARKING[tier])
    documents = _documents(written)
    files = {name: work.serialise(document) for name, document in documents.items()}
    advisory.csaf, advisory.osv = documents.values()
    advisory.envelopes = _envelopes(files, tier)
    advisory.version, advisory.at = revision.number, now
    advisory.revisions = [msgspec.to_builtins(each) for each in written.revisions]
    advisory.save()
    made = Release.objects.create(
        advisory=advisory,
        tier=tier,
        version=advisory.version,
        files={name: text.decode() for name, text in files.items()},
        path=f"published/{tier}",
        at=now,
    )
    for shelf in {each.tier: each for each in shelves}.values():
        shelf.sequence += 1
        shelf.save(update_fields=["sequence"])
        transaction.on_commit(partial(publish_tier, Tier(shelf.tier)))
    if tier is Tier.EVERYONE:
        sharing.make_public(advisory.vulnerability_id, actor=actor)
    else:
        sharing.tell_first(advisory.vulnerability_id, actor=actor)
    _record(advisory, tier, files, actor)
    return made


def publish_tier(tier: Tier) -> Path:
    """Write a tier's files anew from the records, and renew its index; safe to do at any time, any number of times.

    Raises:
        SequenceBehind: the folder holds a newer index than the records know of.
    """
    data = settings.HEADSTART_DATA
    folder = data / "published"
    with transaction.atomic():
        shelf = _shelf(tier)
        documents = _offered(tier)
    try:
        return work.publish(folder, tier, documents, hub_key(data), sequence=shelf.sequence)
    except SequenceBehind:
        if Shelf.objects.get(tier=tier).sequence == shelf.sequence:
            raise
        return Path(folder) / str(tier)  # another release came between: it has published this one too


def _offered(tier: Tier) -> dict[str, bytes]:
    """The newest version of each advisory that the tier may have: the first has what everyone has, and more."""
    may_have = Release.objects.filter(tier__in={Tier.EVERYONE, tier}).order_by("version")
    return {name: text.encode() for each in may_have for name, text in each.files.items()}


def _only_the_hub(actor: Viewer) -> None:
    if not actor.is_hub:
        raise NotYoursToRelease


def _shelf(tier: Tier) -> Shelf:
    Shelf.objects.get_or_create(tier=tier)
    return Shelf.objects.select_for_update().get(tier=tier)


def _next_tracking_id(now: datetime) -> str:
    taken = Advisory.objects.filter(tracking_id__startswith=f"HS-{now.year}-").values_list(
        "tracking_id", flat=True
    )
    return saying.tracking_id(now.year, max((int(each.rsplit("-", 1)[1]) for each in taken), default=0) + 1)


def _check_order(advisory: Advisory, tier: Tier) -> None:
    told = set(advisory.releases.values_list("tier", flat=True))
    if tier in told:
        raise TierOutOfOrder(advisory.tracking_id, f"was released to the tier {tier} already")
    if tier is Tier.EVERYONE and Tier.FIRST not in told:
        raise TierOutOfOrder(
            advisory.tracking_id, "goes to the first tier before everyone: release it there first"
        )


def _check_embargo(advisory: Advisory, tier: Tier, actor: Viewer) -> None:
    case = cases.case_of(actor, advisory.vulnerability_id)
    if tier is not Tier.EVERYONE or case is None or case.embargo != EmbargoState.ACTIVE:
        return
    if case.embargo_until and case.embargo_until > clock.now():
        raise UnderEmbargo(advisory.tracking_id, f"{case.embargo_until:%d %B %Y}")


def _documents(written: AdvisoryContent) -> dict[str, dict[str, Any]]:
    csaf_name, osv_name = document_names(written.tracking_id)
    documents = {csaf_name: csaf(written, engine_version=__version__), osv_name: osv(written)}
    for name, document in documents.items():
        work.validate(name, document)
    return documents


def _envelopes(files: dict[str, bytes], tier: Tier) -> dict[str, Any]:
    key = hub_key(settings.HEADSTART_DATA)
    return {
        envelope_name(name): msgspec.to_builtins(sign_document(name, text, tier, key))
        for name, text in files.items()
    }


def _record(advisory: Advisory, tier: Tier, files: dict[str, bytes], actor: Viewer) -> None:
    case = cases.case_of(actor, advisory.vulnerability_id)
    first = {*queries.first_to_know(), *(cases.readers_of(case) if case else ())}
    ledger.append(
        actor=actor.organisation_id,
        kind="advisory.released",
        subject=advisory.urn,
        details={
            "tracking_id": advisory.tracking_id,
            "tier": str(tier),
            "version": advisory.version,
            "sha256": {name: hashlib.sha256(text).hexdigest() for name, text in files.items()},
        },
        audience=[PUBLIC] if tier is Tier.EVERYONE else first,
    )


def _content(
    advisory: Advisory, actor: Viewer, revisions: tuple[saying.Revision, ...], tlp: saying.Tlp
) -> AdvisoryContent:
    """What is on record of a vulnerability, as its advisory says it."""
    vulnerability = advisory.vulnerability
    package = parse(vulnerability.package)
    hub = people.organisation(actor, people.hub().organisation_id)
    beside = vulnerability.beside
    cves = {each for held in beside for each in [held["id"], *held.get("aliases", [])] if CVE.fullmatch(each)}
    return AdvisoryContent(
        tracking_id=advisory.tracking_id,
        vulnerability_id=vulnerability.id,
        title=vulnerability.title,
        summary=vulnerability.summary,
        package=package,
        tlp=tlp,
        publisher=saying.Publisher(
            name=hub.name,
            namespace="https://" + settings.HEADSTART_ORIGIN.partition("/")[0],
            contact=hub.contact,
        ),
        revisions=revisions,
        affected=ranges.parse_vers(vulnerability.affected_vers) if vulnerability.affected_vers else None,
        fixed=vulnerability.fixed_in or None,
        tested=_tested(vulnerability, package, actor),
        weaknesses=work.weaknesses(vulnerability.weaknesses),
        cve=cves.pop() if len(cves) == 1 else None,
        references=tuple(
            saying.Reference(url=OSV_PAGE + held["id"], summary=f"{held['id']}, held beside our own runs")
            for held in beside
        ),
        credits=_credits(vulnerability, actor),
    )


def _tested(vulnerability: Vulnerability, package: Purl, actor: Viewer) -> tuple[saying.Tested, ...]:
    """The releases that were run, oldest first; the one that the finder proved it on, where no others were."""
    answers = vulnerabilities.releases_run(actor, vulnerability)
    if not answers:
        first = vulnerabilities.memberships(actor, vulnerability.id).filter(undone_at__isnull=True)[0].finding
        answers = {str(parse(first.purl).version): ranges.Affected.YES}
    order = versions.order(package.ecosystem, list(answers))
    return tuple(saying.Tested(version=each, affected=answers[each]) for each in order)


def _credits(vulnerability: Vulnerability, actor: Viewer) -> tuple[saying.Credit, ...]:
    memberships = vulnerabilities.memberships(actor, vulnerability.id).filter(undone_at__isnull=True)
    named = {each.finding.finder.name: each.finding.ai for each in memberships}
    return tuple(saying.Credit(organisation=name, ai=ai) for name, ai in named.items())
