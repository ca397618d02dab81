"""What a developer and another party agree on: versioned terms that both sign."""

import tomllib
from enum import StrEnum

import msgspec

from headstart.reviews.errors import TermsInvalid, TextInvalid
from headstart.reviews.rules.marking import Tlp
from headstart.reviews.rules.texts import line, passage

AGREEMENT = "urn:headstart:predicate:agreement:1"  # what its statement is known by


class AccessLevel(StrEnum):
    """How deep access goes: black, grey or white box."""

    AL1 = "AL1"
    AL2 = "AL2"
    AL3 = "AL3"


class Safeguards(StrEnum):
    """Whether the model that is reached has its safeguards on."""

    ON = "on"
    OFF = "off"


class Content(StrEnum):
    """What the gateway keeps of requests and answers beside their digests."""

    DIGESTS = "digests"  # nothing else
    ENCRYPTED = "encrypted"  # the words too, encrypted


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was agreed. None of it can delay a release: there is no such field."""

    access_level: AccessLevel
    safeguards: Safeguards = Safeguards.ON
    confidentiality: Tlp = Tlp.AMBER_STRICT  # how findings about the model are marked unless said otherwise
    trade_secrets: str = ""  # what counts as one, in the developer's words
    data_handling: str = ""  # where data lies, who touches it, when it is deleted
    keep_content: Content = Content.DIGESTS
    keep_days: int = 90
    may_publish: tuple[str, ...] = ()  # what the counterpart may publish, a line each
    reply_days: int = 5  # the developer's time to reply to a report before others see it
    notes: str = ""


LARGEST_TERMS = 64 * 1024  # bytes of a file
LONGEST = 4000  # characters of a text
MOST_PUBLISH = 32
LONGEST_DAYS = {"keep_days": 3650, "reply_days": 90}


def read_terms(text: str, where: str) -> Terms:
    """Terms from their TOML; `where` names the file in a refusal.

    Raises:
        TermsInvalid: not TOML, a key is missing, wrong or unknown, or a bound is broken.
    """
    if len(text) > LARGEST_TERMS:
        raise TermsInvalid(where, f"longer than {LARGEST_TERMS // 1024} KiB")
    try:
        terms = msgspec.convert(tomllib.loads(text), Terms)
    except (ValueError, msgspec.ValidationError, RecursionError) as error:
        raise TermsInvalid(where, " ".join(str(error).split())[:300]) from error
    return check_terms(terms, where)


def check_terms(terms: Terms, where: str = "the terms") -> Terms:
    """Hold terms against their bounds.

    Raises:
        TermsInvalid: a text is too long or can't be shown, or a number of days is out of range.
    """
    if len(terms.may_publish) > MOST_PUBLISH:
        raise TermsInvalid(where, f"may_publish has more than {MOST_PUBLISH} lines")
    for name, most in LONGEST_DAYS.items():
        if not 0 <= getattr(terms, name) <= most:
            raise TermsInvalid(where, f"{name} must be between 0 and {most}")
    try:
        for name in ("trade_secrets", "data_handling", "notes"):
            passage(getattr(terms, name), name, LONGEST)
        for each in terms.may_publish:
            line(each, "a line of may_publish", 300)
    except TextInvalid as error:
        raise TermsInvalid(where, str(error)) from error
    return terms
