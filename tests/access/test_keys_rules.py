"""When a key is over, and why: every thing that it hangs by, alone and together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.access.rules import Ending, Standing, can_be_key, covers, ending_of, key_digest, new_key
from headstart.reviews.rules import Safeguards

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
GOOD = Standing(terms=Safeguards.ON)
BREAKS = {
    "revoked": (replace(GOOD, revoked=True), Ending.REVOKED),
    "the person left": (replace(GOOD, seat_held=False), Ending.REVOKED),
    "expired": (replace(GOOD, expires_at=NOW - timedelta(seconds=1)), Ending.EXPIRED),
    "expires now": (replace(GOOD, expires_at=NOW), Ending.EXPIRED),
    "endpoint removed": (replace(GOOD, endpoint_removed=True), Ending.REVOKED),
    "review ended": (replace(GOOD, review_ended=True), Ending.EXPIRED),
    "no reach": (replace(GOOD, reaches=False), Ending.REVOKED),
    "reach over": (replace(GOOD, reaches=False, reach_over=True), Ending.EXPIRED),
    "no terms": (replace(GOOD, terms=None), Ending.REVOKED),
    "terms with less": (replace(GOOD, safeguards=Safeguards.OFF), Ending.REVOKED),
    "no scope left": (replace(GOOD, has_scopes=False), Ending.REVOKED),
}


def test_a_key_that_hangs_by_nothing_broken_is_good() -> None:
    assert ending_of(GOOD, NOW) is None
    assert ending_of(replace(GOOD, expires_at=NOW + timedelta(microseconds=1)), NOW) is None


@pytest.mark.parametrize("what", BREAKS)
def test_whatever_breaks_ends_the_key(what: str) -> None:
    standing, ending = BREAKS[what]
    assert ending_of(standing, NOW) is ending


@given(st.sets(st.sampled_from(sorted(BREAKS)), min_size=1))
def test_two_breaks_mend_nothing(broken: set[str]) -> None:
    standing = GOOD
    for each in broken:
        names = [name for name in Standing.__dataclass_fields__ if name != "expires_at"]
        changed = {
            name: getattr(BREAKS[each][0], name)
            for name in [*names, "expires_at"]
            if getattr(BREAKS[each][0], name) != getattr(GOOD, name)
        }
        standing = replace(standing, **changed)
    assert ending_of(standing, NOW) in {Ending.REVOKED, Ending.EXPIRED}


@pytest.mark.parametrize(
    ("terms", "endpoint", "may"),
    [
        (Safeguards.ON, Safeguards.ON, True),
        (Safeguards.OFF, Safeguards.ON, True),
        (Safeguards.OFF, Safeguards.OFF, True),
        (Safeguards.ON, Safeguards.OFF, False),
        (None, Safeguards.ON, False),
        (None, Safeguards.OFF, False),
    ],
)
def test_safeguards_are_off_only_where_both_signed_for_it(
    terms: Safeguards | None, endpoint: Safeguards, may: bool
) -> None:
    assert covers(terms, endpoint) is may


def test_keys_are_long_fresh_and_known_by_their_prefix() -> None:
    made = {new_key() for _ in range(100)}
    assert len(made) == 100
    assert all(each.startswith("hgk_") and len(each) == 47 for each in made)
    assert all(can_be_key(each) for each in made)
    assert len({key_digest(each) for each in made}) == 100


@pytest.mark.parametrize(
    "shown", ["", "hgk_", "hst_" + "a" * 43, "hgk_" + "a" * 42, "hgk_" + "ä" * 43, "hgk_" + "a" * 9999]
)
def test_what_has_not_the_form_of_a_key_is_not_looked_up(shown: str) -> None:
    assert not can_be_key(shown)
