"""How far the log is sealed, and what its last verification came to: read for pages, probes and the frame."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from dashboard.audit import keys
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditCheckpoint, AuditDuty, AuditEntry, AuditLeaf, AuditWaiting
from dashboard.audit.notes import NoteError, open_note
from dashboard.audit.proofs import StoredTree
from dashboard.audit.queries import newest_verification
from dashboard.audit.tree import inclusion_holds, inclusion_path, leaf_hash

LATE = timedelta(minutes=1)
"""An entry that waits for longer than this is not normal."""
_SHOWN_STEPS = 3
_FOOT = """
    SELECT (SELECT entry_id FROM audit_auditleaf ORDER BY position DESC LIMIT 1),
           (SELECT outcome FROM audit_auditentry WHERE kind = %s ORDER BY id DESC LIMIT 1)
"""


@dataclass(frozen=True)
class Verified:
    """A verification that ended: when, its entry, whether everything held, and the first thing that did not."""

    at: datetime
    number: int
    holds: bool
    result: str
    problems: int


@dataclass(frozen=True)
class Seal:
    """How the log stands. `up_to` is the number of the newest entry with a place; None while nothing is sealed.

    `problem` says why the sealer cannot go on; empty while it can.
    """

    up_to: int | None
    size: int
    signed_at: datetime | None
    signed_by: str
    root: str
    waiting: int
    waiting_since: datetime | None
    problem: str
    verified: Verified | None
    has_file: bool
    is_late: bool

    @property
    def tone(self) -> str:
        """red when something does not hold or nothing is sealed any more, ochre when it is late, green when proved."""
        if self.problem or (self.verified is not None and not self.verified.holds):
            return "red"
        if self.is_late:
            return "ochre"
        return "green" if self.up_to is not None and self.verified is not None else "plain"


@dataclass(frozen=True)
class Step:
    """A hash on the way to the root, and the positions it stands for (both included)."""

    hash: str
    first: int
    last: int


@dataclass(frozen=True)
class ShownProof:
    """The way from an entry to the signed root: the first steps, and how many follow."""

    position: int
    leaf: str
    steps: tuple[Step, ...]
    more: int
    others: int
    root: str
    size: int
    holds: bool


def seal(now: datetime) -> Seal:
    """How the log stands at this moment. Costs five queries, one more when something waits."""
    newest = AuditLeaf.objects.order_by("-position").values_list("position", "entry_id").first()
    checkpoint = AuditCheckpoint.objects.order_by("-pk").first()
    oldest = AuditWaiting.objects.order_by("pk").values_list("entry__at", flat=True).first()
    since: datetime | None = oldest
    problem = AuditDuty.objects.filter(name=AuditDuty.Name.SEAL).values_list("problem", flat=True).first()
    return Seal(
        up_to=newest[1] if newest else None,
        size=newest[0] + 1 if newest else 0,
        signed_at=checkpoint.at if checkpoint else None,
        signed_by=checkpoint.origin if checkpoint else "",
        root=base64.b64encode(bytes(checkpoint.root)).decode() if checkpoint else "",
        waiting=AuditWaiting.objects.count() if since else 0,
        waiting_since=since,
        problem=problem or "",
        verified=last_verified(),
        has_file=bool(settings.AUDIT_CHECKPOINT_FILE),
        is_late=since is not None and since < now - LATE,
    )


def last_verified() -> Verified | None:
    """What the newest verification came to; None when there was none."""
    entry = newest_verification()
    if entry is None:
        return None
    details: dict[str, Any] = json.loads(bytes(entry.body)).get("details") or {}
    return Verified(
        at=entry.at,
        number=entry.pk,
        holds=entry.outcome == AuditEntry.Outcome.DONE,
        result=str(details.get("result", "")),
        problems=int(details.get("problems") or 0),
    )


def is_overdue(verified: Verified | None, now: datetime) -> bool:
    """Whether the log was not verified for twice the usual time, counted from its first entry."""
    at = verified.at if verified else AuditEntry.objects.order_by("pk").values_list("at", flat=True).first()
    return at is not None and at < now - 2 * settings.AUDIT_VERIFY_EVERY


def in_the_frame() -> dict[str, Any]:
    """What stands at the foot of the navigation: `sealed_up_to`, and `log_is_broken` when the log does not hold."""
    with connection.cursor() as cursor:
        cursor.execute(_FOOT, [AuditKind.AUDIT_VERIFIED.code])
        up_to, outcome = cursor.fetchone()
    return {"sealed_up_to": up_to, "log_is_broken": outcome == AuditEntry.Outcome.FAILED}


def shown_proof(number: int) -> ShownProof | None:
    """The proof of an entry for the eye, computed from what is stored; None while it has no place."""
    leaf = AuditLeaf.objects.filter(entry=number).select_related("entry").first()
    checkpoint = AuditCheckpoint.objects.order_by("-pk").first()
    if leaf is None or checkpoint is None or checkpoint.size <= leaf.position:
        return None
    stored, ranges = StoredTree(), []

    def subtree(start: int, end: int) -> bytes:
        ranges.append((start, end - 1))
        return stored.subtree(start, end)

    path = inclusion_path(leaf.position, checkpoint.size, subtree)
    steps = [Step(each.hex(), *where) for each, where in zip(path, reversed(ranges), strict=True)]
    found, root = leaf_hash(bytes(leaf.entry.body)), bytes(checkpoint.root)
    return ShownProof(
        position=leaf.position,
        leaf=found.hex(),
        steps=tuple(steps[:_SHOWN_STEPS]),
        more=max(0, len(steps) - _SHOWN_STEPS),
        others=len(steps),
        root=base64.b64encode(root).decode(),
        size=checkpoint.size,
        holds=inclusion_holds(found, leaf.position, checkpoint.size, path, root) and _is_signed(checkpoint),
    )


def _is_signed(checkpoint: AuditCheckpoint) -> bool:
    try:
        text = open_note(checkpoint.note, keys.verifiers()).text
    except NoteError:
        return False
    root = base64.b64encode(bytes(checkpoint.root)).decode()
    return text.startswith(f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n")
