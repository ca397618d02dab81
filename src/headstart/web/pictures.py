"""What the picture is drawn from, and the table of the numbers behind it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from headstart import clock
from headstart.exposure import queries as exposure
from headstart.exposure.queries import Line
from headstart.people.rules import Viewer
from headstart.web.picture import picture_svg, sentences

if TYPE_CHECKING:
    from headstart.reviews.models import Review

AFTER = timedelta(days=30)  # how long after the window's end the days go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One operator in the table: `3 of 5` on each of the days."""

    name: str
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The table behind the picture, and the picture in words."""

    days: list[str]
    rows: list[Row]
    sentences: list[str]


def lines(viewer: Viewer, review: "Review") -> list[Line]:
    """Each operator's days since the window opened, as far as the viewer may know."""
    window = review.window
    if window is None:
        return []
    return exposure.unpatched_by_day(viewer, opens=window.opens, until=window.closes + AFTER)


def series_for(viewer: Viewer, review: "Review") -> dict[str, Any]:
    """What `picture.picture_svg` takes, by its names, for a review as this viewer may see it."""
    found = lines(viewer, review)
    opens = review.opens_at or review.asked_at
    release = review.released_at or review.closes_at or opens
    today = max((point.at for each in found for point in each.points), default=max(opens, clock.now()))
    return {
        "series": found,
        "opens": opens,
        "today": today,
        "release": release,
    }


def drawn(viewer: Viewer, review: "Review") -> SafeString:
    """The picture as SVG, to stand in a page: `picture_svg` escapes every word that it is given."""
    return SafeString(picture_svg(**series_for(viewer, review)))


def numbers(found: list[Line]) -> Numbers:
    """One column for the first day of each week of the window, and one for the last day that is known."""
    points = found[0].points if found else ()
    columns = sorted({*range(0, len(points), 7), len(points) - 1}) if points else []
    return Numbers(
        days=[f"{points[at].at.day} {points[at].at:%b}" for at in columns],
        rows=[
            Row(
                name=each.name,
                cells=[f"{each.points[at].unpatched} of {each.points[at].of}" for at in columns],
            )
            for each in found
        ],
        sentences=sentences(found),
    )
