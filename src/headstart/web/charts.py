"""The drawings of an evaluation's report: each from the report alone, each with its words.

One hue for what was measured; what stands beside it is told apart by its place and its words, never by colour alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headstart.web.vega import FAINT, INK, frame, named, rules, signed, svg, text, uprights

WIDTH, LEFT = 1040, 280  # of every picture, and its room for names (pixels)
ABILITY, OTHER, BASELINE, GROUND = "#1a4480", "#5b86bf", "#71767a", "#eaf1f9"
MOST_OTHERS, MOST_FAMILIES, MOST_THRESHOLDS = 12, 24, 6
NAME = 34  # characters of a name that fit into its room
LOWEST, HIGHEST = -9.0, 9.0  # logits; nothing is drawn beyond
BEYOND = ("\N{BLACK LEFT-POINTING SMALL TRIANGLE}", "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}")
TICKS = (
    "datum.value < 0 ? '\N{MINUS SIGN}' + format(-datum.value, 'd') : "
    "datum.value > 0 ? '+' + format(datum.value, 'd') : '0'"
)

Json = dict[str, Any]
Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The axis of abilities, and the room at its right (pixels)."""

    low: float
    high: float
    right: int

    @property
    def width(self) -> int:
        """Of the plot, in pixels."""
        return WIDTH - LEFT - self.right

    def holds(self, at: float) -> bool:
        """Whether a place is drawn."""
        return self.low <= at <= self.high

    def spec(self) -> Json:
        """For Vega-Lite."""
        return {
            "field": "x",
            "type": "quantitative",
            "scale": {"domain": [self.low, self.high], "nice": False, "zero": False},
            "axis": {"grid": True, "values": list(range(-18, 19)), "labelExpr": TICKS, "tickSize": 0},
        }


def axis_of(points: Sequence[float], dial: Sequence[float], right: int) -> Axis:
    """An axis on which all is seen that is to be shown, but that does not go far beyond the dial."""
    ends = dial or (-4.5, 4.5)
    low = max(min(*points, *ends), ends[0] - 2.0, LOWEST)
    high = min(max(*points, *ends), ends[-1] + 2.0, HIGHEST)
    return Axis(low=round(low - 0.3, 1), high=round(high + 0.3, 1), right=right)


def _dial(report: Report) -> list[float]:
    return [each["difficulty"] for each in report["levels"] if each["difficulty"] is not None]


def _interval(ability: Mapping[str, float], y: float, axis: Axis, colour: str, size: int) -> list[Json]:
    """A dot in its interval; an arrow at the edge where it goes on beyond what is drawn."""
    low, high = (min(max(ability[end], axis.low), axis.high) for end in ("low", "high"))
    dot = {"type": "circle", "color": colour, "size": size * size * 2.2, "opacity": 1}
    beyond = (
        (axis.low, BEYOND[0], ability["low"] < axis.low),
        (axis.high, BEYOND[1], ability["high"] > axis.high),
    )
    arrows = [{"x": edge, "y": y, "text": arrow} for edge, arrow, is_beyond in beyond if is_beyond]
    means = [{"x": ability["mean"], "y": y}] if axis.holds(ability["mean"]) else []
    bar = [{"x": low, "end": high, "y": y}]
    return [
        rules(bar, end="end", color=colour, strokeWidth=size, opacity=0.45, strokeCap="round"),
        text(arrows, color=colour, align="center", baseline="middle", fontSize=16),
        {"data": {"values": means}, "mark": {**dot, "stroke": "#ffffff", "strokeWidth": 1.5}},
    ]


def _name(words: str, y: float, **mark: Any) -> Json:
    """A name at the left of its row."""
    return text([{"text": named(words, NAME), "y": y}], x=-LEFT, fontSize=15, color=INK, **mark)


