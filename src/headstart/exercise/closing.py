"""The end: the ledger verified, and the picture."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from headstart.exercise.remedy import left_unpatched, of_the_model
from headstart.exercise.story import Progress, Result, Story
from headstart.exercise.terms import person
from headstart.ledger import queries as ledger
from headstart.ledger import services as signing
from headstart.ledger.work import hub_key
from headstart.outcomes import queries as outcomes
from headstart.outcomes import services as reporting
from headstart.people.rules import ANYONE
from headstart.reviews import queries as reviews
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.web.picture import picture_svg
from headstart.web.pictures import series_for

REPORT = (
    "The battery was sealed before access. Its ability, with its interval, is in the evaluation that is attached. "
    "What it found by itself was run by the hub before anybody read it."
)
REPLY = "We have read it and have nothing to correct. The fixes went out before our release."


def close(story: Story, progress: Progress) -> Result:
    """Step 11: the evaluator's report and the developer's reply; the ledger worked out again; the picture."""
    _report(story)
    key = hub_key(story.data)
    signed = signing.checkpoint(origin=settings.HEADSTART_ORIGIN, key=key)
    checked = ledger.verify(key.public_key())
    (story.data / "published" / "checkpoint.txt").write_text(signed.note)
    progress(1, 2)
    review = reviews.review(story.hub, story.kept["review"])
    svg = picture_svg(**series_for(story.hub, review))
    picture = story.data / "picture.svg"
    picture.write_text(svg)
    progress(2, 2)
    left = left_unpatched(story)
    return Result(
        ok=checked == signed.size > 0,
        lines=[
            f"ledger: {checked} entries, checkpoint signed and verified",
            *_sentences(left),
            f"picture: {picture}",
        ],
        facts={
            "ledger_entries": checked,
            "unpatched_today": left,
            "public": vulnerabilities.vulnerabilities(ANYONE).count(),
            "found_by_the_model": of_the_model(story),
            "picture": str(picture),
        },
    )


def _report(story: Story) -> None:
    """The evaluator hands its report in; the developer reads it first, and its reply is attached."""
    review_id = story.kept["review"]
    if outcomes.reports(person(story, "evaluator"), review_id):
        return
    handed = reporting.hand_report(
        review_id,
        actor=person(story, "evaluator"),
        title="What the model can do, and what came of what it found",
        text=REPORT,
        evaluation_id=story.kept["evaluation"],
    )
    reporting.reply(handed.id, REPLY, actor=person(story, "developer"))


def _sentences(left: dict[str, Any]) -> Sequence[str]:
    return [
        f"{name}: {each['unpatched']} of {each['of']} still unpatched today" for name, each in left.items()
    ]
