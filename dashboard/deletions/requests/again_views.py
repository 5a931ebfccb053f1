"""Asking again for what a request did not erase."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.deletions import actions, queries
from dashboard.deletions.requests.forms import AskForm


@requires(Perm.ASK_FOR_DELETION)
@require_http_methods(["GET", "POST"])
def ask_again(request: StaffRequest, number: int) -> HttpResponse:
    """The form filled with what was asked before; sent, it is a new request that names the old one."""
    before = queries.find_request(number)
    if before is None:
        raise Http404
    if request.method == "GET":
        actions.check_may_ask_again(before, by=request.user)
        actions.note_opened(before, by=request.user, now=timezone.now())
        form = AskForm.again(before, visitor_ids=queries.left_to_ask_for(before))
        return render_page(request, "deletions/ask.html", {"form": form, "before": before})
    form = AskForm(request.POST)
    if not form.is_valid():
        return render_page(request, "deletions/ask.html", {"form": form, "before": before}, status=422)
    asked = actions.ask_again(request_id=number, wish=form.to_wish(), by=request.user, now=timezone.now())
    messages.success(request, _("%(number)s waits for somebody else’s approval.") % {"number": asked.number})
    return redirect_to(request, "deletions:request" if asked.is_waiting else "deletions:scope", asked.pk)
