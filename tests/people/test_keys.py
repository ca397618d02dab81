"""Which key an organisation signs with: set by whom it may be, known once, and the earlier ones kept."""

from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from headstart.ledger import queries as ledger
from headstart.ledger.rules import dsse
from headstart.ledger.work import public_pem
from headstart.people import queries, rules, services
from headstart.people.errors import KeyTaken, KeyUnusable, NotYours
from headstart.people.models import Organisation, PublicKey
from headstart.people.rules import ANYONE, Kind

pytestmark = pytest.mark.django_db


def key_and_pem() -> tuple[ed25519.Ed25519PrivateKey, str]:
    key = ed25519.Ed25519PrivateKey.generate()
    return key, public_pem(key.public_key()).decode()


def a_pem() -> str:
    return key_and_pem()[1]


@pytest.fixture
def person(cast: Any) -> Any:
    """A person of the authority."""
    return services.seat(cast.organisation("authority"), "ann", actor=cast.hub).as_viewer()


def test_an_organisation_is_admitted_with_its_key(cast: Any) -> None:
    pem = a_pem()
    lab = services.admit("Lab", Kind.DEVELOPER, actor=cast.hub, public_key=pem)
    assert lab.public_key == pem
    assert [each.pem for each in queries.keys(lab)] == [pem]


def test_what_was_signed_with_an_earlier_key_still_verifies(cast: Any, person: Any) -> None:
    old, old_pem = key_and_pem()
    new, new_pem = key_and_pem()
    authority = services.set_key(cast.organisation("authority"), old_pem, actor=cast.hub)
    envelope = dsse.sign_statement(dsse.statement("urn:x", {"answer": "yes"}, {}), old)
    authority = services.set_key(authority, new_pem, actor=person)
    assert authority.public_key == new_pem
    kept = list(queries.keys(authority))
    assert [each.key_id for each in kept] == [dsse.key_id(new.public_key()), dsse.key_id(old.public_key())]
    assert (kept[0].until, kept[1].until) == (None, kept[0].since)
    public = [load_pem_public_key(each.pem.encode()) for each in kept]
    signed = dsse.signer(envelope, [each for each in public if isinstance(each, ed25519.Ed25519PublicKey)])
    assert signed is not None
    assert dsse.key_id(signed) == envelope.signatures[0].keyid == kept[1].key_id


def test_the_hub_sets_the_first_key_and_never_another(cast: Any, person: Any) -> None:
    """A hub that could would answer in the authority's name."""
    authority = services.set_key(cast.organisation("authority"), a_pem(), actor=cast.hub)
    hubs_person = services.seat(cast.organisation("hub"), "hu", actor=cast.hub).as_viewer()
    for actor in (cast.hub, hubs_person, cast.authority):  # nor does a token that leaked
        with pytest.raises(NotYours, match="only a person of the organisation itself may set another key"):
            services.set_key(authority, a_pem(), actor=actor)
    assert Organisation.objects.get(id=authority.id).public_key == authority.public_key
    assert services.set_key(authority, a_pem(), actor=person).public_key != authority.public_key


@pytest.mark.parametrize("who", ["developer", "evaluator", "another_authority"])
def test_nobody_else_sets_it(cast: Any, who: str) -> None:
    with pytest.raises(NotYours):
        services.set_key(cast.organisation("authority"), a_pem(), actor=getattr(cast, who))
    with pytest.raises(NotYours):
        services.set_key(cast.organisation("authority"), a_pem(), actor=ANYONE)


def test_a_key_is_one_organisations_for_ever(cast: Any, person: Any) -> None:
    """Also after it was replaced, and however its PEM is written."""
    first = a_pem()
    authority = services.set_key(cast.organisation("authority"), first, actor=cast.hub)
    rewritten = "a comment before it\n" + first.replace("\n", "\r\n")
    with pytest.raises(KeyTaken):
        services.set_key(cast.organisation("developer"), rewritten, actor=cast.developer)
    services.set_key(authority, a_pem(), actor=person)
    for organisation, actor in ((cast.organisation("developer"), cast.developer), (authority, person)):
        with pytest.raises(KeyTaken, match="make a new one"):
            services.set_key(organisation, first, actor=actor)
    assert PublicKey.objects.filter(until__isnull=True).count() == 1


