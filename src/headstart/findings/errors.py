"""What the findings room refuses."""

from headstart.errors import Forbidden, NotFound


class FindingNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "finding-not-found"

    def __init__(self, finding_id: str) -> None:
        super().__init__(f"there is no finding {finding_id} here")


class MayNotHandIn(Forbidden):
    """The viewer has no seat from which to hand in."""

    code = "may-not-hand-in"

    def __init__(self) -> None:
        super().__init__("sign in, or send your organisation's token, to hand in a report")
