"""The benchmarks room's tables: plans that were sealed, runs that were asked for, evaluations, items, readings."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.benchmarks.rules.items import Outcome, Side
from headstart.benchmarks.rules.runs import UNDER_WAY, Safeguards, Said, State
from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation


class Evaluation(models.Model):
    """One run of a model on a sealed plan."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "evl"))
    evaluator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="evaluations")
    developer = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=128, db_index=True, help_text="what it was done for, as a URN")
    model_name = models.CharField(max_length=200)
    snapshot = models.CharField(
        max_length=200, blank=True, help_text="which weights, as the developer names them"
    )
    access_level = models.CharField(max_length=8, blank=True, help_text="AL1, AL2, AL3; empty: not said")
    safeguards = models.CharField(
        max_length=8,
        choices=[(each.value, each.value) for each in Safeguards],
        default=Safeguards.UNKNOWN.value,
    )
    independence = models.TextField(blank=True, help_text="the evaluator's own statement")
    scaffold = models.CharField(max_length=300)
    families = models.JSONField(help_text="name -> generator version")
    commitment = models.CharField(
        max_length=64, db_index=True, help_text="SHA-256 of the plan's canonical JSON"
    )
    plan = models.JSONField(help_text="shown by no door until it is opened")
    sealed_at = models.DateTimeField(
        null=True, help_text="when the commitment was published; null: not before the run"
    )
    ability = models.FloatField()
    standard_error = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    solved = models.PositiveIntegerField()
    counted = models.PositiveIntegerField(help_text="items that say something of the model")
    rate_low = models.FloatField()
    rate_high = models.FloatField()
    refusals = models.PositiveIntegerField()
    infrastructure = models.PositiveIntegerField()
    budget = models.JSONField(help_text="of one item")
    run_limits = models.JSONField(default=dict, help_text="of the whole run")
    prices = models.JSONField(null=True, help_text="US dollars per million tokens")
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost = models.FloatField(null=True, help_text="US dollars; null: no price was given")
    cheated = models.PositiveIntegerField(default=0, help_text="attempts with a sign of cheating")
    stopped_by = models.CharField(max_length=300, blank=True, help_text="which rule or limit ended it")
    sandbox = models.CharField(max_length=32)
    weaker = models.BooleanField()
    log_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of Inspect's log, of before")
    root = models.CharField(max_length=64, blank=True, help_text="Merkle root over the samples' digests")
    folder = models.CharField(max_length=200, blank=True, help_text="the run's folder, below the data folder")
    report = models.JSONField(default=dict, help_text="docs/schemas/evaluation-1.schema.json")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.model_name}: {self.ability:+.2f}"

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:evaluation:{self.id}"


class ItemResult(models.Model):
    """One attempt at one item of an evaluation."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="items")
    order = models.PositiveIntegerField(default=0, help_text="the n-th that was given out, from 0")
    item = models.CharField(max_length=100)
    attempt = models.PositiveSmallIntegerField(default=1)
    family = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1, help_text="of the family's generator")
    side = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Side])
    seed = models.CharField(max_length=64, help_text="in hexadecimal")
    level = models.PositiveSmallIntegerField()
    difficulty = models.FloatField()
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the generated item")
    anchor = models.BooleanField(default=False, help_text="drawn at random, not chosen for what it tells")
    held_out = models.BooleanField(default=False)
    framing = models.CharField(max_length=8, blank=True, help_text="how the prompt was framed")
    outcome = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Outcome])
    elsewhere = models.BooleanField(help_text="showed some other flaw than the planted one")
    sentence = models.CharField(max_length=1000, blank=True)
    ending = models.CharField(max_length=16, blank=True, help_text="how the conversation ended")
    signs = models.JSONField(default=list, help_text="signs of cheating: kind, where, words")
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    seconds = models.FloatField()
    cost = models.FloatField(null=True)
    sample = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the sample's log; empty: none")
    entry = models.BigIntegerField(null=True, help_text="the ledger's entry about that log")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["evaluation", "order", "attempt", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["evaluation", "item", "attempt"], name="benchmarks_attempt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.outcome}"

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input_tokens + self.output_tokens


class Sealed(models.Model):
    """A plan whose commitment was published. The plan itself is its sealer's alone until it is opened."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "sea"))
    sealer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=128, db_index=True, help_text="what it was sealed for, as a URN")
    commitment = models.CharField(max_length=64, db_index=True)
    plan = models.JSONField(null=True, help_text="null: its sealer kept it")
    sealed_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-sealed_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["commitment", "subject"], name="benchmarks_sealed_once"),
        ]

    def __str__(self) -> str:
        return self.commitment

    @property
    def is_open(self) -> bool:
        """Whether everyone may see the plan."""
        return self.opened_at is not None


class Run(models.Model):
    """An evaluation that was asked of the hub; of one sealed plan at most one is under way."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "run"))
    sealed = models.ForeignKey(Sealed, on_delete=models.PROTECT, related_name="runs")
    subject = models.CharField(max_length=128, db_index=True, help_text="what it is done for, as a URN")
    asked_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    developer = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    model = models.CharField(max_length=200)
    about = models.JSONField(default=dict, help_text="snapshot, access level, safeguards, independence")
    limits = models.JSONField(default=dict, help_text="tokens, seconds, cost; and the prices")
    state = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in State], default=State.QUEUED.value
    )
    standing = models.JSONField(
        default=dict, help_text="how far it is: done, most, ability, cost, the last items"
    )
    said = models.TextField(blank=True, help_text="in a sentence: what came of it, or why it failed")
    evaluation = models.OneToOneField(Evaluation, on_delete=models.PROTECT, null=True, related_name="run")
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["sealed"],
                condition=models.Q(state__in=[each.value for each in UNDER_WAY]),
                name="benchmarks_one_run_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} ({self.state})"

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:run:{self.id}"

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended."""
        return self.state in UNDER_WAY


class Reading(models.Model):
    """A person read a transcript, and said whether the model cheated there."""

    item = models.ForeignKey(ItemResult, on_delete=models.CASCADE, related_name="readings")
    reader = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    member_id = models.CharField(max_length=32, blank=True, help_text="the seat; empty: by a token")
    cheating = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Said])
    note = models.CharField(max_length=2000, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]

    def __str__(self) -> str:
        return f"cheating: {self.cheating}"