def ladder(report: Report) -> str:
    """Ability against baselines and models of before, with the thresholds that were fixed beforehand."""
    rows, row, bottom = _ladder_rows(report), 52, 60
    thresholds, dial = report["thresholds"][:MOST_THRESHOLDS], _dial(report)
    top = 12 + 22 * len(thresholds)
    points = [each["ability"] for each in thresholds]
    points += [found[end] for *_, found in rows if found for end in ("low", "high")]
    axis = axis_of([*points, 0.0], dial, 30)
    layers = [*_thresholds(thresholds, axis), *_levels(dial, axis, len(rows) * row)]
    for at, (name, kind, found) in enumerate(rows):
        y = at * row + row / 2
        own = kind == "self"
        layers.append(_name(name, y - 3, fontWeight="bold" if own else "normal"))
        layers.append(text([{"text": _in_words(found, kind), "y": y + 15}], x=-LEFT, fontSize=13))
        if found is not None:
            colour = {"self": ABILITY, "model": OTHER}.get(kind, BASELINE)
            layers += _interval(found, y, axis, colour, 12 if own else 8)
    size = (WIDTH, top + len(rows) * row + bottom)
    spec = frame(layers, axis.spec(), size, (LEFT, axis.right, top, bottom))
    told = [report["headline"]["interval"], *(each["sentence"] for each in report["others"])]
    return svg(spec, title="Ability against what it is held beside", told=told)


def _ladder_rows(report: Report) -> list[tuple[str, str, Mapping[str, float] | None]]:
    """Name, kind and ability, the most able first; there is nothing to draw where no item counts."""
    all_of_them = [
        (report["subject"]["model"], "self", report),
        *((each["name"], each["kind"], each) for each in report["others"][:MOST_OTHERS]),
    ]
    rows = [
        (name, kind, each["ability"] if each["counts"]["counted"] else None)
        for name, kind, each in all_of_them
    ]
    return sorted(rows, key=lambda each: -each[2]["mean"] if each[2] else 99.0)


def _in_words(found: Mapping[str, float] | None, kind: str) -> str:
    said = {"self": "measured here", "model": "a model of before", "baseline": "no language model"}[kind]
    if found is None:
        return f"{said}; no item counts"
    return f"{said}; {signed(found['low'])} to {signed(found['high'])}"


def _thresholds(thresholds: Sequence[Mapping[str, Any]], axis: Axis) -> list[Json]:
    """A dashed line each, its name at its left; the highest stands on top, so that no line goes through a name."""
    layers = []
    for at, each in enumerate(thresholds):
        x, y = each["ability"], -22 * (at + 1) - 2
        if axis.holds(x):
            words = f"threshold: {named(each['name'], 44)} ({signed(x)})"
            layers.append(uprights([{"x": x}], top=y - 10, color=INK, strokeWidth=1.4, strokeDash=[5, 4]))
            layers.append(text([{"x": x, "y": y, "text": words}], align="right", dx=-7, color=INK))
    return layers


def _levels(dial: Sequence[float], axis: Axis, floor: float) -> list[Json]:
    """Below the axis: where the levels of the dial lie on it."""
    ends = (0, len(dial) - 1)
    marks = [
        {"x": x, "y": floor + 48, "text": f"level {level}" if level in ends else str(level)}
        for level, x in enumerate(dial)
        if axis.holds(x)
    ]
    words = [{"text": "solves half at:", "y": floor + 48}] if marks else []
    return [text(marks, align="center", fontSize=13), text(words, x=-106, fontSize=13)]


