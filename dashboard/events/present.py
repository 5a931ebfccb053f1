"""Events as they stand in lists, masked for the person who looks. Templates see these and never an event itself."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from itertools import groupby

from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.sentences import Line
from dashboard.core import facts
from dashboard.events import filters as filter_list
from dashboard.events import pivots, windows
from dashboard.events.columns import DEFAULT, Column
from dashboard.events.masking import Lens, address_of
from dashboard.events.models import Search
from dashboard.events.queries import Item, LoadedPage
from dashboard.events.values import device_words, in_words, shown
from fingerprint_integration.domain import Event, UnreadableEvent
from fingerprint_integration.errors import FingerprintError, InvalidRequest, NotAvailable, UnreadableAnswer

SIGNALS_SHOWN = 2
_FIT_FOR_A_PATH = re.compile(r"(?!\.+$)[A-Za-z0-9_.\-]{1,64}")


@dataclass(frozen=True)
class Cell:
    """A value as this person may see it. `pivot` names the field to search for it by; "" means: no search."""

    shown: str | None
    pivot: str = ""
    is_masked: bool = False
    is_mono: bool = True
    reveal_url: str = ""
    """Where this person may ask to see all of it, once; "" where nothing is hidden or nothing leads there."""
    reveal_what: str = ""
    is_revealed: bool = False


@dataclass(frozen=True)
class Word:
    """A signal in a table: its word, and whether it speaks strongly."""

    words: str
    is_strong: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """One event in a list. `place` is where it stands in the snapshot; an unreadable event has only a few of these."""

    place: int
    event_id: str | None
    url: str
    at: datetime | None = None
    is_readable: bool = True
    visitor_id: str | None = None
    visitor_url: str = ""
    linked_id: Cell = Cell(None)
    address: Cell = Cell(None)
    country: str | None = None
    device: str | None = None
    is_partial: bool = False
    is_edge: bool = False
    words: tuple[Word, ...] = ()
    more_count: int = 0
    all_words: str = ""
    failed_count: int = 0
    score: int | None = None
    suspect: bool | None = None
    is_chosen: bool = False
    flags: tuple[tuple[str, str], ...] = ()
    """What must not be overlooked, as (tone, word): replayed, an edge event."""
    more: Mapping[str, Cell] = field(default_factory=dict)
    """Values of columns that somebody chose beside the usual ones, by name."""


@dataclass(frozen=True)
class Day:
    """The rows of one day in the person's zone; None for events whose time could not be read."""

    day: date | None
    rows: tuple[Row, ...]
    at: datetime | None
    is_continued: bool = False


def is_fit_for_a_path(text: str) -> bool:
    """Tell whether an id has the form of one of Fingerprint's, so that it may stand in an address."""
    return _FIT_FOR_A_PATH.fullmatch(text) is not None


def event_url(event_id: str | None) -> str:
    """The event's page, or "" for an id that cannot stand in an address."""
    return _address("events:event", event_id)


def visitor_url(visitor_id: str | None) -> str:
    """The visitor's page, or "" for an id that cannot stand in an address."""
    return _address("visitors:visitor", visitor_id)


def _address(route: str, provider_id: str | None) -> str:
    if not provider_id or not _FIT_FOR_A_PATH.fullmatch(provider_id):
        return ""
    before, after = _around_the_id(route, get_script_prefix())
    return f"{before}{provider_id}{after}"


@cache  # A list of 200 rows has 400 addresses that differ in nothing but the id.
def _around_the_id(route: str, _script_prefix: str) -> tuple[str, str]:
    before, _id, after = reverse(route, args=["__id__"]).rpartition("__id__")
    return before, after


def cell(lens: Lens, field: str, value: str | None, *, pivot: str = "") -> Cell:
    """One field of an event for this person. What is masked cannot be searched for: the answer would tell."""
    shown = lens.text(field, value)
    is_masked = shown != value
    return Cell(shown, "" if is_masked or not lens.may_search(field) else pivot, is_masked)


def row(
    place: int,
    item: Item,
    lens: Lens,
    *,
    filters: frozenset[str],
    chosen: frozenset[str] = frozenset(),
    columns: Sequence[Column] = DEFAULT,
) -> Row:
    """One event of a list, or the row that says that it could not be read."""
    if isinstance(item, UnreadableEvent):
        return Row(place=place, event_id=item.event_id, url=event_url(item.event_id), is_readable=False)
    speaking = item.speaking
    return Row(
        place=place,
        event_id=item.event_id,
        url=event_url(item.event_id),
        at=item.at,
        visitor_id=item.visitor_id,
        visitor_url=visitor_url(item.visitor_id),
        linked_id=_pivot_cell(item, "linked_id", item.linked_id, lens, filters),
        address=_pivot_cell(item, "ip_address", address_of(item), lens, filters),
        country=item.country_code,
        device=device_words(item),
        is_partial=item.is_partial,
        is_edge=item.source == "edge",
        words=tuple(Word(signal.spec.label, signal.strong) for signal in speaking[:SIGNALS_SHOWN]),
        more_count=max(0, len(speaking) - SIGNALS_SHOWN),
        all_words=", ".join(signal.spec.label for signal in speaking),
        failed_count=len(item.failed),
        score=item.suspect_score,
        suspect=item.suspect,
        is_chosen=item.event_id in chosen,
        flags=tuple(_flags(item)),
        more={column.name: _value_cell(item, column, lens, filters) for column in columns if not column.is_default},
    )


def _flags(event: Event) -> Iterator[tuple[str, str]]:
    if event.replayed:
        yield "red", _("Replayed")
    if event.source == "edge":
        yield "", _("Edge")


