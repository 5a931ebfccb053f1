"""Verifies the tree itself: no position left out, every tile right, and the root at every size that was ever signed."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import connections
from django.db.models import Max

from dashboard.audit.findings import Findings
from dashboard.audit.models import AuditLeaf, AuditTile
from dashboard.audit.proofs import TILE_WIDTH
from dashboard.audit.tree import Frontier, root_of

_TILES_AT_ONCE = 32
_NO_LEAF = bytes(32)
"""Stands for a leaf that is missing; no hash of anything known."""
_LEAVES = """
    SELECT position, leaf_hash FROM audit_auditleaf WHERE position >= %s AND position < %s ORDER BY position
"""


@dataclass
class SealedTree:
    """The tree of the leaves as they are stored: its size, its root at the sizes asked for, and what is wrong."""

    size: int
    roots: dict[int, bytes] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)


def verify_tree(using: str, size: int, wanted: Collection[int]) -> SealedTree:
    """Reads the first `size` leaves in order and gives the roots of the trees of the `wanted` sizes."""
    reader = _Reader(using, SealedTree(size), frozenset(wanted))
    reader.read()
    return reader.tree


class _Reader:
    def __init__(self, using: str, tree: SealedTree, wanted: frozenset[int]) -> None:
        self.tree = tree
        self._using = using
        self._wanted = wanted
        # For each level the roots of the tiles below that do not fill a tile of this level yet.
        self._upper: list[list[bytes]] = []

    def read(self) -> None:
        frontier = Frontier()
        self._note_root(frontier)
        step = TILE_WIDTH * _TILES_AT_ONCE
        for start in range(0, self.tree.size, step):
            hashes = self._leaves(start, min(start + step, self.tree.size))
            for each in hashes:
                frontier.add(each)
                self._note_root(frontier)
            self._check_tiles(start // TILE_WIDTH, hashes)
        self._check_no_more_tiles()

    def _note_root(self, frontier: Frontier) -> None:
        if frontier.size in self._wanted:
            self.tree.roots[frontier.size] = frontier.root()

    def _leaves(self, start: int, end: int) -> list[bytes]:
        """The leaf hashes at these positions; a gap is found and filled."""
        with connections[self._using].cursor() as cursor:
            cursor.execute(_LEAVES, [start, end])
            rows = cursor.fetchall()
        if len(rows) == end - start:
            return [bytes(each) for _, each in rows]
        stored = {position: bytes(each) for position, each in rows}
        for position in range(start, end):
            if position not in stored:
                self.tree.findings.add(f"Position {position} of the tree is empty: its leaf is gone.", position)
        return [stored.get(position, _NO_LEAF) for position in range(start, end)]

    def _check_tiles(self, index: int, hashes: list[bytes]) -> None:
        """Compares the full tiles over these leaves, the first of which begins tile `index`."""
        full = len(hashes) // TILE_WIDTH
        stored = self._tiles(0, index, index + full)
        for number in range(full):
            row = hashes[number * TILE_WIDTH : (number + 1) * TILE_WIDTH]
            self._check_tile(0, index + number, row, stored.get(index + number))

    def _check_tile(self, level: int, index: int, hashes: list[bytes], stored: tuple[bytes, bytes] | None) -> None:
        root = root_of(hashes)
        at = index * TILE_WIDTH ** (level + 1)
        if stored is None:
            self.tree.findings.add(f"Tile {index} of level {level} is missing.", at)
        elif stored != (b"".join(hashes), root):
            self.tree.findings.add(f"Tile {index} of level {level} holds other hashes than the leaves under it.", at)
        if len(self._upper) == level:
            self._upper.append([])
        above = self._upper[level]
        above.append(root)
        if len(above) == TILE_WIDTH:
            parent = index // TILE_WIDTH
            self._upper[level] = []
            self._check_tile(level + 1, parent, above, self._tiles(level + 1, parent, parent + 1).get(parent))

    def _tiles(self, level: int, start: int, end: int) -> dict[int, tuple[bytes, bytes]]:
        if start == end:
            return {}
        tiles = AuditTile.objects.using(self._using).filter(level=level, index__gte=start, index__lt=end)
        stored = tiles.values_list("index", "hashes", "root")
        return {index: (bytes(hashes), bytes(root)) for index, hashes, root in stored}

    def _check_no_more_tiles(self) -> None:
        # The sealer may be at work: the size is read after the tiles, so it is never the smaller one for that.
        tiles = AuditTile.objects.using(self._using).values_list("level")
        last = list(tiles.annotate(last=Max("index")).order_by("level"))
        leaves = AuditLeaf.objects.using(self._using).aggregate(last=Max("position"))
        size = 0 if leaves["last"] is None else leaves["last"] + 1
        for level, index in last:
            if (index + 1) * TILE_WIDTH ** (level + 1) > size:
                self.tree.findings.add(f"Tile {index} of level {level} lies beyond the end of the tree.")
