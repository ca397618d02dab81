"""Which releases to run where all of them would take too long: those that would show a public range wrong."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from headstart.packages.rules.ranges import Affected, Range

BESIDE = 2  # how many on each side of every change in the public range


def sample(
    ordered: Sequence[str], said: Range, *, keep: Collection[str] = (), most: int = 24
) -> tuple[str, ...]:
    """At most about `most` of these releases, in their order: all of them where there are no more.

    Those of `keep`, the first and the last, those on both sides of every change of what a public advisory says,
    and as many of the others, evenly spread, as there is room for.
    """
    if len(ordered) <= most:
        return tuple(ordered)
    answers = [said.contains(version) is Affected.YES for version in ordered]
    places = {0, len(ordered) - 1} | {at for at, version in enumerate(ordered) if version in keep}
    for at, (before, after) in enumerate(pairwise(answers), 1):
        if before is not after:
            places |= set(range(max(at - BESIDE, 0), min(at + BESIDE, len(ordered))))
    rest = [at for at in range(len(ordered)) if at not in places]
    room = max(most - len(places), 0)
    places |= {rest[(2 * nth + 1) * len(rest) // (2 * room)] for nth in range(room)}
    return tuple(ordered[at] for at in sorted(places))
