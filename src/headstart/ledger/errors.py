"""What the ledger refuses."""

from headstart.errors import Conflict, Invalid, NotFound


class EntryNotFound(NotFound):
    """No such entry."""

    code = "entry-not-found"

    def __init__(self, index: int) -> None:
        super().__init__(f"the ledger has no entry {index}")


class KeyUnreadable(Invalid):
    """A key file is not an Ed25519 key."""

    code = "key-unreadable"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is not an Ed25519 key in PEM form; name another, or move it away for a fresh one"
        )


class LedgerBroken(Conflict):
    """The records and the last signed checkpoint disagree: something was changed or lost."""

    code = "ledger-broken"

    def __init__(self, why: str) -> None:
        super().__init__(f"the ledger does not verify: {why}; restore a backup that does before going on")
