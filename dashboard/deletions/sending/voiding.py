"""An approval that no longer counts: nothing was sent for it yet, so the request waits for a decision again."""

from datetime import datetime
from typing import TYPE_CHECKING

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.deletions.models import DeletionRequest, VoidedApproval
from dashboard.deletions.states import ForbiddenMove, Status, check_request_move

if TYPE_CHECKING:
    from dashboard.accounts.models import User


def void_approval(request: DeletionRequest, because: str, *, by: "User | None", now: datetime) -> None:
    """APPROVED → REQUESTED; the approval is kept as history. The caller holds the request's lock."""
    check_request_move(Status(request.status), Status.REQUESTED)
    approver, approved_at = request.decided_by, request.decided_at
    if approver is None or approved_at is None:
        raise ForbiddenMove(f"{request.number} has no approval")
    VoidedApproval.objects.create(
        request=request,
        approved_by=approver,
        approved_at=approved_at,
        scope_hash=request.approved_scope_hash,
        reason=request.decision_reason,
        voided_at=now,
        because=because,
    )
    cleared = {
        "status": Status.REQUESTED,
        "approved_scope_hash": "",
        "decided_by": None,
        "decided_at": None,
        "decision_reason": "",
        "runs_after": None,
        "expires_at": None,
    }
    DeletionRequest.objects.filter(pk=request.pk, status=Status.APPROVED).update(**cleared)
    for name, value in cleared.items():
        setattr(request, name, value)
    record(
        AuditKind.DELETION_APPROVAL_VOID,
        by=by,
        on_behalf_of=approver,
        target=deletion(request.pk),
        ticket=request.ticket,
        details={"because": because},
        at=now,
    )
