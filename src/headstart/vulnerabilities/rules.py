"""When two proved findings are one vulnerability: the same fix stops both, or it is not automatic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from headstart.packages.rules.ranges import Affected


class Basis(StrEnum):
    """Why a finding belongs to a vulnerability."""

    OPENED = "opened it"
    BEHAVIOUR = "behaves the same"
    PERSON = "a person decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A vulnerability of the same package, and what comparing with it showed."""

    vulnerability_id: str
    same: str  # "yes", "no" or "unknown"
    facts: tuple[dict[str, Any], ...]


def join(candidates: Iterable[Candidate]) -> Candidate | None:
    """The vulnerability that a finding joins by itself: the only one that behaves the same.

    None where none does, and where several do: then a person decides, and the finding stands alone until then.
    """
    same = [each for each in candidates if each.same == "yes"]
    return same[0] if len(same) == 1 else None


def together(tables: Iterable[Mapping[str, Affected]]) -> dict[str, Affected]:
    """What the sweeps of one vulnerability's findings say together, by release.

    Affected where any of the triggers works, for a fix has to stop them all; not affected only where every sweep
    that knows the release says so; unknown otherwise.
    """
    found: dict[str, set[Affected]] = {}
    for table in tables:
        for version, answer in table.items():
            found.setdefault(version, set()).add(answer)
    return {
        version: Affected.YES
        if Affected.YES in said
        else Affected.NO
        if said == {Affected.NO}
        else Affected.UNKNOWN
        for version, said in found.items()
    }
