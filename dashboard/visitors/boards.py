"""Notes as pages show them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from dashboard.accounts.models import User
from dashboard.core.printable import printable
from dashboard.events.payloads import size_words
from dashboard.visitors.actions.notes import why_not_editable
from dashboard.visitors.models import Note, NoteFile

MOST_SHOWN = 100
_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class ShownFile:
    """A file beside its note; `name` is None when it was erased."""

    number: int
    name: str | None
    kind: str
    size: str


@dataclass(frozen=True)
class ShownNote:
    """A note as somebody reads it. `text` is printable, with its lines; None when it was erased."""

    number: int
    author: str
    initials: str
    text: str | None
    ticket: str
    event_id: str
    at: datetime
    edited_at: datetime | None
    is_mine: bool
    is_editable: bool
    files: tuple[ShownFile, ...]


@dataclass(frozen=True)
class Board:
    """The notes on a visitor or on one of their events, the newest first, and how many older ones are not shown."""

    visitor_id: str
    event_id: str
    notes: tuple[ShownNote, ...]
    more_count: int
    url: str


def board_of(visitor_id: str, event_id: str = "", *, by: User, now: datetime) -> Board:
    """What stands on this visitor (with every event's notes) or on this event."""
    standing = Note.objects.on(visitor_id, event_id)
    rows = list(standing.select_related("author")[:MOST_SHOWN])
    count = standing.count() if len(rows) == MOST_SHOWN else len(rows)
    files = _files_of(rows)
    notes = tuple(_shown(note, files[note.pk], by, now, hides_event=bool(event_id)) for note in rows)
    return Board(visitor_id, event_id, notes, count - len(rows), address_of(visitor_id, event_id))


def find_note(number: int) -> Note | None:
    """The note with this number that stands somewhere, or None."""
    if number > _LARGEST_NUMBER:
        return None
    return Note.objects.filter(pk=number, removed_at=None).select_related("author").first()


def find_file(number: int) -> NoteFile | None:
    """The file with this number and its note, if both stand somewhere, or None; without its content."""
    if number > _LARGEST_NUMBER:
        return None
    standing = NoteFile.objects.filter(erased_at=None, note__removed_at=None, note__erased_at=None)
    return standing.defer("content").select_related("note").filter(pk=number).first()


def address_of(visitor_id: str, event_id: str = "") -> str:
    """Where these notes have a page of their own."""
    if event_id:
        return reverse("visitors:event_notes", args=[visitor_id, event_id])
    return reverse("visitors:notes", args=[visitor_id])


def _files_of(notes: Sequence[Note]) -> dict[int, list[NoteFile]]:
    """The files of these notes by note, without what is in them."""
    found: dict[int, list[NoteFile]] = defaultdict(list)
    if notes:
        for file in NoteFile.objects.filter(note__in=notes).defer("content").order_by("pk"):
            found[file.note_id].append(file)
    return found


def _shown(note: Note, files: Sequence[NoteFile], by: User, now: datetime, *, hides_event: bool) -> ShownNote:
    return ShownNote(
        number=note.pk,
        author=note.author.name,
        initials=note.author.initials,
        text=None if note.erased_at else printable(note.text, keep_lines=True),
        ticket=note.ticket,
        event_id="" if hides_event else note.event_id,
        at=note.created_at,
        edited_at=note.edited_at,
        is_mine=note.author_id == by.pk,
        is_editable=not why_not_editable(note, by, now),
        files=tuple(
            ShownFile(each.pk, None if each.erased_at else each.name, each.get_kind_display(), size_words(each.size))
            for each in files
        ),
    )
