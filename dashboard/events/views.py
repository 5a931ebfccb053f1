"""Searching and looking: the form, the results, one event."""

import secrets
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboard.audit.kinds import AuditKind
from dashboard.audit.queries import history_of
from dashboard.audit.subjects import SubjectKind
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page, wants_fragment
from dashboard.events import actions, filters, payloads, pivots, present, queries, rulings, sheet, windows
from dashboard.events.also import NONE, without
from dashboard.events.forms import EventSearchForm, fields_of
from dashboard.events.masking import Lens
from dashboard.events.models import Search
from dashboard.events.results_page import results_context
from dashboard.events.score_weights import estimate
from dashboard.events.signal_lines import score_words
from fingerprint_integration.services import reads


@requires(Perm.VIEW_EVENTS)
@require_GET
def search_form(request: StaffRequest) -> HttpResponse:
    """The form with every filter; `?from=` fills it with those of a search."""
    before = queries.find_search(request.GET.get("from", "")[:16], by=request.user)
    return render_page(request, "events/search.html", _form_context(request, _form(request, before=before), before))


@requires(Perm.VIEW_EVENTS)
@require_POST
def start_search(request: StaffRequest) -> HttpResponse:
    """A new search, or the form again with what is wrong beside each field."""
    form = _form(request, data=request.POST)
    if not form.is_valid():
        return render_page(
            request, "events/search.html", _form_context(request, form, None), fragment="filters", status=422
        )
    search = actions.start_search(
        query=form.to_query(), also=form.also, window=form.chosen_window, by=request.user, now=timezone.now()
    )
    return redirect_to(request, "events:results", search.short_id)


@requires(Perm.VIEW_EVENTS)
@require_GET
def results(request: StaffRequest, short_id: str) -> HttpResponse:
    """What a search found. Whoever opens the link runs it anew; the window stays where it was."""
    search = _search(request, short_id)
    opened = actions.open_search(search, by=request.user, now=timezone.now())
    status = 502 if opened.problem and not opened.snapshot.is_loaded else 200
    context = results_context(request, search, opened, request.GET)
    return render_page(request, "events/results.html", context, fragment="results", status=status)


@requires(Perm.VIEW_EVENTS)
@require_POST
def load_more(request: StaffRequest, short_id: str) -> HttpResponse:
    """The next page of results, or all up to a thousand: rows for htmx, the whole page for everybody else."""
    search, after, now = _search(request, short_id), _number(request.POST.get("after", "")), timezone.now()
    if request.POST.get("up_to"):
        opened = actions.load_up_to(search, most=actions.COUNT_UP_TO, by=request.user, now=now)
    else:
        opened = actions.load_more(search, after=after, by=request.user, now=now)
    from_page = after + 1 if wants_fragment(request) else 1
    # An answer that did not come is said beside the rows that did: the page itself is a good one.
    context = results_context(request, search, opened, request.POST, from_page=from_page)
    if not wants_fragment(request) and opened.problem is None:
        return redirect(reverse("events:results", args=[short_id]) + context["explored"].query)
    return render_page(request, "events/results.html", context, fragment="more")


@requires(Perm.VIEW_EVENTS)
@require_POST
def read_again(request: StaffRequest, short_id: str) -> HttpResponse:
    """Drop what was loaded and read the results anew."""
    actions.forget_snapshot(_search(request, short_id), by=request.user)
    return redirect_to(request, "events:results", short_id)


@requires(Perm.VIEW_EVENTS)
@require_POST
def change_search(request: StaffRequest, short_id: str) -> HttpResponse:
    """A new search like this one, without one of its filters or in another window."""
    search, now = _search(request, short_id), timezone.now()
    if request.POST.get("typed", "").strip() and "remove" not in request.POST:
        return _add_line(request, search)
    removed = request.POST.get("remove", "")
    changed = actions.start_search(
        query=filters.without(search.query, removed),
        also=without(search.further, removed),
        window=_changed_window(request, search, now=now),
        by=request.user,
        now=now,
    )
    return redirect_to(request, "events:results", changed.short_id)


