"""How far the pipeline is."""

from headstart.ledger import queries as ledger
from headstart.worker.models import Cursor


def behind() -> bool:
    """Whether ledger entries are there that were not handed over yet."""
    cursor = Cursor.objects.filter(id=1).first()
    return bool(ledger.since(cursor.next_index if cursor else 0, 1))
