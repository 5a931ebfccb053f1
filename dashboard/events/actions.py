"""Asking Fingerprint for events on somebody's behalf: every question is a row and an audit entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import Outcome, record
from dashboard.audit.record import event as event_target
from dashboard.audit.record import search as search_target
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.events import also as further
from dashboard.events import filters, loading, queries, reveals
from dashboard.events.also import Also
from dashboard.events.loading import Opened
from dashboard.events.models import Search, SnapshotPage, filters_to_bytes
from dashboard.events.windows import Window
from fingerprint_integration.domain import Event, EventPage, EventQuery
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

PAGE_SIZE = 100
COUNT_UP_TO = 1000
MOST_LOADED = 3000
"""More events of one search are never held: nobody reads them, and every page of it would be slow to draw."""
NEIGHBOURS_A_PAGE = 5
NEIGHBOUR_PAGES = 4
"""A step to the next event reads one small page, or so many while all of it carries the same time."""
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True)
class OpenedEvent:
    """One event, or why there is none."""

    event: Event | None
    problem: FingerprintError | None = None


@dataclass(frozen=True)
class Neighbour:
    """The id of the event beside another one, or the sentence why there is none, or why there was no answer."""

    event_id: str | None = None
    sentence: str = ""
    problem: FingerprintError | None = None


# -- Searching --------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def start_search(*, query: EventQuery, window: Window, by: User, now: datetime, also: Also = further.NONE) -> Search:
    """Write down what somebody searches for. Fingerprint is asked when the results are opened.

    `also` holds the further values of filters that have several.
    """
    for question in further.questions(query, also):
        reveals.note_search(question, by=by, now=now)
    search = new_search(Search.Kind.EVENTS, query, window, by, now, also)
    record(
        AuditKind.SEARCH_STARTED,
        by=by,
        target=search_target(search.short_id),
        details={"window": window.asked, "questions": len(search.questions)},
        personal=_personal_of(query, also),
        at=now,
    )
    return search


def open_search(search: Search, *, by: User, now: datetime) -> Opened:
    """What `by` has loaded of this search; the first page is asked for when there is nothing yet."""
    snapshot = queries.snapshot_of(search, by=by, now=now)
    if not snapshot.is_loaded:
        return load_more(search, after=0, by=by, now=now)
    record(AuditKind.SEARCH_OPENED, by=by, target=search_target(search.short_id), at=now)
    return Opened(snapshot)


def load_more(search: Search, *, after: int, by: User, now: datetime) -> Opened:
    """Ask Fingerprint for the page behind number `after`; nothing is asked when it is here already or there is none."""

    questions = search.questions

    def ask(question: int, cursor: str | None) -> EventPage:
        query = msgspec.structs.replace(
            questions[question], limit=PAGE_SIZE, total_hits=COUNT_UP_TO if cursor is None else None
        )
        return reads.search_events(query, cursor=cursor)

    target = search_target(search.short_id)
    return loading.load(
        search,
        ask,
        after,
        by,
        now,
        most=MOST_LOADED,
        loaded=lambda count: record(AuditKind.SEARCH_LOADED, by=by, target=target, details={"count": count}, at=now),
        failed=lambda error: record(
            AuditKind.SEARCH_FAILED,
            by=by,
            target=target,
            outcome=Outcome.FAILED,
            details={"error": error.user_message, "code": error.code},
            at=now,
        ),
    )


def load_up_to(search: Search, *, most: int, by: User, now: datetime) -> Opened:
    """Ask for page after page until `most` events are here, there are no more, or an answer does not come."""
    opened = Opened(queries.snapshot_of(search, by=by, now=now))
    for _page in range(most // PAGE_SIZE):
        before = opened.snapshot
        if before.count >= most or (before.is_loaded and not before.has_more):
            break
        opened = load_more(search, after=before.last_number, by=by, now=now)
        if opened.problem is not None or opened.snapshot.last_number == before.last_number:
            break
    return opened


def forget_snapshot(search: Search, *, by: User) -> None:
    """Drop what `by` loaded of this search, so that it is read anew."""
    SnapshotPage.objects.filter(search=search, owner=by).delete()


# -- One event --------------------------------------------------------------------------------------------------


def open_event(event_id: str, *, by: User, now: datetime, kind: Reading = AuditKind.EVENT_OPENED) -> OpenedEvent:
    """Read one event from Fingerprint as it is now; opening it, and failing to, is written down."""
    try:
        event = reads.get_event(event_id)
    except FingerprintError as problem:
        record(
            AuditKind.EVENT_NOT_OPENED,
            by=by,
            target=event_target(event_id),
            outcome=Outcome.FAILED,
            details={"error": problem.user_message, "code": problem.code},
            at=now,
        )
        return OpenedEvent(None, problem)
    record(kind, by=by, target=event_target(event_id, event.visitor_id), at=now)
    return OpenedEvent(event)


def find_neighbour(event_id: str, *, is_later: bool, by: User, now: datetime) -> Neighbour:
    """The visitor's next event after this one, or the last one before it; two requests, written down as one act.

    Events of the very same time follow each other by their ids.
    """
    try:
        event = reads.get_event(event_id)
        found, is_certain = _next_to(event, is_later=is_later, now=now)
    except FingerprintError as problem:
        record(
            AuditKind.EVENT_NOT_OPENED,
            by=by,
            target=event_target(event_id),
            outcome=Outcome.FAILED,
            details={"error": problem.user_message, "code": problem.code},
            at=now,
        )
        return Neighbour(problem=problem)
    record(
        AuditKind.EVENT_NEIGHBOUR_SOUGHT,
        by=by,
        target=event_target(event_id, event.visitor_id),
        details={"which": "after" if is_later else "before", "found": "found" if found else "there is none"},
        at=now,
    )
    if found is not None:
        return Neighbour(found)
    if not is_certain:
        return Neighbour(
            sentence=_(
                "More events of this visitor carry the very same time than Inkpad reads for this. "
                "Open the visitor’s history instead."
            )
        )
    if event.visitor_id is None:
        return Neighbour(sentence=_("This event has no visitor, so nothing comes before or after it."))
    return Neighbour(
        sentence=_("This is the visitor’s newest event.")
        if is_later
        else _("This is the visitor’s oldest event that Fingerprint still keeps.")
    )


def _next_to(event: Event, *, is_later: bool, now: datetime) -> tuple[str | None, bool]:
    """The event, or None, and whether that is certain."""
    if event.visitor_id is None:
        return None, True
    start, end = reads.retention_window(now)
    # Both ends are exclusive at Fingerprint, and other events may carry the very same time.
    query = EventQuery(
        visitor_id=event.visitor_id,
        start=event.at - _TICK if is_later else start,
        end=max(end, event.at + timedelta(seconds=1)) if is_later else event.at + _TICK,
        reverse=True if is_later else None,
        limit=NEIGHBOURS_A_PAGE,
    )
    here, cursor = (event.at, event.event_id), None
    beyond: list[tuple[datetime, str]] = []
    for _page in range(NEIGHBOUR_PAGES):
        page = reads.search_events(query, cursor=cursor)
        read = [(item.at, item.event_id) for item in page.events if isinstance(item, Event)]
        beyond += [place for place in read if (place > here if is_later else place < here)]
        cursor = page.cursor
        # Nobody says in which order events of one time come: they are known only once another time follows.
        if cursor is None or any(at != event.at for at, _event_id in read):
            return (min(beyond) if is_later else max(beyond))[1] if beyond else None, True
    return None, False


# -- Forgetting -------------------------------------------------------------------------------------------------


def sweep_expired(now: datetime) -> int:
    """Delete expired snapshots, and unsaved searches whose window Fingerprint itself no longer holds anything of."""
    pages, _models = SnapshotPage.objects.filter(expires_at__lte=now).delete()
    oldest = now - timedelta(days=settings.FINGERPRINT_RETENTION_DAYS)
    old, _models = Search.objects.filter(name="", end__lt=oldest).delete()
    # The history of a visitor has no address of its own once it has expired.
    read, _models = Search.objects.filter(
        kind=Search.Kind.VISITOR, created_at__lt=now - settings.SNAPSHOT_LIFETIME, pages=None
    ).delete()
    return pages + old + read


def forget_visitors(visitor_ids: Sequence[str], _erased_by: str) -> int:
    """Delete every search for these visitors and every snapshot they are in; runs in the deletion's transaction."""
    wanted = set(visitor_ids)
    needles = [visitor_id.encode("utf-8", "surrogatepass") for visitor_id in wanted]
    forgotten, _models = Search.objects.filter(visitor_id__in=wanted).delete()
    for search in Search.objects.exclude(also=b"").only("also").iterator():
        if not wanted.isdisjoint(search.further.get("visitor_id", ())):
            forgotten += search.delete()[0]
    touched = set()
    for page in SnapshotPage.objects.only("search_id", "owner_id", "packed_visitors", "packed").iterator():
        # The payload itself is looked through as well: other visitors' events can name this one, in a tag or a URL.
        if not wanted.isdisjoint(page.visitor_ids) or any(needle in raw for raw in page.raws for needle in needles):
            touched.add((page.search_id, page.owner_id))
    for search_id, owner_id in touched:
        # A snapshot is a chain of pages; without one of them it is none.
        deleted, _models = SnapshotPage.objects.filter(search_id=search_id, owner_id=owner_id).delete()
        forgotten += deleted
    return forgotten


# -- How it is done ---------------------------------------------------------------------------------------------


def new_search(
    kind: str, query: EventQuery, window: Window, by: User, now: datetime, also: Also = further.NONE
) -> Search:
    """The row of a question; writing down that it was asked is the caller's part."""
    return Search.objects.create(
        kind=kind,
        owner=by,
        filters=filters_to_bytes(query),
        also=further.pack(also),
        visitor_id=query.visitor_id or "",
        window_asked=window.asked,
        start=window.start,
        end=window.end,
        created_at=now,
    )


def _personal_of(query: EventQuery, also: Also) -> dict[str, Personal]:
    """What a search tells about people: its words, and each value that the audit log can be asked for by itself."""
    visitor_ids = further.values_of(query, also, "visitor_id")
    values = {"words": Personal(SubjectKind.TEXT, filters.sentence(query, also), visitor_ids)}
    for role, name, kind in (
        ("visitor", "visitor_id", SubjectKind.VISITOR),
        ("linked_id", "linked_id", SubjectKind.LINKED_ID),
        ("address", "ip_address", SubjectKind.ADDRESS),
    ):
        for number, value in enumerate(further.values_of(query, also, name), start=1):
            values[role if number == 1 else f"{role}_{number}"] = Personal(kind, value)
    return values
