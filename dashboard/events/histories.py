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
from dashboard.audit.record import Outcome, record
from dashboard.audit.record import visitor as visitor_target
from dashboard.events import actions, loading, queries
from dashboard.events.actions import PAGE_SIZE
from dashboard.events.loading import Opened
from dashboard.events.models import Search, SnapshotPage
from dashboard.events.windows import Window
from fingerprint_integration.domain import EventQuery
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
    return Opened(snapshot) if snapshot.is_loaded else _begin(search, by, now)


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
        problem = _read_page(search, progress, by, now)
        progress = progress_of(search, by=by, now=now, problem=problem)
        if problem is not None:
            break
    return progress


def _begin(search: Search, by: User, now: datetime) -> Opened:
    problem = _read_page(search, Progress(), by, now)
    if problem is None:
        problem = read_on(search, by=by, now=now, most_pages=FIRST_PAGES - 1).problem
    return Opened(queries.snapshot_of(search, by=by, now=now), problem)


def _read_page(search: Search, after: Progress, by: User, now: datetime) -> FingerprintError | None:
    target = visitor_target(search.visitor_id)
    try:
        # The window is the one this reading began with, so that its pages belong together.
        page = reads.visitor_history(search.visitor_id, now=search.end, cursor=after.cursor, limit=PAGE_SIZE)
    except FingerprintError as problem:
        record(
            AuditKind.VISITOR_NOT_OPENED,
            by=by,
            target=target,
            outcome=Outcome.FAILED,
            details={"error": problem.user_message, "code": problem.code},
            at=now,
        )
        return problem
    kind = AuditKind.VISITOR_LOADED if after.last_number else AuditKind.VISITOR_OPENED
    # Another click may have stored the same page meanwhile; then that one stands.
    with contextlib.suppress(IntegrityError), transaction.atomic():
        loading.store(search, page, after.last_number + 1, 0, by, now)
        record(kind, by=by, target=target, details={"count": len(page.events)}, at=now)
    return None
