"""What the exposure room refuses."""

from headstart.errors import Invalid, NotFound


class InventoryInvalid(Invalid):
    """An inventory that can't be read; the subclasses say why."""

    code = "inventory-invalid"

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source} {why}")


class WrongEncoding(InventoryInvalid):
    """The bytes are not UTF-8, which JSON is written in (RFC 8259, section 8.1)."""

    code = "inventory-wrong-encoding"


class NotJson(InventoryInvalid):
    """The bytes are not JSON, or not all of it."""

    code = "inventory-not-json"


class NotAnInventory(InventoryInvalid):
    """JSON, and neither CycloneDX nor SPDX."""

    code = "not-an-inventory"


class UnsupportedFormat(InventoryInvalid):
    """An inventory in a format, or a version of it, that is not read here."""

    code = "inventory-format-unsupported"


class BreaksFormat(InventoryInvalid):
    """A field has a type that the format's standard does not allow."""

    code = "inventory-breaks-format"


class TooLarge(InventoryInvalid):
    """More bytes, components, nesting or text than the bounds allow."""

    code = "inventory-too-large"


class FileUnreadable(InventoryInvalid):
    """The file is absent, or is no plain file."""

    code = "inventory-unreadable"


class AssetsInvalid(Invalid):
    """assets.toml breaks a rule."""

    code = "assets-invalid"

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source} {why}")


class AssetInvalid(Invalid):
    """What is said of an asset can't be."""

    code = "asset-invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the asset can't be taken: {why}")


class AdvisoriesInvalid(Invalid):
    """The advisories can't be read."""

    code = "advisories-invalid"

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source} {why}")


class ReasonMissing(Invalid):
    """A state that only its reason makes believable."""

    code = "reason-missing"

    def __init__(self, state: str) -> None:
        super().__init__(f"say why: the state {state!r} needs a reason")


class StateUnknown(Invalid):
    """A word that is no state of deployment."""

    code = "state-unknown"

    def __init__(self, state: str, known: str) -> None:
        super().__init__(f"{state!r} is no state of deployment; say one of {known}")


class InventoryNotFound(NotFound):
    """Absent, or not this viewer's to see."""

    code = "inventory-not-found"

    def __init__(self, inventory_id: str) -> None:
        super().__init__(f"there is no inventory {inventory_id} here")


class AssetNotFound(NotFound):
    """The operator has handed in no inventory of an asset of that name."""

    code = "asset-not-found"

    def __init__(self, asset: str) -> None:
        super().__init__(f"there is no asset {asset!r} here; hand in its inventory first")
