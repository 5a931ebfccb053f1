"""Links over HTTP: what a hop would cost, asking it, going on, taking the table away, choosing members to mark."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.csv_rows import BOM, csv_lines
from dashboard.core.htmx import redirect_to, render_page, wants_fragment
from dashboard.events import histories, queries
from dashboard.events import present as events
from dashboard.events.masking import Lens
from dashboard.visitors import link_readings
from dashboard.visitors.actions import links as actions
from dashboard.visitors.forms import LinkExportForm
from dashboard.visitors.link_sheet import file_rows, link_sheet
from dashboard.visitors.models import LinkReading
from fingerprint_integration.services import reads

QUESTIONS_A_STEP = 4
"""Requests of one step that goes on by itself."""
QUESTIONS_A_CLICK = 10
"""Requests of one click where no script goes on by itself."""


@requires(Perm.VIEW_EVENTS)
@require_POST
def start(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Plan the first hop from a reading of the visitor's history, or from a new one. No link is asked for yet."""
    now = timezone.now()
    search = queries.find_history(request.POST.get("read", "")[:16], visitor_id=visitor_id, by=request.user)
    if search is None:
        _search, opened = histories.open_history(visitor_id, by=request.user, now=now)
    else:
        opened = histories.reopen_history(search, by=request.user, now=now)
    if not opened.snapshot.is_loaded:
        context = {"visitor_id": visitor_id, "problem": opened.problem, "advice": events.advice(opened.problem)}
        return render_page(request, "visitors/links.html", context, status=502)
    reading = actions.begin(visitor_id, opened.snapshot, by=request.user, now=now)
    return redirect_to(request, _address(reading))


@requires(Perm.VIEW_EVENTS)
@require_GET
def links(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """What was found so far and what more would cost; without a reading, where one begins."""
    reading = _find(request, visitor_id, request.GET.get("read", ""))
    if reading is None:
        return render_page(request, "visitors/links.html", {"visitor_id": visitor_id})
    actions.open_reading(reading, by=request.user, now=timezone.now())
    return render_page(request, "visitors/links.html", _context(request, reading))


@requires(Perm.VIEW_EVENTS)
@require_POST
def ask(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Some of the planned questions. htmx gets how far it is and asks again, until all are answered."""
    reading = _wanted(request, visitor_id)
    by_itself = wants_fragment(request)
    goes_well = actions.ask(
        reading,
        most=QUESTIONS_A_STEP if by_itself else QUESTIONS_A_CLICK,
        with_related=bool(request.POST.get("related")),
        by=request.user,
        now=timezone.now(),
    )
    reading.refresh_from_db()
    context = _context(request, reading)
    if not (by_itself and goes_well and context["sheet"].pending_count):
        return redirect_to(request, _address(reading))
    return render_page(request, "visitors/links.html", {**context, "is_asking": True}, fragment="asking")


@requires(Perm.VIEW_EVENTS)
@require_POST
def further(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Plan one hop more; what it costs is said before anything is asked."""
    reading = _wanted(request, visitor_id)
    actions.plan_further(reading, by=request.user, now=timezone.now())
    return redirect_to(request, _address(reading))


@requires(Perm.EXPORT_EVENTS)
@require_http_methods(["GET", "POST"])
def export(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Why the table is taken away, and the file."""
    reading = _find(request, visitor_id, request.POST.get("read", "") or request.GET.get("read", ""))
    if reading is None:
        return redirect_to(request, "visitors:links", visitor_id)
    form = LinkExportForm(request.POST if request.method == "POST" else None)
    found, lens = link_readings.unpack(reading), Lens.of(request.user)
    rows = list(file_rows(found, lens))
    if not form.is_valid():
        context = {
            "visitor_id": visitor_id,
            "form": form,
            "reading": reading,
            "count": len(rows) - 1,
            "sees_personal": lens.sees_personal,
            "back_url": _address(reading),
        }
        return render_page(request, "visitors/links_export.html", context, status=422 if form.is_bound else 200)
    reason, ticket = form.cleaned_data["reason"], form.cleaned_data["ticket"]
    actions.note_export(reading, len(rows) - 1, reason=reason, ticket=ticket, by=request.user, now=timezone.now())
    return HttpResponse(
        BOM + csv_lines(rows),
        content_type="text/csv; charset=utf-8",
        # The id fits into a path, so it fits into a file name.
        headers={"Content-Disposition": f'attachment; filename="links-{visitor_id}.csv"'},
    )


@requires(Perm.CHANGE_EVENTS)
@require_POST
def choose(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """The newest events of the chosen visitors, ready to be handed to the form that changes events."""
    reading = _wanted(request, visitor_id)
    chosen = actions.read_chosen(reading, request.POST.getlist("visitor"), by=request.user, now=timezone.now())
    context = {
        "visitor_id": visitor_id,
        "chosen": [(each, events.visitor_url(each.visitor_id)) for each in chosen],
        "count": sum(len(each.event_ids) for each in chosen),
        "back_url": _address(reading),
    }
    return render_page(request, "visitors/links_chosen.html", context)


def _find(request: StaffRequest, visitor_id: str, short_id: str) -> LinkReading | None:
    return link_readings.find(short_id[:16], visitor_id=visitor_id, by=request.user, now=timezone.now())


def _wanted(request: StaffRequest, visitor_id: str) -> LinkReading:
    reading = _find(request, visitor_id, request.POST.get("read", ""))
    if reading is None:
        raise Http404
    return reading


def _address(reading: LinkReading) -> str:
    return f"{reverse('visitors:links', args=[reading.visitor_id])}?read={reading.short_id}"


def _context(request: StaffRequest, reading: LinkReading) -> dict[str, Any]:
    capabilities = reads.capabilities()
    found = link_readings.unpack(reading)
    return {
        "visitor_id": reading.visitor_id,
        "reading": reading,
        "sheet": link_sheet(found, Lens.of(request.user)),
        "read_count": len(found.seed_events),
        "address": _address(reading),
        "has_related": capabilities.has_related,
        "retention_days": capabilities.retention.days,
        "most_chosen": actions.MOST_CHOSEN,
        "may_change": Perm.CHANGE_EVENTS in request.user.perms,
        "may_export": Perm.EXPORT_EVENTS in request.user.perms,
    }
