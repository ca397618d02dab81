"""What the advisories room refuses."""

from headstart.errors import Conflict, Forbidden, Invalid, NotFound, Unable


class AdvisoryNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "advisory-not-found"

    def __init__(self, advisory_id: str) -> None:
        super().__init__(f"there is no advisory {advisory_id} here")


class FileNotPublished(NotFound):
    """A tier has no such file, or the viewer may not have it."""

    code = "file-not-published"

    def __init__(self, tier: str, name: str) -> None:
        super().__init__(f"there is no {name[:80]!r} for you in the tier {tier[:40]!r}")


class NotYoursToRelease(Forbidden):
    """Only the hub drafts and releases advisories."""

    code = "not-yours-to-release"

    def __init__(self) -> None:
        super().__init__("only the hub may draft and release advisories")


class TierOutOfOrder(Conflict):
    """A tier was skipped, or has it already."""

    code = "tier-out-of-order"

    def __init__(self, tracking_id: str, why: str) -> None:
        super().__init__(f"{tracking_id} {why}")


class TierUnknown(Invalid):
    """A tier that does not exist."""

    code = "tier-unknown"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no tier {name[:40]!r}; name first or everyone")


class UnderEmbargo(Conflict):
    """Everyone would know before the embargo ends."""

    code = "under-embargo"

    def __init__(self, tracking_id: str, until: str) -> None:
        super().__init__(
            f"{tracking_id} is under an embargo until {until}; release it to everyone after that, "
            "or end the embargo in its case first"
        )


class DocumentInvalid(Invalid):
    """A document breaks its standard: it is not signed."""

    code = "document-invalid"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} is not valid: {why}")


class SequenceBehind(Conflict):
    """The folder holds a newer index than the records know of."""

    code = "sequence-behind"

    def __init__(self, tier: str, held: int, wanted: int) -> None:
        super().__init__(
            f"{tier} is at number {held} already, and {wanted} would take it back: were the records restored from "
            "an older backup? publish with a higher number"
        )


class SourceUnreachable(Unable):
    """The folder or the address could not be read."""

    code = "source-unreachable"

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source} could not be read: {why}")


class NotTrusted(Conflict):
    """What was fetched does not verify: nothing of it was kept."""

    code = "not-trusted"

    def __init__(self, tier: str, why: str) -> None:
        super().__init__(f"{tier}: {why}; nothing was taken over")
