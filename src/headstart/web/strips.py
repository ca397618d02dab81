"""Releases in order as a picture: affected, not affected, unknown; beside it what others say; and the same in words.

An SVG without a view box: places across are parts of its width, letters keep their size, so that one picture is
readable on a desk and on a phone. Nothing in it is a style of its own, so that it may stand under a strict policy.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from headstart.web.harmless import harmless

SAYS = {"yes": "affected", "no": "not affected", "unknown": "unknown"}
MOST_CELLS = 160  # more releases than that are drawn as stretches
MOST_TOLD = 12  # stretches that are told in words
TOP, CELL, BAR, LABEL, GAP = 22, 30, 12, 20, 14  # pixels
APART = {"": 0.24, "wide": 0.085}  # how far apart two names stand: on a phone, on a desk

Releases = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody else says of the same releases: `said` is "yes", "no" or "unknown" for each, in their order."""

    name: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Releases in a row of which the same is known."""

    state: str
    first: int
    last: int
    again: bool = False
    """Affected, after it had been mended before."""

    @property
    def count(self) -> int:
        """How many releases."""
        return self.last - self.first + 1


def stretches(releases: Releases) -> list[Stretch]:
    """The releases as stretches; what comes back after it was mended is marked."""
    found: list[Stretch] = []
    was_affected = mended = False
    for state, group in groupby(enumerate(releases), key=lambda each: each[1][1]):
        places = [at for at, _ in group]
        found.append(Stretch(state=state, first=places[0], last=places[-1], again=state == "yes" and mended))
        was_affected = was_affected or state == "yes"
        mended = was_affected and (state == "no" or (mended and state == "unknown"))
    return found


def counts(releases: Releases) -> dict[str, int]:
    """How many are affected, not affected, unknown."""
    count = Counter(state for _, state in releases)
    return {state: count[state] for state in SAYS}


def told(releases: Releases) -> list[str]:
    """The picture in words, a sentence for each stretch."""
    found = stretches(releases)
    said = []
    for each in found[:MOST_TOLD]:
        first, last = _short(releases[each.first][0]), _short(releases[each.last][0])
        which = first if each.count == 1 else f"{first} to {last}"
        again = " again" if each.again else ""
        many = f" ({each.count} releases)" if each.count > 1 else ""
        said.append(f"{which}: {SAYS.get(each.state, each.state)}{again}{many}")
    if len(found) > MOST_TOLD:
        said.append(f"{len(found) - MOST_TOLD} more changes are in the table")
    return said


def strip(releases: Releases, opinions: Sequence[Opinion] = (), *, name: str = "releases") -> SafeString:
    """The picture; nothing where there is no release. `name` is unique on the page."""
    if not releases:
        return SafeString("")
    rows = TOP + CELL + LABEL
    parts = [_hatch(name), _caption(TOP - 7, "What the runs showed"), _cells(releases, TOP, CELL, name)]
    parts.append(_names(releases, TOP + CELL + 15))
    for opinion in opinions:
        parts.append(_caption(rows + GAP + 8, f"What {_short(opinion.name, 48)} says"))
        theirs = [(version, said) for (version, _), said in zip(releases, opinion.said, strict=True)]
        parts.append(_cells(theirs, rows + GAP + 14, BAR, name))
        parts.append(_differences(releases, theirs, rows + GAP + 14))
        rows += GAP + 14 + BAR + 6
    return format_html(
        '<svg class="hs-releases" width="100%" height="{}" role="img" aria-label="{}">{}</svg>',
        rows,
        _label(releases),
        _joined(parts),
    )


def small(releases: Releases) -> SafeString:
    """The same as one thin line, for a row of a list."""
    if not releases:
        return SafeString("")
    return format_html(
        '<svg class="hs-releases hs-releases--small" width="100%" height="10" role="img" aria-label="{}">{}{}</svg>',
        _label(releases),
        _hatch("small"),
        _stretched(releases, 0, 10, "small"),
    )


def swatch(state: str) -> SafeString:
    """The colour of a state, for the key."""
    return format_html(
        '<svg class="hs-releases hs-releases--key" width="16" height="16" aria-hidden="true">{}{}</svg>',
        _hatch(f"key-{state}"),
        _cell(("0%", "100%"), (0, 16), state, f"key-{state}"),
    )


def _label(releases: Releases) -> str:
    said = "; ".join(f"{SAYS[state]} {number}" for state, number in counts(releases).items())
    return f"{len(releases)} releases in order: {said}"


def _hatch(name: str) -> SafeString:
    """What is unknown is hatched, and never of the colour of what is not affected."""
    return format_html(
        '<defs><pattern id="hatch-{}" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect class="ground" width="6" height="6"/><path class="line" d="M-1 7 7-1M-1 1 1-1M5 7 7 5"/>'
        "</pattern></defs>",
        name,
    )


def _cells(releases: Releases, top: int, height: int, name: str) -> SafeString:
    if len(releases) > MOST_CELLS:
        return _stretched(releases, top, height, name)
    of = len(releases)
    return _joined(
        _cell((_part(at, of), _part(1, of)), (top, height), state, name, f"{_short(version)}: {SAYS[state]}")
        for at, (version, state) in enumerate(releases)
    )


def _stretched(releases: Releases, top: int, height: int, name: str) -> SafeString:
    of = len(releases)
    return _joined(
        _cell((_part(each.first, of), _part(each.count, of)), (top, height), each.state, name)
        for each in stretches(releases)
    )


def _cell(
    across: tuple[str, str], down: tuple[int, int], state: str, name: str, title: str = ""
) -> SafeString:
    fill = format_html(' fill="url(#hatch-{})"', name) if state == "unknown" else ""
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" class="{}"{}>{}</rect>',
        across[0],
        down[0],
        across[1],
        down[1],
        state,
        fill,
        format_html("<title>{}</title>", title) if title else "",
    )


def _differences(ours: Releases, theirs: Releases, top: int) -> SafeString:
    """A frame around each release of which both know something, and not the same."""
    of = len(ours)
    return format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" class="differs"/>',
        (
            (_part(at, of), top - 2, _part(1, of), BAR + 4)
            for at, ((_, here), (_, there)) in enumerate(zip(ours, theirs, strict=True))
            if {here, there} == {"yes", "no"}
        ),
    )


def _names(releases: Releases, y: int) -> SafeString:
    """The names of the releases where something changes, and of the ends, as far as there is room."""
    of = len(releases)
    changes = [after.first for _, after in pairwise(stretches(releases))]
    back = {each.first for each in stretches(releases) if each.again}
    placed: list[tuple[float, int, str]] = []
    for at in dict.fromkeys((0, of - 1, *sorted(changes, key=lambda each: each not in back))):
        place = (at + 0.5) / of
        for room, apart in APART.items():
            others = [where for where, _, their_room in placed if room or not their_room]
            if all(abs(place - where) >= apart for where in others):
                placed.append((place, at, room))
                break
    return format_html_join(
        "",
        '<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>',
        (
            (
                "0%" if at == 0 else "100%" if at == of - 1 else _part(at + 0.5, of),
                y,
                f"name {room} {'again' if at in back else ''}".strip(),
                "start" if at == 0 else "end" if at == of - 1 else "middle",
                _short(releases[at][0]) + (" again" if at in back else ""),
            )
            for _, at, room in sorted(placed)
        ),
    )


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((each,) for each in parts))


def _caption(y: int, words: str) -> SafeString:
    return format_html('<text x="0" y="{}" class="caption">{}</text>', y, words)


def _part(count: float, of: int) -> str:
    return f"{100 * count / of:.3f}%"


def _short(text: str, most: int = 18) -> str:
    """A name that is no longer than its place."""
    plain = harmless(text, 200).replace("\n", " ")
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
