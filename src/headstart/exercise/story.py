"""What every step of the exercise works with, and what it leaves behind."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from headstart.errors import Invalid
from headstart.exercise.calendar import Calendar
from headstart.people.rules import Viewer

if TYPE_CHECKING:
    from headstart.packages.work import Store
    from headstart.sandbox.ports import Sandbox
    from headstart.scans.work import ScanTarget
    from headstart.worker.loop import Worker

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
CAST = Path(__file__).with_name("cast.toml")

Progress = Callable[[int, int], None]


class Player(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One organisation of the cast."""

    key: str
    name: str
    kind: str
    seat: str
    signs: bool = False
    reason: str = ""
    tier: str = "other"
    sector: str = ""


class Pace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an operator works: when it begins, how many things a day, how many it leaves undone."""

    after: float
    a_day: int
    leaves: int


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coordinator's answers for one package."""

    automatable: str = "unknown"
    impact: str = "unknown"


class Cast(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes part, and when each thing happens."""

    programme: str
    model: str
    opens: datetime
    days: dict[str, float]
    organisation: list[Player]
    determination: dict[str, str]
    decisions: dict[str, Decision]
    pace: dict[str, Pace]

    def of_kind(self, kind: str) -> list[Player]:
        """The players of one kind, in the order of the file."""
        return [each for each in self.organisation if each.kind == kind]


class CastInvalid(Invalid):
    """The file of the cast breaks a rule."""

    code = "cast-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the exercise's cast: {why}")


def read_cast(path: Path = CAST) -> Cast:
    """The cast.

    Raises:
        CastInvalid: not TOML, or a field is missing, wrong or unknown.
    """
    try:
        cast_ = msgspec.convert(tomllib.loads(path.read_text()), Cast)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CastInvalid(str(error)) from error
    return msgspec.structs.replace(cast_, opens=cast_.opens.astimezone(UTC))


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of a step: lines for people, facts for machines, and whether it did what it says."""

    ok: bool
    lines: list[str]
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Story:
    """The exercise as it stands. `kept` survives a stop: ids and the results of the steps that are done."""

    cast: Cast
    calendar: Calendar
    data: Path
    online: bool
    store: "Store"
    sandbox: "Sandbox"
    worker: "Worker"
    model_spec: str | None
    viewers: dict[str, Viewer] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def hub(self) -> Viewer:
        """The coordinator's desk."""
        return self.viewers["hub"]

    @property
    def scan_target(self) -> "ScanTarget":
        """What the model is pointed at."""
        from headstart.scans.work import read_targets

        ours_alone = (
            self.sandbox.weaker or not self.online
        )  # the weaker sandbox runs what ships, and nothing else
        found = read_targets(EXAMPLES / "scan-targets.toml")
        return next(each for each in found if each.offline is ours_alone)

    @property
    def reports(self) -> Path:
        """The folder of the reports that finders hand in."""
        return EXAMPLES / ("reports" if self.online else "reports-offline")

    def keep(self) -> None:
        """Write down what must survive a stop."""
        path = self.data / "exercise.json"
        path.with_suffix(".new").write_text(json.dumps(self.kept, indent=2, default=str))
        path.with_suffix(".new").replace(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: a day of the calendar, a title, and what is done."""

    name: str
    title: str
    day: str
    do: Callable[[Story, Progress], Result]


def load_kept(data: Path) -> dict[str, Any]:
    """What an earlier run of the exercise left in this folder."""
    path = data / "exercise.json"
    return cast("dict[str, Any]", json.loads(path.read_text())) if path.exists() else {}


def table_of(mapping: Mapping[str, int]) -> str:
    """Counts in a line: `3 contrasted, 1 refuted`."""
    return ", ".join(f"{count} {name}" for name, count in mapping.items() if count) or "none"
