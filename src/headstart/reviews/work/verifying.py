"""What the envelopes that the sides of a review sign say: the room's part of `headstart verify`.

One envelope is one side's signature. Whether the other side signed too is told by the other envelope.
"""

from collections.abc import Mapping
from typing import Any

from headstart.ledger.rules.verified import Describe, Verified, yes
from headstart.reviews.rules import AGREEMENT, DETERMINATION, PARTNERSHIP


def _determination(said: Mapping[str, Any]) -> Verified:
    about = said["predicate"]
    review, number, answer = str(about["review"]), int(about["number"]), str(about["answer"])
    sentence = f"answer {number} to the enquiry {review}: {answer}"
    facts = {"review": review, "number": number, "answer": answer, "evidence": list(about["evidence"])}
    return yes("determination", sentence, **facts)


def _agreement(said: Mapping[str, Any]) -> Verified:
    about = said["predicate"]
    review, version, counterpart = str(about["review"]), int(about["version"]), str(about["counterpart"])
    sentence = f"version {version} of the terms with {counterpart} in {review}, signed by one side"
    return yes("agreement", sentence, review=review, version=version, terms=dict(about["terms"]))


def _partnership(said: Mapping[str, Any]) -> Verified:
    about = said["predicate"]
    review, partner, tier = str(about["review"]), str(about["partner"]), str(about["tier"])
    sentence = f"{partner} as a trusted partner ({tier}) in {review}, signed by one side"
    facts = {
        "scopes": list(about["scopes"]),
        "expires_at": about["expires_at"],
        "reason": str(about["reason"]),
    }
    return yes("partnership", sentence, review=review, partner=partner, tier=tier, **facts)


KINDS: Mapping[str, Describe] = {
    DETERMINATION: _determination,
    AGREEMENT: _agreement,
    PARTNERSHIP: _partnership,
}
