"""The vulnerabilities room's writes: open, merge, un-merge, say which releases are affected."""

import threading
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.db import transaction

from headstart import clock
from headstart.findings import queries as findings
from headstart.findings.models import Finding
from headstart.ledger import services as ledger
from headstart.packages.rules import osv, ranges, versions
from headstart.packages.rules.purl import parse
from headstart.packages.rules.ranges import Affected
from headstart.people.models import Organisation
from headstart.people.rules import Viewer
from headstart.proofs import queries as proofs
from headstart.proofs import services as proving
from headstart.proofs.rules import Rung
from headstart.vulnerabilities import queries, rules
from headstart.vulnerabilities.errors import LastFinding, NotProved, VulnerabilityNotFound
from headstart.vulnerabilities.models import Membership, Reader, Vulnerability
from headstart.vulnerabilities.rules import Basis, Candidate

_sweeping: dict[str, threading.Lock] = {}
ENOUGH = (Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED)


def group(finding_id: str, *, actor: Viewer) -> Vulnerability:
    """Put a proved finding where it belongs: into the vulnerability that behaves the same, or a new one.

    Compares by running with each vulnerability of the same package, which takes seconds each.

    Raises:
        FindingNotFound: absent, or not this actor's to see.
        NotProved: it has not reached `controlled`.
    """
    finding = findings.finding(actor, finding_id)
    proof = proofs.latest_proof(actor, finding_id)
    if proof is None or proof.rung not in ENOUGH:
        raise NotProved(finding_id, proof.rung if proof else Rung.CLAIMED)
    home = queries.of_finding(actor, finding_id)
    if home is not None:
        return home
    candidates = [_compare(each, finding, actor) for each in _of_package(finding.package)]
    joined = rules.join(candidates)
    looked_at = [fact for each in candidates for fact in each.facts]
    with transaction.atomic():
        if joined is None:
            return _open(finding, actor, looked_at)
        return _add(joined, finding, actor)


def _of_package(package: str) -> Iterable[Vulnerability]:
    return Vulnerability.objects.filter(package=package)


def _compare(vulnerability: Vulnerability, finding: Finding, actor: Viewer) -> Candidate:
    first = vulnerability.memberships.filter(basis=Basis.OPENED).select_related("finding").get().finding
    evidence = proving.compare(first.id, finding.id, actor=actor)
    facts = tuple(
        {**asdict(fact), "with": first.id, "vulnerability": vulnerability.id} for fact in evidence.facts
    )
    return Candidate(vulnerability_id=vulnerability.id, same=str(evidence.same), facts=facts)


def _open(finding: Finding, actor: Viewer, looked_at: list[dict[str, Any]]) -> Vulnerability:
    now = clock.now()
    made = Vulnerability.objects.create(
        package=finding.package,
        title=finding.title,
        summary=finding.summary,
        weaknesses=finding.weaknesses,
        opened_at=now,
    )
    Membership.objects.create(
        vulnerability=made, finding=finding, basis=Basis.OPENED, evidence=looked_at, since=now
    )
    _record(made, actor, "vulnerability.opened", {"finding": finding.id, "package": made.package})
    return made


def _add(candidate: Candidate, finding: Finding, actor: Viewer) -> Vulnerability:
    home = Vulnerability.objects.select_for_update().get(id=candidate.vulnerability_id)
    Membership.objects.create(
        vulnerability=home,
        finding=finding,
        basis=Basis.BEHAVIOUR,
        evidence=list(candidate.facts),
        since=clock.now(),
    )
    _record(home, actor, "vulnerability.merged", {"finding": finding.id})
    return home


@transaction.atomic
def un_merge(vulnerability_id: str, finding_id: str, *, actor: Viewer, reason: str) -> Vulnerability:
    """Take a finding out again; it opens a vulnerability of its own, and both keep what was known.

    Raises:
        VulnerabilityNotFound: absent, not the actor's to see, or the finding is not in it.
        LastFinding: it is the finding that opened the vulnerability.
    """
    home = queries.vulnerability(actor, vulnerability_id)
    row = Membership.objects.select_for_update().filter(
        vulnerability=home, finding_id=finding_id, undone_at__isnull=True
    )
    membership = row.select_related("finding").first()
    if membership is None:
        raise VulnerabilityNotFound(vulnerability_id)
    if membership.basis == Basis.OPENED:
        raise LastFinding(finding_id)
    membership.undone_at = clock.now()
    membership.save(update_fields=["undone_at"])
    _record(home, actor, "vulnerability.unmerged", {"finding": finding_id, "reason": reason})
    return _open(membership.finding, actor, [])


