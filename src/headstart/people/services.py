"""The people room's writes: who takes part, by which key they sign, which persons and machines speak for them."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from headstart import clock
from headstart.ledger import services as ledger
from headstart.ledger.rules import dsse
from headstart.ledger.rules.entries import PUBLIC
from headstart.people import queries, rules
from headstart.people.errors import KeyTaken, MemberNotFound, NameTaken, NotYours, PasswordWeak
from headstart.people.models import Member, Organisation, PublicKey, Token
from headstart.people.rules import Kind, Viewer

FOUNDING = "founding"  # the actor of a new instance's first entry
LONGEST_NAME, LONGEST_USERNAME, LONGEST_LABEL = 200, 150, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """An organisation that was just admitted, and what is shown this once."""

    organisation: Organisation
    token: str
    member: Member | None = None
    member_token: str = ""


@transaction.atomic
def found_hub(name: str, *, contact: str = "") -> Organisation:
    """Make the organisation that runs this instance; the one verb that needs no actor."""
    named = rules.name(name, "an organisation's name", LONGEST_NAME)
    hub, made = Organisation.objects.get_or_create(
        kind=Kind.HUB, defaults={"name": named, "contact": contact}
    )
    if made:
        ledger.append(actor=FOUNDING, kind="hub.founded", subject=hub.urn, details={"name": named})
    return hub


@transaction.atomic
def admit(name: str, kind: Kind, *, actor: Viewer, contact: str = "", public_key: str = "") -> Organisation:
    """Let an organisation take part; `public_key` (Ed25519, PEM) is what it will sign with.

    Raises:
        NotYours: the actor is not the hub.
        NameTaken, WordsWrong: of the name.
        KeyUnusable, KeyTaken: of the key.
    """
    if not actor.is_hub:
        raise NotYours("admit an organisation", "the hub")
    named = rules.name(name, "an organisation's name", LONGEST_NAME)
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(name=named, kind=kind, contact=contact)
    except IntegrityError:
        raise NameTaken(named) from None
    ledger.append(
        actor=actor.organisation_id,
        kind="organisation.admitted",
        subject=organisation.urn,
        details={"name": named, "kind": kind.value},
        audience=[organisation.id],
    )
    return set_key(organisation, public_key, actor=actor) if public_key else organisation


@transaction.atomic
def welcome(
    name: str, kind: Kind, *, actor: Viewer | None, contact: str = "", public_key: str = "",
    seat_for: tuple[str, str | None] | None = None,
) -> Welcome:  # fmt: skip
    """All that a new organisation needs, or nothing: admitted, its key known, its machine's token, a person seated.

    `seat_for` is a username and a password. The hub itself is welcomed by nobody (`actor` None), and again as often
    as somebody has lost its token.

    Raises:
        NotYours, NameTaken, WordsWrong, KeyUnusable, KeyTaken, PasswordWeak: as the verbs say.
    """
    if actor is None:
        organisation = found_hub(name, contact=contact)
        actor = organisation.as_viewer()
        if public_key:
            organisation = set_key(organisation, public_key, actor=actor)
    else:
        organisation = admit(name, kind, actor=actor, contact=contact, public_key=public_key)
    token = give_token(organisation, "first", actor=actor)
    if seat_for is None:
        return Welcome(organisation=organisation, token=token)
    username, password = seat_for
    member, of_member = seat_with_token(organisation, username, actor=actor, password=password)
    return Welcome(organisation=organisation, token=token, member=member, member_token=of_member)


@transaction.atomic
def set_key(organisation: Organisation, public_key_pem: str, *, actor: Viewer) -> Organisation:
    """Say which key an organisation signs with from now on; what it signed with an earlier one still verifies.

    The first key is set by the hub, which admits, or by the organisation. After that it is a person of the
    organisation alone who sets another: a hub that could would sign in everybody's name.

    Raises:
        NotYours: the actor may not.
        KeyUnusable: no Ed25519 public key in PEM.
        KeyTaken: it is known here already, as anybody's, now or before.
    """
    key = rules.public_key(public_key_pem)
    locked = Organisation.objects.select_for_update().get(id=organisation.id)
    own = actor.organisation_id == organisation.id
    if not own and not actor.is_hub:
        raise NotYours("set its key", "the organisation itself")
    if locked.public_key and not (own and actor.member_id):
        raise NotYours("set another key", "a person of the organisation itself")
    now, pem = clock.now(), rules.one_pem(key)
    PublicKey.objects.filter(organisation=locked, until__isnull=True).update(until=now)
    try:
        with transaction.atomic():
            made = PublicKey.objects.create(organisation=locked, key_id=dsse.key_id(key), pem=pem, since=now)
    except IntegrityError:
        raise KeyTaken from None
    locked.public_key = pem
    locked.save(update_fields=["public_key"])
    known = locked.kind in (Kind.HUB, Kind.AUTHORITY)
    ledger.append(
        actor=actor.organisation_id,
        kind="key.set",
        subject=locked.urn,
        details={"key": made.key_id, "pem": pem, "by": actor.member_id or ""},
        audience=[PUBLIC] if known else [locked.id],
    )
    return locked


@transaction.atomic
def seat(organisation: Organisation, username: str, *, actor: Viewer, password: str | None = None) -> Member:
    """Give a person a seat; without a password they can sign in only where an exercise allows it.

    Raises:
        NotYours: the actor is neither the hub nor of that organisation.
        NameTaken, WordsWrong: of the username.
        PasswordWeak: the password would be guessed.
    """
    if not actor.is_hub and actor.organisation_id != organisation.id:
        raise NotYours("give a seat there", "the hub or the organisation itself")
    named = rules.name(username, "a person's name to sign in with", LONGEST_USERNAME)
    _check_password(password, named)
    try:
        with transaction.atomic():
            user = get_user_model().objects.create_user(username=named, password=password)
    except IntegrityError:
        raise NameTaken(named) from None
    member = Member.objects.create(user=user, organisation=organisation, seated_by=actor.member_id or "")
    ledger.append(
        actor=actor.organisation_id,
        kind="member.seated",
        subject=organisation.urn,
        details={"member": member.id, "by": actor.member_id or ""},
        audience=[organisation.id],
    )
    return member


@transaction.atomic
def seat_with_token(
    organisation: Organisation, username: str, *, actor: Viewer, password: str | None = None
) -> tuple[Member, str]:
    """A seat, and the person's first token, which is shown this once; both or neither.

    Raises:
        NotYours, NameTaken, WordsWrong, PasswordWeak: as `seat`.
    """
    member = seat(organisation, username, actor=actor, password=password)
    return member, give_token(organisation, "first", actor=actor, member=member)


def _check_password(password: str | None, username: str) -> None:
    if password is None:
        return
    try:
        validate_password(password, get_user_model()(username=username))
    except ValidationError as error:
        raise PasswordWeak(" ".join(error.messages)) from None


@transaction.atomic
def leave(member_id: str, *, actor: Viewer) -> Member:
    """End a person's seat: they can't sign in, and their tokens end with it. What they did stays theirs.

    Raises:
        MemberNotFound: absent, left, or not this actor's to see.
    """
    member = queries.person(actor, member_id)
    now = clock.now()
    member.left_at = now
    member.save(update_fields=["left_at"])
    member.user.is_active = False
    member.user.save(update_fields=["is_active"])
    ended = Token.objects.filter(member=member, revoked_at__isnull=True).update(revoked_at=now)
    ledger.append(
        actor=actor.organisation_id,
        kind="member.left",
        subject=member.organisation.urn,
        details={"member": member.id, "tokens": ended, "by": actor.member_id or ""},
        audience=[member.organisation_id],
    )
    return member


@transaction.atomic
def give_token(organisation: Organisation, label: str, *, actor: Viewer, member: Member | None = None) -> str:
    """A fresh API token, the organisation's machine's or one person's; this is the only time it is shown.

    A person's token is given by that person, or by the hub, which seats people: with a colleague's, one person
    could be two.

    Raises:
        NotYours: the actor may not.
        MemberNotFound: that person has left, or sits elsewhere.
        WordsWrong: of the label.
    """
    if not actor.is_hub and actor.organisation_id != organisation.id:
        raise NotYours("make this token", "the hub or the organisation itself")
    if member is not None:
        if not actor.is_hub and actor.member_id != member.id:
            raise NotYours("make a person's token", "that person, or the hub,")
        if queries.person(actor, member.id).organisation_id != organisation.id:
            raise MemberNotFound(member.id)
    named = rules.name(label, "a token's label", LONGEST_LABEL)
    token = rules.new_token()
    made = Token.objects.create(
        digest=rules.token_digest(token), organisation=organisation, member=member, label=named,
        made_at=clock.now(),
    )  # fmt: skip
    ledger.append(
        actor=actor.organisation_id,
        kind="token.given",
        subject=organisation.urn,
        details={"token": made.id, "label": named, "member": member.id if member else ""},
        audience=[organisation.id],
    )
    return token


@transaction.atomic
def revoke_token(token_id: str, *, actor: Viewer) -> Token:
    """Take a token back; it opens nothing from this moment on. Taking it back twice is once.

    Raises:
        TokenNotFound: absent, or not this actor's to see.
    """
    seen = queries.token(actor, token_id)
    found = Token.objects.select_for_update().get(digest=seen.digest)
    if found.revoked_at is not None:
        return found
    found.revoked_at = clock.now()
    found.save(update_fields=["revoked_at"])
    ledger.append(
        actor=actor.organisation_id,
        kind="token.revoked",
        subject=found.organisation.urn,
        details={"token": found.id, "label": found.label, "by": actor.member_id or ""},
        audience=[found.organisation_id],
    )
    return found
