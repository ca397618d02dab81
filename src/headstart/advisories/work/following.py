"""The operator's client: take over what a tier offers, if all of it verifies.

It follows python-tuf's client in spirit: nothing is looked at before its signature, nothing is read past the size
that was signed, and the highest number that was seen is remembered. Not done: rotating the hub's key, and roles
with keys of their own (docs/adr on signing says when).
"""

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from headstart import clock
from headstart.advisories.errors import NotTrusted
from headstart.advisories.rules import index as rules
from headstart.advisories.rules.content import Tier
from headstart.advisories.work.sources import Source, named_tier, opened

TRIES = 3  # a publisher may swap the tier while it is read: begin again with its new index


class Memory(msgspec.Struct, forbid_unknown_fields=True):
    """What is remembered of a tier between visits: kept in `.<tier>.seen.json`."""

    sequence: int = 0
    contents: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One verified document. `kind` is csaf or osv; `changed` says whether it is new here, or newer."""

    name: str
    kind: str
    tracking_id: str
    path: Path
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a tier offers, all of it verified and in `folder`."""

    tier: Tier
    sequence: int
    expires_at: datetime
    folder: Path
    documents: tuple[Taken, ...]
    gone: tuple[str, ...]

    def __len__(self) -> int:
        """How many documents were verified."""
        return len(self.documents)


def fetch_and_verify(
    source: str | Path,
    tier: Tier | str,
    keys: Collection[Ed25519PublicKey],
    into: Path,
    *,
    token: str | None = None,
) -> Fetched:
    """Take over a tier from what a hub publishes, a folder or an address, into `into/<tier>`.

    All or nothing: where one file is not as signed, what was here before stays. `token` goes to an address alone.

    Raises:
        NotTrusted: a wrong signature, an older index than before, an expired one, a file missing, altered or extra.
        SourceUnreachable: the source could not be read.
        TierUnknown: there is no tier of that name.
    """
    tier = named_tier(tier)
    memory_file = into / f".{tier}.seen.json"
    with opened(source, tier, token) as files:
        index, contents = _consistent(files, tier, keys, _memory(memory_file, tier))
    fetched = _keep(contents, index, tier, into)
    seen = Memory(sequence=index.sequence, contents=rules.contents_digest(index))
    _write(memory_file, msgspec.json.encode(seen))
    return fetched


def _consistent(
    files: Source, tier: Tier, keys: Collection[Ed25519PublicKey], memory: Memory
) -> tuple[rules.Index, dict[str, bytes]]:
    """The index and all files as it lists them; read again where the publisher swapped the tier meanwhile."""
    raw = _index_bytes(files, tier)
    for left in reversed(range(TRIES)):
        index = _index(raw, tier, keys, memory)
        contents = _contents(files, index, tier, keys)
        if not isinstance(contents, rules.Refused):
            return index, {rules.INDEX_NAME: raw, **contents}
        before, raw = raw, _index_bytes(files, tier)
        if not left or raw == before:
            raise NotTrusted(str(tier), contents.why)
    raise AssertionError("the loop returns or raises")


def _memory(path: Path, tier: Tier) -> Memory:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise NotTrusted(str(tier), f"{path} can't be read, so a replay would go unnoticed") from error


def _index_bytes(files: Source, tier: Tier) -> bytes:
    raw = files.read(rules.INDEX_NAME, rules.LARGEST_INDEX)
    if raw is None:
        raise NotTrusted(str(tier), f"there is no {rules.INDEX_NAME}")
    return raw


def _index(raw: bytes, tier: Tier, keys: Iterable[Ed25519PublicKey], memory: Memory) -> rules.Index:
    index = rules.read_index(raw, keys)
    if isinstance(index, rules.Refused):
        raise NotTrusted(str(tier), index.why)
    refused = rules.judge(index, tier, now=clock.now(), last=memory.sequence, last_contents=memory.contents)
    if refused:
        raise NotTrusted(str(tier), refused.why)
    return index


def _contents(
    files: Source, index: rules.Index, tier: Tier, keys: Collection[Ed25519PublicKey]
) -> dict[str, bytes] | rules.Refused:
    """Every listed file as it was signed; or the first thing that is wrong."""
    contents: dict[str, bytes] = {}
    for each in index.files:
        content = files.read(each.name, each.bytes)
        if content is None:
            return rules.Refused(f"{each.name} is listed and missing")
        if rules.entry(each.name, content) != each:
            return rules.Refused(f"{each.name} is not what was listed")
        contents[each.name] = content
    extra = (files.listing() or frozenset()) - contents.keys() - {rules.INDEX_NAME}
    if extra:
        return rules.Refused(f"{min(extra)[:80]!r} is there and not listed")
    for name, content in contents.items():
        if not rules.is_envelope(name):
            envelope = contents[rules.envelope_name(name)]
            refused = rules.judge_document(name, content, envelope, tier, keys)
            if refused:
                return refused
    return contents


def _keep(contents: dict[str, bytes], index: rules.Index, tier: Tier, into: Path) -> Fetched:
    folder = into / str(tier)
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    for name, content in contents.items():
        path = folder / name
        changed = not path.is_file() or path.read_bytes() != content
        if changed:
            _write(path, content)
        if name != rules.INDEX_NAME and not rules.is_envelope(name):
            tracking_id, kind = name.removesuffix(".json").rsplit(".", 1)
            taken.append(Taken(name=name, kind=kind, tracking_id=tracking_id, path=path, changed=changed))
    gone = sorted(
        each.name for each in folder.iterdir() if rules.is_name(each.name) and each.name not in contents
    )
    for name in gone:
        (folder / name).unlink()
    return Fetched(
        tier=tier,
        sequence=index.sequence,
        expires_at=index.expires_at,
        folder=folder,
        documents=tuple(taken),
        gone=tuple(gone),
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
