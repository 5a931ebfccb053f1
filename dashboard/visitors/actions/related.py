"""Asking Fingerprint about one visitor beyond their events."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, record, visitor
from fingerprint_integration.domain import RelatedVisitor
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads


@dataclass(frozen=True)
class Related:
    """Other browsers on the same phone, as Fingerprint tells it, or why it told nothing."""

    visitors: tuple[RelatedVisitor, ...] = ()
    problem: FingerprintError | None = None


def read_related(visitor_id: str, *, by: User, now: datetime) -> Related:
    """Ask for related visitors; the question is written down, whatever the answer."""
    target = visitor(visitor_id)
    try:
        found = reads.related_visitors(visitor_id)
    except FingerprintError as problem:
        record(
            AuditKind.RELATED_NOT_READ,
            by=by,
            target=target,
            outcome=Outcome.FAILED,
            details={"error": problem.user_message, "code": problem.code},
            at=now,
        )
        return Related(problem=problem)
    record(AuditKind.RELATED_READ, by=by, target=target, details={"count": len(found)}, at=now)
    return Related(found)
