"""What the ledger refuses."""

from headstart.errors import Conflict, Invalid, NotFound


class EntryNotFound(NotFound):
    """No such entry."""

    code = "entry-not-found"

    def __init__(self, index: int) -> None:
        super().__init__(f"the ledger has no entry {index}")


class NotCheckpointed(Conflict):
    """An entry is newer than the newest signed checkpoint."""

    code = "not-checkpointed"

    def __init__(self, index: int) -> None:
        super().__init__(f"no checkpoint covers entry {index} yet; ask again after the next one")


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


class NotReadable(Invalid):
    """A file to verify is absent, is not a plain file, or is too large."""

    code = "not-readable"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} can't be read: {why}")


class NothingToVerify(Invalid):
    """A file was read and is nothing that is signed."""

    code = "nothing-to-verify"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is no receipt, advisory, tier index, checkpoint or inclusion bundle, "
            "and no signature for it lies beside it"
        )
