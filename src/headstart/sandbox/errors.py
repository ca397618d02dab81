"""What the sandbox refuses, and when it can't be run here."""

from headstart.errors import Invalid, Unable


class JobInvalid(Invalid):
    """A job names no program, a relative mount, or a work folder that is not there."""

    code = "job-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the job can't be run: {why}")


class Unfit(Unable):
    """No sandbox on this machine holds: nothing is run rather than run without one."""

    code = "sandbox-unfit"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"no sandbox is fit here: {why}; `headstart doctor` says more")


class NotShipped(Unable):
    """The weak provider was asked to run an untrusted job."""

    code = "not-shipped"

    def __init__(self) -> None:
        super().__init__(
            "the weak sandbox runs only what ships with Headstart; install bubblewrap, or use a machine that "
            "allows user namespaces"
        )


class SandboxBroke(Unable):
    """The sandbox itself did not start: says nothing about the job."""

    code = "sandbox-broke"

    def __init__(self, provider: str, why: str) -> None:
        super().__init__(f"{provider} could not start the job: {why}")
