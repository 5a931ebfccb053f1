"""One visitor: their history, what it says together, and who else is on the phone."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.audit.queries import history_of
from dashboard.audit.subjects import SubjectKind
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page, wants_fragment
from dashboard.events import histories, present, queries
from dashboard.events.forms import FindVisitorForm
from dashboard.events.loading import Opened
from dashboard.events.masking import Lens
from dashboard.events.models import Search
from dashboard.events.queries import Snapshot
from dashboard.visitors import boards, following_list, hand_over_list
from dashboard.visitors.actions.devices import read_devices
from dashboard.visitors.actions.related import read_related
from dashboard.visitors.forms import NoteForm
from dashboard.visitors.present import as_day, as_rows, event_rows, rows_after, top_account, visitor_sheet
from fingerprint_integration.errors import InvalidRequest
from fingerprint_integration.services import reads

PAGES_A_STEP = 3
"""Requests of one step of a reading that goes on by itself, a second apart: others want to ask Fingerprint too."""
PAGES_A_CLICK = 10
"""Requests of one click where no script goes on by itself."""


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def find(request: StaffRequest) -> HttpResponse:
    """A visitor id, typed in a form; it goes into an address only after it was found fit for one."""
    form = FindVisitorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return redirect_to(request, "visitors:visitor", form.cleaned_data["visitor_id"])
    context = {
        "form": form,
        "retention_days": reads.capabilities().retention.days,
        "waiting": hand_over_list.waiting_for(request.user),
        "sent": hand_over_list.sent_by(request.user),
        "follow_count": following_list.count_of(request.user),
    }
    return render_page(request, "visitors/find.html", context, status=422 if form.is_bound else 200)


@requires(Perm.VIEW_EVENTS)
@require_GET
def visitor(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """A visitor's history, read anew; `?read=` shows a reading this person began before, `&day=` one day of it.

    `&rows=` draws more rows of what is loaded; htmx gets those alone.
    """
    now = timezone.now()
    search = queries.find_history(request.GET.get("read", "")[:16], visitor_id=visitor_id, by=request.user)
    if search is None:
        search, opened = histories.open_history(visitor_id, by=request.user, now=now)
    else:
        opened = histories.reopen_history(search, by=request.user, now=now)
    if wants_fragment(request):
        context = {"visitor_id": visitor_id, **_rows(request, search, opened.snapshot, Lens.of(request.user))}
    else:
        context = _context(request, visitor_id, search, opened)
    return render_page(request, "visitors/visitor.html", context, fragment="results", status=_status(opened))


@requires(Perm.VIEW_EVENTS)
@require_POST
def read_on(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Some further pages of the history. htmx gets how far it is and asks again, until all of it is here."""
    search = queries.find_history(request.POST.get("read", "")[:16], visitor_id=visitor_id, by=request.user)
    if search is None:
        return redirect_to(request, "visitors:visitor", visitor_id)
    by_itself = wants_fragment(request)
    pages = PAGES_A_STEP if by_itself else PAGES_A_CLICK
    progress = histories.read_on(search, by=request.user, now=timezone.now(), most_pages=pages)
    if progress.problem is None and not (by_itself and progress.goes_on):
        return redirect_to(request, _address(search))
    if not by_itself:
        # An answer that did not come is said beside what did.
        snapshot = queries.snapshot_of(search, by=request.user, now=timezone.now())
        context = _context(request, visitor_id, search, Opened(snapshot, progress.problem))
        return render_page(request, "visitors/visitor.html", context)
    context = {
        "visitor_id": visitor_id,
        "search": search,
        "progress": progress,
        "is_reading": progress.problem is None,
        "most_events": histories.MOST_EVENTS,
        "address": _address(search),
        "problem": progress.problem,
        "advice": present.advice(progress.problem),
    }
    return render_page(request, "visitors/visitor.html", context, fragment="reading")


