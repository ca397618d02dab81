"""The picture: at each operator, how much of what was found is still unpatched, by day, up to the release.

Pure: plain values in, SVG out, drawn by Vega-Lite in vl-convert (no browser, and nothing to run in the page). The SVG
has no script and no style of its own, so that it may stand in an <img> or in the page under a strict policy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from html import escape
from typing import Any

WIDTH = 1040
LEFT, RIGHT, TOP = 280, 24, 118  # room for names, for air, for title and labels (pixels)
ROW, BAND = 74, 46  # from one operator to the next, and the height of a full band
MOST_ROWS = 8
MOST_UNITS = 14  # up to so many, each single thing can be seen

FONT = "Source Sans Pro Web, Helvetica, Arial, sans-serif"
INK, QUIET, RULE, PATCHED, UNPATCHED = "#1b1b1b", "#565c65", "#a9aeb1", "#d9e8f6", "#1a4480"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One operator: on each day how many of `total` things were unpatched; ends on the last day that is known."""

    name: str
    points: tuple[tuple[date, int], ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The words in the picture."""

    title: str = "Still unpatched where it matters"
    subtitle: str = (
        "Of the vulnerabilities found that each operator runs: dark is unpatched, pale is patched."
    )
    release: str = "the model goes to other trusted partners"
    today: str = "today"


def picture_svg(
    series: Sequence[Series],
    *,
    opens: date,
    today: date,
    release: date,
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
def _drawn(series: tuple[Series, ...], opens: date, today: date, release: date, labels: Labels) -> str:
    import vl_convert

    rows = _folded(series)
    drawn = str(vl_convert.vegalite_to_svg(_spec(rows, opens, today, release, labels), allowed_base_urls=[]))
    return _accessible(drawn, labels, sentences(series) or ["Nothing has been matched yet."])


def _folded(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """At most `MOST_ROWS`: the others are added up in the last one."""
    if len(series) <= MOST_ROWS:
        return series
    shown, rest = series[: MOST_ROWS - 1], series[MOST_ROWS - 1 :]
    days = sorted({day for each in rest for day, _ in each.points})
    points = tuple((day, sum(_on(each, day) for each in rest)) for day in days)
    total = sum(each.total for each in rest)
    return (*shown, Series(name=f"{len(rest)} other operators", points=points, total=total))


def _on(series: Series, day: date) -> int:
    """How many were unpatched on a day: as on the last day before it that has a point."""
    return next((unpatched for at, unpatched in reversed(series.points) if at <= day), 0)


def _today(series: Series) -> int:
    return series.points[-1][1] if series.points else 0


def _spec(rows: tuple[Series, ...], opens: date, today: date, release: date, labels: Labels) -> Json:
    """The Vega-Lite specification: everything is placed in pixels down, and in days across."""
    width, height = size(rows)
    plot_height = max(1, len(rows)) * ROW
    last = max(today, release) + timedelta(days=2)
    days = [_iso(opens), _iso(last)]
    layers = [
        _areas(_bands(rows, today), PATCHED),
        _areas(_bands(rows, today, unpatched=True), UNPATCHED),
        _units(rows, opens, today),
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
        "layer": [*layers, *_heading(labels)],
    }


def _iso(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _is_late(day: date, opens: date, last: date) -> bool:
    """Whether a day stands in the right half, where its label goes to its left."""
    return (day - opens) * 2 > (last - opens)


def _floor(row: int) -> int:
    """The pixel on which a row's band stands."""
    return row * ROW + ROW - 14


def _bands(rows: tuple[Series, ...], today: date, *, unpatched: bool = False) -> list[Json]:
    """The outlines of each row's band: of all, or of what is unpatched."""
    found = []
    for row, each in enumerate(rows):
        if not each.points or not each.total:
            continue
        until = max(today, each.points[-1][0])
        steps = [*each.points, (until, each.points[-1][1])]
        for day, count in steps:
            high = BAND * (min(count, each.total) if unpatched else each.total) / each.total
            found.append({"day": _iso(day), "y": _floor(row) - high, "floor": _floor(row), "row": row})
    return found


def _areas(values: list[Json], colour: str) -> Json:
    return {
        "data": {"values": values},
        "mark": {"type": "area", "interpolate": "step-after", "color": colour, "clip": False},
        "encoding": {"y2": {"field": "floor"}, "detail": {"field": "row"}},
    }


def _units(rows: tuple[Series, ...], opens: date, today: date) -> Json:
    """White lines between single things, so that they can be counted."""
    values = [
        {
            "day": _iso(each.points[0][0] if each.points else opens),
            "end": _iso(today),
            "y": _floor(row) - BAND * unit / each.total,
        }
        for row, each in enumerate(rows)
        if each.total <= MOST_UNITS
        for unit in range(1, each.total)
    ]
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "color": "#ffffff", "strokeWidth": 1},
        "encoding": {"x2": {"field": "end"}},
    }


