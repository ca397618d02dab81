"""What the people room refuses."""

from headstart.errors import Conflict, Forbidden, Invalid, NotFound


class OrganisationNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "organisation-not-found"

    def __init__(self, organisation_id: str) -> None:
        super().__init__(f"there is no organisation {organisation_id} here")


class MemberNotFound(NotFound):
    """No person of that name has a seat here, or it is not this viewer's to see."""

    code = "member-not-found"

    def __init__(self, name: str) -> None:
        super().__init__(f"nobody called {name} has a seat here")


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


class NameTaken(Conflict):
    """Two organisations, or two persons who sign in, can't have one name."""

    code = "name-taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"somebody of the name {name} takes part already; choose another")


class WordsWrong(Invalid):
    """A name or a label that can't be kept: empty, too long, or with characters that can't be seen."""

    code = "words-wrong"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what}: 1 to {most} characters on one line, each of which can be seen")


class KeyUnusable(Invalid):
    """What was handed in as a public key can't be one here."""

    code = "key-unusable"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}; make one with `openssl genpkey -algorithm ed25519 -out key.pem` and hand in "
            "`openssl pkey -in key.pem -pubout`"
        )


class KeyTaken(Conflict):
    """The key is, or was, known as somebody's: a signature with it would not say whose it is."""

    code = "key-taken"

    def __init__(self) -> None:
        super().__init__("this key is known here already; make a new one, for this organisation alone")


class TokenNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "token-not-found"

    def __init__(self, token_id: str) -> None:
        super().__init__(f"there is no token {token_id} here")


class PasswordWeak(Invalid):
    """A password that would be guessed."""

    code = "password-weak"

    def __init__(self, why: str) -> None:
        super().__init__(why)
