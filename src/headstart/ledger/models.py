"""The ledger's tables: entries, the audience of each, the tree's right edge, and signed checkpoints."""

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """One thing that happened. `index` is its place in the log, from 0, without gaps."""

    index = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    kind = models.CharField(max_length=64, db_index=True)
    subject = models.CharField(max_length=128, db_index=True)
    details = models.JSONField()
    salt = models.BinaryField(max_length=32)
    leaf = models.BinaryField(max_length=32)

    class Meta:
        ordering: ClassVar[list[str]] = ["index"]


class Audience(models.Model):
    """An organisation (or `public`) that may read an entry's body; the hub reads all."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="audience")
    reader = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reader", "entry"], name="ledger_audience_once"),
        ]


class Edge(models.Model):
    """The right edge of the tree: one row, locked by whoever appends."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="ledger_edge_is_one_row"),
        ]


class SignedCheckpoint(models.Model):
    """A checkpoint that was published: once signed, the log can only grow from it."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["size"]