def _value_cell(event: Event, column: Column, lens: Lens, filters: frozenset[str]) -> Cell:
    value = column.value
    seen = in_words(shown(value, event, lens))
    leads = value.pivot and pivots.is_searchable(event, value.pivot, lens, filters=filters)
    is_masked = seen is not None and seen != in_words(value.read(event))
    return Cell(seen, value.pivot if leads else "", is_masked, value.is_mono)


def _pivot_cell(event: Event, field: str, value: str | None, lens: Lens, filters: frozenset[str]) -> Cell:
    leads = pivots.is_searchable(event, field, lens, filters=filters)
    return cell(lens, field, value, pivot=field if leads else "")


def days(rows: Iterable[Row], zone: tzinfo, *, after: date | None = None) -> Iterator[Day]:
    """Rows under the days they belong to, in the order they come; the first one may go on with the day `after`."""

    def day_of(row: Row) -> date | None:
        return row.at.astimezone(zone).date() if row.at else None

    is_first = True
    for day, of_day in groupby(rows, key=day_of):
        found = tuple(of_day)
        yield Day(day, found, found[0].at, is_continued=is_first and day is not None and day == after)
        is_first = False


@dataclass(frozen=True)
class EventList:
    """The rows to draw, by day, and what stands around them."""

    days: tuple[Day, ...]
    count: int
    left_count: int = 0
    """Rows that are loaded and fit, and were not drawn."""


def event_list(
    pages: Sequence[LoadedPage],
    lens: Lens,
    zone: tzinfo,
    *,
    filters: frozenset[str],
    from_page: int = 1,
    chosen: frozenset[str] = frozenset(),
    columns: Sequence[Column] = DEFAULT,
    kept: Collection[int] | None = None,
    most: int | None = None,
) -> EventList:
    """The rows of all pages from `from_page` on; their places count from the very first event.

    `kept` are the places of a narrowing (None: all), `most` how many rows are drawn at once.
    """
    place, last_day, left = 0, None, 0
    rows: list[Row] = []
    for page in pages:
        for item in page.items:
            if page.number < from_page:
                last_day = item.at.astimezone(zone).date() if isinstance(item, Event) else last_day
            elif kept is not None and place not in kept:
                pass
            elif most is not None and len(rows) >= most:
                left += 1
            else:
                rows.append(row(place, item, lens, filters=filters, chosen=chosen, columns=columns))
            place += 1
    return EventList(tuple(days(rows, zone, after=last_day)), len(rows), left)


def advice(problem: FingerprintError | None) -> str:
    """What to do about an answer that did not come, in a sentence; "" when it came."""
    if problem is None:
        return ""
    if problem.retryable:
        return _("What was loaded stays. If trying again does not help, tell an administrator.")
    if isinstance(problem, InvalidRequest | NotAvailable):
        return _("Change what you asked for and try again.")
    if isinstance(problem, UnreadableAnswer):
        return _("Trying again rarely helps. Tell an administrator what you see here.")
    return _("Trying again does not help until an administrator has changed the settings.")


@dataclass(frozen=True)
class RecentSearch:
    """A search somebody can open again; `name` and `is_shared` of a saved one, `who` unless it is one's own."""

    short_id: str
    title: str
    window: str
    created_at: datetime
    name: str = ""
    is_shared: bool = True
    who: str = ""


def recent(
    searches: Iterable[Search], lens: Lens, *, retention: timedelta, viewer: User | None = None
) -> list[RecentSearch]:
    """Searches with their filters in words, masked for this person; with a `viewer` also whose they are."""
    zone, now = timezone.get_current_timezone(), timezone.now()
    return [
        RecentSearch(
            search.short_id,
            filter_list.title(search.query, search.further, sees_personal=lens.sees_personal),
            windows.briefly(search.window, zone, now=now, retention=retention),
            search.created_at,
            search.name,
            search.is_shared,
            search.owner.name if viewer is not None and search.owner_id != viewer.pk else "",
        )
        for search in searches
    ]


@dataclass(frozen=True)
class Known:
    """A fact about a visitor with the colour and icon it is drawn in."""

    tone: str
    icon: str
    claim: str
    more: str
    url: str
    link_text: str
    since: datetime | None


@dataclass(frozen=True)
class Done:
    """What somebody did here, said once however often it was done: the newest entry and how many there are."""

    line: Line
    count: int
    who: str
    initials: str
    """Empty for somebody else: they follow from the name."""


def activity(lines: Iterable[Line], *, viewer: User, limit: int = 8) -> list[Done]:
    """Staff activity, newest first; looking again and again is one line."""
    counted: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        counted.setdefault((line.actor, line.text, line.reason.text if line.reason else ""), []).append(line)
    return [
        Done(same[0], len(same), _("You"), viewer.initials)
        if same[0].actor == viewer.name
        else Done(same[0], len(same), same[0].actor, "")
        for same in list(counted.values())[:limit]
    ]


_DRAWN = {
    facts.Weight.DELETION: ("red", "eraser"),
    facts.Weight.HOLD: ("accent", "lock"),
    facts.Weight.SUSPECT: ("red", "flag"),
    facts.Weight.NOTE: ("plain", "sticky-note"),
}


def known(visitor_id: str | None) -> list[Known]:
    """What every feature knows about this visitor, the weightiest first."""
    return [
        Known(*_DRAWN[fact.weight], fact.claim, fact.more, fact.url, fact.link_text, fact.since)
        for fact in facts.about([visitor_id] if visitor_id else [])
    ]
