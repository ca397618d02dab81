"""The log: in order, complete, read by its audience alone, and whatever is changed in it is noticed."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headstart import clock
from headstart.ledger import queries, services
from headstart.ledger.errors import EntryNotFound, LedgerBroken, NotCheckpointed
from headstart.ledger.models import Audience, Edge, Entry, SignedCheckpoint
from headstart.ledger.rules import bundles, notes, tree
from headstart.ledger.rules.entries import PUBLIC, Happened
from headstart.people.rules import ANYONE

ORIGIN = "headstart.example/log"


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def append(count: int = 1, **named: Any) -> list[Entry]:
    ordinary = {"actor": "org_1", "kind": "thing.done", "subject": "urn:headstart:thing:1"}
    return [services.append(**(ordinary | {"details": {"n": n}} | named)) for n in range(count)]


def signed(key: Ed25519PrivateKey) -> notes.Checkpoint:
    head = notes.read(services.checkpoint(origin=ORIGIN, key=key).note, key.public_key())
    assert head is not None
    return head


@pytest.mark.django_db
def test_entries_stand_in_the_order_of_their_writing() -> None:
    assert [each.index for each in append(9)] == list(range(9))
    assert queries.size() == 9


@pytest.mark.django_db
def test_a_checkpoint_is_over_all_that_was_written(key: Ed25519PrivateKey) -> None:
    for _ in range(3):
        append(3)
        head = signed(key)
        assert (head.origin, head.root) == (ORIGIN, tree.root(queries.leaves()))
    assert queries.verify(key.public_key()) == 9


@pytest.mark.django_db
def test_an_empty_log_has_a_checkpoint_too(key: Ed25519PrivateKey) -> None:
    assert signed(key).root == tree.EMPTY_ROOT
    assert queries.verify(key.public_key()) == 0
    append()
    assert queries.verify(key.public_key()) == 1


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_written(key: Ed25519PrivateKey) -> None:
    append(2)
    with transaction.atomic():
        append(3)
        transaction.set_rollback(True)
    append(1)
    assert [each.index for each in Entry.objects.all()] == [0, 1, 2]
    signed(key)
    assert queries.verify(key.public_key()) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"actor": "org_2"},
        {"kind": "thing.undone"},
        {"subject": "urn:headstart:thing:2"},
        {"details": {"n": 1000}},
        {"details": {}},
        {"salt": b"\x00" * 32},
        {"leaf": b"\x00" * 32},
    ],
)
def test_a_changed_row_is_noticed(change: dict[str, Any], key: Ed25519PrivateKey) -> None:
    append(5)
    signed(key)
    Entry.objects.filter(index=2).update(**change)
    with pytest.raises(LedgerBroken, match="entry 2 is not what was written"):
        queries.verify(key.public_key())


@pytest.mark.django_db
def test_a_moment_moved_by_a_microsecond_is_noticed(key: Ed25519PrivateKey) -> None:
    (entry,) = append()
    Entry.objects.update(at=entry.at + timedelta(microseconds=1))
    with pytest.raises(LedgerBroken, match="entry 0 is not what was written"):
        queries.verify(key.public_key())


def rewrite(index: int, **change: Any) -> None:
    """As one would who knows how a leaf is made."""
    from headstart.ledger.rules.entries import Body, leaf

    entry = Entry.objects.get(index=index)
    for name, value in change.items():
        setattr(entry, name, value)
    body = Body(at=entry.at, actor=entry.actor, kind=entry.kind, subject=entry.subject, details=entry.details)
    entry.leaf = leaf(body, bytes(entry.salt))
    entry.save()


@pytest.mark.django_db
def test_a_row_rewritten_with_its_leaf_is_noticed_by_the_checkpoint(key: Ed25519PrivateKey) -> None:
    append(5)
    signed(key)
    rewrite(2, actor="org_2")
    with pytest.raises(LedgerBroken, match="the checkpoint at 5 names another root"):
        queries.verify(key.public_key())


@pytest.mark.django_db
def test_a_row_rewritten_before_any_checkpoint_is_noticed_by_the_edge(key: Ed25519PrivateKey) -> None:
    append(5)
    rewrite(2, actor="org_2")
    with pytest.raises(LedgerBroken, match="are not those"):
        queries.verify(key.public_key())


@pytest.mark.django_db
@pytest.mark.parametrize(("gone", "why"), [(2, "entry 2 is missing"), (4, "only 4 entries are here")])
def test_a_lost_row_is_noticed(gone: int, why: str, key: Ed25519PrivateKey) -> None:
    append(5)
    signed(key)
    Entry.objects.filter(index=gone).delete()
    with pytest.raises(LedgerBroken, match=why):
        queries.verify(key.public_key())


@pytest.mark.django_db
def test_a_lost_row_that_no_checkpoint_covered_is_noticed(key: Ed25519PrivateKey) -> None:
    append(5)
    Entry.objects.filter(index=4).delete()
    with pytest.raises(LedgerBroken, match="5 entries were written, and the 4 here are not those"):
        queries.verify(key.public_key())


@pytest.mark.django_db
def test_two_rows_that_change_places_are_noticed(key: Ed25519PrivateKey) -> None:
    append(4)
    signed(key)
    Entry.objects.filter(index=1).update(index=100)
    Entry.objects.filter(index=2).update(index=1)
    Entry.objects.filter(index=100).update(index=2)
    with pytest.raises(LedgerBroken, match="names another root"):
        queries.verify(key.public_key())


@pytest.mark.django_db
def test_a_checkpoint_of_another_key_or_size_is_noticed(key: Ed25519PrivateKey) -> None:
    append(3)
    signed(Ed25519PrivateKey.generate())
    with pytest.raises(LedgerBroken, match="was not signed by this hub's key"):
        queries.verify(key.public_key())
    SignedCheckpoint.objects.all().delete()
    signed(key)
    SignedCheckpoint.objects.update(size=2)
    with pytest.raises(LedgerBroken, match="the checkpoint at 2"):
        queries.verify(key.public_key())


@pytest.mark.django_db
def test_one_size_is_signed_once(key: Ed25519PrivateKey) -> None:
    append(3)
    assert services.checkpoint(origin=ORIGIN, key=key) == services.checkpoint(origin=ORIGIN, key=key)
    assert SignedCheckpoint.objects.count() == 1


@pytest.mark.django_db
def test_a_body_is_read_by_its_audience_alone(cast: Any) -> None:
    before = queries.size()
    names = ("hub", "finder", "operator", "another_operator")
    viewers = {name: getattr(cast, name) for name in names} | {"public": ANYONE}
    before = queries.size()
    append(audience=[cast.finder.organisation_id, cast.operator.organisation_id])
    append(audience=[PUBLIC])
    append()

    def seen(name: str) -> list[int]:
        found = queries.entries(viewers[name]).filter(index__gte=before, kind="thing.done")
        return [each.index - before for each in found]

    assert {name: seen(name) for name in viewers} == {
        "hub": [0, 1, 2],
        "finder": [0, 1],
        "operator": [0, 1],
        "another_operator": [1],
        "public": [1],
    }


@pytest.mark.django_db
def test_the_same_thing_twice_has_two_leaves() -> None:
    """A leaf can't be guessed from what it stands for: its salt is its own."""
    clock_stands = {"actor": "a", "details": {}}
    one, other = append(**clock_stands) + append(**clock_stands)
    assert one.leaf != other.leaf
    assert len(bytes(one.salt)) == 32


