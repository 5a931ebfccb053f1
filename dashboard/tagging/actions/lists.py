"""How a job begins: its events are chosen, collected and frozen. Nothing of it is sent before somebody confirms it."""

import hashlib
import secrets
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import job as job_target
from dashboard.audit.record import record
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.errors import NotPossible
from dashboard.core.times import thousands
from dashboard.core.work import wake
from dashboard.events.models import Search, filters_to_bytes
from dashboard.notices.kinds import NoticeKind
from dashboard.tagging import marks, policy, tasks, telling, wording
from dashboard.tagging.actions.rights import controlled, not_now
from dashboard.tagging.loaded import loaded_events
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration.domain import Event, EventQuery

State, Source = BulkJob.State, BulkJob.Source
_ROWS_A_STATEMENT = 500


@dataclass(frozen=True)
class Chosen:
    """One event somebody chose, and its visitor as far as the page knew ("" when it did not)."""

    event_id: str
    visitor_id: str = ""


@dataclass(frozen=True)
class Sent:
    """The events somebody sent, each once and in their order, and what of it was no event id or came twice."""

    events: tuple[Chosen, ...] = ()
    doubled: int = 0
    malformed: int = 0
    source: BulkJob.Source = field(default=Source.CHOSEN)


def hash_of(event_ids: Iterable[str]) -> str:
    """What freezes a list: SHA-256 over the ids in their order, one a line."""
    digest = hashlib.sha256()
    for event_id in event_ids:
        digest.update(f"{event_id}\n".encode())
    return digest.hexdigest()


@transaction.atomic(durable=True)
def open_list(*, sent: Sent, by: User, now: datetime) -> BulkJob:
    """A job that waits for its change: the events that were chosen, pasted or sent as a file.

    A short list is frozen at once, a longer one is written down by a worker. NotPossible when there are none or too
    many.
    """
    _check_count(len(sent.events))
    job = _new_draft(sent.source, by, now, malformed=sent.malformed, doubled=sent.doubled)
    _record_begun(job, by, now, wording.source_in_log(job, len(sent.events)))
    if len(sent.events) > policy.MOST_AT_ONCE:
        job.filters = pack(sent.events)
        job.count = len(sent.events)
        job.save(update_fields=["filters", "count"])
        wake(tasks.collect, job_id=job.pk)
    else:
        loaded = loaded_events({each.event_id for each in sent.events}, by=by, now=now)
        rows = rows_of(sent.events, now)
        add_items(job, [row_of(loaded[row.event_id]) if row.event_id in loaded else row for row in rows])
        freeze(job, now)
    return job


@transaction.atomic(durable=True)
def open_search_list(*, search: Search, by: User, now: datetime) -> BulkJob:
    """A job over all that match a search, or every event of the visitor it is the history of; a worker collects it.

    The window is the one the search was frozen with: events that came since are not in the list.
    """
    is_history = search.kind == Search.Kind.VISITOR
    job = _new_draft(
        Source.VISITOR if is_history else Source.SEARCH,
        by,
        now,
        filters=pack_questions(search.questions),
        window_start=search.start,
        window_end=search.end,
    )
    about = {"visitor": Personal(SubjectKind.VISITOR, search.visitor_id)} if search.visitor_id else {}
    words = wording.source_in_log(job, 0) if is_history else f"all that match s-{search.short_id}"
    _record_begun(job, by, now, words, personal=about)
    wake(tasks.collect, job_id=job.pk)
    return job


def _check_count(count: int) -> None:
    if not 0 < count <= policy.MOST_EVENTS:
        raise NotPossible(_("A job changes 1 to %(most)s events.") % {"most": thousands(policy.MOST_EVENTS)})


def _new_draft(source: str, by: User, now: datetime, **more: object) -> BulkJob:
    return BulkJob.objects.create(
        asked_by=by,
        form_token=secrets.token_urlsafe(24),
        source=source,
        state=State.COLLECTING,
        created_at=now,
        running_since=now,
        **more,
    )


def new_undo_draft(original: BulkJob, *, overwrites: bool, by: User, now: datetime) -> BulkJob:
    """A draft that will put back what `original` changed; its change is known from the beginning."""
    return _new_draft(
        Source.UNDO, by, now, undoes=original, overwrites=overwrites, change_kind=original.field, wanted=b"null"
    )


def _record_begun(
    job: BulkJob, by: User, now: datetime, words: str, *, personal: dict[str, Personal] | None = None
) -> None:
    record(
        AuditKind.JOB_LIST_BEGUN,
        by=by,
        target=job_target(job.pk),
        batch=job.name,
        details={"source": words},
        personal=personal or {},
        at=now,
    )


# -- The list -----------------------------------------------------------------------------------------------------


def pack(events: Sequence[Chosen]) -> bytes:
    """Ids that wait to be written down; they are about people, so the eraser looks into them."""
    return zlib.compress(msgspec.msgpack.encode([(each.event_id, each.visitor_id) for each in events]), 1)


