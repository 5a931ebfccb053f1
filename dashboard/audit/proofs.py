"""Proofs that one entry stands in the log, for people who have neither the log nor Inkpad.

A proof is text in the form of c2sp.org/tlog-proof: the entry, its place, the hashes from there to the root, and the
newest checkpoint. dashboard/audit/check_proof.py checks it anywhere. An opening goes with it where the reader may also
see what stands behind the entry's commitments.
"""

import base64
import json
from collections.abc import Sequence

from dashboard.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf, AuditMention, AuditTile
from dashboard.audit.tree import HASH_SIZE, inclusion_path, node_hash, root_of

TILE_WIDTH = 256
_FIRST_LINE = "c2sp.org/tlog-proof@v1"


class NoProof(Exception):
    """There is no proof to be had, with the sentence that says why."""


class StoredTree:
    """The sealed tree as the database keeps it; reads each row of 256 hashes once."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, int], list[bytes]] = {}

    def subtree(self, start: int, end: int) -> bytes:
        """The root over the sealed leaves [start, end), where `start` is a multiple of the next power of two."""
        level, width = 0, end - start
        if width & (width - 1):
            left = 1 << width.bit_length() - 1
            middle = start + left
            return node_hash(self.subtree(start, middle), self.subtree(middle, end))
        while width >= TILE_WIDTH:
            level, start, width = level + 1, start // TILE_WIDTH, width // TILE_WIDTH
        index, offset = divmod(start, TILE_WIDTH)
        return root_of(self._hashes(level, index)[offset : offset + width])

    def _hashes(self, level: int, index: int) -> list[bytes]:
        row = self._rows.get((level, index))
        if row is None:
            row = self._rows[level, index] = read_row(level, index)
        return row


def proof_of(entry_number: int) -> str:
    """The proof that this entry stands in the log, under the newest checkpoint. NoProof when it is not sealed yet."""
    entry = AuditEntry.objects.filter(pk=entry_number).first()
    if entry is None:
        raise NoProof(f"There is no entry {entry_number}.")
    position = AuditLeaf.objects.filter(entry=entry).values_list("position", flat=True).first()
    checkpoint = AuditCheckpoint.objects.order_by("-pk").first()
    if position is None or checkpoint is None or checkpoint.size <= position:
        raise NoProof(f"Entry {entry_number} is not sealed yet. Try again in a moment.")
    path = inclusion_path(position, checkpoint.size, StoredTree().subtree)
    lines = [
        _FIRST_LINE,
        f"extra {_base64(bytes(entry.body))}",
        f"index {position}",
        *(_base64(each) for each in path),
        "",
        checkpoint.note,
    ]
    return "\n".join(lines)


def opening_of(entry_number: int, roles: Sequence[str]) -> str:
    """Salt and value of these personal values of an entry, as JSON: with them others can check the commitments.

    NoProof when the entry has no such value, or when it was erased.
    """
    mentions = AuditMention.objects.filter(entry=entry_number).select_related("subject")
    subjects = {mention.role: mention.subject for mention in mentions}
    opening = {}
    for role in roles:
        subject = subjects.get(role)
        if subject is None:
            known = ", ".join(sorted(subjects)) or "none"
            raise NoProof(f"Entry {entry_number} has no personal value of this name. It has: {known}.")
        if subject.salt is None or subject.value is None:
            raise NoProof(f"The value “{role}” was erased. Its commitment stays, but nothing can open it any more.")
        opening[role] = {"salt": bytes(subject.salt).hex(), "value": _base64(bytes(subject.value))}
    return json.dumps(opening, indent=2, sort_keys=True) + "\n"


def read_row(level: int, index: int) -> list[bytes]:
    """The hashes of one tile, or of the unfinished one at the right edge."""
    tile = AuditTile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    if tile is not None:
        hashes = bytes(tile)
        return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]
    first, end = index * TILE_WIDTH, (index + 1) * TILE_WIDTH
    if level == 0:
        leaves = AuditLeaf.objects.filter(position__gte=first, position__lt=end).order_by("position")
        return [bytes(each) for each in leaves.values_list("leaf_hash", flat=True)]
    below = AuditTile.objects.filter(level=level - 1, index__gte=first, index__lt=end).order_by("index")
    return [bytes(each) for each in below.values_list("root", flat=True)]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
