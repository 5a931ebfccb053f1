"""The sealer: gives new entries their place in the Merkle tree and signs what the tree says then.

Writers never touch the tree, so they wait for nobody. One sealer at a time appends what has been committed since, in
one transaction with the tiles that became full and a signed checkpoint; after the commit the checkpoint goes to the
file outside the database. A sealer that is killed leaves whole checkpoints or none, and whoever comes next adds the
lines that the file lacks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from dashboard.audit import checkpoint_file, keys
from dashboard.audit.checkpoint_file import CheckpointFileError
from dashboard.audit.models import AuditCheckpoint, AuditDuty, AuditLeaf, AuditTile, AuditWaiting
from dashboard.audit.notes import Checkpoint, NoteError, Signer, sign
from dashboard.audit.proofs import TILE_WIDTH, StoredTree, read_row
from dashboard.audit.tree import Frontier, full_subtrees, leaf_hash, root_of
from dashboard.audit.verifying_checkpoints import declared_gaps, read_notes

AT_ONCE = 4_096
"""So many entries get their place in one transaction; what is left over follows at once in the next."""
_LEASE = timedelta(seconds=20)
# Any number that nobody else in this database uses: the letters "inkpad" in ASCII.
_LOCK = 0x696E6B706164
_DELETED_AT_ONCE = 500


class CannotSeal(Exception):
    """Nothing may be sealed now; the sentence says what is wrong and what to do. What was written goes on waiting."""


@dataclass(frozen=True)
class Sealed:
    """What a run of the sealer did: how many entries got their place, and how large the tree is now."""

    added: int
    size: int


def seal(*, now: datetime) -> Sealed | None:
    """Seals everything that waits; None when somebody else is at it. CannotSeal when nothing may be sealed.

    Runs outside any transaction, because what was sealed is published after it is committed.
    """
    signer, path = _signer(), _file()
    if not AuditWaiting.objects.exists() and not _unpublished(path):
        return Sealed(0, size())
    with _alone(now) as is_ours:
        if not is_ours:
            return None
        _publish(path)
        added = 0
        while (count := _seal_some(signer, now)) > 0:
            added += count
            _publish(path)
            if count < AT_ONCE:
                break
        return Sealed(added, size())


def begin_anew(declare: Callable[[], None], *, now: datetime) -> int:
    """Seals what `declare` writes, the statement of a restore, under the name that it declares, and all that waits.

    Returns how large the tree is then. CannotSeal when somebody else seals at this moment, or when there is no key.
    """
    signer, path = _signer(), _file()
    with _alone(now) as is_ours:
        if not is_ours:
            raise CannotSeal("The log is being sealed at this moment. Stop the workers first.")
        with transaction.atomic():
            declare()
            while _seal_some(signer, now):
                pass
        _publish(path)
        return size()


def current_origin() -> str | None:
    """Under which name the log goes on: that of the newest restore or checkpoint; None before the first."""
    if gaps := declared_gaps(connection.alias):
        return gaps[-1].new_origin
    return AuditCheckpoint.objects.order_by("-pk").values_list("origin", flat=True).first()


def size() -> int:
    """How many entries have their place."""
    last = AuditLeaf.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


@contextmanager
def _alone(now: datetime) -> Iterator[bool]:
    """Whether this is the only sealer until the block ends.

    PostgreSQL's advisory lock is gone with its connection, however that ends; SQLite has a lease, which runs out.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            (is_ours,) = cursor.fetchone()
            try:
                yield is_ours
            finally:
                if is_ours:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        return
    duty = AuditDuty.objects.get(name=AuditDuty.Name.SEAL)
    row = AuditDuty.objects.claim(duty.pk, now=now, lease=_LEASE)
    try:
        yield row is not None
    finally:
        if row is not None:
            AuditDuty.objects.filter(pk=row.pk, lease_token=row.lease_token).update(lease_token="", lease_until=None)


