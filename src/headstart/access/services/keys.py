"""Keys for persons: the developer gives them, and any side takes them back."""

from typing import Any, Unpack

from django.db import transaction

from headstart import clock
from headstart.access import queries, rules
from headstart.access.errors import KeyInvalid, MayNotReach, NotYours
from headstart.access.models import Key, Upstream
from headstart.access.rules import Grant, GrantWords, grants
from headstart.access.rules.keys import HINT_CHARACTERS
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.people.models import Member
from headstart.people.rules import Kind, Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.rules import Reach, Safeguards, Scope


@transaction.atomic
def give_key(
    upstream_id: str, member_id: str, *, actor: Viewer, **words: Unpack[GrantWords]
) -> tuple[Key, str]:
    """The developer gives a person a key to an endpoint (`rules.Grant`): the row, and the key, shown this once.

    Raises:
        UpstreamNotFound, MemberNotFound: absent, or not this actor's to see.
        NotYours: the actor is not the developer.
        KeyInvalid: a value can't be, or the endpoint was removed.
        MayNotReach: the person's organisation does not reach the model now, has signed no terms that cover this
            endpoint, or the person, an evaluator's, has declared no interests.
    """
    upstream = queries.upstream(actor, upstream_id)
    if actor.organisation_id != upstream.review.developer_id:
        raise NotYours("give keys to its model", "the developer")
    upstream = Upstream.objects.select_for_update(of=("self",)).select_related("review").get(id=upstream.id)
    member = people.person_named(actor, member_id)
    now = clock.now()
    grant = Grant(**words)
    wrong = "its endpoint was removed" if upstream.removed_at is not None else grants.fault(grant, now)
    if wrong:
        raise KeyInvalid(wrong)
    reach = _reach(upstream, member)
    scopes = [
        each for each in Scope if each in grant.scopes and (reach.scopes is None or each in reach.scopes)
    ]
    if not scopes:
        raise KeyInvalid(f"{member.organisation.name} may use none of {', '.join(sorted(grant.scopes))}")
    shown = rules.new_key()
    made = Key.objects.create(
        digest=rules.key_digest(shown),
        hint=shown[-HINT_CHARACTERS:],
        upstream=upstream,
        organisation=member.organisation,
        member=member,
        scopes=[each.value for each in scopes],
        most_tokens=grant.most_tokens,
        most_cost=grant.most_cost,
        requests_a_minute=grant.requests_a_minute,
        most_streams=grant.most_streams,
        given_at=now,
        expires_at=grant.expires_at,
    )
    _record(made, actor, "gateway.key_given", {"endpoint": upstream.name, "scopes": made.scopes})
    return made, shown


def _reach(upstream: Upstream, member: Member) -> Reach:
    """How the person's organisation reaches the model.

    Raises:
        MayNotReach: it doesn't, or not this endpoint, or the person has something to declare first.
    """
    review, organisation = upstream.review, member.organisation
    reach = reviews.reach(review, organisation.id, clock.now())
    if reach.why_not:
        raise MayNotReach(organisation.name, reach.why_not)
    agreement = reviews.terms_in_force(review.id, organisation.id)
    if agreement is None:
        raise MayNotReach(
            organisation.name, "no terms between it and the developer are in force; both sign them first"
        )
    if not rules.covers(agreement.terms.safeguards, Safeguards(upstream.safeguards)):
        raise MayNotReach(organisation.name, "its terms say safeguards on, and this endpoint has them off")
    if organisation.kind == Kind.EVALUATOR and not reviews.has_declared(review, member.id):
        raise MayNotReach(member.user.get_username(), "an evaluator's person declares interests first")
    return reach


@transaction.atomic
def revoke_key(key_id: str, *, actor: Viewer) -> Key:
    """Take a key back, in force within a second on open streams too. Doing it twice is doing it once.

    Raises:
        KeyNotFound: absent, or not this actor's to see.
        NotYours: the actor is neither the developer, nor the hub, nor of the person's organisation.
    """
    seen = queries.key(actor, key_id)
    whose = (seen.upstream.review.developer_id, seen.organisation_id)
    if not actor.is_hub and actor.organisation_id not in whose:
        raise NotYours("take this key back", "the developer, the person's organisation and the hub")
    found = Key.objects.select_for_update(of=("self",)).select_related("upstream__review").get(id=seen.id)
    if found.revoked_at is None:
        found.revoked_at = clock.now()
        found.revoked_by = actor.member_id or actor.organisation_id
        found.save(update_fields=["revoked_at", "revoked_by"])
        _record(found, actor, "gateway.key_revoked", {})
    return found


def _record(key: Key, actor: Viewer, kind: str, details: dict[str, Any]) -> None:
    review = key.upstream.review
    ledger.append(
        actor=actor.organisation_id,
        kind=kind,
        subject=key.urn,
        details={
            "review": review.id,
            "organisation": key.organisation_id,
            "member": key.member_id,
            **details,
        },
        audience={review.developer_id, key.organisation_id},
    )
