"""What the reviews room refuses."""

from collections.abc import Iterable
from datetime import UTC, datetime

from headstart.errors import Conflict, Forbidden, Invalid, NotFound


def _short(said: object) -> str:
    """What was asked for, as one short line."""
    return "".join(each for each in str(said)[:40] if each.isprintable())


class ProgrammeInvalid(Invalid):
    """A programme's file breaks a rule."""

    code = "programme-invalid"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(_line(f"{where}: {why}"))


class ProgrammeNotFound(NotFound):
    """No programme of that name ships, and no file has it."""

    code = "programme-not-found"

    def __init__(self, name: str, shipped: Iterable[str]) -> None:
        super().__init__(_line(f"{name[:100]}: no such programme; shipped are {', '.join(shipped)}"))


def _line(words: str) -> str:
    """Words from a file on one line of bounded length, with what can't be seen shown as a question mark."""
    shown = "".join(each if each.isprintable() else "?" for each in words)
    return shown if len(shown) <= 400 else f"{shown[:399]}…"


class ReviewNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "review-not-found"

    def __init__(self, review_id: str) -> None:
        super().__init__(f"there is no review {_short(review_id)} here")


class MoveNotAllowed(Conflict):
    """The review is in a stage in which this can't be done."""

    code = "move-not-allowed"

    def __init__(self, stage: str, move: str) -> None:
        super().__init__(f"a review that is {stage} can't {move.replace('_', ' ')}")


class WindowTooLong(Invalid):
    """The window asked for is longer than the programme's, or has no length."""

    code = "window-too-long"

    def __init__(self, days: float, longest: int) -> None:
        super().__init__(f"a window of {days:g} days was asked for; this programme has 1 to {longest}")


class NotTheirs(Forbidden):
    """The move belongs to another party."""

    code = "not-theirs"

    def __init__(self, who: str, move: str) -> None:
        super().__init__(f"only {who} may {move}")


class SignatureWrong(Invalid):
    """An envelope was not signed by the key of the organisation that hands it in, or says something else."""

    code = "signature-wrong"

    def __init__(self, who: str) -> None:
        super().__init__(f"this was not signed over these words with the key that {who} is known by")


class WordsDiffer(SignatureWrong):
    """The right key signed other words: of another review or version, or an earlier answer's."""

    def __init__(self, fields: Iterable[str]) -> None:
        Invalid.__init__(
            self, f"this was signed over other words ({', '.join(fields)}): fetch these words, and sign them"
        )


class EnvelopeInvalid(Invalid):
    """What was handed in is no DSSE envelope of a size that can be looked at."""

    code = "envelope-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"this is no envelope that can be checked: {why}")


class KeyMissing(Conflict):
    """The organisation has no public key here."""

    code = "key-missing"

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} has no Ed25519 key here; register its public key first")


class SameKey(Conflict):
    """Two sides are known by one key: whoever holds it could sign for both."""

    code = "same-key"

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} is known by the same key: two sides sign with two keys")


class SamePerson(Conflict):
    """The person has handed in the other side's signature."""

    code = "same-person"

    def __init__(self) -> None:
        super().__init__("you handed in the other side's signature: two sides are two persons")


class SideHasSigned(Conflict):
    """Another organisation has signed for this side."""

    code = "side-has-signed"

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} has signed for this side already")


class TextInvalid(Invalid):
    """A text is empty, too long, or holds what can't be shown."""

    code = "text-invalid"

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} {why}")


class RulingInvalid(Invalid):
    """A ruling breaks a rule."""

    code = "ruling-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the ruling can't be signed: {why}")


class EvidenceUnknown(Invalid):
    """A ruling names evidence that is no document of its review."""

    code = "evidence-unknown"

    def __init__(self, digest: str) -> None:
        super().__init__(f"this review has no document with the SHA-256 {digest} that the authority may read")


class TermsInvalid(Invalid):
    """Terms break a rule."""

    code = "terms-invalid"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")


class TermsStand(Conflict):
    """The same terms are in force, or proposed, already."""

    code = "terms-stand"

    def __init__(self, version: int, how: str) -> None:
        super().__init__(f"version {version} says the same, and is {how}")


class AgreementNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "agreement-not-found"

    def __init__(self, agreement_id: str) -> None:
        super().__init__(f"there is no agreement {_short(agreement_id)} here")


