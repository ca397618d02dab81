"""The ledger's reads: entries that a reader may see, proofs, and whether it all still verifies."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import Q, QuerySet

from headstart.ledger.errors import EntryNotFound, LedgerBroken, NotCheckpointed
from headstart.ledger.models import Edge, Entry, SignedCheckpoint
from headstart.ledger.rules import bundles, notes, tree
from headstart.ledger.rules.bundles import Bundle
from headstart.ledger.rules.entries import PUBLIC, Body, Reader, as_written, leaf


def entries(reader: Reader) -> QuerySet[Entry]:
    """The entries whose body this reader may see, oldest first."""
    if reader.is_hub:
        return Entry.objects.all()
    readers = Q(audience__reader=PUBLIC) | Q(audience__reader=reader.organisation_id)
    return Entry.objects.filter(readers).distinct()


def about(reader: Reader, subject: str) -> QuerySet[Entry]:
    """The entries about one thing (its URN) whose body this reader may see, oldest first."""
    return entries(reader).filter(subject=subject)


def entry(reader: Reader, index: int) -> Entry:
    """One entry.

    Raises:
        EntryNotFound: absent, or not this reader's to see: the two look alike.
    """
    found = entries(reader).prefetch_related("audience").filter(index=index).first()
    if found is None:
        raise EntryNotFound(index)
    return found


def size() -> int:
    """How many entries there are, whoever may read them: public, for it is in every checkpoint."""
    return Entry.objects.count()


def since(index: int, limit: int = 500) -> list[Entry]:
    """Entries from `index` on, for the house's own pipeline (worker/flow.py), not for people."""
    return list(Entry.objects.filter(index__gte=index)[:limit])


def leaves() -> list[bytes]:
    """Every leaf hash in order: public, for they tell nothing."""
    return [bytes(each) for each in Entry.objects.values_list("leaf", flat=True).order_by("index")]


def last_checkpoint() -> SignedCheckpoint | None:
    """The newest signed checkpoint."""
    return SignedCheckpoint.objects.order_by("-size").first()


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    """The audit path of an entry in the tree of `size` leaves.

    Raises:
        EntryNotFound: there is no such entry in a tree of that size.
    """
    try:
        return tree.inclusion_proof(index, leaves()[:size])
    except IndexError as error:
        raise EntryNotFound(index) from error


def bundle(reader: Reader, index: int) -> Bundle:
    """An entry with all that proves it is in the log under the newest checkpoint, to hand to anyone.

    Raises:
        EntryNotFound: absent, or not this reader's to see: the two look alike.
        NotCheckpointed: no checkpoint covers it yet.
    """
    found = entry(reader, index)
    head = last_checkpoint()
    if head is None or head.size <= index:
        raise NotCheckpointed(index)
    path = inclusion(index, head.size)
    return bundles.bundle(
        _body(found), bytes(found.salt), index=index, size=head.size, path=path, note=head.note
    )


def verify(key: Ed25519PublicKey) -> int:
    """Work every leaf out again from its entry and hold the log against each signed checkpoint.

    Returns the number of entries that were checked.

    Raises:
        LedgerBroken: an entry was changed or lost, or a checkpoint was not signed by `key`.
    """
    heads = {each.size: _signed(each, key) for each in SignedCheckpoint.objects.all()}
    frontier = tree.Frontier()
    for entry, hashed in _recomputed():
        if hashed != bytes(entry.leaf):
            raise LedgerBroken(f"entry {entry.index} is not what was written")
        if entry.index != frontier.size:
            raise LedgerBroken(f"entry {frontier.size} is missing")
        frontier = frontier.append(hashed)
        head = heads.pop(frontier.size, None)
        if head is not None and head.root != frontier.root():
            raise LedgerBroken(f"the checkpoint at {head.size} names another root")
    heads.pop(0, None)
    if heads:
        raise LedgerBroken(
            f"a checkpoint was signed at {max(heads)}, and only {frontier.size} entries are here"
        )
    edge = Edge.objects.first()
    if edge and (edge.size, bytes(edge.peaks)) != (frontier.size, b"".join(frontier.peaks)):
        raise LedgerBroken(f"{edge.size} entries were written, and the {frontier.size} here are not those")
    return frontier.size


def _recomputed() -> Iterator[tuple[Entry, bytes]]:
    for entry in Entry.objects.order_by("index").iterator(chunk_size=2000):
        yield entry, leaf(_body(entry), bytes(entry.salt))


def _body(entry: Entry) -> Body:
    details = as_written(entry.details)
    return Body(at=entry.at, actor=entry.actor, kind=entry.kind, subject=entry.subject, details=details)


def _signed(checkpoint: SignedCheckpoint, key: Ed25519PublicKey) -> notes.Checkpoint:
    head = notes.read(checkpoint.note, key)
    if head is None or head.size != checkpoint.size:
        raise LedgerBroken(f"the checkpoint at {checkpoint.size} was not signed by this hub's key")
    return head
