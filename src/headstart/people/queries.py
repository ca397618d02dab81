"""The people room's reads."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from headstart.people.errors import OrganisationNotFound, TokenUnknown
from headstart.people.models import Member, Organisation, Token
from headstart.people.rules import ANYONE, Kind, Viewer, token_digest


def viewer_of(user: AbstractBaseUser | AnonymousUser) -> Viewer:
    """Who is looking when this user looks; the public where nobody signed in or no seat is held."""
    if not user.is_authenticated:
        return ANYONE
    member = Member.objects.select_related("organisation").filter(user_id=user.pk).first()
    return member.as_viewer() if member else ANYONE


def viewer_with(token: str) -> Viewer:
    """Who holds this API token.

    Raises:
        TokenUnknown: never given out, or revoked.
    """
    row = Token.objects.select_related("organisation").filter(
        digest=token_digest(token), revoked_at__isnull=True
    )
    found = row.first()
    if found is None:
        raise TokenUnknown
    return found.organisation.as_viewer()


def organisations(viewer: Viewer) -> QuerySet[Organisation]:
    """Who takes part, as far as the viewer may know: the hub all; others the hub, the authority and themselves."""
    if viewer.is_hub:
        return Organisation.objects.all()
    known = Organisation.objects.filter(kind__in=[Kind.HUB, Kind.AUTHORITY])
    return known | Organisation.objects.filter(id=viewer.organisation_id)


def organisation(viewer: Viewer, organisation_id: str) -> Organisation:
    """One organisation.

    Raises:
        OrganisationNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = organisations(viewer).filter(id=organisation_id).first()
    if found is None:
        raise OrganisationNotFound(organisation_id)
    return found


def hub() -> Viewer:
    """The hub itself, as actor of what nobody asked for by hand (worker/flow.py).

    Raises:
        OrganisationNotFound: this instance has no hub yet.
    """
    found = Organisation.objects.filter(kind=Kind.HUB).first()
    if found is None:
        raise OrganisationNotFound("of kind hub")
    return found.as_viewer()


def seats() -> QuerySet[Member]:
    """Every seat, for an exercise's sign-in page alone."""
    return Member.objects.select_related("organisation", "user").order_by(
        "organisation__kind", "organisation__name"
    )
