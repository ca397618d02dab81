"""The people room's writes."""

from django.contrib.auth import get_user_model
from django.db import transaction

from headstart import clock
from headstart.ledger import services as ledger
from headstart.people import rules
from headstart.people.errors import NotYours
from headstart.people.models import Member, Organisation, Token
from headstart.people.rules import Kind, Viewer

FOUNDING = "founding"  # the actor of a new instance's first entry


@transaction.atomic
def found_hub(name: str, *, contact: str = "") -> Organisation:
    """Make the organisation that runs this instance; the one verb that needs no actor."""
    hub, made = Organisation.objects.get_or_create(kind=Kind.HUB, defaults={"name": name, "contact": contact})
    if made:
        ledger.append(actor=FOUNDING, kind="hub.founded", subject=hub.urn, details={"name": name})
    return hub


@transaction.atomic
def admit(name: str, kind: Kind, *, actor: Viewer, contact: str = "", public_key: str = "") -> Organisation:
    """Let an organisation take part.

    Raises:
        NotYours: the actor is not the hub.
    """
    if not actor.is_hub:
        raise NotYours("admit an organisation", "the hub")
    organisation = Organisation.objects.create(name=name, kind=kind, contact=contact, public_key=public_key)
    ledger.append(
        actor=actor.organisation_id,
        kind="organisation.admitted",
        subject=organisation.urn,
        details={"name": name, "kind": kind.value},
        audience=[organisation.id],
    )
    return organisation


@transaction.atomic
def seat(organisation: Organisation, username: str, *, actor: Viewer, password: str | None = None) -> Member:
    """Give a person a seat; without a password they can sign in only where an exercise allows it.

    Raises:
        NotYours: the actor is neither the hub nor of that organisation.
    """
    if not actor.is_hub and actor.organisation_id != organisation.id:
        raise NotYours("give a seat there", "the hub or the organisation itself")
    user = get_user_model().objects.create_user(username=username, password=password)
    member = Member.objects.create(user=user, organisation=organisation)
    ledger.append(
        actor=actor.organisation_id,
        kind="member.seated",
        subject=organisation.urn,
        details={"member": member.id},
        audience=[organisation.id],
    )
    return member


@transaction.atomic
def give_token(organisation: Organisation, label: str, *, actor: Viewer) -> str:
    """A fresh API token; this is the only time it is shown.

    Raises:
        NotYours: the actor is neither the hub nor that organisation.
    """
    if not actor.is_hub and actor.organisation_id != organisation.id:
        raise NotYours("make this token", "the hub or the organisation itself")
    token = rules.new_token()
    Token.objects.create(
        digest=rules.token_digest(token), organisation=organisation, label=label, made_at=clock.now()
    )
    ledger.append(
        actor=actor.organisation_id,
        kind="token.given",
        subject=organisation.urn,
        details={"label": label},
        audience=[organisation.id],
    )
    return token
