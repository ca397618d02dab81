"""The tools that jobs find: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

SYSTEM = PurePosixPath("/usr")  # every job sees all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Absolute paths, the same on the host and inside; None where the machine has none that jobs can read.

    On a job's PATH they are `python` (and `python3`), `node`, `cc`, `c++`, `make` and `cmake`.
    """

    python: str
    python_version: str  # "3.11": what is installed for jobs must be installed for this
    node: str | None
    cc: str | None
    cxx: str | None = None  # of the same family as `cc`
    make: str | None = None
    cmake: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)  # {"cc": "gcc (Debian 12.2.0-14) 12.2.0", …}

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The folders that a job must be shown besides /usr for the tools to run."""
        outside = [
            each for each in map(PurePosixPath, self.named.values()) if not each.is_relative_to(SYSTEM)
        ]
        return tuple(dict.fromkeys(str(each.parent.parent) for each in outside))

    @property
    def named(self) -> dict[str, str]:
        """Every tool that is there, by its name on PATH."""
        found = {"python": self.python, "node": self.node, "cc": self.cc, "c++": self.cxx}
        found |= {"make": self.make, "cmake": self.cmake}
        return {name: tool for name, tool in found.items() if tool is not None}

    @property
    def links(self) -> dict[str, str]:
        """Names on PATH, and what they are."""
        return {**self.named, "python3": self.python}
