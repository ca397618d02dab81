"""Who reaches the model, when, and with what."""

from dataclasses import replace
from datetime import datetime

from headstart.reviews import rules
from headstart.reviews.models import Access, Partner, Review
from headstart.reviews.rules import Reach, Scope, Stage


def reach(review: Review, organisation_id: str, at: datetime) -> Reach:
    """Whether an organisation reaches a review's model at a moment: by access, or as a partner by its tier.

    For services, which know who asks. The review is taken as it was read: read it anew to know of its end.
    """
    found = _ways(review, organisation_id)
    if not found:
        return _none("it was given no access to this model, and is no trusted partner")
    judged = [_at(each, review, at) for each in found]
    return next((each for each in judged if not each.why_not), judged[0])


def _ways(review: Review, organisation_id: str) -> list[Reach]:
    """By access, which leaves nothing out; and by the newest partnership."""
    access = Access.objects.filter(review=review, organisation_id=organisation_id).first()
    partners = Partner.objects.filter(review=review, organisation_id=organisation_id)
    partner = partners.order_by("-proposed_at", "-id").first()
    ways = [_by_access(review, access)] if access else []
    return [*ways, _by_partnership(review, partner)] if partner else ways


def _by_access(review: Review, access: Access) -> Reach:
    way = Reach(begins=access.given_at, until=review.closes_at, scopes=None, why_not="")
    if access.ended_at is None:
        return way
    why = "the developer has taken its access back"
    return replace(way, until=access.ended_at, why_not=why, taken_back=True)


def _by_partnership(review: Review, partner: Partner) -> Reach:
    scopes = frozenset(Scope(each) for each in partner.scopes)
    window = review.window
    if partner.in_force_at is None or window is None:
        why = "" if partner.in_force_at else "its partnership still lacks a signature"
        return Reach(begins=None, until=partner.expires_at, scopes=scopes, why_not=why)
    tier_begins = window.day_begins(rules.from_day(review.programme.tiers, partner.tier))
    way = Reach(
        begins=max(partner.in_force_at, tier_begins),
        until=min(window.closes, partner.expires_at or window.closes),
        scopes=scopes,
        why_not="",
    )
    if partner.revoked_at is not None:
        return replace(way, until=partner.revoked_at, why_not="its partnership was revoked", taken_back=True)
    return way


def _at(way: Reach, review: Review, at: datetime) -> Reach:
    """The way with why it is closed at that moment, if it is; what ends it for all comes first."""
    if review.stage == Stage.CLOSED or (review.closes_at is not None and at >= review.closes_at):
        return replace(way, why_not="this review has ended, and access with it")
    if way.why_not:
        return way
    if review.opens_at is None or at < review.opens_at:
        return replace(way, why_not="the window has not opened yet")
    if way.until is not None and at >= way.until:
        return replace(way, why_not=f"its partnership ended at {way.until.isoformat(timespec='minutes')}")
    if way.begins is not None and at < way.begins:
        return replace(
            way, why_not=f"it reaches the model from {way.begins.isoformat(timespec='minutes')} on"
        )
    return way


def _none(why: str) -> Reach:
    return Reach(begins=None, until=None, scopes=frozenset(), why_not=why)