@requires(Perm.VIEW_EVENTS)
@require_POST
def pivot(request: StaffRequest, short_id: str) -> HttpResponse:
    """Search for a value of a loaded row, named by the row's place and the field, over the whole retention."""
    search = queries.find_any(short_id, by=request.user)
    if search is None:
        raise Http404
    snapshot = queries.snapshot_of(search, by=request.user, now=timezone.now())
    place, _, field = request.POST.get("pivot", "").partition(":")
    item = snapshot.item(_number(place, otherwise=-1))
    return _search_for(request, pivots.query_for(item, field, Lens.of(request.user)))


@requires(Perm.VIEW_EVENTS)
@require_POST
def pivot_from_event(request: StaffRequest, event_id: str) -> HttpResponse:
    """Search for a value of one event, read from Fingerprint again: no page and no address carries the value."""
    opened = actions.open_event(event_id, by=request.user, now=timezone.now())
    if opened.event is None:
        return event_page(request, event_id, opened)
    return _search_for(request, pivots.query_for(opened.event, request.POST.get("pivot", ""), Lens.of(request.user)))


@requires(Perm.VIEW_EVENTS)
@require_GET
def unreadable(request: StaffRequest, short_id: str, place: int) -> HttpResponse:
    """What Fingerprint sent in place of an event that could be read."""
    search = queries.find_any(short_id, by=request.user)
    snapshot = queries.snapshot_of(search, by=request.user, now=timezone.now()) if search else queries.Snapshot()
    item = snapshot.item(place)
    if search is None or item is None:
        raise Http404
    found = payloads.sent(item, Lens.of(request.user))
    return render_page(request, "events/unreadable.html", {"item": found, "back_url": _back_to(search)})


@requires(Perm.VIEW_EVENTS)
@require_GET
def event(request: StaffRequest, event_id: str) -> HttpResponse:
    """One event, read from Fingerprint as it is now."""
    return event_page(request, event_id, actions.open_event(event_id, by=request.user, now=timezone.now()))


@requires(Perm.VIEW_PERSONAL)
@require_GET
def raw(request: StaffRequest, event_id: str) -> HttpResponse:
    """The untouched bytes Fingerprint sent for this event, as a file."""
    opened = actions.open_event(event_id, by=request.user, now=timezone.now(), kind=AuditKind.EVENT_RAW_TAKEN)
    if opened.event is None:
        return event_page(request, event_id, opened)
    return HttpResponse(
        opened.event.raw,
        content_type="application/json",
        # The id fits into a path, so it fits into a file name.
        headers={"Content-Disposition": f'attachment; filename="event-{event_id}.json"'},
    )


# -- What the pages need ----------------------------------------------------------------------------------------


def _search(request: StaffRequest, short_id: str) -> Search:
    search = queries.find_search(short_id, by=request.user)
    if search is None:
        raise Http404
    return search


def _back_to(search: Search) -> str:
    if search.kind == Search.Kind.VISITOR:
        return f"{reverse('visitors:visitor', args=[search.visitor_id])}?read={search.short_id}"
    return reverse("events:results", args=[search.short_id])


