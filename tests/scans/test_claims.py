"""Who looks where: a second look is refused, and nobody learns who was first."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart import clock
from headstart.ledger import queries as ledger
from headstart.packages.errors import PurlInvalid
from headstart.people.rules import ANYONE
from headstart.scans import queries, services
from headstart.scans.errors import ClaimedAlready, ClaimNotFound, ClaimOver, DaysInvalid, MayNotClaim
from headstart.scans.rules.claims import MOVES, Held, Move, State, in_the_way, state_at

PURL = "pkg:pypi/SQLparse@0.4.3"
PACKAGE = "pkg:pypi/sqlparse"


def test_a_second_organisation_is_told_until_when_and_not_by_whom(cast: Any) -> None:
    claim = services.claim(PURL, actor=cast.finder, days=7)
    assert claim.package == PACKAGE
    with pytest.raises(ClaimedAlready) as refused:
        services.claim("pkg:pypi/sqlparse@0.5.0", actor=cast.another_finder, days=1)
    assert f"{claim.until:%Y-%m-%d}" in str(refused.value)
    assert cast.finder.name not in str(refused.value)
    assert cast.finder.organisation_id not in str(refused.value)


def test_two_who_share_may_look_at_the_same_time(cast: Any) -> None:
    services.claim(PURL, actor=cast.finder, days=7, shared=True)
    services.claim(PURL, actor=cast.another_finder, days=7, shared=True)
    with pytest.raises(ClaimedAlready):
        services.claim(PURL, actor=cast.evaluator, days=7)


def test_ones_own_claim_is_extended_and_not_made_twice(cast: Any) -> None:
    first = services.claim(PURL, actor=cast.finder, days=2)
    again = services.claim(PURL, actor=cast.finder, days=9)
    assert again.id == first.id
    assert again.until - first.until > timedelta(days=6)


def test_a_released_claim_lets_the_next_one_in(cast: Any) -> None:
    claim = services.claim(PURL, actor=cast.finder, days=7)
    services.release(claim.id, actor=cast.finder)
    assert services.claim(PURL, actor=cast.another_finder, days=7)
    with pytest.raises(ClaimOver):
        services.extend(claim.id, actor=cast.finder, days=3)
    with pytest.raises(ClaimOver):
        services.release(claim.id, actor=cast.finder)


def test_a_claim_lapses_by_time_alone(cast: Any) -> None:
    claim = services.claim(PURL, actor=cast.finder, days=7)
    clock.set_shift(timedelta(days=7, minutes=1))
    with pytest.raises(ClaimOver):
        services.extend(claim.id, actor=cast.finder, days=3)
    assert services.claim(PURL, actor=cast.another_finder, days=7)
    claim.refresh_from_db()
    assert claim.state == State.LAPSED


def test_an_extension_never_shortens(cast: Any) -> None:
    claim = services.claim(PURL, actor=cast.finder, days=20)
    assert services.extend(claim.id, actor=cast.finder, days=3).until == claim.until
    assert services.extend(claim.id, actor=cast.finder, days=30).until > claim.until


def test_an_organisation_sees_its_own_claims_and_the_hub_all(cast: Any) -> None:
    claim = services.claim(PURL, actor=cast.finder, days=7)
    assert queries.claim(cast.hub, claim.id) == claim
    for viewer in (cast.another_finder, cast.developer, cast.operator, ANYONE):
        assert not queries.claims(viewer).exists()
        with pytest.raises(ClaimNotFound):
            queries.claim(viewer, claim.id)
        with pytest.raises(ClaimNotFound):
            services.release(claim.id, actor=viewer)
    kinds = [entry.kind for entry in ledger.entries(cast.finder)]
    assert kinds.count("scan.claimed") == 1
    assert "scan.claimed" not in [entry.kind for entry in ledger.entries(cast.another_finder)]


def test_coverage_names_packages_and_no_organisation(cast: Any) -> None:
    claim = services.claim(PURL, actor=cast.finder, days=7)
    services.release(claim.id, actor=cast.finder)
    services.claim(PURL, actor=cast.another_finder, days=3)
    (covered,) = queries.coverage(cast.hub)
    assert (covered.package, covered.claims) == (PACKAGE, 2)
    assert covered.claimed_until is not None
    (own,) = queries.coverage(cast.finder)
    assert (own.claims, own.claimed_until) == (1, None)


@pytest.mark.parametrize("days", [0, -1, 31, 10_000])
def test_a_claim_of_no_time_or_too_much_is_refused(cast: Any, days: int) -> None:
    with pytest.raises(DaysInvalid):
        services.claim(PURL, actor=cast.finder, days=days)


def test_the_public_and_a_broken_purl_are_refused(cast: Any) -> None:
    with pytest.raises(MayNotClaim):
        services.claim(PURL, actor=ANYONE, days=1)
    with pytest.raises(PurlInvalid):
        services.claim("sqlparse", actor=cast.finder, days=1)


def test_nothing_leads_out_of_an_end() -> None:
    assert {state for state, _ in MOVES} == {State.ACTIVE}
    assert {move for _, move in MOVES} == set(Move)


HELD = st.builds(
    Held,
    claimant=st.sampled_from("ab"),
    until=st.timedeltas(timedelta(days=-2), timedelta(days=2)).map(lambda by: NOW + by),
    shared=st.booleans(),
    state=st.sampled_from(State),
)
NOW = clock.now()


@given(st.lists(HELD, max_size=5), st.booleans())
def test_only_what_stands_is_in_the_way(claims: list[Held], shared: bool) -> None:
    other = in_the_way(claims, claimant="a", shared=shared, now=NOW)
    if other is not None:
        assert other.claimant == "b"
        assert state_at(other.state, other.until, NOW) is State.ACTIVE
        assert not (other.shared and shared)
    else:
        standing = [each for each in claims if each.claimant == "b" and each.until > NOW]
        assert all(each.state is not State.ACTIVE or (each.shared and shared) for each in standing)
