"""Exports: making one of what is loaded, the list of them, taking one away, revoking it."""

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.events import exporting, filters, queries
from dashboard.events.exploring import explore
from dashboard.events.masking import Lens
from dashboard.events.models import Export
from dashboard.events.small_forms import ExportForm
from dashboard.events.values import VALUES
from fingerprint_integration.domain import Event

_TYPES = {Export.Form.CSV: "text/csv; charset=utf-8", Export.Form.JSON_LINES: "application/x-ndjson"}


@requires(Perm.EXPORT_EVENTS)
@require_http_methods(["GET", "POST"])
def make(request: StaffRequest, short_id: str) -> HttpResponse:
    """Why, and as what; then the loaded rows that are left become a file."""
    search, now, lens = queries.find_search(short_id, by=request.user), timezone.now(), Lens.of(request.user)
    if search is None:
        raise Http404
    fields = request.POST if request.method == "POST" else request.GET
    snapshot = queries.snapshot_of(search, by=request.user, now=now)
    explored = explore(snapshot, dict(fields.lists()), lens, timezone.get_current_timezone(), window=search.window)
    events = [item for _place, item in explored.rows if isinstance(item, Event)]
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        exporting.make_export(search, events, **form.cleaned_data, by=request.user, now=now)
        return redirect_to(request, "events:exports")
    context = {
        "form": form,
        "search": search,
        "title": filters.title(search.query, search.further, sees_personal=lens.sees_personal),
        "explored": explored,
        "count": len(events),
        "names": [value.label for value in VALUES],
        "sees_personal": lens.sees_personal,
    }
    return render_page(request, "events/export.html", context, status=422 if form.is_bound else 200)


@requires(Perm.EXPORT_EVENTS)
@require_GET
def exports(request: StaffRequest) -> HttpResponse:
    """One's own exports; those of everybody for people who read the audit log."""
    now, sees_all = timezone.now(), Perm.VIEW_AUDIT in request.user.perms
    of_everybody = sees_all and request.GET.get("whose") == "everybody"
    exporting.view_list(by=request.user, of_everybody=of_everybody, now=now)
    found = queries.exports(request.user, of_everybody=of_everybody)
    context = {"exports": found, "now": now, "sees_all": sees_all, "of_everybody": of_everybody}
    return render_page(request, "events/exports.html", context)


@requires(Perm.EXPORT_EVENTS)
@require_POST
def take(request: StaffRequest, short_id: str) -> HttpResponseBase:
    """The file itself. By POST: a link to it, sent on or opened by a mail program, takes nothing away."""
    export = _export(request, short_id)
    pieces = exporting.take_export(export, by=request.user, now=timezone.now())
    return StreamingHttpResponse(
        pieces,
        content_type=_TYPES[Export.Form(export.form)],
        headers={"Content-Disposition": f'attachment; filename="{export.file_name}"'},
    )


@requires(Perm.EXPORT_EVENTS)
@require_POST
def revoke(request: StaffRequest, short_id: str) -> HttpResponse:
    """Empty an export: one's own, or anybody's for people who read the audit log."""
    exporting.revoke_export(_export(request, short_id), by=request.user, now=timezone.now())
    return redirect_to(request, "events:exports")


def _export(request: StaffRequest, short_id: str) -> Export:
    export = queries.find_export(short_id, by=request.user)
    if export is None:
        raise Http404
    return export
