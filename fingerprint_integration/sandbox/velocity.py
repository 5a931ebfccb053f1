"""How often things happened lately: the velocity signal, counted from the events that are really there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from .clock import DAY, HOUR, MINUTE
from .records import Event

INTERVALS = (("5m", 5 * MINUTE), ("1h", HOUR), ("24h", DAY))
# Fingerprint leaves the longest interval out above this many events.
MOST_EVENTS = 20_000

_at = attrgetter("at")


def count(
    event: Event, of_visitor: Sequence[Event], of_address: Sequence[Event], of_link: Sequence[Event]
) -> dict[str, dict[str, int]]:
    """The counters at the moment of an event; each sequence is in the order of time."""
    visits = _last_day(event, of_visitor)
    links = _last_day(event, of_link)
    counters = {
        "distinct_ip": _distinct(event, visits, lambda other: other.network.ip),
        "distinct_linked_id": _distinct(event, visits, lambda other: other.linked_id),
        "distinct_country": _distinct(event, visits, lambda other: other.network.country or None),
        "events": _number(event, visits),
        "ip_events": _number(event, _last_day(event, of_address)),
        "distinct_ip_by_linked_id": _distinct(event, links, lambda other: other.network.ip),
        "distinct_visitor_id_by_linked_id": _distinct(event, links, lambda other: other.visitor_id),
    }
    if event.visitor_id is None:
        for name in ("distinct_ip", "distinct_linked_id", "distinct_country", "events"):
            counters[name] = {}
    if event.linked_id is None:
        for name in ("distinct_linked_id", "distinct_ip_by_linked_id", "distinct_visitor_id_by_linked_id"):
            counters[name] = {}
    return counters


def _last_day(event: Event, events: Sequence[Event]) -> Sequence[Event]:
    first = bisect_right(events, event.at - DAY, key=_at)
    last = bisect_right(events, event.at, key=_at)
    return events[first:last]


def _number(event: Event, events: Sequence[Event]) -> dict[str, int]:
    counts = {name: len(events) - bisect_right(events, event.at - length, key=_at) for name, length in INTERVALS}
    if counts["24h"] > MOST_EVENTS:
        del counts["24h"]
    return counts


def _distinct(event: Event, events: Iterable[Event], value_of: Callable[[Event], str | None]) -> dict[str, int]:
    latest: dict[str, int] = {}
    for other in events:
        value = value_of(other)
        if value is not None:
            latest[value] = other.at
    return {name: sum(1 for at in latest.values() if at > event.at - length) for name, length in INTERVALS}
