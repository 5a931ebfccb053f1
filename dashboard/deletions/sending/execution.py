"""How an approved deletion is carried out: claim, note, call, settle. Safe to run twice, safe to kill anywhere.

Before every call, in one transaction under the quota's lock: is it approved by a second person who still may, is it
exactly what was approved, is nothing paused or on hold, does the quota allow one more? Then the call is written down,
committed, and only then made.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.core.work import LeaseLost
from dashboard.deletions import evidence, policy
from dashboard.deletions.evidence import Evidence
from dashboard.deletions.holds import holding
from dashboard.deletions.models import Attempt, DeletionVisitor
from dashboard.deletions.policy import CallOutcome, Obstacle
from dashboard.deletions.sending import pausing, quota
from dashboard.deletions.sending.schedule import obstacle_now, start_due
from dashboard.deletions.sending.settlement import (
    KEY_FAULT_REST,
    SHORT_WAIT,
    close_settled,
    locked_request,
    record_step,
    said,
    settle_accepted,
    settle_error,
    settle_failed,
    settle_held,
    settle_not_known,
    settle_waiting,
)
from dashboard.deletions.states import Status, VisitorState, check_visitor_move
from fingerprint_integration.errors import (
    FingerprintError,
    InvalidRequest,
    NotConfigured,
    NotFound,
    RateLimited,
    Refused,
)
from fingerprint_integration.services import writes
from fingerprint_integration.services.reads import Patience

log = structlog.get_logger("inkpad.deletions")
Clock = Callable[[], datetime]

ONE_CALL = msgspec.structs.replace(Patience.JOB, attempts=1, deadline_seconds=policy.CALL_DEADLINE.total_seconds())
"""Never tried again inside the client: each call counts against the quota and must be a row of its own."""

MOST_LOST_ANSWERS = 8
AT_ONCE = 10
"""Visitors that one run of the task carries out before it lets others have the worker."""
PAUSE_LOOK = timedelta(minutes=1)
"""How soon a visitor is looked at again that was met by a pause while its lost answer was asked about."""
_STALE_AFTER_SECONDS = 30


def execute_due(*, clock: Clock = timezone.now) -> bool:
    """Starts what may start and carries out what is due, as far as the quota goes; True when more is due at once."""
    start_due(now=clock())
    close_settled(now=clock())
    for _ in range(AT_ONCE):
        now = clock()
        row_id = next_due(now)
        if row_id is None:
            return False
        carry_out(row_id=row_id, clock=clock)
    return next_due(clock()) is not None


def next_due(now: datetime) -> int | None:
    """The visitor to go on with, the nearest due date by law first; None when nothing is due or may be sent.

    What became of a lost answer can be asked at any time: that is no deletion and counts against no quota.
    """
    due = DeletionVisitor.objects.due(now).filter(request__status=Status.RUNNING)
    may_send_at = pausing.may_send_at(now)
    if may_send_at is None or may_send_at > now:
        due = due.filter(state=VisitorState.SUBMITTING)
    nearest = due.order_by(F("request__due_at").asc(nulls_last=True), "request_id", "pk")
    return nearest.values_list("pk", flat=True).first()


def carry_out(*, row_id: int, clock: Clock = timezone.now) -> None:
    """One visitor as far as it goes now. Somebody else's row, or one that is not due, is left alone."""
    row = DeletionVisitor.objects.claim(row_id, now=clock())
    if row is None:
        return
    try:
        _carry_out(row, clock)
    except LeaseLost:
        # We were too slow and somebody else holds it; whatever we know, they ask Fingerprint themselves.
        log.warning("a deletion went on without us", row=row.pk)


