"""Reviews, who takes part in them, and what was answered."""

from django.db.models import Q, QuerySet

from headstart.people.rules import Kind, Viewer
from headstart.reviews.errors import ReviewNotFound
from headstart.reviews.models import Access, Determination, Review
from headstart.reviews.rules import as_id


def reviews(viewer: Viewer) -> QuerySet[Review]:
    """What the viewer may see: the hub and the authority all; the developer its own; others by access."""
    found = Review.objects.select_related("developer")
    if viewer.kind in (Kind.HUB, Kind.AUTHORITY):
        return found
    if viewer.is_public:
        return found.none()
    own = Q(developer_id=viewer.organisation_id)
    access = Q(accesses__organisation_id=viewer.organisation_id)
    partner = Q(
        partners__organisation_id=viewer.organisation_id,
        partners__in_force_at__isnull=False,
        partners__revoked_at__isnull=True,
    )
    return found.filter(own | access | partner).distinct()


def review(viewer: Viewer, review_id: str) -> Review:
    """One review.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = reviews(viewer).filter(id=as_id(review_id)).first()
    if found is None:
        raise ReviewNotFound(review_id)
    return found


def determinations(viewer: Viewer, review_id: str) -> QuerySet[Determination]:
    """The authority's answers to a review's enquiry, oldest first.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    return Determination.objects.filter(review=review(viewer, review_id)).select_related("authority")


def accesses(viewer: Viewer, review_id: str) -> QuerySet[Access]:
    """Who may reach the model: for those who may know all of them (the hub, the authority, the developer).

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = review(viewer, review_id)
    found = Access.objects.filter(review=seen).select_related("organisation").order_by("given_at", "id")
    if viewer.kind in (Kind.HUB, Kind.AUTHORITY) or viewer.organisation_id == seen.developer_id:
        return found
    return found.filter(organisation_id=viewer.organisation_id)


def readers_of(review: Review) -> list[str]:
    """The organisations that a ledger entry about this review may be shown to."""
    accesses = review.accesses.filter(ended_at__isnull=True).values_list("organisation_id", flat=True)
    partners = review.partners.filter(in_force_at__isnull=False, revoked_at__isnull=True)
    authorities = review.determinations.values_list("authority_id", flat=True)
    return sorted(
        {review.developer_id, *accesses, *partners.values_list("organisation_id", flat=True), *authorities}
    )
