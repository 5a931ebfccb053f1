"""Narrowing what is loaded: by a value, without a value, by a stretch of time. Nobody is asked and nothing is stored.

Pure. A narrowing stands in the address of the page, so that the way back is the browser's; it never names a value: it
names a row of the snapshot and a field, and `of`, the snapshot those places belong to. What a person may not see
cannot be told apart by narrowing either: values are compared as that person sees them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from dashboard.events.masking import Lens
from dashboard.events.queries import Item, Snapshot
from dashboard.events.values import BY_NAME, Plain, Value, shown
from fingerprint_integration.domain import Event
from fingerprint_integration.signals import BY_NAME as SIGNALS

FACETS: Final = ("address", "visitor_id", "linked_id", "country", "network", "device")
SIGNAL: Final = "signal"
MOST_STEPS: Final = 12
Seen = tuple[int, Event]


@dataclass(frozen=True)
class Step:
    """Keep or leave out rows that show the same `facet` as the row at `place`; or, for signals, that speak `signal`."""

    facet: str
    place: int = -1
    signal: str = ""
    is_kept: bool = True

    @property
    def ref(self) -> str:
        """How the step is written in an address."""
        return f"{self.facet}.{self.signal or self.place}"


@dataclass(frozen=True)
class Narrowing:
    """What somebody wants to see of the loaded rows; `start` and `end` in UTC, the end exclusive."""

    steps: tuple[Step, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    of: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.steps or self.has_range)

    @property
    def has_range(self) -> bool:
        return self.start is not None and self.end is not None

    def with_step(self, step: Step) -> "Narrowing":
        """One step more; a step about the same value is replaced."""
        others = tuple(each for each in self.steps if each.ref != step.ref)
        return replace(self, steps=(*others, step)[-MOST_STEPS:])

    def without(self, step: Step) -> "Narrowing":
        return replace(self, steps=tuple(each for each in self.steps if each != step))

    def without_range(self) -> "Narrowing":
        return replace(self, start=None, end=None)

    def as_fields(self) -> list[tuple[str, str]]:
        """The narrowing as fields of a form or parts of an address."""
        fields = [("keep" if step.is_kept else "drop", step.ref) for step in self.steps]
        if self.start is not None and self.end is not None:
            fields += [("from", str(int(self.start.timestamp()))), ("to", str(int(self.end.timestamp())))]
        return [*fields, ("of", self.of)] if fields else []

    def query(self, **more: str) -> str:
        """`?keep=…` for an address, or "" when nothing is narrowed."""
        fields = [*self.as_fields(), *more.items()]
        return f"?{urlencode(fields)}" if fields else ""


def mark_of(snapshot: Snapshot) -> str:
    """A name for this reading of the results: places count within it only."""
    return f"{int(snapshot.pages[0].fetched_at.timestamp() * 1000):x}" if snapshot.pages else ""


def read(fields: Mapping[str, Sequence[str]], snapshot: Snapshot) -> tuple[Narrowing, bool]:
    """The narrowing of an address, and whether it was one of another reading and therefore left aside.

    What is no narrowing (typed by hand, a facet or signal nobody knows, a place that is not loaded) is passed over.
    """
    mark = mark_of(snapshot)
    steps = tuple(_steps(fields.get("keep", ()), snapshot, is_kept=True)) + tuple(
        _steps(fields.get("drop", ()), snapshot, is_kept=False)
    )
    start, end = _instant(fields.get("from", ())), _instant(fields.get("to", ()))
    if start is None or end is None or end <= start:
        start = end = None
    asked = Narrowing(steps[:MOST_STEPS], start, end, mark)
    is_stale = bool(asked.steps) and list(fields.get("of", ()))[-1:] != [mark]
    return (replace(asked, steps=()) if is_stale else asked), is_stale


def _steps(refs: Sequence[str], snapshot: Snapshot, *, is_kept: bool) -> Iterable[Step]:
    for ref in list(refs)[:MOST_STEPS]:
        facet, _, what = ref[:80].partition(".")
        if facet == SIGNAL and what in SIGNALS:
            yield Step(SIGNAL, signal=what, is_kept=is_kept)
        elif facet in FACETS and _is_row(what, snapshot):
            yield Step(facet, int(what), is_kept=is_kept)


def _is_row(what: str, snapshot: Snapshot) -> bool:
    is_number = what.isascii() and what.isdigit() and len(what) < 8
    return is_number and isinstance(snapshot.item(int(what)), Event)


def _instant(typed: Sequence[str]) -> datetime | None:
    text = typed[-1] if typed else ""
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return None
    return datetime.fromtimestamp(int(text), UTC) if int(text) < 8_000_000_000 else None


def value_of(step: Step, snapshot: Snapshot, lens: Lens) -> Plain:
    """What the step is about, as this person sees it."""
    item = snapshot.item(step.place)
    return shown(BY_NAME[step.facet], item, lens) if isinstance(item, Event) else None


def narrowed(snapshot: Snapshot, narrowing: Narrowing, lens: Lens, *, by_range: bool = True) -> list[tuple[int, Item]]:
    """The loaded rows that are left, each with its place; everything when nothing is narrowed."""
    return apply(list(snapshot.numbered()), narrowing, snapshot, lens, by_range=by_range)


def apply(
    rows: list[tuple[int, Item]], narrowing: Narrowing, named_in: Snapshot, lens: Lens, *, by_range: bool = True
) -> list[tuple[int, Item]]:
    """Those of the rows that are left; the places in the narrowing are of the snapshot `named_in`.

    A row that could not be read has no values: it is left as soon as a value must be kept, and by any range.
    """
    if by_range and narrowing.has_range:
        rows = [(place, item) for place, item in rows if isinstance(item, Event) and _is_within(item, narrowing)]
    for step in narrowing.steps:
        if step.facet == SIGNAL:
            rows = [row for row in rows if _speaks(row[1], step.signal) is step.is_kept]
        else:
            value, wanted = BY_NAME[step.facet], value_of(step, named_in, lens)
            rows = [row for row in rows if _has(row[1], value, wanted, lens) is step.is_kept]
    return rows


def _is_within(event: Event, narrowing: Narrowing) -> bool:
    start, end = narrowing.start, narrowing.end
    return (start is None or event.at >= start) and (end is None or event.at < end)


def _speaks(item: Item, signal: str) -> bool:
    return isinstance(item, Event) and any(each.name == signal for each in item.speaking)


def _has(item: Item, value: Value, wanted: Plain, lens: Lens) -> bool:
    return isinstance(item, Event) and shown(value, item, lens) == wanted
