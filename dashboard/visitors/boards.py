"""Notes as pages show them."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from dashboard.accounts.models import User
from dashboard.core.printable import printable
from dashboard.visitors.actions.notes import why_not_editable
from dashboard.visitors.models import Note

MOST_SHOWN = 100
_LARGEST_NUMBER = 2**63 - 1


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
    notes = tuple(_shown(note, by, now, hides_event=bool(event_id)) for note in rows)
    return Board(visitor_id, event_id, notes, count - len(rows), address_of(visitor_id, event_id))


def find_note(number: int) -> Note | None:
    """The note with this number that stands somewhere, or None."""
    if number > _LARGEST_NUMBER:
        return None
    return Note.objects.filter(pk=number, removed_at=None).select_related("author").first()


def address_of(visitor_id: str, event_id: str = "") -> str:
    """Where these notes have a page of their own."""
    if event_id:
        return reverse("visitors:event_notes", args=[visitor_id, event_id])
    return reverse("visitors:notes", args=[visitor_id])


def _shown(note: Note, by: User, now: datetime, *, hides_event: bool) -> ShownNote:
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
    )
