"""Terms, answers and partners on the pages: words that are shown and taken away, envelopes that come back."""

import io
import json
import re
from typing import Any

import msgspec
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.web.parties import NAME, PROPOSAL, TERMS, Parties
from tests.web.test_reviews import words

from headstart.reviews import queries
from headstart.reviews import services as reviewing
from headstart.reviews.rules import AccessLevel, Answer, Content, Safeguards, Scope, Tlp
from headstart.web import signing
from headstart.web.views.review_terms import compared

FORM = {
    "access_level": "AL2",
    "safeguards": "off",
    "confidentiality": "TLP:RED",
    "trade_secrets": "weights\r\nprompts",
    "data_handling": "deleted after a year",
    "keep_content": "encrypted",
    "keep_days": "30",
    "may_publish": "counts\n\n  dates  ",
    "reply_days": "7",
    "notes": "",
}
RULING = {
    "criterion": ["Hardest family", ""],
    "met-0": "yes",
    "met-1": "unknown",
    "why": ["Solved.", ""],
    "answer": "covered",
    "reasons": "As said.",
}
PARTNER = {
    "organisation": "partner",
    "reason": "runs the grid",
    "tier": "critical-infrastructure",
    "scopes": ["chat", "models"],
    "expires_at": "",
}


@pytest.mark.django_db
def test_terms_are_proposed_as_they_were_typed(parties: Parties) -> None:
    parties.ask()
    client = parties.seat("developer")
    answer = client.post(parties.url("terms"), {**FORM, "counterpart": "evaluator"})
    (made,) = queries.agreements(parties.cast.hub, parties.review.id)
    assert answer["Location"] == parties.url(f"terms/{made.id}")
    terms = made.terms
    assert (terms.access_level, terms.safeguards) == (AccessLevel.AL2, Safeguards.OFF)
    assert (terms.confidentiality, terms.keep_content) == (Tlp.RED, Content.ENCRYPTED)
    assert (terms.keep_days, terms.reply_days) == (30, 7)
    assert terms.trade_secrets == "weights\nprompts"
    assert terms.may_publish == ("counts", "dates")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("keep_days", "many", "is no whole number"),
        ("keep_days", "", "write a number"),
        ("keep_days", "99999", "keep_days"),
        ("access_level", "AL9", "choose one of"),
        ("confidentiality", "TLP:WHITE", "choose one of"),
        ("notes", "x" * 30_000, "at most"),
        ("counterpart", "nobody", "nobody is known here"),
        ("counterpart", "developer", "join"),
        ("counterpart", "another_finder", "join"),
        ("counterpart", " ", "say something"),
    ],
)
def test_terms_that_can_t_be_are_refused_in_a_line_and_stay(
    parties: Parties, field: str, value: str, says: str
) -> None:
    parties.ask()
    parties.organisation("another_finder")
    typed = {**FORM, "counterpart": "evaluator", field: value}
    answer = parties.seat("developer").post(parties.url("terms"), typed)
    text = answer.content.decode()
    assert answer.status_code in (403, 409, 422)
    assert says in text.split('role="alert"')[1].split("</div>")[0]
    assert "deleted after a year" in text
    assert not queries.agreements(parties.cast.hub, parties.review.id)


@pytest.mark.django_db
def test_a_counterpart_proposes_with_the_developer_and_nobody_else(parties: Parties) -> None:
    parties.open()
    parties.seat("evaluator").post(parties.url("terms"), {**FORM, "counterpart": "partner"})
    (made,) = queries.agreements(parties.cast.hub, parties.review.id)
    assert made.counterpart.name == "evaluator"
    answer = parties.seat("hub").post(parties.url("terms"), FORM)
    assert answer.status_code == 403
    assert 'role="alert"' in answer.content.decode()
    assert "Propose these terms" not in words(parties.seat("hub"), parties.url("terms"))
    assert len(queries.agreements(parties.cast.hub, parties.review.id)) == 1


