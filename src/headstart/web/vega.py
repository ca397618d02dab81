"""Vega-Lite to SVG that may stand in a page: no script, no style of its own, one picture for a screen reader.

Drawn by vl-convert (no browser, and nothing is fetched). Every word is escaped by the drawing itself.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from headstart.web.harmless import harmless

FONT = "Source Sans Pro Web, Helvetica, Arial, sans-serif"
INK, QUIET, RULE, FAINT, PAPER = "#1b1b1b", "#565c65", "#a9aeb1", "#dfe1e2", "#ffffff"
PARTS = re.compile(
    r' (?:role="graphics-\w+"|aria-roledescription="[^"]*")'
)  # one picture, not many: WAI-ARIA img

Json = dict[str, Any]


def svg(spec: Mapping[str, Any], *, title: str, told: Iterable[str]) -> str:
    """A specification as SVG, with its name and its words for a screen reader (SVG 2, 5.8 and WAI-ARIA graphics)."""
    drawn = _drawn(json.dumps(spec, sort_keys=True))
    start = drawn.index("<svg") + len("<svg")
    end = drawn.index(">", start)
    head = f' role="img" aria-label="{escape(title)}"{drawn[start:end]}>'
    words = escape(" ".join(told))
    return f"<svg{head}<title>{escape(title)}</title><desc>{words}</desc>{PARTS.sub('', drawn[end + 1 :])}"


@lru_cache(maxsize=64)
def _drawn(spec: str) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def frame(
    layers: Sequence[Mapping[str, Any]],
    x: Mapping[str, Any],
    size: tuple[int, int],
    room: tuple[int, int, int, int],
) -> Json:
    """A picture of `size` pixels with `room` (left, right, top, bottom) around its plot; down, places are in pixels."""
    (width, height), (left, right, top, bottom) = size, room
    floor = height - top - bottom
    down = {"domain": [floor, 0], "zero": False, "nice": False}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width - left - right,
        "height": floor,
        "padding": {"left": left, "right": right, "top": top, "bottom": bottom},
        "autosize": {"type": "none"},
        "background": PAPER,
        "config": {
            "aria": False,
            "font": FONT,
            "view": {"stroke": None},
            "text": {"font": FONT},
            "axis": {
                "labelFont": FONT, "labelFontSize": 13, "labelColor": QUIET, "domain": False, "tickColor": RULE,
                "gridColor": FAINT, "title": None, "labelPadding": 6,
            },
        },
        "encoding": {
            "x": dict(x),
            "y": {"field": "y", "type": "quantitative", "scale": down, "axis": None},
        },
        "layer": list(layers),
    }  # fmt: skip


def text(values: list[Json], *, x: int | None = None, **mark: Any) -> Json:
    """Words: at `x` pixels from the plot's left, or each where its own field says."""
    encoding: Json = {"text": {"field": "text"}}
    if x is not None:
        encoding["x"] = {"value": x}
    kind = {"type": "text", "align": "left", "baseline": "alphabetic", "fontSize": 14, "color": QUIET} | mark
    return {"data": {"values": values}, "mark": kind, "encoding": encoding}


def rules(values: list[Json], *, end: str, **mark: Any) -> Json:
    """Lines from `x` to the field `end`."""
    return {
        "data": {"values": values},
        "mark": {"type": "rule"} | mark,
        "encoding": {"x2": {"field": end}},
    }


def uprights(values: list[Json], *, top: float, **mark: Any) -> Json:
    """Lines from `top` pixels down to the plot's floor."""
    return {
        "data": {"values": values},
        "mark": {"type": "rule"} | mark,
        "encoding": {"y": {"value": top}, "y2": {"value": "height"}},
    }


def named(words: str, most: int) -> str:
    """A name from outside, on one line, fit to be drawn."""
    shown = harmless(words.replace("\n", " ").replace("\r", " "), 4 * most).replace("\n", " ")
    return shown if len(shown) <= most else shown[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def signed(value: float) -> str:
    """A number around zero with its sign, a true minus: `+0.42`."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")
