"""What is usual for a visitor and what differs now, what was seen for the first time, and who shares the device. Pure.

It says something of the events it was given and of no others. Values are compared as Fingerprint sent them; masking
them is the presentation's part.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from itertools import pairwise

from dashboard.visitors.summary import Hours, Usual, most_common, usual_hours
from fingerprint_integration.domain import Event

InWords = Callable[[Event], str | None]
Numbered = tuple[int, Event]


class Verdict(StrEnum):
    """How the latest day compares with the days before it."""

    DIFFERS_STRONGLY = "strong"
    DIFFERS = "differs"
    SAME = "same"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True)
class Compared:
    """One trait: its most common value before, its values on the latest day, and which of these were never seen."""

    trait: str
    usual: Usual | None
    now: tuple[str, ...]
    new: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True)
class ComparedAccounts:
    """How many accounts a day: usually, at most, on the latest day, and how many of those are new."""

    usual: int
    most: int
    now: int
    new: int
    verdict: Verdict


@dataclass(frozen=True)
class ComparedHours:
    """The usual hours and which hours of the latest day lie outside them."""

    usual: Hours | None
    now: tuple[int, ...]
    outside: tuple[int, ...]
    verdict: Verdict


@dataclass(frozen=True)
class ComparedSignals:
    """Signals that spoke before, on the latest day, and those that speak for the first time."""

    before: tuple[str, ...]
    now: tuple[str, ...]
    new: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True)
class First:
    """A value seen for the first time: when, in which event, what stood there before (None when nothing did)."""

    at: datetime
    place: int
    trait: str
    before: str | None
    after: str
    is_strong: bool = False


@dataclass(frozen=True)
class Sharing:
    """Accounts that take turns on the device, and how often the account changed from one event to the next."""

    accounts: int
    turns: int

    @property
    def is_likely(self) -> bool:
        """Two accounts or more that come back after another: one that came once and stayed takes no turns."""
        return self.accounts >= 2 and self.turns >= 3


def split(events: Sequence[Event], zone: tzinfo) -> tuple[list[Event], list[Event]]:
    """The events before the latest day on which the visitor came, and those of that day, in `zone`."""
    if not events:
        return [], []
    day = max(event.at for event in events).astimezone(zone).date()
    earlier = [event for event in events if event.at.astimezone(zone).date() < day]
    return earlier, [event for event in events if event.at.astimezone(zone).date() >= day]


def compare(
    trait: str, earlier: Sequence[Event], latest: Sequence[Event], of: InWords, *, is_strong: bool = False
) -> Compared:
    """A trait that each event has one value of; `is_strong` makes a value never seen before speak strongly."""
    before = {value for event in earlier if (value := of(event))}
    now = tuple(dict.fromkeys(value for event in latest if (value := of(event))))
    new = tuple(value for value in now if value not in before)
    if not before or not now:
        verdict = Verdict.CANNOT_SAY
    elif new:
        verdict = Verdict.DIFFERS_STRONGLY if is_strong else Verdict.DIFFERS
    else:
        verdict = Verdict.SAME
    return Compared(trait, most_common(of(event) for event in earlier), now, new, verdict)


def compare_accounts(earlier: Sequence[Event], latest: Sequence[Event], zone: tzinfo) -> ComparedAccounts:
    """Accounts a day. More than ever before differs; three times the most and at least five, strongly."""
    by_day: dict[object, set[str]] = {}
    for event in earlier:
        if event.linked_id:
            by_day.setdefault(event.at.astimezone(zone).date(), set()).add(event.linked_id)
    known = set().union(*by_day.values()) if by_day else set()
    now = {event.linked_id for event in latest if event.linked_id}
    counts = sorted(len(accounts) for accounts in by_day.values())
    usual, most = (counts[len(counts) // 2], counts[-1]) if counts else (0, 0)
    new = len(now - known)
    if not earlier or not (now or known):
        verdict = Verdict.CANNOT_SAY
    elif len(now) >= max(5, 3 * most):
        verdict = Verdict.DIFFERS_STRONGLY
    else:
        verdict = Verdict.DIFFERS if new or len(now) > most else Verdict.SAME
    return ComparedAccounts(usual, most, len(now), new, verdict)


def compare_hours(earlier: Sequence[Event], latest: Sequence[Event], zone: tzinfo) -> ComparedHours:
    """Hours of the day. With fewer than five events before, or visits around the clock, nothing is usual."""
    usual = usual_hours([event.at.astimezone(zone).hour for event in earlier])
    now = tuple(sorted({event.at.astimezone(zone).hour for event in latest}))
    if usual is None or len(earlier) < 5 or usual.is_around_the_clock:
        return ComparedHours(usual, now, (), Verdict.CANNOT_SAY)
    length = (usual.end - usual.start) % 24 or 24
    outside = tuple(hour for hour in now if (hour - usual.start) % 24 >= length)
    return ComparedHours(usual, now, outside, Verdict.DIFFERS if outside else Verdict.SAME)


def compare_signals(earlier: Sequence[Event], latest: Sequence[Event]) -> ComparedSignals:
    """What speaks. A strong signal that never spoke before differs strongly."""
    before, now = _speaking(earlier), _speaking(latest)
    new = tuple(label for label in now if label not in before)
    readable = any(not event.is_partial for event in earlier) and any(not event.is_partial for event in latest)
    if not readable:
        verdict = Verdict.CANNOT_SAY
    elif any(now[label] for label in new):
        verdict = Verdict.DIFFERS_STRONGLY
    else:
        verdict = Verdict.DIFFERS if new else Verdict.SAME
    return ComparedSignals(tuple(before), tuple(now), new, verdict)


def firsts(events: Sequence[Numbered], traits: dict[str, InWords], *, most: int) -> tuple[First, ...]:
    """Values that were new when they came, the newest first; the very first value of a trait is no change."""
    found: list[First] = []
    seen: dict[str, set[str]] = {trait: set() for trait in traits}
    last: dict[str, str] = {}
    spoken: set[str] = set()
    has_looked = False
    for place, event in sorted(events, key=lambda each: (each[1].at, -each[0])):
        for trait, of in traits.items():
            value = of(event)
            if not value:
                continue
            if seen[trait] and value not in seen[trait]:
                found.append(First(event.at, place, trait, last[trait], value))
            seen[trait].add(value)
            last[trait] = value
        for signal in event.speaking:
            if has_looked and signal.spec.label not in spoken:
                found.append(First(event.at, place, "signal", None, signal.spec.label, signal.strong))
            spoken.add(signal.spec.label)
        has_looked = has_looked or not event.is_partial
    return tuple(reversed(found[-most:]))


def sharing(events: Iterable[Event]) -> Sharing:
    """Who takes turns: accounts with two events or more, and the changes between them in the order of time."""
    accounts = [event.linked_id for event in sorted(events, key=lambda each: each.at) if event.linked_id]
    regular = {account for account, count in Counter(accounts).items() if count >= 2}
    turns = [account for account in accounts if account in regular]
    return Sharing(len(regular), sum(1 for one, two in pairwise(turns) if one != two))


def _speaking(events: Iterable[Event]) -> dict[str, bool]:
    """Labels of what speaks, the most frequent first, and whether it speaks strongly."""
    counts: Counter[str] = Counter()
    strong: dict[str, bool] = {}
    for event in events:
        for signal in event.speaking:
            counts[signal.spec.label] += 1
            strong[signal.spec.label] = strong.get(signal.spec.label, False) or signal.strong
    return {label: strong[label] for label, _count in counts.most_common()}
