"""Reading what was searched for and what was loaded. Nothing here asks Fingerprint or changes anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Q, QuerySet

from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.events import merging
from dashboard.events.columns import Column, of_names
from dashboard.events.models import Export, Layout, Search, SnapshotPage
from fingerprint_integration.domain import ApiVersion, Event, UnreadableEvent
from fingerprint_integration.services import reads

Item = Event | UnreadableEvent


@dataclass(frozen=True)
class LoadedPage:
    """One answer of Fingerprint, its events decoded one by one."""

    number: int
    items: tuple[Item, ...]
    fetched_at: datetime


@dataclass(frozen=True)
class Snapshot:
    """What one person has loaded of one search, in the order Fingerprint gave it."""

    pages: tuple[LoadedPage, ...] = ()
    cursors: Mapping[int, str | None] = field(default_factory=dict)
    """Where each question goes on; None is its end."""
    ask_next: tuple[int, ...] = (0,)
    """The questions that must be asked for the list to grow; () when it is whole."""
    total: int | None = None
    total_is_capped: bool = False
    total_is_upper: bool = False
    """Several questions may count one event twice: the total is at most this."""
    visitor_unknown: bool = False

    @property
    def is_loaded(self) -> bool:
        """Tell whether Fingerprint answered at all; an empty answer is one."""
        return bool(self.pages)

    @property
    def has_more(self) -> bool:
        return self.is_loaded and bool(self.ask_next)

    @property
    def last_number(self) -> int:
        """The number of the last page, 0 when nothing was loaded."""
        return self.pages[-1].number if self.pages else 0

    @property
    def read_at(self) -> datetime | None:
        """When the newest page was read."""
        return self.pages[-1].fetched_at if self.pages else None

    @cached_property
    def count(self) -> int:
        return len(self.items)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item; its place is its index."""
        return tuple(item for page in self.pages for item in page.items)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events that could be read."""
        return tuple(item for item in self.items if isinstance(item, Event))

    def numbered(self) -> Iterator[tuple[int, Item]]:
        """Every item with its place in the snapshot, from 0."""
        return enumerate(self.items)

    def item(self, place: int) -> Item | None:
        """The item at this place, or None when there is none."""
        return self.items[place] if 0 <= place < len(self.items) else None


def _named(short_id: str) -> QuerySet[Search]:
    """Searches of this name; none for what cannot be one, such as a NUL that PostgreSQL would choke on."""
    fits = short_id.isascii() and short_id.isalnum()
    return Search.objects.filter(short_id=short_id) if fits else Search.objects.none()


def open_to(by: User) -> Q:
    """The searches that `by` may open: their own, and those that nobody keeps for themselves."""
    return Q(owner=by) | Q(kind=Search.Kind.EVENTS, is_shared=True)


def find_search(short_id: str, *, by: User) -> Search | None:
    """The search of events with this short name, or None: there is none, or somebody else keeps it for themselves."""
    return _named(short_id).filter(open_to(by), kind=Search.Kind.EVENTS).first()


def find_any(short_id: str, *, by: User) -> Search | None:
    """A search of events, or the history of a visitor that `by` began, or None."""
    return _named(short_id).filter(open_to(by)).first()


def find_history(short_id: str, *, visitor_id: str, by: User) -> Search | None:
    """The reading of this visitor's history that `by` began, or None."""
    return _named(short_id).filter(kind=Search.Kind.VISITOR, visitor_id=visitor_id, owner=by).first()


def snapshot_of(search: Search, *, by: User, now: datetime) -> Snapshot:
    """What `by` loaded of this search and may still read; nobody reads another person's snapshot."""
    rows = list(SnapshotPage.objects.of(search, by.pk, now))
    return as_snapshot(rows, question_count=len(search.questions), is_reversed=bool(search.query.reverse))


