"""Lists over HTTP: choose events, see what a change would meet, confirm it, let a second person decide."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import fresh
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.core.uploads import was_too_large
from dashboard.events.queries import find_any
from dashboard.tagging import actions, pages, sending
from dashboard.tagging.actions.lists import Chosen, hash_of
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.forms import ACTS, NOT_SUSPECT, SUSPECT, ConfirmForm, DeclineForm
from dashboard.tagging.models import BulkJob
from dashboard.tagging.policy import is_id


@requires(Perm.CHANGE_EVENTS)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """A list of what was chosen, sent, or found; opened without any, the place to paste ids or send a file."""
    if request.method == "GET":
        return render_page(request, "tagging/choose.html", {"act": "", "reading": None})
    act, now = request.POST.get("act", ""), timezone.now()
    if short_id := request.POST.get("all", "")[:16]:
        if (search := find_any(short_id, by=request.user)) is None:
            raise Http404
        return _to_list(actions.open_search_list(search=search, by=request.user, now=now), act)
    reading = sending.read(request.POST, request.FILES, was_too_large=was_too_large(request))
    if reading.problem:
        context = {"act": act, "reading": reading, "ids": request.POST.get("ids", "")}
        return render_page(request, "tagging/choose.html", context, status=422)
    return _to_list(actions.open_list(sent=reading.sent, by=request.user, now=now), act)


@requires(Perm.CHANGE_EVENTS)
@require_POST
def start(request: StaffRequest, number: int) -> HttpResponse:
    """Confirms the list, or shows it again: with what is wrong beside each field, or with what tags would become."""
    found = pages.find(number)
    form = ConfirmForm(request.POST, count=found.count, is_undo=found.is_undo)
    if not form.is_valid():
        return pages.of_draft(request, found, form, status=422)
    if form.must_show_difference:
        return pages.of_draft(request, found, form, change=form.wanted_change)
    confirmed = actions.confirm_job(
        job_id=found.pk,
        list_hash=form.cleaned_data["list_hash"],
        change=form.wanted_change,
        reason=form.cleaned_data["reason"],
        ticket=form.cleaned_data["ticket"],
        typed=form.cleaned_data.get("typed"),
        by=request.user,
        now=timezone.now(),
    )
    return redirect_to(request, "tagging:job", confirmed.pk)


@requires(Perm.CHANGE_EVENTS)
@require_POST
def mark(request: StaffRequest) -> HttpResponse:
    """One event, one click: its suspect flag, with an undo beside the answer."""
    event_id, visitor_id = request.POST.get("event", ""), request.POST.get("visitor", "")
    act, token = request.POST.get("act", ""), request.POST.get("form_token", "")
    if not is_id(event_id) or act not in (SUSPECT, NOT_SUSPECT) or not 20 <= len(token) <= 64 or "\x00" in token:
        raise Http404
    started = actions.start_job(
        change=Change(ChangeKind.SUSPECT, act == SUSPECT),
        chosen=[Chosen(event_id, visitor_id if is_id(visitor_id) else "")],
        list_hash=hash_of([event_id]),
        reason="",
        ticket="",
        form_token=token,
        by=request.user,
        now=timezone.now(),
        source=BulkJob.Source.EVENT,
    )
    words = _("1 event is being marked suspect.") if act == SUSPECT else _("1 event is being marked not suspect.")
    messages.success(request, words, extra_tags=reverse("tagging:take_back", args=[started.pk]))
    return redirect_to(request, "events:event", event_id)


@requires(Perm.CHANGE_EVENTS)
@require_POST
def take_back(request: StaffRequest, number: int) -> HttpResponse:
    """Undo of one click, back to the event it was about."""
    found = pages.find(number)
    taken = actions.take_back(job_id=found.pk, by=request.user, now=timezone.now())
    event_id = pages.only_event_of(found)
    if taken.pk == found.pk:
        messages.info(request, _("What still waited was cancelled."))
    else:
        words = _("1 event is being put back.")
        messages.success(request, words, extra_tags=reverse("tagging:take_back", args=[taken.pk]))
    return redirect_to(request, "events:event", event_id) if event_id else redirect_to(request, "tagging:job", number)


@requires(Perm.CHANGE_EVENTS)
@fresh.required
@require_POST
def approve(request: StaffRequest, number: int) -> HttpResponse:
    """The second person lets exactly the list that was shown run."""
    list_hash = request.POST.get("list_hash", "")
    actions.approve_job(
        job_id=pages.find(number).pk,
        list_hash=list_hash,
        by=request.user,
        password_given_at=fresh.given_at(request),
        now=timezone.now(),
    )
    return redirect_to(request, "tagging:job", number)


@requires(Perm.CHANGE_EVENTS)
@require_POST
def decline(request: StaffRequest, number: int) -> HttpResponse:
    """The second person does not, and says why."""
    found, form = pages.find(number), DeclineForm(request.POST)
    if not form.is_valid():
        return pages.of_waiting(request, found, form, status=422)
    reason = form.cleaned_data["reason"]
    actions.decline_job(job_id=found.pk, reason=reason, by=request.user, now=timezone.now())
    return redirect_to(request, "tagging:job", number)


@requires(Perm.CHANGE_EVENTS)
@require_POST
def discard(request: StaffRequest, number: int) -> HttpResponse:
    """Throws a list away that was not confirmed, or that waits for the second person."""
    actions.discard_list(job_id=pages.find(number).pk, by=request.user, now=timezone.now())
    return redirect_to(request, "tagging:job", number)


def _to_list(job: BulkJob, act: str) -> HttpResponse:
    """What was pressed is one of our own words, so it may stand in an address."""
    words: dict[str, Any] = {"act": act} if act in ACTS else {}
    query = f"?act={words['act']}" if words else ""
    return HttpResponseRedirect(reverse("tagging:job", args=[job.pk]) + query)
