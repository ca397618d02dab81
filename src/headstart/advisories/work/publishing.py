"""Publishing a tier as plain files, at one stroke.

`<folder>/<tier>` is a link to `<folder>/.<tier>-<number>`: a reader sees the old state or the new one, and a
publisher that dies half way has changed nothing. The state before is kept for readers that are in the middle of it.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headstart import clock
from headstart.advisories.errors import DocumentInvalid, SequenceBehind
from headstart.advisories.rules import index as rules
from headstart.advisories.rules.content import Tier
from headstart.advisories.work.documents import validate

LIFETIME = timedelta(days=14)


def publish(
    folder: Path,
    tier: Tier,
    documents: Mapping[str, bytes],
    key: Ed25519PrivateKey,
    *,
    sequence: int | None = None,
    lifetime: timedelta = LIFETIME,
) -> Path:
    """Make `documents` (name to bytes) what the tier offers from now on: all of it, and nothing else.

    `sequence` is by default one more than what the folder holds; the same number again renews the index.
    Returns the tier's folder: its `index.json` is to be followed until `lifetime` has passed.

    Raises:
        DocumentInvalid: a document breaks its standard, or is not marked for this tier.
        SequenceBehind: the folder holds a higher number already.
    """
    for name, content in documents.items():
        validate(name, msgspec.json.decode(content))
        refused = rules.judge_marking(name, content, tier)
        if refused:
            raise DocumentInvalid(name, refused.why)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / f".{tier}.lock"):
        held = _held(folder / str(tier), key)
        number = held + 1 if sequence is None else sequence
        if number < held:
            raise SequenceBehind(str(tier), held, number)
        return _swap(folder, tier, number, _signed(tier, documents, key, number, lifetime))


def _held(published: Path, key: Ed25519PrivateKey) -> int:
    """The number of what is published now; 0 where nothing is, or nothing that this key signed."""
    try:
        index = rules.read_index((published / rules.INDEX_NAME).read_bytes(), [key.public_key()])
    except FileNotFoundError:
        return 0
    return index.sequence if isinstance(index, rules.Index) else 0


def _signed(
    tier: Tier, documents: Mapping[str, bytes], key: Ed25519PrivateKey, number: int, lifetime: timedelta
) -> dict[str, bytes]:
    """Every file of the tier: documents, their envelopes, the index."""
    found = dict(documents)
    for name, content in documents.items():
        envelope = rules.sign_document(name, content, tier, key)
        found[rules.envelope_name(name)] = msgspec.json.encode(envelope)
    now = clock.now()
    index = rules.Index(
        format=1,
        tier=str(tier),
        sequence=number,
        issued_at=now,
        expires_at=now + lifetime,
        files=tuple(rules.entry(name, found[name]) for name in sorted(found)),
    )
    found[rules.INDEX_NAME] = msgspec.json.encode(rules.sign_index(index, key))
    return found


def _swap(folder: Path, tier: Tier, number: int, files: Mapping[str, bytes]) -> Path:
    published = folder / str(tier)
    before = published.resolve().name
    fresh = folder / f".{tier}-{number}"
    if fresh.name == before:  # the same number again: beside it, for the one in use is not touched
        fresh = folder / f".{tier}-{number}-renewed"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name, content in files.items():
        with (fresh / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    link = folder / f".{tier}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(fresh.name)
    link.replace(published)
    for old in folder.glob(f".{tier}-*"):
        if old.name not in {before, fresh.name}:
            shutil.rmtree(old)
    return published


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
