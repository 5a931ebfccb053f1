"""Deletion requests: the list, asking, the page of one, and what people do with it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from dashboard.accounts import fresh
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.deletions import actions, evidence, queries
from dashboard.deletions.certificates import issuing
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.requests import deciding_sheet, history, listing, sheet, story
from dashboard.deletions.requests.forms import AskForm, DecisionForm, PauseForm
from dashboard.deletions.requests.several_forms import SeveralForm
from dashboard.deletions.sending import pausing
from dashboard.deletions.states import Status


@requires(Perm.VIEW_DELETIONS)
@require_GET
def requests(request: StaffRequest) -> HttpResponse:
    """Requests by state, those that wait for this person first."""
    group = request.GET.get("show", "open")
    page = _number(request.GET.get("page", "1")) or 1
    if group not in queries.GROUPS or page > 10_000:
        raise Http404
    now = timezone.now()
    listed = queries.listed(group=group, page=page, viewer=request.user)
    actions.note_list_viewed(by=request.user, now=now)
    opened = queries.opened_by(request.user, listed.rows)
    context = {
        "listed": listed,
        "rows": [listing.list_row(row, viewer=request.user, opened=opened, now=now) for row in listed.rows],
        "several": SeveralForm() if group == "mine" else None,
        "groups": listing.group_tabs(listed),
        "waiting_count": queries.waiting_count(request.user),
        "may_ask": Perm.ASK_FOR_DELETION in request.user.perms,
        "pause": pausing.current(),
        "may_pause": Perm.DECIDE_DELETIONS in request.user.perms,
    }
    return render_page(request, "deletions/requests.html", context)


@requires(Perm.ASK_FOR_DELETION)
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest) -> HttpResponse:
    """The empty form; a POST brings visitors along, so that no address has to.

    They come as `visitor_id`, or as chosen events: `event`, each with its `visitor.<event id>`.
    """
    of_events = (request.POST.get(f"visitor.{event_id}", "") for event_id in request.POST.getlist("event"))
    visitor_ids = [*request.POST.getlist("visitor_id"), *of_events]
    form = AskForm.empty(now=timezone.now(), visitor_ids=visitor_ids)
    return render_page(request, "deletions/ask.html", {"form": form})


@requires(Perm.ASK_FOR_DELETION)
@require_POST
def start(request: StaffRequest) -> HttpResponse:
    """A new request, or the form again with what is wrong beside each field."""
    form = AskForm(request.POST)
    if not form.is_valid():
        return render_page(request, "deletions/ask.html", {"form": form}, status=422)
    asked = actions.ask(wish=form.to_wish(), by=request.user, now=timezone.now())
    if not asked.is_waiting:
        messages.success(request, _("%(number)s is noted. Choose its visitors.") % {"number": asked.number})
        return redirect_to(request, "deletions:scope", asked.pk)
    messages.success(request, _("%(number)s waits for somebody else’s approval.") % {"number": asked.number})
    return redirect_to(request, "deletions:request", asked.pk)


@requires(Perm.VIEW_DELETIONS)
@require_GET
def show(request: StaffRequest, number: int) -> HttpResponse:
    """The page of one request. `?visitor=` asks Fingerprint about one row of it that was not asked about."""
    return _page(request, _get(number), DecisionForm(), only=_number(request.GET.get("visitor", "")))


@requires(Perm.VIEW_DELETIONS)
@require_GET
def progress(request: StaffRequest, number: int) -> HttpResponse:
    """The table while it runs, without asking Fingerprint; the whole page anew once the status is another."""
    wanted = _get(number)
    if request.GET.get("was") != wanted.status:
        return HttpResponseClientRefresh()
    if wanted.status != Status.RUNNING:
        return HttpResponse(status=204)
    shown = sheet.sheet_of(wanted, viewer=request.user, look=evidence.Look(), now=timezone.now())
    return render_page(request, "deletions/request.html", {"sheet": shown}, fragment="visitors")


@requires(Perm.VIEW_DELETIONS)
@require_POST
@fresh.required
def approve(request: StaffRequest, number: int) -> HttpResponse:
    """The second person's yes to exactly what the page showed."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, _get(number), form, status=422)
    actions.approve(
        request_id=number,
        by=request.user,
        password_given_at=fresh.given_at(request),
        now=timezone.now(),
        **form.cleaned_data,
    )
    messages.success(request, _("Approved. It can be cancelled until it runs."))
    return redirect_to(request, "deletions:request", number)


