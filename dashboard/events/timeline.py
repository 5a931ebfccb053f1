"""How loaded events lie in time: the bars of the histogram above the results, and what of them is chosen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.charts import Bar
from dashboard.core.times import length, minute, near_date, thousands
from fingerprint_integration.domain import Event

_FEWEST = 12
_MOST_BARS = 72
_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 7 * 1440))


@dataclass(frozen=True)
class Timeline:
    """The bars, the words that say what they count, and the instants between which a range can be chosen."""

    bars: tuple[Bar, ...]
    counted: str
    start: datetime
    end: datetime
    step: timedelta

    @property
    def first(self) -> int:
        """Where the bars begin, in seconds since 1970."""
        return int(self.start.timestamp())

    @property
    def last(self) -> int:
        """Where they end."""
        return int(self.end.timestamp())

    @property
    def seconds(self) -> int:
        """How long a bar is."""
        return int(self.step.total_seconds())


def of(
    events: Sequence[Event],
    zone: tzinfo,
    *,
    window: tuple[datetime, datetime] | None = None,
    chosen: tuple[datetime, datetime] | None = None,
    loaded: int | None = None,
) -> Timeline | None:
    """The events over time, or None when there are too few for a picture to say more than the table.

    `window` is what was searched as far as it is loaded; without it the bars reach from the first to the last event.
    `loaded` is how many are loaded when these are only some of them.
    """
    if len(events) < _FEWEST:
        return None
    first, last = min(event.at for event in events), max(event.at for event in events)
    if window is not None:
        first, last = min(first, window[0]), max(last, window[1] - timedelta(microseconds=1))
    step = next((step for step in _STEPS if (last - first) / step < _MOST_BARS - 1), _STEPS[-1])
    origin = _midnight(first, zone)
    # Begin with the step that holds the first event, counted from that day's midnight in the person's zone.
    origin += ((first - origin) // step) * step
    counts = [0] * min((last - origin) // step + 1, _MOST_BARS * 2)
    strong = [0] * len(counts)
    for event in events:
        place = min((event.at - origin) // step, len(counts) - 1)
        counts[place] += 1
        strong[place] += any(signal.strong for signal in event.speaking)
    bars = _bars(counts, strong, origin, step, zone, chosen)
    numbers = {"count": thousands(len(events)), "loaded": thousands(loaded or len(events)), "step": _span(step)}
    counted = (
        _("of the %(count)s loaded, %(step)s a bar") % numbers
        if loaded in (None, len(events))
        else _("of the %(count)s that fit of %(loaded)s loaded, %(step)s a bar") % numbers
    )
    return Timeline(tuple(bars), counted, origin, origin + len(counts) * step, step)


def _bars(
    counts: list[int],
    strong: list[int],
    origin: datetime,
    step: timedelta,
    zone: tzinfo,
    chosen: tuple[datetime, datetime] | None,
) -> list[Bar]:
    today = (origin + step * len(counts)).astimezone(zone).date()
    bars, day_before = [], (origin - timedelta(seconds=1)).astimezone(zone).date()
    ticks_every = max(1, -(-len(counts) * step // timedelta(days=1) // 9))
    days_seen = 0
    for place, (count, speaks) in enumerate(zip(counts, strong, strict=True)):
        at = origin + place * step
        local = at.astimezone(zone)
        tick = ""
        if local.date() != day_before:
            tick = near_date(local.date(), today) if days_seen % ticks_every == 0 else ""
            days_seen += 1
            day_before = local.date()
        words = near_date(local.date(), today)
        label = f"{words}, {minute(local)}" if step < timedelta(days=1) else words
        is_chosen = chosen is not None and at < chosen[1] and at + step > chosen[0]
        bars.append(Bar(label, count, speaks, tick, is_chosen))
    return bars


def _midnight(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(at.tzinfo)


def _span(step: timedelta) -> str:
    if step == timedelta(days=7):
        return ngettext("%(n)s week", "%(n)s weeks", 1) % {"n": 1}
    return length(step)