class VersionOver(Conflict):
    """A newer version was proposed: the older one takes no signatures any more."""

    code = "version-over"

    def __init__(self, version: int, newest: int) -> None:
        super().__init__(
            f"version {version} takes no signature any more: version {newest} was proposed since"
        )


class ProposalInvalid(Invalid):
    """A proposal of a partner breaks a rule."""

    code = "proposal-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the proposal can't be signed: {why}")


class OtherProposal(Conflict):
    """The partner was proposed with other words."""

    code = "other-proposal"

    def __init__(self, who: str, fields: Iterable[str]) -> None:
        super().__init__(
            f"{who} was proposed with another {', '.join(fields)}: sign that proposal, or revoke it first"
        )


class NoPartners(Conflict):
    """The programme chooses no trusted partners."""

    code = "no-partners"

    def __init__(self, programme: str) -> None:
        super().__init__(f"programme {programme} has no trusted partners")


class ReviewOver(Conflict):
    """The review has ended: nobody new is to reach the model by it."""

    code = "review-over"

    def __init__(self) -> None:
        super().__init__("this review has ended: no new partner is signed for")


class PartnerNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "partner-not-found"

    def __init__(self, partner_id: int | str) -> None:
        super().__init__(f"there is no partner {_short(partner_id)} here")


class PartnerRevoked(Conflict):
    """The partner was revoked already."""

    code = "partner-revoked"

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} was revoked already")


class WindowNotOpen(Conflict):
    """The model is reached while the window is open, and at no other time."""

    code = "window-not-open"

    def __init__(self, stage: str) -> None:
        super().__init__(f"this review is {stage}: the model can be run while its window is open")


class WindowWrong(Invalid):
    """What was asked for is no window."""

    code = "window-wrong"

    def __init__(self, why: str) -> None:
        super().__init__(f"this is no window: {why}")


class WindowOver(Conflict):
    """The window's time is over, whatever else is written down."""

    code = "window-over"

    def __init__(self, closed: datetime) -> None:
        super().__init__(
            f"this window ended at {closed.astimezone(UTC):%Y-%m-%d %H:%M} UTC, and access with it"
        )


class MayNotJoin(Forbidden):
    """The programme says who may join, and this kind of organisation is not among them."""

    code = "may-not-join"

    def __init__(self, kind: str, may: Iterable[str]) -> None:
        article = "an" if kind[:1] in "aeio" else "a"
        names = ", ".join(may) or "nobody"
        super().__init__(f"{article} {kind} may not join under this programme: it names {names}")


class AccessNotGiven(Conflict):
    """There is no access to take back."""

    code = "access-not-given"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no access to this model that could be taken back")


class FieldNotFound(NotFound):
    """No field of a review that is marked."""

    code = "field-not-found"

    def __init__(self, field: str, known: Iterable[str]) -> None:
        super().__init__(f"a review has no marked field {field[:64]}; it has {', '.join(known)}")


class FieldHidden(NotFound):
    """A field that is not this viewer's to read."""

    code = "field-hidden"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is not marked for you to read; ask the developer to name you")


class DocumentNotFound(NotFound):
    """Absent, or not this viewer's to read."""

    code = "document-not-found"

    def __init__(self, document_id: str) -> None:
        super().__init__(f"there is no document {document_id[:64]} here")


class DocumentInvalid(Invalid):
    """A document breaks a bound, or says nothing."""

    code = "document-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the document {why}")


class MarkingInvalid(Invalid):
    """A marking names what is not there, or too many."""

    code = "marking-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the marking {why}")


class PersonNeeded(Forbidden):
    """It is done by a person, with a seat; an organisation's machine can't."""

    code = "person-needed"

    def __init__(self, verb: str) -> None:
        super().__init__(f"only a person may {verb}: sign in, or use a token of your own, not a machine's")


class ExportNotFound(NotFound):
    """Absent, or not this viewer's to know of."""

    code = "export-not-found"

    def __init__(self, export_id: str) -> None:
        super().__init__(f"there is no export {export_id[:64]} here")


class OnePerson(Forbidden):
    """One person asks for an export, and another agrees: that takes two."""

    code = "one-person"

    def __init__(self) -> None:
        super().__init__("an export takes two people: somebody else who may read the document has to agree")


class ExportNotReady(Conflict):
    """An export that was agreed to already, was not yet, or no longer lasts."""

    code = "export-not-ready"
