"""The scans room's writes: claim a target, extend the claim, release it."""

from datetime import timedelta

from django.db import IntegrityError, transaction

from headstart import clock
from headstart.ledger import services as ledger
from headstart.packages.rules.purl import parse
from headstart.people.rules import Viewer
from headstart.scans import queries
from headstart.scans.errors import ClaimedAlready, ClaimOver, DaysInvalid, MayNotClaim
from headstart.scans.models import Claim
from headstart.scans.rules.claims import LONGEST_DAYS, MOVES, Move, State, in_the_way


@transaction.atomic
def claim(purl: str, *, actor: Viewer, days: int, shared: bool = False) -> Claim:
    """Claim a package for some days; a version in the purl is left aside. One's own claim is extended.

    Raises:
        ClaimedAlready: another organisation has it; only until when is said.
        DaysInvalid: no time, or more than `LONGEST_DAYS`.
        MayNotClaim: the public has no seat.
        PurlInvalid: the purl is none.
    """
    if actor.is_public:
        raise MayNotClaim
    package = str(parse(purl).without_version)
    now, until = clock.now(), clock.now() + _span(days)
    queries.on_package(package).filter(until__lte=now).update(state=State.LAPSED)
    active = list(queries.on_package(package).select_for_update())
    other = in_the_way(
        [each.held() for each in active], claimant=actor.organisation_id, shared=shared, now=now
    )
    if other is not None:
        raise ClaimedAlready(package, other.until)
    mine = next((each for each in active if each.claimant_id == actor.organisation_id), None)
    made = mine or Claim(package=package, claimant_id=actor.organisation_id, since=now, until=until)
    made.until, made.shared = max(made.until, until), shared
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:  # another was first, a moment ago
        raise ClaimedAlready(package, until) from error
    return _recorded(made, "scan.claimed", actor)


@transaction.atomic
def extend(claim_id: str, *, actor: Viewer, days: int) -> Claim:
    """Let a claim run for `days` from now, if that is longer than it runs already.

    Raises:
        ClaimNotFound: absent, or not this actor's to see.
        ClaimOver: it was released, or has run out.
        DaysInvalid: no time, or more than `LONGEST_DAYS`.
    """
    found = _to_move(claim_id, Move.EXTEND, actor)
    found.until = max(found.until, clock.now() + _span(days))
    found.save(update_fields=["until"])
    return _recorded(found, "scan.extended", actor)


@transaction.atomic
def release(claim_id: str, *, actor: Viewer) -> Claim:
    """Give a claim up, so that others may look.

    Raises:
        ClaimNotFound: absent, or not this actor's to see.
        ClaimOver: it was released, or has run out.
    """
    found = _to_move(claim_id, Move.RELEASE, actor)
    found.state = MOVES[State.ACTIVE, Move.RELEASE]
    found.until = clock.now()
    found.save(update_fields=["state", "until"])
    return _recorded(found, "scan.released", actor)


def _span(days: int) -> timedelta:
    if not 1 <= days <= LONGEST_DAYS:
        raise DaysInvalid(days, LONGEST_DAYS)
    return timedelta(days=days)


def _to_move(claim_id: str, move: Move, actor: Viewer) -> Claim:
    found = queries.claim(actor, claim_id)
    if (found.state_at(clock.now()), move) not in MOVES:
        raise ClaimOver(claim_id)
    return found


def _recorded(claim: Claim, kind: str, actor: Viewer) -> Claim:
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=claim.urn,
        details={"package": claim.package, "until": claim.until.isoformat(), "shared": claim.shared},
        audience=[claim.claimant_id],
    )
    return claim
