"""The picture of a review: from report to patch, a row for each step with its own denominator, by day.

Pure: plain values in, SVG out. It brings no script and no style; every tone differs from the others in lightness or is
hatched, so that it can be read in grey and on paper. One layout is for a page, one for a phone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from headstart.outcomes.rules import Point, Series, Standing, Step, Unit
from headstart.web.picture import FONT, INK, MOST_DATES, MOST_UNITS, PATCHED, QUIET, RULE, UNPATCHED

DONE, NOT_YET, UNKNOWN = UNPATCHED, PATCHED, "#6c5024"
TITLE = "From report to patch"
NAMES = {
    Step.FOUND: "Found",
    Step.PROVED: "Held up when it was run",
    Step.MERGED: "Merged",
    Step.TOLD: "Maintainer told",
    Step.FIXED: "Fix proved",
    Step.FIRST_TIER: "First tier told",
    Step.DEPLOYED: "Deployed where it matters",
}
PANELS = {
    Unit.REPORTS: "Reports",
    Unit.VULNERABILITIES: "Vulnerabilities: one root cause each",
    Unit.PAIRS: "Operators' systems: one vulnerability on one system is one pair",
}
OF_WHAT = {
    Step.FOUND: "reports",
    Step.PROVED: "reports",
    Step.MERGED: "that held up",
    Step.TOLD: "vulnerabilities",
    Step.FIXED: "vulnerabilities",
    Step.FIRST_TIER: "vulnerabilities",
    Step.DEPLOYED: "pairs",
}
NOT_YOURS = "not yours to know"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things stand, in pixels. `stacked`: names above their bands, as on a phone."""

    name: str
    width: int
    left: int
    right: int
    top: int
    row: int
    band: int
    panel: int
    stacked: bool

    @property
    def plot(self) -> int:
        """The width of a band over all days."""
        return self.width - self.left - self.right


PAGE = Layout(name="page", width=1040, left=300, right=24, top=132, row=58, band=40, panel=38, stacked=False)
PHONE = Layout(name="phone", width=344, left=4, right=4, top=178, row=84, band=36, panel=34, stacked=True)


def picture_svg(standing: Standing, layout: Layout = PAGE, *, told: Sequence[str] = ()) -> str:
    """The picture as SVG; `told` is what a screen reader is told. Nothing is drawn of days after today."""
    drawing = _Drawing(standing, layout)
    return drawing.svg(told)


