"""Changing what a request covers, choosing visitors for an account, and the clock of one request, on the screen."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.deletions import actions, queries
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.scope import finding, sheet
from dashboard.deletions.scope.forms import ExtendForm, ScopeForm, candidates_of


@requires(Perm.ASK_FOR_DELETION)
@require_http_methods(["GET", "POST"])
def scope(request: StaffRequest, number: int) -> HttpResponse:
    """GET asks Fingerprint for the visitors of the person's accounts and offers them; POST sets the scope."""
    wanted = _get(number)
    if request.method == "POST":
        return _change(request, wanted)
    actions.check_may_change(wanted, by=request.user)
    found = finding.find_visitors(sheet.linked_ids_of(wanted), now=timezone.now())
    actions.note_accounts_read(wanted, count=len(found.candidates), by=request.user, now=timezone.now())
    return _scope_page(request, wanted, ScopeForm.of(wanted, found.candidates), found)


def _change(request: StaffRequest, wanted: DeletionRequest) -> HttpResponse:
    form = ScopeForm(request.POST)
    if not form.is_valid():
        found = finding.Found(candidates_of(form))
        return _scope_page(request, wanted, form, found, status=422)
    changed = actions.change_scope(
        request_id=wanted.pk,
        scope_hash=form.cleaned_data["scope_hash"],
        scope=form.to_scope(),
        reason=form.cleaned_data["reason"],
        by=request.user,
        now=timezone.now(),
    )
    words = _("%(number)s waits for somebody else’s approval of the new scope.")
    if not changed.is_waiting:
        words = _("Saved. Choose the visitors of %(number)s next.")
    messages.success(request, words % {"number": changed.number})
    return redirect_to(request, "deletions:request" if changed.is_waiting else "deletions:scope", wanted.pk)


def _scope_page(
    request: StaffRequest, wanted: DeletionRequest, form: ScopeForm, found: finding.Found, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "request_row": wanted,
        "form": form,
        "found": found,
        "lines": sheet.candidate_lines(found.candidates, form["chosen"].value() or []),
        "accounts": sheet.linked_ids_of(wanted),
    }
    return render_page(request, "deletions/scope.html", context, status=status)


@requires(Perm.VIEW_DELETIONS)
@require_http_methods(["GET", "POST"])
def extend(request: StaffRequest, number: int) -> HttpResponse:
    """The one extension, with the day on which the person was told."""
    wanted = _get(number)
    form = ExtendForm(request.POST or None, initial={"notice_sent_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        actions.extend(request_id=number, by=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Extended. The due date is the later one now."))
        return redirect_to(request, "deletions:request", number)
    context = {"request_row": wanted, "form": form, "clock": sheet.extension_of(wanted)}
    return render_page(request, "deletions/extend.html", context, status=422 if request.method == "POST" else 200)


@requires(Perm.ASK_FOR_DELETION)
@require_POST
def acknowledge(request: StaffRequest, number: int) -> HttpResponse:
    """The person was told that their request has come in."""
    actions.acknowledge(request_id=number, by=request.user, now=timezone.now())
    messages.success(request, _("Written down: the person knows that it has come in."))
    return redirect_to(request, "deletions:request", number)


def _get(number: int) -> DeletionRequest:
    found = queries.find_request(number)
    if found is None:
        raise Http404
    return found
