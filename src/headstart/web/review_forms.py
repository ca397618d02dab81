"""The forms of a review: what was typed becomes the room's values, or one clear line."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.http import QueryDict

from headstart.errors import Invalid
from headstart.reviews.rules import (
    AccessLevel,
    Answer,
    Content,
    Criterion,
    Marking,
    Met,
    Proposal,
    Ruling,
    Safeguards,
    Scope,
    Terms,
    Tier,
    Tlp,
)

LONGEST_LINE = 300
LONGEST_TEXT = 20_000
MOST_LINES = 50
Word = TypeVar("Word", bound=StrEnum)


class FieldWrong(Invalid):
    """A field of a form can't be read."""

    code = "field-wrong"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")


def line(said: Mapping[str, Any], name: str, field: str, *, needed: bool = False) -> str:
    """One line of text.

    Raises:
        FieldWrong: too long, or missing where it is needed.
    """
    text = " ".join(str(said.get(name, "")).split())
    if needed and not text:
        raise FieldWrong(field, "say something here")
    if len(text) > LONGEST_LINE:
        raise FieldWrong(field, f"at most {LONGEST_LINE} characters, these are {len(text)}")
    return text


def text(said: Mapping[str, Any], name: str, field: str) -> str:
    """Words of any shape; line ends are one character.

    Raises:
        FieldWrong: too long.
    """
    found = str(said.get(name, "")).replace("\r\n", "\n").strip()
    if len(found) > LONGEST_TEXT:
        raise FieldWrong(field, f"at most {LONGEST_TEXT:,} characters, these are {len(found):,}")
    return found


def lines(said: Mapping[str, Any], name: str, field: str) -> tuple[str, ...]:
    """A list, one a line.

    Raises:
        FieldWrong: too long.
    """
    found = tuple(" ".join(each.split()) for each in text(said, name, field).splitlines() if each.strip())
    if len(found) > MOST_LINES:
        raise FieldWrong(field, f"at most {MOST_LINES} lines, these are {len(found)}")
    return found


def chosen(kind: type[Word], said: Mapping[str, Any], name: str, field: str) -> Word:
    """One of a fixed set of words.

    Raises:
        FieldWrong: none of them.
    """
    try:
        return kind(str(said.get(name, "")))
    except ValueError:
        raise FieldWrong(field, f"choose one of {', '.join(kind)}") from None


def whole(said: Mapping[str, Any], name: str, field: str) -> int | None:
    """A whole number, or nothing where the field is empty.

    Raises:
        FieldWrong: it is no whole number.
    """
    typed = str(said.get(name, "")).replace(",", "").replace("\N{NO-BREAK SPACE}", "").strip()
    if not typed:
        return None
    if not typed.isascii() or not typed.isdigit() or len(typed) > 15:
        raise FieldWrong(field, f"{typed[:40]!r} is no whole number")
    return int(typed)


def some(said: Mapping[str, Any], name: str, field: str) -> int:
    """A whole number that has to be there.

    Raises:
        FieldWrong: it is missing, or no whole number.
    """
    found = whole(said, name, field)
    if found is None:
        raise FieldWrong(field, "write a number")
    return found


def money(said: Mapping[str, Any], name: str, field: str) -> Decimal | None:
    """An amount, or nothing where the field is empty.

    Raises:
        FieldWrong: it is no amount.
    """
    typed = str(said.get(name, "")).replace(",", "").strip()
    if not typed:
        return None
    try:
        found = Decimal(typed)
    except InvalidOperation:
        raise FieldWrong(field, f"{typed[:40]!r} is no amount") from None
    if not found.is_finite() or found < 0 or found > 1_000_000 or math.isnan(found):
        raise FieldWrong(field, f"{typed[:40]!r} is no amount that can be used")
    return found


def day(said: Mapping[str, Any], name: str, field: str) -> date | None:
    """A date as browsers send it, or nothing where the field is empty.

    Raises:
        FieldWrong: it is no date.
    """
    typed = str(said.get(name, "")).strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise FieldWrong(field, f"{typed[:40]!r} is no date; write it as 2027-01-31") from None


def moment(said: Mapping[str, Any], name: str, field: str, zone: str) -> datetime | None:
    """A time on the clocks of `zone`, or nothing where the field is empty; of a repeated hour the first.

    Raises:
        FieldWrong: it is no time.
    """
    typed = str(said.get(name, "")).strip()
    if not typed:
        return None
    try:
        found = datetime.fromisoformat(typed)
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(zone))
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FieldWrong(field, f"{typed[:40]!r} is no time; write it as 2027-01-31T17:00") from None


def marking(said: Mapping[str, Any], named: Sequence[str]) -> Marking | None:
    """How it is marked; nothing where that is left to the programme.

    Raises:
        FieldWrong: an unknown label.
    """
    if not said.get("tlp"):
        return None
    return Marking(
        tlp=chosen(Tlp, said, "tlp", "Label"),
        trade_secret=bool(said.get("trade_secret")),
        named=tuple(named),
    )


def terms(said: Mapping[str, Any]) -> Terms:
    """What is proposed to the other side.

    Raises:
        FieldWrong: a field can't be read.
    """
    return Terms(
        access_level=chosen(AccessLevel, said, "access_level", "Access level"),
        safeguards=chosen(Safeguards, said, "safeguards", "Safeguards"),
        confidentiality=chosen(Tlp, said, "confidentiality", "Confidentiality"),
        trade_secrets=text(said, "trade_secrets", "Trade secrets"),
        data_handling=text(said, "data_handling", "Data handling"),
        keep_content=chosen(Content, said, "keep_content", "What the gateway keeps"),
        keep_days=some(said, "keep_days", "Days it is kept"),
        may_publish=lines(said, "may_publish", "What may be published"),
        reply_days=some(said, "reply_days", "Days to reply"),
        notes=text(said, "notes", "Notes"),
    )


def ruling(said: QueryDict) -> Ruling:
    """The authority's answer: its criteria in their order, its reasons, the evidence it chose.

    Raises:
        FieldWrong: a field can't be read.
    """
    names, whys = said.getlist("criterion"), said.getlist("why")
    criteria = []
    for at, (name, why) in enumerate(zip(names[:MOST_LINES], whys, strict=False)):
        if name.strip():
            criteria.append(
                Criterion(
                    name=line({"": name}, "", f"Criterion {at + 1}"),
                    met=chosen(Met, said, f"met-{at}", f"Criterion {at + 1}"),
                    why=text({"": why}, "", f"Criterion {at + 1}"),
                )
            )
    return Ruling(
        answer=chosen(Answer, said, "answer", "Answer"),
        criteria=tuple(criteria),
        reasons=text(said, "reasons", "Reasons"),
        evidence=tuple(dict.fromkeys(said.getlist("evidence"))),
    )


def proposal(said: QueryDict, zone: str) -> Proposal:
    """What would make an organisation a trusted partner.

    Raises:
        FieldWrong: a field can't be read.
    """
    return Proposal(
        reason=line(said, "reason", "Reason", needed=True),
        tier=chosen(Tier, said, "tier", "Tier"),
        scopes=tuple(chosen(Scope, {"": each}, "", "Scopes") for each in said.getlist("scopes")),
        expires_at=moment(said, "expires_at", "Ends on", zone),
    )