@pytest.mark.django_db
def test_terms_are_seen_and_signed_before_anything_else_of_the_review(parties: Parties) -> None:
    parties.ask()
    made = reviewing.propose_terms(
        parties.review.id, parties.organisation("evaluator"), TERMS, actor=parties.person("developer")
    )
    client, page = parties.seat("evaluator"), parties.url(f"terms/{made.id}")
    assert client.get(parties.url()).status_code == 404
    assert "Sign version 1 of the terms with developer" in words(client, "/reviews/")
    assert NAME not in client.get(page).content.decode()
    envelope = parties.sign_file("evaluator", client.get(f"{page}/words.json"))
    client.post(page, {"do": "sign", "envelope": envelope})
    assert [each.signer.name for each in queries.agreement(parties.cast.hub, made.id).signatures.all()] == [
        "evaluator"
    ]
    assert "Sign version 1" not in words(client, "/reviews/")
    for name in ("partner", "authority", "another_evaluator"):
        assert parties.seat(name).get(page).status_code == 404, name
        assert parties.seat(name).get(f"{page}/words.json").status_code == 404, name
    assert client.get(f"/reviews/rev_other/terms/{made.id}").status_code == 404


@pytest.mark.django_db
def test_a_file_is_as_good_as_what_was_pasted(parties: Parties) -> None:
    parties.open()
    made = reviewing.propose_terms(
        parties.review.id, parties.organisation("evaluator"), TERMS, actor=parties.person("developer")
    )
    client, page = parties.seat("developer"), parties.url(f"terms/{made.id}")
    file = io.BytesIO(parties.sign_file("developer", client.get(f"{page}/words.json")).encode())
    file.name = "envelope.json"
    answer = client.post(page, {"do": "sign", "envelope_file": file}, follow=True)
    assert "in force once the other side has signed" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("handed_in", "says"),
    [
        ("", "There is no envelope yet"),
        ("no json", "no signed envelope"),
        ("[" * 5000, "no signed envelope"),
        ('{"payload": 1, "payloadType": "", "signatures": []}', "no signed envelope"),
        ('{"payload": "e30=", "payloadType": "x", "signatures": []}', "payloadType"),
        ("x" * (signing.LARGEST_ENVELOPE + 1), "at most 1024 KiB"),
    ],
)
def test_what_is_no_envelope_is_refused_in_a_line(parties: Parties, handed_in: str, says: str) -> None:
    parties.open()
    made = reviewing.propose_terms(
        parties.review.id, parties.organisation("evaluator"), TERMS, actor=parties.person("developer")
    )
    page = parties.url(f"terms/{made.id}")
    answer = parties.seat("developer").post(page, {"do": "sign", "envelope": handed_in})
    assert answer.status_code == 422
    assert says in answer.content.decode().split('role="alert"')[1].split("</div>")[0]


@pytest.mark.django_db
def test_another_s_key_and_other_words_sign_nothing(parties: Parties) -> None:
    parties.open()
    made = reviewing.propose_terms(
        parties.review.id, parties.organisation("evaluator"), TERMS, actor=parties.person("developer")
    )
    client, page = parties.seat("developer"), parties.url(f"terms/{made.id}")
    right = json.loads(client.get(f"{page}/words.json").content)
    wrong = json.loads(json.dumps(right))
    wrong["predicate"]["terms"]["reply_days"] = 0
    for envelope in (parties.sign("evaluator", right), parties.sign("developer", wrong)):
        answer = client.post(page, {"do": "sign", "envelope": envelope})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert not queries.agreement(parties.cast.hub, made.id).signatures.all()


@pytest.mark.django_db
def test_versions_are_held_side_by_side_and_what_differs_is_said(parties: Parties) -> None:
    parties.open()
    parties.agree()
    second = parties.agree(terms=msgspec.structs.replace(TERMS, reply_days=9))
    third = parties.agree(terms=msgspec.structs.replace(TERMS, notes="As before."))
    client = parties.seat("evaluator")
    said = words(client, parties.url(f"terms/{second.id}"))
    assert "beside version 1" in said
    assert said.count("differs") == 1
    assert words(client, parties.url(f"terms/{third.id}?with=1")).count("differs") == 1
    assert words(client, parties.url(f"terms/{third.id}")).count("differs") == 2
    assert words(client, parties.url(f"terms/{third.id}?with=<b>")).count("differs") == 2
    assert words(client, parties.url("terms")).count("in force since") == 1


def test_every_term_is_on_the_page_that_compares() -> None:
    labels = {each["label"] for each in compared(None, TERMS)}
    assert len(labels) == len(msgspec.structs.fields(TERMS))
    assert not any(each["changed"] for each in compared(None, TERMS))
    assert not any(each["changed"] for each in compared(TERMS, TERMS))


