"""When the quota lets each waiting visitor be sent, and whose date by law would be missed: a plan, without any I/O."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.deletions.policy import Limits, Slots

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many visitors of one request that may be sent from the same instant on; `due_at` is None without a law."""

    request_id: int
    count: int
    ready_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Planned:
    """When the visitors of one request go, and how many of others go before its first."""

    request_id: int
    due_at: datetime | None
    ahead: int
    first: datetime
    last: datetime

    @property
    def is_late(self) -> bool:
        """Whether its last visitor goes after the last instant by law."""
        return self.due_at is not None and self.last > self.due_at


@dataclass(frozen=True)
class Plan:
    """Every request that waits, by its number, and the instants of all calls in their order."""

    requests: dict[int, Planned]
    sends: list[datetime]

    @property
    def late(self) -> list[Planned]:
        """Requests that would miss their date, the nearest date first."""
        return sorted((each for each in self.requests.values() if each.is_late), key=_by_date)


def make_plan(waiting: Iterable[Waiting], *, spent: Iterable[datetime], limits: Limits, start: datetime) -> Plan | None:
    """Who goes when, from `start` on, in the executor's order: of those that may go, the nearest date by law first.

    `spent` are the instants of calls already made, as policy.Call.arrived_by counts them. None when the limits allow no
    deletion at all. Takes n log n in the number of visitors: thousands in some ten milliseconds.
    """
    if limits.allow_nothing:
        return None
    slots = Slots(spent, limits)
    coming = sorted(waiting, key=lambda each: each.ready_at)
    left = [each.count for each in coming]
    first: dict[int, int] = {}  # the place in `sends` of a request's first call, and of its last
    last: dict[int, int] = {}
    ready: list[tuple[datetime, int, int]] = []
    sends: list[datetime] = []
    at, arrived = start, 0
    while ready or arrived < len(coming):
        if not ready:
            at = max(at, coming[arrived].ready_at)
        at = slots.next_after(at)
        while arrived < len(coming) and coming[arrived].ready_at <= at:
            heapq.heappush(ready, (coming[arrived].due_at or _NEVER, coming[arrived].request_id, arrived))
            arrived += 1
        _due_at, request_id, place = ready[0]
        first.setdefault(request_id, len(sends))
        last[request_id] = len(sends)
        slots.take(at)
        sends.append(at)
        left[place] -= 1
        if not left[place]:
            heapq.heappop(ready)
    due = {each.request_id: each.due_at for each in coming}
    return Plan({pk: Planned(pk, due[pk], first[pk], sends[first[pk]], sends[last[pk]]) for pk in first}, sends)


def _by_date(planned: Planned) -> tuple[datetime, int]:
    return planned.due_at or _NEVER, planned.request_id
