"""Trusted partners: tiers, who comes first, what a proposal says, and when the model is within reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from headstart.reviews.errors import ProposalInvalid
from headstart.reviews.rules.texts import line

PARTNERSHIP = "urn:headstart:predicate:partnership:1"  # what its statement is known by


class Tier(StrEnum):
    """Who reaches the model first; the programme says from which day of the window each tier does."""

    CRITICAL_INFRASTRUCTURE = "critical-infrastructure"  # defenders of critical infrastructure, always first
    DEFENDER = "defender"
    OTHER = "other"


class Scope(StrEnum):
    """What a partner, or a person's key, may use of the gateway."""

    CHAT = "chat"  # OpenAI-compatible chat completions
    MESSAGES = "messages"  # Anthropic-style messages
    MODELS = "models"  # the list of models
    TOOLS = "tools"  # requests that declare tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What both sides sign of a partner. `expires_at` is its own end, where that is before the window's."""

    reason: str
    tier: Tier = Tier.OTHER
    scopes: tuple[Scope, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whether an organisation reaches the model. `scopes` is None where nothing is left out.

    `why_not` is one line; empty: it reaches the model now. `taken_back`: by somebody, not by time.
    """

    begins: datetime | None
    until: datetime | None
    scopes: frozenset[Scope] | None
    why_not: str
    taken_back: bool = False


class _Tiered(Protocol):
    @property
    def tier(self) -> str: ...


T = TypeVar("T", bound=_Tiered)
ORDER = {each.value: place for place, each in enumerate(Tier)}


def in_order(partners: Iterable[T]) -> list[T]:
    """Defenders of critical infrastructure first, then other defenders, then the rest; else as they came."""
    return sorted(partners, key=lambda each: ORDER[each.tier])


def sides(chosen_by: Iterable[str]) -> frozenset[str]:
    """The kinds that must sign for a partner, one organisation each; none where the programme has no partners.

    The developer is always among them: nobody reaches a model that its developer has not signed for.
    """
    chosen = frozenset(chosen_by)
    return chosen | {"developer"} if chosen else chosen


def check_proposal(proposal: Proposal, offered: Iterable[Tier]) -> Proposal:
    """Hold a proposal against its bounds; `offered` are the programme's tiers (none: all are).

    Raises:
        ProposalInvalid: no scope, one twice, a tier that the programme has not, an end without a zone.
        TextInvalid: the reason is empty, too long, or can't be shown.
    """
    line(proposal.reason, "the reason", 300)
    if not proposal.scopes or len(set(proposal.scopes)) < len(proposal.scopes):
        raise ProposalInvalid(f"names what the partner may use, once each, of {', '.join(Scope)}")
    tiers = list(offered)
    if tiers and proposal.tier not in tiers:
        raise ProposalInvalid(f"the programme has no tier {proposal.tier}; it has {', '.join(tiers)}")
    if proposal.expires_at is not None and proposal.expires_at.tzinfo is None:
        raise ProposalInvalid("its end needs a time zone")
    return proposal
