"""The operator's client against a hub that is what it should be, and against one that lies."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.advisories.conftest import Write, documents

from headstart import clock
from headstart.advisories import work
from headstart.advisories.errors import (
    DocumentInvalid,
    NotTrusted,
    SequenceBehind,
    SourceUnreachable,
    TierUnknown,
)
from headstart.advisories.rules import index as rules
from headstart.advisories.rules.content import AdvisoryContent, Tier
from headstart.advisories.work import fetch_and_verify, publish, sources

CSAF, OSV = "HS-2026-0001.csaf.json", "HS-2026-0001.osv.json"


@pytest.fixture
def follow(tmp_path: Path, key: Ed25519PrivateKey, published: Path) -> Callable[..., work.Fetched]:
    """Follow the first tier with the hub's key."""
    return partial(fetch_and_verify, published, "first", [key.public_key()], tmp_path / "mine")


def refused(follow: Callable[..., work.Fetched], why: str) -> None:
    with pytest.raises(NotTrusted, match=why) as caught:
        follow()
    assert "\n" not in str(caught.value)


def test_what_verifies_is_taken_over(follow: Callable[..., work.Fetched], write: Write) -> None:
    fetched = follow()
    assert [(each.name, each.kind, each.tracking_id, each.changed) for each in fetched.documents] == [
        (CSAF, "csaf", "HS-2026-0001", True),
        (OSV, "osv", "HS-2026-0001", True),
    ]
    assert fetched.documents[0].path.read_bytes() == documents(write())[CSAF]
    assert [each.changed for each in follow().documents] == [False, False]


def test_an_empty_tier_can_be_followed(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    publish(tmp_path / "published", Tier.EVERYONE, {}, key)
    assert len(fetch_and_verify(tmp_path / "published", "everyone", [key.public_key()], tmp_path)) == 0


def test_there_are_two_tiers(follow: Callable[..., work.Fetched], tmp_path: Path) -> None:
    with pytest.raises(TierUnknown, match=r"no tier '\.\./first'"):
        fetch_and_verify(tmp_path, "../first", [], tmp_path)


def test_a_stranger_is_not_believed(published: Path, stranger: Ed25519PrivateKey, tmp_path: Path) -> None:
    refused(
        partial(fetch_and_verify, published, "first", [stranger.public_key()], tmp_path / "mine"),
        "index was not signed by a key that is trusted",
    )
    assert not (tmp_path / "mine" / "first").exists()


def alter(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("name", [CSAF, OSV, rules.envelope_name(CSAF), rules.envelope_name(OSV)])
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text[:-10], "is not what was listed"),
        (lambda text: text.replace(b"2", b"3", 1), "is not what was listed"),
        (lambda text: text + b" ", "is not what was listed"),
        (lambda _: b"", "is not what was listed"),
    ],
)
def test_an_altered_file_is_noticed(
    follow: Callable[..., work.Fetched], published: Path, name: str, change: Any, why: str
) -> None:
    alter(published / "first" / name, change)
    refused(follow, f"{name} {why}")


@pytest.mark.parametrize("name", [CSAF, OSV, rules.envelope_name(CSAF), rules.INDEX_NAME])
def test_a_missing_file_is_noticed(follow: Callable[..., work.Fetched], published: Path, name: str) -> None:
    (published / "first" / name).unlink()
    refused(follow, "index.json" if name == rules.INDEX_NAME else f"{name} is listed and missing")


def test_an_extra_file_is_noticed(follow: Callable[..., work.Fetched], published: Path) -> None:
    (published / "first" / "HS-2026-0666.csaf.json").write_text("{}")
    refused(follow, "'HS-2026-0666.csaf.json' is there and not listed")


def test_a_refusal_leaves_what_was_here_before(
    follow: Callable[..., work.Fetched], published: Path, tmp_path: Path
) -> None:
    follow()
    before = {each.name: each.read_bytes() for each in (tmp_path / "mine" / "first").iterdir()}
    alter(published / "first" / OSV, lambda text: text + b" ")
    refused(follow, "is not what was listed")
    assert {each.name: each.read_bytes() for each in (tmp_path / "mine" / "first").iterdir()} == before


def test_an_older_index_is_not_followed(
    follow: Callable[..., work.Fetched], published: Path, key: Ed25519PrivateKey, write: Write, tmp_path: Path
) -> None:
    shutil.copytree(published / "first", tmp_path / "before")
    publish(published, Tier.FIRST, documents(write(title="Newer")), key)
    assert follow().sequence == 2
    (published / "first").unlink()
    shutil.copytree(tmp_path / "before", published / "first")
    refused(follow, "number 1, and 2 was seen before: an older one is replayed")


def test_one_number_means_one_thing(
    follow: Callable[..., work.Fetched], published: Path, key: Ed25519PrivateKey, write: Write
) -> None:
    follow()
    publish(published, Tier.FIRST, documents(write(title="Another story")), key, sequence=1)
    refused(follow, "two different indexes carry the number 1")