def answered(parties: Parties, client: Client, **changed: Any) -> Any:
    """Post the authority's answer, signed over the words that its page lets one download."""
    said = {**RULING, **changed}
    envelope = parties.sign_file(
        "authority", client.post(parties.url("determination"), {**said, "do": "download"})
    )
    return client.post(parties.url("determination"), {**said, "do": "sign", "envelope": envelope})


@pytest.mark.django_db
def test_an_answer_is_recorded_as_it_was_signed(parties: Parties) -> None:
    parties.ask()
    note = reviewing.put_document(
        parties.review.id, actor=parties.person("developer"), kind="note", title="N", text="A note."
    )
    client = parties.seat("authority")
    answer = answered(parties, client, evidence=[note.digest, note.digest])
    assert answer["Location"] == parties.url()
    (made,) = queries.determinations(parties.cast.hub, parties.review.id)
    assert (made.answer, made.reasons, made.evidence) == (Answer.COVERED, "As said.", [note.digest])
    assert made.criteria == [{"name": "Hardest family", "met": "yes", "why": "Solved."}]
    second = answered(parties, client, answer="not covered", evidence=[])
    assert second.status_code == 302
    assert "Answered before: covered" in words(client, parties.url("determination"))


@pytest.mark.django_db
def test_an_answer_can_t_be_other_than_what_was_signed(parties: Parties) -> None:
    parties.ask()
    client, page = parties.seat("authority"), parties.url("determination")
    envelope = parties.sign_file("authority", client.post(page, {**RULING, "do": "download"}))
    for changed in (
        {"answer": "not covered"},
        {"reasons": "Other."},
        {"met-0": "no"},
        {"why": ["Else.", ""]},
    ):
        answer = client.post(page, {**RULING, **changed, "do": "sign", "envelope": envelope})
        assert answer.status_code == 422, changed
        assert 'role="alert"' in answer.content.decode()
    assert not queries.determinations(parties.cast.hub, parties.review.id)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"answer": "approved"}, "choose one of covered"),
        ({"met-0": "maybe"}, "Criterion 1: choose one of"),
        ({"evidence": ["0" * 63]}, "SHA-256"),
        ({"criterion": ["Same", "Same"], "why": ["", ""]}, "twice"),
    ],
)
def test_an_answer_that_can_t_be_is_refused_on_its_form(
    parties: Parties, changed: dict[str, Any], says: str
) -> None:
    parties.ask()
    answer = parties.seat("authority").post(
        parties.url("determination"), {**RULING, **changed, "do": "words"}
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text.split('role="alert"')[1].split("</div>")[0]
    assert "As said." in text


@pytest.mark.django_db
def test_words_of_others_stay_words_on_every_page_that_shows_them(parties: Parties) -> None:
    parties.open()
    hostile = "</textarea><script>alert(1)</script>"
    parties.agree(terms=msgspec.structs.replace(TERMS, notes=hostile, may_publish=(hostile,)))
    reviewing.put_document(
        parties.review.id, actor=parties.person("developer"), kind="note", title=hostile, text=hostile
    )
    client, (version,) = parties.seat("authority"), queries.agreements(parties.cast.hub, parties.review.id)
    said = {**RULING, "reasons": hostile, "criterion": [hostile, ""], "do": "words"}
    pages = [
        client.post(parties.url("determination"), said),
        client.get(parties.url("determination")),
        client.get(parties.url("documents")),
        parties.seat("evaluator").get(parties.url("terms")),
        parties.seat("evaluator").get(parties.url(f"terms/{version.id}")),
        parties.seat("developer").get(parties.url()),
    ]
    for answer in pages:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.django_db
def test_a_partner_is_in_force_once_the_other_side_has_signed_on_its_page(parties: Parties) -> None:
    parties.open()
    client, page = parties.seat("developer"), parties.url("partners/new")
    shown = client.post(page, {**PARTNER, "do": "words"})
    assert "runs the grid" in shown.content.decode()
    assert not queries.partners(parties.cast.hub, parties.review.id)
    envelope = parties.sign_file("developer", client.post(page, {**PARTNER, "do": "download"}))
    client.post(page, {**PARTNER, "do": "sign", "envelope": envelope})
    (made,) = queries.partners(parties.cast.hub, parties.review.id)
    assert (made.in_force_at, made.proposal.scopes) == (None, (Scope.CHAT, Scope.MODELS))
    one = parties.url(f"partners/{made.pk}")
    again = parties.sign_file("developer", client.get(f"{one}/words.json"))
    client.post(one, {"do": "sign", "envelope": again})
    assert queries.partner(parties.cast.hub, made.pk).in_force_at is None
    authority = parties.seat("authority")
    envelope = parties.sign_file("authority", authority.get(f"{one}/words.json"))
    authority.post(one, {"do": "sign", "envelope": envelope})
    assert queries.partner(parties.cast.hub, made.pk).in_force_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"organisation": "nobody"}, "nobody is known here"),
        ({"reason": ""}, "say something"),
        ({"tier": "gold"}, "choose one of"),
        ({"scopes": ["chat", "root"]}, "choose one of"),
        ({"scopes": []}, "names what the partner may use"),
        ({"expires_at": "tomorrow"}, "is no time"),
        ({"expires_at": "2001-01-01T00:00"}, "its end has passed"),
        ({"organisation": "authority"}, "join"),
    ],
)
def test_a_proposal_that_can_t_be_is_refused(parties: Parties, changed: dict[str, Any], says: str) -> None:
    parties.open()
    said, page = {**PARTNER, **changed}, parties.url("partners/new")
    client = parties.seat("developer")
    answer = client.post(page, {**said, "do": "words"})
    if answer.status_code == 200:  # the words can be shown; the room refuses them when they are signed
        envelope = parties.sign_file("developer", client.post(page, {**said, "do": "download"}))
        answer = client.post(page, {**said, "do": "sign", "envelope": envelope})
    assert answer.status_code in (403, 409, 422)
    assert says in answer.content.decode().split('role="alert"')[1].split("</div>")[0]
    assert not queries.partners(parties.cast.hub, parties.review.id)


