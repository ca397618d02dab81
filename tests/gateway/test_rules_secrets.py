"""The developer's key is found however it is cut; everything else passes as it was."""

import itertools
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.rules.secrets import LEAST_SECRET, SecretSearch

SECRET = 'sk-sk-sk-abc/def+ghi=jkl"mno'
LETTERS = st.sampled_from([b"s", b"k", b"-", b"sk-", b"sk-sk-sk-", b"a", b"abc", b"\n", b"{}"])


def passed(search: SecretSearch, chunks: list[bytes]) -> list[bytes] | None:
    """What came out, chunk by chunk, with the rest at the end; None: it was found."""
    out = []
    for each in chunks:
        piece = search.feed(each)
        if piece is None:
            return None
        out.append(piece)
    return [*out, search.rest()]


def cut(text: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted(min(each, len(text)) for each in at), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places)]


@pytest.mark.parametrize("way", [SECRET, json.dumps(SECRET)[1:-1], quote(SECRET, safe="")])
@given(before=st.lists(LETTERS), after=st.lists(LETTERS), at=st.lists(st.integers(0, 80)))
def test_it_is_found_however_it_is_cut(
    way: str, before: list[bytes], after: list[bytes], at: list[int]
) -> None:
    search = SecretSearch(SECRET)
    text = b"".join([*before, way.encode(), *after])
    assert passed(search, cut(text, at)) is None


@given(words=st.lists(LETTERS), at=st.lists(st.integers(0, 80)))
def test_nothing_of_it_passes_before_it_is_found(words: list[bytes], at: list[int]) -> None:
    search = SecretSearch(SECRET)
    out = b""
    for each in cut(b"".join([*words, SECRET.encode()]), at):
        out += search.feed(each) or b""
    assert b"".join(words).startswith(out)


@given(words=st.lists(st.one_of(LETTERS, st.binary(max_size=9))), at=st.lists(st.integers(0, 80)))
def test_everything_else_passes_as_it_was(words: list[bytes], at: list[int]) -> None:
    text = b"".join(words)
    out = passed(SecretSearch(SECRET), cut(text, at))
    assert out is not None
    assert b"".join(out) == text


def test_an_ordinary_chunk_is_not_delayed() -> None:
    search = SecretSearch(SECRET)
    for chunk in (b"data: {}\n\n", b"word", b'{"a": "sk-"}'):
        assert search.feed(chunk) == chunk
    assert search.rest() == b""


def test_only_the_beginning_of_it_is_held_back() -> None:
    search = SecretSearch(SECRET)
    assert search.feed(b"see sk-sk-sk-ab") == b"see "
    assert search.feed(b"out") == b"sk-sk-sk-about"


def test_a_key_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="characters"):
        SecretSearch("x" * (LEAST_SECRET - 1))
