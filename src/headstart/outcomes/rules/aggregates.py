"""All reviews together, as an auditor can use them: counts with denominators, medians with their range."""

import csv
import io
from datetime import date

import msgspec

from headstart.outcomes.rules.figures import Figures
from headstart.outcomes.rules.summaries import Count

FORMAT = "headstart-together-1"
SAYS_NOT = (
    "It tells of the reviews that this instance knows. Taking part is voluntary: what was released without a review"
    " is not in it.",
    "A short window or a small number is no verdict on a model: how much was not found, nobody knows.",
    "What came of it is counted over reviews that have ended; of those that run, nothing is told here.",
    "Reports, vulnerabilities and systems are different things, and their counts are not added.",
)
COLUMNS = (
    "programme",
    "measure",
    "n",
    "of",
    "of what",
    "unknown",
    "median days",
    "shortest days",
    "longest days",
)
RISKY = ("=", "+", "-", "@", "\t", "\r")  # how a spreadsheet's formulas begin


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The reviews of one programme, or all (`programme` empty).

    `ended_by` counts the ended ones by how they ended; `window` is how long those windows were open that opened and
    have ended.
    """

    programme: str
    name: str
    longest_days: int | None
    reviews: int
    enquired: int
    open: int
    ended: int
    ended_by: dict[str, int]
    answered: int
    window: Figures


class Aggregate(msgspec.Struct, frozen=True, kw_only=True):
    """Every review of this instance, together. Whose they are is not told."""

    format: str = FORMAT
    as_of: date
    together: Group
    programmes: tuple[Group, ...]
    came_of_it: tuple[Count, ...]
    days_until: dict[str, Figures]
    says_not: tuple[str, ...] = SAYS_NOT


ENDS = {
    "release": "ended by the model's release",
    "withdraw": "ended by its developer's leaving",
    "expire": "ended by its time being over",
    "unknown": "ended, not known how",
}
UNTIL = {
    "told": "from a vulnerability's first report to its maintainer being told",
    "fixed": "from a vulnerability's first report to a fix that was proved",
    "first tier": "from a vulnerability's first report to the first tier being told",
}


def as_csv(aggregate: Aggregate) -> str:
    """One measure a line, each with its denominator; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for group in (aggregate.together, *aggregate.programmes):
        name = _plain(group.programme) or "all"
        for measure, n in (("reviews", group.reviews),):
            writer.writerow([name, measure, n, "", "", "", "", "", ""])
        for measure, n in (
            ("asked, not open yet", group.enquired), ("open", group.open), ("ended", group.ended),
            ("answered by an authority", group.answered),
        ):  # fmt: skip
            writer.writerow([name, measure, n, group.reviews, "reviews", "", "", "", ""])
        for how, n in group.ended_by.items():
            writer.writerow([name, ENDS[how], n, group.ended, "reviews that have ended", "", "", "", ""])
        writer.writerow(
            [name, "window, in days", *_figures(group.window, "reviews that opened and have ended")]
        )
    for each in aggregate.came_of_it:
        of = "" if each.of is None else each.of
        what = "" if each.of is None else each.of_what
        writer.writerow(["all", f"{each.unit}: {each.title}", each.n, of, what, each.unknown, "", "", ""])
    for key, figures in aggregate.days_until.items():
        writer.writerow(["all", UNTIL[key], *_figures(figures, "vulnerabilities")])
    return text.getvalue()


def _figures(figures: Figures, of_what: str) -> list[object]:
    numbers = (figures.median, figures.shortest, figures.longest)
    return [
        figures.n,
        figures.of,
        of_what,
        figures.of - figures.n,
        *("" if each is None else each for each in numbers),
    ]


def _plain(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(RISKY) else words
