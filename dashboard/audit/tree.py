"""The Merkle tree of RFC 6962, as arithmetic over hashes: it knows nothing of entries and of databases.

The tree over n leaves is split at the largest power of two below n, again and again. Its root says everything about
the leaves and their order; a path of a few hashes shows that one leaf is in it, or that an older tree is its beginning.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""

Subtree = Callable[[int, int], bytes]
"""(start, end) to the root over the leaves from `start` up to, without, `end`."""

_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf. Leaves and nodes differ in their first byte, so neither can pass for the other."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes (MTH of RFC 6962)."""
    frontier = Frontier()
    for each in hashes:
        frontier.add(each)
    return frontier.root()


def split(size: int) -> int:
    """How many of `size` leaves, at least two, stand in the left half: the largest power of two below it."""
    return 1 << (size - 1).bit_length() - 1


class Frontier:
    """The right edge of a growing tree: enough to add leaves and to know its root, and no more."""

    def __init__(self) -> None:
        self.size = 0
        # The roots of the full subtrees of which the tree consists, largest first: one for each bit of `size`.
        self._edge: list[bytes] = []

    @classmethod
    def of(cls, size: int, hashes: Iterable[bytes]) -> "Frontier":
        """The edge of a tree of `size` leaves, from the roots of its full subtrees, largest first.

        ValueError when there are not as many as a tree of this size has.
        """
        frontier = cls()
        frontier.size = size
        frontier._edge = list(hashes)
        if len(frontier._edge) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} full subtrees at its edge.")
        return frontier

    def add(self, leaf: bytes) -> None:
        """Appends the leaf with this hash."""
        full, size = leaf, self.size
        while size & 1:
            full = node_hash(self._edge.pop(), full)
            size >>= 1
        self._edge.append(full)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._edge:
            return EMPTY_ROOT
        root = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            root = node_hash(left, root)
        return root


def full_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The ranges of the full subtrees that a tree over the leaves [start, end) consists of, largest first."""
    ranges = []
    while start < end:
        width = 1 << (end - start).bit_length() - 1
        ranges.append((start, start + width))
        start += width
    return ranges


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the tree of `size` leaves, lowest first.

    ValueError when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from the leaf hash at `index` to the root of the tree of `size` leaves."""
    if not 0 <= index < size:
        return False
    found, node, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            # A node without a right neighbour is its parent too: climb to where it is a right child.
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The hashes which show that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    Empty when there is nothing to show: from nothing, or between a tree and itself. ValueError when `old` is larger.
    """
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {old} leaves is not the beginning of one of {new}.")
    if old in (0, new):
        return []
    start, end, path = 0, new, []
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    if start:  # otherwise what is left is the old tree itself, whose root the reader has
        path.append(subtree(start, end))
    return path[::-1]


def consistency_holds(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` shows that the tree with `old_root` is the beginning of the one with `new_root`."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if old == new:
        return not path and old_root == new_root
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    hashes = list(path)
    if node == 0:  # a power of two: the old root is the first hash, and is left out of the path
        hashes.insert(0, old_root)
    if not hashes:
        return False
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
