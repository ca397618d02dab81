"""The Merkle tree of RFC 6962 section 2.1 (RFC 9162 keeps it): hashes, proofs, and their checking.

Appending keeps only the peaks of the perfect subtrees (`Frontier`), so that an entry costs O(log n).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

LEAF, NODE = b"\x00", b"\x01"
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf (RFC 6962 2.1)."""
    return hashlib.sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 6962 2.1)."""
    return hashlib.sha256(NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree of `size` leaves: the peaks, largest subtree first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier after one more leaf hash."""
        peaks, node, size = list(self.peaks), leaf, self.size
        while size & 1:
            node = node_hash(peaks.pop(), node)
            size >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """The tree head."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree head over leaf hashes, built from nothing."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The audit path of leaf `index` (RFC 6962 2.1.1).

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return ()
    k = _split(len(leaves))
    if index < k:
        return (*inclusion_proof(index, leaves[:k]), root(leaves[k:]))
    return (*inclusion_proof(index - k, leaves[k:]), root(leaves[:k]))


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The tree head that `path` leads to from `leaf` (RFC 9162 2.1.3.2); None where the path can't fit."""
    if not 0 <= index < size:
        return None
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    return node if sn == 0 else None


def consistency_proof(older: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """That the first `older` leaves are a prefix of `leaves` (RFC 6962 2.1.2).

    Raises:
        IndexError: `older` is not between 1 and the number of leaves.
    """
    if not 0 < older <= len(leaves):
        raise IndexError(f"no tree of {older} inside one of {len(leaves)}")
    return _subproof(older, leaves, whole=True)


def _subproof(older: int, leaves: Sequence[bytes], *, whole: bool) -> tuple[bytes, ...]:
    if older == len(leaves):
        return () if whole else (root(leaves),)
    k = _split(len(leaves))
    if older <= k:
        return (*_subproof(older, leaves[:k], whole=whole), root(leaves[k:]))
    return (*_subproof(older - k, leaves[k:], whole=False), root(leaves[:k]))


def is_consistent(
    older: int, older_root: bytes, newer: int, newer_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` proves that the older tree is a prefix of the newer (RFC 9162 2.1.4.2)."""
    if not 0 < older <= newer:
        return False
    if older == newer:
        return not path and older_root == newer_root
    nodes = list(path) if older & (older - 1) else [older_root, *path]
    if not nodes:
        return False
    fn, sn = older - 1, newer - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(node, first), node_hash(node, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == older_root and second == newer_root
