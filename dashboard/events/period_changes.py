"""Top values of one period beside those of the period just before it. Pure; values are as one person sees them.

Two samples are compared only when they are equally large: where more matches than is loaded, both are cut to the same
number of events, and the sentence says so.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.times import thousands
from dashboard.events import narrowing as narrow
from dashboard.events.filters import MASK
from dashboard.events.masking import Lens
from dashboard.events.narrowing import FACETS, SIGNAL, Narrowing
from dashboard.events.queries import Item, Snapshot
from dashboard.events.values import BY_NAME, Plain, in_words, shown
from fingerprint_integration.domain import Event
from fingerprint_integration.signals import BY_NAME as SIGNALS

SHOWN: Final = 6


@dataclass(frozen=True, kw_only=True)
class Change:
    """A value: how often it stands in either period, and what that comes to in words."""

    words: str | None
    now: int
    was: int
    says: str
    is_new: bool
    is_masked: bool = False


@dataclass(frozen=True, kw_only=True)
class FacetChanges:
    """What changed in one field, its most frequent values of either period first."""

    name: str
    title: str
    changes: tuple[Change, ...]
    more: str
    is_mono: bool = False
    is_visitor: bool = False


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Two periods side by side: how many events of each are compared, of what they are, and the fields."""

    now: int
    was: int
    compared: str
    facets: tuple[FacetChanges, ...]


def compare(
    now: Snapshot, was: Snapshot, narrowing: Narrowing, lens: Lens, *, length: timedelta, is_reversed: bool = False
) -> Periods:
    """What changed against the period before. The narrowing holds for both, its range moved back by `length`."""
    most = _as_many(now, was)
    earlier = narrowing
    if narrowing.start is not None and narrowing.end is not None:
        earlier = replace(narrowing, start=narrowing.start - length, end=narrowing.end - length)
    rows_now = narrow.apply(list(now.numbered())[:most], narrowing, now, lens)
    # The steps name rows of this period, so their values are looked up there.
    rows_was = narrow.apply(list(was.numbered())[:most], earlier, now, lens)
    events_now, events_was = _events(rows_now), _events(rows_was)
    return Periods(
        now=len(rows_now),
        was=len(rows_was),
        compared=_compared(now, was, most, is_reversed=is_reversed),
        facets=(
            *(_of_field(name, events_now, events_was, lens) for name in FACETS),
            _of_signals(events_now, events_was),
        ),
    )


def _as_many(now: Snapshot, was: Snapshot) -> int | None:
    """To how many events both are cut; None when all of both is here, or one of them is empty."""
    if not (now.has_more or was.has_more) or not now.count or not was.count:
        return None
    return min(now.count, was.count)


def _compared(now: Snapshot, was: Snapshot, most: int | None, *, is_reversed: bool) -> str:
    numbers = {"now": thousands(now.count), "was": thousands(was.count), "most": thousands(most or 0)}
    if most is not None:
        words = (
            _("Of the oldest %(most)s events of each period: more match than are loaded, so these are no totals.")
            if is_reversed
            else _("Of the newest %(most)s events of each period: more match than are loaded, so these are no totals.")
        )
        return words % numbers
    if now.has_more or was.has_more:
        return _("Of the %(now)s events loaded of this period and the %(was)s of the one before: no totals.") % numbers
    return _("Of all that match: %(now)s events in this period, %(was)s in the one before.") % numbers


def _events(rows: Iterable[tuple[int, Item]]) -> list[Event]:
    return [item for _place, item in rows if isinstance(item, Event)]


def _of_field(name: str, now: Sequence[Event], was: Sequence[Event], lens: Lens) -> FacetChanges:
    value = BY_NAME[name]
    counts_now, counts_was = (Counter(shown(value, event, lens) for event in events) for events in (now, was))
    return _facet(
        name,
        str(value.label),
        counts_now,
        counts_was,
        lens,
        is_mono=value.is_mono,
        is_visitor=name == "visitor_id",
    )


def _of_signals(now: Sequence[Event], was: Sequence[Event]) -> FacetChanges:
    return _facet(SIGNAL, _("Signal"), _speaking(now), _speaking(was), Lens(sees_personal=True))


def _speaking(events: Sequence[Event]) -> Counter[Plain]:
    return Counter(SIGNALS[signal.name].label for event in events for signal in event.speaking)


def _facet(
    name: str,
    title: str,
    now: Counter[Plain],
    was: Counter[Plain],
    lens: Lens,
    *,
    is_mono: bool = False,
    is_visitor: bool = False,
) -> FacetChanges:
    found = sorted({*now, *was}, key=lambda value: (-max(now[value], was[value]), -now[value], str(value)))
    rest = len(found) - SHOWN
    return FacetChanges(
        name=name,
        title=title,
        changes=tuple(
            Change(
                words=in_words(value),
                now=now[value],
                was=was[value],
                says=_says(now[value], was[value]),
                is_new=not was[value],
                is_masked=isinstance(value, str) and MASK in value and not lens.sees_personal,
            )
            for value in found[:SHOWN]
        ),
        more=ngettext("%(n)s more", "%(n)s more", rest) % {"n": thousands(rest)} if rest > 0 else "",
        is_mono=is_mono,
        is_visitor=is_visitor,
    )


def _says(now: int, was: int) -> str:
    if not was:
        return _("new")
    if not now:
        return _("gone")
    if now == was:
        return _("the same")
    words = _("%(n)s more") if now > was else _("%(n)s fewer")
    return words % {"n": thousands(abs(now - was))}
