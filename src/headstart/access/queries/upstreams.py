"""Endpoints and keys: the developer and the hub see all of a review's, others their own organisation's."""

from django.db.models import F, Q, QuerySet, Value

from headstart.access.errors import KeyNotFound, UpstreamNotFound
from headstart.access.models import Key, Upstream
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.errors import ReviewNotFound


def upstreams(viewer: Viewer, review_id: str) -> QuerySet[Upstream]:
    """A review's endpoints, removed ones too: for others than developer and hub, those that they hold a key to.

    `shown_address` is the address for those two, and empty for others.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = reviews.review(viewer, review_id)
    found = Upstream.objects.filter(review=seen).select_related("review")
    if sees_all(viewer, seen.developer_id):
        return found.annotate(shown_address=F("base_url"))
    theirs = found.filter(keys__organisation_id=viewer.organisation_id).distinct()
    return theirs.annotate(shown_address=Value(""))


def upstream(viewer: Viewer, upstream_id: str) -> Upstream:
    """One endpoint.

    Raises:
        UpstreamNotFound: absent, or not this viewer's to see: the two look alike.
    """
    review_id = Upstream.objects.filter(id=upstream_id).values_list("review_id", flat=True).first()
    try:
        found = upstreams(viewer, review_id).filter(id=upstream_id).first() if review_id else None
    except ReviewNotFound:
        found = None
    if found is None:
        raise UpstreamNotFound(upstream_id)
    return found


def keys(viewer: Viewer, review_id: str) -> QuerySet[Key]:
    """A review's keys, those that are over too: the developer and the hub see all, others their organisation's.

    Raises:
        ReviewNotFound: absent, or not this viewer's to see.
    """
    seen = reviews.review(viewer, review_id)
    found = whole_keys().filter(upstream__review=seen)
    if sees_all(viewer, seen.developer_id):
        return found
    return found.filter(organisation_id=viewer.organisation_id)


def key(viewer: Viewer, key_id: str) -> Key:
    """One key: for the developer of its model, the hub, and the person's organisation, after a review too.

    Raises:
        KeyNotFound: absent, or not this viewer's to see: the two look alike.
    """
    theirs = Q(upstream__review__developer_id=viewer.organisation_id) | Q(
        organisation_id=viewer.organisation_id
    )
    found = whole_keys().filter(id=key_id)
    row = found.first() if viewer.is_hub else found.filter(theirs).first()
    if row is None or viewer.is_public:
        raise KeyNotFound(key_id)
    return row


def whole_keys() -> QuerySet[Key]:
    """Keys with all that they hang by."""
    return Key.objects.select_related("upstream__review", "organisation", "member__user")


def sees_all(viewer: Viewer, developer_id: str) -> bool:
    """Whether a viewer sees what everyone did in a review's gateway: its developer, and the hub."""
    return viewer.is_hub or viewer.organisation_id == developer_id
