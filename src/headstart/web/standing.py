"""How it stands with what was found in a review: the picture, its words, and the table behind it."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from headstart.outcomes import queries
from headstart.outcomes.rules import Point, Series, Standing, Step
from headstart.people.rules import Viewer
from headstart.web.standing_picture import NAMES, NOT_YOURS, OF_WHAT, PAGE, PHONE, picture_svg

if TYPE_CHECKING:
    from headstart.reviews.models import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step in the table: what is counted, and `3 of 5` on each of the days."""

    name: str
    of_what: str
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the include draws: the picture for a page and for a phone, the same in words, and its numbers."""

    review_id: str
    opened: bool
    whole: bool
    headline: str
    page: SafeString
    phone: SafeString
    sentences: list[str]
    days: list[str]
    rows: list[Row]


def shown(viewer: Viewer, review: "Review") -> dict[str, Any]:
    """To be merged into a page's context: `shown |= standing.shown(viewer, review)`, and in its template
    `{% include "web/parts/standing.html" %}`.

    Raises:
        ReviewNotFound: the viewer may not see the review.
    """
    stands = queries.standing(viewer, review.id)
    told = sentences(stands)
    columns = _columns(stands)
    return {
        "standing": Shown(
            review_id=review.id,
            opened=stands.opens is not None,
            whole=stands.whole,
            headline=headline(stands),
            page=_svg(stands, told, narrow=False),
            phone=_svg(stands, told, narrow=True),
            sentences=told,
            days=[f"{each.day} {each:%b}" for each in columns],
            rows=[_row(each, columns) for each in stands.series],
        )
    }


def alone(viewer: Viewer, review_id: str) -> str:
    """The picture as a file of its own.

    Raises:
        ReviewNotFound: the viewer may not see the review.
    """
    stands = queries.standing(viewer, review_id)
    return _svg(stands, sentences(stands), narrow=False)


def _svg(stands: Standing, told: list[str], *, narrow: bool) -> SafeString:
    """`picture_svg` escapes every word that it is given."""
    if stands.opens is None:
        return SafeString("")
    return SafeString(picture_svg(stands, PHONE if narrow else PAGE, told=[headline(stands), *told]))


def headline(stands: Standing) -> str:
    """The one number that the window is for: how much is not mended where it matters."""
    if stands.opens is None:
        return "The window has not opened. There is nothing to count yet."
    series = stands.of(Step.DEPLOYED)
    if series.points is None:
        return "What is patched at operators is not yours to know."
    parts = []
    release = next((each for each in series.points if each.day == stands.release), None)
    if release is not None and stands.released and release.day < stands.today:
        parts.append(f"On {_day(release.day)}, when the model went out, {_unmended(release)}.")
    parts.append(f"Today, {_unmended(series.points[-1])}.")
    return " ".join(parts)


def _unmended(point: Point) -> str:
    if not point.of:
        return "no operator's system is known to hold what was found"
    left = point.of - point.n - point.unknown
    unknown = f"; of {point.unknown:,} more nobody knows" if point.unknown else ""
    return f"not mended where it matters: {left:,} of {_count(point.of, 'pair')}{unknown}"


def sentences(stands: Standing) -> list[str]:
    """The picture in words, a sentence for each step: also what a screen reader is told."""
    return [_sentence(each, stands) for each in stands.series]


def _sentence(series: Series, stands: Standing) -> str:
    last = series.last
    if last is None:
        return f"{NAMES[series.step]}: {NOT_YOURS}."
    n, of = f"{last.n:,}", f"{last.of or 0:,}"
    unknown = f"{last.unknown:,}"
    told = stands.of(Step.TOLD).last
    homes = _count((told.of or 0) if told else 0, "vulnerability is", "vulnerabilities are")
    vulnerabilities = _count(last.of or 0, "vulnerability", "vulnerabilities")
    pairs = _count(last.of or 0, "pair")
    words = {
        Step.FOUND: f"Found: {_count(last.n, 'report')}. How much there is to be found, nobody knows.",
        Step.PROVED: f"Held up when the hub ran it: {n} of {_count(last.of or 0, 'report')}.",
        Step.MERGED: f"Merged: {n} of the {of} that held up; {homes} known.",
        Step.TOLD: f"The maintainer is told: {n} of {vulnerabilities}.",
        Step.FIXED: f"A fix is proved: {n} of {vulnerabilities}.",
        Step.FIRST_TIER: f"The first tier is told: {n} of {vulnerabilities}.",
        Step.DEPLOYED: f"Mended where it matters: {n} of {pairs} of a vulnerability and a system.",
    }[series.step]
    if not last.unknown:
        return words
    why = {
        Step.PROVED: "not run yet, or it could not be run here",
        Step.DEPLOYED: "whether the release there is affected is not known",
    }[series.step]
    return f"{words} Of {unknown} nobody knows: {why}."


def _columns(stands: Standing) -> list[date]:
    """The first day of each week, the day of the release, and the last day that is known."""
    points = next((each.points for each in stands.series if each.points), ())
    return [
        each.day
        for at, each in enumerate(points)
        if at % 7 == 0 or at == len(points) - 1 or each.day == stands.release
    ]


def _row(series: Series, columns: list[date]) -> Row:
    by_day = {each.day: each for each in series.points or ()}
    cells = [_cell(by_day.get(each)) for each in columns]
    return Row(name=NAMES[series.step], of_what=OF_WHAT[series.step], cells=cells)


def _cell(point: Point | None) -> str:
    if point is None:
        return NOT_YOURS
    if point.of is None:
        return f"{point.n:,}"
    unknown = f" ({point.unknown:,} unknown)" if point.unknown else ""
    return f"{point.n:,} of {point.of:,}{unknown}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
