"""The end: the ledger verified, and the picture."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from headstart.exercise.remedy import left_unpatched, of_the_model
from headstart.exercise.story import Progress, Result, Story
from headstart.ledger import queries as ledger
from headstart.ledger import services as signing
from headstart.ledger.work import hub_key
from headstart.people.rules import ANYONE
from headstart.reviews import queries as reviews
from headstart.vulnerabilities import queries as vulnerabilities
from headstart.web.picture import picture_svg
from headstart.web.pictures import series_for


def close(story: Story, progress: Progress) -> Result:
    """Step 11: a checkpoint is signed and the whole ledger worked out again; then the picture."""
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


def _sentences(left: dict[str, Any]) -> Sequence[str]:
    return [
        f"{name}: {each['unpatched']} of {each['of']} still unpatched today" for name, each in left.items()
    ]
