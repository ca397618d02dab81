"""The findings room's tables."""

from functools import partial
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation
from headstart.reviews.models import Review


class Finding(models.Model):
    """A report that one organisation handed in, once."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "fnd"))
    finder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="findings")
    review = models.ForeignKey(Review, on_delete=models.SET_NULL, null=True, related_name="findings")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the report folder")
    title = models.CharField(max_length=300)
    summary = models.TextField()
    purl = models.CharField(max_length=400, help_text="the release that was tested")
    package = models.CharField(max_length=400, db_index=True, help_text="the purl without its version")
    expect = models.CharField(max_length=16)
    weaknesses = models.JSONField(default=list)
    claimed_vers = models.TextField(blank=True, help_text="the finder's own claim; not evidence")
    ai = models.CharField(max_length=200, blank=True, help_text="the model that found it")
    human_reviewed = models.BooleanField(default=False)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["received_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["finder", "digest"], name="findings_once_for_each_finder"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:finding:{self.id}"

    @property
    def folder(self) -> Path:
        """Where the report is kept."""
        return Path(settings.HEADSTART_DATA) / "reports" / self.digest


class Reader(models.Model):
    """An organisation beside the finder and the hub that may see a finding: a party to its case, say."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="readers")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "finding"], name="findings_reader_once"),
        ]
