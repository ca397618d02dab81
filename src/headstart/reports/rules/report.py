"""A report's values: what docs/report-format.md says of format 1."""

from dataclasses import dataclass
from enum import StrEnum

from headstart.packages.rules.purl import Purl

FORMAT = 1
INPUT = "{input}"


class Expect(StrEnum):
    """What the hub must see on the trigger, and must not see on the control."""

    CRASH = "crash"
    HANG = "hang"
    EXHAUST = "exhaust"
    DISCLOSE = "disclose"
    EXECUTE = "execute"
    WRITE = "write"
    POLLUTE = "pollute"
    DECIDE = "decide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How the effect is brought about."""

    run: tuple[str, ...]
    """An argument list, never a shell's line; `{input}` stands for the path of one input."""
    trigger: tuple[str, ...]
    control: tuple[str, ...]
    expect: Expect
    seconds: float = 10.0
    """CPU seconds within which there is no end, for `hang`; a bound on each run otherwise."""
    memory_mib: int = 512
    exception: str | None = None
    """For `crash`: the exception that goes uncaught, as its class is named."""

    @property
    def harness(self) -> str:
        """The file that `run` starts, as report.toml names it; empty where it names none."""
        return harness_of(self.run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Who says so."""

    organisation: str
    contact: str
    ai: str | None = None
    human_reviewed: bool = False
    policy: str | None = None


class Origin(StrEnum):
    """Where the source of a target comes from."""

    INSIDE = "inside"  # a folder of the report, or an archive in it
    BUNDLE = "bundle"  # a git bundle in the report, at a commit
    ADDRESS = "address"  # an archive at an https address
    RELEASE = "release"  # the source that a registry has of a release
    REPOSITORY = "repository"  # a git repository at an https address, at a commit


BUILD_FOLDER = "build"
"""Where the source lies below the report's folder, unless it is a folder of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How a target that is source is built."""

    source: str
    sha256: str | None = None
    commit: str | None = None
    """40 hexadecimal digits; with a git repository or bundle alone."""
    commands: tuple[tuple[str, ...], ...]

    @property
    def origin(self) -> Origin:
        """Where the source comes from."""
        if self.source.startswith("git+https://"):
            return Origin.REPOSITORY
        if self.source.startswith("https://"):
            return Origin.ADDRESS
        if self.source.startswith("pkg:"):
            return Origin.RELEASE
        return Origin.INSIDE if self.commit is None else Origin.BUNDLE

    @property
    def is_inside(self) -> bool:
        """Whether the source is a path of the report's folder."""
        return self.origin in {Origin.INSIDE, Origin.BUNDLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that keeps every rule of its format."""

    title: str
    summary: str
    purl: Purl
    weaknesses: tuple[str, ...]
    affected: str | None
    """The finder's own claim, as `vers`."""
    boundary: str
    preconditions: tuple[str, ...]
    finder: Finder
    proof: Proof
    build: Build | None = None
    format: int = FORMAT


INTERPRETERS = frozenset({"python", "python3", "node", "sh", "bash"})


def harness_of(run: tuple[str, ...]) -> str:
    """The file that an argument list starts: itself, or the first argument of an interpreter that is no flag."""
    words = list(run)
    if words and words[0] in INTERPRETERS:
        words = [each for each in words[1:] if not each.startswith("-")]
        if "-c" in run or "-m" in run or "-e" in run:
            return ""
    named = words[0] if words else ""
    return "" if INPUT in named else named.removeprefix("./")
