"""What the priority room refuses."""

from headstart.errors import Invalid, NotFound


class TableInvalid(Invalid):
    """A decision table that does not answer every question once."""

    code = "table-invalid"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the decision table {name} can't be used: {why}")


class SignalsInvalid(Invalid):
    """A file of risk signals (KEV, EPSS) that can't be read."""

    code = "signals-invalid"

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source} {why}; fetch it again, or move it away: then nothing of it is known")


class TasksNotFound(NotFound):
    """There is no such operator, or its list is not this viewer's to see."""

    code = "tasks-not-found"

    def __init__(self, operator_id: str) -> None:
        super().__init__(f"there is no list of tasks of {operator_id} here")
