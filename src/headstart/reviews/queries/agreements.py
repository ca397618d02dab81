"""What was agreed, as far as the viewer is a side of it or coordinates."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from headstart.people.rules import Viewer
from headstart.reviews.errors import AgreementNotFound
from headstart.reviews.models import Agreement, Review
from headstart.reviews.queries.reviews import review
from headstart.reviews.rules import as_id


def _seen(viewer: Viewer) -> QuerySet[Agreement]:
    """Its two sides and the hub, which holds the gateway to it; nobody else.

    A counterpart sees what is proposed to it before it sees anything else of the review: terms come first.
    """
    found = Agreement.objects.select_related("review__developer", "counterpart", "proposed_by")
    found = found.prefetch_related("signatures__signer")
    if viewer.is_hub:
        return found
    if viewer.is_public:
        return found.none()
    sides = Q(review__developer_id=viewer.organisation_id) | Q(counterpart_id=viewer.organisation_id)
    return found.filter(sides)


def review_to_agree_on(viewer: Viewer, review_id: str) -> Review:
    """A review whose terms the viewer may propose: one that it sees, or in which something was proposed to it.

    Raises:
        ReviewNotFound: absent, or neither.
    """
    known = _seen(viewer).filter(review_id=as_id(review_id)).first()
    return known.review if known else review(viewer, review_id)


def agreements(viewer: Viewer, review_id: str) -> QuerySet[Agreement]:
    """Every version of what was agreed in a review, by counterpart and version.

    Raises:
        ReviewNotFound: absent, or nothing of it is this viewer's to see.
    """
    found = _seen(viewer).filter(review_id=as_id(review_id)).order_by("counterpart__name", "version")
    if not found.exists():
        review(viewer, review_id)
    return found


def agreement(viewer: Viewer, agreement_id: str) -> Agreement:
    """One version of what was agreed.

    Raises:
        AgreementNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = _seen(viewer).filter(id=as_id(agreement_id)).first()
    if found is None:
        raise AgreementNotFound(agreement_id)
    return found


def to_sign(viewer: Viewer) -> list[Agreement]:
    """The newest versions that lack the signature of the viewer's side, in any review."""
    sides = Q(review__developer_id=viewer.organisation_id) | Q(counterpart_id=viewer.organisation_id)
    newer = Agreement.objects.filter(
        review=OuterRef("review"), counterpart=OuterRef("counterpart"), version__gt=OuterRef("version")
    )
    found = _seen(viewer).filter(sides, ~Exists(newer), superseded_at__isnull=True)
    return list(found.exclude(signatures__signer_id=viewer.organisation_id).order_by("proposed_at", "id"))


def terms_in_force(review_id: str, organisation_id: str) -> Agreement | None:
    """What the developer and an organisation agreed on, signed by both; for services, which know who asks."""
    found = Agreement.objects.filter(review_id=review_id, counterpart_id=organisation_id)
    return found.filter(in_force_at__isnull=False, superseded_at__isnull=True).first()
