"""What a key hangs by, read anew: its own end, the endpoint, the review, the organisation's reach, the agreement."""

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from headstart.access.models import Key
from headstart.access.rules import Standing
from headstart.reviews import queries as reviews
from headstart.reviews.models import Review
from headstart.reviews.rules import Content, Reach, Safeguards, Scope, Stage, Terms


class _Ground(NamedTuple):
    """What all keys of one organisation in one review stand on."""

    reach: Reach
    terms: Terms | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A key as it stands: the scopes that are its own and its organisation's, when it ends, whether words are kept."""

    standing: Standing
    scopes: frozenset[Scope]
    ends_at: datetime | None
    terms: Terms | None

    @property
    def keeps_words(self) -> bool:
        """Whether the agreement in force lets words be kept."""
        return self.terms is not None and self.terms.keep_content is Content.ENCRYPTED


class Grounds:
    """What organisations stand on, by review: asked anew when what is known is older than `fresh_seconds`."""

    def __init__(self, *, fresh_seconds: float) -> None:
        self._fresh_seconds = fresh_seconds
        self._known: dict[tuple[str, str], tuple[float, _Ground]] = {}

    def of(self, review: Review, organisation_id: str, at: datetime) -> _Ground:
        """What all keys of an organisation to a review's model stand on."""
        now, pair = time.monotonic(), (review.id, organisation_id)
        known = self._known.get(pair)
        if known is not None and now - known[0] < self._fresh_seconds:
            return known[1]
        agreement = reviews.terms_in_force(review.id, organisation_id)
        reach = reviews.reach(review, organisation_id, at)
        found = _Ground(reach, agreement.terms if agreement else None)
        self._known[pair] = (now, found)
        return found


def standings(keys: Iterable[Key], at: datetime, grounds: Grounds | None = None) -> Mapping[str, Held]:
    """How each of these keys stands at a moment, by its id; for services and the gateway, which know who asks.

    The keys carry their endpoint, review and member (`queries.whole_keys`), read just now; `grounds` may be a little
    older, where a gateway asks that looks over its open requests four times a second beside.
    """
    ground = grounds or Grounds(fresh_seconds=math.inf)
    return {
        key.id: _held(key, key.upstream.review, ground.of(key.upstream.review, key.organisation_id, at), at)
        for key in keys
    }


def _held(key: Key, review: Review, ground: _Ground, at: datetime) -> Held:
    reach, terms = ground
    scopes = frozenset(Scope(each) for each in key.scopes)
    if reach.scopes is not None:
        scopes &= reach.scopes
    member = key.member
    standing = Standing(
        revoked=key.revoked_at is not None,
        seat_held=member.organisation_id == key.organisation_id and member.user.is_active,
        expires_at=key.expires_at,
        endpoint_removed=key.upstream.removed_at is not None,
        review_ended=review.stage != Stage.OPEN or review.closes_at is None or review.closes_at <= at,
        reaches=not reach.why_not,
        reach_over=bool(reach.why_not) and not reach.taken_back and _past(reach.until, at),
        terms=terms.safeguards if terms else None,
        safeguards=Safeguards(key.upstream.safeguards),
        has_scopes=bool(scopes),
    )
    ends = [each for each in (key.expires_at, review.closes_at, reach.until) if each is not None]
    return Held(standing=standing, scopes=scopes, ends_at=min(ends, default=None), terms=terms)


def _past(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at