@requires(Perm.VIEW_DELETIONS)
@require_POST
@fresh.required
def refuse(request: StaffRequest, number: int) -> HttpResponse:
    """The second person's no."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, _get(number), form, status=422)
    actions.refuse(
        request_id=number,
        by=request.user,
        password_given_at=fresh.given_at(request),
        now=timezone.now(),
        **form.cleaned_data,
    )
    messages.success(request, _("Refused. Nothing was sent to Fingerprint."))
    return redirect_to(request, "deletions:request", number)


@requires(Perm.VIEW_DELETIONS)
@require_POST
def withdraw(request: StaffRequest, number: int) -> HttpResponse:
    """Who asked takes it back."""
    actions.withdraw(request_id=number, by=request.user, now=timezone.now())
    messages.success(request, _("Withdrawn. Nothing was sent to Fingerprint."))
    return redirect_to(request, "deletions:request", number)


@requires(Perm.VIEW_DELETIONS)
@require_POST
def cancel(request: StaffRequest, number: int) -> HttpResponse:
    """An approved request is stopped while it cools off."""
    actions.cancel(request_id=number, by=request.user, now=timezone.now())
    messages.success(request, _("Cancelled. Nothing was sent to Fingerprint."))
    return redirect_to(request, "deletions:request", number)


@requires(Perm.ASK_FOR_DELETION)
@require_POST
def ask_to_look(request: StaffRequest, number: int, person: int) -> HttpResponse:
    """Who asked asks one of those who can decide to look at it."""
    name = actions.ask_to_look(request_id=number, person_id=person, by=request.user, now=timezone.now())
    messages.success(request, _("%(name)s finds it in their inbox.") % {"name": name})
    return redirect_to(request, "deletions:request", number)


@requires(Perm.VIEW_DELETIONS)
@require_POST
@fresh.required
def approve_several(request: StaffRequest) -> HttpResponse:
    """Several at once, each opened before; one that cannot be approved stops none of the others."""
    form = SeveralForm(request.POST)
    if not form.is_valid():
        return render_page(request, "deletions/several.html", {"form": form, "left": [], "approved": []}, status=422)
    approved, left = actions.approve_several(
        chosen=form.to_chosen(),
        by=request.user,
        reason=form.cleaned_data["reason"],
        password_given_at=fresh.given_at(request),
        now=timezone.now(),
    )
    if not left:
        words = ngettext("%(n)s request approved.", "%(n)s requests approved.", len(approved))
        messages.success(request, words % {"n": len(approved)})
        return redirect_to(request, "deletions:requests")
    context = {"form": form, "left": left, "approved": approved}
    return render_page(request, "deletions/several.html", context, status=409)


@requires(Perm.DECIDE_DELETIONS)
@require_http_methods(["GET", "POST"])
def pause(request: StaffRequest) -> HttpResponse:
    """Stops all deletions; while they are stopped, the form that lets them go on."""
    if request.method == "GET":
        return _pause_page(request, PauseForm())
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _pause_page(request, form, status=422)
    pausing.pause(by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("All deletions are paused. Nothing more is sent to Fingerprint."))
    return redirect_to(request, "deletions:requests")


@requires(Perm.DECIDE_DELETIONS)
@require_POST
def resume(request: StaffRequest) -> HttpResponse:
    """Lets all deletions go on."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _pause_page(request, form, status=422)
    pausing.resume(by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Deletions go on, within Fingerprint’s quota."))
    return redirect_to(request, "deletions:requests")


def _pause_page(request: StaffRequest, form: PauseForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "pause": pausing.current(), "waiting_count": queries.to_send_count()}
    return render_page(request, "deletions/pause.html", context, status=status)


def _get(number: int) -> DeletionRequest:
    found = queries.find_request(number)
    if found is None:
        raise Http404
    return found


def _page(
    request: StaffRequest, wanted: DeletionRequest, form: DecisionForm, *, only: int | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    actions.note_opened(wanted, by=request.user, now=now)
    look = evidence.look(sheet.rows_to_ask(wanted, request.user, only), now=now)
    context: dict[str, Any] = {
        "sheet": sheet.sheet_of(wanted, viewer=request.user, look=look, now=now),
        "decision": deciding_sheet.decision_for(wanted, request.user, now=now),
        "form": form,
        "history": history.of_request(wanted, viewer=request.user),
        "story": story.story_of(wanted),
        "request_row": wanted,
        "certificates": list(wanted.certificates.select_related("issued_by").order_by("-number")),
        "may_certify": Perm.DECIDE_DELETIONS in request.user.perms and issuing.may_issue(wanted),
    }
    return render_page(request, "deletions/request.html", context, fragment="visitors", status=status)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
