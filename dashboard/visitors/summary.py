"""What a visitor's loaded events say together: usual device, place and hours, accounts, addresses, what speaks. Pure.

It says something of the events it was given and of no others; the page names how many those are.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from fingerprint_integration.domain import Event

# Hours are called usual when they hold four of five events and are not most of the day.
_USUAL_SHARE = 0.8
_AROUND_THE_CLOCK = 16


@dataclass(frozen=True)
class Usual:
    """What was seen most: the value, in how many of how many events that say anything of it."""

    value: str
    count: int
    of: int


@dataclass(frozen=True)
class Hours:
    """The shortest stretch of the day that holds most events: from `start` to `end` o'clock (24 is midnight)."""

    start: int
    end: int
    count: int
    of: int
    is_around_the_clock: bool


@dataclass(frozen=True)
class Seen:
    """A value with how often and when it was seen last, and the place of one event that holds it."""

    value: str
    count: int
    first_at: datetime
    last_at: datetime
    place: int
    detail: str = ""
    network: str = ""


@dataclass(frozen=True)
class Spoken:
    """A signal and in how many events it spoke, strongly in at least one."""

    label: str
    count: int
    is_strong: bool


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The loaded events of one visitor in short."""

    count: int
    day_count: int
    first_at: datetime | None
    """The earliest we know of: Fingerprint's own first sight, or the oldest loaded event."""
    first_is_told: bool
    """Fingerprint says since when it knows the visitor; otherwise the visitor may be older than what is loaded."""
    last_at: datetime | None
    device: Usual | None
    place: Usual | None
    hours: Hours | None
    accounts: tuple[Seen, ...]
    without_account_count: int
    addresses: tuple[Seen, ...]
    spoken: tuple[Spoken, ...]
    suspect_count: int
    not_suspect_count: int
    confidence: float | None


InWords = Callable[[Event], str | None]


def summarise(
    events: Sequence[tuple[int, Event]],
    zone: tzinfo,
    *,
    device_of: InWords,
    place_of: InWords,
    address_of: InWords,
    network_of: InWords,
) -> Summary:
    """Sum up events given with their places; the functions say an event's device, place, address and network."""
    alone = [event for _, event in events]
    first_seen = [event.first_seen_at for event in alone if event.first_seen_at is not None]
    newest = max(alone, key=lambda event: event.at, default=None)
    return Summary(
        count=len(alone),
        day_count=len({event.at.astimezone(zone).date() for event in alone}),
        first_at=min([*first_seen, *(event.at for event in alone)], default=None),
        first_is_told=bool(first_seen),
        last_at=newest.at if newest else None,
        device=most_common(device_of(event) for event in alone),
        place=most_common(place_of(event) for event in alone),
        hours=usual_hours([event.at.astimezone(zone).hour for event in alone]),
        accounts=accounts_of(events),
        without_account_count=sum(1 for event in alone if event.linked_id is None),
        addresses=_seen(
            (place, event, address_of(event), place_of(event) or "", network_of(event) or "") for place, event in events
        ),
        spoken=spoken(alone),
        suspect_count=sum(1 for event in alone if event.suspect is True),
        not_suspect_count=sum(1 for event in alone if event.suspect is False),
        confidence=newest.confidence if newest else None,
    )


def accounts_of(events: Sequence[tuple[int, Event]]) -> tuple[Seen, ...]:
    """The accounts of these events, the most used first."""
    return _seen((place, event, event.linked_id, "", "") for place, event in events)


def most_common(values: Iterable[str | None]) -> Usual | None:
    """The value seen most, the one met first among equals; None when nothing was said at all."""
    counted = Counter(value for value in values if value)
    if not counted:
        return None
    value, count = counted.most_common(1)[0]
    return Usual(value, count, counted.total())


def usual_hours(hours: Sequence[int]) -> Hours | None:
    """The shortest stretch of whole hours, over midnight if need be, that holds four of five events."""
    if not hours:
        return None
    counted = Counter(hours)
    wanted = _USUAL_SHARE * len(hours)
    for length in range(1, 25):
        held = {start: sum(counted[(start + step) % 24] for step in range(length)) for start in range(24)}
        start = max(held, key=lambda each: (held[each], -each))
        if held[start] >= wanted:
            end = (start + length) % 24 or 24
            return Hours(start, end, held[start], len(hours), is_around_the_clock=length > _AROUND_THE_CLOCK)
    raise AssertionError("24 hours hold every event")


def _seen(found: Iterable[tuple[int, Event, str | None, str, str]]) -> tuple[Seen, ...]:
    counts: Counter[str] = Counter()
    oldest: dict[str, datetime] = {}
    newest: dict[str, tuple[datetime, int, str, str]] = {}
    for place, event, value, detail, network in found:
        if not value:
            continue
        counts[value] += 1
        oldest[value] = min(oldest.get(value, event.at), event.at)
        if value not in newest or event.at > newest[value][0]:
            newest[value] = (event.at, place, detail, network)
    seen = [Seen(value, counts[value], oldest[value], *of_newest) for value, of_newest in newest.items()]
    return tuple(sorted(seen, key=lambda each: (-each.count, -each.last_at.timestamp(), each.value)))


def spoken(events: Iterable[Event]) -> tuple[Spoken, ...]:
    """What speaks in these events and in how many, strong ones first."""
    counts: Counter[str] = Counter()
    strong: set[str] = set()
    for event in events:
        for signal in event.speaking:
            counts[signal.spec.label] += 1
            if signal.strong:
                strong.add(signal.spec.label)
    found = [Spoken(label, count, label in strong) for label, count in counts.items()]
    return tuple(sorted(found, key=lambda each: (not each.is_strong, -each.count, each.label)))
