"""Verifies checkpoints, those in the database and those in the file outside it, against the tree as it stands.

Only these have signatures: whoever rewrites the whole database and computes every hash anew still cannot make a
checkpoint, nor take back one that lies elsewhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from django.db import connections

from dashboard.audit.findings import Findings
from dashboard.audit.kinds import AuditKind
from dashboard.audit.notes import Checkpoint, NoteError, Verifier, open_note
from dashboard.audit.verifying_tree import SealedTree

# One statement sees one moment, so a sealer at work cannot put the two numbers apart.
_HEAD = """
    SELECT COALESCE((SELECT MAX(id) FROM audit_auditcheckpoint), 0),
           COALESCE((SELECT MAX(position) + 1 FROM audit_auditleaf), 0)
"""
_ROWS = "SELECT id, origin, size, root, note FROM audit_auditcheckpoint WHERE id <= %s ORDER BY id"
_RESTORED = """
    SELECT entry.body FROM audit_auditentry entry JOIN audit_auditleaf leaf ON leaf.entry_id = entry.id
    WHERE entry.kind = %s ORDER BY leaf.position
"""


class Row(NamedTuple):
    """A checkpoint as the database keeps it."""

    number: int
    said: Checkpoint
    note: str


@dataclass(frozen=True)
class Gap:
    """What a restore declared: these logs' checkpoints beyond `size` speak of entries that are lost."""

    size: int
    new_origin: str
    lost: dict[str, int] = field(default_factory=dict)

    def explains(self, checkpoint: Checkpoint) -> bool:
        """Whether the checkpoint speaks of entries that this restore declared lost."""
        return self.size < checkpoint.size <= self.lost.get(checkpoint.origin, 0)


def head(using: str) -> tuple[int, int]:
    """The newest checkpoint's row and the size of the tree, as they were at one moment."""
    with connections[using].cursor() as cursor:
        cursor.execute(_HEAD)
        newest, size = cursor.fetchone()
    return newest, size


def stored_checkpoints(using: str, newest: int) -> list[Row]:
    """The checkpoints up to the row `newest`, oldest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(_ROWS, [newest])
        rows = cursor.fetchall()
    return [Row(number, Checkpoint(origin, size, bytes(root)), note) for number, origin, size, root, note in rows]


def declared_gaps(using: str) -> list[Gap]:
    """What sealed entries declare as lost, oldest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(_RESTORED, [AuditKind.AUDIT_RESTORED.code])
        bodies = [bytes(body) for (body,) in cursor.fetchall()]
    return [gap for body in bodies if (gap := _gap(body)) is not None]


def verify_rows(rows: Sequence[Row], tree: SealedTree, gaps: Iterable[Gap], verifiers: Sequence[Verifier]) -> Findings:
    """Every stored checkpoint: signed, saying what its columns say, and true of the tree."""
    findings = Findings()
    declared = {gap.new_origin for gap in gaps}
    wrong: list[tuple[str, int, int]] = []
    before: Checkpoint | None = None
    for row in rows:
        name, said = f"Checkpoint {row.number} (of {row.said.size} entries)", row.said
        problem = _problem(row.note, said, verifiers)
        if problem:
            findings.add(f"{name}: {problem}", said.size)
        if before and said.size < before.size:
            findings.add(f"{name} is smaller than the one before it.", said.size)
        elif said.size > tree.size:
            findings.add(f"{name} covers more than the tree holds: from position {tree.size} on it is gone.", tree.size)
        elif tree.roots[said.size] != said.root:
            wrong.append((name, before.size if before else 0, said.size))
        if before and said.origin != before.origin and said.origin not in declared:
            findings.add(f"{name} belongs to another log, and no restore says why.", said.size)
        before = said
    if wrong:
        # What comes after a changed entry cannot hold either, so only the first of these tells something.
        name, start, end = wrong[0]
        findings.add(
            f"{name} signed another tree: something between the positions {start} and {end - 1} was changed. "
            f"Checkpoints that do not hold: {len(wrong)}.",
            end,
        )
    return findings


def verify_file(
    notes: Sequence[str], rows: Sequence[Row], tree: SealedTree, gaps: Sequence[Gap], verifiers: Sequence[Verifier]
) -> Findings:
    """Every checkpoint that lies outside the database: signed, known, and true of the tree or declared lost."""
    findings = Findings()
    stored = {row.note for row in rows}
    for number, note in enumerate(notes, 1):
        if note in stored:
            continue  # verified with the rows
        name = f"Checkpoint {number} of the file"
        try:
            said = Checkpoint.read(open_note(note, verifiers).text)
        except NoteError as problem:
            findings.add(f"{name}: {problem}")
            continue
        if any(gap.explains(said) for gap in gaps):
            continue
        if said.size > tree.size:
            findings.add(
                f"{name} covers {said.size} entries, the tree holds {tree.size}: from position {tree.size} on it is "
                "gone, and no restore says why.",
                tree.size,
            )
        elif tree.roots[said.size] != said.root:
            findings.add(f"{name} signed another tree of {said.size} entries than the one stored.", said.size - 1)
        else:
            findings.add(f"{name} ({said.size} entries) is missing in the database.", said.size - 1)
    return findings


def read_notes(notes: Iterable[str]) -> list[Checkpoint]:
    """What notes say, signed or not; those that say nothing are left out."""
    found = []
    for note in notes:
        try:
            found.append(Checkpoint.read(note.rpartition("\n\n")[0] + "\n"))
        except NoteError:
            continue
    return found


def verify_is_published(notes: Iterable[str], rows: Sequence[Row]) -> Findings:
    """Whether all these rows stand in the file."""
    findings = Findings()
    published = set(notes)
    missing = [row for row in rows if row.note not in published]
    if missing:
        findings.add(
            f"The checkpoint file lacks {len(missing)} checkpoints, the first of {missing[0].said.size} entries."
        )
    return findings


def _problem(note: str, said: Checkpoint, verifiers: Sequence[Verifier]) -> str:
    try:
        signed = Checkpoint.read(open_note(note, verifiers).text)
    except NoteError as problem:
        return str(problem)
    return "" if signed == said else "its columns say something else than what was signed."


def _gap(body: bytes) -> Gap | None:
    """The gap an entry declares; None when it declares none that can be read, which then explains nothing."""
    try:
        details = msgspec.json.decode(body)["details"]
        lost = dict(line.rsplit(" ", 2)[:2] for line in details["lost"])
        return Gap(details["size"], details["new_origin"], {origin: int(size) for origin, size in lost.items()})
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, AttributeError):
        return None
