"""The exposure room's tables: whose inventories, what is in them, what hits them, what was done about it."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.exposure.rules.components import Component as Value
from headstart.exposure.rules.states import Exposed, State
from headstart.ledger.rules.ids import new_id
from headstart.packages.rules.ranges import Affected
from headstart.people.models import Organisation
from headstart.vulnerabilities.models import Vulnerability


class Component(models.Model):
    """One package in one release, once however many inventories hold it; whose they are is not told here."""

    id = models.CharField(primary_key=True, max_length=32)  # `rules.components.identity`
    package = models.TextField(null=True, help_text="a purl without version; null: the document does not say")
    lookup = models.TextField(db_index=True, help_text="the package, or `?` and the name in lower case")
    ecosystem = models.TextField(null=True)
    name = models.TextField()
    version = models.TextField(null=True)

    def __str__(self) -> str:
        return self.purl or f"{self.name} {self.version or '(version unknown)'}"

    @property
    def purl(self) -> str | None:
        """The purl with its version, where both are known."""
        return self.as_value().purl

    def as_value(self) -> Value:
        """As the rules take it."""
        return Value(name=self.name, version=self.version, package=self.package, ecosystem=self.ecosystem)


class Inventory(models.Model):
    """What one document said that one asset of an operator runs. The newest of an asset counts."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "inv"))
    operator = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="inventories")
    asset = models.CharField(max_length=200)
    service = models.TextField(blank=True, help_text="what people use it for")
    exposed = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Exposed])
    time_zone = models.CharField(max_length=64, default="UTC", help_text="the operator's calendar")
    format = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    component_count = models.PositiveIntegerField()
    components = models.ManyToManyField(Component, related_name="inventories")
    received_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["operator", "asset", "-received_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["operator", "asset"],
                condition=models.Q(superseded_at__isnull=True),
                name="exposure_one_current_inventory_of_an_asset",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} ({self.format})"

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:inventory:{self.id}"


class Hit(models.Model):
    """An asset holds a component that a vulnerability affects, or may affect."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "hit"))
    vulnerability = models.ForeignKey(Vulnerability, on_delete=models.CASCADE, related_name="hits")
    inventory = models.ForeignKey(Inventory, on_delete=models.CASCADE, related_name="hits")
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="+")
    affected = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Affected])
    fixed = models.TextField(blank=True, help_text="the release to update to; empty: none is known")
    found_at = models.DateTimeField()
    cleared_at = models.DateTimeField(
        null=True, help_text="what is affected was corrected: this is not, any more"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["found_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["vulnerability", "inventory", "component"], name="exposure_hit_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} on {self.inventory.asset}"


class Deployment(models.Model):
    """What an operator said, at one moment, that it had done; the newest for an asset counts, all are kept."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "dep"))
    operator = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="deployments")
    vulnerability = models.ForeignKey(Vulnerability, on_delete=models.CASCADE, related_name="deployments")
    asset = models.CharField(max_length=200, blank=True, help_text="empty: every asset of the operator")
    state = models.CharField(max_length=16, choices=[(each.value, each.value) for each in State])
    reason = models.TextField(blank=True)
    reported_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["reported_at", "id"]

    def __str__(self) -> str:
        return f"{self.asset or 'everything'}: {self.state}"
