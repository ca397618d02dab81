"""The priority room's work on plain files: the table that ships, and risk signals."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from headstart.errors import Invalid
from headstart.exposure.work.files import read_bytes
from headstart.priority.errors import SignalsInvalid
from headstart.priority.rules import tables
from headstart.priority.rules.decisions import Answer

SIGNALS_BYTES = 256 << 20


@cache
def bod_26_04() -> tables.Table:
    """The table of CISA's directive BOD 26-04, from the data file that ships."""
    file = resources.files("headstart.priority").joinpath("tables/cisa_bod_26_04.json")
    return tables.read(json.loads(file.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What the files of an instance say about the risk of CVEs; None: there is no such file, so nothing is known."""

    exploited: frozenset[str] | None
    """CVEs of CISA's catalogue of known exploited vulnerabilities."""
    chances: dict[str, float] | None
    """EPSS: the chance of an attack within 30 days."""

    def in_kev(self, cves: Iterable[str]) -> Answer:
        """Whether any of a vulnerability's CVE ids is in the catalogue; unknown without catalogue or id."""
        ids = set(cves)
        if self.exploited is None or not ids:
            return Answer.UNKNOWN
        return Answer.NO if self.exploited.isdisjoint(ids) else Answer.YES

    def chance(self, cves: Iterable[str]) -> float | None:
        """The highest EPSS of a vulnerability's CVE ids; None where there is none."""
        known = self.chances or {}
        return max((known[each] for each in cves if each in known), default=None)


class _KevEntry(msgspec.Struct):
    cve: str = msgspec.field(name="cveID")


class _KevFile(msgspec.Struct):
    vulnerabilities: list[_KevEntry]


def read_signals(folder: Path) -> Signals:
    """The signals in a folder: `known_exploited_vulnerabilities.json` as CISA publishes it, `epss.csv` as FIRST does.

    Raises:
        SignalsInvalid: a file is there and can't be read: that is told, not taken for an absent one.
    """
    kev, epss = folder / "known_exploited_vulnerabilities.json", folder / "epss.csv"
    return Signals(
        exploited=read_kev(kev) if kev.exists() else None,
        chances=read_epss(epss) if epss.exists() else None,
    )


def read_kev(path: Path) -> frozenset[str]:
    """The CVE ids in CISA's catalogue (its own JSON form).

    Raises:
        SignalsInvalid: it can't be read.
    """
    try:
        file = msgspec.json.decode(read_bytes(path, SIGNALS_BYTES), type=_KevFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Invalid) as error:
        raise SignalsInvalid(str(path), f"is not CISA's catalogue in JSON: {error}") from error
    return frozenset(each.cve for each in file.vulnerabilities)


def read_epss(path: Path) -> dict[str, float]:
    """EPSS by CVE id, from a CSV with the columns `cve` and `epss` in any case; `#` begins a comment.

    Raises:
        SignalsInvalid: it can't be read, or holds a chance that is none.
    """
    try:
        lines = read_bytes(path, SIGNALS_BYTES).decode().splitlines()
        return dict(_chances(line for line in lines if not line.startswith("#")))
    except (UnicodeDecodeError, KeyError, ValueError, csv.Error, Invalid) as error:
        raise SignalsInvalid(str(path), f"is not EPSS in CSV: {error}") from error


def _chances(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    for row in csv.DictReader(lines):
        fields = {str(name).lower(): value for name, value in row.items()}
        chance = float(fields["epss"])
        if not 0 <= chance <= 1:
            raise ValueError(f"{chance} is no chance between 0 and 1")
        yield fields["cve"], chance
