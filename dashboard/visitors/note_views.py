"""Notes over HTTP: a panel that other pages load, and the same as a page of its own."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.accounts.models import User
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page, wants_fragment
from dashboard.core.uploads import was_too_large
from dashboard.visitors import boards
from dashboard.visitors.actions import notes as actions
from dashboard.visitors.files import CONTENT_TYPES, EXTENSIONS
from dashboard.visitors.forms import NoteChangeForm, NoteForm
from dashboard.visitors.models import Note, NoteFile


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def notes(request: StaffRequest, visitor_id: str, event_id: str = "") -> HttpResponse:
    """The notes on a visitor or on one event: the panel for htmx, a page for everybody else. POST writes one."""
    form = NoteForm(*_sent(request), auto_id="note_%s", was_too_large=was_too_large(request))
    now = timezone.now()
    if not form.is_bound:
        board = boards.board_of(visitor_id, event_id, by=request.user, now=now)
        actions.note_reading(visitor_id, event_id, len(board.notes), by=request.user, now=now)
        return _panel(request, board, form)
    if not form.is_valid():
        _note_refused(form, visitor_id, event_id, by=request.user, now=now)
        return _panel(request, boards.board_of(visitor_id, event_id, by=request.user, now=now), form, status=422)
    sentence = actions.add_note(
        visitor_id=visitor_id,
        event_id=event_id,
        text=form.cleaned_data["text"],
        ticket=form.cleaned_data["ticket"],
        files=form.cleaned_data.get("attached", ()),
        by=request.user,
        now=now,
    )
    if sentence:
        form.add_error("text", sentence)
        form.say_files_are_lost()
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
    cannot = actions.why_not_editable(found, request.user, now)
    form = NoteChangeForm(
        *_sent(request),
        initial={"text": found.text, "ticket": found.ticket},
        standing=[] if cannot else list(found.files.defer("content").order_by("pk")),
        was_too_large=was_too_large(request),
    )
    if not form.is_valid():
        if not cannot:
            _note_refused(form, found.visitor_id, found.event_id, by=request.user, now=now)
        context = {
            "note": found,
            "form": form,
            "cannot": cannot,
            "back_url": boards.address_of(found.visitor_id, found.event_id),
        }
        return render_page(request, "visitors/note.html", context, status=422 if form.is_bound else 200)
    actions.edit_note(
        note=found,
        text=form.cleaned_data["text"],
        ticket=form.cleaned_data["ticket"],
        files=form.cleaned_data.get("attached", ()),
        taken_off=[int(number) for number in form.cleaned_data.get("taken_off", ())],
        by=request.user,
        now=now,
    )
    return redirect_to(request, boards.address_of(found.visitor_id, found.event_id))


@requires(Perm.VIEW_EVENTS)
@require_POST
def remove(request: StaffRequest, number: int) -> HttpResponse:
    """Takes a note off its page."""
    found = _note(number)
    actions.remove_note(note=found, by=request.user, now=timezone.now())
    return redirect_to(request, boards.address_of(found.visitor_id, found.event_id))


@requires(Perm.VIEW_EVENTS)
@require_GET
def take_file(request: StaffRequest, number: int) -> HttpResponse:
    """A file of a note, to be kept and never to be shown: our own type for it, our own name, and nothing in it runs."""
    found = boards.find_file(number)
    content = actions.take_file(file=found, by=request.user, now=timezone.now()) if found else None
    if found is None or content is None:
        raise Http404
    kind = NoteFile.Kind(found.kind)
    name = f"note-{found.note_id}-file-{found.pk}.{EXTENSIONS[kind]}"
    return HttpResponse(
        content,
        content_type=CONTENT_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _sent(request: StaffRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _note_refused(form: NoteForm, visitor_id: str, event_id: str, *, by: User, now: datetime) -> None:
    """The form comes back: it says that files have to be chosen again; what was wrong with them is written down."""
    form.say_files_are_lost()
    if form.refused_because:
        actions.note_refused_files(visitor_id, event_id, form.refused_because, by=by, now=now)


def _note(number: int) -> Note:
    found = boards.find_note(number)
    if found is None:
        raise Http404
    return found


def _panel(request: StaffRequest, board: boards.Board, form: NoteForm, *, status: int = 200) -> HttpResponse:
    context = {"board": board, "note_form": form, "visitor_url": reverse("visitors:visitor", args=[board.visitor_id])}
    return render_page(request, "visitors/notes.html", context, fragment="panel", status=status)
