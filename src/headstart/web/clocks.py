"""The countdown of a window, for the pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString

from headstart import clock
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
    released_at: datetime | None


def countdown(review: "Review") -> Countdown:
    """The countdown of a review's window as it stands now."""
    now, window, programme = clock.now(), review.window, review.programme
    running = window is not None and review.stage == "open" and now < window.closes
    length = (
        -(-(window.closes - window.opens) // timedelta(days=1)) if window else programme.longest_window_days
    )
    return Countdown(
        review_id=review.id,
        model=review.model_name,
        developer=review.developer.name,
        programme=programme.name,
        runs_to=programme.runs_to,
        running=running,
        left=wording.left(window.remaining_at(now)) if window else "",
        length=length,
        day=window.day_at(now) if window else 0,
        days=drawings.days(window, now) if window else SafeString(""),
        closes=review.closes_at,
        released_at=review.released_at,
    )
