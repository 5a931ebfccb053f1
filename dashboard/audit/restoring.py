"""After the database was restored from an older copy: what is lost is declared, and the log goes on under a new name.

Checkpoints that were signed before speak of entries that the copy does not have. Without a statement that looks like
somebody cut the log off, and going on under the same name would make two histories of one size. The statement itself
is an entry, sealed first under the new name.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from dashboard.audit import keys, sealing
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditCheckpoint
from dashboard.audit.notes import Checkpoint, NoteError, open_note
from dashboard.audit.record import record
from dashboard.audit.sealing import CannotSeal
from dashboard.audit.verifying import verify
from dashboard.audit.verifying_checkpoints import declared_gaps


class CannotRestore(Exception):
    """Nothing may be declared; the sentence says why."""


@dataclass(frozen=True)
class Restored:
    """What was declared: the size of the copy, the new name, and of each name that was in use the largest lost tree."""

    size: int
    new_origin: str
    lost: tuple[Checkpoint, ...]


def declare(*, notes: Sequence[str], now: datetime) -> Restored | None:
    """Declares what the checkpoints outside the database have and the database lacks; None when it lacks nothing.

    CannotRestore when the copy itself does not hold, or is no older state of the same log.
    """
    copy = verify(verifiers=keys.verifiers(), notes=None, now=now, may_wait_long=True)
    if not copy.holds:
        raise CannotRestore(f"The copy itself does not hold, so nothing is declared. {copy.sentence}")
    lost = _lost(notes, copy.size)
    if not lost:
        return None
    restored = Restored(copy.size, _unused_name([*notes]), lost)

    def state() -> None:
        if sealing.size() != copy.size:
            raise CannotRestore("The log was sealed meanwhile. Stop the workers, then try again.")
        record(
            AuditKind.AUDIT_RESTORED,
            by=None,
            details={
                "size": restored.size,
                "new_origin": restored.new_origin,
                "lost": [f"{each.origin} {each.size} {base64.b64encode(each.root).decode()}" for each in lost],
            },
        )

    try:
        sealing.begin_anew(state, now=now)
    except CannotSeal as problem:
        raise CannotRestore(str(problem)) from None
    return restored


def _lost(notes: Sequence[str], size: int) -> tuple[Checkpoint, ...]:
    """The largest checkpoint of each name that speaks of more than the copy has."""
    stored = set(AuditCheckpoint.objects.values_list("note", flat=True))
    gaps, verifiers = declared_gaps(connection.alias), keys.verifiers()
    largest: dict[str, Checkpoint] = {}
    for number, note in enumerate(notes, 1):
        if note in stored:
            continue
        try:
            said = Checkpoint.read(open_note(note, verifiers).text)
        except NoteError as problem:
            raise CannotRestore(f"Checkpoint {number} of the file cannot be believed: {problem}") from None
        if any(gap.explains(said) for gap in gaps):
            continue
        if said.size <= size:
            raise CannotRestore(
                f"Checkpoint {number} of the file ({said.size} entries) is none of the copy's, which has {size}: the "
                "file and the copy tell two histories. This is not a restore of the same log."
            )
        if said.origin not in largest or largest[said.origin].size < said.size:
            largest[said.origin] = said
    return tuple(largest.values())


def _unused_name(notes: Sequence[str]) -> str:
    """The key's name with the next number that no checkpoint bears: desk.example/audit/2."""
    used = set(AuditCheckpoint.objects.values_list("origin", flat=True))
    used |= {note.partition("\n")[0] for note in notes} | {gap.new_origin for gap in declared_gaps(connection.alias)}
    signer = keys.signer()
    if signer is None:
        raise CannotRestore("AUDIT_SIGNING_KEY is missing: the log goes on under a signed checkpoint.")
    number = 2
    while f"{signer.name}/{number}" in used:
        number += 1
    return f"{signer.name}/{number}"
