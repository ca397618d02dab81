"""What an advisory says, before any format: only what is known; what is not stays absent."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from headstart.packages.rules.purl import Purl
from headstart.packages.rules.ranges import Affected, Range


class Tier(StrEnum):
    """Who is told, in this order."""

    FIRST = "first"  # named operators and trusted partners
    EVERYONE = "everyone"


class Tlp(StrEnum):
    """How far a document may travel (TLP 2.0)."""

    AMBER = "TLP:AMBER"
    CLEAR = "TLP:CLEAR"


MARKING: dict[Tier, Tlp] = {Tier.FIRST: Tlp.AMBER, Tier.EVERYONE: Tlp.CLEAR}


class Status(StrEnum):
    """How settled a document is (CSAF 2.0, 3.2.1.12.7)."""

    DRAFT = "draft"
    INTERIM = "interim"
    FINAL = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who answers for the document. `namespace` is a URI under the publisher's control."""

    name: str
    namespace: str
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """A weakness by its CWE id and the name that the catalogue gives it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What running the proof on one release showed; UNKNOWN where it could not be run."""

    version: str
    affected: Affected


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Who found it, and with which AI model, if with one."""

    organisation: str
    ai: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where more is to be read."""

    url: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One released version of the document; 0 is a draft, released versions count from 1."""

    number: int
    at: datetime
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryContent:
    """All that one advisory says.

    `tested` is oldest release first; `affected` is what those runs add up to, None where too little ran.
    `fixed` is the first release in which the proof no longer works, as far as runs showed.
    """

    tracking_id: str
    vulnerability_id: str
    title: str
    summary: str
    package: Purl
    tlp: Tlp
    publisher: Publisher
    revisions: tuple[Revision, ...]
    affected: Range | None = None
    fixed: str | None = None
    tested: tuple[Tested, ...] = ()
    weaknesses: tuple[Weakness, ...] = ()
    cve: str | None = None
    workarounds: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    credits: tuple[Credit, ...] = ()
    discovered: datetime | None = None

    @property
    def version(self) -> int:
        """The number of the newest revision."""
        return self.revisions[-1].number

    @property
    def status(self) -> Status:
        """A draft until it is released; expected to change until everyone has it."""
        if self.version == 0:
            return Status.DRAFT
        return Status.FINAL if self.tlp is Tlp.CLEAR else Status.INTERIM


def tracking_id(year: int, number: int) -> str:
    """The name of a year's `number`-th advisory: `HS-2026-0001`."""
    return f"HS-{year}-{number:04d}"


def versions_of(content: AdvisoryContent, answer: Affected) -> list[str]:
    """The tested releases of which that is the answer, oldest first."""
    return [each.version for each in content.tested if each.affected is answer]


def evidence(content: AdvisoryContent) -> str:
    """In one sentence, how many releases were run and what came of it."""
    if not content.tested:
        return "No release was run."
    counts = {answer: len(versions_of(content, answer)) for answer in Affected}
    return (
        f"The proof was run on {len(content.tested)} releases of {content.package.full_name}: "
        f"{counts[Affected.YES]} affected, {counts[Affected.NO]} not affected, "
        f"{counts[Affected.UNKNOWN]} without an answer."
    )
