"""The pages of the audit log."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.audit import actions, pages, seals
from dashboard.audit.forms import FilterForm
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page, wants_fragment


@requires(Perm.VIEW_AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: StaffRequest) -> HttpResponse:
    """GET shows what the address asks for; POST turns what was typed into such an address."""
    if request.method == "POST":
        return _narrow(request)
    form = FilterForm({**request.GET.dict(), "value": ""})
    before = _number(request.GET.get("before", ""))
    if not form.is_valid():
        raise Http404
    wanted = form.to_filter()
    if wanted.batch and wants_fragment(request):
        lines = actions.read_batch(wanted=wanted, before=before, by=request.user)
        return render_page(request, "audit/log.html", pages.children(lines, form), fragment="children")
    reading = actions.read_log(wanted=wanted, before=before, by=request.user)
    return render_page(request, "audit/log.html", pages.log(reading, form, before=before))


@requires(Perm.VIEW_AUDIT)
@require_safe
def entry(request: StaffRequest, number: int) -> HttpResponse:
    """One entry with its fields, its personal values and its body."""
    try:
        opened = actions.read_entry(number=number, by=request.user)
    except AuditEntry.DoesNotExist:
        raise Http404 from None
    return render_page(request, "audit/entry.html", {"entry": opened, "proof": seals.shown_proof(number)})


@requires(Perm.VIEW_AUDIT)
@require_safe
def proof(request: StaffRequest, number: int) -> HttpResponse:
    """The proof of an entry as a file that check_proof.py reads."""
    text = actions.take_proof(number=number, by=request.user)
    return _file(text, "text/plain", f"entry-{number}.tlog-proof")


@requires(Perm.VIEW_AUDIT)
@require_safe
def export(request: StaffRequest) -> HttpResponseBase:
    """The entries that the address asks for, as a file."""
    form = FilterForm({**request.GET.dict(), "value": ""})
    kind = request.GET.get("form", "")
    if not form.is_valid() or kind not in actions.FORMS:
        raise Http404
    pieces = actions.export_log(wanted=form.to_filter(), form=kind, by=request.user, now=timezone.now())
    content_type = {"csv": "text/csv", "jsonl": "application/jsonl"}[kind]
    return StreamingHttpResponse(
        pieces,
        content_type=f"{content_type}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit-log.{kind}"'},
    )


@requires(Perm.USE_DESK)
@require_safe
def history(request: StaffRequest, kind: str, ref: str) -> HttpResponse:
    """What was done with an event, a visitor or one of our own records, for a panel of its page."""
    shown = actions.read_history(kind=kind, ref=ref, by=request.user)
    return render_page(request, "audit/history.html", pages.history(shown, kind, ref, request.user), fragment="lines")


@requires(Perm.VIEW_AUDIT)
@require_POST
def verify(request: StaffRequest) -> HttpResponse:
    """Ask for a verification of the whole log; the page shows its result when it has ended."""
    actions.ask_for_verification(by=request.user, now=timezone.now())
    messages.success(request, _("The whole log is being verified. The result stands here when it has ended."))
    return redirect_to(request, "audit:log")


@requires(Perm.VIEW_AUDIT)
@require_safe
def check(request: StaffRequest) -> HttpResponse:
    """What somebody needs to check the log without Inkpad."""
    actions.look_at_the_seal(by=request.user)
    return render_page(request, "audit/check.html", pages.check(timezone.now()))


@requires(Perm.VIEW_AUDIT)
@require_safe
def script(request: StaffRequest) -> HttpResponse:
    """The script that checks proofs, as it lies in this version."""
    actions.look_at_the_seal(by=request.user)
    return _file(pages.script(), "text/x-python", "check_proof.py")


def _file(text: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        text, content_type=f"{kind}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _narrow(request: StaffRequest) -> HttpResponse:
    form = FilterForm(request.POST)
    if not form.is_valid():
        reading = actions.read_log(wanted=pages.NOTHING_ASKED, before=None, by=request.user)
        return render_page(request, "audit/log.html", pages.log(reading, form, before=None), status=422)
    query = urlencode(form.address(without=request.POST.get("remove", "")))
    return redirect(f"{reverse('audit:log')}{'?' if query else ''}{query}")


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Http404
    return int(text)
