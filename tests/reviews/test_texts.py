"""Words and ids from outside: bounded, and free of what a page, a file or a database can't hold."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.ledger.rules.ids import new_id
from headstart.reviews import queries, rules
from headstart.reviews.errors import AgreementNotFound, PartnerNotFound, ReviewNotFound, TextInvalid

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


def tried(rule: Callable[[str, str, int], str], text: str) -> tuple[str, str]:
    """What was kept, and what was said against it."""
    try:
        return rule(text, "the title", 40), ""
    except TextInvalid as error:
        return "", str(error)


@given(ANYTHING)
def test_a_line_is_kept_as_it_is_or_refused_in_a_line(text: str) -> None:
    kept, refused = tried(rules.line, text)
    assert kept in ("", text)
    assert len(kept) <= 40
    assert not [each for each in "\n\r\v\f\x1c\x85\u2028\u2029\x00" if each in kept]
    assert bool(kept) != bool(refused)
    assert refused == "" or (
        refused.startswith("the title ") and refused.isprintable() and len(refused) < 100
    )
    kept.encode()


@given(ANYTHING)
def test_a_passage_can_always_be_stored(text: str) -> None:
    kept, refused = tried(rules.passage, text)
    assert kept == ("" if refused else text)
    assert "\x00" not in kept
    json.loads(json.dumps(kept).encode())
    kept.encode()


@pytest.mark.parametrize(
    ("text", "layout"), [("a\nb", True), ("a\r\nb\tc", True), ("a\x0bb", False), ("\x7f", False)]
)
def test_a_passage_has_lines_and_tabs_and_no_other_controls(text: str, layout: bool) -> None:
    if layout:
        assert rules.passage(text, "the text", 40) == text
    else:
        with pytest.raises(TextInvalid, match="holds a control character"):
            rules.passage(text, "the text", 40)


@pytest.mark.parametrize("prefix", ["rev", "agr", "doc"])
def test_every_id_that_is_made_here_is_one(prefix: str) -> None:
    made = new_id(prefix)
    assert rules.as_id(made) == made


@given(ANYTHING)
def test_what_could_be_no_id_is_nobodys(text: str) -> None:
    assert rules.as_id(text) in ("", text)
    assert "\x00" not in rules.as_id(text)


@pytest.mark.django_db
@pytest.mark.parametrize("hostile", ["", "a\x00b", "half \ud800", "x" * 100_000, "rev_\n", "../rev_1"])
def test_no_database_is_asked_for_what_it_cant_hold(cast: Any, hostile: str) -> None:
    for ask in (queries.review, queries.agreements, queries.agreement, queries.partner, queries.partners):
        with pytest.raises((ReviewNotFound, AgreementNotFound, PartnerNotFound)) as caught:
            ask(cast.hub, hostile)
        assert len(str(caught.value)) < 100
        assert str(caught.value).isprintable()
