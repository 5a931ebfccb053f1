"""A search and the same search over the period just before it: what is here of both, and asking for what is not."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.accounts.models import User
from dashboard.events import actions, queries, windows
from dashboard.events.loading import Opened
from dashboard.events.models import Search
from dashboard.events.queries import Snapshot
from dashboard.events.windows import Window
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads


@dataclass(frozen=True)
class Both:
    """What somebody has loaded of both periods; the problem is of the question that got no answer."""

    now: Opened
    before: Opened
    window: Window

    @property
    def problem(self) -> FingerprintError | None:
        return self.now.problem or self.before.problem

    @property
    def is_loaded(self) -> bool:
        """Whether there is an answer for either period. Without one nothing is counted: no answer is no zero."""
        return self.now.snapshot.is_loaded and self.before.snapshot.is_loaded


def window_before(search: Search, *, now: datetime) -> Window | None:
    """The period just before the searched one, as long as it; None when Fingerprint no longer keeps all of it."""
    return windows.before(search.window, now=now, retention=reads.capabilities().retention)


def price(search: Search, snapshot: Snapshot, earlier: Snapshot | None = None) -> int:
    """How many requests comparing costs at most: the period before is read as far as this one is loaded."""
    loads = _loads(snapshot)
    here = 0 if earlier is None else loads if earlier.is_loaded and not earlier.has_more else earlier.last_number
    return len(search.questions) * (max(loads - here, 0) + (not snapshot.is_loaded))


def held(search: Search, window: Window, *, by: User, now: datetime) -> Both:
    """What is here of both periods; asks nobody."""
    earlier = _find(search, window, by=by)
    before = queries.snapshot_of(earlier, by=by, now=now) if earlier else Snapshot()
    return Both(Opened(queries.snapshot_of(search, by=by, now=now)), Opened(before), window)


def load(search: Search, window: Window, *, by: User, now: datetime) -> Both:
    """Ask for what is missing of both periods. The one before is a search of its own, written down as every search."""
    opened = Opened(queries.snapshot_of(search, by=by, now=now))
    if not opened.snapshot.is_loaded:
        opened = actions.load_more(search, after=0, by=by, now=now)
    if not opened.snapshot.is_loaded:
        return Both(opened, Opened(Snapshot()), window)
    earlier = _find(search, window, by=by) or actions.start_search(
        query=search.query, also=search.further, window=window, by=by, now=now
    )
    most = _loads(opened.snapshot) * actions.PAGE_SIZE
    return Both(opened, actions.load_up_to(earlier, most=most, by=by, now=now), window)


def _loads(snapshot: Snapshot) -> int:
    """Of how many loads the period before is: as many events as are here of this one, a thousand at most."""
    return max(-(-min(snapshot.count, actions.COUNT_UP_TO) // actions.PAGE_SIZE), 1)


def _find(search: Search, window: Window, *, by: User) -> Search | None:
    """The last search of `by` that asked the same of that period."""
    same = Search.objects.filter(owner=by, kind=Search.Kind.EVENTS, start=window.start, end=window.end)
    asked = (bytes(search.filters), bytes(search.also))
    return next((row for row in same.order_by("-pk")[:20] if (bytes(row.filters), bytes(row.also)) == asked), None)
