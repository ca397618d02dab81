"""What passes through the gateway, and how it ends."""

from enum import StrEnum


class Dialect(StrEnum):
    """Which protocol an endpoint speaks."""

    OPENAI = "openai"  # POST /v1/chat/completions, GET /v1/models
    ANTHROPIC = "anthropic"  # POST /v1/messages, GET /v1/models


class Ending(StrEnum):
    """How a request through the gateway ended."""

    UNDER_WAY = "under way"
    DONE = "done"
    LEFT = "left"  # the person hung up
    REVOKED = "revoked"  # the key, the partner or the access was taken back
    EXPIRED = "expired"  # the key's or the window's time was over, or the review had ended
    BUDGET = "budget"  # tokens or money ran out while it ran
    UPSTREAM = "upstream"  # the endpoint hung, flooded, lied or broke off
    GATEWAY = "gateway"  # the gateway itself stopped (found at its next start)
