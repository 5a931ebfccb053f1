"""The inbox over HTTP."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import render_page, wants_fragment
from dashboard.core.times import thousands
from dashboard.notices import actions, queries
from dashboard.notices.models import Notice


@requires(Perm.USE_DESK)
@require_safe
def inbox(request: StaffRequest) -> HttpResponse:
    """What somebody was told, unread first."""
    found = actions.read_inbox(before=_number(request.GET.get("before", "")), by=request.user)
    return render_page(request, "notices/inbox.html", {"inbox_page": found}, fragment="list")


@requires(Perm.USE_DESK)
@require_POST
def open_notice(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Marks a notice as read and goes where it leads."""
    try:
        url = actions.open_notice(notice_id=notice_id, by=request.user, now=timezone.now())
    except Notice.DoesNotExist:
        raise Http404 from None
    return redirect(url or "notices:inbox")


@requires(Perm.USE_DESK)
@require_POST
def read(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Marks one notice as read."""
    actions.mark_read(notice_id=notice_id, by=request.user, now=timezone.now())
    return _list(request)


@requires(Perm.USE_DESK)
@require_POST
def read_all(request: StaffRequest) -> HttpResponse:
    """Marks everything that stood on the page as read."""
    actions.mark_read(up_to=_number(request.POST.get("up_to", "")), by=request.user, now=timezone.now())
    return _list(request)


@requires(Perm.VIEW_STATUS)
@require_POST
def retry_mails(request: StaffRequest) -> HttpResponse:
    """Sends e-mails that were given up once more."""
    count = actions.retry_mails(by=request.user)
    words = ngettext("%(n)s e-mail is on its way again.", "%(n)s e-mails are on their way again.", count)
    messages.success(request, words % {"n": thousands(count)} if count else _("No e-mail was given up."))
    return redirect("status:status")


def _list(request: StaffRequest) -> HttpResponse:
    """The list as it is now, in place where htmx asked."""
    if not wants_fragment(request):
        return redirect("notices:inbox")
    context = {"inbox_page": queries.inbox_of(request.user)}
    return render_page(request, "notices/inbox.html", context, fragment="list")


def _number(text: str) -> int | None:
    """A notice's number as it stands in an address or a form; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
