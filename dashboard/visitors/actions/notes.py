"""Writing, changing, removing and reading notes. Whoever may open a visitor may write on it; a note is its author's."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit import record as audit
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, Target, record
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.times import minute, thousands
from dashboard.visitors.models import Note, as_bytes
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

_SENT_TWICE = timedelta(minutes=1)


def add_note(*, visitor_id: str, event_id: str = "", text: str, ticket: str = "", by: User, now: datetime) -> str:
    """Write a note on a visitor, or on one event of theirs; the same form sent twice writes one.

    Gives the sentence why it was not written, "" when it was. The address names event and visitor, so an event's first
    note asks Fingerprint whose event it is: otherwise the note would stand with, and be erased with, somebody else.
    """
    sentence, because = _why_not_theirs(visitor_id, event_id) if event_id else ("", "")
    if sentence:
        record(
            AuditKind.NOTE_REFUSED,
            by=by,
            outcome=Outcome.REFUSED,
            target=audit.event(event_id),
            details={"act": "write", "because": because},
            at=now,
        )
        return sentence
    _write(visitor_id, event_id, text, ticket, by, now)
    return ""


def _why_not_theirs(visitor_id: str, event_id: str) -> tuple[str, str]:
    """Why no note can stand on this event of this visitor: the sentence, and the words for the log; two empty ones if
    one can."""
    if Note.objects.filter(visitor_id=visitor_id, event_id=event_id).exists():
        return "", ""
    try:
        event = reads.get_event(event_id)
    except FingerprintError as problem:
        if problem.status == 404:
            words = _("Fingerprint keeps no such event, so nothing tells whose it was. Write the note on the visitor.")
        else:
            words = _("Fingerprint does not tell whose event this is. Try again soon or write the note on the visitor.")
        return words, "Fingerprint did not tell whose event it is"
    if event.visitor_id != visitor_id:
        words = _("This event is not one of this visitor. Open the event and write the note there.")
        return words, "the event is not one of the visitor in the address"
    return "", ""


@transaction.atomic(durable=True)
def _write(visitor_id: str, event_id: str, text: str, ticket: str, by: User, now: datetime) -> None:
    mine = Note.objects.on(visitor_id, event_id).filter(author=by, event_id=event_id, words=as_bytes(text))
    if mine.filter(created_at__gt=now - _SENT_TWICE).exists():
        return
    note = Note.objects.create(
        visitor_id=visitor_id, event_id=event_id, author=by, words=as_bytes(text), ticket=ticket, created_at=now
    )
    record(
        AuditKind.NOTE_ADDED,
        by=by,
        target=target_of(visitor_id, event_id),
        ticket=ticket,
        personal={"text": _personal(note, text)},
        at=now,
    )


@transaction.atomic(durable=True)
def edit_note(*, note: Note, text: str, ticket: str = "", by: User, now: datetime) -> None:
    """Change a note; Refused for anybody but its author, and when its time is over. Both texts go into the log."""
    _refuse_unless_editable(note, by, now, act="change")
    before = note.text
    if (text, ticket) == (before, note.ticket):
        return
    editable = Note.objects.filter(pk=note.pk, removed_at=None, erased_at=None)
    if editable.update(words=as_bytes(text), ticket=ticket, edited_at=now) != 1:
        raise _gone(note, act="change")
    record(
        AuditKind.NOTE_EDITED,
        by=by,
        target=target_of(note.visitor_id, note.event_id),
        ticket=ticket,
        personal={"before": _personal(note, before), "after": _personal(note, text)},
        at=now,
    )


@transaction.atomic(durable=True)
def remove_note(*, note: Note, by: User, now: datetime) -> None:
    """Take a note off its page; Refused for anybody but its author, and when its time is over."""
    _refuse_unless_editable(note, by, now, act="remove")
    before = note.text
    standing = Note.objects.filter(pk=note.pk, removed_at=None, erased_at=None)
    if standing.update(removed_at=now, words=b"", ticket="") != 1:
        raise _gone(note, act="remove")
    record(
        AuditKind.NOTE_REMOVED,
        by=by,
        target=target_of(note.visitor_id, note.event_id),
        personal={"before": _personal(note, before)},
        at=now,
    )


def note_reading(visitor_id: str, event_id: str, count: int, *, by: User, now: datetime) -> None:
    """Write down that somebody read notes; when there are none, nothing was read."""
    if count:
        how_many = "1 note" if count == 1 else f"{thousands(count)} notes"
        record(
            AuditKind.NOTES_READ,
            by=by,
            target=target_of(visitor_id, event_id),
            details={"how_many": how_many, "count": count},
            at=now,
        )


def why_not_editable(note: Note, by: User, now: datetime) -> str:
    """Why this person cannot change or remove this note now, in a sentence; "" when they can."""
    if note.author_id != by.pk:
        return _("Only %(name)s, who wrote this note, may change or remove it.") % {"name": note.author.name}
    if note.erased_at is not None:
        return _("This note was erased together with a visitor.")
    if now >= note.editable_until:
        until = minute(timezone.localtime(note.editable_until))
        return _("This note could be changed until %(until)s. Write another one to correct it.") % {"until": until}
    return ""


def target_of(visitor_id: str, event_id: str = "") -> Target:
    """What an entry about a note is about: the event it stands on, else the visitor."""
    return audit.event(event_id, visitor_id) if event_id else audit.visitor(visitor_id)


def _refuse_unless_editable(note: Note, by: User, now: datetime, *, act: str) -> None:
    if why := why_not_editable(note, by, now):
        because = "somebody else wrote it" if note.author_id != by.pk else "its time is over"
        raise Refused(
            why,
            kind=AuditKind.NOTE_REFUSED,
            target=target_of(note.visitor_id, note.event_id),
            details={"act": act, "because": because},
            status=403 if note.author_id != by.pk else 409,
        )


def _gone(note: Note, *, act: str) -> Refused:
    return Refused(
        _("This note is not there any more."),
        kind=AuditKind.NOTE_REFUSED,
        target=target_of(note.visitor_id, note.event_id),
        details={"act": act, "because": "it was removed or erased meanwhile"},
    )


def _personal(note: Note, text: str) -> Personal:
    return Personal(SubjectKind.TEXT, text, (note.visitor_id,))
