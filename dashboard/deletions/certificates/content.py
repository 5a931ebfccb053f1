"""What a certificate says, from the rows: no sentence of it is more than what was asked and answered.

Its fields follow the certificate of NIST SP 800-88: what, by what means, when, by whom, checked how, with what result.
Visitors stand in it as commitments; who has the id and its salt can show that it is meant.
"""

import secrets
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import rfc8785

from dashboard.audit.subjects import Personal, SubjectKind, commitment
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.states import VisitorState
from dashboard.deletions.watch.rows import WATCHED, Watch, local_erasure_of, watch_of

OUTCOMES = {
    VisitorState.ACCEPTED: "accepted by Fingerprint, not yet checked",
    VisitorState.OVERDUE: "accepted by Fingerprint, not shown to be done in time",
    VisitorState.VERIFIED: "no longer answered by Fingerprint",
    VisitorState.COMPLETE: "gone",
    VisitorState.UNPROVEN: "accepted by Fingerprint, not provable",
    VisitorState.UNKNOWN: "unknown to Fingerprint when it was asked to delete",
    VisitorState.FAILED: "failed",
    VisitorState.WAITING: "not sent",
    VisitorState.HELD: "held, not sent",
}
METHOD = (
    "Deletion through Fingerprint’s Server API. Fingerprint deletes events of the ten days before within 24 hours; "
    "older events stay readable until their retention ends. Checked by asking for recorded events and by a search."
)

Document = dict[str, Any]


def document_of(request: DeletionRequest, *, name: str, issued_by: str | None, now: datetime) -> Document:
    """Everything the certificate says, ready for `canonical`. Makes a salt for each visitor that has none yet."""
    visitors = request.visitors.select_related(*WATCHED).order_by("pk")
    return {
        "v": 1,
        "format": "inkpad deletion certificate",
        "certificate": name,
        "issued_at": _at(now),
        "issued_by": issued_by,
        "method": METHOD,
        "request": {
            "number": request.number,
            "ref": str(request.pk),
            "received_at": _at(request.received_at),
            "requested_at": _at(request.requested_at),
            "requested_by": request.requested_by.name,
            "decided_at": _at(request.decided_at),
            "decided_by": request.decided_by.name if request.decided_by else None,
            "ended_at": _at(request.ended_at),
            "due_at": _at(request.due_at),
            "law": request.jurisdiction,
            "legal_basis": request.legal_basis,
            "ticket": request.ticket,
            "scope": request.approved_scope_hash,
        },
        "visitors": [_visitor(row, place) for place, row in enumerate(visitors, 1)],
    }


def canonical(document: Document) -> bytes:
    """The bytes that are hashed."""
    return rfc8785.dumps(document)


def opening_of(row: DeletionVisitor) -> dict[str, str] | None:
    """Salt and id of a visitor, with which a reader checks the commitment; None once the request forgot it."""
    if not row.visitor_id or not row.name_salt:
        return None
    return {"salt": bytes(row.name_salt).hex(), "value": b64encode(_value(row)).decode("ascii")}


def _visitor(row: DeletionVisitor, place: int) -> Document:
    watch, erasure = watch_of(row), local_erasure_of(row)
    return {
        "place": place,
        "commit": _commit(row),
        "state": row.state,
        "outcome": OUTCOMES.get(VisitorState(row.state), row.state),
        "because": row.because,
        "accepted_at": _at(row.accepted_at),
        "answer_was_lost": row.answer_was_lost,
        "calls": row.calls.count(),
        "recorded": {
            "at": _at(row.evidence_at),
            "recent_events": row.recent_count,
            "older_events": row.older_count,
            "is_whole": row.evidence_is_whole,
        },
        "checked": _checked(watch),
        "older_events_remain_until": _at(watch.residue_until) if watch is not None else None,
        "erased_here": {
            "at": _at(erasure.begun_at) if erasure is not None else None,
            "finished_at": _at(erasure.done_at) if erasure is not None else None,
            "counts": erasure.counts if erasure is not None else {},
        },
    }


def _checked(watch: Watch | None) -> Document | None:
    if watch is None or not watch.round:
        return None
    return {
        "rounds": watch.round,
        "last_at": _at(watch.checked_at),
        "events_asked": watch.asked_count,
        "events_gone": watch.gone_count,
        "no_longer_answered_since": _at(watch.verified_at),
        "came_back_at": _at(watch.returned_at),
        "ended_at": _at(watch.ended_at),
    }


def _commit(row: DeletionVisitor) -> str | None:
    if not row.visitor_id:
        return None
    if not row.name_salt:
        row.name_salt = secrets.token_bytes(32)
        DeletionVisitor.objects.filter(pk=row.pk).update(name_salt=row.name_salt)
    return commitment(bytes(row.name_salt), SubjectKind.VISITOR.value, _value(row))


def _value(row: DeletionVisitor) -> bytes:
    return Personal(SubjectKind.VISITOR, row.visitor_id).bytes


def _at(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
