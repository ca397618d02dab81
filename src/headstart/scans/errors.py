"""What the scans room refuses."""

from datetime import datetime

from headstart.errors import Conflict, Forbidden, Invalid, NotFound


class ScanTargetInvalid(Invalid):
    """A file of scan targets breaks a rule."""

    code = "scan-target-invalid"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class ClaimedAlready(Conflict):
    """Another organisation has claimed the target; who it is, is not said."""

    code = "claimed-already"

    def __init__(self, package: str, until: datetime) -> None:
        super().__init__(
            f"{package} is claimed until {until:%Y-%m-%d %H:%M} UTC; claim it as shared to look at it all the same"
        )


class ClaimNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "claim-not-found"

    def __init__(self, claim_id: str) -> None:
        super().__init__(f"there is no claim {claim_id} here")


class ClaimOver(Conflict):
    """The claim was released or has run out."""

    code = "claim-over"

    def __init__(self, claim_id: str) -> None:
        super().__init__(f"claim {claim_id} is over; make a new one")


class MayNotClaim(Forbidden):
    """The public has no seat to claim from."""

    code = "may-not-claim"

    def __init__(self) -> None:
        super().__init__("only organisations that take part may claim a target")


class DaysInvalid(Invalid):
    """A claim of no time, or of too much."""

    code = "days-invalid"

    def __init__(self, days: int, most: int) -> None:
        super().__init__(f"a claim runs 1 to {most} days, not {days}")
