"""Reports whose verdict is known beforehand: what is expected of each, and what comes of it.

They lie below a folder that also holds one or more `EXPECTED*.toml`: the examples that ship with Headstart, and the
corpus of its tests (tests/corpus/README.md says what the fields mean).
"""

import time
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headstart.packages.rules.ranges import Affected, Range, parse_vers
from headstart.packages.rules.versions import order
from headstart.proofs.rules.bisecting import How
from headstart.proofs.rules.evidence import Attribution, Rung
from headstart.proofs.rules.samples import sample
from headstart.proofs.work.proving import Progress, Setting, prove
from headstart.proofs.work.sweeping import sweep
from headstart.proofs.work.verdict import Verdict
from headstart.reports import work as reports
from headstart.reports.work import Folder

EXPECTED = "EXPECTED*.toml"
BELIEVED = frozenset({Rung.CONTROLLED, Rung.CONTRASTED, Rung.VOUCHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is known of a report beforehand."""

    rung: Rung
    attribution: Attribution
    cve: str = ""
    advisory: Range | None = None  # what the public advisory says is affected
    differs: Mapping[str, str] = field(default_factory=dict)  # a version, or a vers text -> why we are right
    flags: frozenset[str] = frozenset()  # what the lints and the runs are expected to show a person
    offline: bool = False  # it needs no registry
    why: str = ""  # of a bogus one: what is wrong with it

    @property
    def is_true(self) -> bool:
        """Whether it is a report of a flaw that is there."""
        return self.rung in BELIEVED and not self.why

    def explains(self, version: str) -> str:
        """Why this release differs from the advisory; empty where nothing is known of that."""
        for said, why in self.differs.items():
            if said == version or (
                said.startswith("vers:") and parse_vers(said).contains(version) is Affected.YES
            ):
                return why
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One report: what it should reach, and what it did."""

    name: str
    kind: str
    expected: Expectation
    verdict: Verdict
    seconds: float

    @property
    def could_run(self) -> bool:
        """Whether it could be run here at all."""
        return self.verdict.rung is not Rung.UNRUNNABLE

    @property
    def holds(self) -> bool:
        """Whether it came out as expected."""
        got = (self.verdict.rung, self.verdict.attribution)
        return got == (self.expected.rung, self.expected.attribution) and self.expected.flags <= self.flags

    @property
    def flags(self) -> frozenset[str]:
        """The codes of what a person was told to look at."""
        return frozenset(flag.code for flag in self.verdict.flags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What running showed of a package's releases, beside what a public advisory says of them."""

    releases: int  # that the registry has
    looked_at: int
    answered: int  # of these, where the run gave an answer
    differ: tuple[tuple[str, Affected, str], ...]  # version, what we saw, why (empty: nothing explains it)
    seconds: float

    @property
    def unexplained(self) -> tuple[str, ...]:
        """The releases on which the two differ, and nothing says why."""
        return tuple(version for version, _, why in self.differ if not why)


def folders(root: Path) -> dict[str, Path]:
    """The report folders below `root`, two levels deep, by their names."""
    return {each.parent.name: each.parent for each in sorted(root.glob("*/*/report.toml"))}


def expected(root: Path) -> dict[str, Expectation]:
    """What is expected of each report below `root`, by its folder's name.

    Raises:
        ValueError: a name stands in two files, or a field is none that this program knows.
    """
    found: dict[str, Expectation] = {}
    for path in sorted(root.glob(EXPECTED)):
        with path.open("rb") as file:
            table = tomllib.load(file)
        if twice := found.keys() & table.keys():
            raise ValueError(f"{path.name} names {', '.join(sorted(twice))}, which another file names too")
        found |= {name: _expectation(name, row) for name, row in table.items()}
    return found


def _expectation(name: str, row: Mapping[str, Any]) -> Expectation:
    known = {"rung", "attribution", "cve", "advisory", "differs", "flags", "offline", "why"}
    if other := row.keys() - known:
        raise ValueError(f"{name}: no such field: {', '.join(sorted(other))}")
    advisory = row.get("advisory")
    return Expectation(
        rung=Rung(row["rung"]),
        attribution=Attribution(row["attribution"]),
        cve=row.get("cve", ""),
        advisory=None if advisory is None else parse_vers(advisory),
        differs=row.get("differs", {}),
        flags=frozenset(row.get("flags", ())),
        offline=row.get("offline", False),
        why=row.get("why", ""),
    )


def examples_table(
    root: Path, *, setting: Setting, names: Iterable[str] | None = None, progress: Progress | None = None
) -> tuple[Row, ...]:
    """Prove every report below `root` (or those of `names`) and hold it beside what is expected."""
    wanted, there = expected(root), folders(root)
    chosen = [name for name in there if name in wanted and (names is None or name in set(names))]
    rows = []
    for name in chosen:
        rows.append(prove_one(reports.read(there[name]), wanted[name], setting))
        if progress:
            progress(len(rows), len(chosen))
    return tuple(rows)


def prove_one(folder: Folder, wanted: Expectation, setting: Setting) -> Row:
    """Prove one report, and hold it beside what is expected of it."""
    began = time.monotonic()
    verdict = prove(
        folder, store=setting.store, sandbox=setting.sandbox, runs=setting.runs, shipped=setting.shipped
    )
    return Row(
        name=folder.path.name,
        kind=folder.report.proof.expect.value,
        expected=wanted,
        verdict=verdict,
        seconds=round(time.monotonic() - began, 2),
    )


def range_beside(
    folder: Folder,
    wanted: Expectation,
    setting: Setting,
    *,
    most: int = 24,
    progress: Progress | None = None,
) -> Beside | None:
    """Run a report on its package's releases (on some `most` of them) beside the public advisory; None without one.

    Raises:
        PackageNotFound, RegistryUnreachable: the releases can't be listed.
    """
    said = wanted.advisory
    if said is None:
        return None
    began = time.monotonic()
    purl = folder.report.purl
    releases = [str(each.purl.version) for each in setting.store.releases(purl)]
    keep = {str(purl.version), *wanted.differs}
    some = sample(releases, said, keep=keep, most=most)
    found = sweep(folder, setting=setting, how=How.SWEEP, versions=some, progress=progress).results
    return Beside(
        releases=len(releases),
        looked_at=len(some),
        answered=sum(answer is not Affected.UNKNOWN for answer in found.values()),
        differ=tuple(_differ(purl.ecosystem, found, said, wanted)),
        seconds=round(time.monotonic() - began, 2),
    )


def _differ(
    ecosystem: str, found: Mapping[str, Affected], said: Range, wanted: Expectation
) -> Iterable[tuple[str, Affected, str]]:
    """The releases on which running and the advisory both have an answer, and not the same one."""
    for version in order(ecosystem, found):
        theirs = said.contains(version)
        if Affected.UNKNOWN not in (found[version], theirs) and found[version] is not theirs:
            yield version, found[version], wanted.explains(version)


def faults(root: Path) -> Collection[str]:
    """What is wrong with the reports below `root` or what is expected of them, one line each."""
    wanted, there = expected(root), folders(root)
    wrong = [f"{name}: nothing is expected of it" for name in there if name not in wanted]
    wrong += [f"{name}: there is no such report" for name in wanted if name not in there]
    seen: dict[str, str] = {}
    for name, path in there.items():
        digest = reports.read(path).digest
        if (other := seen.setdefault(digest, name)) != name:
            wrong.append(f"{name}: it is the same report as {other}")
    for name, each in wanted.items():
        if each.is_true and not each.cve:
            wrong.append(f"{name}: a true report names its CVE")
        if each.is_true and each.advisory is None:
            wrong.append(f"{name}: a true report names the advisory's range")
    return wrong
