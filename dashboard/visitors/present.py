"""One visitor as the page shows it, masked for the person who looks."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dashboard.core.charts import Day
from dashboard.core.times import near_date, whole_date
from dashboard.events import pivots, present
from dashboard.events.masking import Lens, address_of
from dashboard.events.present import Cell, EventList
from dashboard.events.queries import Snapshot
from dashboard.events.values import device_words
from dashboard.visitors import comparing, habits, summary
from dashboard.visitors.summary import Seen, Spoken, Summary, Usual
from fingerprint_integration.domain import Event

VALUES_SHOWN = 8
ROWS_DRAWN = (50, 200, 1_000)
"""Rows drawn with a page, and those of each step further. The answers above them come from everything loaded, and few
people read on."""
ROWS_NOT_WORTH_A_CLICK = 50
"""So few more are drawn at once."""
DAYS_SHOWN = 7
_RECENT = timedelta(days=7)
_SURE = 0.9
"""Fingerprint's own code demands this confidence before it acts; in both versions higher is surer."""


@dataclass(frozen=True)
class Value:
    """An account or address of this visitor. `place` is a row of the snapshot that holds it, for searching."""

    cell: Cell
    place: int
    count: int
    last_at: datetime
    detail: str


@dataclass(frozen=True)
class DayRow:
    """One day on which the visitor came: how often, from when to when, with how many accounts, what spoke."""

    day: date
    count: int
    first_at: datetime
    last_at: datetime
    account_count: int
    spoken: tuple[Spoken, ...]


@dataclass(frozen=True, kw_only=True)
class VisitorSheet:
    """What the visitor page says of what is loaded."""

    summary: Summary
    recent_count: int
    """Events of the last seven days."""
    new_account_count: int
    """Accounts that came for the first time within the last seven days."""
    comparison: comparing.Comparison
    first_times: tuple[comparing.FirstTime, ...]
    sharing: habits.Sharing
    is_unsure: bool
    day_rows: tuple[DayRow, ...]
    older_day_rows: tuple[DayRow, ...]
    top_account: Cell | None
    device: Usual | None
    place: Usual | None
    hours: str
    hours_note: str
    accounts: tuple[Value, ...]
    more_accounts: int
    addresses: tuple[Value, ...]
    more_addresses: int
    days: tuple[Day, ...]
    latest: str


def visitor_sheet(
    snapshot: Snapshot, lens: Lens, zone: tzinfo, *, start: datetime, end: datetime, filters: frozenset[str]
) -> VisitorSheet:
    """Sum up the loaded events; days from `start` to `end` (aware) in the person's zone."""
    numbered = [(place, item) for place, item in snapshot.numbered() if isinstance(item, Event)]
    events = [event for _, event in numbered]

    # What an event says in words is asked three times: for the summary, for what is usual, for what changed.
    device_of, network_of = _said_once(_family), _said_once(comparing.network_words)
    place_of = _said_once(lambda event: place_words(event, lens))
    found = summary.summarise(
        numbered, zone, device_of=device_of, place_of=place_of, address_of=address_of, network_of=network_of
    )
    by_place = dict(numbered)

    def value(seen: Seen, field: str) -> Value:
        event = by_place[seen.place]
        shown = lens.text(field, seen.value)
        leads = pivots.is_searchable(event, field, lens, filters=filters)
        is_masked = shown != seen.value
        return Value(
            Cell(shown, field if leads and not is_masked else "", is_masked),
            seen.place,
            seen.count,
            seen.last_at,
            ", ".join(part for part in (seen.detail, seen.network) if part),
        )

    newest = max(events, key=lambda event: event.at, default=None)
    day_rows = tuple(_day_rows(events, zone))
    since = end - _RECENT
    return VisitorSheet(
        summary=found,
        recent_count=sum(1 for event in events if event.at >= since),
        new_account_count=sum(1 for seen in found.accounts if seen.first_at >= since),
        comparison=comparing.comparison(events, zone, device_of=device_of, place_of=place_of, network_of=network_of),
        first_times=comparing.first_times(
            numbered, lens, device_of=device_of, place_of=place_of, network_of=network_of
        ),
        sharing=habits.sharing(events),
        is_unsure=found.confidence is not None and found.confidence < _SURE,
        day_rows=day_rows[:DAYS_SHOWN],
        older_day_rows=day_rows[DAYS_SHOWN:],
        top_account=value(found.accounts[0], "linked_id").cell if found.accounts else None,
        device=found.device,
        place=found.place,
        hours=comparing.hour_words(found.hours),
        hours_note=_of(found.hours.count, found.hours.of) if found.hours else "",
        accounts=tuple(value(seen, "linked_id") for seen in found.accounts[:VALUES_SHOWN]),
        more_accounts=max(0, len(found.accounts) - VALUES_SHOWN),
        addresses=tuple(value(seen, "ip_address") for seen in found.addresses[:VALUES_SHOWN]),
        more_addresses=max(0, len(found.addresses) - VALUES_SHOWN),
        days=tuple(_days(snapshot, zone, start, end)),
        latest=(device_words(newest) or "") if newest else "",
    )


