"""The scans room's table: claims."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation
from headstart.scans.rules.claims import Held, State, state_at


class Claim(models.Model):
    """An organisation's word that it is looking at a package, until a moment."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "clm"))
    package = models.CharField(max_length=400, db_index=True, help_text="a purl without its version")
    claimant = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="claims")
    since = models.DateTimeField()
    until = models.DateTimeField()
    shared = models.BooleanField(
        default=False, help_text="others may look at the same time, if they share too"
    )
    state = models.CharField(
        max_length=16, default=State.ACTIVE, choices=[(each.value, each.value) for each in State]
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-since"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["package"],
                condition=models.Q(state="active", shared=False),
                name="scans_one_exclusive_claim",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} until {self.until:%Y-%m-%d}"

    @property
    def urn(self) -> str:
        """How the ledger names it."""
        return f"urn:headstart:claim:{self.id}"

    def state_at(self, now: datetime) -> State:
        """The state at a moment, which time alone may have changed."""
        return state_at(State(self.state), self.until, now)

    def held(self) -> Held:
        """The claim, as far as deconfliction needs to know."""
        return Held(claimant=self.claimant_id, until=self.until, shared=self.shared, state=State(self.state))
