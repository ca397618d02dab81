"""The people room's tables."""

from functools import partial
from typing import ClassVar

from django.conf import settings
from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.rules import Kind, Viewer

ID_LENGTH = 12  # hexadecimal digits of a token's digest


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


class PublicKey(models.Model):
    """A key that an organisation signs with, or signed with: what it signed with an earlier one still verifies."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="keys")
    key_id = models.CharField(max_length=16, db_index=True, help_text="dsse.key_id: how envelopes name it")
    pem = models.CharField(max_length=200, unique=True, help_text="as `ledger.work.public_pem` writes it")
    since = models.DateTimeField(null=True, help_text="null: from before keys had times")
    until = models.DateTimeField(null=True, help_text="from when on another one took its place")

    class Meta:
        ordering: ClassVar[list[str]] = ["organisation", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(until__isnull=True), name="people_one_key_now"
            ),
        ]

    def __str__(self) -> str:
        return self.key_id


class Member(models.Model):
    """A person's seat in an organisation. One person has one seat; who left keeps the row, and can do nothing."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "mbr"))
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="member")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="members")
    seated_by = models.CharField(
        max_length=32, blank=True, help_text="the person who gave the seat, if one did"
    )
    left_at = models.DateTimeField(null=True, help_text="from when on the seat is empty")

    def __str__(self) -> str:
        return self.user.get_username()

    def as_viewer(self) -> Viewer:
        """Who is looking when this person looks."""
        org = self.organisation
        return Viewer(organisation_id=org.id, kind=Kind(org.kind), name=org.name, member_id=self.id)


class Token(models.Model):
    """A key to the API, an organisation's machine's or one person's; only its digest is kept."""

    digest = models.CharField(primary_key=True, max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens", null=True)
    label = models.CharField(max_length=100)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["made_at", "digest"]

    def __str__(self) -> str:
        return self.label

    @property
    def id(self) -> str:
        """How it is named where it is listed or taken back: the beginning of its digest, which opens nothing."""
        return self.digest[:ID_LENGTH]