def test_an_index_is_renewed_under_its_number(
    follow: Callable[..., work.Fetched], published: Path, key: Ed25519PrivateKey, write: Write
) -> None:
    before = follow()
    clock.set_shift(timedelta(days=10))
    publish(published, Tier.FIRST, documents(write()), key, sequence=1)
    assert follow().expires_at - before.expires_at > timedelta(days=9)


def test_an_expired_index_is_not_followed(follow: Callable[..., work.Fetched]) -> None:
    clock.set_shift(timedelta(days=15))
    refused(follow, "its index expired at")


def test_a_forgotten_memory_is_not_an_empty_one(follow: Callable[..., work.Fetched], tmp_path: Path) -> None:
    follow()
    (tmp_path / "mine" / ".first.seen.json").write_text("{")
    refused(follow, "a replay would go unnoticed")


def test_a_tier_can_not_pass_for_another(published: Path, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    shutil.copytree(published / "first", published / "everyone")
    refused(
        partial(fetch_and_verify, published, "everyone", [key.public_key()], tmp_path / "mine"),
        "that of the tier 'first'",
    )


def relist(
    published: Path, where: Tier, key: Ed25519PrivateKey, contents: dict[str, bytes], **changes: Any
) -> None:
    """A hub's own, rightly signed index over any files at all."""
    folder = published / str(where)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    index = rules.Index(
        format=1,
        tier=str(where),
        sequence=9,
        issued_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
        files=tuple(rules.entry(name, contents[name]) for name in sorted(contents)),
    )
    signed = rules.sign_index(msgspec.structs.replace(index, **changes), key)
    (folder / rules.INDEX_NAME).write_bytes(msgspec.json.encode(signed))


def signed_files(contents: dict[str, bytes], tier: Tier, key: Ed25519PrivateKey) -> dict[str, bytes]:
    envelopes = {
        rules.envelope_name(name): msgspec.json.encode(rules.sign_document(name, content, tier, key))
        for name, content in contents.items()
    }
    return contents | envelopes


def test_a_document_of_the_first_tier_can_not_be_listed_for_everyone(
    published: Path, key: Ed25519PrivateKey, write: Write, tmp_path: Path
) -> None:
    follow = partial(fetch_and_verify, published, "everyone", [key.public_key()], tmp_path / "mine")
    relist(published, Tier.EVERYONE, key, signed_files(documents(write()), Tier.FIRST, key))
    refused(follow, "was not signed for the tier everyone")
    relist(published, Tier.EVERYONE, key, signed_files(documents(write()), Tier.EVERYONE, key))
    refused(follow, "is marked for fewer than everyone")


def test_a_document_is_what_its_name_says(
    follow: Callable[..., work.Fetched], published: Path, key: Ed25519PrivateKey, write: Write
) -> None:
    shutil.rmtree((published / "first").resolve())
    (published / "first").unlink()
    contents = {CSAF.replace("0001", "0002"): documents(write())[CSAF]}
    relist(published, Tier.FIRST, key, signed_files(contents, Tier.FIRST, key))
    refused(follow, "HS-2026-0002.csaf.json is the advisory HS-2026-0001 by its own words")


def test_a_signature_is_for_one_name_and_one_content(
    follow: Callable[..., work.Fetched],
    published: Path,
    key: Ed25519PrivateKey,
    stranger: Ed25519PrivateKey,
    write: Write,
) -> None:
    contents = documents(write())
    right = signed_files(contents, Tier.FIRST, key)
    swapped = right | {rules.envelope_name(CSAF): right[rules.envelope_name(OSV)]}
    relist(published, Tier.FIRST, key, swapped)
    refused(follow, f"{CSAF} is not the document that was signed")
    elsewhere = rules.sign_document(CSAF.replace("1", "2"), contents[CSAF], Tier.FIRST, key)
    relist(published, Tier.FIRST, key, right | {rules.envelope_name(CSAF): msgspec.json.encode(elsewhere)})
    refused(follow, f"{CSAF} is not the document that was signed")
    relist(published, Tier.FIRST, key, signed_files(contents, Tier.FIRST, stranger))
    refused(follow, "was not signed by a key that is trusted here")
    relist(published, Tier.FIRST, key, right | {rules.envelope_name(CSAF): b"[]"})
    refused(follow, "is not a DSSE envelope")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": 2}, "has format 2"),
        ({"tier": "everyone"}, "that of the tier 'everyone'"),
        ({"files": (rules.FileEntry("../../.bashrc", "0" * 64, 1),)}, "is no name of an advisory's file"),
        ({"files": (rules.FileEntry("/etc/passwd", "0" * 64, 1),)}, "is no name of an advisory's file"),
        ({"files": (rules.FileEntry("index.json", "0" * 64, 1),)}, "is no name of an advisory's file"),
        ({"files": (rules.FileEntry(CSAF, "0" * 64, 1),)}, "is listed without its signature"),
        ({"files": (rules.FileEntry(CSAF, "0" * 64, 1 << 30),)}, "8388608 are the most"),
        ({"files": (rules.FileEntry(CSAF, "0" * 64, -1),)}, "8388608 are the most"),
        ({"files": (rules.entry(CSAF, b"a"), rules.entry(CSAF, b"b"))}, "lists a file twice"),
    ],
)
def test_a_signed_index_is_held_to_its_bounds(
    follow: Callable[..., work.Fetched], published: Path, key: Ed25519PrivateKey, changes: Any, why: str
) -> None:
    relist(published, Tier.FIRST, key, {}, **changes)
    refused(follow, why)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"payload": 1}'])
