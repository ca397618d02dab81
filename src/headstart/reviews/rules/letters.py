"""The mail at each step of a review: who is written to, and what they are asked to do.

A letter names no model and holds nothing that is marked: it says that something waits, and where to read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LINE = 72  # characters: plain text that every reader shows as it is (RFC 3676 recommends at most 78)


class Also(StrEnum):
    """Who is written to beside the readers of the ledger's entry."""

    AUTHORITY = "authority"
    HUB = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Plain text mail."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """What is written when one kind of thing happens: what happened ({actor} did it), and what the reader may do.

    It goes to those who may read the ledger's entry, and to `also`; never to the one who did it.
    """

    subject: str
    happened: str
    asks: str = ""
    also: frozenset[Also] = frozenset()


ENDS = "Access to the model has ended. Keys to the gateway no longer work. Nothing else follows from it."

LETTERS: Mapping[str, Sort] = {
    "review.enquired": Sort(
        subject="a developer asks whether its model is covered",
        happened="{actor} asks whether a model in development is covered.",
        asks="The authority reads the evidence and signs an answer: covered, not covered, or can't say yet.",
        also=frozenset({Also.AUTHORITY, Also.HUB}),
    ),
    "review.evidence_added": Sort(
        subject="there is new evidence",
        happened="{actor} has added evidence to the enquiry.",
    ),
    "review.document_added": Sort(
        subject="there is a new document",
        happened="{actor} has put a document into the review that you may know of.",
    ),
    "review.determined": Sort(
        subject="the authority has answered",
        happened="{actor} has answered the enquiry, with the criteria that it looked at and its signature.",
        asks="The answer decides about the programme's terms. It does not decide about the release.",
        also=frozenset({Also.HUB}),
    ),
    "review.access_granted": Sort(
        subject="access to a model was given",
        happened="{actor} gives access to its model.",
        asks="It is reached through the gateway, with a key for each person, until the window closes.",
    ),
    "review.access_taken_back": Sort(
        subject="access to a model was taken back", happened="{actor} has taken back access to its model."
    ),
    "review.terms_proposed": Sort(
        subject="terms wait for your signature",
        happened="{actor} proposes terms.",
        asks="Nothing changes before both sides have signed. Read them, then sign with your organisation's key.",
    ),
    "review.terms_signed": Sort(subject="terms were signed", happened="{actor} has signed the terms."),
    "review.partner_signed": Sort(
        subject="a trusted partner waits for your signature",
        happened="{actor} has signed for a trusted partner.",
        asks="A partner is in force once both sides have signed.",
        also=frozenset({Also.AUTHORITY}),
    ),
    "review.partner_in_force": Sort(
        subject="a trusted partner is in force",
        happened="{actor} has signed for a trusted partner, whose partnership is now in force.",
        asks="It reaches the model from the day on which the programme lets its tier begin.",
    ),
    "review.partner_revoked": Sort(
        subject="a trusted partner was revoked", happened="{actor} has ended a partnership, at once."
    ),
    "review.shorten": Sort(subject="the window closes earlier", happened="{actor} has shortened its window."),
    "review.withdraw": Sort(
        subject="the review has ended", happened="{actor} has left the review.", asks=ENDS
    ),
    "review.release": Sort(
        subject="the model is released", happened="{actor} has released its model.", asks=ENDS
    ),
    "review.expire": Sort(
        subject="the window has closed", happened="The time of the window is over.", asks=ENDS
    ),
    "review.export_asked": Sort(
        subject="a copy of a marked document was asked for",
        happened="A person of {actor} asks for a copy of a document that you marked.",
        asks="Another person who may read it can agree. No copy leaves without two people.",
    ),
    "review.export_agreed": Sort(
        subject="a copy may be taken", happened="A person of {actor} has agreed to a copy."
    ),
    "review.interests_declared": Sort(
        subject="an evaluator has declared interests",
        happened="A person of {actor} has declared their interests.",
    ),
    "gateway.key_given": Sort(
        subject="a key to the gateway was made for one of your people",
        happened="{actor} has made a key to the gateway for one of your people, who gets it from them.",
    ),
    "gateway.key_revoked": Sort(
        subject="a key to the gateway was taken back", happened="{actor} has taken back a key to the gateway."
    ),
    "report.handed": Sort(
        subject="a report waits for the developer's reply",
        happened="{actor} has handed in a report. Its developer reads it before others do.",
        asks="The reply will be attached to it.",
    ),
    "report.replied": Sort(subject="the developer has replied", happened="{actor} has replied to a report."),
    "summary.published": Sort(subject="a public summary is out", happened="{actor} has published a summary."),
}


def letter(kind: str, *, review_id: str, actor: str, address: str) -> Letter:
    """The letter for one thing that happened; `address` is the page of the review.

    Raises:
        KeyError: nobody is written to when this happens.
    """
    sort = LETTERS[kind]
    parts = [sort.happened.format(actor=_line(actor)), sort.asks, f"The review: {address}"]
    text = "\n\n".join(each if address in each else _folded(each) for each in parts if each)
    foot = _folded("Taking part is voluntary. Nothing in a review approves, denies or delays a release.")
    return Letter(subject=f"[Headstart] {review_id}: {sort.subject}", text=f"{text}\n\n-- \n{foot}\n")


def _line(words: str) -> str:
    """Somebody's words on one line, without what can't be seen."""
    return " ".join("".join(each if each.isprintable() else " " for each in words).split())[:200]


def _folded(text: str) -> str:
    lines: list[str] = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
