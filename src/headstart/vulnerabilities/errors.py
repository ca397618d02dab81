"""What the vulnerabilities room refuses."""

from headstart.errors import Conflict, NotFound


class VulnerabilityNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "vulnerability-not-found"

    def __init__(self, vulnerability_id: str) -> None:
        super().__init__(f"there is no vulnerability {vulnerability_id} here")


class NotProved(Conflict):
    """A finding that has not reached `controlled` opens and joins nothing."""

    code = "not-proved"

    def __init__(self, finding_id: str, rung: str) -> None:
        super().__init__(f"finding {finding_id} is {rung}; it needs to be controlled or higher first")


class LastFinding(Conflict):
    """The first finding of a vulnerability can't be taken out of it."""

    code = "last-finding"

    def __init__(self, finding_id: str) -> None:
        super().__init__(
            f"{finding_id} is the finding that opened this vulnerability; take the others out instead"
        )
