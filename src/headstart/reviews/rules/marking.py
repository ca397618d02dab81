"""Who may read what is marked: TLP 2.0 (FIRST, August 2022) and the mark of a trade secret.

The whole of it is two tables. A reader stands to a marked thing in one or more ways (`Standing`); a label is read by
some of them (`READS`), each label by all who read a stricter one; a trade secret is narrowed again (`READS_SECRETS`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Tlp(StrEnum):
    """The labels of the Traffic Light Protocol 2.0, strictest first."""

    RED = "TLP:RED"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    AMBER = "TLP:AMBER"
    GREEN = "TLP:GREEN"
    CLEAR = "TLP:CLEAR"


class Marking(msgspec.Struct, frozen=True, kw_only=True):
    """How a field or a document is marked; `named` are the organisations and members that it was meant for."""

    tlp: Tlp = Tlp.AMBER
    trade_secret: bool = False
    named: tuple[str, ...] = ()


class Role(StrEnum):
    """How a viewer stands to one review."""

    DEVELOPER = "developer"
    AUTHORITY = "authority"
    HUB = "hub"
    EVALUATOR = "evaluator"  # has access
    PARTNER = "partner"  # in force
    MEMBER = "member"  # takes part in this instance, not in this review
    PUBLIC = "public"


IN_REVIEW = frozenset({Role.DEVELOPER, Role.AUTHORITY, Role.HUB, Role.EVALUATOR, Role.PARTNER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who would read: an organisation's member (or its machine, without one) and their role in the review."""

    organisation_id: str
    member_id: str | None
    role: Role


class Standing(StrEnum):
    """How a reader stands to one marked thing."""

    OWNERS_PERSON = "a person of who wrote it"
    NAMED_PERSON = "a person whom it names"
    OWNER = "who wrote it, a machine of theirs included"
    NAMED = "an organisation that it names, or a person whom it names"
    AUTHORITY = "the authority"
    IN_REVIEW = "takes part in the review"
    TAKES_PART = "takes part in this instance"
    ANYONE = "anyone"


_INDIVIDUALS = frozenset({Standing.OWNERS_PERSON, Standing.NAMED_PERSON})
_ORGANISATIONS = _INDIVIDUALS | {Standing.OWNER, Standing.NAMED}

READS: Mapping[Tlp, frozenset[Standing]] = {
    Tlp.RED: _INDIVIDUALS,  # "for the eyes and ears of individual recipients only": never a machine
    Tlp.AMBER_STRICT: _ORGANISATIONS,  # "restricts sharing to the organization only"
    Tlp.AMBER: _ORGANISATIONS | {Standing.IN_REVIEW},  # need to know: those who take part in the review
    Tlp.GREEN: _ORGANISATIONS | {Standing.IN_REVIEW, Standing.TAKES_PART},  # the community: this instance
    Tlp.CLEAR: frozenset(Standing),
}

READS_SECRETS: frozenset[Standing] = _ORGANISATIONS | {Standing.AUTHORITY}
"""Who may read a trade secret, of those who may read its label."""


def standings(marking: Marking, reader: Reader, owner_id: str) -> frozenset[Standing]:
    """All the ways in which a reader stands to a thing that `owner_id` wrote and marked."""
    if reader.role is Role.PUBLIC:
        return frozenset({Standing.ANYONE})  # whatever it names, the public is not meant
    owns = reader.organisation_id == owner_id
    is_person = reader.member_id is not None
    person_named = is_person and reader.member_id in marking.named
    ways = {
        Standing.OWNERS_PERSON: owns and is_person,
        Standing.NAMED_PERSON: person_named,
        Standing.OWNER: owns,
        Standing.NAMED: person_named or reader.organisation_id in marking.named,
        Standing.AUTHORITY: reader.role is Role.AUTHORITY,
        Standing.IN_REVIEW: reader.role in IN_REVIEW,
        Standing.TAKES_PART: True,
        Standing.ANYONE: True,
    }
    return frozenset(way for way, is_so in ways.items() if is_so)


def may_read(marking: Marking, reader: Reader, owner_id: str) -> bool:
    """Whether a reader may read a thing that `owner_id` wrote and marked."""
    ways = standings(marking, reader, owner_id)
    return not ways.isdisjoint(READS[marking.tlp]) and (
        not marking.trade_secret or not ways.isdisjoint(READS_SECRETS)
    )


def is_strict(marking: Marking) -> bool:
    """Whether not everyone in the review may read it: stricter than AMBER, or a trade secret."""
    return marking.trade_secret or marking.tlp in (Tlp.RED, Tlp.AMBER_STRICT)


def is_noted(marking: Marking) -> bool:
    """Whether each reading is written into the ledger: AMBER or stricter, or a trade secret. What is GREEN or CLEAR is
    meant to be passed on."""
    return is_strict(marking) or marking.tlp is Tlp.AMBER


def label(marking: Marking) -> str:
    """What is printed beside a marked thing: `TLP:RED, trade secret`."""
    return f"{marking.tlp}, trade secret" if marking.trade_secret else str(marking.tlp)
