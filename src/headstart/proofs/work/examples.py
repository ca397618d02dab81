"""The reports that ship with Headstart: which they are, what is expected of each, and what comes of it."""

import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from headstart.proofs.rules.evidence import Attribution, Rung
from headstart.proofs.work.proving import Setting, prove
from headstart.proofs.work.shipped import folders
from headstart.reports import work as reports
from headstart.reports.work import Folder

EXPECTED = "EXPECTED.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One example: what it should reach, and what it did."""

    name: str
    rung: Rung
    attribution: Attribution
    got_rung: Rung
    got_attribution: Attribution
    sentence: str
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether it came out as expected."""
        return (self.rung, self.attribution) == (self.got_rung, self.got_attribution)


def expected(root: Path) -> dict[str, tuple[Rung, Attribution]]:
    """What `examples/EXPECTED.toml` expects of each report, by its folder's name."""
    with (root / EXPECTED).open("rb") as file:
        table = tomllib.load(file)
    return {name: (Rung(row["rung"]), Attribution(row["attribution"])) for name, row in table.items()}


def examples_table(root: Path, *, setting: Setting, names: Iterable[str] | None = None) -> tuple[Row, ...]:
    """Prove every example (or those of `names`) and hold it beside what is expected."""
    wanted, chosen = expected(root), None if names is None else set(names)
    return tuple(
        _row(reports.read(path), wanted[path.name], setting)
        for path in folders(root)
        if path.name in wanted and (chosen is None or path.name in chosen)
    )


def _row(folder: Folder, wanted: tuple[Rung, Attribution], setting: Setting) -> Row:
    began = time.monotonic()
    verdict = prove(
        folder,
        store=setting.store,
        sandbox=setting.sandbox,
        runs=setting.runs,
        shipped=setting.shipped,
    )
    return Row(
        name=folder.path.name,
        rung=wanted[0],
        attribution=wanted[1],
        got_rung=verdict.rung,
        got_attribution=verdict.attribution,
        sentence=verdict.sentence,
        seconds=round(time.monotonic() - began, 2),
    )
