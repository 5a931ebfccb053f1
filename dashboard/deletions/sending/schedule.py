"""What time does to requests: an approved one begins after its cooling-off, an approval that did not begin expires."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.core.access import Perm
from dashboard.core.work import wake
from dashboard.deletions import policy, telling
from dashboard.deletions.models import DeletionRequest, DeletionVisitor, LegalHold
from dashboard.deletions.policy import Obstacle
from dashboard.deletions.sending import joining, pausing, quota, voiding
from dashboard.deletions.sending.settlement import record_step
from dashboard.deletions.states import Status, VisitorState, check_request_move, check_visitor_move
from dashboard.notices.kinds import NoticeKind

SWEEP_EVERY = timedelta(seconds=5)
"""How often the clock calls `sweep`."""


def sweep(*, now: datetime) -> datetime | None:
    """Ends approvals that were not used in time, frees what no hold stands against any more, and wakes a worker for the
    instant at which something is due before the next sweep; that instant is returned. Asks Fingerprint nothing.
    """
    expire_approvals(now=now)
    release_held(now=now)
    tell_of_reviews(now=now)
    work_at = _next_work_at(now)
    if work_at is not None:
        from dashboard.deletions import tasks

        wake(tasks.execute_due, in_seconds=(work_at - now).total_seconds())
    return work_at


def start_due(*, now: datetime) -> None:
    """APPROVED → RUNNING once the cooling-off is over, if the approval still stands; otherwise it becomes void.

    Nothing begins during a pause: what has not begun can still be cancelled.
    """
    if pausing.current() is not None:
        return
    for request_id in _may_start(now).order_by("due_at", "pk").values_list("pk", flat=True):
        _start(request_id, now=now)


def expire_approvals(*, now: datetime) -> None:
    """APPROVED → EXPIRED when it did not begin in time. What has begun is carried out to its end."""
    too_old = DeletionRequest.objects.filter(status=Status.APPROVED, expires_at__lte=now)
    for request_id in too_old.values_list("pk", flat=True):
        _expire(request_id, now=now)


def obstacle_now(request: DeletionRequest, *, as_if: Status | None = None) -> Obstacle | None:
    """Why nothing may be sent for this request, from its rows and its approver's rights at this moment."""
    approver = request.decided_by
    return policy.obstacle_to_sending(
        status=as_if or Status(request.status),
        requested_by=request.requested_by_id,
        decided_by=request.decided_by_id,
        approver_may_decide=approver is not None and Perm.DECIDE_DELETIONS in approver.perms,
        approved_scope=request.approved_scope_hash,
        scope=request.current_scope(),
    )


def _may_start(now: datetime) -> QuerySet[DeletionRequest]:
    return DeletionRequest.objects.filter(status=Status.APPROVED, runs_after__lte=now, expires_at__gt=now)


def _next_work_at(now: datetime) -> datetime | None:
    """The first instant before the next sweep at which the executor has something to do, or None."""
    soon = now + SWEEP_EVERY
    due = DeletionVisitor.objects.due(now).filter(request__status=Status.RUNNING)
    if due.filter(state=VisitorState.SUBMITTING).exists():
        return now  # what became of a lost answer is asked at any time
    if pausing.current() is not None:
        return None
    if _may_start(now).exists():
        return now
    may_send_at = quota.may_send_at(now)
    if may_send_at is None or may_send_at >= soon:
        return None
    return may_send_at if due.exists() else None


# -- Legal holds --------------------------------------------------------------------------------------------


def release_held(*, now: datetime) -> None:
    """HELD → WAITING for visitors whose hold was lifted. Another hold is met when they are to be sent."""
    lifted = DeletionVisitor.objects.filter(state=VisitorState.HELD, is_open=True, held_by__lifted_at__isnull=False)
    for row in lifted.select_related("request__decided_by").order_by("pk"):
        _release(row, now=now)


@transaction.atomic(durable=True)
def _release(row: DeletionVisitor, *, now: datetime) -> None:
    check_visitor_move(VisitorState.HELD, VisitorState.WAITING)
    held = DeletionVisitor.objects.filter(pk=row.pk, state=VisitorState.HELD, is_open=True)
    if held.update(state=VisitorState.WAITING, because="", held_by=None, next_attempt_at=None) == 1:
        record_step(AuditKind.DELETION_GOES_ON, row, row.request, now=now)


def tell_of_reviews(*, now: datetime) -> None:
    """Tells those who may lift holds, once, that the day has come to look at one again (the house's zone counts)."""
    today = timezone.localtime(now, timezone.get_default_timezone()).date()
    for hold in LegalHold.objects.filter(lifted_at__isnull=True, review_on__lte=today, review_told_at__isnull=True):
        with transaction.atomic(durable=True):
            if LegalHold.objects.filter(pk=hold.pk, review_told_at__isnull=True).update(review_told_at=now):
                telling.tell_of_review(hold, now=now)


# -- Beginning and ending -----------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _start(request_id: int, *, now: datetime) -> None:
    request = _may_start(now).select_for_update().filter(pk=request_id).first()
    if request is None:
        return  # another worker was faster, or somebody cancelled it
    obstacle = obstacle_now(request, as_if=Status.RUNNING)
    if obstacle is not None:
        voiding.void_approval(request, obstacle.value[0].lower() + obstacle.value[1:], by=None, now=now)
        telling.tell_asker(NoticeKind.DELETION_VOID, request, now=now)
        telling.tell_deciders(request, by=None, now=now)
        return
    check_request_move(Status.APPROVED, Status.RUNNING)
    DeletionRequest.objects.filter(pk=request.pk, status=Status.APPROVED).update(status=Status.RUNNING)
    joining.take_lead(request)
    record(
        AuditKind.DELETION_STARTED,
        by=None,
        on_behalf_of=request.decided_by,
        target=deletion(request.pk),
        ticket=request.ticket,
        at=now,
    )


@transaction.atomic(durable=True)
def _expire(request_id: int, *, now: datetime) -> None:
    check_request_move(Status.APPROVED, Status.EXPIRED)
    expired = DeletionRequest.objects.filter(pk=request_id, status=Status.APPROVED, expires_at__lte=now)
    if expired.update(status=Status.EXPIRED, ended_at=now) != 1:
        return
    request = DeletionRequest.objects.get(pk=request_id)
    joining.let_go(request)
    record(
        AuditKind.DELETION_EXPIRED,
        by=None,
        on_behalf_of=request.decided_by,
        target=deletion(request.pk),
        ticket=request.ticket,
        details={"because": "it did not begin before its approval ended"},
        at=now,
    )
    telling.tell_asker(NoticeKind.DELETION_EXPIRED, request, now=now)
