"""What the page of results needs, put together for one person."""

from datetime import timedelta
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.access import Perm, StaffRequest
from dashboard.events import actions, filters, periods, present, queries, typed, windows
from dashboard.events.exploring import explore
from dashboard.events.loading import Opened
from dashboard.events.masking import Lens
from dashboard.events.models import Search
from dashboard.events.queries import Snapshot
from fingerprint_integration.services import reads

ROWS_DRAWN = 300
"""More rows make a page slow to draw; the others are one click away and ask nobody."""


def results_context(
    request: StaffRequest, search: Search, opened: Opened, fields: QueryDict, *, from_page: int = 1
) -> dict[str, Any]:
    """The context of results.html; `fields` hold the narrowing, `from_page` is where a piece begins."""
    zone, lens = timezone.get_current_timezone(), Lens.of(request.user)
    snapshot, capabilities = opened.snapshot, reads.capabilities()
    explored = explore(
        snapshot,
        dict(fields.lists()),
        lens,
        zone,
        window=search.window,
        is_reversed=bool(search.query.reverse),
    )
    columns = queries.columns_of(request.user)
    return {
        "search": search,
        "page_url": request.build_absolute_uri(reverse("events:results", args=[search.short_id])),
        "title": filters.title(search.query, search.further, sees_personal=lens.sees_personal),
        "chips": filters.chips(search.query, search.further, sees_personal=lens.sees_personal),
        "window": windows.in_words(search.window, zone),
        "window_asked": search.window_asked,
        "presets": windows.presets(capabilities.retention),
        "retention_days": capabilities.retention.days,
        "is_widest": search.window_asked == windows.ALL,
        "filter_words": typed.names(capabilities.filters),
        "filter_values": typed.values(capabilities.filters),
        "price": requests_in_words(len(search.questions)),
        "load_more_price": requests_in_words(len(snapshot.ask_next)),
        "load_up_price": _load_up_price(snapshot),
        "before_price": _before_price(search, snapshot, capabilities.retention),
        "most_loaded": actions.MOST_LOADED if snapshot.count >= actions.MOST_LOADED else None,
        "snapshot": snapshot,
        "explored": explored,
        "columns": columns,
        "is_wide": any(not column.is_default for column in columns),
        "list": present.event_list(
            snapshot.pages,
            lens,
            zone,
            from_page=from_page,
            chosen=frozenset(request.POST.getlist("event")),
            filters=capabilities.filters,
            columns=columns,
            kept=explored.kept,
            most=None if "all" in fields or from_page > 1 else ROWS_DRAWN,
        ),
        "all_url": explored.narrowing.query(all="1"),
        "from_page": from_page,
        "problem": opened.problem,
        "advice": present.advice(opened.problem),
        "may_export": Perm.EXPORT_EVENTS in request.user.perms,
        "may_change": Perm.CHANGE_EVENTS in request.user.perms,
        "may_ask_deletion": Perm.ASK_FOR_DELETION in request.user.perms,
        "sees_personal": lens.sees_personal,
    }


def requests_in_words(count: int) -> str:
    """`1 request to Fingerprint`: what something costs of the rate that everybody shares."""
    return ngettext("%(n)s request to Fingerprint", "%(n)s requests to Fingerprint", count) % {"n": count}


def _before_price(search: Search, snapshot: Snapshot, retention: timedelta) -> str:
    """What comparing with the period before costs at most; "" when Fingerprint no longer keeps all of that."""
    if windows.before(search.window, now=timezone.now(), retention=retention) is None:
        return ""
    return requests_in_words(periods.price(search, snapshot))


def _load_up_price(snapshot: Snapshot) -> str:
    """What loading up to a thousand costs; "" when one page more brings everything, or nothing more is to be had."""
    wanted = min(snapshot.total or actions.COUNT_UP_TO, actions.COUNT_UP_TO) - snapshot.count
    if not snapshot.has_more or wanted <= actions.PAGE_SIZE:
        return ""
    return _("about %(price)s") % {"price": requests_in_words(-(-wanted // actions.PAGE_SIZE))}
