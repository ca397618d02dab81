"""Kept words: sealed, only where the agreement in force allows it, and deleted when their days are over."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from headstart import clock
from headstart.access import queries, work
from headstart.access.errors import NotYours, RequestNotFound
from headstart.access.models import KeptWords, Request
from headstart.ledger import services as ledger
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.rules import Content, Terms

WORDS = "kept.sealed"
AT_ONCE = 500


def keep(request: Request, words: bytes, terms: Terms | None, data: Path) -> KeptWords | None:
    """The row that keeps a request's words, for its caller to save; None where the terms in force don't allow it."""
    if terms is None or terms.keep_content is not Content.ENCRYPTED or request.ended_at is None:
        return None
    return KeptWords(
        request=request,
        sealed=work.open_vault(data).seal(words, what=WORDS, row=request.id),
        delete_after=request.ended_at + timedelta(days=terms.keep_days),
    )


@transaction.atomic
def read_words(request_id: str, *, actor: Viewer) -> bytes:
    """The words of a request and its answer, for the two who agreed to keep them; each reading is written down.

    Raises:
        RequestNotFound: absent, not this actor's to see, or its words were not kept or are deleted.
        NotYours: the actor is neither the developer nor of the person's organisation.
    """
    request = queries.request(actor, request_id)
    review = request.key.upstream.review
    if actor.organisation_id not in (review.developer_id, request.key.organisation_id):
        raise NotYours("read these words", "the developer and the person's organisation")
    kept = KeptWords.objects.filter(request=request, delete_after__gt=clock.now()).first()
    if kept is None:
        raise RequestNotFound(request_id)
    ledger.append(
        actor=actor.organisation_id,
        kind="gateway.words_read",
        subject=request.urn,
        details={"review": review.id, "reader": actor.member_id or ""},
        audience={review.developer_id, request.key.organisation_id},
    )
    return work.open_vault(settings.HEADSTART_DATA).unseal(bytes(kept.sealed), what=WORDS, row=request.id)


@transaction.atomic
def delete_kept_words(*, actor: Viewer) -> int:
    """Delete the words whose days are over by the terms they were kept under, or by those in force now; how many.

    Terms in force can shorten the days of words that are kept already, and never lengthen them.

    Raises:
        NotYours: the actor is not the hub.
    """
    if not actor.is_hub:
        raise NotYours("delete kept words", "the hub")
    now = clock.now()
    over = _over(now)
    for kept in over:
        key = kept.request.key
        review = key.upstream.review
        ledger.append(
            actor=actor.organisation_id,
            kind="gateway.words_deleted",
            subject=kept.request.urn,
            details={"review": review.id},
            audience={review.developer_id, key.organisation_id},
        )
    KeptWords.objects.filter(id__in=[each.id for each in over]).delete()
    return len(over)


def _over(now: datetime) -> list[KeptWords]:
    """What is kept for too long; so many at once."""
    kept = KeptWords.objects.select_related("request__key__upstream__review").defer("sealed").order_by("id")
    pairs = kept.order_by().values_list("request__key__upstream__review", "request__key__organisation")
    too_long = Q(delete_after__lte=now)
    for review_id, organisation_id in pairs.distinct():
        theirs = Q(request__key__upstream__review=review_id, request__key__organisation=organisation_id)
        agreement = reviews.terms_in_force(review_id, organisation_id)
        if agreement is None or agreement.terms.keep_content is not Content.ENCRYPTED:
            too_long |= theirs
        else:
            days = timedelta(days=agreement.terms.keep_days)
            too_long |= theirs & Q(request__ended_at__lte=now - days)
    return list(kept.filter(too_long)[:AT_ONCE])
