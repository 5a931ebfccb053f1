"""Home: what do you have, what waits for you, how is everything."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dashboard.audit.queries import COUNT_CAP
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.home import actions, present, queries
from dashboard.home.forms import TicketForm
from dashboard.home.recognise import MOST_CHARACTERS, Finding, Kind


@requires(Perm.USE_DESK)
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """The page one arrives at."""
    return render_page(request, "home/home.html", _context(request))


@requires(Perm.VIEW_EVENTS)
@require_POST
def recognise(request: StaffRequest) -> HttpResponse:
    """Goes to the one thing that was pasted, or lists what it could be. Nothing that was typed stands in an address."""
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    if not text.strip():
        return _answer(request, text, _("Paste an id, an address or a text that holds some."))
    if len(text) > MOST_CHARACTERS:
        sentence = _("Paste less: this text has more than %(n)s characters.") % {"n": f"{MOST_CHARACTERS:,}"}
        return _answer(request, text[:MOST_CHARACTERS], sentence)
    read = actions.read_text(text=text, by=request.user)
    if not read.findings:
        sentence = _("Nothing in this text is an event id, a visitor id, an address, a range or a linked id.")
        return _answer(request, text, sentence)
    if read.hit is not None and (answer := _go_to(request, read.hit)) is not None:
        return answer
    context = {
        **_context(request),
        "text": text,
        "found": read.count,
        "most_shown": actions.MOST_SHOWN if read.count > actions.MOST_SHOWN else None,
        "rows": present.rows(read.findings, perms=request.user.perms),
        "pieces": list(present.pieces(text, read.findings)),
    }
    return render_page(request, "home/home.html", context)


@requires(Perm.VIEW_EVENTS)
@require_POST
def ticket(request: StaffRequest) -> HttpResponse:
    """What was done for a ticket. Its number came by POST and stays out of the address."""
    form = TicketForm(request.POST)
    if not form.is_valid():
        return _answer(request, request.POST.get("ticket", "")[:200], str(form.errors["ticket"][0]))
    return _ticket_page(request, form.cleaned_data["ticket"])


def _go_to(request: StaffRequest, hit: Finding) -> HttpResponse | None:
    """Where the one clear thing leads, saying what it was read as; None when this person may not go there."""
    if hit.kind == Kind.TICKET:
        return _ticket_page(request, hit.value)
    answer: HttpResponse | None
    if hit.kind in (Kind.EVENT, Kind.VISITOR):
        address = present.page_of(hit)
        answer = redirect(address) if address else None
    else:
        search = actions.start_search(finding=hit, by=request.user, now=timezone.now())
        answer = redirect_to(request, "events:results", search.short_id) if search else None
    if answer is not None:
        messages.success(request, present.said(hit))
    return answer


def _ticket_page(request: StaffRequest, number: str) -> HttpResponse:
    acts = actions.read_ticket(ticket=number, by=request.user)
    return render_page(request, "home/ticket.html", {"ticket": number, "acts": acts, "cap": COUNT_CAP})


def _answer(request: StaffRequest, text: str, problem: str) -> HttpResponse:
    return render_page(request, "home/home.html", {**_context(request), "text": text, "problem": problem}, status=422)


def _context(request: StaffRequest) -> dict[str, Any]:
    now = timezone.now()
    return {
        "retention_days": settings.FINGERPRINT_RETENTION_DAYS,
        "waiting": queries.waiting(request.user, now=now),
        "recent": queries.recent(request.user),
        "recent_visitors": queries.recent_visitors(request.user),
        "health": queries.health(now),
    }
