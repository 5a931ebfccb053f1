"""Reading a visitor's history: the newest pages at once, the rest some pages at a time.

A history may have any length. What was read stays in the reading's snapshot, so a step that fails loses nothing, and
whoever closes the page stops spending calls. Steps look at no event that was read before.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import Outcome, record
from dashboard.audit.record import visitor as visitor_target
from dashboard.events import actions, loading, queries
from dashboard.events.actions import PAGE_SIZE
from dashboard.events.loading import Opened
from dashboard.events.models import Search, SnapshotPage
from dashboard.events.windows import Window
from fingerprint_integration.domain import EventPage, EventQuery
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

FIRST_PAGES = 2
"""What is read before anything is shown: the newest 200 events."""
MOST_EVENTS = 10_000
"""A reading ends here: the newest ten thousand say what is usual, and a page can still be made of them."""


@dataclass(frozen=True)
class Progress:
    """How far a reading is. `is_bounded`: more events follow, and Inkpad does not read them."""

    count: int = 0
    last_number: int = 0
    cursor: str | None = None
    problem: FingerprintError | None = None

    @property
    def has_more(self) -> bool:
        return self.cursor is not None

    @property
    def is_bounded(self) -> bool:
        return self.has_more and self.count >= MOST_EVENTS

    @property
    def goes_on(self) -> bool:
        """Tell whether another step would read more."""
        return self.has_more and not self.is_bounded


def open_history(visitor_id: str, *, by: User, now: datetime) -> tuple[Search, Opened]:
    """Begin to read a visitor's history over the whole retention; every opening reads it anew."""
    start, end = reads.retention_window(now)
    window = Window("last:all", start, end)
    search = actions.new_search(Search.Kind.VISITOR, EventQuery(visitor_id=visitor_id), window, by, now)
    return search, _begin(search, by, now)


def reopen_history(search: Search, *, by: User, now: datetime) -> Opened:
    """What was loaded of a history that `by` began; read from the start when it has expired."""
    snapshot = queries.snapshot_of(search, by=by, now=now)
    if snapshot.is_loaded:
        return Opened(snapshot)
    loading.drop_expired(search, by, now)
    return _begin(search, by, now)


def progress_of(search: Search, *, by: User, now: datetime, problem: FingerprintError | None = None) -> Progress:
    """How far `by` has read this history; asks nobody and decodes nothing."""
    rows = list(SnapshotPage.objects.of(search, by.pk, now).only("number", "count", "next_cursor"))
    if not rows:
        return Progress(problem=problem)
    return Progress(sum(row.count for row in rows), rows[-1].number, rows[-1].cursor, problem)


def read_on(search: Search, *, by: User, now: datetime, most_pages: int) -> Progress:
    """Read up to `most_pages` further pages, each written down; ends early at the end, at MOST_EVENTS, at no answer."""
    progress = progress_of(search, by=by, now=now)
    for _ in range(most_pages):
        if not progress.goes_on:
            break
        problem = _read_on(search, progress, by, now)
        progress = progress_of(search, by=by, now=now, problem=problem)
        if problem is not None:
            break
    return progress


def _begin(search: Search, by: User, now: datetime) -> Opened:
    """The first pages, kept and written down as one opening; what came is shown without being read again."""
    pages: list[EventPage] = []
    problem: FingerprintError | None = None
    while len(pages) < FIRST_PAGES and (not pages or pages[-1].cursor is not None):
        try:
            pages.append(_ask(search, pages[-1].cursor if pages else None))
        except FingerprintError as error:
            problem = error
            break
    snapshot = queries.Snapshot()
    if pages:
        try:
            with transaction.atomic():
                snapshot = loading.store_first(search, pages, by, now)
                _record(AuditKind.VISITOR_OPENED, search, sum(len(page.events) for page in pages), by, now)
        except IntegrityError:
            # Another click has stored the same pages meanwhile; then those stand.
            snapshot = queries.snapshot_of(search, by=by, now=now)
    if problem is not None:
        _record_failure(search, problem, by, now)
    return Opened(snapshot, problem)


def _read_on(search: Search, after: Progress, by: User, now: datetime) -> FingerprintError | None:
    try:
        page = _ask(search, after.cursor)
    except FingerprintError as problem:
        _record_failure(search, problem, by, now)
        return problem
    # Another click may have stored the same page meanwhile; then that one stands.
    with contextlib.suppress(IntegrityError), transaction.atomic():
        loading.store(search, page, after.last_number + 1, 0, by, now)
        _record(AuditKind.VISITOR_LOADED, search, len(page.events), by, now)
    return None


def _ask(search: Search, cursor: str | None) -> EventPage:
    # The window is the one this reading began with, so that its pages belong together.
    return reads.visitor_history(search.visitor_id, now=search.end, cursor=cursor, limit=PAGE_SIZE)


def _record(kind: Reading, search: Search, count: int, by: User, now: datetime) -> None:
    record(kind, by=by, target=visitor_target(search.visitor_id), details={"count": count}, at=now)


def _record_failure(search: Search, problem: FingerprintError, by: User, now: datetime) -> None:
    record(
        AuditKind.VISITOR_NOT_OPENED,
        by=by,
        target=visitor_target(search.visitor_id),
        outcome=Outcome.FAILED,
        details={"error": problem.user_message, "code": problem.code},
        at=now,
    )
