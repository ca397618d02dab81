"""The picture: at each operator, how much of what was found is still unpatched, by day, up to the release.

Pure: plain values in, SVG out, drawn by Vega-Lite in vl-convert (no browser, and nothing to run in the page). The SVG
has no script and no style of its own, so that it may stand in an <img> or in the page under a strict policy.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape
from typing import Any, Protocol

from headstart.exposure.rules.days import Point

WIDTH = 1040
LEFT, RIGHT, TOP = 280, 24, 136  # room for names, for air, for title and labels (pixels)
ROW, BAND = 74, 46  # from one operator to the next, and the height of a full band
MOST_ROWS = 8
MOST_DATES = 11
MOST_UNITS = 14  # up to so many, each single thing can be seen

FONT = "Source Sans Pro Web, Helvetica, Arial, sans-serif"
INK, QUIET, RULE = "#1b1b1b", "#565c65", "#a9aeb1"
UNPATCHED, MITIGATED, PATCHED = "#1a4480", "#73a2d6", "#d9e8f6"  # one hue: told apart by lightness alone

PARTS = re.compile(
    r' (?:role="graphics-\w+"|aria-roledescription="[^"]*")'
)  # one picture, not many: WAI-ARIA img
NOTHING = "Nothing has been matched yet."

Json = dict[str, Any]


class Series(Protocol):
    """One operator's line (`exposure.queries.Line` is one): of so many known by then, so many unpatched.

    Points are in order; the last one is as far as anything is known. `total` is its `of`.
    """

    @property
    def name(self) -> str:
        """Who."""

    @property
    def points(self) -> tuple[Point, ...]:
        """How it stood, day by day."""

    @property
    def total(self) -> int:
        """The denominator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A series as it is drawn."""

    name: str
    points: tuple[Point, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The words in the picture."""

    title: str = "Still unpatched where it matters"
    subtitle: str = "Of the vulnerabilities found, on the systems where each operator runs them, by day:"
    unpatched: str = "unpatched"
    mitigated: str = "mitigated, not patched"
    patched: str = "patched"
    release: str = "the model goes to other trusted partners"
    today: str = "today"


def picture_svg(
    series: Sequence[Series],
    *,
    opens: datetime,
    today: datetime,
    release: datetime,
    labels: Labels = Labels(),
) -> str:
    """The picture as SVG, 1040 pixels wide; nothing is drawn of days after `today`."""
    return _drawn(tuple(series), opens, today, release, labels)


def size(series: Sequence[Series]) -> tuple[int, int]:
    """Width and height of the picture in pixels, without drawing it."""
    return WIDTH, TOP + max(1, min(len(series), MOST_ROWS)) * ROW + 44


def sentences(series: Sequence[Series]) -> list[str]:
    """The picture in words, a sentence for each operator: also what a screen reader is told."""
    return [f"{each.name}: {_today(each)} of {each.total} still unpatched." for each in series]


@lru_cache(maxsize=64)
def _drawn(
    series: tuple[Row, ...], opens: datetime, today: datetime, release: datetime, labels: Labels
) -> str:
    import vl_convert

    spec = _spec(_folded(series), opens, today, release, labels)
    drawn = str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
    return _accessible(drawn, labels, sentences(series) or [NOTHING])


def _folded(series: tuple[Row, ...]) -> tuple[Row, ...]:
    """At most `MOST_ROWS`: the others are added up in the last one."""
    if len(series) <= MOST_ROWS:
        return series
    shown, rest = series[: MOST_ROWS - 1], series[MOST_ROWS - 1 :]
    moments = sorted({point.at for each in rest for point in each.points})
    points = tuple(_sum(at, rest) for at in moments)
    total = sum(each.total for each in rest)
    return (*shown, Row(name=f"{len(rest)} other operators", points=points, total=total))


def _sum(at: datetime, rows: tuple[Row, ...]) -> Point:
    """All rows at a moment: each as at its last point before it."""
    before = [[point for point in each.points if point.at <= at] for each in rows]
    last = [each[-1] for each in before if each]
    return Point(
        at=at,
        unpatched=sum(each.unpatched for each in last),
        of=sum(each.of for each in last),
        mitigated=sum(each.mitigated for each in last),
    )