def test_an_index_that_is_no_index_is_refused(
    follow: Callable[..., work.Fetched], published: Path, content: bytes
) -> None:
    (published / "first" / rules.INDEX_NAME).write_bytes(content)
    refused(follow, "its index is not a DSSE envelope")


def test_a_file_of_a_gigabyte_is_not_read(follow: Callable[..., work.Fetched], published: Path) -> None:
    for name in (CSAF, rules.INDEX_NAME):
        os.truncate(published / "first" / name, 1 << 30)
        refused(follow, "is not what was listed" if name == CSAF else "larger than")


def test_neither_a_pipe_nor_a_link_is_opened(
    follow: Callable[..., work.Fetched], published: Path, tmp_path: Path
) -> None:
    (published / "first" / CSAF).unlink()
    os.mkfifo(published / "first" / CSAF)
    with pytest.raises(SourceUnreachable, match="not a plain file"):
        follow()
    (published / "first" / CSAF).unlink()
    (published / "first" / CSAF).mkdir()
    with pytest.raises(SourceUnreachable, match="not a plain file"):
        follow()
    (published / "first" / CSAF).rmdir()
    (published / "first" / CSAF).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceUnreachable, match="symbolic link"):
        follow()


def test_a_withdrawn_document_goes(
    follow: Callable[..., work.Fetched], published: Path, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    follow()
    (tmp_path / "mine" / "first" / "notes.txt").write_text("the operator's own")
    publish(published, Tier.FIRST, {}, key)
    assert CSAF in follow().gone
    assert sorted(each.name for each in (tmp_path / "mine" / "first").iterdir()) == [
        "index.json",
        "notes.txt",
    ]


def test_a_publisher_that_swaps_meanwhile_is_read_again(
    follow: Callable[..., work.Fetched],
    published: Path,
    key: Ed25519PrivateKey,
    write: Write,
    monkeypatch: Any,
) -> None:
    read, swapped = sources.Folder.read, []

    def while_reading(self: sources.Folder, name: str, most: int) -> bytes | None:
        if name == CSAF and not swapped:
            swapped.append(publish(published, Tier.FIRST, documents(write(title="Newer")), key))
        return read(self, name, most)

    monkeypatch.setattr(sources.Folder, "read", while_reading)
    assert follow().sequence == 2


def test_a_publisher_with_old_records_is_stopped(
    published: Path, key: Ed25519PrivateKey, write: Write
) -> None:
    publish(published, Tier.FIRST, documents(write()), key)
    with pytest.raises(SequenceBehind, match="at number 2 already, and 1 would take it back"):
        publish(published, Tier.FIRST, documents(write()), key, sequence=1)


def test_what_is_for_the_first_tier_is_not_published_for_everyone(
    published: Path, key: Ed25519PrivateKey, write: Write
) -> None:
    with pytest.raises(DocumentInvalid, match="is marked for fewer than everyone"):
        publish(published, Tier.EVERYONE, documents(write()), key)
    assert not (published / "everyone").exists()


def test_publishing_keeps_what_readers_are_in_the_middle_of(
    published: Path, key: Ed25519PrivateKey, write: Write
) -> None:
    before = (published / "first").resolve()
    publish(published, Tier.FIRST, documents(write(title="Newer")), key)
    assert (before / CSAF).exists()
    publish(published, Tier.FIRST, documents(write(title="Newest")), key)
    assert not before.exists()


def test_every_file_of_everyones_tier_is_for_everyone(
    published: Path, key: Ed25519PrivateKey, for_everyone: AdvisoryContent, tmp_path: Path
) -> None:
    publish(published, Tier.EVERYONE, documents(for_everyone), key)
    fetched = fetch_and_verify(published, Tier.EVERYONE, [key.public_key()], tmp_path / "mine")
    labels = [
        json.loads(each.path.read_bytes())["document"]["distribution"]["tlp"]["label"]
        for each in fetched.documents
        if each.kind == "csaf"
    ]
    assert labels == ["WHITE"]
