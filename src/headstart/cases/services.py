"""The cases room's writes: open, invite, notify, agree on an embargo, take a fix, decide what running can't show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction

from headstart import clock
from headstart.cases import queries, rules
from headstart.cases.errors import DecisionInvalid, EmbargoInvalid, NotAParty
from headstart.cases.models import Case, Fix, Message, Party, Proposal
from headstart.cases.rules import Consent, EmbargoMove, EmbargoState, Role
from headstart.findings import services as findings
from headstart.ledger import services as ledger
from headstart.people.models import Organisation
from headstart.people.rules import Viewer
from headstart.proofs import queries as proofs
from headstart.proofs import services as proving
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.vulnerabilities import services as sharing

AUTOMATABLE = ("yes", "no", "unknown")
IMPACT = ("partial", "total", "unknown")


@transaction.atomic
def open_case(vulnerability_id: str, *, actor: Viewer) -> Case:
    """Open the case of a vulnerability; its finders are parties from the start.

    Raises:
        VulnerabilityNotFound: absent, or not this actor's to see.
        NotAParty: the actor is not the hub.
    """
    if not actor.is_hub:
        raise NotAParty("open it")
    vulnerability = vulnerabilities.vulnerability(actor, vulnerability_id)
    case, made = Case.objects.get_or_create(vulnerability=vulnerability, defaults={"opened_at": clock.now()})
    for membership in vulnerabilities.memberships(actor, vulnerability_id).filter(undone_at__isnull=True):
        _join(case, membership.finding.finder, Role.FINDER)
    if made:
        _record(case, actor, "case.opened", {"vulnerability": vulnerability.id})
    return case


@transaction.atomic
def invite(case_id: str, organisation: Organisation, role: Role, *, actor: Viewer) -> Party:
    """Make an organisation a party: it sees the vulnerability and its findings from now on, and gets a letter.

    Raises:
        CaseNotFound: absent, or not this actor's to see.
        NotAParty: the actor is not the hub.
    """
    if not actor.is_hub:
        raise NotAParty("invite others")
    case = queries.case(actor, case_id)
    party = _join(case, organisation, role)
    sharing.share(case.vulnerability, organisation, actor=actor)
    memberships = vulnerabilities.memberships(actor, case.vulnerability_id)
    for membership in memberships.filter(undone_at__isnull=True):
        findings.share(membership.finding, organisation, actor=actor)
    _record(case, actor, "case.invited", {"organisation": organisation.id, "role": role.value})
    if role is Role.MAINTAINER:
        _write_first_letter(case, organisation, actor)
    return party


def _write_first_letter(case: Case, to: Organisation, actor: Viewer) -> None:
    vulnerability = case.vulnerability
    membership = vulnerabilities.memberships(actor, vulnerability.id).first()
    proof = proofs.latest_proof(actor, membership.finding_id) if membership else None
    letter = rules.first_letter(
        title=vulnerability.title,
        package=vulnerability.package,
        summary=vulnerability.summary,
        sentence=proof.sentence if proof else "not run yet",
        affected=vulnerability.affected_vers,
        until=f"{case.embargo_until:%d %B %Y}" if case.embargo_until else "a day that you name",
    )
    write(case.id, letter.subject, letter.text, actor=actor)
    if to.contact:
        mail = EmailMessage(subject=letter.subject, body=letter.text, to=[to.contact])
        transaction.on_commit(lambda: mail.send(fail_silently=False))


@transaction.atomic
def write(case_id: str, subject: str, text: str, *, actor: Viewer) -> Message:
    """Write to the parties of a case.

    Raises:
        CaseNotFound: absent, or not this actor's to see.
    """
    case = queries.case(actor, case_id)
    message = Message.objects.create(
        case=case, sender_id=actor.organisation_id, subject=subject[:320], text=text, at=clock.now()
    )
    _record(case, actor, "case.message", {"subject": message.subject})
    return message


@transaction.atomic
def propose_embargo(case_id: str, until: datetime, *, actor: Viewer) -> Case:
    """Propose when the embargo ends; the shortest proposal counts, at once if an embargo is active.

    Raises:
        CaseNotFound: absent, or not this actor's to see.
        EmbargoInvalid: the end is not in the future, or too far off.
    """
    case = _locked(actor, case_id)
    state = EmbargoState(case.embargo)
    now = clock.now()
    if state is EmbargoState.ACTIVE and case.embargo_until and until >= case.embargo_until:
        raise EmbargoInvalid("an active embargo can be shortened, not lengthened")
    Proposal.objects.create(case=case, proposer_id=actor.organisation_id, until=until, at=now)
    move = EmbargoMove.SHORTEN if state is EmbargoState.ACTIVE else EmbargoMove.PROPOSE
    case.embargo = rules.after(state, move)
    case.embargo_until = rules.until(case.proposals.values_list("until", flat=True), now=now)
    case.save(update_fields=["embargo", "embargo_until"])
    _consent(case, actor, Consent.SIGNATORY)
    _record(case, actor, f"embargo.{move.value}", {"until": case.embargo_until.isoformat()})
    return case


@transaction.atomic
def answer_embargo(case_id: str, *, accept: bool, actor: Viewer) -> Case:
    """Agree to the embargo as proposed, or decline; active once every invited party has agreed.

    Raises:
        CaseNotFound: absent, or not this actor's to see.
        NotAParty: the hub coordinates and has no consent to give.
        NoEmbargo: nothing was proposed.
    """
    case = _locked(actor, case_id)
    if not case.parties.filter(organisation_id=actor.organisation_id).exists():
        raise NotAParty("agree to its embargo")
    agreed = rules.after(EmbargoState(case.embargo), EmbargoMove.ACCEPT)
    _consent(case, actor, Consent.SIGNATORY if accept else Consent.DECLINED)
    waiting = case.parties.exclude(consent__in=[Consent.SIGNATORY]).exists()
    if not waiting:
        case.embargo = agreed
        case.save(update_fields=["embargo"])
    details = {"accepted": accept, "active": not waiting}
    _record(case, actor, "embargo.answered", details)
    return case


@transaction.atomic
def exit_embargo(case_id: str, *, actor: Viewer, reason: str) -> Case:
    """End the embargo: its time has come, or it is public anyway.

    Raises:
        CaseNotFound: absent, or not this actor's to see.
        NoEmbargo: there is none.
    """
    case = _locked(actor, case_id)
    case.embargo = rules.after(EmbargoState(case.embargo), EmbargoMove.EXIT)
    case.save(update_fields=["embargo"])
    _record(case, actor, "embargo.exited", {"reason": reason})
    return case


@transaction.atomic
def decide(case_id: str, *, automatable: str, impact: str, actor: Viewer) -> Case:
    """The coordinator's answers to the two SSVC questions that running can't answer; unknown is an answer.

    Raises:
        CaseNotFound: absent, or not this actor's to see.
        NotAParty: the actor is not the hub.
        DecisionInvalid: a word that the table does not have.
    """
    if not actor.is_hub:
        raise NotAParty("decide this")
    if automatable not in AUTOMATABLE:
        raise DecisionInvalid("automatable", automatable, AUTOMATABLE)
    if impact not in IMPACT:
        raise DecisionInvalid("impact", impact, IMPACT)
    case = _locked(actor, case_id)
    case.automatable, case.impact = automatable, impact
    case.save(update_fields=["automatable", "impact"])
    _record(case, actor, "case.decided", {"automatable": automatable, "impact": impact})
    return case


@transaction.atomic
def offer_fix(case_id: str, *, actor: Viewer, release: str = "", patch: str = "") -> Fix:
    """A party offers a release or a patch that mends it; the hub then climbs the ladder with it.

    Raises:
        CaseNotFound: absent, or not this actor's to see.
    """
    case = queries.case(actor, case_id)
    fix = Fix.objects.create(
        case=case, offered_by_id=actor.organisation_id, release=release, patch=patch, at=clock.now()
    )
    _record(case, actor, "case.fix_offered", {"fix": fix.pk, "release": release})
    return fix


def check_fix(fix_id: int, *, actor: Viewer) -> None:
    """Climb the patch ladder with an offered fix, for every finding of the vulnerability; takes seconds."""
    fix = Fix.objects.select_related("case").get(pk=fix_id)
    queries.case(actor, fix.case_id)
    memberships = vulnerabilities.memberships(actor, fix.case.vulnerability_id)
    ids = [each.finding_id for each in memberships.filter(undone_at__isnull=True)]
    about = fix.case.vulnerability_id
    proving.check_fix(ids, patch=fix.patch, release=fix.release, actor=actor, about=about)


def _join(case: Case, organisation: Organisation, role: Role) -> Party:
    party, _ = Party.objects.get_or_create(
        case=case, organisation=organisation, defaults={"role": role, "joined_at": clock.now()}
    )
    return party


def _consent(case: Case, actor: Viewer, consent: Consent) -> None:
    case.parties.filter(organisation_id=actor.organisation_id).update(consent=consent)


def _locked(actor: Viewer, case_id: str) -> Case:
    return Case.objects.select_for_update().get(id=queries.case(actor, case_id).id)


def _record(case: Case, actor: Viewer, kind: str, details: Mapping[str, Any]) -> None:
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=case.urn,
        details=details,
        audience=queries.readers_of(case),
    )
