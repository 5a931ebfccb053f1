"""Loaded results as one person looks at them: what is narrowed, how it lies in time, which values stand out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property

from django.utils.translation import gettext as _

from dashboard.core.times import thousands
from dashboard.events import moments, narrowing, timeline, top_values, windows
from dashboard.events.masking import Lens
from dashboard.events.narrowing import Narrowing, Seen
from dashboard.events.queries import Item, Snapshot
from fingerprint_integration.domain import Event

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class ChosenRange:
    """The chosen stretch of time in words, and as it stands in the fields for typing."""

    words: windows.InWords
    typed_start: str
    typed_end: str


@dataclass(frozen=True, kw_only=True)
class Explored:
    """What stands around and in the list of results."""

    snapshot: Snapshot
    lens: Lens
    zone: tzinfo
    window: windows.Window
    is_reversed: bool
    narrowing: Narrowing
    is_stale: bool = False
    whole_facet: str = ""
    range_problem: str = ""
    range_typed: tuple[str, str] = ("", "")

    @cached_property
    def rows(self) -> list[tuple[int, Item]]:
        """The rows that are left, with their places."""
        return narrowing.narrowed(self.snapshot, self.narrowing, self.lens)

    @cached_property
    def kept(self) -> frozenset[int] | None:
        """The places of those rows; None when nothing is narrowed."""
        return frozenset(place for place, _item in self.rows) if self.narrowing.is_set else None

    @property
    def count(self) -> int:
        return len(self.rows)

    @cached_property
    def facets(self) -> tuple[top_values.Facet, ...]:
        seen: list[Seen] = [(place, item) for place, item in self.rows if isinstance(item, Event)]
        return top_values.facets(seen, self.narrowing, self.lens, whole=self.whole_facet)

    @property
    def applied(self) -> tuple[top_values.Applied, ...]:
        return top_values.applied(self.narrowing, self.snapshot, self.lens)

    @property
    def counted(self) -> str:
        """Of what the top values are made, as a sentence."""
        numbers = {"shown": thousands(self.count), "loaded": thousands(self.snapshot.count)}
        if self.narrowing.is_set:
            return _("Of the %(shown)s events shown of %(loaded)s loaded.") % numbers
        if self.snapshot.has_more:
            return _("Of the %(loaded)s events loaded, not of all that match.") % numbers
        return _("Of the %(loaded)s events loaded: all that match.") % numbers

    @cached_property
    def timeline(self) -> timeline.Timeline | None:
        """Bars of what is left but for the range, over the searched window as far as it is loaded."""
        rows = narrowing.narrowed(self.snapshot, self.narrowing, self.lens, by_range=False)
        events = [item for _place, item in rows if isinstance(item, Event)]
        loaded = len(self.snapshot.events) if self.narrowing.steps else None
        return timeline.of(events, self.zone, window=self._loaded_window, chosen=self._range, loaded=loaded)

    @property
    def _range(self) -> tuple[datetime, datetime] | None:
        start, end = self.narrowing.start, self.narrowing.end
        return (start, end) if start is not None and end is not None else None

    @cached_property
    def _loaded_window(self) -> tuple[datetime, datetime]:
        if self.not_loaded_before is None:
            return self.window.start, self.window.end
        if self.is_reversed:
            return self.window.start, self.not_loaded_before
        return self.not_loaded_before, self.window.end

    @cached_property
    def not_loaded_before(self) -> datetime | None:
        """Where what is loaded ends, while more follows."""
        if not self.snapshot.has_more or not self.snapshot.events:
            return None
        times = (event.at for event in self.snapshot.events)
        return max(times) if self.is_reversed else min(times)

    @property
    def range_ends(self) -> tuple[int, int] | None:
        """Beginning and end of the chosen range in seconds since 1970."""
        chosen = self._range
        return (int(chosen[0].timestamp()), int(chosen[1].timestamp())) if chosen else None

    @property
    def chosen_range(self) -> ChosenRange | None:
        chosen = self._range
        if chosen is None:
            return None
        words = windows.in_words(windows.Window(windows.BETWEEN, *chosen), self.zone)
        return ChosenRange(words, *(f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" for at in chosen))

    @property
    def whole_range(self) -> windows.InWords | None:
        """The two ends of the picture, for those who hear it."""
        if self.timeline is None:
            return None
        return windows.in_words(windows.Window(windows.BETWEEN, self.timeline.start, self.timeline.end), self.zone)

    @property
    def query(self) -> str:
        """The narrowing as a part of an address."""
        return self.narrowing.query()

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The narrowing as fields of a form."""
        return self.narrowing.as_fields()

    @property
    def steps_fields(self) -> list[tuple[str, str]]:
        """The same without the range, for forms that choose another."""
        return self.narrowing.without_range().as_fields()

    @property
    def without_range_url(self) -> str:
        return self.narrowing.without_range().query() or "?"


def explore(
    snapshot: Snapshot,
    fields: Fields,
    lens: Lens,
    zone: tzinfo,
    *,
    window: windows.Window,
    is_reversed: bool = False,
) -> Explored:
    """Read a narrowing out of an address or form. A typed range that is none is said, and everything stays visible."""
    asked, is_stale = narrowing.read(fields, snapshot)
    typed = tuple(next(iter(fields.get(name, ())), "").strip() for name in ("start", "end"))
    problem = ""
    if any(typed):
        try:
            start = moments.read(typed[0], zone) if typed[0] else window.start
            end = moments.read(typed[1], zone) if typed[1] else window.end
        except moments.NoSuchMoment as unclear:
            problem = str(unclear)
        else:
            problem = "" if start < end else _("Choose an end after the beginning.")
            asked = asked if problem else replace(asked, start=start.replace(microsecond=0), end=_whole_second(end))
    return Explored(
        snapshot=snapshot,
        lens=lens,
        zone=zone,
        window=window,
        is_reversed=is_reversed,
        narrowing=asked,
        is_stale=is_stale,
        whole_facet=next(iter(fields.get("facet", ())), "")[:20],
        range_problem=problem,
        range_typed=(typed[0][:80], typed[1][:80]) if problem else ("", ""),
    )


def _whole_second(at: datetime) -> datetime:
    return (at + timedelta(microseconds=999_999)).astimezone(UTC).replace(microsecond=0)
