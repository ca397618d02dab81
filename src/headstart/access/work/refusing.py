"""From an error or an ending to what the person is told of it."""

from dataclasses import dataclass

from headstart.access import errors
from headstart.access.rules import Ending
from headstart.access.rules.headers import Headers
from headstart.errors import HeadstartError


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A status, a code for programs, a line for people; headers that say when to try again."""

    status: int
    code: str
    line: str
    headers: Headers = ()


STATUS: dict[type[HeadstartError], int] = {
    errors.KeyUnknown: 401,
    errors.KeyOver: 403,
    errors.ScopeMissing: 403,
    errors.ModelNotOffered: 404,
    errors.BudgetSpent: 429,
    errors.TooManyRequests: 429,
    errors.BooksSilent: 503,
}
ENDINGS = {
    Ending.REVOKED: Told(status=403, code="revoked", line="this access was taken back; the stream ends here"),
    Ending.EXPIRED: Told(
        status=403, code="expired", line="this access is over: its time, or the window's, has come"
    ),
    Ending.BUDGET: Told(
        status=429, code="budget-spent", line="this key's budget is spent; the stream ends here"
    ),
    Ending.GATEWAY: Told(
        status=503, code="gateway", line="the gateway stops here, for now; try again in a while"
    ),
    Ending.UPSTREAM: Told(status=502, code="endpoint-failed", line="the model's endpoint failed; try again"),
}


def told(error: HeadstartError) -> Told:
    """What is said of a refusal."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    headers: Headers = ()
    if isinstance(error, errors.EndpointFailed):
        status = error.status
    elif isinstance(error, errors.TooManyRequests):
        headers = [(b"retry-after", str(max(1, round(error.after_seconds))).encode())]
    elif isinstance(error, errors.BudgetSpent):
        headers = [(b"x-should-retry", b"false")]  # the dialects' clients would ask twice more
    return Told(status=status, code=error.code, line=str(error), headers=headers)


class NotPassed(Exception):
    """The gateway itself won't pass a request on; `told` is what the person reads."""

    def __init__(self, status: int, code: str, line: str) -> None:
        super().__init__(line)
        self.told = Told(status=status, code=code, line=line)
