"""Before the model is reached: terms that both sides sign, interests declared, evidence for the enquiry."""

from headstart.exercise.keys import signing_key
from headstart.exercise.story import Story
from headstart.ledger.rules import dsse
from headstart.people import queries as people
from headstart.people.rules import Viewer
from headstart.reviews import queries as reviews
from headstart.reviews import services as reviewing
from headstart.reviews.rules import AccessLevel, Safeguards, Terms

TERMS = Terms(
    access_level=AccessLevel.AL1,
    safeguards=Safeguards.OFF,
    trade_secrets="Whatever the developer marks as one.",
    data_handling="On machines of the party's own; deleted ninety days after the window.",
    may_publish=("ability with its interval", "counts with their denominators"),
)


def person(story: Story, who: str) -> Viewer:
    """A player's person, who looks and acts for themselves."""
    seat = next(each.seat for each in story.cast.organisation if each.key == who)
    return next(each.as_viewer() for each in people.seats() if each.user.username == seat)


def agree(story: Story, who: str) -> int:
    """The developer and another party sign the same terms, each with its own key; which version is in force."""
    review = reviews.review(story.hub, story.kept["review"])
    other = people.organisation(story.hub, story.viewers[who].organisation_id)
    found = reviews.terms_in_force(review.id, other.id)
    if found is None:
        found = reviewing.propose_terms(review.id, other, TERMS, actor=person(story, "developer"))
        for side in ("developer", who):
            envelope = dsse.sign_statement(reviewing.agreement_words(found), signing_key(story, side))
            found = reviewing.sign_terms(found.id, envelope, actor=person(story, side))
    return found.version


def declare(story: Story, who: str) -> None:
    """A person of an evaluator says which interests they have: none, in the exercise."""
    review = reviews.review(story.hub, story.kept["review"])
    actor = person(story, who)
    if not reviews.has_declared(review, actor.member_id or ""):
        reviewing.declare(review.id, "", actor=actor)


def show_evidence(story: Story) -> str:
    """The developer attaches the measurement to its enquiry; the document's digest, which the authority cites."""
    review = reviews.review(story.hub, story.kept["review"])
    actor = person(story, "developer")
    made = reviewing.put_document(
        review.id,
        actor=actor,
        kind="evidence",
        title="A sealed battery on fresh items",
        text="Measured through the gateway, on a plan that was sealed before access.",
        evaluation_id=story.kept["evaluation"],
    )
    return made.digest
