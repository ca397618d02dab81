"""Decision tables in the JSON shape of SSVC (CERT/CC, schema 2.0.0): every combination of values, one outcome each."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from headstart.priority.errors import TableInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that answers every combination."""

    name: str
    points: Mapping[str, tuple[str, ...]]
    """The values of each input, by its id (`cisa:PE:1.0.0`)."""
    outcomes: tuple[str, ...]
    """The outcome's values in the table's order: the least urgent first."""
    rows: Mapping[tuple[str, ...], str]
    """The outcome of each combination, values in the order of `points`."""

    def possible(self, known: Mapping[str, str]) -> tuple[str, ...]:
        """The outcomes of all rows that fit what is known, the most urgent first; an absent input is unknown."""
        choices = [(known[each],) if each in known else values for each, values in self.points.items()]
        found = {self.rows[row] for row in product(*choices)}
        return tuple(each for each in reversed(self.outcomes) if each in found)


def read(document: Mapping[str, Any]) -> Table:
    """The table that an SSVC document holds.

    Raises:
        TableInvalid: a row is missing, twice there, or has a value that its decision point has not.
    """
    name = str(document.get("name"))
    try:
        outcome = document["outcome"]
        values = {
            key: tuple(each["key"] for each in point["values"])
            for key, point in document["decision_points"].items()
        }
        outcomes = values.pop(outcome)
        listed = [(tuple(row[key] for key in values), row[outcome]) for row in document["mapping"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise TableInvalid(name, f"it lacks {error}") from error
    rows = dict(listed)
    wanted = set(product(*values.values()))
    if set(rows) != wanted or len(listed) != len(wanted):
        raise TableInvalid(name, f"it has {len(listed)} rows, and needs each of {len(wanted)} once")
    if not set(rows.values()) <= set(outcomes):
        raise TableInvalid(name, "a row ends in an outcome that is none")
    return Table(name=name, points=values, outcomes=outcomes, rows=rows)
