"""The reviews room's tables."""

from functools import partial
from typing import ClassVar

import msgspec
from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation
from headstart.reviews.rules import Answer, Programme, Stage, Window


class Review(models.Model):
    """One model's pre-release window."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "rev"))
    developer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reviews")
    model_name = models.CharField(max_length=200)
    programme_text = models.JSONField(help_text="the programme's rules as they were when the review began")
    stage = models.CharField(
        max_length=16, default=Stage.ENQUIRED, choices=[(each.value, each.value) for each in Stage]
    )
    asked_at = models.DateTimeField()
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at"]

    def __str__(self) -> str:
        return self.model_name

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:review:{self.id}"

    @property
    def programme(self) -> Programme:
        """The rules that this review was opened under."""
        return msgspec.convert(self.programme_text, Programme)

    @property
    def window(self) -> Window | None:
        """The window, once access was given."""
        if self.opens_at is None or self.closes_at is None:
            return None
        return Window(opens=self.opens_at, closes=self.closes_at)


class Access(models.Model):
    """An organisation that may reach the model while the window is open."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="accesses")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="accesses")
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "organisation"], name="reviews_access_once"),
        ]


class Determination(models.Model):
    """An authority's answer, in an envelope that its key alone can have signed."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="determinations")
    authority = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Answer])
    envelope = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at"]


class Partner(models.Model):
    """A trusted partner: in force once the developer and the authority have both signed."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="partners")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    proposed_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "organisation"], name="reviews_partner_once"),
        ]


class PartnerSignature(models.Model):
    """One of the two signatures that put a partner in force; one organisation can't give both."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="signatures")
    signer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    envelope = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["partner", "signer"], name="reviews_signature_once"),
        ]
