"""The countdown of a window, for the pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from headstart import clock
from headstart.people.rules import Viewer
from headstart.reviews import queries
from headstart.web import drawings, wording

if TYPE_CHECKING:
    from headstart.reviews.models import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """How much of a window is left, in words and as a row of days. `length` is in days."""

    review_id: str
    model: str
    developer: str
    programme: str
    runs_to: str
    running: bool
    left: str
    length: int
    day: int
    days: SafeString
    closes: datetime | None
    withdrawn: bool
    released_at: datetime | None


def countdown(viewer: Viewer, review: "Review") -> Countdown:
    """The countdown of a review's window as it stands now; the model's name only for those who may read it."""
    now, window, programme = clock.now(), review.window, review.programme
    running = window is not None and queries.is_running(review)
    length = (
        -(-(window.closes - window.opens) // timedelta(days=1)) if window else programme.longest_window_days
    )
    return Countdown(
        review_id=review.id,
        model=queries.name_for(viewer, review),
        developer=review.developer.name,
        programme=programme.name,
        runs_to=programme.runs_to,
        running=running,
        left=wording.left(window.remaining_at(now)) if window else "",
        length=length,
        day=window.day_at(now) if window else 0,
        days=drawings.days(window, now) if window else SafeString(""),
        closes=review.closes_at,
        withdrawn=review.ended_by == "withdraw",
        released_at=review.released_at,
    )