def profile(report: Report) -> str:
    """Families in two panels, offence above defence, on one scale."""
    row, head, bottom = 34, 40, 52
    shown = report["families"][:MOST_FAMILIES]
    parts = [each["ability"] for each in (*shown, *report["sides"]) if each["ability"]]
    axis = axis_of([0.0, *(each[end] for each in parts for end in ("low", "high"))], _dial(report), 110)
    layers: list[Json] = []
    y = 0.0
    for side in report["sides"]:
        own = [each for each in shown if each["side"] == side["side"]]
        height = head + row * max(1, len(own))
        layers += [_ground(axis, y, height), *_row(side["side"].capitalize(), side, y + head / 2, axis, 9)]
        for at, each in enumerate(own):
            layers += _row(each["title"], each, y + head + row * (at + 0.5), axis, 6)
        if not own:
            layers.append(text([{"text": "no family of this side was run", "y": y + head + 18}], x=-LEFT))
        y += height + 18
    title = [{"text": "ability, in logits", "y": y + 38}]
    layers.append(text(title, x=axis.width // 2, align="center", fontSize=13))
    spec = frame(layers, axis.spec(), (WIDTH, round(4 + y + bottom)), (LEFT, axis.right, 4, bottom))
    told = [f"{each['side'].capitalize()}: {_of(each['rate'])} solved." for each in report["sides"]]
    return svg(spec, title="Ability by family, offence and defence apart", told=told)


def _ground(axis: Axis, y: float, height: float) -> Json:
    """What makes a panel of rows."""
    values = [{"x": axis.low, "end": axis.high, "y": y, "floor": y + height}]
    mark = {"type": "rect", "color": GROUND, "opacity": 0.6}
    return {
        "data": {"values": values},
        "mark": mark,
        "encoding": {"x2": {"field": "end"}, "y2": {"field": "floor"}},
    }


def _row(name: str, each: Mapping[str, Any], y: float, axis: Axis, size: int) -> list[Json]:
    weight = "bold" if size > 6 else "normal"
    count = [{"text": _of(each["rate"]), "y": y + 5}]
    found = [
        _name(name, y + 5, fontWeight=weight),
        text(count, x=axis.width + 16, fontWeight=weight),
    ]
    return [*found, *(_interval(each["ability"], y, axis, ABILITY, size) if each["ability"] else [])]


def _of(rate: Mapping[str, Any]) -> str:
    return f"{rate['hits']} of {rate['total']}" if rate["total"] else "none counts"


def tokens(report: Report) -> str:
    """The share of the counted items that was solved within so many tokens, with its band; empty without any."""
    curve = report["effort"]["curve"]
    if not curve:
        return ""
    left, right, top, bottom, height = 60, 150, 14, 62, 350
    floor, width = height - top - bottom, WIDTH - left - right
    points = [_point(each, floor) for each in curve]
    most = max(1, points[-1]["x"]) * 1.02
    x = {
        "field": "x",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [max(1, min(points[0]["x"], most / 10)), most], "nice": False},
        "axis": {"grid": False, "format": "~s", "tickCount": 6},
    }
    band = {"type": "area", "interpolate": "step-after", "color": OTHER, "opacity": 0.28}
    line = {"type": "line", "interpolate": "step-after", "color": ABILITY, "strokeWidth": 3}
    uppers = [{**each, "y": each["upper"]} for each in points]
    end, y = curve[-1], points[-1]["y"]
    layers: list[Json] = [
        *_shares(floor),
        {"data": {"values": uppers}, "mark": band, "encoding": {"y2": {"field": "lower"}}},
        {"data": {"values": points}, "mark": line},
        text(
            [{"text": f"{100 * end['share']:.0f}% solved", "y": y + 1}],
            x=width + 10,
            fontWeight="bold",
            color=INK,
        ),
        text([{"text": _of(end), "y": y + 19}], x=width + 10),
        text([{"text": "tokens of one item, in and out", "y": floor + 46}], x=width // 2, align="center"),
    ]
    spec = frame(layers, x, (WIDTH, height), (left, right, top, bottom))
    told = [f"{_of(end)} were solved within {end['tokens']:,} tokens."]
    return svg(spec, title="Solved within so many tokens", told=told)


def _point(each: Mapping[str, Any], floor: int) -> Json:
    """Where a point of the curve and the ends of its band lie, in pixels down."""
    down = {
        name: floor * (1 - each[key]) for name, key in (("y", "share"), ("lower", "low"), ("upper", "high"))
    }
    return {"x": max(1, each["tokens"]), **down}


def _shares(floor: int) -> list[Json]:
    """Lines for each quarter, with the per cent at their left."""
    quarters = [{"y": floor * (1 - part / 4), "text": f"{25 * part}%"} for part in range(5)]
    across = {"x": {"value": 0}, "x2": {"value": "width"}}
    lines = {"data": {"values": quarters}, "mark": {"type": "rule", "color": FAINT}, "encoding": across}
    return [lines, text(quarters, x=-12, align="right", dy=5)]


def apart(found: Report) -> str:
    """The difference of two abilities on an axis around nought."""
    difference, top, row, bottom = found["difference"], 40, 56, 52
    reach = min(18.0, max(2.0, abs(difference["low"]), abs(difference["high"])) + 0.3)
    axis = Axis(low=-reach, high=reach, right=30)
    words = f"{signed(difference['low'])} to {signed(difference['high'])} logits"
    names = [named(found[each]["model"], 30) for each in ("second", "first")]
    if names[0] == names[1]:
        names = ["the second", "the first"]
    sides = [
        {"x": 0.04 * reach * way, "y": -16, "text": f"{name} is abler"}
        for way, name in zip((-1, 1), names, strict=True)
    ]
    layers = [
        uprights([{"x": 0}], top=-26, color=INK, strokeWidth=1.4),
        text(sides[:1], align="right", color=INK),
        text(sides[1:], color=INK),
        text([{"text": "Difference", "y": row / 2 - 3}], x=-LEFT, fontSize=15, fontWeight="bold", color=INK),
        text([{"text": words, "y": row / 2 + 15}], x=-LEFT, fontSize=13),
        *_interval(difference, row / 2, axis, ABILITY, 12),
        text([{"text": "logits", "y": row + 42}], x=axis.width // 2, align="center", fontSize=13),
    ]
    size = (WIDTH, top + row + bottom)
    spec = frame(layers, axis.spec(), size, (LEFT, axis.right, top, bottom))
    return svg(spec, title="How far the two lie apart", told=[found["sentence"]])


OUTCOMES = (
    ("solved", "solved", "#1a4480", "#ffffff"),
    ("failed", "failed", "#c3d6ec", INK),
    ("cheated", "cheating seen", "#b50909", "#ffffff"),
    ("refused", "refused", "#e5a000", INK),
    ("infrastructure", "lost to errors", "#8d9297", INK),
)
"""The count in the report, what it is called, its colour and that of its number."""


def outcomes(report: Report) -> str:
    """What came of each family's items, as bars of their number; empty where there are none."""
    shown = report["families"][:MOST_FAMILIES]
    most = max((each["counts"]["items"] for each in shown), default=0)
    if not most:
        return ""
    top, right, row, bottom = 46, 90, 34, 8
    unit = (WIDTH - LEFT - right) / most
    layers, told = _key(), []
    for at, each in enumerate(shown):
        counts, y = each["counts"], row * (at + 0.5)
        total = [{"text": f"of {counts['items']}", "y": y + 5}]
        layers += [_name(each["title"], y + 5), *_segments(counts, y, unit)]
        layers.append(text(total, x=round(counts["items"] * unit) + 10))
        parts = ", ".join(f"{counts[key]} {words}" for key, words, *_ in OUTCOMES)
        told.append(f"{named(each['title'], NAME)}: {parts}.")
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [0, most], "nice": False}, "axis": None}
    spec = frame(layers, x, (WIDTH, top + row * len(shown) + bottom), (LEFT, right, top, bottom))
    return svg(spec, title="What came of the items", told=told)


def _segments(counts: Mapping[str, int], y: float, unit: float) -> list[Json]:
    """One bar: its parts side by side, with their numbers where they fit."""
    found: list[Json] = []
    at = 0
    for key, _, colour, ink in OUTCOMES:
        number = counts[key]
        if not number:
            continue
        values = [{"x": at, "end": at + number, "y": y - 11, "floor": y + 11}]
        mark = {"type": "rect", "color": colour, "stroke": "#ffffff", "strokeWidth": 1}
        place = {"x2": {"field": "end"}, "y2": {"field": "floor"}}
        found.append({"data": {"values": values}, "mark": mark, "encoding": place})
        if number * unit >= 9 * len(str(number)) + 6:
            middle = [{"x": at + number / 2, "y": y + 5, "text": str(number)}]
            found.append(text(middle, align="center", color=ink))
        at += number
    return found


def _key() -> list[Json]:
    """What each colour means, above the bars."""
    found, x = [], -LEFT
    for _, words, colour, _ in OUTCOMES:
        swatch = {"type": "square", "color": colour, "size": 196, "opacity": 1}
        place = {"x": {"value": x + 7}, "y": {"value": -29}}
        found.append({"data": {"values": [{}]}, "mark": swatch, "encoding": place})
        found.append(text([{"text": words, "y": -24}], x=x + 22))
        x += 48 + round(7 * len(words))
    return found
