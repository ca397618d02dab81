"""The worker's one table."""

from typing import ClassVar

from django.db import models


class Cursor(models.Model):
    """Up to which ledger entry jobs were handed over: the ledger itself is the outbox."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    next_index = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="worker_cursor_is_one_row"),
        ]
