"""What the outcomes room refuses."""

from headstart.errors import Conflict, Forbidden, Invalid, NotFound


class ReportNotFound(NotFound):
    """Absent, or not this viewer's to read yet: the two look alike."""

    code = "report-not-found"

    def __init__(self, report_id: str) -> None:
        super().__init__(f"there is no report {report_id} here")


class MayNotReport(Forbidden):
    """A report is its evaluator's, or the hub's."""

    code = "may-not-report"

    def __init__(self) -> None:
        super().__init__("only an evaluator with access to the model, or the hub, hands in a report")


class ReportRefused(Invalid):
    """A report, or a reply, that breaks a bound."""

    code = "report-refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"this report is not taken in: {why}")


class NotTheDevelopers(Forbidden):
    """The reply is the developer's."""

    code = "not-the-developers"

    def __init__(self) -> None:
        super().__init__("only the developer of the model replies to a report")


class AlreadyReplied(Conflict):
    """A reply is attached for ever: there is one, and it can't be changed."""

    code = "already-replied"

    def __init__(self) -> None:
        super().__init__("a reply is attached to this report already, and stays as it is")


class SummaryNotFound(NotFound):
    """There is no such summary."""

    code = "summary-not-found"

    def __init__(self, summary_id: str) -> None:
        super().__init__(f"there is no public summary {summary_id} here")


class MayNotPublish(Forbidden):
    """The hub publishes summaries."""

    code = "may-not-publish"

    def __init__(self) -> None:
        super().__init__("only the hub publishes the summary of a review")


class ReviewNotOver(Conflict):
    """A summary tells of a review that has ended."""

    code = "review-not-over"

    def __init__(self, stage: str) -> None:
        super().__init__(f"this review is {stage}: its summary is published after it has ended")
