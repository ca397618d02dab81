"""Small pictures as SVG: text and shapes by attributes, no inline style, so that the policy holds."""

from datetime import datetime, timedelta
from math import ceil, floor

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from headstart.reviews.rules import Window


def days(window: Window, now: datetime) -> SafeString:
    """The window as a row of cells, one a day: past, today, left."""
    length = max(1, -(-(window.closes - window.opens) // timedelta(days=1)))
    today = window.day_at(now) - 1
    cells = [(8 * at, "past" if at < today else "today" if at == today else "left") for at in range(length)]
    return format_html(
        '<svg class="hs-days" viewBox="0 0 {} 5" role="img" aria-label="{}">{}</svg>',
        8 * length - 1,
        f"Day {min(max(today + 1, 0), length)} of {length}",
        format_html_join("", '<rect x="{}" y="0" width="7" height="5" class="{}"/>', cells),
    )


def bar(n: int, of: int) -> SafeString:
    """A count as a part of its denominator; says nothing to a screen reader that the row doesn't say in words."""
    width = round(100 * n / of, 2) if of else 0
    return format_html(
        '<svg class="hs-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="of" width="100" height="4"/><rect class="n" width="{}" height="4"/></svg>',
        width,
    )


def interval(mean: float, low: float, high: float, axis: tuple[float, float] = (-4.0, 4.0)) -> SafeString:
    """An ability on the scale of item difficulties: a dot in its 95% interval."""
    start, end = min(axis[0], low), max(axis[1], high)

    def x(value: float) -> float:
        return round(14 + 332 * (value - start) / (end - start), 1)

    ticks = [(x(at), f"{at}".replace("-", "\u2212")) for at in range(2 * ceil(start / 2), floor(end) + 1, 2)]
    return format_html(
        '<svg class="hs-interval" viewBox="0 0 360 56" role="img" aria-label="{}">'
        '<line class="axis" x1="14" y1="32" x2="346" y2="32"/>{}'
        '<line class="range" x1="{}" y1="16" x2="{}" y2="16"/><circle class="mean" cx="{}" cy="16" r="5.5"/></svg>',
        f"Ability {mean:.2f}, 95% interval {low:.2f} to {high:.2f}",
        format_html_join(
            "",
            '<line class="axis" x1="{0}" y1="28" x2="{0}" y2="36"/>'
            '<text x="{0}" y="51" text-anchor="middle">{1}</text>',
            ticks,
        ),
        x(low),
        x(high),
        x(mean),
    )
