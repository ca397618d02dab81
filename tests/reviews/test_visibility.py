"""What each of the reviews room's fields is seen by: through its reads, and in the ledger. None is forgotten."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
from django.apps import apps
from django.db.models import Model, QuerySet
from tests.simulators.canaries import Canary, World

from headstart.errors import HeadstartError
from headstart.ledger import queries as ledger
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.reviews.models import Review

pytestmark = pytest.mark.django_db

HOW = {
    "Review": {
        "model_name": "marked", "description": "marked", "planned_release_on": "marked",
        "markings_text": "whom it names: who may read the field", "programme_text": "review", "id": "review",
        "developer": "review", "stage": "review", "asked_at": "review", "opens_at": "review", "closes_at": "review",
        "released_at": "review", "ended_by": "review",
    },
    "Access": dict.fromkeys(("id", "review", "organisation", "given_at", "ended_at"), "desk, and itself"),
    "Agreement": dict.fromkeys(
        ("id", "review", "counterpart", "version", "terms_text", "previous", "proposed_by", "proposed_at",
         "in_force_at", "superseded_at"), "its two sides, and the hub",
    ),
    "AgreementSignature": dict.fromkeys(
        ("id", "agreement", "signer", "member_id", "key_id", "envelope", "at"), "its two sides, and the hub"
    ),
    "Document": {
        **dict.fromkeys(
            ("id", "review", "owner", "kind", "title", "evaluation_id", "advisory", "digest", "tlp", "trade_secret",
             "named", "at"), "who may read it",
        ),
        "text": "who may read it; where it is noted, with an entry",
    },
    "Export": dict.fromkeys(
        ("id", "document", "asked_by", "reason", "asked_at", "agreed_by", "agreed_at", "taken_at", "mark"),
        "who may read the document, and who wrote it",
    ),
    "Declaration": dict.fromkeys(
        ("id", "review", "member", "interests", "at"), "desk, and its own organisation"
    ),
    "Determination": dict.fromkeys(
        ("id", "review", "authority", "answer", "criteria", "reasons", "evidence", "number", "member_id", "key_id",
         "envelope", "at"), "review",
    ),
    "Partner": dict.fromkeys(
        ("id", "review", "organisation", "reason", "tier", "scopes", "proposed_by", "proposed_at", "in_force_at",
         "expires_at", "revoked_at", "revoked_by", "revoked_for",
         "replaced_at"), "desk, and itself once it is in force",
    ),
    "PartnerSignature": dict.fromkeys(
        ("id", "partner", "signer", "member_id", "key_id", "envelope", "at"), "desk, and itself once it is in force"
    ),
}  # fmt: skip


def test_of_every_field_of_every_table_it_is_said_who_sees_it() -> None:
    """A field that is added has to be added above, and given words in tests/simulators/canaries.py."""
    tables = {each.__name__: each for each in apps.get_app_config("reviews").get_models()}
    assert {
        name: {field.name for field in table._meta.concrete_fields} for name, table in tables.items()
    } == {name: set(said) for name, said in HOW.items()}


@pytest.fixture
def world(cast: Any, data: Any) -> World:
    return World(cast)


def words(thing: Any) -> Iterator[str]:
    """All that a door could show of what a read gave it."""
    if isinstance(thing, Model):
        yield from _columns(thing)
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from words(getattr(thing, field.name))
    elif isinstance(thing, Mapping):
        yield from words(list(thing.values()))
    elif isinstance(thing, list | tuple | QuerySet):
        for each in thing:
            yield from words(each)
    else:
        yield str(msgspec.to_builtins(thing) if isinstance(thing, msgspec.Struct) else thing)


def _columns(row: Model) -> Iterator[str]:
    for field in row._meta.concrete_fields:
        yield str(getattr(row, field.attname))
        if field.is_relation and field.is_cached(row):
            yield str(getattr(row, field.name) or "")


def read(world: World, viewer: Viewer) -> str:
    """Everything that the room's reads give this viewer, but the reviews' own rows: doors show those by `fields`."""
    review = Review.objects.get(id=world.review.id)
    found: list[Any] = []
    reads: list[Any] = [
        lambda: queries.fields(viewer, queries.review(viewer, review.id)),
        lambda: queries.name_for(viewer, review),
        lambda: queries.documents(viewer, review.id),
        lambda: queries.exports(viewer, review.id),
        lambda: queries.traced(viewer, world.mark),
        lambda: queries.declarations(viewer, review.id),
        lambda: queries.determinations(viewer, review.id),
        lambda: queries.accesses(viewer, review.id),
        lambda: queries.partners(viewer, review.id),
        lambda: [each.signatures.all() for each in queries.partners(viewer, review.id)],
        lambda: queries.agreements(viewer, review.id),
        lambda: [each.signatures.all() for each in queries.agreements(viewer, review.id)],
        lambda: queries.remaining(viewer, review.id),
        *(lambda i=each.id: queries.document(viewer, i) for each in world.documents.values()),
    ]
    for each in reads:
        try:
            found.append("\n".join(words(each())))
        except HeadstartError as refused:
            asked = (world.mark, *(each.id for each in world.documents.values()))
            found.append(re.sub("|".join(asked), "", str(refused)))  # a refusal says what was asked
    return "\n".join(found)


def leaks(world: World, who: str, text: str) -> list[str]:
    return [each.field for each in world.canaries if each.words in text and not world.may_see(who, each)]


def test_no_read_gives_words_to_who_may_not_see_them_and_each_gives_them_to_somebody(world: World) -> None:
    seen: set[str] = set()
    for who, viewer in world.viewers():
        text = read(world, viewer)
        assert leaks(world, who, text) == [], who
        assert [each.field for each in world.canaries if each.noted and each.words in text] == [], who
        seen |= {each.field for each in world.canaries if each.words in text}
    mine = {each.field for each in world.canaries if each.field.split(".")[0].split()[0] in HOW}
    noted = {each.field for each in world.canaries if each.noted}
    assert mine - noted - seen == set()


def test_the_ledger_tells_nobody_what_they_may_not_see(world: World) -> None:
    """Neither what was read, nor that there is something: each entry is for those who may know of its subject."""
    for who, viewer in world.viewers():
        if viewer.is_hub:
            continue  # the hub runs the log, and reads every entry; no entry holds anybody's words (below)
        text = "\n".join(f"{each.subject} {each.details}" for each in ledger.entries(viewer))
        assert leaks(world, who, text) == [], who


def test_no_entry_of_the_ledger_holds_marked_words(world: World) -> None:
    text = "\n".join(str(each.details) for each in ledger.entries(world.cast.hub))
    marked = [each for each in world.canaries if each.field.split(".")[-1] in (
        "model_name", "description", "planned_release_on", "text", "title", "reason", "interests", "sealed_key",
        "terms_text", "criteria", "reasons",
    )]  # fmt: skip
    assert len(marked) > 25
    assert [each.field for each in marked if each.words in text] == []


def test_no_letter_holds_marked_words(world: World, mailoutbox: list[Any]) -> None:
    from headstart.reviews import services
    from headstart.reviews.rules.letters import LETTERS

    written = [each for each in ledger.entries(world.cast.hub) if each.kind in LETTERS]
    for each in written:
        services.write_letters(each.index, actor=world.cast.hub)
    assert len(mailoutbox) > 20
    text = "\n".join(f"{each.subject}\n{each.body}" for each in mailoutbox)
    hidden: list[Canary] = [each for each in world.canaries if "organisation" not in each.field]
    assert [each.field for each in hidden if each.words in text] == []
