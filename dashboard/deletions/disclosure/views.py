"""Access requests: the list, asking, one of them, deciding, taking away."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.accounts import fresh
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.deletions.disclosure import actions, pages, readable
from dashboard.deletions.disclosure.forms import AccessDecisionForm, AccessForm


@requires(Perm.VIEW_DELETIONS)
@require_GET
def access_requests(request: StaffRequest) -> HttpResponse:
    """The newest first."""
    actions.note_list_viewed(by=request.user, now=timezone.now())
    return render_page(request, "deletions/access_requests.html", {"listed": pages.listed(request.user)})


@requires(Perm.ASK_FOR_DELETION)
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest) -> HttpResponse:
    """The form, and asking. A visitor's page sends its id alone, which fills the form."""
    if "form_token" not in request.POST:
        form = AccessForm.empty(visitor_id=request.POST.get("visitor_id", "")[:64])
        return render_page(request, "deletions/access_ask.html", {"form": form})
    form = AccessForm(request.POST)
    if not form.is_valid():
        return render_page(request, "deletions/access_ask.html", {"form": form}, status=422)
    asked = actions.ask(question=form.to_question(), by=request.user, now=timezone.now())
    messages.success(request, _("%(number)s waits for somebody else’s approval.") % {"number": asked.number})
    return redirect_to(request, "deletions:access_request", asked.pk)


@requires(Perm.VIEW_DELETIONS)
@require_GET
def show(request: StaffRequest, number: int) -> HttpResponse:
    """One access request."""
    return _page(request, number, AccessDecisionForm())


@requires(Perm.VIEW_DELETIONS)
@fresh.required
@require_POST
def approve(request: StaffRequest, number: int) -> HttpResponse:
    """The second person's yes."""
    return _decide(request, number, approve=True)


@requires(Perm.VIEW_DELETIONS)
@require_POST
def refuse(request: StaffRequest, number: int) -> HttpResponse:
    """The second person's no."""
    return _decide(request, number, approve=False)


@requires(Perm.VIEW_DELETIONS)
@fresh.required
@require_POST
def take_json(request: StaffRequest, number: int) -> HttpResponse:
    """Everything as one JSON file."""
    collected = actions.take(number=number, by=request.user, now=timezone.now())
    return _file(collected, f"access-A-{number:04d}.json", "application/json")


@requires(Perm.VIEW_DELETIONS)
@fresh.required
@require_POST
def take_text(request: StaffRequest, number: int) -> HttpResponse:
    """Everything as one text that a person reads."""
    collected = actions.take(number=number, by=request.user, now=timezone.now())
    return _file(readable.as_text(collected).encode(), f"access-A-{number:04d}.txt", "text/plain; charset=utf-8")


def _decide(request: StaffRequest, number: int, *, approve: bool) -> HttpResponse:
    form = AccessDecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, number, form, status=422)
    actions.decide(number=number, approve=approve, by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Approved. It is being collected.") if approve else _("Refused. Nothing was read."))
    return redirect_to(request, "deletions:access_request", number)


def _page(request: StaffRequest, number: int, form: AccessDecisionForm, *, status: int = 200) -> HttpResponse:
    page = pages.page_of(number, viewer=request.user)
    if page is None:
        raise Http404
    actions.note_opened(page.asked, by=request.user, now=timezone.now())
    context: dict[str, Any] = {"page": page, "form": form}
    return render_page(request, "deletions/access_request.html", context, status=status)


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
