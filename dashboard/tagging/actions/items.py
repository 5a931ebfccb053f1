"""What workers do with the events of a job: claim, note, call, settle. Safe to run twice, safe to kill anywhere.

Times are taken when they are needed: calls in between may take seconds each.
"""

import time

import msgspec
from django.conf import settings
from django.utils import timezone

from dashboard.core import facts
from dashboard.core.access import Perm
from dashboard.core.work import LEASE, LeaseLost, wake
from dashboard.tagging import policy, tasks
from dashboard.tagging.actions import outcomes, values
from dashboard.tagging.actions.ends import finish_job, pause_job
from dashboard.tagging.changes import CannotChange, Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration.config import Patience
from fingerprint_integration.domain import Event
from fingerprint_integration.errors import (
    FingerprintError,
    InvalidRequest,
    NotConfigured,
    NotFound,
    NotReadyYet,
    RateLimited,
    Refused,
    Unavailable,
    UnreadableAnswer,
)
from fingerprint_integration.services import reads, writes

State = BulkItem.State

# One send for one note: were the client to repeat it by itself, an error could not say what became of the first.
_ONE_SEND = msgspec.structs.replace(Patience.JOB, attempts=1)


def apply_batch(*, job_id: int) -> None:
    """Works on a job's events one after another for a while: for a turn only, when other jobs wait for a worker."""
    began = time.monotonic()
    stop_at = began + policy.BATCH.total_seconds()
    items = BulkItem.objects.filter(job=job_id)
    has_called = False
    while time.monotonic() < stop_at and _may_work(job_id):
        claimed = items.claim_many(policy.CLAIMED_AT_ONCE, now=timezone.now())
        if not claimed:
            break
        if not has_called and len(claimed) == policy.CLAIMED_AT_ONCE:
            has_called = _call_another(job_id)
        # The last one must begin early enough for its calls to end within the lease.
        begin_by = min(stop_at, time.monotonic() + LEASE.total_seconds() / 3)
        try:
            while claimed and time.monotonic() < begin_by and apply_item(item=claimed.pop(0)):
                pass
        finally:
            items.give_back(claimed)
        if time.monotonic() - began > policy.TURN.total_seconds() and _others_wait(job_id):
            break
    finish_job(job_id=job_id)
    _go_on(job_id)


def _hands(job_id: int) -> int:
    """How many workers have events of this job in hand."""
    held = BulkItem.objects.filter(job=job_id).at_work(timezone.now())
    return held.order_by().values("lease_token").distinct().count()


def _call_another(job_id: int) -> bool:
    """Wakes one more worker for this job where the allowed rate is more than those at it can use."""
    if _hands(job_id) < policy.hands(settings.FINGERPRINT_RATE_PER_SECOND):
        wake(tasks.apply_batch, job_id=job_id)
    return True


def _others_wait(job_id: int) -> bool:
    return BulkJob.objects.stalled(timezone.now()).exclude(pk=job_id).exists()


def _go_on(job_id: int) -> None:
    """Wakes the next turn, at once or after a short rest; a long one is left to the sweep."""
    now = timezone.now()
    if _others_wait(job_id):
        wake(tasks.take_turn)
        return
    job = BulkJob.objects.at_work().filter(pk=job_id).first()
    # Where enough workers are at it, they go on; otherwise every sweep would add one more.
    if job is None or not BulkItem.objects.filter(job=job_id).due(now).exists():
        return
    if _hands(job_id) >= policy.hands(settings.FINGERPRINT_RATE_PER_SECOND):
        return
    rest = (job.rest_until - now).total_seconds() if job.rest_until else 0.0
    if rest <= policy.BATCH.total_seconds():
        wake(tasks.apply_batch, in_seconds=max(rest, 0.0), job_id=job_id)


def _may_work(job_id: int) -> bool:
    return BulkJob.objects.at_work().not_resting(timezone.now()).filter(pk=job_id).exists()


def apply_item(*, item: BulkItem) -> bool:
    """Brings one claimed event to what its job wants, or settles why not. Writes nothing once the lease is lost.

    False when the job cannot go on now, whatever event comes next.
    """
    try:
        return _apply(item)
    except LeaseLost:
        return True  # paused, cancelled or erased meanwhile, or another worker took over: the row says what comes next