def as_snapshot(
    rows: list[SnapshotPage],
    *,
    question_count: int = 1,
    is_reversed: bool = False,
    items: Sequence[tuple[Item, ...]] | None = None,
) -> Snapshot:
    """Decode stored answers into one list. An event seen twice, in two pages or by two questions, is shown once.

    `items` are the rows' events where they have just been read: then nothing is decoded.
    """
    read = items if items is not None else [_items(row) for row in rows]
    answers = [
        merging.Answer(row.number, row.question, of_row, row.next_cursor is not None)
        for row, of_row in zip(rows, read, strict=True)
    ]
    cursors = {row.question: row.cursor for row in rows}
    if question_count == 1:
        merged = _one_after_the_other(answers)
    else:
        merged = merging.merge(answers, question_count=question_count, is_reversed=is_reversed)
    fetched = {row.number: row.fetched_at for row in rows}
    first = [row for row in rows if row.number == 1]
    totals = [row.total for row in first if row.total is not None]
    return Snapshot(
        pages=tuple(LoadedPage(number, items, fetched[number]) for number, items in merged.loads),
        cursors=cursors,
        ask_next=merged.ask_next,
        total=sum(totals) if first and len(totals) == len(first) else None,
        total_is_capped=any(row.total_is_capped for row in first),
        total_is_upper=question_count > 1,
        visitor_unknown=bool(first) and all(row.visitor_unknown for row in first),
    )


def _items(row: SnapshotPage) -> tuple[Item, ...]:
    return tuple(reads.event_from_raw(raw, ApiVersion(row.api_version)) for raw in row.raws)


def _one_after_the_other(answers: Sequence[merging.Answer]) -> merging.Merged:
    """The pages of one question, in the order Fingerprint gave them."""
    shown: set[str] = set()
    loads = tuple((answer.load, tuple(merging.once(answer.items, shown))) for answer in answers)
    return merging.Merged(loads, (0,) if not answers or answers[-1].has_more else ())


def recent_searches(by: User, *, limit: int = 5) -> list[Search]:
    """The last searches of this person, newest first, each question once."""
    found: dict[bytes, Search] = {}
    for search in Search.objects.filter(owner=by, kind=Search.Kind.EVENTS).order_by("-created_at")[: limit * 4]:
        found.setdefault(bytes(search.filters) + bytes(search.also) + search.window_asked.encode(), search)
    return list(found.values())[:limit]


def saved_searches(by: User) -> list[Search]:
    """The saved searches `by` may open: their own first, then those that others share; each by name."""
    found = Search.objects.filter(open_to(by), kind=Search.Kind.EVENTS).exclude(name="").select_related("owner")
    return sorted(found, key=lambda search: (search.owner_id != by.pk, search.name.casefold()))


def history(by: User, *, of_team: bool, before: int | None, limit: int) -> list[Search]:
    """Searches, newest first: those of `by`, or of everybody as far as `by` may open them; older than row `before`."""
    found = Search.objects.filter(open_to(by) if of_team else Q(owner=by), kind=Search.Kind.EVENTS)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.select_related("owner").order_by("-pk")[:limit])


def columns_of(by: User) -> tuple[Column, ...]:
    """The columns this person chose, or the usual ones."""
    chosen = Layout.objects.filter(owner=by).values_list("columns", flat=True).first()
    return of_names((chosen or "").split())


def find_export(short_id: str, *, by: User) -> Export | None:
    """The export of this name: one's own, or anybody's for people who read the audit log; None otherwise."""
    fits = short_id.isascii() and short_id.isalnum()
    return _exports(by, of_everybody=Perm.VIEW_AUDIT in by.perms).filter(short_id=short_id).first() if fits else None


def exports(by: User, *, of_everybody: bool, limit: int = 200) -> list[Export]:
    """Exports, newest first."""
    return list(_exports(by, of_everybody=of_everybody).select_related("owner").order_by("-created_at")[:limit])


def _exports(by: User, *, of_everybody: bool) -> QuerySet[Export]:
    return Export.objects.all() if of_everybody else Export.objects.filter(owner=by)
