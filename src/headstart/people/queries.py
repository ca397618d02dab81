"""The people room's reads."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet

from headstart.people.errors import MemberNotFound, OrganisationNotFound, TokenNotFound, TokenUnknown
from headstart.people.models import ID_LENGTH, Member, Organisation, PublicKey, Token
from headstart.people.rules import ANYONE, Kind, Viewer, token_digest

HEXADECIMAL = frozenset("0123456789abcdef")


def viewer_of(user: AbstractBaseUser | AnonymousUser) -> Viewer:
    """Who is looking when this user looks; the public where nobody signed in or no seat is held."""
    if not user.is_authenticated:
        return ANYONE
    seat = Member.objects.select_related("organisation").filter(user_id=user.pk, left_at__isnull=True)
    member = seat.first()
    return member.as_viewer() if member else ANYONE


def viewer_with(token: str) -> Viewer:
    """Who holds this API token: an organisation's machine, or one person of it.

    Raises:
        TokenUnknown: never given out, or taken back; or its person has left.
    """
    row = Token.objects.select_related("organisation", "member__organisation").filter(
        digest=token_digest(token), revoked_at__isnull=True, member__left_at__isnull=True
    )
    found = row.first()
    if found is None:
        raise TokenUnknown
    return found.member.as_viewer() if found.member else found.organisation.as_viewer()


def tokens(viewer: Viewer) -> QuerySet[Token]:
    """The tokens that the viewer may see (never the words themselves): the hub all, others their organisation's."""
    found = Token.objects.select_related("organisation", "member__user")
    return found if viewer.is_hub else found.filter(organisation_id=viewer.organisation_id)


def token(viewer: Viewer, token_id: str) -> Token:
    """One token, by its id (the first digits of its digest, at least as many as a list shows).

    Raises:
        TokenNotFound: absent, or not this viewer's to see: the two look alike.
    """
    is_id = len(token_id) >= ID_LENGTH and set(token_id) <= HEXADECIMAL
    found = list(tokens(viewer).filter(digest__startswith=token_id)[:2]) if is_id else []
    if len(found) != 1:
        raise TokenNotFound(token_id[:64])
    return found[0]


def keys(organisation: Organisation) -> QuerySet[PublicKey]:
    """Every key that an organisation signed with, the newest first: what was signed with an old one still verifies."""
    return organisation.keys.order_by("-id")


def persons(viewer: Viewer) -> QuerySet[Member]:
    """The seats that are taken now: the hub sees all, others their own organisation's."""
    found = seats()
    if viewer.is_hub:
        return found
    return found.filter(organisation_id=viewer.organisation_id)


def every_seat(viewer: Viewer) -> QuerySet[Member]:
    """The seats that are taken and those that were: the hub sees all, others their own organisation's."""
    found = Member.objects.select_related("organisation", "user").order_by("organisation__name", "id")
    return found if viewer.is_hub else found.filter(organisation_id=viewer.organisation_id)


def person(viewer: Viewer, member_id: str) -> Member:
    """One seat that is taken now.

    Raises:
        MemberNotFound: absent, left, or not this viewer's to see: they look alike.
    """
    found = persons(viewer).filter(id=member_id).first()
    if found is None:
        raise MemberNotFound(member_id[:64])
    return found


def organisations(viewer: Viewer) -> QuerySet[Organisation]:
    """Who takes part, as far as the viewer may know: the hub all; others the hub, the authority and themselves."""
    if viewer.is_hub:
        return Organisation.objects.all()
    known = Organisation.objects.filter(kind__in=[Kind.HUB, Kind.AUTHORITY])
    return known | Organisation.objects.filter(id=viewer.organisation_id)


def authorities() -> QuerySet[Organisation]:
    """The organisations that sign answers to enquiries: who they are is known to everyone."""
    return Organisation.objects.filter(kind=Kind.AUTHORITY)


def organisation(viewer: Viewer, organisation_id: str) -> Organisation:
    """One organisation.

    Raises:
        OrganisationNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = organisations(viewer).filter(id=organisation_id).first()
    if found is None:
        raise OrganisationNotFound(organisation_id)
    return found


def named(viewer: Viewer, name: str) -> Organisation:
    """An organisation by its id or its exact name: whoever takes part may name another, and can't list them.

    Raises:
        OrganisationNotFound: there is none, or the viewer takes no part.
    """
    found = None if viewer.is_public else Organisation.objects.filter(Q(id=name) | Q(name=name)).first()
    if found is None:
        raise OrganisationNotFound(name)
    return found


def person_named(viewer: Viewer, name: str) -> Member:
    """A person by the id of their seat or the exact name that they sign in with; as `named`.

    Raises:
        MemberNotFound: there is none, or the viewer takes no part.
    """
    found = None if viewer.is_public else seats().filter(Q(id=name) | Q(user__username=name)).first()
    if found is None:
        raise MemberNotFound(name)
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
    """Every seat that is taken, for an exercise's sign-in page alone."""
    taken = Member.objects.select_related("organisation", "user").filter(left_at__isnull=True)
    return taken.order_by("organisation__kind", "organisation__name")


def known_ids(named: Iterable[str]) -> set[str]:
    """Which of these ids are organisations here, or persons who have a seat."""
    wanted = list(named)
    organisations = Organisation.objects.filter(id__in=wanted).values_list("id", flat=True)
    return {*organisations, *seats().filter(id__in=wanted).values_list("id", flat=True)}


def organisations_of(named: Iterable[str]) -> set[str]:
    """The ids of the organisations that these ids are, or that these persons sit in."""
    wanted = list(named)
    organisations = Organisation.objects.filter(id__in=wanted).values_list("id", flat=True)
    return {*organisations, *seats().filter(id__in=wanted).values_list("organisation_id", flat=True)}