def _apply(item: BulkItem) -> bool:
    job = _job_of(item)
    was_sending = item.was_sending
    if not _may_go_on(job, item):
        return False
    event: Event | None = None
    try:
        event = reads.get_event(item.event_id, patience=Patience.JOB)
        _remember(item, event)
        change = values.wanted_of(item, job, event)
        if change.stands_in(event):
            if was_sending:
                # A worker died between call and settle, or the answer was lost: the change is done.
                _tags_are_right(job)
                outcomes.settle_applied(item, job, change, answer_lost=True)
            else:
                outcomes.settle_already(item, job)
            return True
        if (code := _reason_to_leave(item, job, event)) is not None:
            outcomes.settle_left(item, job, code)
            return True
        _note(item, job, change, event)
        writes.update_event(event_id=item.event_id, change=change.for_fingerprint, patience=_ONE_SEND)
        _settle_sent(item, job, change)
    except CannotChange as problem:
        outcomes.settle_left(item, job, problem.args[0])
    except FingerprintError as error:
        return _settle_trouble(item, job, event, error, was_sending=was_sending)
    _answered(job)
    return True


def _settle_sent(item: BulkItem, job: BulkJob, change: Change) -> None:
    """The call was answered. The first tags of a job are read back: whether Fingerprint replaces or merges what it is
    sent is not documented. When the reading fails, the next event is the first one."""
    if change.kind == ChangeKind.TAGS and not job.tags_checked:
        try:
            event = reads.get_event(item.event_id, patience=Patience.JOB)
        except FingerprintError:
            pass
        else:
            if not change.stands_in(event):
                outcomes.settle_differing(item, job, change, event)
                pause_job(job_id=job.pk, code=policy.TAGS_DIFFER)
                # Whoever resumes has seen it.
                _tags_are_right(job)
                return
            _tags_are_right(job)
    outcomes.settle_applied(item, job, change, answer_lost=False)


def _tags_are_right(job: BulkJob) -> None:
    if job.field == ChangeKind.TAGS and not job.tags_checked:
        BulkJob.objects.filter(pk=job.pk).update(tags_checked=True)


def _job_of(item: BulkItem) -> BulkJob:
    """The item's job as it is now. LeaseLost when the item was taken back while it waited behind others of its claim:
    not even a question is asked about an event whose visitor was erased meanwhile."""
    held = BulkItem.objects.filter(pk=item.pk, lease_token=item.lease_token).exclude(lease_token="")
    if (found := held.select_related("job__asked_by").first()) is None:
        raise LeaseLost(type(item).__name__, item.pk)
    return found.job


def _may_go_on(job: BulkJob, item: BulkItem) -> bool:
    """Whether this event may be worked on now; if not, it is given back and what stands in the way is settled."""
    if job.rest_until is not None and job.rest_until > timezone.now():
        _give_back(item)
        return False
    if job.state == BulkJob.State.PAUSED or (job.has_ended and not item.was_sending):
        _give_back(item)
        return False
    if job.is_erased:
        _give_back(item)
        pause_job(job_id=job.pk, code=policy.VALUE_ERASED)
        return False
    # The worker acts with the right of the person who asked, as it is now.
    if Perm.CHANGE_EVENTS not in job.asked_by.perms and not job.has_ended:
        _give_back(item)
        pause_job(job_id=job.pk, code=policy.RIGHT_LOST)
        return False
    return True


def _remember(item: BulkItem, event: Event) -> None:
    """Whose event it is belongs on the row, so that erasing the visitor finds it; written with what comes next."""
    item.event_at = event.at
    if event.visitor_id is not None and policy.is_id(event.visitor_id):
        item.visitor_id = event.visitor_id


def _reason_to_leave(item: BulkItem, job: BulkJob, event: Event) -> str | None:
    if job.has_ended:
        return policy.CANCELLED
    if item.was_sending and item.attempts > policy.MOST_ATTEMPTS:
        return policy.NOT_CHANGED
    if item.visitor_id and facts.blocked([item.visitor_id]):
        return policy.BLOCKED
    if values.was_changed_since(item, job, event):
        return policy.CHANGED_SINCE
    return None


def _note(item: BulkItem, job: BulkJob, change: Change, event: Event) -> None:
    """Committed before the call: that it may happen, what was there, and what is sent where each event gets its own
    value. The first note of an event stays."""
    before = bytes(item.before) if item.before is not None else change.before(event)
    own = {"wanted": change.stored_value} if values.has_own_values(job) else {}
    item.note(
        state=State.SENDING,
        before=before,
        sends=item.sends + 1,
        event_at=item.event_at,
        visitor_id=item.visitor_id,
        **own,
    )


