"""The tools that jobs find: values only."""

from dataclasses import dataclass
from pathlib import PurePosixPath

SYSTEM = PurePosixPath("/usr")  # every job sees all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Absolute paths, the same on the host and inside; None where the machine has none that jobs can read.

    On a job's PATH they are `python` (and `python3`), `node` and `cc`.
    """

    python: str
    python_version: str  # "3.11": what is installed for jobs must be installed for this
    node: str | None
    cc: str | None

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The folders that a job must be shown besides /usr for the tools to run."""
        tools = [PurePosixPath(each) for each in (self.python, self.node, self.cc) if each is not None]
        outside = [each for each in tools if not each.is_relative_to(SYSTEM)]
        return tuple(dict.fromkeys(str(each.parent.parent) for each in outside))

    @property
    def links(self) -> dict[str, str]:
        """Names on PATH, and what they are."""
        named = {"python": self.python, "python3": self.python, "node": self.node, "cc": self.cc}
        return {name: tool for name, tool in named.items() if tool is not None}
