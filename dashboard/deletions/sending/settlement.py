"""What an answer, or none, means for a visitor: one transaction with the result, its entry, and what follows."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import Outcome, deletion, record
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.deletions import policy, telling
from dashboard.deletions.holds import holding
from dashboard.deletions.known import forget_linked_ids
from dashboard.deletions.models import Attempt, DeletionRequest, DeletionVisitor, LegalHold
from dashboard.deletions.policy import CallOutcome
from dashboard.deletions.sending import joining, quota
from dashboard.deletions.states import Status, VisitorState, check_request_move, check_visitor_move
from dashboard.deletions.watch import forgetting, verification
from dashboard.notices.kinds import NoticeKind
from fingerprint_integration.errors import (
    FingerprintError,
    InvalidRequest,
    NotConfigured,
    RateLimited,
    RefusalReason,
    Refused,
    Unavailable,
)

KEY_FAULTS = frozenset(
    {
        RefusalReason.KEY_MISSING,
        RefusalReason.KEY_UNKNOWN,
        RefusalReason.WRONG_REGION,
        RefusalReason.SUBSCRIPTION_INACTIVE,
        RefusalReason.KEY_SCOPE,
    }
)
"""Faults of our configuration, not of the visitor: nothing is lost, and the queue rests until they are cured."""
KEY_FAULT_REST = timedelta(minutes=15)
SHORT_WAIT = timedelta(seconds=2)
UNREACHABLE_WAIT = timedelta(minutes=1)
HOLD_LOOK = timedelta(minutes=15)
LOST_WORDS = "The answer was lost. Inkpad asks Fingerprint what became of it before it sends anything again"


@transaction.atomic
def settle_accepted(row: DeletionVisitor, attempt: Attempt | None, *, now: datetime, answer_lost: bool = False) -> None:
    """ACCEPTED: Fingerprint took the order. Nothing is gone yet over there; over here it goes in this transaction."""
    request = locked_request(row)
    if attempt is not None and not answer_lost:
        _answered(attempt, CallOutcome.ACCEPTED, now=now, status=200)
    _finish(row, VisitorState.ACCEPTED, now=now, accepted_at=now, answer_was_lost=answer_lost)
    kind = AuditKind.DELETION_ACCEPTED_ANSWER_LOST if answer_lost else AuditKind.DELETION_ACCEPTED
    record_step(kind, row, request, now=now)
    joining.follow(row, now=now)
    # After the entry that names the visitor: erasing empties that mention too.
    forgetting.begin(row, request, now=now)
    verification.begin(row, now=now)
    _close_if_settled(request, now=now)


@transaction.atomic
def settle_not_known(
    row: DeletionVisitor, attempt: Attempt | None, *, now: datetime, error: FingerprintError | None = None
) -> None:
    """Fingerprint does not know the visitor: accepted before with its answer lost, or never known."""
    request = locked_request(row)
    row.calls.filter(outcome=CallOutcome.SENDING).exclude(pk=attempt.pk if attempt else 0).update(
        outcome=CallOutcome.LOST
    )
    if attempt is not None:
        _answered(attempt, CallOutcome.NOT_KNOWN, now=now, status=404, error=error)
    an_answer_was_lost = row.calls.filter(outcome=CallOutcome.LOST).exists()
    if policy.not_known_means_accepted(was_known_before=row.was_known, an_answer_was_lost=an_answer_was_lost):
        return settle_accepted(row, attempt, now=now, answer_lost=True)
    _finish(row, VisitorState.UNKNOWN, now=now)
    record_step(AuditKind.DELETION_UNKNOWN, row, request, now=now)
    joining.follow(row, now=now)
    # Fingerprint has nothing; what we hold of the visitor goes all the same.
    forgetting.begin(row, request, now=now)
    verification.begin_unknown(row, now=now)
    return _close_if_settled(request, now=now)


@transaction.atomic
def settle_failed(
    row: DeletionVisitor,
    attempt: Attempt | None,
    because: str,
    *,
    now: datetime,
    error: FingerprintError | None = None,
) -> None:
    """FAILED for good, with the sentence why; nothing more is sent for it."""
    request = locked_request(row)
    if attempt is not None:
        was_sent = error is not None and error.status is not None
        _answered(attempt, CallOutcome.REFUSED if was_sent else CallOutcome.NOT_SENT, now=now, error=error)
    row.calls.filter(outcome=CallOutcome.SENDING).update(outcome=CallOutcome.LOST)
    if row.calls.filter(outcome=CallOutcome.LOST).exists():
        because = f"{because}. An earlier call got no answer: Fingerprint may have erased this visitor all the same"
    _finish(row, VisitorState.FAILED, now=now, because=because)
    record_step(AuditKind.DELETION_FAILED, row, request, now=now, outcome=Outcome.FAILED, because=because)
    joining.hand_on(row)
    _close_if_settled(request, now=now)


def settle_error(row: DeletionVisitor, attempt: Attempt, error: FingerprintError, *, now: datetime) -> None:
    """What an error means for this visitor and for the queue behind it."""
    wait = timedelta(seconds=error.retry_after or 0)
    if isinstance(error, Refused) and error.reason in KEY_FAULTS:
        return settle_waiting(row, attempt, error, now=now, wait=KEY_FAULT_REST, queue_rests=True)
    if isinstance(error, Refused | InvalidRequest):
        return settle_failed(row, attempt, said(error), now=now, error=error)
    if isinstance(error, RateLimited) and error.status is not None:
        calls_in_hour = policy.spent_within(quota.recent_calls(now), policy.HOUR, now)
        wait = max(policy.rest_after_429(calls_in_hour, quota.limits()), min(wait, policy.HOUR))
        return settle_waiting(row, attempt, error, now=now, wait=wait, queue_rests=True)
    if isinstance(error, RateLimited):
        # Our own budget kept it back: nothing was sent, so nothing counts.
        return settle_waiting(row, attempt, error, now=now, wait=max(wait, SHORT_WAIT))
    if isinstance(error, NotConfigured):
        return settle_waiting(row, attempt, error, now=now, wait=KEY_FAULT_REST)
    if isinstance(error, Unavailable) and not error.was_sent:
        return settle_waiting(row, attempt, error, now=now, wait=UNREACHABLE_WAIT)
    return settle_lost(row, attempt, error, now=now)


@transaction.atomic
def settle_waiting(
    row: DeletionVisitor,
    attempt: Attempt | None,
    error: FingerprintError | None,
    *,
    now: datetime,
    wait: timedelta,
    queue_rests: bool = False,
) -> None:
    """Nothing happened at Fingerprint: the visitor waits, and with `queue_rests` everybody behind it."""
    request = locked_request(row)
    if attempt is not None:
        outcome = CallOutcome.NOT_SENT
        if error is not None and error.status is not None:
            outcome = CallOutcome.THROTTLED if isinstance(error, RateLimited) else CallOutcome.REFUSED
        _answered(attempt, outcome, now=now, error=error, rests_until=now + wait if queue_rests else None)
    was_lost = row.calls.filter(outcome__in=[CallOutcome.LOST, CallOutcome.SENDING]).exists()
    # An older call may have been accepted: only asking Fingerprint can bring such a visitor out of SUBMITTING.
    state = VisitorState.SUBMITTING if was_lost else VisitorState.WAITING
    because, before = said(error) if error else "", row.because
    row.settle(state=state, because=because, next_attempt_at=now + wait)
    if because and because != before:
        record_step(AuditKind.DELETION_WAITS, row, request, now=now, because=because)


@transaction.atomic
def settle_held(row: DeletionVisitor, request: DeletionRequest, hold: LegalHold, *, now: datetime) -> None:
    """A legal hold stands against it: nothing is sent. After a lost answer it stays to be asked about, never sent."""
    because, before = holding.against_words(hold), row.because
    if row.state == VisitorState.SUBMITTING:
        row.settle(because=because, next_attempt_at=now + HOLD_LOOK)
    else:
        check_visitor_move(VisitorState(row.state), VisitorState.HELD)
        row.settle(state=VisitorState.HELD, held_by=hold, because=because, next_attempt_at=None)
    if before != because:
        record_step(AuditKind.DELETION_WAITS, row, request, now=now, because=because)


@transaction.atomic
def settle_lost(row: DeletionVisitor, attempt: Attempt, error: FingerprintError, *, now: datetime) -> None:
    """The call may have arrived. Wait until it cannot any more, then ask whether the visitor is still there."""
    request = locked_request(row)
    Attempt.objects.filter(pk=attempt.pk).update(
        outcome=CallOutcome.LOST, status=error.status, provider_request_id=(error.request_id or "")[:128]
    )
    lost_answers = row.calls.filter(outcome=CallOutcome.LOST).count()
    row.settle(because=LOST_WORDS, next_attempt_at=now + policy.retry_wait(lost_answers))
    record_step(AuditKind.DELETION_WAITS, row, request, now=now, because=LOST_WORDS)


def _answered(
    attempt: Attempt,
    outcome: CallOutcome,
    *,
    now: datetime,
    status: int | None = None,
    error: FingerprintError | None = None,
    rests_until: datetime | None = None,
) -> None:
    Attempt.objects.filter(pk=attempt.pk, outcome=CallOutcome.SENDING).update(
        outcome=outcome,
        answered_at=now,
        status=error.status if error is not None else status,
        provider_request_id=((error and error.request_id) or "")[:128],
        queue_rests_until=rests_until,
    )


def _finish(row: DeletionVisitor, state: VisitorState, *, now: datetime, because: str = "", **changes: Any) -> None:
    check_visitor_move(VisitorState(row.state), state)
    row.settle(state=state, is_open=False, settled_at=now, next_attempt_at=None, because=because[:400], **changes)


def close_settled(*, now: datetime) -> None:
    """Closes running requests whose last visitor was settled with another request that asked for it too."""
    settled = DeletionRequest.objects.filter(status=Status.RUNNING)
    pending = DeletionVisitor.objects.filter(joining.PENDING, request=OuterRef("pk"))
    for request_id in settled.exclude(Exists(pending)).values_list("pk", flat=True):
        with transaction.atomic(durable=True):
            request = DeletionRequest.objects.select_for_update().get(pk=request_id)
            if request.status == Status.RUNNING:
                _close_if_settled(request, now=now)


def _close_if_settled(request: DeletionRequest, *, now: datetime) -> None:
    """RUNNING → CLOSED when nothing of it waits any more. The request's row is locked, so the last one sees it."""
    if request.visitors.filter(joining.PENDING).exists():
        return
    check_request_move(Status(request.status), Status.CLOSED)
    DeletionRequest.objects.filter(pk=request.pk, status=Status.RUNNING).update(status=Status.CLOSED, ended_at=now)
    states = list(request.visitors.values_list("state", flat=True))
    if VisitorState.ACCEPTED in states or VisitorState.UNKNOWN in states:
        forget_linked_ids(request)
    record(
        AuditKind.DELETION_CLOSED,
        by=None,
        on_behalf_of=request.decided_by,
        target=deletion(request.pk),
        ticket=request.ticket,
        details={"result": policy.result_in_words(states)},
        at=now,
    )
    failed = states.count(VisitorState.FAILED)
    if failed:
        telling.tell_asker(NoticeKind.DELETION_NOT_ERASED, request, now=now, count=failed)
    else:
        telling.tell_asker(NoticeKind.DELETION_CLOSED, request, now=now)


def locked_request(row: DeletionVisitor) -> DeletionRequest:
    """The request of a visitor, held until the transaction ends: whoever settles its last visitor sees that it is."""
    return DeletionRequest.objects.select_for_update().get(pk=row.request_id)


def said(error: FingerprintError) -> str:
    """The sentence of an error without its last full stop, to stand inside another one. Nothing personal is in it."""
    return error.user_message.rstrip(".")


def record_step(
    kind: Reading,
    row: DeletionVisitor,
    request: DeletionRequest,
    *,
    now: datetime,
    outcome: Outcome = Outcome.DONE,
    **details: str | int,
) -> None:
    """One entry about one visitor of a request, in the name of who approved it."""
    record(
        kind,
        by=None,
        on_behalf_of=request.decided_by,
        outcome=outcome,
        target=deletion(request.pk),
        ticket=request.ticket,
        batch=request.number,
        details=details,
        personal={"visitor": Personal(SubjectKind.VISITOR, row.visitor_id)},
        at=now,
    )
