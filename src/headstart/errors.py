"""The refusals of every room, under four roots, and the one word for "it could not be run here".

A refusal is the caller's to mend: each says in one line what is wrong and what to do. `Unable` is nobody's
fault: the machine or the network lacks something. The doors translate them and nothing else:

=========== ========== ===========
root        HTTP       exit status
=========== ========== ===========
NotFound    404        2
Forbidden   403        2
Conflict    409        2
Invalid     422        2
Unable      503        3
=========== ========== ===========
"""

from typing import ClassVar


class HeadstartError(Exception):
    """Any error that a person is meant to read: `str(error)` is one clear line."""

    code: ClassVar[str] = "error"


class Refusal(HeadstartError):
    """Headstart won't: what was asked is wrong, and the caller can change it."""

    code: ClassVar[str] = "refused"


class NotFound(Refusal):
    """It is absent, or not this viewer's to see: the two look alike."""

    code: ClassVar[str] = "not-found"


class Forbidden(Refusal):
    """The viewer may see it, and may not do this to it."""

    code: ClassVar[str] = "forbidden"


class Conflict(Refusal):
    """The thing is not in a state in which this can be done."""

    code: ClassVar[str] = "conflict"


class Invalid(Refusal):
    """What was handed in breaks a rule of its format, or a bound."""

    code: ClassVar[str] = "invalid"


class Unable(HeadstartError):
    """It could not be run here (no sandbox, no network, no compiler): says nothing about the question."""

    code: ClassVar[str] = "unable"
