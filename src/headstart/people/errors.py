"""What the people room refuses."""

from headstart.errors import Forbidden, NotFound


class OrganisationNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "organisation-not-found"

    def __init__(self, organisation_id: str) -> None:
        super().__init__(f"there is no organisation {organisation_id} here")


class TokenUnknown(Forbidden):
    """A token that this instance did not give out, or has taken back."""

    code = "token-unknown"

    def __init__(self) -> None:
        super().__init__("this token is not known here; ask the hub for a new one")


class NotYours(Forbidden):
    """The verb belongs to another kind of organisation."""

    code = "not-yours"

    def __init__(self, verb: str, who: str) -> None:
        super().__init__(f"only {who} may {verb}")
