"""A copy that leaves the hub: a PDF whose every page says how it is marked and whose it is.

TLP 2.0 (FIRST, August 2022): the label stands in the header and the footer of each page, to the right, in 12-point type
and in its colour on black.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Self

from fpdf import FPDF
from fpdf.fonts import TTFFont

from headstart.reviews.rules.watermarks import COLUMNS, NEW_LINE, Layout, drawable, laid_out

FONT = Path(__file__).parent / "fonts" / "DejaVuSansMono-subset.ttf"
WIDTH, HEIGHT, MARGIN = 595, 842, 56  # points; A4
SIZE, LEADING = 9, 11.5  # of the text
SMALL, LABEL = 7, 12
ADVANCE = 0.602  # of a letter, in sizes: they are all as wide
TOP, BOTTOM = 104, 96  # the text stays clear of the header and the footer
SET_IN = 14  # columns, of the cover
A_PAGE = int((HEIGHT - TOP - BOTTOM) // LEADING) + 1  # lines
COLOURS = {  # TLP 2.0, "TLP color-coding in RGB"
    "TLP:RED": (255, 43, 43),
    "TLP:AMBER": (255, 192, 0),
    "TLP:GREEN": (51, 255, 0),
    "TLP:CLEAR": (255, 255, 255),
}
FAINT = 214  # grey: the mark lies under the words and leaves them to be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a copy shows, and whose it is."""

    title: str
    label: str  # how it is marked: `TLP:RED, trade secret`
    text: str
    owner: str  # the organisation that wrote it
    taken_by: str
    agreed_by: str
    at: datetime
    mark: str


def draw_copy(sheet: Sheet) -> bytes:
    """The copy as a PDF: first whose it is, then everything that is in the text."""
    with _Pages(sheet) as pages:
        text = laid_out(sheet.text, pages.glyphs)
        pages.draw([*_cover(sheet, pages.glyphs), *_notes(text), "─" * COLUMNS, "", *text.lines])
        return pages.done()


def _cover(sheet: Sheet, glyphs: frozenset[int]) -> list[str]:
    """Whose it is, all of it. What goes on to a next line is set in: no name can begin a line of its own."""
    facts = (
        ("Title", sheet.title),
        ("Written by", sheet.owner),
        ("Marked", sheet.label),
        ("Copy for", sheet.taken_by),
        ("Agreed to by", sheet.agreed_by),
        ("Taken", _moment(sheet.at)),
        ("Mark", sheet.mark),
    )
    lines = []
    for name, said in facts:
        first, *more = laid_out(_one_line(said), glyphs, COLUMNS - SET_IN).lines
        lines += [f"{name + ':':<{SET_IN}}{first}", *(" " * SET_IN + each for each in more)]
    return [*lines, "This copy is for that person alone. Its mark leads back to them."]


def _notes(text: Layout) -> list[str]:
    notes = []
    if text.named:
        were = "character is" if text.named == 1 else "characters are"
        notes.append(f"{text.named:,} {were} not drawn here but named by code point, as in ⟦U+202E⟧.")
    if text.joined:
        notes.append(f"Its lines are too many to stand below each other: {NEW_LINE} is where each ends.")
    return notes


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"


class _Pages:
    """Pages with the label and the mark on each, and lines of text on them."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._pdf = FPDF(format=(WIDTH, HEIGHT), unit="pt")
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.add_font("mono", fname=FONT)
        font = self._pdf.fonts["mono"]
        self.glyphs = frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset[int]()
        self._pdf.set_title(self._clipped(sheet.title))
        self._pdf.set_creator("Headstart")
        self._pdf.set_creation_date(sheet.at)
        self._whose = (
            f"Copy {sheet.mark}, taken {_moment(sheet.at)}",
            self._clipped(f"for {sheet.taken_by}"),
            self._clipped(f"agreed to by {sheet.agreed_by}"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the font's file."""
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def draw(self, lines: Sequence[str]) -> None:
        """Lines of text, on as many pages as they need."""
        for first in range(0, len(lines), A_PAGE):
            self._page(f"page {first // A_PAGE + 1} of {ceil(len(lines) / A_PAGE)}")
            self._pdf.set_font("mono", size=SIZE)
            self._pdf.set_text_color(0)
            for row, line in enumerate(lines[first : first + A_PAGE]):
                if line:
                    self._pdf.text(MARGIN, TOP + row * LEADING, line)

    def done(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())

    def _page(self, number: str) -> None:
        self._pdf.add_page()
        self._pdf.set_font("mono", size=26)
        self._pdf.set_text_color(FAINT)
        for y in range(240, HEIGHT, 220):
            with self._pdf.rotation(30, WIDTH / 2, y):
                self._pdf.text(WIDTH / 2 - len(self._sheet.mark) * 26 * ADVANCE / 2, y, self._sheet.mark)
        self._label(30)
        self._label(HEIGHT - 46)
        self._pdf.set_font("mono", size=SMALL)
        self._pdf.set_text_color(0)
        for row, said in enumerate(self._whose):
            self._pdf.text(MARGIN, 62 + row * 9, said)
            self._pdf.text(MARGIN, HEIGHT - 70 + row * 9, said)
        self._pdf.text(MARGIN, HEIGHT - 34, number)

    def _label(self, y: float) -> None:
        """TLP 2.0: right-justified, 12 points or more, on black."""
        label = self._sheet.label
        wide = len(label) * LABEL * ADVANCE + 8
        self._pdf.set_fill_color(0)
        self._pdf.rect(WIDTH - MARGIN - wide, y, wide, LABEL + 6, style="F")
        self._pdf.set_font("mono", size=LABEL)
        self._pdf.set_text_color(*COLOURS[label.split(",")[0].removesuffix("+STRICT")])
        self._pdf.text(WIDTH - MARGIN - wide + 4, y + LABEL + 1, label)

    def _clipped(self, words: str) -> str:
        """One line of the page's width; the cover has all of it."""
        plain = drawable(_one_line(words), self.glyphs)[0]
        return plain if len(plain) <= COLUMNS else plain[: COLUMNS - 1] + "…"
