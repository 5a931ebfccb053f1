"""Jobs and their events in words: for pages and for the audit log."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.times import thousands
from dashboard.tagging import policy
from dashboard.tagging.changes import Change, ChangeKind, from_bytes
from dashboard.tagging.models import BulkItem, BulkJob

State = BulkItem.State


def change_in_log(change: Change) -> str:
    """What a job changes, without the value where that could point to a person."""
    if change.kind == ChangeKind.SUSPECT:
        return "mark suspect" if change.wanted else "mark not suspect"
    return {
        ChangeKind.LINKED_ID: "set the linked id",
        ChangeKind.TAGS: "set the tags",
        ChangeKind.TAGS_ADD: "add tags",
        ChangeKind.TAGS_REMOVE: "remove tags",
    }[change.kind]


def job_change_in_log(job: BulkJob) -> str:
    """The same for a job; an undo names the job it puts back."""
    if job.undoes_id is not None:
        return f"put back what J-{job.undoes_id:04d} changed"
    return change_in_log(job.change)


def source_in_log(job: BulkJob, count: int) -> str:
    """Where the events of a list come from, without naming anybody."""
    source = BulkJob.Source(job.source)
    if source == BulkJob.Source.VISITOR:
        return "every event of a visitor"
    return f"{events_in_log(count)}, {source.label.lower()}"


def events_in_log(count: int) -> str:
    """`1 event`, `2,000 events`."""
    return "1 event" if count == 1 else f"{thousands(count)} events"


def job_title(job: BulkJob) -> str:
    """The job's heading: `Mark 2,000 events suspect`."""
    n = {"n": thousands(job.count)}
    if job.undoes_id is not None:
        words = ngettext("Put %(n)s event of %(job)s back", "Put %(n)s events of %(job)s back", job.count)
        return words % {**n, "job": f"J-{job.undoes_id:04d}"}
    if not job.change_kind:
        if job.state == BulkJob.State.COLLECTING or not job.count:
            return _("Collect events")
        return ngettext("Change %(n)s event", "Change %(n)s events", job.count) % n
    if job.change_kind == ChangeKind.TAGS_ADD:
        return ngettext("Add tags to %(n)s event", "Add tags to %(n)s events", job.count) % n
    if job.change_kind == ChangeKind.TAGS_REMOVE:
        return ngettext("Remove tags of %(n)s event", "Remove tags of %(n)s events", job.count) % n
    if job.change_kind == ChangeKind.LINKED_ID:
        return ngettext("Set the linked id of %(n)s event", "Set the linked id of %(n)s events", job.count) % n
    if job.change_kind == ChangeKind.TAGS:
        return ngettext("Set the tags of %(n)s event", "Set the tags of %(n)s events", job.count) % n
    if job.is_erased or from_bytes(bytes(job.wanted)):
        return ngettext("Mark %(n)s event suspect", "Mark %(n)s events suspect", job.count) % n
    return ngettext("Mark %(n)s event not suspect", "Mark %(n)s events not suspect", job.count) % n


def done_word(job: BulkJob) -> str:
    """What a changed event of such a job is called: `Marked`."""
    if job.is_undo:
        return _("Put back")
    return _("Marked") if job.change_kind == ChangeKind.SUSPECT else _("Set")


def value_words(kind: str, stored: bytes | None) -> str | None:
    """A stored value as people read it, not yet printable; None for "never set"."""
    if stored is None or stored == b"null":
        return None
    try:
        value = from_bytes(bytes(stored))
    except ValueError:
        return bytes(stored).decode("utf-8", "replace")  # JSON that Python cannot read, such as a huge number
    if kind in (ChangeKind.TAGS, ChangeKind.TAGS_ADD):
        return json.dumps(value, ensure_ascii=False)
    if kind == ChangeKind.TAGS_REMOVE:
        return ", ".join(str(key) for key in value)
    if kind == ChangeKind.SUSPECT:
        return _("suspect") if value else _("not suspect")
    return str(value)


def part_labels(job: BulkJob, counts: Mapping[str, int], tried_before: int) -> dict[str, str]:
    """The words behind each count of the progress bar."""
    cancelled = counts.get(State.CANCELLED, 0)
    if cancelled and counts.get(State.SKIPPED, 0):
        left = _("skipped or cancelled")
    else:
        left = _("cancelled") if cancelled else _("skipped")
    waiting = _("waiting")
    if tried_before:
        tried = ngettext("%(n)s of them tried before", "%(n)s of them tried before", tried_before)
        waiting = f"{waiting}, {tried % {'n': thousands(tried_before)}}"
    return {
        "done": done_word(job).lower(),
        "already": _("were so already"),
        "skipped": left,
        "failed": _("failed"),
        "waiting": waiting,
    }


