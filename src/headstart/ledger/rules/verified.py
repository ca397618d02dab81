"""What verifying one signed file gave, and how a later room adds the kinds that it signs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The answer, in one sentence. `holds` is False where the file was read and does not verify."""

    holds: bool
    kind: str
    sentence: str
    details: Mapping[str, Any] = field(default_factory=dict)


Describe = Callable[[Mapping[str, Any]], Verified]
"""From the JSON that was signed (the signature held) to what it says: an in-toto statement, or another payload.

A room that signs things offers a table of these: its key is the predicate type of an in-toto statement, or the
payload type of another envelope. The doors compose the tables.
"""


def no(kind: str, sentence: str, **details: Any) -> Verified:
    """It does not verify."""
    return Verified(holds=False, kind=kind, sentence=sentence, details=details)


def yes(kind: str, sentence: str, **details: Any) -> Verified:
    """It verifies."""
    return Verified(holds=True, kind=kind, sentence=sentence, details=details)
