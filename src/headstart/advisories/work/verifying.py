"""What the envelopes that this room signs say: the room's part of `headstart verify`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from headstart import clock
from headstart.advisories.rules.index import PAYLOAD_TYPE, PREDICATE
from headstart.ledger.rules.verified import Describe, Verified, no, yes


def _advisory(said: Mapping[str, Any]) -> Verified:
    tier = str(said["predicate"]["tier"])
    names = [str(each["name"]) for each in said["subject"]]
    return yes("advisory", f"{', '.join(names)}: signed for the tier {tier}", tier=tier, documents=names)


def _index(said: Mapping[str, Any]) -> Verified:
    tier, number, expires = str(said["tier"]), int(said["sequence"]), str(said["expires_at"])
    facts = {"tier": tier, "sequence": number, "expires_at": expires, "files": len(said["files"])}
    if datetime.fromisoformat(expires) <= clock.now():
        return no("tier index", f"index {number} of the tier {tier} expired at {expires}", **facts)
    return yes("tier index", f"index {number} of the tier {tier}, good until {expires}", **facts)


KINDS: Mapping[str, Describe] = {PREDICATE: _advisory, PAYLOAD_TYPE: _index}
