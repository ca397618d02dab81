"""What the cases room refuses."""

from headstart.errors import Conflict, Forbidden, Invalid, NotFound


class CaseNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "case-not-found"

    def __init__(self, case_id: str) -> None:
        super().__init__(f"there is no case {case_id} here")


class NotAParty(Forbidden):
    """Only a party to the case may do this."""

    code = "not-a-party"

    def __init__(self, verb: str) -> None:
        super().__init__(f"only a party to this case may {verb}")


class EmbargoInvalid(Invalid):
    """An embargo's end is not in the future, or too far."""

    code = "embargo-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(why)


class NoEmbargo(Conflict):
    """There is no embargo that this could be done to."""

    code = "no-embargo"

    def __init__(self, verb: str) -> None:
        super().__init__(f"there is no embargo to {verb}; propose one first")


class DecisionInvalid(Invalid):
    """A decision uses a word that its table does not have."""

    code = "decision-invalid"

    def __init__(self, what: str, word: str, words: tuple[str, ...]) -> None:
        super().__init__(f"{what} can't be {word!r}; it is one of {', '.join(words)}")
