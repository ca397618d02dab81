"""The Merkle tree against known roots and proofs, and properties of every tree up to a size."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.ledger.rules import tree

# Inputs and roots of the reference tests of google/certificate-transparency (merkletree/merkle_tree_test.cc).
INPUTS = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip
LEAVES = [tree.leaf_hash(each) for each in INPUTS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# The same tests' audit paths: (leaf from 0, size) and its nodes.
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
# And their consistency proofs: (older, newer) sizes.
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def head(leaves: Sequence[bytes]) -> bytes:
    """The definition itself (RFC 6962, 2.1), written without looking at what it tests."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\x01" + head(leaves[:k]) + head(leaves[k:])).digest()


def many(count: int) -> list[bytes]:
    return [tree.leaf_hash(b"%d" % each) for each in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_known_ones(size: int) -> None:
    assert tree.root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("place", "path"), PATHS.items())
def test_the_audit_paths_are_the_known_ones(place: tuple[int, int], path: list[str]) -> None:
    index, size = place
    assert [each.hex() for each in tree.inclusion_proof(index, LEAVES[:size])] == path


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCY.items())
def test_the_consistency_proofs_are_the_known_ones(sizes: tuple[int, int], path: list[str]) -> None:
    older, newer = sizes
    assert [each.hex() for each in tree.consistency_proof(older, LEAVES[:newer])] == path


@given(st.integers(0, 200))
def test_appending_gives_what_the_definition_says(size: int) -> None:
    assert tree.root(many(size)) == head(many(size))


@given(st.data())
def test_every_leaf_is_proved_and_no_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 130))
    index = data.draw(st.integers(0, size - 1))
    leaves = many(size)
    path = tree.inclusion_proof(index, leaves)
    assert tree.root_from_inclusion(leaves[index], index, size, path) == head(leaves)
    other = data.draw(st.integers(0, size + 1))
    if other != index:
        assert tree.root_from_inclusion(leaves[index], other, size, path) != head(leaves)
    assert tree.root_from_inclusion(tree.leaf_hash(b"another"), index, size, path) != head(leaves)


@given(st.data())
def test_a_path_with_a_node_more_less_or_changed_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    index = data.draw(st.integers(0, size - 1))
    leaves = many(size)
    path = list(tree.inclusion_proof(index, leaves))
    place = data.draw(st.integers(0, len(path) - 1))
    changed = [*path[:place], b"\x00" * 32, *path[place + 1 :]]
    for each in (path[:-1], path[1:], [*path, b"\x00" * 32], [b"\x00" * 32, *path], changed):
        assert tree.root_from_inclusion(leaves[index], index, size, each) != head(leaves)


@given(st.data())
def test_growing_is_consistent_and_changing_is_not(data: st.DataObject) -> None:
    newer = data.draw(st.integers(1, 130))
    older = data.draw(st.integers(1, newer))
    leaves = many(newer)
    path = tree.consistency_proof(older, leaves)
    assert tree.is_consistent(older, head(leaves[:older]), newer, head(leaves), path)
    place = data.draw(st.integers(0, older - 1))
    changed = [*leaves[:place], tree.leaf_hash(b"changed"), *leaves[place + 1 :]]
    assert not tree.is_consistent(older, head(leaves[:older]), newer, head(changed), path)
    lying = tree.consistency_proof(older, changed)
    assert not tree.is_consistent(older, head(leaves[:older]), newer, head(changed), lying)


@pytest.mark.parametrize(("older", "newer"), [(0, 1), (2, 1), (-1, 1), (0, 0)])
def test_sizes_that_can_not_be_are_consistent_with_nothing(older: int, newer: int) -> None:
    assert not tree.is_consistent(older, tree.EMPTY_ROOT, newer, tree.EMPTY_ROOT, [])


def test_a_leaf_can_not_pass_for_a_node() -> None:
    left, right = many(2)
    assert tree.leaf_hash(left + right) != tree.node_hash(left, right)


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_a_leaf_that_is_not_there_has_no_path(index: int) -> None:
    with pytest.raises(IndexError):
        tree.inclusion_proof(index, many(3))
    assert tree.root_from_inclusion(many(1)[0], index, 3, []) is None


def test_a_path_that_ends_before_the_root_proves_nothing() -> None:
    leaves = many(2)
    path = tree.inclusion_proof(0, leaves)
    assert tree.root_from_inclusion(leaves[0], 0, 2, path) == head(leaves)
    assert tree.root_from_inclusion(leaves[0], 0, 3, path) is None
    assert tree.root_from_inclusion(leaves[0], 0, 1, path) is None
