"""What the proofs room refuses."""

from headstart.errors import Conflict, Invalid, NotFound, Unable


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


class FixMissing(Invalid):
    """Neither a patch nor a release was named."""

    code = "fix-missing"

    def __init__(self) -> None:
        super().__init__("name a patch or a fixed release; exactly one of them")


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


class NoFixKnown(Unable):
    """A report with no patch, on a package with no release known to be fixed."""

    code = "no-fix-known"

    def __init__(self, title: str) -> None:
        super().__init__(f"no fix of “{title}” is known")
