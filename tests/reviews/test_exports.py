"""A copy that leaves the hub takes two people, says whose it is, and is in the ledger."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from tests.simulators.pdf import words_of
from tests.simulators.reviewed import Scene

from headstart import clock
from headstart.ledger import queries as ledger
from headstart.people import services as people
from headstart.people.errors import MemberNotFound
from headstart.reviews import queries, services
from headstart.reviews.errors import (
    DocumentNotFound,
    ExportNotFound,
    ExportNotReady,
    OnePerson,
    PersonNeeded,
    TextInvalid,
)
from headstart.reviews.models import Document, Export
from headstart.reviews.rules import Marking, Tlp

pytestmark = pytest.mark.django_db

WORDS = "canary-words-51e7: the weights lie in Reno"
WEEK = timedelta(days=7)


@pytest.fixture
def scene(cast: Any) -> Scene:
    return Scene(cast)


@pytest.fixture
def jo(scene: Scene) -> Any:
    return scene.person("evaluator", "jo")


@pytest.fixture
def al(scene: Scene) -> Any:
    return scene.person("evaluator", "al")


@pytest.fixture
def document(scene: Scene, jo: Any, al: Any) -> Document:
    """For two persons of the evaluator."""
    named = Marking(tlp=Tlp.RED, named=(jo.member_id, al.member_id))
    return services.put_document(
        scene.review.id, actor=scene.developer, kind="model-card", title="The card", text=WORDS, marking=named
    )


@pytest.fixture
def asked(document: Document, jo: Any) -> Export:
    return services.ask_export(document.id, "to read on the train", actor=jo)


def test_two_people_make_a_copy(scene: Scene, asked: Export, jo: Any, al: Any) -> None:
    with pytest.raises(ExportNotReady, match="nobody has agreed"):
        services.take_export(asked.id, actor=jo)
    services.agree_export(asked.id, actor=al)
    name, copy = services.take_export(asked.id, actor=jo)
    assert name == f"{asked.document_id}-{asked.mark}.pdf"
    words = words_of(copy)
    assert WORDS in words
    for said in (asked.mark, "TLP:RED", "jo-of-evaluator of evaluator", "agreed to by al-of-evaluator"):
        assert said in words, said


def test_one_person_is_not_two(asked: Export, jo: Any) -> None:
    with pytest.raises(OnePerson, match="takes two people"):
        services.agree_export(asked.id, actor=jo)
    assert Export.objects.get().agreed_at is None


def test_whom_somebody_seated_does_not_agree_with_them(scene: Scene, document: Document, jo: Any) -> None:
    """A person who may give seats could otherwise make themselves a second."""
    puppet = people.seat(scene.cast.organisation("evaluator"), "pu", actor=jo).as_viewer()
    document.named = [*document.named, puppet.member_id]
    document.save()
    for first, second in ((jo, puppet), (puppet, jo)):
        export = services.ask_export(document.id, "mine", actor=first)
        with pytest.raises(OnePerson):
            services.agree_export(export.id, actor=second)


def test_the_database_refuses_a_copy_that_one_person_agrees_to(asked: Export, jo: Any, al: Any) -> None:
    row = Export.objects.filter(id=asked.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(agreed_by=jo.member_id, agreed_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(agreed_by=None, agreed_at=clock.now())
    row.update(agreed_by=al.member_id, agreed_at=clock.now())


@pytest.mark.parametrize("who", ["developer", "evaluator"])
def test_a_machine_neither_asks_nor_agrees_nor_takes(
    scene: Scene, document: Document, asked: Export, jo: Any, al: Any, who: str
) -> None:
    machine = getattr(scene, who)
    Document.objects.update(tlp=Tlp.AMBER)  # which a machine may read
    for verb in (
        lambda: services.ask_export(document.id, "why", actor=machine),
        lambda: services.agree_export(asked.id, actor=machine),
        lambda: services.take_export(asked.id, actor=machine),
    ):
        with pytest.raises(PersonNeeded, match="only a person may"):
            verb()


@pytest.mark.parametrize("who", ["hub", "authority", "partner", "another_evaluator", "finder"])
def test_who_may_not_read_it_neither_asks_nor_agrees_nor_knows(
    scene: Scene, document: Document, asked: Export, who: str
) -> None:
    person = scene.person(who)
    with pytest.raises(DocumentNotFound):
        services.ask_export(document.id, "why", actor=person)
    for verb in (services.agree_export, services.take_export):
        with pytest.raises(ExportNotFound) as hidden:
            verb(asked.id, actor=person)
        with pytest.raises(ExportNotFound) as absent:
            verb("exp_000000000000", actor=person)
        assert str(hidden.value).replace(asked.id, "") == str(absent.value).replace("exp_000000000000", "")
    with pytest.raises(ExportNotFound):
        queries.traced(person, asked.mark)


def test_a_colleague_who_is_not_named_does_not_agree(scene: Scene, asked: Export) -> None:
    with pytest.raises(ExportNotFound):
        services.agree_export(asked.id, actor=scene.person("evaluator", "third"))


def test_a_person_of_the_owner_agrees_too_for_they_may_read_it(scene: Scene, asked: Export, jo: Any) -> None:
    agreed = services.agree_export(asked.id, actor=scene.person("developer"))
    assert agreed.agreed_by_id == scene.person("developer").member_id
    assert services.take_export(asked.id, actor=jo)


def test_nobody_takes_the_copy_of_another(scene: Scene, asked: Export, al: Any) -> None:
    services.agree_export(asked.id, actor=al)
    for other in (al, scene.person("developer")):
        with pytest.raises(ExportNotFound):
            services.take_export(asked.id, actor=other)


def test_agreeing_twice_is_refused_and_changes_nothing(scene: Scene, asked: Export, al: Any) -> None:
    services.agree_export(asked.id, actor=al)
    with pytest.raises(ExportNotReady, match="already"):
        services.agree_export(asked.id, actor=scene.person("developer"))
    assert Export.objects.get().agreed_by_id == al.member_id


def test_a_copy_is_taken_within_seven_days(asked: Export, jo: Any, al: Any) -> None:
    agreed = services.agree_export(asked.id, actor=al)
    assert agreed.agreed_at is not None
    clock.travel_to(agreed.agreed_at + WEEK - timedelta(minutes=1))
    services.take_export(asked.id, actor=jo)
    clock.travel_to(agreed.agreed_at + WEEK)
    with pytest.raises(ExportNotReady, match="seven days"):
        services.take_export(asked.id, actor=jo)


def test_who_may_no_longer_read_it_takes_no_copy(scene: Scene, asked: Export, jo: Any, al: Any) -> None:
    services.agree_export(asked.id, actor=al)
    Document.objects.update(named=[al.member_id])
    with pytest.raises(ExportNotFound):
        services.take_export(asked.id, actor=jo)


def test_who_left_takes_no_copy(scene: Scene, asked: Export, jo: Any, al: Any) -> None:
    services.agree_export(asked.id, actor=al)
    people.leave(jo.member_id, actor=scene.hub)
    with pytest.raises(MemberNotFound):
        services.take_export(asked.id, actor=jo)


def test_a_copy_without_its_entry_is_not_handed_over(
    asked: Export, jo: Any, al: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.agree_export(asked.id, actor=al)

    def full(**_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("headstart.reviews.services.exports.ledger.append", full)
    with pytest.raises(OSError, match="full"):
        services.take_export(asked.id, actor=jo)
    assert Export.objects.get().taken_at is None


def test_what_changes_while_the_copy_is_drawn_is_looked_at_again(
    asked: Export, jo: Any, al: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.agree_export(asked.id, actor=al)

    def taken_back_meanwhile(_: Any) -> bytes:
        Document.objects.update(named=[])
        return b"%PDF"

    monkeypatch.setattr("headstart.reviews.services.exports.work.draw_copy", taken_back_meanwhile)
    with pytest.raises(ExportNotFound):
        services.take_export(asked.id, actor=jo)


def test_every_step_is_in_the_ledger_and_every_taking(scene: Scene, asked: Export, jo: Any, al: Any) -> None:
    services.agree_export(asked.id, actor=al)
    services.take_export(asked.id, actor=jo)
    first = Export.objects.get().taken_at
    services.take_export(asked.id, actor=jo)
    assert Export.objects.get().taken_at == first
    entries = list(ledger.about(scene.developer, asked.document.urn).filter(kind__contains="export"))
    steps = [(each.kind.removeprefix("review.export_"), each.details["member"]) for each in entries]
    assert steps == [
        ("asked", jo.member_id), ("agreed", al.member_id), ("taken", jo.member_id), ("taken", jo.member_id),
    ]  # fmt: skip
    assert all(each.details["mark"] == asked.mark for each in entries)
    assert not any(WORDS in str(each.details) or asked.reason in str(each.details) for each in entries)
    for who in ("hub", "evaluator"):
        assert ledger.about(getattr(scene, who), asked.document.urn).filter(kind__contains="export").exists()
    for who in ("authority", "partner", "another_evaluator"):
        assert not ledger.about(getattr(scene, who), asked.document.urn).exists(), who


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301, "a\0b", "a\nb"])
def test_a_reason_is_given(document: Document, jo: Any, reason: str) -> None:
    with pytest.raises(TextInvalid):
        services.ask_export(document.id, reason, actor=jo)
    assert not Export.objects.exists()


def test_a_mark_leads_back_to_whose_copy_it_was_however_it_was_typed(
    scene: Scene, asked: Export, jo: Any, al: Any
) -> None:
    misread = asked.mark.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    for viewer in (scene.developer, scene.person("developer"), al):
        found = queries.traced(viewer, f" {misread} ")
        assert (found.id, found.asked_by, found.asked_by_organisation) == (
            asked.id, "jo-of-evaluator", "evaluator",
        )  # fmt: skip


@pytest.mark.parametrize("mark", ["", "-", "%", "0000-0000-0000-0000", "x" * 100_000, "\0"])
def test_a_mark_of_no_copy_leads_nowhere(scene: Scene, asked: Export, mark: str) -> None:
    with pytest.raises(ExportNotFound):
        queries.traced(scene.developer, mark)


def test_a_list_says_what_this_viewer_can_do_and_never_the_words(
    scene: Scene, asked: Export, jo: Any, al: Any
) -> None:
    def seen(viewer: Any) -> tuple[bool, bool] | None:
        rows = queries.exports(viewer, scene.review.id)
        assert WORDS not in repr(rows)
        return (rows[0].may_agree, rows[0].may_take) if rows else None

    assert seen(jo) == (False, False)
    assert seen(al) == (True, False)
    assert seen(scene.person("developer")) == (True, False)
    assert seen(scene.developer) == (False, False)  # a machine of the owner knows, and can do nothing
    for who in ("hub", "authority", "evaluator", "partner"):
        assert seen(getattr(scene, who)) is None
    services.agree_export(asked.id, actor=al)
    assert (seen(jo), seen(al)) == ((False, True), (False, False))
    clock.travel_to(clock.now() + WEEK)
    assert seen(jo) == (False, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="one writer at a time")
def test_of_two_who_agree_at_the_same_time_one_does(scene: Scene, asked: Export, al: Any) -> None:
    others = [al, scene.person("developer")]
    said: list[str] = []

    def agree(who: Any) -> None:
        try:
            services.agree_export(asked.id, actor=who)
            said.append("agreed")
        except ExportNotReady:
            said.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=(each,)) for each in others]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(said) == ["agreed", "late"]
