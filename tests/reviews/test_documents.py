"""Documents and marked fields: who reads them, and that each reading of what is strict is written down."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from tests.simulators.reviewed import NAME, OUTSIDE, PLANNED, SAID, Scene

from headstart import clock
from headstart.benchmarks.errors import EvaluationNotFound
from headstart.benchmarks.models import Evaluation
from headstart.ledger import queries as ledger
from headstart.ledger.models import Entry
from headstart.people import services as people
from headstart.people.rules import ANYONE
from headstart.reviews import queries, services
from headstart.reviews.errors import (
    DocumentInvalid,
    DocumentNotFound,
    ExportNotFound,
    FieldHidden,
    FieldNotFound,
    MarkingInvalid,
    NotTheirs,
    ReviewNotFound,
    TextInvalid,
)
from headstart.reviews.models import Document, Partner
from headstart.reviews.rules import Marking, Role, Terms, Tlp

pytestmark = pytest.mark.django_db

WORDS = "canary-words-51e7: the weights lie in Reno"
AMBER, STRICT, RED = Marking(tlp=Tlp.AMBER), Marking(tlp=Tlp.AMBER_STRICT), Marking(tlp=Tlp.RED)


@pytest.fixture
def scene(cast: Any) -> Scene:
    return Scene(cast)


def put(scene: Scene, who: str = "developer", marking: Marking | None = AMBER, **said: Any) -> Document:
    about = {"kind": "note", "title": "A note", "text": WORDS, **said}
    return services.put_document(scene.review.id, actor=getattr(scene, who), marking=marking, **about)


def readings(scene: Scene) -> list[Entry]:
    kinds = ("review.document_read", "review.field_read")
    return list(ledger.entries(scene.hub).filter(kind__in=kinds))


# --- roles


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("developer", Role.DEVELOPER),
        ("authority", Role.AUTHORITY),
        ("hub", Role.HUB),
        ("evaluator", Role.EVALUATOR),
        ("partner", Role.PARTNER),
        ("another_partner", Role.MEMBER),  # proposed, and not in force
        ("another_developer", Role.MEMBER),
        ("finder", Role.MEMBER),
    ],
)
def test_everyone_has_one_role_in_a_review_person_or_machine(scene: Scene, who: str, role: Role) -> None:
    assert queries.role_of(getattr(scene, who), scene.review) is role
    assert queries.role_of(scene.person(who), scene.review) is role
    assert queries.role_of(ANYONE, scene.review) is Role.PUBLIC


def test_access_that_was_taken_back_is_no_role_and_a_window_that_closed_leaves_it(scene: Scene) -> None:
    services.take_back_access(scene.review.id, scene.cast.organisation("evaluator"), actor=scene.developer)
    assert queries.role_of(scene.evaluator, scene.review) is Role.MEMBER
    services.withdraw(scene.review.id, actor=scene.developer)
    assert queries.role_of(scene.another_evaluator, scene.review) is Role.EVALUATOR


def test_a_partnership_that_is_over_is_no_role(scene: Scene) -> None:
    partner = Partner.objects.filter(organisation_id=scene.id_of("partner"))
    partner.update(expires_at=clock.now() + timedelta(hours=1))
    assert queries.role_of(scene.partner, scene.review) is Role.PARTNER
    partner.update(expires_at=clock.now())
    assert queries.role_of(scene.partner, scene.review) is Role.MEMBER
    partner.update(expires_at=None, revoked_at=clock.now())
    assert queries.role_of(scene.partner, scene.review) is Role.MEMBER


def test_who_left_or_was_revoked_is_told_of_no_later_step(scene: Scene) -> None:
    told = queries.readers_of(scene.review)
    assert {scene.id_of(who) for who in ("developer", "evaluator", "another_evaluator", "partner")} <= set(
        told
    )
    services.take_back_access(scene.review.id, scene.cast.organisation("evaluator"), actor=scene.developer)
    Partner.objects.filter(organisation_id=scene.id_of("partner")).update(revoked_at=clock.now())
    now = queries.readers_of(scene.review)
    assert set(told) - set(now) == {scene.id_of("evaluator"), scene.id_of("partner")}


# --- documents


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.CLEAR])
def test_what_may_be_passed_on_is_read_in_the_list_by_everyone_in_the_review(scene: Scene, tlp: Tlp) -> None:
    made = put(scene, marking=Marking(tlp=tlp))
    for who in ("developer", "authority", "hub", "evaluator", "partner"):
        (paper,) = queries.documents(getattr(scene, who), scene.review.id)
        assert (paper.id, paper.text, paper.is_noted) == (made.id, WORDS, False)
        assert services.read_document(made.id, actor=getattr(scene, who)).text == WORDS
    assert readings(scene) == []


def test_what_is_amber_is_read_by_everyone_in_the_review_and_each_reading_is_written_down(
    scene: Scene,
) -> None:
    made = put(scene)
    readers = ("developer", "authority", "hub", "evaluator", "partner")
    for number, who in enumerate(readers, 1):
        (paper,) = queries.documents(getattr(scene, who), scene.review.id)
        assert (paper.id, paper.text, paper.marking) == (made.id, None, AMBER)
        assert services.read_document(made.id, actor=getattr(scene, who)).text == WORDS
        assert len(readings(scene)) == number


@pytest.mark.parametrize("marking", [AMBER, STRICT, RED, Marking(tlp=Tlp.GREEN, trade_secret=True)])
def test_the_words_of_what_is_kept_to_some_are_in_no_list_not_even_their_owners(
    scene: Scene, marking: Marking
) -> None:
    made = put(scene, marking=marking)
    (paper,) = queries.documents(scene.person("developer"), scene.review.id)
    assert (paper.id, paper.text, paper.is_noted) == (made.id, None, True)
    assert queries.document(scene.person("developer"), made.id).text is None
    assert WORDS not in repr(paper)


def test_a_document_that_is_a_measurement_alone_has_no_words_to_read(scene: Scene) -> None:
    made = put(scene, "evaluator", text="", evaluation_id=evaluation(scene, scene.review.urn).id)
    paper = queries.document(scene.partner, made.id)
    assert (paper.text, paper.is_noted) == ("", False)


def test_reading_what_is_strict_is_written_down_with_the_reading(scene: Scene) -> None:
    reader = scene.person("evaluator")
    made = put(scene, marking=Marking(tlp=Tlp.RED, named=(str(reader.member_id),)))
    assert services.read_document(made.id, actor=reader).text == WORDS
    (entry,) = readings(scene)
    assert (entry.kind, entry.subject, entry.actor) == (
        "review.document_read",
        made.urn,
        reader.organisation_id,
    )
    assert entry.details == {
        "review": scene.review.id,
        "document": made.id,
        "organisation": reader.organisation_id,
        "member": reader.member_id,
    }
    services.read_document(made.id, actor=reader)
    assert len(readings(scene)) == 2  # each reading


def test_the_owner_and_the_reader_know_of_a_reading_and_nobody_else_does(scene: Scene) -> None:
    made = put(scene, marking=Marking(tlp=Tlp.AMBER_STRICT, named=(scene.id_of("evaluator"),)))
    services.read_document(made.id, actor=scene.evaluator)
    for who, viewer in scene.everyone():
        knows = ledger.about(viewer, made.urn).filter(kind="review.document_read").exists()
        assert knows == (who.removeprefix("a person of ") in ("developer", "evaluator", "hub")), who


def test_where_it_can_not_be_written_down_it_is_not_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = put(scene, marking=STRICT)

    def full(**_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("headstart.reviews.services.documents.ledger.append", full)
    with pytest.raises(OSError, match="full"):
        services.read_document(made.id, actor=scene.developer)
    with pytest.raises(OSError, match="full"):
        services.read_field(scene.review.id, "planned_release_on", actor=scene.developer)


def test_a_document_of_others_looks_absent_to_read_and_to_list(scene: Scene) -> None:
    made = put(scene, marking=STRICT)
    for who in ("hub", "authority", "evaluator", "partner"):
        for viewer in (getattr(scene, who), scene.person(who)):
            assert queries.documents(viewer, scene.review.id) == []
            for read in (
                lambda i, v=viewer: services.read_document(i, actor=v),
                lambda i, v=viewer: queries.document(v, i),
            ):
                with pytest.raises(DocumentNotFound) as hidden:
                    read(made.id)
                with pytest.raises(DocumentNotFound) as absent:
                    read("doc_000000000000")
                assert str(hidden.value).replace(made.id, "") == str(absent.value).replace(
                    "doc_000000000000", ""
                )
    assert readings(scene) == []


@pytest.mark.parametrize("said", ["", "\0", "doc_a\0b", "x" * 100_000, "%"])
def test_an_id_that_can_be_nobodys_is_absent(scene: Scene, said: str) -> None:
    with pytest.raises(DocumentNotFound) as refused:
        services.read_document(said, actor=scene.developer)
    assert len(str(refused.value)) < 120
    with pytest.raises(ExportNotFound):
        queries.export(scene.developer, said)


@pytest.mark.parametrize("tlp", [Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER])
def test_who_may_not_know_of_the_review_reads_nothing_of_it_whatever_the_label(
    scene: Scene, tlp: Tlp
) -> None:
    made = put(scene, marking=Marking(tlp=tlp, named=tuple(scene.id_of(who) for who in OUTSIDE)))
    for viewer in (ANYONE, *(getattr(scene, who) for who in OUTSIDE)):
        with pytest.raises(DocumentNotFound):
            services.read_document(made.id, actor=viewer)
        with pytest.raises(ReviewNotFound):
            queries.documents(viewer, scene.review.id)


def test_a_reader_who_left_or_whose_access_was_taken_back_reads_no_more(scene: Scene) -> None:
    made = put(scene)
    assert services.read_document(made.id, actor=scene.evaluator)
    services.take_back_access(scene.review.id, scene.cast.organisation("evaluator"), actor=scene.developer)
    with pytest.raises(DocumentNotFound):
        services.read_document(made.id, actor=scene.evaluator)


@pytest.mark.parametrize("who", ["another_partner", "another_developer", "finder"])
def test_who_takes_no_part_puts_nothing_in(scene: Scene, who: str) -> None:
    with pytest.raises((ReviewNotFound, NotTheirs)):
        put(scene, who)
    assert not Document.objects.exists()


def test_a_documents_digest_is_of_its_words(scene: Scene) -> None:
    made = put(scene, text="naïve\n")
    assert made.digest == hashlib.sha256("naïve\n".encode()).hexdigest()
    entry = ledger.about(scene.developer, made.urn).get()
    assert entry.details == {
        "review": scene.review.id,
        "kind": "note",
        "digest": made.digest,
        "tlp": "TLP:AMBER",
    }
    assert "naïve" not in str(entry.details)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"kind": "approval"}, DocumentInvalid),
        ({"text": ""}, DocumentInvalid),
        ({"text": " \n"}, DocumentInvalid),
        ({"text": "é" * (1 << 19) + "x"}, DocumentInvalid),  # 1 MiB and a byte
        ({"text": "x" * ((1 << 20) + 1)}, TextInvalid),
        ({"text": "a\0b"}, TextInvalid),
        ({"text": "\ud800"}, TextInvalid),
        ({"title": ""}, TextInvalid),
        ({"title": "x" * 201}, TextInvalid),
        ({"title": "a\nb"}, TextInvalid),
    ],
)
def test_what_breaks_a_bound_is_refused_and_not_kept(scene: Scene, said: dict[str, str], error: Any) -> None:
    with pytest.raises(error) as refused:
        put(scene, **said)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200
    assert not Document.objects.exists()


def test_a_whole_mebibyte_is_kept(scene: Scene) -> None:
    assert len(put(scene, text="é" * (1 << 19)).text) == 1 << 19


def test_one_owner_can_not_fill_a_review(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headstart.reviews.services.documents.MOST_DOCUMENTS", 2)
    put(scene), put(scene)
    with pytest.raises(DocumentInvalid, match="one too many: 2"):
        put(scene)
    assert put(scene, "evaluator")


def test_without_a_marking_it_is_amber_or_as_was_agreed(scene: Scene) -> None:
    assert put(scene, "evaluator", None).marking == AMBER
    agreement = services.propose_terms(
        scene.review.id,
        scene.cast.organisation("evaluator"),
        Terms(access_level="AL1"),
        actor=scene.developer,
    )
    type(agreement).objects.update(in_force_at=clock.now())
    made = put(scene, "evaluator", None)
    assert made.marking == Marking(tlp=Tlp.AMBER_STRICT, named=(scene.id_of("developer"),))
    assert services.read_document(made.id, actor=scene.developer).text == WORDS
    assert put(scene, "developer", None).marking == AMBER


# --- evidence


def evaluation(scene: Scene, subject: str, *, sealed: bool = True) -> Evaluation:
    now = clock.now()
    return Evaluation.objects.create(
        evaluator_id=scene.id_of("evaluator"), developer_id=scene.id_of("developer"), subject=subject,
        model_name="m", scaffold="s", families={}, commitment="0" * 64, plan={},
        sealed_at=now if sealed else None, ability=0.0, standard_error=1.0, low=-1.0, high=1.0, solved=1, counted=2,
        rate_low=0.0, rate_high=1.0, refusals=0, infrastructure=0, budget={}, sandbox="bubblewrap", weaker=False,
        started_at=now, ended_at=now,
    )  # fmt: skip


def test_evidence_is_advisory_unless_it_was_measured_here_on_sealed_items(scene: Scene) -> None:
    urn = scene.review.urn
    sealed, open_ = evaluation(scene, urn), evaluation(scene, urn, sealed=False)
    assert put(scene, kind="evidence").advisory  # a public benchmark, in words
    assert put(scene, kind="evidence", evaluation_id=open_.id).advisory
    assert not put(scene, kind="evidence", evaluation_id=sealed.id, text="").advisory
    assert not put(scene, kind="model-card").advisory  # it is no measurement


def test_a_document_without_words_is_signed_for_by_what_names_its_measurement(scene: Scene) -> None:
    one, other = (evaluation(scene, scene.review.urn) for _ in range(2))
    digests = [
        put(scene, kind="evidence", evaluation_id=each.id, text="").digest for each in (one, other, one)
    ]
    assert digests[0] == digests[2] != digests[1]
    assert hashlib.sha256(b"").hexdigest() not in digests
    named = f'{{"commitment":"{"0" * 64}","evaluation":"{one.id}","log":""}}'
    assert digests[0] == hashlib.sha256(named.encode()).hexdigest()


def test_evidence_is_the_actors_to_see_and_of_this_review(scene: Scene) -> None:
    made = evaluation(scene, "urn:headstart:review:rev_another")
    with pytest.raises(DocumentInvalid, match="another review"):
        put(scene, kind="evidence", evaluation_id=made.id)
    own = evaluation(scene, f"urn:headstart:organisation:{scene.id_of('evaluator')}")
    assert not put(scene, kind="evidence", evaluation_id=own.id).advisory
    with pytest.raises(EvaluationNotFound):
        put(scene, "another_evaluator", kind="evidence", evaluation_id=own.id)


@pytest.mark.parametrize(
    ("marking", "told"),
    [
        (AMBER, {"developer", "evaluator", "another_evaluator", "partner", "authority"}),
        (Marking(tlp=Tlp.GREEN, trade_secret=True), {"developer", "authority"}),
        (STRICT, {"developer"}),
        (RED, {"developer"}),
    ],
)
def test_those_are_told_of_evidence_who_may_read_it(scene: Scene, marking: Marking, told: set[str]) -> None:
    made = put(scene, kind="evidence", marking=marking)
    for who, viewer in scene.everyone():
        knows = ledger.about(viewer, made.urn).filter(kind="review.evidence_added").exists()
        assert knows == (who.removeprefix("a person of ") in {*told, "hub"}), who


def test_those_are_written_to_who_may_know(scene: Scene, mailoutbox: list[Any]) -> None:
    named = Marking(tlp=Tlp.AMBER_STRICT, named=(scene.id_of("authority"),))
    for marking, told in ((STRICT, []), (named, ["authority@example.org"])):
        mailoutbox.clear()
        made = put(scene, kind="evidence", marking=marking)
        services.write_letters(ledger.about(scene.hub, made.urn).get().index, actor=scene.hub)
        assert [each.to for each in mailoutbox] == [[each] for each in told]
        assert not any(made.title in each.body or WORDS in each.body for each in mailoutbox)


# --- marked anew


def test_who_wrote_a_document_takes_it_back_and_gives_it_again(scene: Scene) -> None:
    made = put(scene, "evaluator")
    assert services.read_document(made.id, actor=scene.developer).text == WORDS
    services.mark_document(made.id, RED, actor=scene.person("evaluator"))
    for who in ("developer", "hub", "authority", "partner", "evaluator"):  # a machine of its owner's neither
        with pytest.raises(DocumentNotFound):
            services.read_document(made.id, actor=getattr(scene, who))
    assert services.read_document(made.id, actor=scene.person("evaluator")).text == WORDS
    services.mark_document(made.id, Marking(tlp=Tlp.GREEN), actor=scene.person("evaluator"))
    assert queries.document(scene.partner, made.id).text == WORDS


def test_that_it_was_marked_anew_is_written_down_for_those_who_may_read_it_now(scene: Scene) -> None:
    made = put(scene)
    named = Marking(tlp=Tlp.AMBER_STRICT, trade_secret=True, named=(scene.id_of("authority"),))
    services.mark_document(made.id, named, actor=scene.developer)
    (entry,) = Entry.objects.filter(kind="review.document_marked")
    assert (entry.subject, entry.actor) == (made.urn, scene.developer.organisation_id)
    assert entry.details == {
        "review": scene.review.id, "before": "TLP:AMBER", "tlp": "TLP:AMBER+STRICT", "secret": True
    }  # fmt: skip
    for who, viewer in scene.everyone():
        knows = ledger.about(viewer, made.urn).filter(kind="review.document_marked").exists()
        assert knows == (who.removeprefix("a person of ") in ("developer", "authority", "hub")), who


@pytest.mark.parametrize("who", ["developer", "hub", "authority", "partner", "another_evaluator"])
def test_nobody_marks_what_another_wrote(scene: Scene, who: str) -> None:
    made = put(scene, "evaluator")
    with pytest.raises(NotTheirs):
        services.mark_document(made.id, Marking(tlp=Tlp.CLEAR), actor=scene.person(who))
    services.mark_document(made.id, RED, actor=scene.person("evaluator"))
    with pytest.raises(DocumentNotFound):
        services.mark_document(made.id, Marking(tlp=Tlp.CLEAR), actor=scene.person(who))


def test_a_machine_can_not_open_what_its_people_keep_to_themselves(scene: Scene) -> None:
    made = put(scene, marking=RED)
    with pytest.raises(DocumentNotFound):
        services.mark_document(made.id, Marking(tlp=Tlp.CLEAR), actor=scene.developer)
    with pytest.raises(MarkingInvalid):
        services.mark_document(
            made.id, Marking(tlp=Tlp.RED, named=("org_000000000000",)), actor=scene.person("developer")
        )
    assert Document.objects.get(id=made.id).marking == RED


# --- marked fields


def test_a_field_is_marked_by_the_programme_until_the_developer_says_otherwise(scene: Scene) -> None:
    seen = queries.fields(scene.evaluator, scene.review)
    assert (seen["model_name"].value, seen["model_name"].marking.tlp) == (NAME, Tlp.AMBER)  # a heading
    assert (seen["description"].value, seen["description"].marking.tlp) == (None, Tlp.AMBER)
    assert services.read_field(scene.review.id, "description", actor=scene.evaluator) == SAID
    assert (seen["planned_release_on"].value, seen["planned_release_on"].readable) == (None, False)
    services.mark_field(scene.review.id, "description", RED, actor=scene.developer)
    services.mark_field(scene.review.id, "planned_release_on", Marking(tlp=Tlp.GREEN), actor=scene.developer)
    review = queries.review(scene.evaluator, scene.review.id)
    seen = queries.fields(scene.evaluator, review)
    assert (seen["description"].value, seen["description"].readable) == (None, False)
    assert seen["planned_release_on"].value == PLANNED.isoformat()


def test_each_reading_of_an_amber_field_is_written_down_but_of_a_name_that_is_a_heading(scene: Scene) -> None:
    assert services.read_field(scene.review.id, "description", actor=scene.partner) == SAID
    assert services.read_field(scene.review.id, "model_name", actor=scene.partner) == NAME
    assert [each.details["field"] for each in readings(scene)] == ["description"]
    services.mark_field(scene.review.id, "model_name", STRICT, actor=scene.developer)
    assert services.read_field(scene.review.id, "model_name", actor=scene.developer) == NAME
    assert [each.details["field"] for each in readings(scene)] == ["description", "model_name"]


def test_a_strict_field_is_read_by_whom_it_names_and_that_is_written_down(scene: Scene) -> None:
    named = Marking(tlp=Tlp.AMBER_STRICT, named=(scene.id_of("authority"),))
    services.mark_field(scene.review.id, "planned_release_on", named, actor=scene.developer)
    seen = queries.fields(scene.authority, queries.review(scene.authority, scene.review.id))
    assert (seen["planned_release_on"].value, seen["planned_release_on"].readable) == (None, True)
    reader = scene.person("authority")
    said = services.read_field(scene.review.id, "planned_release_on", actor=reader)
    assert said == PLANNED.isoformat()
    (entry,) = readings(scene)
    assert (entry.kind, entry.subject) == ("review.field_read", scene.review.urn)
    assert entry.details == {
        "field": "planned_release_on",
        "organisation": reader.organisation_id,
        "member": reader.member_id,
    }
    assert PLANNED.isoformat() not in str(entry.details)


def test_a_field_that_is_not_theirs_is_not_read_and_one_that_is_not_there_neither(scene: Scene) -> None:
    for who in ("hub", "authority", "evaluator", "partner"):
        with pytest.raises(FieldHidden):
            services.read_field(scene.review.id, "planned_release_on", actor=scene.person(who))
    for odd in ("id", "programme_text", "__class__", "developer", ""):
        with pytest.raises(FieldNotFound):
            services.read_field(scene.review.id, odd, actor=scene.developer)
        with pytest.raises(FieldNotFound):
            services.mark_field(scene.review.id, odd, AMBER, actor=scene.developer)
    assert readings(scene) == []


def test_an_empty_field_looks_hidden_where_a_full_one_would(scene: Scene) -> None:
    full = queries.fields(scene.evaluator, scene.review)["planned_release_on"]
    scene.review.planned_release_on = None
    assert queries.fields(scene.evaluator, scene.review)["planned_release_on"] == full
    owners = queries.fields(scene.developer, scene.review)["planned_release_on"]
    scene.review.planned_release_on = PLANNED
    assert queries.fields(scene.developer, scene.review)["planned_release_on"] == owners


def test_whom_a_marking_names_is_told_to_those_who_may_read_it(scene: Scene) -> None:
    named = Marking(tlp=Tlp.AMBER_STRICT, named=(scene.id_of("another_evaluator"),))
    services.mark_field(scene.review.id, "description", named, actor=scene.developer)
    review = queries.review(scene.hub, scene.review.id)
    assert queries.fields(scene.another_evaluator, review)["description"].marking == named
    assert queries.fields(scene.evaluator, review)["description"].marking.named == ()


@pytest.mark.parametrize("who", ["hub", "authority", "evaluator", "partner"])
def test_nobody_but_the_developer_marks_what_it_says(scene: Scene, who: str) -> None:
    with pytest.raises(NotTheirs):
        services.mark_field(scene.review.id, "description", Marking(tlp=Tlp.CLEAR), actor=getattr(scene, who))


def test_a_marking_names_who_is_here_each_once(scene: Scene) -> None:
    jo = str(scene.person("evaluator").member_id)
    made = put(scene, marking=Marking(tlp=Tlp.RED, named=(jo, jo, scene.id_of("hub"))))
    assert made.named == [jo, scene.id_of("hub")]
    with pytest.raises(MarkingInvalid, match="org_000000000000, which is no organisation"):
        put(scene, marking=Marking(tlp=Tlp.RED, named=("org_000000000000",)))
    with pytest.raises(MarkingInvalid, match="at most 50"):
        put(scene, marking=Marking(tlp=Tlp.RED, named=tuple(f"x{n}" for n in range(51))))
    people.leave(jo, actor=scene.hub)
    with pytest.raises(MarkingInvalid):
        put(scene, marking=Marking(tlp=Tlp.RED, named=(jo,)))


def test_a_review_is_called_by_its_models_name_where_that_may_be_read(scene: Scene) -> None:
    for who in ("developer", "hub", "authority", "evaluator", "partner"):
        assert queries.name_for(getattr(scene, who), scene.review) == NAME
    assert queries.name_for(scene.finder, scene.review) == "a model of developer"
    assert queries.name_for(ANYONE, scene.review) == "a model of developer"
    jo = scene.person("evaluator")
    named = Marking(tlp=Tlp.RED, named=(str(jo.member_id),))
    services.mark_field(scene.review.id, "model_name", named, actor=scene.developer)
    review = queries.review(scene.hub, scene.review.id)
    assert queries.name_for(scene.person("developer"), review) == NAME
    for viewer in (jo, scene.evaluator, scene.hub, scene.authority, scene.developer):
        assert queries.name_for(viewer, review) == "a model of developer"
    assert services.read_field(review.id, "model_name", actor=jo) == NAME
