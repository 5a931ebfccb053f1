"""What Fingerprint holds of a visitor right now: what goes at once, what stays, who else is on the device."""

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.deletions.policy import AT_ONCE_WINDOW
from fingerprint_integration.domain import UnreadableEvent
from fingerprint_integration.errors import FingerprintError, InvalidRequest
from fingerprint_integration.services import reads
from fingerprint_integration.services.reads import Patience

PAGES_BEFORE_SENDING = 5
"""A hundred events each; a visitor with more is recorded as "at least". Together well within the lease of its row."""
PAGES_ON_SCREEN = 3
SECONDS_ON_SCREEN = 4.0
"""After this long a page shows what it has; the rest is asked for one by one, by whoever wants to know."""


@dataclass(frozen=True)
class Evidence:
    """An answer of Fingerprint, counted. Nothing of it is a guess: what was not read is said by `is_whole`."""

    asked_at: datetime
    was_known: bool
    """Fingerprint knows this visitor; when False every count is 0."""
    recent_ids: tuple[str, ...] = ()
    older_ids: tuple[str, ...] = ()
    """Events that stay for now, the newest first: asked about until their retention ends."""
    recent_count: int = 0
    older_count: int = 0
    unreadable_count: int = 0
    suspect_count: int = 0
    is_whole: bool = True
    """False when there were more events than we read; counts are then "at least"."""
    kept_until: datetime | None = None
    """When the retention of the newest older event ends; None when there is no older one."""
    recent_from: datetime | None = None
    newest_at: datetime | None = None
    """From when to when the events reach that go at once; None when there is none."""
    linked_ids: tuple[tuple[str, int], ...] = ()
    """Accounts seen on these events with their counts, the most frequent first."""

    @property
    def recent_ids_json(self) -> bytes:
        return json.dumps(self.recent_ids).encode()

    @property
    def older_ids_json(self) -> bytes:
        return json.dumps(self.older_ids).encode()


def collect(visitor_id: str, *, now: datetime, pages: int, patience: Patience) -> Evidence:
    """Asks for the visitor's events over the whole retention, newest first, at most `pages` of a hundred.

    Raises FingerprintError when there is no answer; "unknown visitor" is an answer.
    """
    border, retention = now - AT_ONCE_WINDOW, reads.capabilities().retention
    recent: list[str] = []
    older: list[str] = []
    accounts: Counter[str] = Counter()
    recent_count = older_count = unreadable = suspects = 0
    kept_until: datetime | None = None
    recent_from: datetime | None = None
    newest_at: datetime | None = None
    cursor: str | None = None
    for _ in range(pages):
        page = reads.visitor_history(visitor_id, now=now, cursor=cursor, limit=100, patience=patience)
        if page.visitor_unknown:
            return Evidence(asked_at=now, was_known=False)
        for event in page.events:
            if isinstance(event, UnreadableEvent):
                unreadable += 1
                continue
            if event.linked_id:
                accounts[event.linked_id] += 1
            suspects += event.suspect is True
            if event.at > border:
                recent_count += 1
                newest_at, recent_from = max(newest_at or event.at, event.at), min(recent_from or event.at, event.at)
                recent.append(event.event_id)
            else:
                older_count += 1
                older.append(event.event_id)
                kept_until = max(kept_until, event.at + retention) if kept_until else event.at + retention
        cursor = page.cursor
        if cursor is None:
            break
    return Evidence(
        asked_at=now,
        was_known=True,
        recent_ids=tuple(recent),
        older_ids=tuple(older),
        recent_count=recent_count,
        older_count=older_count,
        unreadable_count=unreadable,
        suspect_count=suspects,
        is_whole=cursor is None,
        kept_until=kept_until,
        recent_from=recent_from,
        newest_at=newest_at,
        linked_ids=tuple(accounts.most_common()),
    )


def is_known(visitor_id: str, *, now: datetime, patience: Patience) -> bool:
    """Whether Fingerprint still knows this visitor; FingerprintError when there is no answer."""
    return not reads.visitor_history(visitor_id, now=now, limit=1, patience=patience).visitor_unknown


@dataclass(frozen=True)
class Look:
    """What a page learned, by row: answers, and sentences about ids that Fingerprint does not take.

    `problem` is the sentence when no answer came; the rows behind it were not asked.
    """

    answers: dict[int, Evidence] = field(default_factory=dict)
    not_taken: dict[int, str] = field(default_factory=dict)
    problem: str = ""


def look(rows: Iterable[tuple[int, str]], *, now: datetime) -> Look:
    """Asks about (row, visitor id) for a page: until one gets no answer or the page has waited long enough."""
    started, answers, not_taken = time.monotonic(), dict[int, Evidence](), dict[int, str]()
    for row_id, visitor_id in rows:
        if time.monotonic() - started > SECONDS_ON_SCREEN:
            break
        try:
            answers[row_id] = collect(visitor_id, now=now, pages=PAGES_ON_SCREEN, patience=Patience.PAGE)
        except InvalidRequest as error:
            not_taken[row_id] = error.user_message
        except FingerprintError as error:
            return Look(answers, not_taken, error.user_message)
    return Look(answers, not_taken)
