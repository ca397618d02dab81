"""The vulnerabilities room's tables."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.findings.models import Finding
from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation
from headstart.vulnerabilities.rules import Basis


class Vulnerability(models.Model):
    """One root cause in one package."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "vul"))
    package = models.CharField(max_length=400, db_index=True, help_text="a purl without version")
    title = models.CharField(max_length=300)
    summary = models.TextField()
    weaknesses = models.JSONField(default=list)
    affected_vers = models.TextField(blank=True, help_text="what the sweep showed; empty: not known yet")
    fixed_in = models.CharField(max_length=100, blank=True, help_text="first release in which it is silent")
    beside = models.JSONField(
        default=list, help_text="public advisories: id, vers, and each release on which we differ"
    )
    opened_at = models.DateTimeField()
    told_first_at = models.DateTimeField(null=True, help_text="when operators and partners were told")
    public_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["opened_at", "id"]
        verbose_name_plural = "vulnerabilities"

    def __str__(self) -> str:
        return self.title

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:vulnerability:{self.id}"


class Membership(models.Model):
    """A finding's place in a vulnerability, with the evidence for it; undone, it stays on record."""

    vulnerability = models.ForeignKey(Vulnerability, on_delete=models.CASCADE, related_name="memberships")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="memberships")
    basis = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Basis])
    evidence = models.JSONField(default=list)
    since = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["since", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["finding"],
                condition=models.Q(undone_at__isnull=True),
                name="vulnerabilities_one_home_for_a_finding",
            ),
        ]


class Reader(models.Model):
    """An organisation beside the finders and the hub that may see a vulnerability before it is public."""

    vulnerability = models.ForeignKey(Vulnerability, on_delete=models.CASCADE, related_name="readers")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organisation", "vulnerability"], name="vulnerabilities_reader_once"
            ),
        ]