def find_range(vulnerability_id: str, *, actor: Viewer) -> Vulnerability:
    """Say which releases are affected, by running every release of the package with each finding's report.

    A release is affected where any finding's trigger works on it: a fix has to stop them all.

    Raises:
        VulnerabilityNotFound: absent, or not this actor's to see.
    """
    vulnerability = queries.vulnerability(actor, vulnerability_id)
    members = vulnerability.memberships.filter(undone_at__isnull=True).values_list("finding_id", flat=True)
    table = rules.together([_swept(each, actor) for each in members])
    observed = ranges.observed(parse(vulnerability.package).ecosystem, table)
    fixed = [each.fixed for each in observed.intervals if each.fixed]
    last = versions.order(observed.ecosystem, fixed)[-1] if fixed else ""
    with transaction.atomic():
        vulnerability.affected_vers = observed.vers() if observed.intervals else ""
        vulnerability.fixed_in = last
        vulnerability.save(update_fields=["affected_vers", "fixed_in"])
        details = {"affected": vulnerability.affected_vers, "fixed_in": last, "releases": len(table)}
        _record(vulnerability, actor, "vulnerability.ranged", details)
    return vulnerability


def _swept(finding_id: str, actor: Viewer) -> dict[str, Affected]:
    """A finding's sweep, run where there is none yet; two jobs of this process don't run the same one."""
    with _sweeping.setdefault(finding_id, threading.Lock()):
        known = proofs.release_runs(actor, finding_id)
        return {each.version: Affected(each.affected) for each in known} or proving.sweep(
            finding_id, actor=actor
        )


@transaction.atomic
def hold_beside(vulnerability_id: str, advisory: dict[str, Any], *, actor: Viewer) -> Vulnerability:
    """Hold what we saw beside a public advisory (an OSV record): every release on which the two differ, by name.

    Raises:
        VulnerabilityNotFound: absent, or not this actor's to see.
        RangeInvalid: the record's range can't be read.
    """
    vulnerability = queries.vulnerability(actor, vulnerability_id)
    ours = queries.seen_range(actor, vulnerability)
    if ours is None or not vulnerability.affected_vers:
        return vulnerability
    looked_at = queries.releases_run(actor, vulnerability)
    held = osv.beside(parse(vulnerability.package), advisory, ours, looked_at)
    if held is None:
        return vulnerability
    others = [each for each in vulnerability.beside if each["id"] != advisory["id"]]
    vulnerability.beside = [*others, held]
    vulnerability.save(update_fields=["beside"])
    _record(
        vulnerability,
        actor,
        "vulnerability.compared",
        {"with": advisory["id"], "differ": len(held["differ"])},
    )
    return vulnerability


@transaction.atomic
def share(vulnerability: Vulnerability, organisation: Organisation, *, actor: Viewer) -> None:
    """Let one more organisation see a vulnerability before it is public; twice changes nothing."""
    queries.vulnerability(actor, vulnerability.id)
    _, made = Reader.objects.get_or_create(vulnerability=vulnerability, organisation=organisation)
    if made:
        _record(vulnerability, actor, "vulnerability.shared", {"with": organisation.id})


@transaction.atomic
def tell_first(vulnerability_id: str, *, actor: Viewer) -> Vulnerability:
    """Let operators and partners see it: its advisory was released to the first tier."""
    vulnerability = queries.vulnerability(actor, vulnerability_id)
    if vulnerability.told_first_at is None:
        vulnerability.told_first_at = clock.now()
        vulnerability.save(update_fields=["told_first_at"])
        _record(vulnerability, actor, "vulnerability.told_first", {})
    return vulnerability


@transaction.atomic
def make_public(vulnerability_id: str, *, actor: Viewer) -> Vulnerability:
    """Let everyone see it: its advisory was released to everyone."""
    vulnerability = queries.vulnerability(actor, vulnerability_id)
    if vulnerability.public_at is None:
        vulnerability.public_at = clock.now()
        vulnerability.save(update_fields=["public_at"])
        _record(vulnerability, actor, "vulnerability.public", {})
    return vulnerability


def _record(vulnerability: Vulnerability, actor: Viewer, kind: str, details: dict[str, Any]) -> None:
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=vulnerability.urn,
        details=details,
        audience=queries.readers_of(vulnerability),
    )
