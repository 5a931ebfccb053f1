"""From an account to visitors: which visitors have events that name one of a person's linked ids, with what speaks for
each. A person chooses among them; nothing is chosen here."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.deletions.actions import FoundThrough
from fingerprint_integration.domain import EventQuery, UnreadableEvent
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads
from fingerprint_integration.services.reads import Patience

MOST_ACCOUNTS = 5
PAGES_AN_ACCOUNT = 3
_SECONDS = 6.0


@dataclass(frozen=True)
class Candidate:
    """A visitor with events that name one of the accounts: how many, and from when to when."""

    visitor_id: str
    event_count: int
    first_at: datetime
    last_at: datetime

    @property
    def evidence(self) -> FoundThrough:
        return FoundThrough(event_count=self.event_count, first_at=self.first_at, last_at=self.last_at)


@dataclass(frozen=True)
class Found:
    """What Fingerprint said. Nothing of it is a guess: `is_whole` is False when there was more than we read."""

    candidates: list[Candidate] = field(default_factory=list)
    asked: int = 0
    """Accounts that were asked about."""
    is_whole: bool = True
    problem: str = ""
    """The sentence when there was no answer."""


def find_visitors(linked_ids: Iterable[str], *, now: datetime) -> Found:
    """Asks for the events of these accounts over the whole retention; the visitor with most events comes first."""
    accounts = list(linked_ids)
    started, spans, is_whole, asked = time.monotonic(), dict[str, list[datetime]](), True, 0
    for linked_id in accounts[:MOST_ACCOUNTS]:
        if time.monotonic() - started > _SECONDS:
            break
        try:
            is_whole = _read(linked_id, spans, now) and is_whole
        except FingerprintError as error:
            return Found(_candidates(spans), asked, False, error.user_message)
        asked += 1
    return Found(_candidates(spans), asked, is_whole and asked == len(accounts))


def _read(linked_id: str, spans: dict[str, list[datetime]], now: datetime) -> bool:
    start, end = reads.retention_window(now)
    query = EventQuery(linked_id=linked_id, start=start, end=end, limit=100)
    cursor: str | None = None
    for _page in range(PAGES_AN_ACCOUNT):
        page = reads.search_events(query, cursor=cursor, patience=Patience.PAGE)
        for event in page.events:
            if not isinstance(event, UnreadableEvent) and event.visitor_id:
                spans.setdefault(event.visitor_id, []).append(event.at)
        cursor = page.cursor
        if cursor is None:
            return True
    return False


def _candidates(spans: dict[str, list[datetime]]) -> list[Candidate]:
    found = [Candidate(visitor_id, len(at), min(at), max(at)) for visitor_id, at in spans.items()]
    return sorted(found, key=lambda each: (-each.event_count, each.visitor_id))
