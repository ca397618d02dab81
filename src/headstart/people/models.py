"""The people room's tables."""

from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.rules import Kind, Viewer


class Organisation(models.Model):
    """Anyone who takes part: one kind each; a body that is two things is here twice."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "org"))
    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    contact = models.EmailField(blank=True)
    public_key = models.TextField(blank=True, help_text="Ed25519, PEM: signs on the organisation's behalf")

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:organisation:{self.id}"

    def as_viewer(self) -> Viewer:
        """The organisation itself, acting by a machine."""
        return Viewer(organisation_id=self.id, kind=Kind(self.kind), name=self.name)


class Member(models.Model):
    """A person's seat in an organisation."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "mbr"))
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="member")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="members")

    def as_viewer(self) -> Viewer:
        """Who is looking when this person looks."""
        org = self.organisation
        return Viewer(organisation_id=org.id, kind=Kind(org.kind), name=org.name, member_id=self.id)


class Token(models.Model):
    """A machine's key to the API; only its digest is kept."""

    digest = models.CharField(primary_key=True, max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
