"""What the reviews room refuses."""

from headstart.errors import Conflict, Forbidden, Invalid, NotFound


class ProgrammeInvalid(Invalid):
    """A programme's file breaks a rule."""

    code = "programme-invalid"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class ReviewNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "review-not-found"

    def __init__(self, review_id: str) -> None:
        super().__init__(f"there is no review {review_id} here")


class MoveNotAllowed(Conflict):
    """The review is in a stage in which this can't be done."""

    code = "move-not-allowed"

    def __init__(self, stage: str, move: str) -> None:
        super().__init__(f"a review that is {stage} can't {move.replace('_', ' ')}")


class WindowTooLong(Invalid):
    """The window asked for is longer than the programme's, or has no length."""

    code = "window-too-long"

    def __init__(self, days: float, longest: int) -> None:
        super().__init__(f"a window of {days:g} days was asked for; this programme has 1 to {longest}")


class NotTheirs(Forbidden):
    """The move belongs to another party."""

    code = "not-theirs"

    def __init__(self, who: str, move: str) -> None:
        super().__init__(f"only {who} may {move}")


class SignatureWrong(Invalid):
    """An envelope was not signed by the key of the organisation that hands it in, or says something else."""

    code = "signature-wrong"

    def __init__(self, who: str) -> None:
        super().__init__(f"this was not signed over these words with the key that {who} is known by")
