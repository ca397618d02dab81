"""The advisories room's tables."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.advisories.rules.content import Tier
from headstart.ledger.rules.ids import new_id
from headstart.vulnerabilities.models import Vulnerability

TIERS = [(each.value, each.value) for each in Tier]


class Advisory(models.Model):
    """What defenders are told of one vulnerability: a draft (version 0), then its newest released version."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "adv"))
    tracking_id = models.CharField(max_length=32, unique=True)
    vulnerability = models.OneToOneField(Vulnerability, on_delete=models.PROTECT, related_name="advisory")
    version = models.PositiveIntegerField(default=0)
    revisions = models.JSONField(default=list, help_text="number, at, summary of each released version")
    csaf = models.JSONField()
    osv = models.JSONField()
    envelopes = models.JSONField(default=dict, help_text="file name to DSSE envelope, of the newest release")
    at = models.DateTimeField(help_text="when it was last written")

    class Meta:
        ordering: ClassVar[list[str]] = ["tracking_id"]
        verbose_name_plural = "advisories"

    def __str__(self) -> str:
        return self.tracking_id

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:advisory:{self.id}"

    @property
    def title(self) -> str:
        """What it is about, in a line."""
        return str(self.csaf["document"]["title"])

    @property
    def tlp(self) -> str:
        """How far it may travel, by its TLP 2.0 name."""
        return str(self.csaf["document"]["distribution"]["text"])

    @property
    def status(self) -> str:
        """draft, interim or final."""
        return str(self.csaf["document"]["tracking"]["status"])


class Release(models.Model):
    """A version of an advisory that a tier was told, exactly as it was signed."""

    advisory = models.ForeignKey(Advisory, on_delete=models.PROTECT, related_name="releases")
    tier = models.CharField(max_length=16, choices=TIERS)
    version = models.PositiveIntegerField()
    files = models.JSONField(help_text="file name to text: the documents, without their envelopes")
    path = models.CharField(max_length=400, help_text="the tier's folder, in the data folder")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["advisory", "tier"], name="advisories_a_tier_once"),
        ]


class Shelf(models.Model):
    """A tier's number: one more with each release, never less. Locked by whoever releases."""

    tier = models.CharField(primary_key=True, max_length=16, choices=TIERS)
    sequence = models.BigIntegerField(default=0)