def _today(series: Series) -> int:
    return series.points[-1].unpatched if series.points else 0


def _spec(rows: tuple[Row, ...], opens: datetime, today: datetime, release: datetime, labels: Labels) -> Json:
    """The Vega-Lite specification: everything is placed in pixels down, and in days across."""
    width, height = size(rows)
    plot_height = max(1, len(rows)) * ROW
    last = max(today, release) + timedelta(days=2)
    days = [_iso(opens), _iso(last)]
    layers = [
        _areas(_bands(rows, lambda point: point.of), PATCHED),
        _areas(_bands(rows, lambda point: point.unpatched + point.mitigated), MITIGATED),
        _areas(_bands(rows, lambda point: point.unpatched), UNPATCHED),
        _units(rows),
        _baselines(rows, opens, last),
        *_names(rows),
        *_mark(today, labels.today, -14, dashed=True, flip=_is_late(today, opens, last)),
        *_mark(release, labels.release, -34, dashed=False, flip=_is_late(release, opens, last)),
        _dates(opens, last, plot_height),
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - LEFT - RIGHT,
        "height": plot_height,
        "padding": {"left": LEFT, "right": RIGHT, "top": TOP, "bottom": height - TOP - plot_height},
        "autosize": {"type": "none"},
        "background": "#ffffff",
        "config": {"aria": False, "font": FONT, "view": {"stroke": None}, "text": {"font": FONT}},
        "encoding": {
            "x": {"field": "day", "type": "temporal", "scale": {"type": "utc", "domain": days}, "axis": None},
            "y": {
                "field": "y",
                "type": "quantitative",
                "scale": {"domain": [plot_height, 0], "zero": False, "nice": False},
                "axis": None,
            },
        },
        "layer": [*layers, *_heading(labels), *_key(rows, labels)],
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _is_late(day: datetime, opens: datetime, last: datetime) -> bool:
    """Whether a day stands in the right half, where its label goes to its left."""
    return (day - opens) * 2 > (last - opens)


def _floor(row: int) -> int:
    """The pixel on which a row's band stands."""
    return row * ROW + ROW - 14


def _bands(rows: tuple[Row, ...], count: Callable[[Point], int]) -> list[Json]:
    """The outline of each row's band up to a count."""
    return [
        {
            "day": _iso(point.at),
            "y": _floor(row) - BAND * count(point) / each.total,
            "floor": _floor(row),
            "row": row,
        }
        for row, each in enumerate(rows)
        for point in each.points
        if each.total
    ]


def _areas(values: list[Json], colour: str) -> Json:
    return {
        "data": {"values": values},
        "mark": {"type": "area", "interpolate": "step-after", "color": colour, "clip": False},
        "encoding": {"y2": {"field": "floor"}, "detail": {"field": "row"}},
    }


def _units(rows: tuple[Row, ...]) -> Json:
    """White lines between single things, so that they can be counted."""
    values = [
        {
            "day": _iso(each.points[0].at),
            "end": _iso(each.points[-1].at),
            "y": _floor(row) - BAND * unit / each.total,
        }
        for row, each in enumerate(rows)
        if each.points and each.total <= MOST_UNITS
        for unit in range(1, each.total)
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "color": "#ffffff", "strokeWidth": 1},
        "encoding": {"x2": {"field": "end"}},
    }


def _baselines(rows: tuple[Row, ...], opens: datetime, last: datetime) -> Json:
    values = [{"day": _iso(opens), "end": _iso(last), "y": _floor(row)} for row in range(len(rows))]
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "color": RULE, "strokeWidth": 1},
        "encoding": {"x2": {"field": "end"}},
    }


