"""How an event's part of a job ends: its result and its audit entry, in one transaction."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import Detail, Outcome, Target, record
from dashboard.audit.record import event as event_target
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.tagging import policy
from dashboard.tagging.actions import values
from dashboard.tagging.changes import Change, ChangeKind, from_bytes
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration.domain import Event

State = BulkItem.State

_KINDS = {
    ChangeKind.SUSPECT: AuditKind.EVENT_SUSPECT_SET,
    ChangeKind.LINKED_ID: AuditKind.EVENT_LINKED_ID_SET,
    ChangeKind.TAGS: AuditKind.EVENT_TAGS_SET,
}
SUSPECT_WORDS = {True: "suspect", False: "not suspect", None: "not set"}


def settle_applied(item: BulkItem, job: BulkJob, change: Change, *, answer_lost: bool) -> None:
    """The event has what the job wants, and the job did it; `answer_lost` when that was found out by asking."""
    with transaction.atomic(durable=True):
        item.settle(**_end(item, State.APPLIED), answer_lost=answer_lost)
        details, personal = _before_and_after(item, change)
        _record(_KINDS[change.kind], item, job, details={**details, "answer_lost": answer_lost}, personal=personal)


def settle_already(item: BulkItem, job: BulkJob) -> None:
    """The event had the wanted value before anything was sent."""
    with transaction.atomic(durable=True):
        item.settle(**_end(item, State.ALREADY))
        _record(AuditKind.EVENT_NOT_CHANGED, item, job, details={"because": "it was so already"})


def settle_left(item: BulkItem, job: BulkJob, code: str) -> None:
    """The event is left as it is: its visitor is blocked, somebody changed it since, it cannot have this value, the
    job was cancelled, or it was tried often enough."""
    state = State.CANCELLED if code == policy.CANCELLED else State.SKIPPED
    if code in policy.LEFT_FAILED:
        state = State.FAILED
    outcome = Outcome.FAILED if state == State.FAILED else Outcome.DONE
    with transaction.atomic(durable=True):
        item.settle(**_end(item, state, code))
        _record_not_changed(item, job, code, outcome)


def settle_failed(item: BulkItem, job: BulkJob, code: str, **undo_note: Any) -> None:
    """The event was not changed, and why."""
    with transaction.atomic(durable=True):
        item.settle(**{**undo_note, **_end(item, State.FAILED, code)})
        _record_not_changed(item, job, code, Outcome.FAILED)


def settle_unknown(item: BulkItem, job: BulkJob, code: str) -> None:
    """A change was sent, and whether it arrived cannot be found out; the entry says both values."""
    with transaction.atomic(durable=True):
        item.settle(**_end(item, State.FAILED, code))
        details, personal = _before_and_after(item, values.noted(item, job) or job.change)
        _record(
            AuditKind.EVENT_CHANGE_UNKNOWN,
            item,
            job,
            outcome=Outcome.FAILED,
            details={**details, "because": as_clause(str(policy.ITEM_SENTENCES[code]))},
            personal=personal,
        )


def settle_differing(item: BulkItem, job: BulkJob, change: Change, event: Event) -> None:
    """The call was answered, and asked again the event has other tags than were sent; what it has is kept for undo."""
    stands = change.before(event)
    with transaction.atomic(durable=True):
        item.settle(**_end(item, State.APPLIED, policy.DIFFERS), wanted=stands)
        details, personal = _before_and_after(item, change)
        about = (item.visitor_id,) if item.visitor_id else ()
        personal["stands"] = Personal(SubjectKind.TEXT, stands.decode("utf-8", "surrogatepass"), about)
        _record(AuditKind.EVENT_TAGS_DIFFER, item, job, outcome=Outcome.FAILED, details=details, personal=personal)


def _end(item: BulkItem, state: str, code: str = "") -> dict[str, Any]:
    """What every result writes: the state and its reason, and whose event it was as far as it was read."""
    return {
        "state": state,
        "code": code,
        "next_attempt_at": None,
        "settled_at": timezone.now(),
        "event_at": item.event_at,
        "visitor_id": item.visitor_id,
    }


def as_clause(sentence: str) -> str:
    """A sentence of ours as the end of another one: without its full stop."""
    return sentence.rstrip(".")


def _record_not_changed(item: BulkItem, job: BulkJob, code: str, outcome: Outcome) -> None:
    because = as_clause(str(policy.ITEM_SENTENCES[code]))
    _record(AuditKind.EVENT_NOT_CHANGED, item, job, outcome=outcome, details={"because": because})


def _record(
    kind: Reading,
    item: BulkItem,
    job: BulkJob,
    *,
    details: dict[str, Detail],
    personal: dict[str, Personal] | None = None,
    outcome: Outcome = Outcome.DONE,
) -> None:
    record(
        kind,
        by=job.asked_by,
        outcome=outcome,
        target=_target(item),
        reason=job.reason,
        ticket=job.ticket,
        batch=job.name,
        details=details,
        personal=personal,
    )


def _target(item: BulkItem) -> Target:
    return event_target(item.event_id, item.visitor_id or None)


def _before_and_after(item: BulkItem, change: Change) -> tuple[dict[str, Detail], dict[str, Personal]]:
    """Suspect in our words as details; linked id and tags, which can point to a person, kept apart."""
    before = bytes(item.before or b"null")
    if change.kind == ChangeKind.SUSPECT:
        return {"before": SUSPECT_WORDS[from_bytes(before)], "after": SUSPECT_WORDS[change.wanted]}, {}
    about = (item.visitor_id,) if item.visitor_id else ()
    if change.kind == ChangeKind.LINKED_ID:
        personal = {"after": Personal(SubjectKind.LINKED_ID, change.wanted, about)}
        was = from_bytes(before)
        if was is None:
            return {"before": "not set"}, personal
        return {}, {**personal, "before": Personal(SubjectKind.LINKED_ID, was, about)}
    personal = {"after": Personal(SubjectKind.TEXT, change.stored_value.decode(), about)}
    if before == b"null":
        return {"before": "none"}, personal
    return {}, {**personal, "before": Personal(SubjectKind.TEXT, before.decode("utf-8", "surrogatepass"), about)}
