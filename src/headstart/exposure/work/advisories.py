"""Advisories from plain files: OSV records and CSAF documents, one or many to a file, a folder or an archive."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from headstart.errors import Invalid
from headstart.exposure.errors import AdvisoriesInvalid, InventoryInvalid
from headstart.exposure.rules import csaf, osv
from headstart.exposure.rules.hits import Interest
from headstart.exposure.work.files import read_bytes
from headstart.packages.errors import ArchiveUnsafe
from headstart.packages.work import zip_of

FILE_BYTES = 256 << 20
UNPACKED_BYTES = 2 << 30
DIRECTORY_BYTES = 128 << 20
RECORDS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A record that says nothing that can be matched."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisories:
    """What a folder, file or archive of advisories says."""

    interests: tuple[Interest, ...]
    records: int
    skipped: tuple[Skipped, ...]


def read_advisories(path: Path) -> Advisories:
    """Read every OSV record and CSAF document at `path`.

    A folder is read to its depths (`*.json`, `*.jsonl`, `*.zst`, `*.zip`); a file may hold one record, a list of them,
    or one a line, and may be compressed with Zstandard.

    Raises:
        AdvisoriesInvalid: nothing is there, a bound is passed, or a file is not JSON.
    """
    interests: list[Interest] = []
    skipped: list[Skipped] = []
    records = 0
    for record in _records(path):
        records += 1
        if records > RECORDS:
            raise AdvisoriesInvalid(str(path), f"holds more than {RECORDS:,} records")
        found, why = _interests(record)
        interests += found
        if why:
            skipped.append(Skipped(id=_id(record)[:200], why=why))
    if not records:
        raise AdvisoriesInvalid(str(path), "holds no advisories: OSV or CSAF records in JSON")
    return Advisories(interests=tuple(interests), records=records, skipped=tuple(skipped))


def _interests(record: Any) -> tuple[list[Interest], str]:
    """What a record asks about, and why it asks about less than it names; empty: it was read whole."""
    if not isinstance(record, dict):
        return [], "is no JSON object"
    try:
        return csaf.interests(record) if "document" in record else osv.interests(record)
    except (Invalid, AttributeError, KeyError, TypeError, ValueError) as error:
        return [], f"can't be read: {error}"


def _id(record: Any) -> str:
    if not isinstance(record, dict):
        return "?"
    return str(record.get("id") or csaf.tracking_id(record) or "?")


def _records(path: Path) -> Iterator[Any]:
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if (
                each.is_file()
                and not each.is_symlink()
                and each.suffix in {".json", ".jsonl", ".zst", ".zip"}
            ):
                yield from _in_file(each)
    else:
        yield from _in_file(path)


def _in_file(path: Path) -> Iterator[Any]:
    try:
        data = read_bytes(path, FILE_BYTES)
    except InventoryInvalid as error:
        raise AdvisoriesInvalid("the advisories:", str(error)) from error
    if data.startswith(b"PK\x03\x04"):
        yield from _in_zip(data, path)
        return
    if path.suffix == ".zst":
        data = _unpack(data, path)
    yield from _in_bytes(data, path.name.removesuffix(".zst"), path)


def _in_zip(data: bytes, path: Path) -> Iterator[Any]:
    left = UNPACKED_BYTES
    try:
        with zip_of(io.BytesIO(data), path.name, DIRECTORY_BYTES) as archive:
            for entry in archive.infolist():
                left -= entry.file_size  # zipfile reads no more than an entry states
                if left < 0:
                    raise AdvisoriesInvalid(str(path), f"unpacks to more than {UNPACKED_BYTES >> 30} GiB")
                if entry.filename.endswith((".json", ".jsonl")):
                    yield from _in_bytes(archive.read(entry), entry.filename, path)
    except ArchiveUnsafe as error:
        raise AdvisoriesInvalid(str(path), f"is no ZIP archive that can be read: {error}") from error


def _unpack(data: bytes, path: Path) -> bytes:
    import zstandard

    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(data) as reader:
            unpacked = reader.read(UNPACKED_BYTES + 1)
    except zstandard.ZstdError as error:
        raise AdvisoriesInvalid(str(path), f"is no Zstandard file: {error}") from error
    if len(unpacked) > UNPACKED_BYTES:
        raise AdvisoriesInvalid(str(path), f"unpacks to more than {UNPACKED_BYTES >> 30} GiB")
    return unpacked


def _in_bytes(data: bytes, name: str, path: Path) -> Iterator[Any]:
    try:
        if name.endswith(".jsonl"):
            yield from _lines(data)
            return
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AdvisoriesInvalid(str(path), f"is not JSON ({name}): {error}") from error
    if isinstance(found, list):
        yield from found
    else:
        yield found


def _lines(data: bytes) -> Iterator[Any]:
    decoder = msgspec.json.Decoder()
    for line in data.splitlines():
        if line.strip():
            yield decoder.decode(line)