def _names(rows: tuple[Row, ...]) -> list[Json]:
    """Who, and with its denominator how much, at the left of each row."""
    names = [{"text": each.name, "y": _floor(row) - 26} for row, each in enumerate(rows)]
    counts = [
        {"text": f"{_today(each)} of {each.total} unpatched", "y": _floor(row) - 7}
        for row, each in enumerate(rows)
    ]
    if not rows:
        names = [{"text": NOTHING, "y": _floor(0) - 26}]
    return [
        _text(names, x=-LEFT + 24, fontSize=15, fontWeight="bold", color=INK, limit=LEFT - 40),
        _text(counts, x=-LEFT + 24, fontSize=14, color=QUIET, limit=LEFT - 40),
    ]


def _text(values: list[Json], *, x: int | None = None, **mark: Any) -> Json:
    encoding: Json = {"text": {"field": "text"}}
    if x is not None:
        encoding["x"] = {"value": x}
    kind = {"type": "text", "align": "left", "baseline": "alphabetic"} | mark
    return {"data": {"values": values}, "mark": kind, "encoding": encoding}


def _mark(day: datetime, words: str, above: int, *, dashed: bool, flip: bool) -> list[Json]:
    """A day that matters: a rule through all rows, and its label above them."""
    when = f"{day.day} {day:%B}"
    value = {"day": _iso(day), "y": above, "text": f"{when}: {words}"}
    rule: Json = {"type": "rule", "color": QUIET if dashed else INK, "strokeWidth": 1 if dashed else 1.5}
    if dashed:
        rule["strokeDash"] = [3, 3]
    casing = {"type": "rule", "color": "#ffffff", "strokeWidth": 5}  # keeps the rule apart from a dark band
    down = {"y": {"value": above - 10}, "y2": {"value": "height"}}
    return [
        *({"data": {"values": [value]}, "mark": each, "encoding": down} for each in (casing, rule)),
        _text(
            [value],
            fontSize=14,
            fontWeight="normal" if dashed else "bold",
            color=QUIET if dashed else INK,
            align="right" if flip else "left",
            dx=-7 if flip else 7,
        ),
    ]


def _dates(opens: datetime, last: datetime, floor: int) -> Json:
    """A date for each week of the window; for fewer of them where the weeks are many."""
    length = (last - opens).days
    every = 7 * (1 + length // (7 * MOST_DATES))
    days = [opens + timedelta(days=each) for each in range(0, length + 1, every)]
    values = [{"day": _iso(day), "y": floor + 12, "text": f"{day.day} {day:%b}"} for day in days]
    return _text(values, fontSize=13, color=QUIET, align="center")


def _heading(labels: Labels) -> list[Json]:
    values = [{"text": labels.title, "y": 30 - TOP}]
    below = [{"text": labels.subtitle, "y": 53 - TOP}]
    return [
        _text(values, x=-LEFT + 24, fontSize=20, fontWeight="bold", color=INK),
        _text(below, x=-LEFT + 24, fontSize=14, color=QUIET),
    ]


def _key(rows: tuple[Row, ...], labels: Labels) -> list[Json]:
    """What each tone means, below the heading."""
    tones = [(UNPATCHED, labels.unpatched), (MITIGATED, labels.mitigated), (PATCHED, labels.patched)]
    if not any(point.mitigated for each in rows for point in each.points):
        del tones[1]
    found, x = [], -LEFT + 24
    for colour, words in tones:
        at = [{"text": words, "y": 76 - TOP}]
        found.append(_text(at, x=x + 20, fontSize=14, color=QUIET))
        swatch = {"type": "square", "color": colour, "size": 169, "opacity": 1}
        place = {"x": {"value": x + 7}, "y": {"value": 71 - TOP}}
        found.append({"data": {"values": [{}]}, "mark": swatch, "encoding": place})
        x += 44 + round(6.4 * len(words))
    return found


def _accessible(svg: str, labels: Labels, told: list[str]) -> str:
    """The same picture with its name and its words for a screen reader (SVG 2, 5.8 and WAI-ARIA graphics)."""
    start = svg.index("<svg") + len("<svg")
    end = svg.index(">", start)
    words = escape(" ".join(told))
    head = f' role="img" aria-label="{escape(labels.title)}"{svg[start:end]}>'
    drawn = PARTS.sub("", svg[end + 1 :])
    return f"<svg{head}<title>{escape(labels.title)}</title><desc>{words}</desc>{drawn}"
