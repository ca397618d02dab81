"""What every sandbox can do."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from headstart.sandbox.rules.jobs import Job, Mount, Outcome
from headstart.sandbox.rules.tools import Tools


class Sandbox(Protocol):
    """A place to run jobs. Safe to call from many threads; each run stands alone."""

    @property
    def name(self) -> str:
        """`bubblewrap` or `landlock`."""

    @property
    def weaker(self) -> bool:
        """Whether it runs only what ships with Headstart."""

    @property
    def root(self) -> Path:
        """The host folder under which it keeps its own things and the scratch folders."""

    @property
    def tools(self) -> Tools:
        """The Python, Node.js, compilers and builders that jobs find on their PATH."""

    def run(self, job: Job) -> Outcome:
        """Run a job to its end; every process of it is gone when this returns.

        Raises:
            NotShipped: the provider is the weak one, and the job is untrusted.
            JobInvalid: the work folder or the source of a mount is not there.
            SandboxBroke: the sandbox itself did not start.
        """

    def scratch(self) -> AbstractContextManager[Path]:
        """A fresh empty host folder to make work folders in; it is removed at the end, whatever is in it."""

    def path_of(self, mount: Mount) -> str:
        """The absolute path under which a job sees a mount."""

    def path_of_work(self, work: Path) -> str:
        """The absolute path under which a job sees its work folder."""
