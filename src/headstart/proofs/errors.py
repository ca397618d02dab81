"""What the proofs room refuses."""

from headstart.errors import Conflict, Forbidden, Invalid, NotFound, Unable


class ReceiptInvalid(Invalid):
    """A receipt that nobody we know signed, or that is no receipt."""

    code = "receipt-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this is no receipt to rely on: {why}")


class PatchInvalid(Invalid):
    """A patch that is no unified diff, is too large, or names a path outside the source."""

    code = "patch-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the patch can't be used: {why}")


class HarnessInvalid(Invalid):
    """A harness to put in place of the finder's that can't be used."""

    code = "harness-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the harness can't be used: {why}")


class FixMissing(Invalid):
    """Neither a patch nor a release was named."""

    code = "fix-missing"

    def __init__(self) -> None:
        super().__init__("name a patch or a fixed release; exactly one of them")


class BuildFailed(Unable):
    """The source could not be built here: at which step, and what its log says of it."""

    code = "build-failed"

    def __init__(self, step: str, log: str) -> None:
        super().__init__(f"{step} failed: {log}" if log else f"{step} failed")


class ProofNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "proof-not-found"

    def __init__(self, proof_id: str) -> None:
        super().__init__(f"there is no proof {proof_id} here")


class NotProved(Conflict):
    """The report was not reproduced, so there is nothing to sweep or to fix."""

    code = "not-proved"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was not reproduced here; prove it first")


class NothingToBuild(Invalid):
    """A report without `[build]`, of which commits were to be run."""

    code = "nothing-to-build"

    def __init__(self) -> None:
        super().__init__("the report has no [build], so no commit can be built; say how in its report.toml")


class NoRepository(Invalid):
    """Commits were to be run, and neither the report nor the caller names a repository."""

    code = "no-repository"

    def __init__(self) -> None:
        super().__init__("[build] names no git repository; name one with --repository")


class NoFixKnown(Unable):
    """A report with no patch, on a package with no release known to be fixed."""

    code = "no-fix-known"

    def __init__(self, title: str) -> None:
        super().__init__(f"no fix of “{title}” is known")


class TaskNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "task-not-found"

    def __init__(self, task_id: str) -> None:
        super().__init__(f"there is no task {task_id} here")


class FixCheckNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "fix-check-not-found"

    def __init__(self, check_id: str) -> None:
        super().__init__(f"there is no check of a fix {check_id} here")


class MayNotAsk(Forbidden):
    """The viewer may see the finding, and have nothing run for it."""

    code = "may-not-ask"

    def __init__(self) -> None:
        super().__init__("only the hub, the finder and the maintainer of the package may have it run")


class VerbUnknown(Invalid):
    """What was asked for is nothing that the hub does."""

    code = "verb-unknown"

    def __init__(self, verb: str, known: str) -> None:
        super().__init__(f"{verb[:40]!r} can't be asked for; ask for one of {known}")


class FixWrong(Invalid):
    """A fix that can't be taken as it stands."""

    code = "fix-wrong"

    def __init__(self, why: str) -> None:
        super().__init__(f"the fix can't be checked: {why}")


class OtherFixUnderWay(Conflict):
    """One fix of a finding is checked at a time."""

    code = "other-fix-under-way"

    def __init__(self) -> None:
        super().__init__("another fix of this finding is being checked; ask again when it is done")


class TooManyTasks(Conflict):
    """One organisation has as many tasks under way as it may."""

    code = "too-many-tasks"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} of your tasks are under way; ask again when some are done")


class TaskEnded(Conflict):
    """The task ended before: what a second run of it saw is not written down."""

    code = "task-ended"

    def __init__(self, task_id: str) -> None:
        super().__init__(f"the task {task_id} has ended already")


class NotRunHere(Unable):
    """The report's own inputs could not be run on this machine."""

    code = "not-run-here"

    def __init__(self, why: str) -> None:
        super().__init__(f"it could not be run here, which says nothing about the report: {why}")


class NoOracle(Unable):
    """A decision without anything that decides rightly beside it."""

    code = "no-oracle"

    def __init__(self) -> None:
        super().__init__(
            "a smaller input may rightly be accepted; add a fix.patch that refuses the trigger, or let a person decide"
        )


class TriggerNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "trigger-not-found"

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no smaller trigger {number} here")
