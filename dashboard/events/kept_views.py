"""What somebody keeps: saved searches, the history of searches, the columns of lists."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.events import columns as column_list
from dashboard.events import filters, keeping, present, queries
from dashboard.events.masking import Lens
from dashboard.events.models import Search
from dashboard.events.small_forms import ColumnsForm, SaveSearchForm
from fingerprint_integration.services import reads

HISTORY_PAGE = 50


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def save(request: StaffRequest, short_id: str) -> HttpResponse:
    """A name for a search, and for whom it is kept."""
    search = _search(request, short_id)
    form = SaveSearchForm(request.POST if request.method == "POST" else None, search=search)
    if request.method == "POST" and form.is_valid():
        kept = keeping.save_search(search, **form.cleaned_data, by=request.user, now=timezone.now())
        return redirect_to(request, "events:results", kept.short_id)
    lens = Lens.of(request.user)
    context = {
        "form": form,
        "search": search,
        "title": filters.title(search.query, search.further, sees_personal=lens.sees_personal),
        "is_own": search.owner_id == request.user.pk,
    }
    return render_page(request, "events/save.html", context, status=422 if form.is_bound else 200)


@requires(Perm.VIEW_EVENTS)
@require_POST
def unsave(request: StaffRequest, short_id: str) -> HttpResponse:
    """Take a search off the saved ones."""
    keeping.unsave_search(_search(request, short_id), by=request.user, now=timezone.now())
    return redirect_to(request, "events:saved")


@requires(Perm.VIEW_EVENTS)
@require_POST
def run(request: StaffRequest, short_id: str) -> HttpResponse:
    """Search again for what a saved search asks, with its window counted from now."""
    retention = reads.capabilities().retention
    begun = keeping.run_saved(_search(request, short_id), by=request.user, now=timezone.now(), retention=retention)
    return redirect_to(request, "events:results", begun.short_id)


@requires(Perm.VIEW_EVENTS)
@require_GET
def saved(request: StaffRequest) -> HttpResponse:
    """The saved searches this person may open."""
    lens, retention = Lens.of(request.user), reads.capabilities().retention
    found = present.recent(queries.saved_searches(request.user), lens, retention=retention, viewer=request.user)
    return render_page(request, "events/saved.html", {"searches": found})


@requires(Perm.VIEW_EVENTS)
@require_GET
def history(request: StaffRequest) -> HttpResponse:
    """What this person searched for, or the whole team, newest first."""
    of_team = request.GET.get("whose") == "team"
    before = request.GET.get("before", "")
    keeping.view_history(by=request.user, of_team=of_team, now=timezone.now())
    rows = queries.history(
        request.user,
        of_team=of_team,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
        limit=HISTORY_PAGE + 1,
    )
    shown = rows[:HISTORY_PAGE]
    retention = reads.capabilities().retention
    context = {
        "searches": present.recent(shown, Lens.of(request.user), retention=retention, viewer=request.user),
        "of_team": of_team,
        "older_than": shown[-1].pk if len(rows) > HISTORY_PAGE else None,
        "retention_days": retention.days,
    }
    return render_page(request, "events/history.html", context)


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def columns(request: StaffRequest) -> HttpResponse:
    """Which columns lists of events have for this person."""
    back = queries.find_search(request.GET.get("next", "")[:16], by=request.user)
    chosen = queries.columns_of(request.user)
    form = ColumnsForm(request.POST if request.method == "POST" else None, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        names = form.cleaned_data["columns"]
        keeping.choose_columns(column_list.of_names(names), by=request.user, now=timezone.now())
        return redirect_to(request, "events:results", back.short_id) if back else redirect_to(request, "events:search")
    return render_page(
        request, "events/columns.html", {"form": form, "back": back}, status=422 if form.is_bound else 200
    )


def _search(request: StaffRequest, short_id: str) -> Search:
    search = queries.find_search(short_id, by=request.user)
    if search is None:
        raise Http404
    return search
