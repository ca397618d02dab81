"""The public summary of a review: made of counts and dates by rules, so that nothing marked can get in."""

import hashlib

import rfc8785
from django.db import transaction

from headstart import clock
from headstart.benchmarks import queries as benchmarks
from headstart.ledger import services as ledger
from headstart.ledger.rules.entries import PUBLIC
from headstart.outcomes import queries
from headstart.outcomes.errors import MayNotPublish, ReviewNotOver
from headstart.outcomes.models import Summary
from headstart.outcomes.rules import summaries as rules
from headstart.outcomes.rules.summaries import Answered, Content
from headstart.people.rules import ANYONE, Kind, Viewer
from headstart.reviews import queries as reviews
from headstart.reviews.models import Determination, Review


@transaction.atomic
def publish_summary(review_id: str, *, actor: Viewer) -> Summary:
    """Publish what the public may know of a review that has ended; again, it is a new version.

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        MayNotPublish: the actor is not the hub.
        ReviewNotOver: the review has not ended.
    """
    review = reviews.review(actor, review_id)
    if not actor.is_hub:
        raise MayNotPublish
    review = Review.objects.select_for_update().get(id=review.id)
    if not queries.has_ended(review):
        raise ReviewNotOver(review.stage)
    content = rules.as_json(_content(review, actor))
    before = queries.summary_of(review)
    made = Summary.objects.create(
        review=review,
        version=before.version + 1 if before else 1,
        content=content,
        published_by_id=actor.organisation_id,
        published_at=clock.now(),
    )
    digest = hashlib.sha256(rfc8785.dumps(content)).hexdigest()
    ledger.append(
        actor=actor.organisation_id,
        kind="summary.published",
        subject=review.urn,
        details={"review": review.id, "summary": made.id, "version": made.version, "sha256": digest},
        audience=[*reviews.readers_of(review), PUBLIC],
    )
    return made


def _content(review: Review, hub: Viewer) -> Content:
    programme = review.programme
    ended = queries.ended_at(review, queries.withdrawals())
    named = reviews.fields(ANYONE, review)["model_name"]
    answers = list(reviews.determinations(hub, review.id))
    return Content(
        programme=programme.id,
        programme_name=programme.name,
        longest_days=programme.longest_window_days,
        model=named.value if named.readable else None,
        developer=review.developer.name if named.readable else None,
        asked_on=rules.day(review.asked_at) or review.asked_at.date(),
        opened_on=rules.day(review.opens_at),
        ended_on=rules.day(ended),
        ended_by=review.ended_by or "expire",
        released_on=rules.day(review.released_at),
        days=rules.length(review.opens_at, ended),
        as_of=rules.day(clock.now()) or clock.now().date(),
        evaluators=review.accesses.filter(organisation__kind=Kind.EVALUATOR).count(),
        partners=review.partners.filter(in_force_at__isnull=False).count(),
        evaluations=benchmarks.evaluations_of(hub, review.urn).count(),
        answers=len(answers),
        answer=_answer(review, answers),
        counts=rules.counts(queries.standing(hub, review.id).series),
    )


def _answer(review: Review, answers: list[Determination]) -> Answered | None:
    """The authority's newest answer, where its agreement with the developer lets it be told."""
    if not answers:
        return None
    last = answers[-1]
    terms = reviews.terms_in_force(review.id, last.authority_id)
    if terms is None or not rules.may_tell(terms.terms.may_publish):
        return None
    return Answered(answer=last.answer, on=rules.day(last.at) or last.at.date())
