"""Trusted partners, as far as the viewer may know of them."""

from django.db.models import Case, IntegerField, QuerySet, Value, When

from headstart.people.rules import Kind, Viewer
from headstart.reviews.errors import PartnerNotFound
from headstart.reviews.models import Partner
from headstart.reviews.queries.reviews import review, reviews
from headstart.reviews.rules import Tier

MOST_DIGITS = 18  # of a row's number: a 64-bit integer
FIRST = Case(
    *(When(tier=each.value, then=Value(place)) for place, each in enumerate(Tier)),
    output_field=IntegerField(),
)


def partners(viewer: Viewer, review_id: str) -> QuerySet[Partner]:
    """A review's partners, in force, proposed or over; defenders of critical infrastructure first.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = review(viewer, review_id)
    found = Partner.objects.filter(review=seen).select_related("organisation", "proposed_by", "revoked_by")
    found = found.prefetch_related("signatures__signer").order_by(FIRST, "proposed_at", "id")
    if viewer.kind in (Kind.HUB, Kind.AUTHORITY) or viewer.organisation_id == seen.developer_id:
        return found
    return found.filter(organisation_id=viewer.organisation_id, in_force_at__isnull=False)


def partner(viewer: Viewer, partner_id: int | str) -> Partner:
    """One partner.

    Raises:
        PartnerNotFound: absent, or not this viewer's to see: the two look alike.
    """
    said = str(partner_id)
    if said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS:
        found = Partner.objects.filter(id=int(said), review__in=reviews(viewer).values("id")).first()
        if found is not None and (mine := partners(viewer, found.review_id).filter(id=found.id).first()):
            return mine
    raise PartnerNotFound(said)
