"""What the API says, and nothing that a viewer may not know: queries decide what reaches this point."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema


class Problem(Schema):
    """Why it was refused, in one line."""

    code: str
    message: str


class Me(Schema):
    """Who is looking."""

    organisation_id: str
    name: str
    kind: str
    member_id: str | None


class OrganisationOut(Schema):
    """An organisation that takes part in this instance."""

    id: str
    name: str
    kind: str


class KeyIn(Schema):
    """A public key to sign with from now on."""

    public_key: str = Field(max_length=4096, description="Ed25519, PEM")


class KeyOut(Schema):
    """A key that an organisation signs with, or signed with once."""

    key_id: str
    pem: str
    since: datetime
    until: datetime | None


class FindingOut(Schema):
    """A finding, as handed in."""

    id: str
    title: str
    summary: str
    purl: str
    expect: str
    digest: str
    weaknesses: list[str]
    received_at: datetime


class ProofOut(Schema):
    """What the hub saw when it ran a finding's report."""

    id: str
    finding_id: str
    rung: str
    attribution: str
    k: int
    n: int
    control: str
    contrast: str | None
    sentence: str
    sandbox: str
    weaker: bool
    flags: list[Any]
    receipt: dict[str, Any]


class VulnerabilityOut(Schema):
    """One root cause."""

    id: str
    package: str
    title: str
    summary: str
    weaknesses: list[str]
    affected_vers: str
    fixed_in: str
    beside: list[Any]
    opened_at: datetime
    public_at: datetime | None


class ReleaseOut(Schema):
    """What one release showed, all findings of the vulnerability together."""

    version: str
    affected: str


class ReleaseRunOut(Schema):
    """What one release showed when a finding's report was run on it: a row of the evidence table."""

    version: str
    published: datetime | None
    installed: bool
    ran: bool
    runs: int
    affected: str
    note: str


class TaskIn(Schema):
    """What to run for a finding: `prove`, `sweep`, `minimise`, or `fix` with a release or a patch."""

    verb: str
    release: str = ""
    patch: str = ""


class TaskState(Schema):
    """How far something is that was asked for. `total` is 0 while it is not known."""

    id: str
    finding_id: str
    verb: str
    state: str
    asked_by: str
    done: int
    total: int
    said: str
    result: str
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None

    @staticmethod
    def resolve_asked_by(task: Any) -> str:
        """The name of who asked."""
        return str(task.asked_by.name)


class MembershipOut(Schema):
    """A finding's place in a vulnerability, with the evidence for it; `undone_at` where it was taken out again."""

    finding_id: str
    basis: str
    evidence: list[Any]
    since: datetime
    undone_at: datetime | None


class FixCheckOut(Schema):
    """One climb of the patch ladder, with its signed receipt."""

    id: str
    release: str
    patch_digest: str
    held: bool
    sentence: str
    rungs: list[Any]
    receipt: dict[str, Any]
    at: datetime


class TaskOut(Schema):
    """One thing to do: what, by when, why."""

    vulnerability_id: str
    what: str
    by_when: str
    why: str
    due_earliest: datetime | None
    due_latest: datetime | None


class DeploymentIn(Schema):
    """What an operator reports of its own systems."""

    vulnerability_id: str
    state: str
    asset: str = ""
    reason: str = ""


class AdvisoryOut(Schema):
    """An advisory in both of its formats."""

    tracking_id: str
    csaf: dict[str, Any]
    osv: dict[str, Any]


class EntryOut(Schema):
    """A ledger entry that the viewer may read."""

    index: int
    at: datetime
    actor: str
    kind: str
    subject: str
    details: dict[str, Any]


class CheckpointOut(Schema):
    """The newest signed checkpoint (C2SP signed note)."""

    size: int
    note: str


class Queued(Schema):
    """A finding was taken in; its proof is queued."""

    id: str
    digest: str
