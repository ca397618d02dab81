"""The benchmarks room's tables: evaluations, and what came of each item."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.benchmarks.rules.items import Outcome, Side
from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation


class Evaluation(models.Model):
    """One run of a model on a sealed plan."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "evl"))
    evaluator = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="evaluations")
    developer = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=128, db_index=True, help_text="what it was done for, as a URN")
    model_name = models.CharField(max_length=200)
    scaffold = models.CharField(max_length=300)
    families = models.JSONField(help_text="name -> generator version")
    commitment = models.CharField(
        max_length=64, db_index=True, help_text="SHA-256 of the plan's canonical JSON"
    )
    plan = models.JSONField(help_text="the opened plan")
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
    budget = models.JSONField()
    sandbox = models.CharField(max_length=32)
    weaker = models.BooleanField()
    log_digest = models.CharField(max_length=64, help_text="SHA-256 of Inspect's log")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.model_name}: {self.ability:+.2f}"

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:evaluation:{self.id}"


class ItemResult(models.Model):
    """One item of an evaluation."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="items")
    item = models.CharField(max_length=100)
    family = models.CharField(max_length=60)
    side = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Side])
    seed = models.CharField(max_length=16, help_text="in hexadecimal")
    level = models.PositiveSmallIntegerField()
    difficulty = models.FloatField()
    outcome = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Outcome])
    elsewhere = models.BooleanField(help_text="showed some other flaw than the planted one")
    sentence = models.CharField(max_length=1000, blank=True)
    tokens = models.PositiveIntegerField()
    seconds = models.FloatField()

    class Meta:
        ordering: ClassVar[list[str]] = ["family", "level", "item"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["evaluation", "item"], name="benchmarks_item_once"),
        ]