@pytest.mark.django_db
def test_an_entry_in_two_audiences_is_shown_once(cast: Any) -> None:
    append(audience=[PUBLIC, cast.finder.organisation_id, cast.finder.organisation_id])
    assert queries.entries(cast.finder).filter(kind="thing.done").count() == 1
    assert Audience.objects.filter(entry__kind="thing.done").count() == 2


@pytest.mark.django_db
def test_an_entry_is_opened_for_its_audience_once_a_checkpoint_covers_it(
    cast: Any, key: Ed25519PrivateKey
) -> None:
    (entry,) = append(audience=[cast.finder.organisation_id])
    with pytest.raises(NotCheckpointed, match=f"no checkpoint covers entry {entry.index} yet"):
        queries.bundle(cast.finder, entry.index)
    signed(key)
    assert queries.bundle(cast.finder, entry.index).entry.kind == "thing.done"
    for viewer, index in ((cast.operator, entry.index), (ANYONE, entry.index), (cast.finder, 10_000)):
        with pytest.raises(EntryNotFound, match=f"the ledger has no entry {index}"):
            queries.bundle(viewer, index)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(details=st.dictionaries(TEXT, JSON, max_size=4))
def test_whatever_the_details_they_verify_as_the_database_gives_them_back(
    details: dict[str, Any], key: Ed25519PrivateKey
) -> None:
    append(details=details)
    assert queries.verify(key.public_key()) == queries.size()