def test_a_refused_key_leaves_the_one_before_in_place(cast: Any, person: Any) -> None:
    pem = a_pem()
    authority = services.set_key(cast.organisation("authority"), pem, actor=cast.hub)
    services.set_key(cast.organisation("developer"), taken := a_pem(), actor=cast.developer)
    with pytest.raises(KeyTaken):
        services.set_key(authority, taken, actor=person)
    assert [(each.pem, each.until) for each in queries.keys(authority)] == [(pem, None)]


def test_the_database_keeps_one_key_in_use(cast: Any) -> None:
    authority = services.set_key(cast.organisation("authority"), a_pem(), actor=cast.hub)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicKey.objects.create(organisation=authority, key_id="0" * 16, pem="another")


def spki(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def private(key: ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("pem", "says"),
    [
        ("", "no public key in PEM"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key in PEM"),
        ("x" * 1_000_000, "no public key in PEM"),
        ("\0\ud800", "no public key in PEM"),
        (spki(ec.generate_private_key(ec.SECP256R1())), "of another kind"),
        (spki(rsa.generate_private_key(65537, 2048)), "of another kind"),
        (private(ed25519.Ed25519PrivateKey.generate()), "a private key: it stays with its owner"),
    ],
    ids=["nothing", "no key", "a megabyte", "no text", "P-256", "RSA", "private"],
)
def test_what_is_no_ed25519_public_key_is_refused_in_a_line_that_says_how_to_make_one(
    cast: Any, pem: str, says: str
) -> None:
    with pytest.raises(KeyUnusable, match=says) as refused:
        services.admit("Lab", Kind.DEVELOPER, actor=cast.hub, public_key=pem or "-")
    assert "openssl genpkey -algorithm ed25519" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "BEGIN" not in str(refused.value)  # a private key is repeated nowhere
    assert not Organisation.objects.filter(name="Lab").exists()


@pytest.mark.parametrize("y", sorted(rules.WEAK_POINTS))
def test_a_key_with_which_anybody_can_sign_is_refused(cast: Any, y: bytes) -> None:
    """The points of small order on the curve (RFC 8032 lets a library take them): one signature fits all words."""
    pem = public_pem(ed25519.Ed25519PublicKey.from_public_bytes(y)).decode()
    with pytest.raises(KeyUnusable, match="anybody can sign"):
        services.set_key(cast.organisation("developer"), pem, actor=cast.developer)


def test_with_a_refused_point_anybody_can_sign_indeed() -> None:
    """Without any private key: R the neutral point, S nought; with the eight canonical points one message in eight."""
    nothing = (1).to_bytes(32, "little") + bytes(32)
    forged = {
        y
        for y in rules.WEAK_POINTS
        for message in range(128)
        if _verifies(ed25519.Ed25519PublicKey.from_public_bytes(y), nothing, b"%d" % message)
    }
    assert len(forged) >= 8
    good = key_and_pem()[0].public_key()
    assert not any(_verifies(good, nothing, b"%d" % message) for message in range(128))


def _verifies(key: ed25519.Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_everyone_can_check_when_the_authoritys_key_changed_and_only_they_a_developers(cast: Any) -> None:
    authority = services.set_key(cast.organisation("authority"), a_pem(), actor=cast.hub)
    lab = services.set_key(cast.organisation("developer"), a_pem(), actor=cast.developer)
    seen = {each.subject: each for each in ledger.entries(ANYONE).filter(kind="key.set")}
    assert set(seen) == {authority.urn}
    assert seen[authority.urn].details["pem"] == authority.public_key
    assert ledger.about(cast.developer, lab.urn).filter(kind="key.set").exists()
    assert not ledger.about(cast.evaluator, lab.urn).filter(kind="key.set").exists()


@pytest.mark.django_db(transaction=True)
def test_an_instance_of_before_keeps_the_keys_it_had() -> None:
    old, good = [("people", "0002_prerelease_window")], a_pem()
    executor = MigrationExecutor(connection)
    executor.migrate(old)
    try:
        before = executor.loader.project_state(old).apps.get_model("people", "Organisation")
        for name, pem in (("A", good), ("B", ""), ("C", "no key"), ("D", good.replace("\n", "\r\n"))):
            before.objects.create(id=f"org_{name}", name=name, kind="developer", public_key=pem)
    finally:
        call_command("migrate", verbosity=0, interactive=False)
    kept = PublicKey.objects.get()
    assert (kept.organisation_id, kept.pem, kept.until) == ("org_A", good, None)
    Organisation.objects.all().delete()
