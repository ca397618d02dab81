"""The proofs room's tables: verdicts, releases that were run, fixes that were checked, what was asked for."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.findings.models import Finding
from headstart.ledger.rules.ids import new_id
from headstart.packages.rules.ranges import Affected
from headstart.people.models import Organisation
from headstart.proofs.rules.bisecting import How
from headstart.proofs.rules.evidence import Attribution, Rung
from headstart.proofs.rules.tasks import UNDER_WAY, State, Verb


class Proof(models.Model):
    """One verdict on a finding; the newest counts, the others stay."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "prf"))
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="proofs")
    rung = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Rung])
    attribution = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Attribution])
    k = models.PositiveIntegerField()
    n = models.PositiveIntegerField()
    control = models.CharField(max_length=16)
    contrast = models.CharField(max_length=200, blank=True, help_text="on what the trigger does nothing")
    sentence = models.TextField()
    step = models.TextField(blank=True, help_text="where it is unrunnable: which step, and its log")
    crash_state = models.JSONField(default=list)
    runs = models.JSONField(default=list)
    flags = models.JSONField(default=list)
    unchecked = models.JSONField(default=list, help_text="what only a person can tell")
    receipt = models.JSONField(help_text="DSSE envelope around an in-toto statement")
    sandbox = models.CharField(max_length=32, blank=True)
    limits = models.JSONField(default=list, help_text="which limit came from what")
    weaker = models.BooleanField(default=False)
    at = models.DateTimeField()
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["finding", "-at", "-id"], name="proofs_newest"),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:proof:{self.id}"


class Sweep(models.Model):
    """One run of a finding's report over the releases of its package; the newest that has ended counts.

    While it runs its rows are kept one by one, so that one that was killed goes on from there.
    """

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "swp"))
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="sweeps")
    report_digest = models.CharField(max_length=80)
    sandbox = models.CharField(max_length=32)
    how = models.CharField(
        max_length=8, default=How.SWEEP, choices=[(each.value, each.value) for each in How]
    )
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-began_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["finding"], condition=models.Q(finished_at=None), name="proofs_one_sweep_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.id


class ReleaseRun(models.Model):
    """What one release showed in a sweep; `position` is the ecosystem's order once the sweep has ended."""

    sweep = models.ForeignKey(Sweep, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField(default=0)
    version = models.CharField(max_length=200)
    published = models.DateTimeField(null=True)
    installed = models.BooleanField()
    ran = models.BooleanField()
    runs = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0, help_text="in how many of the runs the effect was there")
    affected = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Affected])
    note = models.TextField()
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering: ClassVar[list[str]] = ["sweep", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sweep", "version"], name="proofs_release_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.affected}"


class FixCheck(models.Model):
    """One climb of the patch ladder, for all findings of what `about` names."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "fix"))
    findings = models.ManyToManyField(Finding, related_name="fix_checks")
    about = models.CharField(max_length=32, blank=True, db_index=True, help_text="the vulnerability's id")
    release = models.CharField(max_length=200, blank=True)
    patch_digest = models.CharField(max_length=64, blank=True)
    rungs = models.JSONField()
    held = models.BooleanField()
    sentence = models.TextField()
    receipt = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return self.sentence


class SmallerTrigger(models.Model):
    """The smallest input that was found in place of one trigger of a finding; the newest search counts."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="smaller_triggers")
    path = models.CharField(max_length=300, help_text="the trigger, as the report names it")
    content = models.BinaryField()
    was_bytes = models.PositiveIntegerField()
    runs = models.PositiveIntegerField(help_text="how often the search ran the report")
    stopped = models.TextField(help_text="why the search ended")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["finding", "path"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["finding", "path"], name="proofs_smaller_once"),
        ]


class Task(models.Model):
    """Something that was asked of the hub for a finding; at most one of a verb is under way at a time."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "tsk"))
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="tasks")
    verb = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Verb])
    asked_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    patch = models.TextField(blank=True, help_text="fix: the patch to check")
    release = models.CharField(max_length=200, blank=True, help_text="fix: the release to check")
    state = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in State], default=State.QUEUED.value
    )
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="0: not known yet")
    said = models.TextField(blank=True, help_text="in a sentence: what came of it, or why it failed")
    result = models.CharField(max_length=32, blank=True, help_text="the proof's or the check's id")
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["finding", "verb"],
                condition=models.Q(state__in=[each.value for each in UNDER_WAY]),
                name="proofs_one_task_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} ({self.state})"

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended."""
        return self.state in UNDER_WAY
