"""Top values beside those of the period before."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import render_page, wants_fragment
from dashboard.events import filters, narrowing, period_changes, periods, present, queries, windows
from dashboard.events.masking import Lens
from dashboard.events.models import Search
from dashboard.events.results_page import requests_in_words
from fingerprint_integration.services import reads


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def before(request: StaffRequest, short_id: str) -> HttpResponse:
    """What changed against the period before: from what is here (GET), or asked for first (POST)."""
    search, now = queries.find_search(short_id, by=request.user), timezone.now()
    if search is None:
        raise Http404
    window = periods.window_before(search, now=now)
    if window is None:
        context = {"search": search, "both": None, "retention_days": reads.capabilities().retention.days}
        return render_page(request, "events/periods.html", context)
    if request.method != "POST":
        both = periods.held(search, window, by=request.user, now=now)
        return render_page(request, "events/periods.html", _context(request, search, both, request.GET))
    both = periods.load(search, window, by=request.user, now=now)
    context = _context(request, search, both, request.POST)
    if both.problem is None and not wants_fragment(request):
        return redirect(str(context["page_url"]))
    status = 502 if both.problem and not both.is_loaded and not wants_fragment(request) else 200
    return render_page(request, "events/periods.html", context, fragment="changes", status=status)


def _context(request: StaffRequest, search: Search, both: periods.Both, fields: QueryDict) -> dict[str, Any]:
    lens, zone = Lens.of(request.user), timezone.get_current_timezone()
    now, earlier = both.now.snapshot, both.before.snapshot
    asked, is_stale = narrowing.read(dict(fields.lists()), now)
    compared = None
    if both.is_loaded:
        compared = period_changes.compare(
            now,
            earlier,
            asked,
            lens,
            length=search.window.end - search.window.start,
            is_reversed=bool(search.query.reverse),
        )
    return {
        "search": search,
        "both": both,
        "periods": compared,
        "title": filters.title(search.query, search.further, sees_personal=lens.sees_personal),
        "window": windows.in_words(search.window, zone),
        "window_before": windows.in_words(both.window, zone),
        "price": requests_in_words(periods.price(search, now, earlier)),
        "narrowing": asked,
        "is_stale": is_stale,
        "page_url": reverse("events:before", args=[search.short_id]) + asked.query(),
        "results_url": reverse("events:results", args=[search.short_id]) + asked.query(),
        "problem": both.problem,
        "advice": present.advice(both.problem),
        "sees_personal": lens.sees_personal,
    }
