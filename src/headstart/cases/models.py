"""The cases room's tables."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.cases.rules import Consent, EmbargoState, Role
from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation
from headstart.vulnerabilities.models import Vulnerability


def _choices(states: type[Consent] | type[EmbargoState] | type[Role]) -> list[tuple[str, str]]:
    return [(each.value, each.value) for each in states]


class Case(models.Model):
    """The coordination of one vulnerability."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "cas"))
    vulnerability = models.OneToOneField(Vulnerability, on_delete=models.PROTECT, related_name="case")
    opened_at = models.DateTimeField()
    embargo = models.CharField(max_length=16, default=EmbargoState.NONE, choices=_choices(EmbargoState))
    embargo_until = models.DateTimeField(null=True)
    automatable = models.CharField(max_length=8, default="unknown", help_text="SSVC: yes, no or unknown")
    impact = models.CharField(max_length=8, default="unknown", help_text="SSVC: partial, total or unknown")

    class Meta:
        ordering: ClassVar[list[str]] = ["opened_at", "id"]

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:case:{self.id}"


class Party(models.Model):
    """An organisation in a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=16, choices=_choices(Role))
    consent = models.CharField(max_length=16, default=Consent.INVITED, choices=_choices(Consent))
    joined_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["joined_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "organisation"], name="cases_party_once"),
        ]


class Proposal(models.Model):
    """An end that a party proposed for the embargo."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="proposals")
    proposer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()
    at = models.DateTimeField()


class Message(models.Model):
    """What one party wrote to the others."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="messages")
    sender = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=320)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]


class Fix(models.Model):
    """A release or a patch that a party says mends it; `check` says what running it showed."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="fixes")
    offered_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    release = models.CharField(max_length=400, blank=True, help_text="a purl with its version")
    patch = models.TextField(blank=True, help_text="a unified diff")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