@requires(Perm.VIEW_EVENTS)
@require_GET
def devices(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Other devices of the account this visitor uses most, asked for when the page of a reading shows it."""
    search = queries.find_history(request.GET.get("read", "")[:16], visitor_id=visitor_id, by=request.user)
    now, lens = timezone.now(), Lens.of(request.user)
    found = top_account(queries.snapshot_of(search, by=request.user, now=now), lens) if search else None
    if found is None:
        return redirect_to(request, "visitors:visitor", visitor_id)
    account, shown = found
    answer = read_devices(visitor_id, account, by=request.user, now=now)
    context = {
        "visitor_id": visitor_id,
        "devices": answer,
        "account": shown,
        "advice": present.advice(answer.problem),
        "links_url": reverse("visitors:links", args=[visitor_id]),
    }
    return render_page(request, "visitors/devices.html", context, fragment="answer")


@requires(Perm.VIEW_EVENTS)
@require_GET
def related(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Related visitors by Fingerprint's own answer (API v3), asked for only when somebody wants them."""
    found = read_related(visitor_id, by=request.user, now=timezone.now())
    context = {
        "visitor_id": visitor_id,
        "related": [(each.visitor_id, present.visitor_url(each.visitor_id)) for each in found.visitors],
        "problem": found.problem,
        "advice": present.advice(found.problem),
        "has_related": reads.capabilities().has_related,
    }
    # The panel shows the exact refusal in place of the answer.
    status = 502 if found.problem and not wants_fragment(request) else 200
    return render_page(request, "visitors/related.html", context, fragment="answer", status=status)


def _address(search: Search) -> str:
    return f"{reverse('visitors:visitor', args=[search.visitor_id])}?read={search.short_id}"


def _status(opened: Opened) -> int:
    if isinstance(opened.problem, InvalidRequest) and not opened.snapshot.is_loaded:
        return 404  # An id that Fingerprint refuses belongs to nobody.
    if opened.problem and not opened.snapshot.is_loaded:
        return 502
    return 404 if opened.snapshot.visitor_unknown else 200


def _rows(request: StaffRequest, search: Search, snapshot: Snapshot, lens: Lens) -> dict[str, Any]:
    """What the table of events needs."""
    drawn, day = as_rows(request.GET.get("rows", "")), as_day(request.GET.get("day", ""))
    return {
        "search": search,
        "snapshot": snapshot,
        "address": _address(search),
        "from_page": 1,
        "day": day,
        "list": event_rows(
            snapshot,
            lens,
            timezone.get_current_timezone(),
            filters=reads.capabilities().filters,
            day=day,
            most=drawn,
            chosen=frozenset(request.GET.getlist("event")[:drawn]),
        ),
        "more_rows": rows_after(drawn),
        "may_change": Perm.CHANGE_EVENTS in request.user.perms,
    }


def _context(request: StaffRequest, visitor_id: str, search: Search, opened: Opened) -> dict[str, Any]:
    zone, lens, capabilities = timezone.get_current_timezone(), Lens.of(request.user), reads.capabilities()
    snapshot, now = opened.snapshot, timezone.now()
    return {
        "visitor_id": visitor_id,
        **_rows(request, search, snapshot, lens),
        "problem": opened.problem,
        "advice": present.advice(opened.problem),
        "again_url": _address(search),
        "progress": histories.progress_of(search, by=request.user, now=now),
        "most_events": histories.MOST_EVENTS,
        "sheet": visitor_sheet(snapshot, lens, zone, start=search.start, end=search.end, filters=capabilities.filters),
        "retention_days": capabilities.retention.days,
        "has_related": capabilities.has_related,
        "known": present.known(visitor_id),
        "history": present.activity(
            history_of(SubjectKind.VISITOR, visitor_id, viewer=request.user, limit=40), viewer=request.user
        ),
        "may_ask_deletion": Perm.ASK_FOR_DELETION in request.user.perms,
        "sees_personal": lens.sees_personal,
        "follow": following_list.follow_of(request.user, visitor_id),
        "board": boards.board_of(visitor_id, by=request.user, now=now),
        "note_form": NoteForm(auto_id="note_%s"),
    }