def unpack(packed: bytes) -> list[Chosen]:
    """What `pack` made."""
    pairs = msgspec.msgpack.decode(zlib.decompress(packed), type=list[tuple[str, str]])
    return [Chosen(event_id, visitor_id) for event_id, visitor_id in pairs]


def pack_questions(questions: Sequence[EventQuery]) -> bytes:
    """Every question that a search asks, without its window, which stands in the job."""
    return msgspec.msgpack.encode([filters_to_bytes(question) for question in questions])


def unpack_questions(packed: bytes) -> list[EventQuery]:
    """What `pack_questions` made."""
    parts = msgspec.msgpack.decode(packed, type=list[bytes])
    return [msgspec.json.decode(part, type=EventQuery) for part in parts]


def rows_of(events: Iterable[Chosen], now: datetime) -> list[BulkItem]:
    """Items that are not in a list yet. When an event was is guessed by its id until it is read."""
    return [
        BulkItem(event_id=each.event_id, visitor_id=each.visitor_id, event_at=policy.at_by_id(each.event_id, now))
        for each in events
    ]


def row_of(event: Event) -> BulkItem:
    """The item of an event that was read, with what the preview counts."""
    visitor_id = event.visitor_id or ""
    return BulkItem(
        event_id=event.event_id,
        visitor_id=visitor_id if policy.is_id(visitor_id) else "",
        event_at=event.at,
        suspect_read=event.suspect,
        linked_id_mark=marks.of_linked_id(event.linked_id),
    )


def add_items(job: BulkJob, rows: Sequence[BulkItem]) -> int:
    """Appends items to a list that is being collected; gives how many were in it already and are taken once."""
    present = set(
        BulkItem.objects.filter(job=job, event_id__in=[row.event_id for row in rows]).values_list("event_id", flat=True)
    )
    new = {row.event_id: row for row in rows if row.event_id not in present}
    for position, row in enumerate(new.values(), job.collected + 1):
        row.job, row.position = job, position
    BulkItem.objects.bulk_create(new.values(), batch_size=_ROWS_A_STATEMENT)
    job.collected += len(new)
    return len(rows) - len(new)


def freeze(job: BulkJob, now: datetime) -> None:
    """COLLECTING → READY with count and hash, and nothing left of what was searched for; an empty list ends."""
    ids = BulkItem.objects.filter(job=job).order_by("position").values_list("event_id", flat=True)
    job.filters, job.cursor, job.count = b"", None, job.collected
    job.rest_until, job.rest_because = None, ""
    if not job.count:
        end_list(job, policy.NOTHING_FOUND, now)
        return
    job.state, job.list_hash = State.READY, hash_of(ids.iterator(chunk_size=5000))
    job.save()
    record(
        AuditKind.JOB_LISTED,
        by=None,
        target=job_target(job.pk),
        batch=job.name,
        details={"how_many": wording.events_in_log(job.count), "count": job.count},
        at=now,
    )


def end_list(job: BulkJob, code: str, now: datetime) -> None:
    """→ DISCARDED by Inkpad itself, with the reason."""
    _throw_away(job, now, code)
    record(
        AuditKind.JOB_LIST_ENDED,
        by=None,
        target=job_target(job.pk),
        ticket=job.ticket,
        batch=job.name,
        details={"because": policy.pause_sentence(code).rstrip(".")},
        at=now,
    )
    telling.asker(NoticeKind.JOB_LIST_ENDED, job, now)


@transaction.atomic(durable=True)
def discard_list(*, job_id: int, by: User, now: datetime) -> None:
    """A list that nobody confirmed, or that waits for a second person, → DISCARDED. Nothing of it was sent."""
    job = controlled(job_id, by, "discard")
    if not job.is_draft:
        not_now(job)
    _throw_away(job, now, policy.BY_PERSON)
    record(AuditKind.JOB_DISCARDED, by=by, target=job_target(job_id), ticket=job.ticket, batch=job.name, at=now)


def _throw_away(job: BulkJob, now: datetime, code: str) -> None:
    """The row stays and says what became of it; its events, which nobody changed, are nobody's business any more."""
    BulkItem.objects.filter(job=job).delete()
    job.state, job.finished_at, job.paused_because = State.DISCARDED, now, code
    job.filters, job.cursor, job.wanted, job.list_hash = b"", None, b"", ""
    job.collector_token, job.collector_until, job.rest_until = "", None, None
    job.save()


def sweep_drafts(now: datetime) -> int:
    """Throws away the lists that nobody confirmed for too long; gives how many."""
    old = BulkJob.objects.filter(state__in=BulkJob.DRAFT_STATES, created_at__lt=now - policy.DRAFT_LIFETIME)
    ended = 0
    for job_id in old.values_list("pk", flat=True):
        with transaction.atomic(durable=True):
            job = BulkJob.objects.select_for_update(of=("self",)).filter(pk=job_id, state__in=BulkJob.DRAFT_STATES)
            if (found := job.first()) is not None:
                end_list(found, policy.EXPIRED, timezone.now())
                ended += 1
    return ended