class _Drawing:
    """One picture, from top to bottom."""

    def __init__(self, standing: Standing, layout: Layout) -> None:
        self.standing, self.layout = standing, layout
        self.first = standing.opens or standing.today
        self.last = max(standing.today, standing.release or standing.today)
        self.days = (self.last - self.first).days + 1
        self.parts: list[str] = []
        self.y = layout.top

    def svg(self, told: Sequence[str]) -> str:
        for unit in Unit:
            rows = [each for each in self.standing.series if each.unit is unit]
            if rows:
                self.panel(PANELS[unit])
            for each in rows:
                self.row(each)
        floor = self.y + 8
        self.dates(floor)
        marks = self.marks(floor)
        height = floor + 26
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{TITLE}" width="{self.layout.width}" '
            f'height="{height}" viewBox="0 0 {self.layout.width} {height}" font-family="{escape(FONT)}">'
            f"<title>{TITLE}</title><desc>{escape(' '.join(told))}</desc>"
            f'<defs><pattern id="unknown-{self.layout.name}" width="6" height="6" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
            f'<rect width="2" height="6" fill="{UNKNOWN}"/></pattern></defs>'
            f'<rect width="{self.layout.width}" height="{height}" fill="#ffffff"/>'
        )
        return head + "".join([*self.heading(), *self.parts, *marks]) + "</svg>"

    def x(self, day: date, *, end: bool = False) -> float:
        """Where a day begins, or ends."""
        at = (day - self.first).days + end
        return round(self.layout.left + self.layout.plot * at / self.days, 1)

    def text(self, x: float, y: float, words: str, size: int = 14, **how: str) -> str:
        more = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in how.items())
        fill = "" if "fill" in how else f' fill="{QUIET}"'
        return f'<text x="{x}" y="{y}" font-size="{size}"{fill}{more}>{escape(words)}</text>'

    def heading(self) -> list[str]:
        left = 4 if self.layout.stacked else 24
        lines = [self.text(left, 28, TITLE, 20, font_weight="bold", fill=INK)]
        whose = (
            "the model and its partners found" if self.standing.whole else "was found, as far as you may see"
        )
        words = (
            [f"What {whose}, by day.", "Each row has a denominator of its own."]
            if self.layout.stacked
            else [f"What {whose}, by day. Each row has a denominator of its own."]
        )
        lines += [self.text(left, 50 + 18 * at, each) for at, each in enumerate(words)]
        return [*lines, *self.key(left, 78 if not self.layout.stacked else 94)]

    def key(self, left: int, y: int) -> list[str]:
        """What each tone means."""
        tones = (
            (DONE, "yes"),
            (NOT_YET, "no, or not yet"),
            (f"url(#unknown-{self.layout.name})", "nobody knows"),
        )
        found, x = [], left
        for fill, words in tones:
            found.append(
                f'<rect x="{x}" y="{y - 12}" width="14" height="14" fill="{fill}" stroke="{QUIET}" '
                'stroke-width="0.75"/>'
            )
            found.append(self.text(x + 20, y, words))
            x += 44 + round(6.6 * len(words))
        return found

    def panel(self, words: str) -> None:
        self.y += self.layout.panel
        left, right = (4 if self.layout.stacked else 24), self.layout.width - self.layout.right
        size = 13 if self.layout.stacked else 14
        self.parts.append(
            f'<line x1="{left}" y1="{self.y - 26}" x2="{right}" y2="{self.y - 26}" stroke="{RULE}" stroke-width="1"/>'
        )
        if self.layout.stacked:
            words = words.partition(":")[0]
        self.parts.append(self.text(left, self.y - 8, words, size, font_weight="bold"))

    def row(self, series: Series) -> None:
        layout = self.layout
        self.y += layout.row
        floor = self.y - 6
        left = 4 if layout.stacked else 24
        name, count = NAMES[series.step], in_words(series)
        if layout.stacked:
            self.parts.append(
                self.text(left, floor - layout.band - 26, name, 15, font_weight="bold", fill=INK)
            )
            self.parts.append(self.text(left, floor - layout.band - 8, count, 14))
        else:
            self.parts.append(self.text(left, floor - 22, name, 15, font_weight="bold", fill=INK))
            self.parts.append(self.text(left, floor - 4, count, 14))
        self.band(series, floor)
        right = layout.left + layout.plot
        self.parts.append(
            f'<line x1="{layout.left}" y1="{floor}" x2="{right}" y2="{floor}" stroke="{RULE}" stroke-width="1"/>'
        )

    def band(self, series: Series, floor: int) -> None:
        points = series.points
        if points is None:
            self.parts.append(self.text(self.layout.left + 6, floor - 12, NOT_YOURS, 14, font_style="italic"))
            return
        most = max((each.n if each.of is None else each.of for each in points), default=0)
        if not most:
            return

        def area(top: Callable[[Point], int], fill: str, edge: str = "") -> str:
            path = self.outline(points, lambda each: floor - self.layout.band * top(each) / most, floor)
            return f'<path d="{path}" fill="{fill}"{edge}/>' if path else ""

        if series.step is not Step.FOUND:
            self.parts.append(
                area(lambda each: each.of or 0, NOT_YET, f' stroke="{RULE}" stroke-width="0.75"')
            )
        if any(each.unknown for each in points):
            self.parts.append(area(lambda each: each.n + each.unknown, f"url(#unknown-{self.layout.name})"))
        self.parts.append(area(lambda each: each.n, DONE))
        if most <= MOST_UNITS:
            self.units(points, most, floor)

    def units(self, points: Sequence[Point], most: int, floor: int) -> None:
        """White lines between single things, so that they can be counted."""
        start = next((each.day for each in points if each.n or each.of), points[-1].day)
        x1, x2 = self.x(start), self.x(points[-1].day, end=True)
        for unit in range(1, most):
            y = round(floor - self.layout.band * unit / most, 1)
            self.parts.append(
                f'<line x1="{x1}" y1="{y}" x2="{x2}" y2="{y}" stroke="#ffffff" stroke-width="1"/>'
            )

    def outline(self, points: Sequence[Point], top: Callable[[Point], float], floor: int) -> str:
        """A band from the floor up to a height for each day; days on which the height stays are one stroke."""
        path, last = [], float(floor)
        for each in points:
            height = round(top(each), 1)
            if height != last:
                path.append(f"L{self.x(each.day)},{last}L{self.x(each.day)},{height}")
                last = height
        if not path:
            return ""
        end = self.x(points[-1].day, end=True)
        return f"M{self.x(points[0].day)},{floor}{''.join(path)}L{end},{last}L{end},{floor}Z"

    def marks(self, floor: int) -> list[str]:
        """Today, and the day on which the model goes out."""
        today, release = self.standing.today, self.standing.release
        marks: list[str] = []
        if release is not None:
            words = "the model went out" if self.standing.released else "the model goes out at the latest"
            words = words.removeprefix("the model ") if self.layout.stacked else words
            marks += self.mark(release, words, 34, floor, dashed=False)
        if release is None or today != release:
            marks += self.mark(today, "today", 14, floor, dashed=True)
        return marks

    def mark(self, day: date, words: str, above: int, floor: int, *, dashed: bool) -> list[str]:
        x, y = self.x(day, end=True), self.layout.top - above
        flip = x > self.layout.left + self.layout.plot / 2
        dash = ' stroke-dasharray="3 3"' if dashed else ""
        colour, wide = (QUIET, 1) if dashed else (INK, 1.5)
        ends = f'x1="{x}" y1="{y - 10}" x2="{x}" y2="{floor}"'
        return [
            f'<line {ends} stroke="#ffffff" stroke-width="4"/>',
            f'<line {ends} stroke="{colour}" stroke-width="{wide}"{dash}/>',
            self.text(
                x + (-7 if flip else 7),
                y,
                f"{day.day} {day:%B}: {words}",
                14,
                text_anchor="end" if flip else "start",
                font_weight="normal" if dashed else "bold",
                fill=colour,
            ),
        ]

    def dates(self, floor: int) -> None:
        """A date for each week; for fewer of them where the weeks are many, or the page is small."""
        most = 4 if self.layout.stacked else MOST_DATES
        every = 7 * (1 + self.days // (7 * most))
        for at in range(0, self.days, every):
            day = self.first + timedelta(days=at)
            x = self.x(day)
            self.parts.append(
                f'<line x1="{x}" y1="{floor - 14}" x2="{x}" y2="{floor - 8}" stroke="{RULE}" stroke-width="1"/>'
            )
            late = x + 44 > self.layout.left + self.layout.plot
            anchor = "end" if late else "start"
            self.parts.append(self.text(x, floor + 8, f"{day.day} {day:%b}", 13, text_anchor=anchor))


def in_words(series: Series) -> str:
    """A step's newest count: `4 of 6 vulnerabilities`, `9 reports`, `not yours to know`."""
    last = series.last
    if last is None:
        return NOT_YOURS
    if last.of is None:
        return f"{last.n:,} {OF_WHAT[series.step]}"
    unknown = f", {last.unknown:,} unknown" if last.unknown else ""
    return f"{last.n:,} of {last.of:,} {OF_WHAT[series.step]}{unknown}"
