"""Search for properties that together no quiet day shows, and that several events share with the one that was noticed.

After `respond_incident_heuristic.py`, in one file.
"""

import itertools
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it stands before this in one file
    from headstart.agents.kit.respond_incident_heuristic import Atom, Days, atoms

MOST = 60  # properties of an event that are put together


def main(sheet: dict[str, str], turn: int) -> None:
    """In turn 0 what was noticed; in turn 1 also what is new without being noticed."""
    days = Days(sheet)
    lead = days.noticed()
    things = int(sheet["things"])
    if lead is None or (things > 1 and turn == 0):
        sys.stdout.write("one more look\n")
        if lead is None and turn == 0:
            return
    found = [] if lead is None else best(days, lead, set())
    seen = set().union(*(days.logs(*each) for each in found)) if found else set()
    while len(found) < things and turn == 1:
        more = next_best(days, seen)
        if not more:
            break
        found.append(more)
        seen |= days.logs(*more)
    if found and (turn == 1 or things == 1):
        days.hand_in(found)


def pairs(days: "Days", event: dict[str, str | int]) -> list[tuple["Atom", ...]]:
    """What of an event, one or two properties together, no quiet day shows."""
    every = [atom for atom in atoms(event, days.apart) if len(days.logs(atom)) > 1][:MOST]
    alone = [(atom,) for atom in every if not days.quiet(atom)]
    both = [pair for pair in itertools.combinations(every, 2) if not days.quiet(*pair)]
    return [*alone, *both]


def best(days: "Days", event: dict[str, str | int], seen: set[int]) -> list[tuple["Atom", ...]]:
    """The properties that most events share; fewer and plainer ones first."""
    found = [each for each in pairs(days, event) if not days.logs(*each) & seen]
    return sorted(found, key=lambda each: rank(days, each))[:1]


def rank(days: "Days", each: tuple["Atom", ...]) -> tuple[int, int, int]:
    """Small is good: many events, few properties, short ones."""
    return -len(days.logs(*each)), len(each), sum(len(value) for _, _, value in each)


def next_best(days: "Days", seen: set[int]) -> tuple["Atom", ...]:
    """The same for any event that is not explained yet."""
    every = [best(days, event, seen) for n, event in enumerate(days.events[0]) if n not in seen]
    found = [each[0] for each in every if each and len(days.logs(*each[0])) > 1]
    return min(found, key=lambda each: rank(days, each), default=())