def _baselines(rows: tuple[Series, ...], opens: date, last: date) -> Json:
    values = [{"day": _iso(opens), "end": _iso(last), "y": _floor(row)} for row in range(len(rows))]
    return {
        "data": {"values": values},
        "mark": {"type": "rule", "color": RULE, "strokeWidth": 1},
        "encoding": {"x2": {"field": "end"}},
    }


def _names(rows: tuple[Series, ...]) -> list[Json]:
    """Who, and with its denominator how much, at the left of each row."""
    names = [{"text": each.name, "y": _floor(row) - 26} for row, each in enumerate(rows)]
    counts = [
        {"text": f"{_today(each)} of {each.total} unpatched", "y": _floor(row) - 7}
        for row, each in enumerate(rows)
    ]
    if not rows:
        names = [{"text": "Nothing has been matched yet.", "y": _floor(0) - 26}]
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


def _mark(day: date, words: str, above: int, *, dashed: bool, flip: bool) -> list[Json]:
    """A day that matters: a rule through all rows, and its label above them."""
    when = f"{day.day} {day:%B}"
    value = {"day": _iso(day), "y": above, "text": f"{when}: {words}"}
    rule: Json = {"type": "rule", "color": QUIET if dashed else INK, "strokeWidth": 1 if dashed else 1.5}
    if dashed:
        rule["strokeDash"] = [3, 3]
    return [
        {
            "data": {"values": [value]},
            "mark": rule,
            "encoding": {"y": {"value": above - 10}, "y2": {"value": "height"}},
        },
        _text(
            [value],
            fontSize=14,
            fontWeight="normal" if dashed else "bold",
            color=QUIET if dashed else INK,
            align="right" if flip else "left",
            dx=-7 if flip else 7,
        ),
    ]


def _dates(opens: date, last: date, floor: int) -> Json:
    """The first day of each week of the window."""
    weeks = range(0, (last - opens).days + 1, 7)
    days = [opens + timedelta(days=each) for each in weeks]
    values = [{"day": _iso(day), "y": floor + 12, "text": f"{day.day} {day:%b}"} for day in days]
    return _text(values, fontSize=13, color=QUIET, align="center")


def _heading(labels: Labels) -> list[Json]:
    values = [{"text": labels.title, "y": -TOP + 34}]
    below = [{"text": labels.subtitle, "y": -TOP + 56}]
    return [
        _text(values, x=-LEFT + 24, fontSize=20, fontWeight="bold", color=INK),
        _text(below, x=-LEFT + 24, fontSize=14, color=QUIET),
    ]


def _accessible(svg: str, labels: Labels, told: list[str]) -> str:
    """The same picture with its name and its words for a screen reader (SVG 2, 5.8 and WAI-ARIA graphics)."""
    start = svg.index("<svg") + len("<svg")
    end = svg.index(">", start)
    words = escape(" ".join(told))
    head = f' role="img" aria-label="{escape(labels.title)}"{svg[start:end]}>'
    return f"<svg{head}<title>{escape(labels.title)}</title><desc>{words}</desc>{svg[end + 1 :]}"
