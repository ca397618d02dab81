"""The priority room's table: what each operator is to do, worked out again whenever something new is known."""

from functools import partial
from typing import ClassVar

from django.db import models

from headstart.ledger.rules.ids import new_id
from headstart.people.models import Organisation
from headstart.vulnerabilities.models import Vulnerability


class Task(models.Model):
    """One thing to do: a vulnerability on an asset of an operator."""

    id = models.CharField(primary_key=True, max_length=32, default=partial(new_id, "tsk"))
    operator = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tasks")
    vulnerability = models.ForeignKey(Vulnerability, on_delete=models.CASCADE, related_name="tasks")
    asset = models.CharField(max_length=200)
    inputs = models.JSONField(help_text="exposed, in_kev, automatable, impact: each a value or unknown; epss")
    decision = models.JSONField(help_text="the rows of the table that are possible, the most urgent first")
    due_earliest = models.DateTimeField(null=True, help_text="null: at the asset's next upgrade")
    due_latest = models.DateTimeField(null=True, help_text="null: at the asset's next upgrade")
    what = models.TextField()
    by_when = models.TextField()
    why = models.TextField()
    position = models.PositiveIntegerField(default=0, help_text="in the operator's list, from 1")
    made_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="the days run from here; null: it may not know yet")

    class Meta:
        ordering: ClassVar[list[str]] = ["operator", "position", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["operator", "vulnerability", "asset"], name="priority_task_once"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.by_when}"

    @property
    def sentence(self) -> str:
        """What, by when and why, to be read aloud."""
        return f"{self.what} {self.by_when}, {self.why}"
