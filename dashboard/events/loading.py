"""Asking Fingerprint for the next page of a search and keeping the answer. Only actions use this."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction

from dashboard.accounts.models import User
from dashboard.events import queries
from dashboard.events.models import Search, SnapshotPage, pack
from dashboard.events.queries import Snapshot
from fingerprint_integration.domain import Event, EventPage
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads


@dataclass(frozen=True)
class Opened:
    """What there is to show: the snapshot, and the problem when Fingerprint gave no answer to the last question."""

    snapshot: Snapshot
    problem: FingerprintError | None = None


def load(
    search: Search,
    ask: Callable[[int, str | None], EventPage],
    after: int,
    by: User,
    now: datetime,
    *,
    loaded: Callable[[int], object],
    failed: Callable[[FingerprintError], object],
    most: int | None = None,
) -> Opened:
    """Ask what the list behind load `after` needs, keep every answer that came, and write down how it went.

    `ask(question, cursor)` asks one question of the search. Nothing is asked when the load is here already, when there
    is nothing more, or when `most` events are held.
    """
    snapshot = queries.snapshot_of(search, by=by, now=now)
    is_done = snapshot.last_number > after or (snapshot.is_loaded and not snapshot.has_more)
    if is_done or (most is not None and snapshot.count >= most):
        return Opened(snapshot)  # a second click, or a page that was reloaded
    answers: dict[int, EventPage] = {}
    problem: FingerprintError | None = None
    for question in snapshot.ask_next:
        try:
            answers[question] = ask(question, snapshot.cursors.get(question))
        except FingerprintError as error:
            problem = error
            break
    if answers:
        _keep(search, answers, snapshot.last_number + 1, by, now, loaded)
    if problem is not None:
        failed(problem)
    return Opened(queries.snapshot_of(search, by=by, now=now) if answers else snapshot, problem)


def _keep(
    search: Search,
    answers: dict[int, EventPage],
    number: int,
    by: User,
    now: datetime,
    loaded: Callable[[int], object],
) -> None:
    try:
        with transaction.atomic():
            for question, page in answers.items():
                store(search, page, number, question, by, now)
            loaded(sum(len(page.events) for page in answers.values()))
    except IntegrityError:
        pass  # Another click has stored the same load meanwhile; then that one stands.


def store(search: Search, page: EventPage, number: int, question: int, by: User, now: datetime) -> None:
    """Keep one answer; IntegrityError when it is there already."""
    drop_expired(search, by, now)
    first = SnapshotPage.objects.of(search, by.pk, now).first()
    # The pages of one snapshot expire together: without its first pages the rest means nothing.
    expires_at = first.expires_at if first else now + settings.SNAPSHOT_LIFETIME
    _row(search, page, number, question, by, now, expires_at).save(force_insert=True)


def store_first(search: Search, pages: Sequence[EventPage], by: User, now: datetime) -> Snapshot:
    """Keep the first answers to a search of one question and give them as a snapshot, without reading them again.

    IntegrityError when some are there already.
    """
    expires_at = now + settings.SNAPSHOT_LIFETIME
    rows = [_row(search, page, number, 0, by, now, expires_at) for number, page in enumerate(pages, start=1)]
    SnapshotPage.objects.bulk_create(rows)
    return queries.as_snapshot(rows, is_reversed=bool(search.query.reverse), items=[page.events for page in pages])


def drop_expired(search: Search, by: User, now: datetime) -> None:
    """Make room for a new snapshot where the sweep has not come by yet."""
    SnapshotPage.objects.filter(search=search, owner=by, expires_at__lte=now).delete()


def _row(
    search: Search, page: EventPage, number: int, question: int, by: User, now: datetime, expires_at: datetime
) -> SnapshotPage:
    visitor_ids = {item.visitor_id for item in page.events if isinstance(item, Event) and item.visitor_id}
    return SnapshotPage(
        search=search,
        owner=by,
        number=number,
        question=question,
        api_version=reads.capabilities().api_version.value,
        packed=pack([item.raw for item in page.events]),
        packed_visitors=msgspec.json.encode(sorted(visitor_ids)),
        count=len(page.events),
        next_cursor=None if page.cursor is None else page.cursor.encode("utf-8", "surrogatepass"),
        total=page.total,
        total_is_capped=page.total_is_capped,
        visitor_unknown=page.visitor_unknown,
        fetched_at=now,
        expires_at=expires_at,
    )