def _number(text: str, *, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else otherwise


def _form(request: StaffRequest, *, data: Any = None, before: Search | None = None) -> EventSearchForm:
    return EventSearchForm(
        data,
        capabilities=reads.capabilities(),
        now=timezone.now(),
        sees_personal=Perm.VIEW_PERSONAL in request.user.perms,
        query=before.query if before else None,
        also=before.further if before else NONE,
        window=before.window if before else None,
    )


def _form_context(request: StaffRequest, form: EventSearchForm, before: Search | None) -> dict[str, Any]:
    retention, lens = reads.capabilities().retention, Lens.of(request.user)
    saved = queries.saved_searches(request.user)[:8]
    return {
        "form": form,
        "before": before,
        "retention_days": retention.days,
        "recent": present.recent(queries.recent_searches(request.user), lens, retention=retention),
        "saved": present.recent(saved, lens, retention=retention, viewer=request.user),
        "may_export": Perm.EXPORT_EVENTS in request.user.perms,
    }


def _search_for(request: StaffRequest, query: Any) -> HttpResponse:
    if query is None:
        raise Http404
    now = timezone.now()
    window = windows.resolve(windows.ALL, now=now, retention=reads.capabilities().retention)
    search = actions.start_search(query=query, window=window, by=request.user, now=now)
    return redirect_to(request, "events:results", search.short_id)


def _add_line(request: StaffRequest, search: Search) -> HttpResponse:
    """A new search with what was typed put over this one; the whole form again when something in it is wrong."""
    sees_personal = Perm.VIEW_PERSONAL in request.user.perms
    fields = fields_of(search.query, search.further, sees_personal=sees_personal)
    form = _form(request, data={**fields, "typed": request.POST["typed"]})
    if not form.is_valid():
        return render_page(request, "events/search.html", _form_context(request, form, None), status=422)
    query, also = form.to_query(), form.also
    if not sees_personal:
        query, also = filters.with_hidden(query, also, search.query, search.further)
    begun = actions.start_search(query=query, also=also, window=search.window, by=request.user, now=timezone.now())
    return redirect_to(request, "events:results", begun.short_id)


def _changed_window(request: StaffRequest, search: Search, *, now: datetime) -> windows.Window:
    retention = reads.capabilities().retention
    asked = request.POST.get("window") or search.window_asked
    ends = [_number(request.POST.get(name, "")) for name in ("from", "to")]
    if asked == "range" and all(ends):
        start, end = (datetime.fromtimestamp(seconds, UTC) for seconds in ends)
        return windows.within(start, end, now=now, retention=retention)
    if asked in ("range", windows.BETWEEN):
        return search.window
    return windows.resolve(asked, now=now, retention=retention)


def event_page(
    request: StaffRequest,
    event_id: str,
    opened: actions.OpenedEvent,
    *,
    lens: Lens | None = None,
    revealed: str = "",
    asked: rulings.Asked | None = None,
) -> HttpResponse:
    """The page of an event or of its absence, through this person's lens unless another is given; `revealed` says in
    words what that one shows beyond it, `asked` which ruleset the event was read with."""
    lens, problem = lens or Lens.of(request.user), opened.problem
    context: dict[str, Any] = {"event_id": event_id, "problem": problem, "advice": present.advice(problem)}
    if opened.event is None:
        is_missing = problem is not None and problem.status == 404
        context |= {"is_missing": is_missing, "retention_days": reads.capabilities().retention.days}
        return render_page(request, "events/no_event.html", context, status=404 if is_missing else 502)
    found, now = opened.event, timezone.now()
    capabilities = reads.capabilities()
    context |= {
        "event": sheet.event_sheet(found, lens, filters=capabilities.filters, zone=timezone.get_current_timezone()),
        "why": score_words(estimate(found, settings.SUSPECT_SCORE_WEIGHTS)),
        **rulings.context_of(asked, lens),
        "known": present.known(found.visitor_id),
        "changeable_until": found.at + capabilities.update_window,
        "is_changeable": now < found.at + capabilities.update_window,
        "history": present.activity(
            history_of(SubjectKind.EVENT, event_id, viewer=request.user, limit=60), viewer=request.user
        ),
        "may_change": Perm.CHANGE_EVENTS in request.user.perms,
        "may_ask_deletion": Perm.ASK_FOR_DELETION in request.user.perms,
        "may_read_audit": Perm.VIEW_AUDIT in request.user.perms,
        "form_token": secrets.token_urlsafe(24),
        "sees_personal": lens.sees_personal,
        "revealed": revealed,
        "read_at": now,
    }
    return render_page(request, "events/event.html", context)