def _signer() -> Signer:
    try:
        signer = keys.signer()
    except NoteError as problem:
        raise CannotSeal(f"AUDIT_SIGNING_KEY cannot be used: {problem}") from None
    if signer is None:
        raise CannotSeal("AUDIT_SIGNING_KEY is missing where the log is sealed. Make one with: manage.py audit_key")
    return signer


def _file() -> Path | None:
    return Path(settings.AUDIT_CHECKPOINT_FILE) if settings.AUDIT_CHECKPOINT_FILE else None


def _publish(path: Path | None) -> None:
    """Appends to the file what it lacks. CannotSeal when it cannot be written, or knows of more than the database."""
    if path is not None and (notes := _unpublished(path)):
        with _told():
            checkpoint_file.append(path, notes)


def _unpublished(path: Path | None) -> list[str]:
    """The notes that the file lacks, oldest first."""
    if path is None:
        return []
    rows = AuditCheckpoint.objects.order_by("pk")
    with _told():
        last = checkpoint_file.last_note(path)
    if last is None:
        return list(rows.values_list("note", flat=True))
    if last == rows.values_list("note", flat=True).last():
        return []
    said = read_notes([last])
    known = rows.filter(size=said[0].size, note=last).values_list("pk", flat=True).first() if said else None
    if known is not None:
        return list(rows.filter(pk__gt=known).values_list("note", flat=True))
    gaps = declared_gaps(connection.alias)
    if not said or not any(gap.explains(said[0]) for gap in gaps):
        raise CannotSeal(
            "The checkpoint file knows of more than the database: the database was restored from an older copy, or "
            "part of the log is gone. Find out which, then run: manage.py audit_restore"
        )
    with _told():
        published = set(checkpoint_file.read(path))
    return [note for note in rows.values_list("note", flat=True) if note not in published]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except CheckpointFileError as problem:
        raise CannotSeal(f"{problem} Nothing more is sealed until it can be.") from None


@transaction.atomic
def _seal_some(signer: Signer, now: datetime) -> int:
    """Gives up to AT_ONCE entries their place and signs the tree; returns how many."""
    waiting = list(AuditWaiting.objects.order_by("pk").values_list("pk", "entry__body")[:AT_ONCE])
    if not waiting:
        return 0
    begin, stored = size(), StoredTree()
    frontier = Frontier.of(begin, (stored.subtree(*each) for each in full_subtrees(0, begin)))
    hashes = [leaf_hash(bytes(body)) for _, body in waiting]
    for each in hashes:
        frontier.add(each)
    AuditLeaf.objects.bulk_create(
        AuditLeaf(position=begin + place, entry_id=number, leaf_hash=hashes[place])
        for place, (number, _) in enumerate(waiting)
    )
    _fill_tiles(begin, hashes)
    numbers = [number for number, _ in waiting]
    for at in range(0, len(numbers), _DELETED_AT_ONCE):
        # By number, never "up to the last one": a slow writer may have committed a lower one meanwhile.
        AuditWaiting.objects.filter(pk__in=numbers[at : at + _DELETED_AT_ONCE]).delete()
    said = Checkpoint(current_origin() or signer.name, frontier.size, frontier.root())
    note = sign(said.text, [signer])
    AuditCheckpoint.objects.create(origin=said.origin, size=said.size, root=said.root, note=note, at=now)
    return len(waiting)


def _fill_tiles(begin: int, added: list[bytes]) -> None:
    """Writes the tiles that became full when `added` leaves followed the first `begin`, on every level."""
    level, hashes = 0, added
    while hashes:
        first, before = divmod(begin, TILE_WIDTH)
        row = (read_row(level, first)[:before] if before else []) + hashes
        full = [row[at : at + TILE_WIDTH] for at in range(0, len(row) - TILE_WIDTH + 1, TILE_WIDTH)]
        roots = [root_of(each) for each in full]
        AuditTile.objects.bulk_create(
            AuditTile(level=level, index=first + number, hashes=b"".join(each), root=roots[number])
            for number, each in enumerate(full)
        )
        level, begin, hashes = level + 1, first, roots
