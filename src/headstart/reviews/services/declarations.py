"""What people say of their interests before they reach a model."""

from django.db import transaction

from headstart import clock
from headstart.ledger import services as ledger
from headstart.people import queries as people
from headstart.people.rules import Viewer
from headstart.reviews import queries, rules
from headstart.reviews.errors import NotTheirs, PersonNeeded
from headstart.reviews.models import Declaration
from headstart.reviews.rules import IN_REVIEW, Role

LONGEST = 4000


@transaction.atomic
def declare(review_id: str, interests: str, *, actor: Viewer) -> Declaration:
    """A person says which interests they have in the developer or its competitors; empty says: none.

    What was said stays; a later declaration stands beside it.

    Raises:
        ReviewNotFound: absent, or not this actor's to see.
        PersonNeeded: the actor is a machine, which has no interests.
        NotTheirs: the actor does not take part in the review, or is of the developer itself.
        TextInvalid: a bound is broken.
    """
    review = queries.review(actor, review_id)
    if actor.member_id is None:
        raise PersonNeeded("declare interests")
    member = people.person(actor, actor.member_id)
    if queries.role_of(actor, review) not in IN_REVIEW - {Role.DEVELOPER}:
        raise NotTheirs("who looks at the model of another", "declare interests in it")
    said = rules.passage(interests.strip(), "the declaration", LONGEST)
    made = Declaration.objects.create(review=review, member=member, interests=said, at=clock.now())
    ledger.append(
        actor=actor.organisation_id,
        kind="review.interests_declared",
        subject=review.urn,
        details={"member": member.id, "none": not said},
        audience={review.developer_id, actor.organisation_id},
    )
    return made
