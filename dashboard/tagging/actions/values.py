"""Which value one event gets from its job, and whether somebody changed it meanwhile. Nothing is asked or stored."""

from dashboard.tagging.changes import Change, ChangeKind, current_value, from_bytes, put_back, same_value
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration.domain import Event


def has_own_values(job: BulkJob) -> bool:
    """Whether each event of the job gets a value of its own, kept in its item."""
    return job.is_undo or job.change_kind in (ChangeKind.TAGS_ADD, ChangeKind.TAGS_REMOVE)


def wanted_of(item: BulkItem, job: BulkJob, event: Event) -> Change:
    """What this event is to have: noted before an earlier try, put back, or the job's; CannotChange when it cannot."""
    if job.is_undo:
        return put_back(job.field, bytes(item.wanted or b"null"))
    return noted(item, job) or job.change.for_event(event)


def noted(item: BulkItem, job: BulkJob) -> Change | None:
    """What was, or may have been, sent for this event where each gets its own value; None before that."""
    if item.wanted is None:
        return None
    return Change(job.field, from_bytes(bytes(item.wanted)))


def was_changed_since(item: BulkItem, job: BulkJob, event: Event) -> bool:
    """Whether an undo finds something else than the job it undoes had left, and was not told to overwrite it."""
    if item.expected is None or job.overwrites:
        return False
    return not same_value(job.field, bytes(item.expected), current_value(job.field, event))
