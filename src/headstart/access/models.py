"""The access room's tables."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.access.rules import Dialect, Ending
from headstart.ledger.rules.ids import new_id
from headstart.people.models import Member, Organisation
from headstart.reviews.models import Review
from headstart.reviews.rules import Safeguards


class Upstream(models.Model):
    """A developer's endpoint; its key is kept sealed (work/vault.py) and leaves the hub in requests to it alone."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "ups"))
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="upstreams")
    name = models.CharField(max_length=100)
    dialect = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Dialect])
    base_url = models.CharField(max_length=500)
    models_text = models.JSONField(help_text="the model names that may be asked for there")
    safeguards = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Safeguards])
    sealed_key = models.BinaryField(max_length=4096)
    price_in = models.DecimalField(
        max_digits=12, decimal_places=6, default=0, help_text="USD per million tokens"
    )
    price_out = models.DecimalField(
        max_digits=12, decimal_places=6, default=0, help_text="USD per million tokens"
    )
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["added_at"]

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:upstream:{self.id}"


class Key(models.Model):
    """One person's key to the gateway; only its digest is kept."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "gky"))
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="its last characters, to tell keys apart")
    upstream = models.ForeignKey(Upstream, on_delete=models.CASCADE, related_name="keys")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    scopes = models.JSONField(help_text="rules.Scope of the reviews room")
    most_tokens = models.BigIntegerField(null=True, help_text="in and out together; null: no limit")
    most_cost = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="USD; null: no limit"
    )
    requests_a_minute = models.PositiveIntegerField(default=60)
    most_streams = models.PositiveIntegerField(default=8, help_text="in flight at the same time")
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="before the window's end, if at all")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=32, blank=True)
    tokens_spent = models.BigIntegerField(default=0, help_text="the sum over its requests that have ended")
    cost_spent = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    tokens_held = models.BigIntegerField(default=0, help_text="held back for its requests under way")
    cost_held = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    under_way = models.PositiveIntegerField(default=0, help_text="how many of its requests have not ended")

    class Meta:
        ordering: ClassVar[list[str]] = ["given_at"]

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:gateway-key:{self.id}"


class Gateway(models.Model):
    """One gateway's process: a mark that grows while it lives, so that another knows whose requests were left."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "gwy"))
    host = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    beats = models.BigIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)


class Request(models.Model):
    """One request through the gateway: written down before it goes out, completed when it has ended."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "grq"))
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="requests")
    at = models.DateTimeField()
    path = models.CharField(max_length=100)
    model = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64, help_text="SHA-256 of the body, as the person sent it")
    request_bytes = models.PositiveIntegerField()
    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="requests", null=True)
    capped_at = models.BigIntegerField(
        null=True, help_text="tokens of the answer, as the request itself said"
    )
    reserved_tokens = models.BigIntegerField(default=0, help_text="held back from the budget while it runs")
    reserved_out = models.BigIntegerField(default=0, help_text="of these, for the answer")
    reserved_cost = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(
        max_length=24, default=Ending.UNDER_WAY, choices=[(each.value, each.value) for each in Ending]
    )
    status = models.PositiveSmallIntegerField(null=True)
    response_digest = models.CharField(max_length=64, blank=True)
    response_bytes = models.BigIntegerField(default=0)
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    estimated = models.BooleanField(
        default=False, help_text="the endpoint did not say; worked out from the bytes"
    )
    bounded = models.BooleanField(
        default=False, help_text="the endpoint said more than the bytes and the request's cap allow"
    )
    cost = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    first_byte_ms = models.FloatField(null=True)
    wall_seconds = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["key", "at"]),
            models.Index(
                fields=["gateway"], condition=models.Q(ended_at__isnull=True), name="access_under_way"
            ),
        ]

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:gateway-request:{self.id}"


class KeptWords(models.Model):
    """The words of a request and its answer, sealed; only where the agreement allows it."""

    request = models.OneToOneField(Request, on_delete=models.CASCADE, related_name="kept")
    sealed = models.BinaryField()
    delete_after = models.DateTimeField()