def _settle_trouble(
    item: BulkItem, job: BulkJob, event: Event | None, error: FingerprintError, *, was_sending: bool
) -> bool:
    """Later, never, or not before somebody looks: what an error of Fingerprint means for this event and its job.

    False when the whole job has to wait.
    """
    was_the_change = event is not None
    # Only an answer that was lost leaves a doubt; every other error says that nothing was changed.
    is_certain = not isinstance(error, UnreadableAnswer) and not (isinstance(error, Unavailable) and error.was_sent)
    is_doubtful = was_sending or (was_the_change and not is_certain)
    undo_note: dict[str, object] = {} if is_doubtful else {"state": State.WAITING, "before": None}
    if was_the_change and is_certain and error.status is None:
        undo_note["sends"] = item.sends - 1  # stopped on our side: there was no try

    if event is not None:
        undo_note |= {"event_at": item.event_at, "visitor_id": item.visitor_id}

    match error:
        case Refused() | NotConfigured() if job.has_ended:
            outcomes.settle_unknown(item, job, policy.NOT_KNOWN)
        case Refused() | NotConfigured():
            item.settle(**undo_note, attempts=max(item.attempts - 1, 0), next_attempt_at=None)
            pause_job(job_id=job.pk, code=error.code)
            return False
        case NotFound() if was_sending and event is None:
            outcomes.settle_unknown(item, job, policy.GONE_AFTER_SENDING)
        case NotFound() | InvalidRequest() if _is_too_old(event):
            outcomes.settle_failed(item, job, policy.TOO_OLD, **undo_note)
        case NotFound():
            outcomes.settle_failed(item, job, policy.GONE, **undo_note)
        case InvalidRequest():
            outcomes.settle_failed(item, job, policy.INVALID if event else policy.BAD_ID, **undo_note)
        case NotReadyYet() if item.attempts >= policy.MOST_ATTEMPTS:
            outcomes.settle_failed(item, job, policy.TOO_NEW, **undo_note)
        case NotReadyYet():
            _try_later(item, policy.TOO_NEW, error, **undo_note)
        case RateLimited():
            # Nobody's fault and no try of this event: the job slows down, the event keeps its place.
            item.settle(**undo_note, attempts=max(item.attempts - 1, 0), next_attempt_at=None)
            _rest(job, policy.BUSY if error.status else policy.BUDGET, error)
            return False
        case _ if item.attempts >= policy.MOST_ATTEMPTS and not was_the_change:
            if was_sending:
                outcomes.settle_unknown(item, job, policy.NOT_KNOWN)
            else:
                code = policy.UNREADABLE if isinstance(error, UnreadableAnswer) else policy.NO_ANSWER
                outcomes.settle_failed(item, job, code, **undo_note)
        case _:
            _try_later(item, policy.NO_ANSWER, error, **undo_note)
            _rest(job, policy.NO_ANSWER, error)
            return False
    return True


def _is_too_old(event: Event | None) -> bool:
    """Whether the event is past the age up to which the configured version promises changes."""
    return event is not None and timezone.now() - event.at > reads.capabilities().update_window


def _give_back(item: BulkItem) -> None:
    """As it was: a worker may not go on here, and this was no try."""
    item.settle(attempts=max(item.attempts - 1, 0))


def _try_later(item: BulkItem, code: str, error: FingerprintError, **undo_note: object) -> None:
    wait = policy.wait_for(item.attempts, error.retry_after)
    item.settle(**undo_note, code=code, next_attempt_at=timezone.now() + wait)


def _rest(job: BulkJob, code: str, error: FingerprintError) -> None:
    """The whole job waits: what Fingerprint did not answer for one event it will not for the next."""
    is_turn = code == policy.BUDGET  # our own budget says exactly when the next call may go, and that is no trouble
    troubles = job.troubles if is_turn else job.troubles + 1
    rest = policy.turn_in(error.retry_after) if is_turn else policy.rest_for(troubles, error.retry_after)
    BulkJob.objects.filter(pk=job.pk).update(troubles=troubles, rest_until=timezone.now() + rest, rest_because=code)


def _answered(job: BulkJob) -> None:
    if job.troubles:
        BulkJob.objects.filter(pk=job.pk).update(troubles=0, rest_until=None, rest_because="")