@pytest.mark.django_db
def test_either_side_revokes_with_a_reason_and_nobody_else(parties: Parties) -> None:
    parties.open()
    made = parties.sign_partner("developer", "authority", proposal=PROPOSAL)
    page = parties.url(f"partners/{made.pk}")
    for name, status in (("partner", 403), ("evaluator", 404), ("hub", 403)):
        assert parties.seat(name).post(page, {"do": "revoke", "why": "x"}).status_code == status, name
    client = parties.seat("authority")
    assert client.post(page, {"do": "revoke", "why": " "}).status_code == 422
    assert parties.seat("partner").get(parties.url()).status_code == 200
    assert client.post(page, {"do": "revoke", "why": "it was sold"})["Location"] == parties.url()
    assert parties.seat("partner").get(parties.url()).status_code == 404
    other = parties.review.id
    parties.ask()
    assert client.get(parties.url(f"partners/{made.pk}")).status_code == 404
    assert client.get(f"/reviews/{other}/partners/{made.pk}").status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(predicate=st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_everything_that_is_signed_is_shown(predicate: dict[str, Any]) -> None:
    shown = signing.words({"predicate": predicate})
    assert json.loads(shown.text)["predicate"] == predicate
    said = "\n".join(line for _, line in shown.lines)

    def leaves(value: Any) -> Any:
        if isinstance(value, dict):
            return [leaf for each in value.values() for leaf in leaves(each)]
        if isinstance(value, list):
            return [leaf for each in value for leaf in leaves(each)]
        return [value]

    for leaf in leaves(predicate):
        if isinstance(leaf, str) and leaf:
            assert leaf in said
        if isinstance(leaf, int) and not isinstance(leaf, bool):
            assert str(leaf) in said


@pytest.mark.django_db
def test_of_several_versions_the_newest_alone_waits_for_a_signature(parties: Parties) -> None:
    parties.open()
    for days in (5, 6):
        terms = msgspec.structs.replace(TERMS, reply_days=days)
        reviewing.propose_terms(
            parties.review.id, parties.organisation("evaluator"), terms, actor=parties.person("developer")
        )
    for name in ("developer", "evaluator"):
        text = parties.seat(name).get("/reviews/").content.decode()
        assert re.findall(r"Sign version (\d) of the terms", text) == ["2"], name