def place_words(event: Event, lens: Lens) -> str | None:
    """`Prague, Czechia`; the country alone for people who may not see more."""
    city = event.city if lens.sees_personal else None
    return ", ".join(part for part in (city, event.country_name or event.country_code) if part) or None


def _said_once(of: summary.InWords) -> summary.InWords:
    """The same words, put together once for each event; for events that somebody holds meanwhile."""
    said: dict[int, str | None] = {}

    def words(event: Event) -> str | None:
        key = id(event)
        if key not in said:
            said[key] = of(event)
        return said[key]

    return words


def _family(event: Event) -> str | None:
    """The device without its browser's version: versions change by themselves."""
    model = " ".join(part for part in (event.device_manufacturer, event.device_model) if part)
    named = event.browser_name or model
    if named and event.os:
        return _on(named, event.os, get_language())
    return named or event.os or event.device


@lru_cache(maxsize=64)  # a history says the same one hundreds of times
def _on(browser: str, system: str, _language: str | None) -> str:
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}


def _of(count: int, whole: int) -> str:
    return ngettext("%(count)s of %(whole)s", "%(count)s of %(whole)s", whole) % {"count": count, "whole": whole}


def event_rows(
    snapshot: Snapshot,
    lens: Lens,
    zone: tzinfo,
    *,
    filters: frozenset[str],
    day: date | None,
    most: int,
    chosen: frozenset[str] = frozenset(),
) -> EventList:
    """The newest `most` rows (or a few more, if that is all), or those of one day in `zone`: everything else is
    summed up and one click away."""
    wanted = [
        (place, item)
        for place, item in snapshot.numbered()
        if day is None or (isinstance(item, Event) and item.at.astimezone(zone).date() == day)
    ]
    if len(wanted) <= most + ROWS_NOT_WORTH_A_CLICK:
        most = len(wanted)
    rows = [present.row(place, item, lens, filters=filters, chosen=chosen) for place, item in wanted[:most]]
    return EventList(tuple(present.days(rows, zone)), len(rows), len(wanted) - len(rows))


def as_rows(text: str) -> int:
    """How many rows an address asks for: one of the steps, the first for anything else."""
    return next((step for step in ROWS_DRAWN if text == str(step)), ROWS_DRAWN[0])


def rows_after(drawn: int) -> int | None:
    """How many rows the step after this one draws; None when there is none."""
    return next((step for step in ROWS_DRAWN if step > drawn), None)


def top_account(snapshot: Snapshot, lens: Lens) -> tuple[str, Cell] | None:
    """The account that the loaded events carry most, and what this person may see of it; None when none does."""
    numbered = [(place, item) for place, item in snapshot.numbered() if isinstance(item, Event)]
    accounts = summary.accounts_of(numbered)
    return (accounts[0].value, present.cell(lens, "linked_id", accounts[0].value)) if accounts else None


def as_day(text: str) -> date | None:
    """A day as it stands in an address, or None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _day_rows(events: list[Event], zone: tzinfo) -> Iterator[DayRow]:
    by_day: dict[date, list[Event]] = {}
    for event in events:
        by_day.setdefault(event.at.astimezone(zone).date(), []).append(event)
    for day in sorted(by_day, reverse=True):
        found = by_day[day]
        times = [event.at for event in found]
        accounts = {event.linked_id for event in found if event.linked_id}
        yield DayRow(day, len(found), min(times), max(times), len(accounts), summary.spoken(found)[:3])


def _days(snapshot: Snapshot, zone: tzinfo, start: datetime, end: datetime) -> Iterator[Day]:
    counts: Counter[date] = Counter()
    strong: Counter[date] = Counter()
    for event in snapshot.events:
        day = event.at.astimezone(zone).date()
        counts[day] += 1
        strong[day] += any(signal.strong for signal in event.speaking)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    # Newest first: while more follows, nothing is known of the days before the oldest that came.
    oldest = min(counts, default=last)
    day = first
    while day <= last:
        is_known = not snapshot.has_more or day >= oldest
        tick = near_date(day, last) if day.day == 1 or day == first else ""
        if day == first and (first + timedelta(days=10)).month != first.month:
            tick = ""
        yield Day(whole_date(day), counts[day], strong[day], tick, is_known=is_known)
        day += timedelta(days=1)
