"""The reviews room's tables."""

from functools import partial
from typing import ClassVar

import msgspec
from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.models import Member, Organisation
from headstart.reviews.rules import (
    Answer,
    Marking,
    Programme,
    Proposal,
    Scope,
    Stage,
    Terms,
    Tier,
    Tlp,
    Window,
)


class Review(models.Model):
    """One model's pre-release window."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "rev"))
    developer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="reviews")
    model_name = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text="what the developer says of its model")
    planned_release_on = models.DateField(null=True, help_text="what the developer plans; it binds nobody")
    markings_text = models.JSONField(
        default=dict, help_text="field -> Marking, where not the programme's own"
    )
    programme_text = models.JSONField(help_text="the programme's rules as they were when the review began")
    stage = models.CharField(
        max_length=16, default=Stage.ENQUIRED, choices=[(each.value, each.value) for each in Stage]
    )
    asked_at = models.DateTimeField()
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=16, blank=True, help_text="the move that closed it")

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
        return Window(opens=self.opens_at, closes=self.closes_at, zone=self.programme.zone)


class Access(models.Model):
    """An organisation that may reach the model while the window is open."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="accesses")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="accesses")
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="when the developer took it back")

    class Meta:
        ordering: ClassVar[list[str]] = ["given_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "organisation"], name="reviews_access_once"),
        ]


class Agreement(models.Model):
    """One version of what the developer and a counterpart agreed on; in force once both have signed it."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "agr"))
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="agreements")
    counterpart = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    terms_text = models.JSONField()
    previous = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the version before")
    proposed_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["counterpart", "version"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["review", "counterpart", "version"], name="reviews_agreement_version"
            ),
            models.UniqueConstraint(
                fields=["review", "counterpart"],
                condition=models.Q(in_force_at__isnull=False, superseded_at__isnull=True),
                name="reviews_one_agreement_in_force",
            ),
        ]

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:agreement:{self.id}"

    @property
    def terms(self) -> Terms:
        """What was agreed."""
        return msgspec.convert(self.terms_text, Terms)


class AgreementSignature(models.Model):
    """A side's signature under one version; one organisation can't give both."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="signatures")
    signer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    member_id = models.CharField(
        max_length=32, blank=True, help_text="who handed it in, where it was a person"
    )
    key_id = models.CharField(max_length=16)
    envelope = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agreement", "signer"], name="reviews_agreement_signed_once"),
            models.UniqueConstraint(fields=["agreement", "key_id"], name="reviews_agreement_two_keys"),
            models.UniqueConstraint(
                fields=["agreement", "member_id"],
                condition=~models.Q(member_id=""),
                name="reviews_agreement_two_persons",
            ),
        ]


class Document(models.Model):
    """Words that a party put into the review, marked: evidence for the enquiry, a model card, a note."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "doc"))
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="documents")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(
        max_length=16, choices=[(each, each) for each in ("evidence", "model-card", "note")]
    )
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    evaluation_id = models.CharField(max_length=32, blank=True, help_text="a measurement of this instance")
    advisory = models.BooleanField(default=False, help_text="a public benchmark: the model may have seen it")
    digest = models.CharField(max_length=64, help_text="SHA-256 of its text (UTF-8)")
    tlp = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Tlp])
    trade_secret = models.BooleanField(default=False)
    named = models.JSONField(default=list, help_text="organisations and members that it is meant for")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:document:{self.id}"

    @property
    def marking(self) -> Marking:
        """How it is marked."""
        return Marking(tlp=Tlp(self.tlp), trade_secret=self.trade_secret, named=tuple(self.named))


class Export(models.Model):
    """A marked document that leaves the hub: one person asks, another agrees, the copy is watermarked."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "exp"))
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="exports")
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    agreed_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True)
    agreed_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True, help_text="when the copy was first downloaded")
    mark = models.CharField(
        max_length=32, unique=True, help_text="what the copy's watermark says, to trace a leak"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~models.Q(asked_by=models.F("agreed_by")), name="reviews_export_by_two"
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_by__isnull=True, agreed_at__isnull=True)
                | models.Q(agreed_by__isnull=False, agreed_at__isnull=False),
                name="reviews_export_agreed_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_at__isnull=True) | models.Q(agreed_at__isnull=False),
                name="reviews_export_taken_when_agreed",
            ),
        ]


class Declaration(models.Model):
    """What a person of an evaluator says of their interests in the developer or its competitors."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="declarations")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    interests = models.TextField(blank=True, help_text="empty: none")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at"]


class Determination(models.Model):
    """An authority's answer, in an envelope that its key alone can have signed."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="determinations")
    authority = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Answer])
    criteria = models.JSONField(default=list, help_text="name, met (yes, no, unknown), why")
    reasons = models.TextField(blank=True)
    evidence = models.JSONField(default=list, help_text="the SHA-256 of each document that was looked at")
    number = models.PositiveIntegerField(default=1, help_text="which answer to this enquiry, from 1")
    member_id = models.CharField(max_length=32, blank=True)
    key_id = models.CharField(max_length=16, blank=True)
    envelope = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "number"], name="reviews_determination_number"),
        ]


class Partner(models.Model):
    """A trusted partner: in force once the developer and the authority have both signed."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="partners")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    tier = models.CharField(
        max_length=32, default=Tier.OTHER, choices=[(each.value, each.value) for each in Tier]
    )
    scopes = models.JSONField(default=list, help_text="what of the gateway it may use (rules.Scope)")
    proposed_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    proposed_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="before the window's end, if at all")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    revoked_for = models.CharField(max_length=300, blank=True, help_text="why it was revoked")
    replaced_at = models.DateTimeField(
        null=True, help_text="when another was proposed in its place, after its own end"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["proposed_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["review", "organisation"],
                condition=models.Q(revoked_at__isnull=True, replaced_at__isnull=True),
                name="reviews_partner_once",
            ),
        ]

    @property
    def proposal(self) -> Proposal:
        """What was proposed, and what every side signs."""
        return Proposal(
            reason=self.reason,
            tier=Tier(self.tier),
            scopes=tuple(Scope(each) for each in self.scopes),
            expires_at=self.expires_at,
        )


class PartnerSignature(models.Model):
    """One of the two signatures that put a partner in force; one organisation can't give both."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="signatures")
    signer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    member_id = models.CharField(max_length=32, blank=True)
    key_id = models.CharField(max_length=16, blank=True)
    envelope = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["partner", "signer"], name="reviews_signature_once"),
            models.UniqueConstraint(
                fields=["partner", "key_id"], condition=~models.Q(key_id=""), name="reviews_partner_two_keys"
            ),
            models.UniqueConstraint(
                fields=["partner", "member_id"],
                condition=~models.Q(member_id=""),
                name="reviews_partner_two_persons",
            ),
        ]
