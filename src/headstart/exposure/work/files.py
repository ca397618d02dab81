"""Inventories and assets.toml from files, within bounds."""

import os
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from headstart.exposure.errors import AssetsInvalid, FileUnreadable, TooLarge
from headstart.exposure.rules.components import Cast
from headstart.exposure.rules.documents import DOCUMENT_BYTES, Inventory, parse
from headstart.exposure.rules.states import Exposed

ASSETS_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Something that an operator runs, with the document that says what is in it."""

    name: str
    path: Path
    """Its inventory."""
    exposed: Exposed
    service: str
    """What people use it for; empty: not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """What assets.toml says: the assets in its order."""

    operator: str
    time_zone: str
    assets: tuple[Asset, ...]

    def __iter__(self) -> Iterator[Asset]:
        return iter(self.assets)


class _AssetEntry(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    inventory: str
    exposed: bool | str | None = None
    service: str = ""


class _AssetsFile(msgspec.Struct, forbid_unknown_fields=True):
    asset: list[_AssetEntry]
    operator: str = ""
    time_zone: str = "UTC"


def read(path: Path, *, cast: Cast | None = None) -> Inventory:
    """Read an inventory of at most 64 MiB; `cast` may be shared by many readings.

    Raises:
        InventoryInvalid: one of its subclasses: absent, no plain file, too large, or not what it should be.
    """
    return parse(read_bytes(path, DOCUMENT_BYTES), name=str(path), cast=cast)


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a plain file of at most `limit` bytes; a pipe or device is never waited for.

    Raises:
        FileUnreadable: absent, not ours to read, or no plain file.
        TooLarge: more bytes than that.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise FileUnreadable(str(path), "is no plain file")
            if about.st_size > limit:
                raise TooLarge(str(path), f"is larger than {limit >> 20} MiB")
            data = file.read(limit + 1)
    except OSError as error:
        raise FileUnreadable(str(path), f"can't be read: {error.strerror}") from error
    if len(data) > limit:  # it grew while it was read
        raise TooLarge(str(path), f"is larger than {limit >> 20} MiB")
    return data


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def read_assets(path: Path) -> Assets:
    """Read assets.toml: one `[[asset]]` for each thing that an operator runs.

    `exposed` is true, false, "yes", "no" or "unknown"; where it is absent it is unknown. The inventories' paths are
    taken from the file's folder, and stay in it.

    Raises:
        AssetsInvalid: not TOML, a field is missing, wrong or unknown, or two assets share a name.
        FileUnreadable, TooLarge: as in `read_bytes`.
    """
    try:
        table = tomllib.loads(read_bytes(path, ASSETS_BYTES).decode())
        parsed = msgspec.convert(table, _AssetsFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AssetsInvalid(str(path), f"is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise AssetsInvalid(
            str(path), f"breaks its format: {str(error)[0].lower()}{str(error)[1:]}"
        ) from error
    names = [each.name for each in parsed.asset]
    for name in names:
        if not name.strip() or names.count(name) > 1:
            raise AssetsInvalid(str(path), f"needs a name of its own for each asset; {name!r} is not one")
    if not is_zone(parsed.time_zone):
        raise AssetsInvalid(str(path), f"says time_zone = {parsed.time_zone!r}, which is no zone such as UTC")
    return Assets(
        operator=parsed.operator,
        time_zone=parsed.time_zone,
        assets=tuple(_asset(each, path) for each in parsed.asset),
    )


def _asset(entry: _AssetEntry, path: Path) -> Asset:
    folder = path.parent.resolve()
    inventory = (folder / entry.inventory).resolve()
    if not inventory.is_relative_to(folder):
        raise AssetsInvalid(str(path), f"names {entry.inventory}, which is outside its folder")
    return Asset(
        name=entry.name, path=inventory, exposed=_exposed(entry.exposed, path), service=entry.service
    )


def _exposed(said: bool | str | None, path: Path) -> Exposed:
    if isinstance(said, bool):
        return Exposed.YES if said else Exposed.NO
    if said is None:
        return Exposed.UNKNOWN
    try:
        return Exposed(said)
    except ValueError as error:
        raise AssetsInvalid(str(path), f"says exposed = {said!r}; say yes, no or unknown") from error


def is_zone(name: str) -> bool:
    """Whether this is a time zone of the IANA database, such as America/Chicago."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