@dataclass(frozen=True, kw_only=True)
class ItemRow:
    """An item as its row shows it. `before` and `after` are words, None for "not set"; the stored ones are their
    JSON, None when not known; `shows_after` is False for "–".

    `is_forgotten`: changed, but what was noted of it named somebody erased since.
    """

    pk: int
    position: int
    event_id: str
    visitor_id: str
    is_erased: bool
    is_forgotten: bool
    can_go_back: bool
    before: str | None
    stored_before: bytes | None
    knows_before: bool
    after: str | None
    stored_after: bytes | None
    shows_after: bool
    mark: str
    result: str
    why: str
    next_try_at: datetime | None
    tries: int
    at: datetime | None


_MARKS = {
    State.APPLIED: "done",
    State.ALREADY: "already",
    State.SKIPPED: "skipped",
    State.CANCELLED: "skipped",
    State.FAILED: "error",
}


def item_row(item: BulkItem, job: BulkJob) -> ItemRow:
    """The row of one item."""
    wanted = None if job.is_erased else bytes(job.wanted)
    if item.wanted is not None:
        wanted = bytes(item.wanted)
    elif job.field != job.change_kind:
        wanted = None  # what was added or removed says nothing of the whole before the event was read
    stands = item.state in (State.APPLIED, State.ALREADY)
    noted = None if item.before is None else bytes(item.before)
    before = wanted if item.state == State.ALREADY else noted
    is_forgotten = item.state == State.APPLIED and item.erased_at is None and noted is None
    result, why = _result(item, job)
    if is_forgotten:
        why = str(policy.ITEM_SENTENCES[policy.NOTE_ERASED])
    is_tried = bool(item.code or item.sends)
    return ItemRow(
        pk=item.pk,
        position=item.position,
        event_id=item.event_id,
        visitor_id=item.visitor_id,
        is_erased=item.erased_at is not None,
        is_forgotten=is_forgotten,
        can_go_back=item.state == State.APPLIED and item.erased_at is None and not is_forgotten,
        before=value_words(job.field, before),
        stored_before=before,
        knows_before=before is not None and item.erased_at is None,
        after=value_words(job.field, wanted),
        stored_after=wanted,
        shows_after=stands and wanted is not None,
        mark=_MARKS.get(State(item.state), "retry" if is_tried else "not_provided"),
        result=result,
        why=why,
        next_try_at=item.next_attempt_at,
        tries=item.sends,
        at=item.settled_at,
    )


def _result(item: BulkItem, job: BulkJob) -> tuple[str, str]:
    if item.erased_at is not None and item.state != State.APPLIED:
        return _("Erased"), str(policy.ITEM_SENTENCES[policy.ERASED])
    if item.state == State.APPLIED and item.code:
        return str(policy.ITEM_WORDS[item.code]), str(policy.ITEM_SENTENCES[item.code])
    if item.state == State.APPLIED:
        lost = _("The answer was lost; asked again: it stands.") if item.answer_lost else ""
        return done_word(job), lost
    if item.state == State.ALREADY:
        return _("Already so"), ""
    if item.code:
        return str(policy.ITEM_WORDS[item.code]), str(policy.ITEM_SENTENCES[item.code])
    return (_("Being sent"), "") if item.state == State.SENDING else (_("Waiting"), "")


@dataclass(frozen=True)
class Segment:
    """One way to look at a job's items."""

    name: str
    label: str
    count: int
    is_current: bool


def segments(job: BulkJob, counts: Mapping[str, int], current: str) -> list[Segment]:
    """The ways that hold something, and the current one."""

    def of(*states: str) -> int:
        return sum(counts.get(state, 0) for state in states)

    every = [
        ("all", _("All"), job.count),
        ("look", _("Needs a look"), of(State.FAILED, State.SKIPPED)),
        ("done", done_word(job), of(State.APPLIED)),
        ("already", _("Already so"), of(State.ALREADY)),
        ("waiting", _("Waiting"), of(*BulkItem.OPEN_STATES)),
        ("cancelled", _("Cancelled"), of(State.CANCELLED)),
    ]
    return [Segment(name, label, n, name == current) for name, label, n in every if n or name in ("all", current)]
