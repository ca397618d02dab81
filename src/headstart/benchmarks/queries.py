"""The benchmarks room's reads."""

from django.db.models import Q, QuerySet

from headstart.benchmarks.errors import EvaluationNotFound
from headstart.benchmarks.models import Evaluation
from headstart.people.rules import Kind, Viewer


def evaluations(viewer: Viewer) -> QuerySet[Evaluation]:
    """What the viewer may see: the hub and the authority all; who recorded it; the developer it was told to."""
    found = Evaluation.objects.select_related("evaluator", "developer").prefetch_related("items")
    if viewer.kind in (Kind.HUB, Kind.AUTHORITY):
        return found
    if viewer.is_public:
        return found.none()
    return found.filter(Q(evaluator_id=viewer.organisation_id) | Q(developer_id=viewer.organisation_id))


def evaluation(viewer: Viewer, evaluation_id: str) -> Evaluation:
    """One evaluation.

    Raises:
        EvaluationNotFound: absent, or not this viewer's to see: the two look alike.
    """
    found = evaluations(viewer).filter(id=evaluation_id).first()
    if found is None:
        raise EvaluationNotFound(evaluation_id)
    return found


def evaluations_of(viewer: Viewer, subject: str) -> QuerySet[Evaluation]:
    """What was recorded for a subject (a review, by its URN), as far as the viewer may see it."""
    return evaluations(viewer).filter(subject=subject)