@pytest.mark.django_db(transaction=True)
def test_many_who_write_at_once_leave_no_gap_and_no_double(key: Ed25519PrivateKey) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL (HEADSTART_TEST_DATABASE_URL): SQLite has one writer")
    failed: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(10):
                with transaction.atomic():
                    append(details={"number": number})
                if number % 4 == 0:
                    services.checkpoint(origin=ORIGIN, key=key)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failed
    assert [each.index for each in Entry.objects.all()] == list(range(80))
    assert Edge.objects.get().size == 80
    signed(key)
    assert queries.verify(key.public_key()) == 80


@pytest.mark.django_db
def test_many_at_once_are_entries_like_any_other(
    cast: Any, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 4)
    named = {"actor": "org_1", "kind": "thing.many", "subject": "urn:headstart:thing:2"}
    reader, other = cast.finder.organisation_id, cast.operator
    before = queries.size()
    written = services.append_many(({"n": n} for n in range(11)), audience=[reader, reader], **named)
    assert written == range(before, before + 11)
    append()
    entries = queries.entries(cast.finder).filter(kind="thing.many")
    assert [each.details["n"] for each in entries] == list(range(11))
    assert len({bytes(each.salt) for each in entries}) == 11
    assert not queries.entries(other).filter(kind="thing.many").exists()
    head = signed(key)
    assert bundles.proves(queries.bundle(cast.finder, written[5]), head)
    assert queries.verify(key.public_key()) == before + 12
    assert services.append_many((), **named) == range(before + 12, before + 12)


@pytest.mark.django_db
def test_many_at_once_are_written_whole_or_not_at_all() -> None:
    def torn() -> Iterator[dict[str, int]]:
        yield {"n": 1}
        raise ConnectionError

    with pytest.raises(ConnectionError):
        services.append_many(torn(), actor="org_1", kind="thing.many", subject="urn:x")
    assert queries.size() == 0
    assert append()[0].index == 0


@pytest.mark.django_db
def test_the_log_takes_no_time_of_its_own(key: Ed25519PrivateKey) -> None:
    clock.set_shift(timedelta(days=100))
    (entry,) = append()
    assert abs(entry.at - clock.now()) < timedelta(minutes=1)
    assert queries.verify(key.public_key()) == 1


@pytest.mark.django_db
def test_many_things_of_many_kinds_are_written_at_once_each_for_its_own_audience(
    key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 2)
    append(2)
    happened = [
        Happened(
            actor=f"org_{n}",
            kind=f"thing.{n}",
            subject=f"urn:{n}",
            details={"n": n},
            audience=(f"org_{n}", "org_9"),
        )
        for n in range(5)
    ]
    assert services.append_all(happened) == range(2, 7)
    kept = [
        (each.actor, each.kind, each.subject, each.details) for each in Entry.objects.filter(index__gte=2)
    ]
    assert kept == [(each.actor, each.kind, each.subject, each.details) for each in happened]
    readers = [
        sorted(each.audience.values_list("reader", flat=True)) for each in Entry.objects.filter(index__gte=2)
    ]
    assert readers == [sorted(each.audience) for each in happened]
    assert services.append_all([]) == range(7, 7)
    signed(key)
    assert queries.verify(key.public_key()) == 7
