"""The outcomes room's tables."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation
from headstart.reviews.models import Review
from headstart.reviews.rules import Marking, Tlp


class Report(models.Model):
    """An evaluator's or the hub's report: the developer reads it first, and its reply is attached."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "rpt"))
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    author = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    text = models.TextField()
    evaluation_id = models.CharField(max_length=32, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of its text (UTF-8)")
    tlp = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Tlp])
    trade_secret = models.BooleanField(default=False)
    named = models.JSONField(default=list)
    handed_at = models.DateTimeField()
    reply_until = models.DateTimeField(
        help_text="others than the developer see it from here, or from the reply"
    )
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["handed_at"]

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:review-report:{self.id}"

    @property
    def marking(self) -> Marking:
        """How it is marked."""
        return Marking(tlp=Tlp(self.tlp), trade_secret=self.trade_secret, named=tuple(self.named))


class Summary(models.Model):
    """What the public may know of one review: counts, each with its denominator, and nothing protected."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "sum"))
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="summaries")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    published_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-published_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "version"], name="outcomes_summary_version"),
        ]
