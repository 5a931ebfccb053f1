"""Notes over HTTP: a panel that other pages load, and the same as a page of its own."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page, wants_fragment
from dashboard.visitors import boards
from dashboard.visitors.actions import notes as actions
from dashboard.visitors.forms import NoteForm
from dashboard.visitors.models import Note


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def notes(request: StaffRequest, visitor_id: str, event_id: str = "") -> HttpResponse:
    """The notes on a visitor or on one event: the panel for htmx, a page for everybody else. POST writes one."""
    form = NoteForm(request.POST if request.method == "POST" else None, auto_id="note_%s")
    now = timezone.now()
    if not form.is_bound:
        board = boards.board_of(visitor_id, event_id, by=request.user, now=now)
        actions.note_reading(visitor_id, event_id, len(board.notes), by=request.user, now=now)
        return _panel(request, board, form)
    if not form.is_valid():
        return _panel(request, boards.board_of(visitor_id, event_id, by=request.user, now=now), form, status=422)
    text, ticket = form.cleaned_data["text"], form.cleaned_data["ticket"]
    sentence = actions.add_note(
        visitor_id=visitor_id, event_id=event_id, text=text, ticket=ticket, by=request.user, now=now
    )
    if sentence:
        form.add_error("text", sentence)
        return _panel(request, boards.board_of(visitor_id, event_id, by=request.user, now=now), form, status=422)
    if not wants_fragment(request):
        return redirect_to(request, boards.address_of(visitor_id, event_id))
    board = boards.board_of(visitor_id, event_id, by=request.user, now=now)
    return _panel(request, board, NoteForm(auto_id="note_%s"))


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def note(request: StaffRequest, number: int) -> HttpResponse:
    """Changing a note: the form for its author, a sentence for everybody else and when its time is over."""
    found, now = _note(number), timezone.now()
    form = NoteForm(
        request.POST if request.method == "POST" else None, initial={"text": found.text, "ticket": found.ticket}
    )
    if not form.is_valid():
        context = {
            "note": found,
            "form": form,
            "cannot": actions.why_not_editable(found, request.user, now),
            "back_url": boards.address_of(found.visitor_id, found.event_id),
        }
        return render_page(request, "visitors/note.html", context, status=422 if form.is_bound else 200)
    text, ticket = form.cleaned_data["text"], form.cleaned_data["ticket"]
    actions.edit_note(note=found, text=text, ticket=ticket, by=request.user, now=now)
    return redirect_to(request, boards.address_of(found.visitor_id, found.event_id))


@requires(Perm.VIEW_EVENTS)
@require_POST
def remove(request: StaffRequest, number: int) -> HttpResponse:
    """Takes a note off its page."""
    found = _note(number)
    actions.remove_note(note=found, by=request.user, now=timezone.now())
    return redirect_to(request, boards.address_of(found.visitor_id, found.event_id))


def _note(number: int) -> Note:
    found = boards.find_note(number)
    if found is None:
        raise Http404
    return found


def _panel(request: StaffRequest, board: boards.Board, form: NoteForm, *, status: int = 200) -> HttpResponse:
    context = {"board": board, "note_form": form, "visitor_url": reverse("visitors:visitor", args=[board.visitor_id])}
    return render_page(request, "visitors/notes.html", context, fragment="panel", status=status)