def _carry_out(row: DeletionVisitor, clock: Clock) -> None:
    now = clock()
    last = row.calls.filter(outcome=CallOutcome.SENDING).first()
    if last is not None and now < last.sent_at + policy.LOST_ANSWER_WAIT:
        return row.settle(next_attempt_at=last.sent_at + policy.LOST_ANSWER_WAIT)
    lost_answers = row.calls.filter(outcome__in=[CallOutcome.LOST, CallOutcome.SENDING]).count()
    try:
        if not lost_answers:
            # Collected anew before each call that is the first to count: the border of ten days moves.
            found = evidence.collect(
                row.visitor_id, now=now, pages=evidence.PAGES_BEFORE_SENDING, patience=Patience.JOB
            )
        elif evidence.is_known(row.visitor_id, now=now, patience=Patience.JOB):
            found = None
        else:
            return settle_not_known(row, None, now=clock())
    except InvalidRequest as error:
        return settle_failed(row, None, said(error), now=clock(), error=error)
    except FingerprintError as error:
        return settle_waiting(row, None, error, now=clock(), wait=_wait_after_reading(row, error))
    if lost_answers >= MOST_LOST_ANSWERS:
        sentence = f"No answer could be read {lost_answers} times. Fingerprint still knew this visitor when last asked"
        return settle_failed(row, None, sentence, now=clock())
    attempt = note_sending(row, found, now=clock())
    if attempt is None:
        return None
    committed = time.monotonic()
    return _call_and_settle(row, attempt, committed, clock)


def _call_and_settle(row: DeletionVisitor, attempt: Attempt, committed: float, clock: Clock) -> None:
    if time.monotonic() - committed > _STALE_AFTER_SECONDS:
        # The process was asleep; by the time this call arrived somebody else might have sent one too.
        return settle_waiting(row, attempt, None, now=clock(), wait=timedelta(0))
    try:
        writes.delete_visitor(visitor_id=row.visitor_id, patience=ONE_CALL)
    except NotFound as error:
        settle_not_known(row, attempt, now=clock(), error=error)
    except FingerprintError as error:
        settle_error(row, attempt, error, now=clock())
    else:
        settle_accepted(row, attempt, now=clock())
    return None


def _wait_after_reading(row: DeletionVisitor, error: FingerprintError) -> timedelta:
    """Nothing was sent; how long until the visitor is looked at again."""
    if isinstance(error, RateLimited):
        return max(timedelta(seconds=error.retry_after or 0), SHORT_WAIT)
    if isinstance(error, Refused | NotConfigured):
        return KEY_FAULT_REST
    return timedelta(seconds=min(15 * 2 ** min(row.attempts, 6), 600))


# -- Note ---------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def note_sending(row: DeletionVisitor, found: Evidence | None, *, now: datetime) -> Attempt | None:
    """Writes the call down before it is made, if it may be made now; otherwise gives the row back and returns None.

    What is checked here was checked before, by others, perhaps long ago. Here it is checked under the lock.
    """
    quota.lock()
    request = locked_request(row)
    obstacle = obstacle_now(request)
    if obstacle is Obstacle.NOT_APPROVED:
        row.settle()
        return None
    if obstacle is not None:
        settle_failed(row, None, f"{obstacle.value}. What was not sent needs a new request", now=now)
        return None
    hold = holding.hold_in_the_way(row, found)
    if hold is not None:
        settle_held(row, request, hold, now=now)
        return None
    if pausing.current() is not None:
        row.settle(next_attempt_at=now + PAUSE_LOOK)
        return None
    may_send_at = quota.may_send_at(now)
    if may_send_at is None or may_send_at > now:
        row.settle(next_attempt_at=may_send_at or now + policy.HOUR)
        return None
    check_visitor_move(VisitorState(row.state), VisitorState.SUBMITTING)
    row.calls.filter(outcome=CallOutcome.SENDING).update(outcome=CallOutcome.LOST)
    row.note(state=VisitorState.SUBMITTING, because="", next_attempt_at=None, **_evidence_columns(found))
    attempt = Attempt.objects.create(visitor=row, number=row.calls.count() + 1, sent_at=now)
    record_step(AuditKind.DELETION_SENT, row, request, now=now, attempt=attempt.number)
    return attempt


def _evidence_columns(found: Evidence | None) -> dict[str, Any]:
    if found is None:
        return {}  # what was recorded before the first call stays
    return {
        "evidence_at": found.asked_at,
        "was_known": found.was_known,
        "recent_count": found.recent_count,
        "older_count": found.older_count,
        "evidence_is_whole": found.is_whole,
        "oldest_kept_until": found.kept_until,
        "evidence_ids": found.recent_ids_json,
        "residue_ids": found.older_ids_json,
    }
