"""What the access room refuses."""

from headstart.access.rules import Ending
from headstart.errors import Conflict, Forbidden, Invalid, NotFound, Unable


class KeyUnknown(Forbidden):
    """No such key was ever given: nothing more is said."""

    code = "key-unknown"

    def __init__(self) -> None:
        super().__init__("this key is not known here; ask who gave it for another")


class KeyOver(Forbidden):
    """The key was good once: it was revoked, it expired, or the window is over."""

    code = "key-over"

    def __init__(self, ending: Ending) -> None:
        super().__init__(f"this key no longer works ({ending.value}); ask who gave it")
        self.ending = ending


class ScopeMissing(Forbidden):
    """The key was not given for this use."""

    code = "scope-missing"

    def __init__(self, scope: str) -> None:
        super().__init__(f"this key was not given for {scope}; ask who gave it to widen it")


class ModelNotOffered(Forbidden):
    """The endpoint behind this key does not offer that model in this review."""

    code = "model-not-offered"

    def __init__(self, offered: str) -> None:
        super().__init__(f"this key does not reach that model; it reaches {offered}")


class BudgetSpent(Conflict):
    """The key's tokens or money are spent, or the request could spend more than is left."""

    code = "budget-spent"

    def __init__(self, what: str) -> None:
        super().__init__(f"this key's budget of {what} is spent; ask who gave it for more")


class TooManyRequests(Conflict):
    """More requests a minute, or at the same time, than the key allows."""

    code = "too-many-requests"

    def __init__(self, why: str, after_seconds: float = 1.0) -> None:
        super().__init__(f"{why}; try again in {after_seconds:.0f} s")
        self.after_seconds = after_seconds


class UpstreamNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "upstream-not-found"

    def __init__(self, upstream_id: str) -> None:
        super().__init__(f"there is no endpoint {upstream_id} here")


class KeyNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "key-not-found"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no key {key_id} here")


class RequestNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "request-not-found"

    def __init__(self, request_id: str) -> None:
        super().__init__(f"there is no request {request_id} here")


class NotYours(Forbidden):
    """The verb belongs to another party."""

    code = "not-yours"

    def __init__(self, what: str, whose: str) -> None:
        super().__init__(f"only {whose} may {what}")


class UpstreamInvalid(Invalid):
    """What was said of an endpoint can't be."""

    code = "upstream-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this endpoint can't be added: {why}")


class KeyInvalid(Invalid):
    """What was said of a key can't be."""

    code = "key-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this key can't be given: {why}")


class MayNotReach(Conflict):
    """A key was asked for a person who may not reach the model now."""

    code = "may-not-reach"

    def __init__(self, who: str, why: str) -> None:
        super().__init__(f"{who} can't be given a key: {why}")


class ReviewOver(Conflict):
    """The review has ended, and its model is no longer reached."""

    code = "review-over"

    def __init__(self) -> None:
        super().__init__("this review has ended, and with it all access to the model")


class VaultShut(Unable):
    """What is sealed can't be opened here: the key is not there, is not whole, or others can read it."""

    code = "vault-shut"

    def __init__(self, why: str) -> None:
        super().__init__(why)


class BooksSilent(Unable):
    """The gateway's books can't be asked: nothing passes until they can."""

    code = "books-silent"

    def __init__(self) -> None:
        super().__init__(
            "the gateway's books can't be asked just now, and without them nothing passes; try again"
        )


class EndpointFailed(Unable):
    """The developer's endpoint hung, broke off, flooded or said what can't be passed on."""

    code = "endpoint-failed"

    def __init__(self, why: str, *, status: int = 502) -> None:
        super().__init__(f"the model's endpoint {why}")
        self.status = status
