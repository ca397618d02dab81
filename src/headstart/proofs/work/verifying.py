"""What this room's receipts say: its part of `headstart verify`."""

from collections.abc import Mapping
from typing import Any

from headstart.ledger.rules.verified import Describe, Verified, yes
from headstart.proofs.rules.receipts import MITIGATION, REPRODUCTION


def _reproduction(said: Mapping[str, Any]) -> Verified:
    found = said["predicate"]
    seen = found["seen"]
    sentence = f"{found['package']}: {found['rung']}, {seen['k']} of {seen['n']}, by {found['attribution']}"
    return yes(
        "reproduction", sentence, rung=found["rung"], attribution=found["attribution"], ran_at=found["ranAt"]
    )


def _mitigation(said: Mapping[str, Any]) -> Verified:
    found = said["predicate"]
    packages = ", ".join(found["packages"])
    word = "holds" if found["holds"] else "does not hold"
    return yes(
        "mitigation", f"a fix of {packages}: {word}", fix_holds=found["holds"], checked_at=found["checkedAt"]
    )


KINDS: Mapping[str, Describe] = {REPRODUCTION: _reproduction, MITIGATION: _mitigation}
