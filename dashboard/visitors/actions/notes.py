"""Writing, changing, removing and reading notes. Whoever may open a visitor may write on it; a note is its author's."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit import record as audit
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, Target, record
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.times import minute, thousands
from dashboard.visitors.files import SentFile, words_for_log
from dashboard.visitors.models import Note, NoteFile, as_bytes
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

_SENT_TWICE = timedelta(minutes=1)


def add_note(
    *,
    visitor_id: str,
    event_id: str = "",
    text: str,
    ticket: str = "",
    files: Sequence[SentFile] = (),
    by: User,
    now: datetime,
) -> str:
    """Write a note on a visitor, or on one event of theirs, with its files; the same form sent twice writes one.

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
    _write(visitor_id, event_id, text, ticket, files, by, now)
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
def _write(
    visitor_id: str, event_id: str, text: str, ticket: str, files: Sequence[SentFile], by: User, now: datetime
) -> None:
    mine = Note.objects.on(visitor_id, event_id).filter(author=by, event_id=event_id, words=as_bytes(text))
    hashes = sorted(file.sha256 for file in files)
    for note in mine.filter(created_at__gt=now - _SENT_TWICE):
        if sorted(note.files.values_list("sha256", flat=True)) == hashes:
            return
    note = Note.objects.create(
        visitor_id=visitor_id, event_id=event_id, author=by, words=as_bytes(text), ticket=ticket, created_at=now
    )
    attached = _attach(note, files)
    record(
        AuditKind.NOTE_ADDED,
        by=by,
        target=target_of(visitor_id, event_id),
        ticket=ticket,
        details={"files": len(attached)},
        personal={"text": _personal(note, text), **_personal_files(note, "files", attached)},
        at=now,
    )


@transaction.atomic(durable=True)
def edit_note(
    *,
    note: Note,
    text: str,
    ticket: str = "",
    files: Sequence[SentFile] = (),
    taken_off: Collection[int] = (),
    by: User,
    now: datetime,
) -> None:
    """Change a note, attach `files` and take those numbered `taken_off` off; Refused for anybody but its author, and
    when its time is over. Both texts go into the log, and which files came and went.
    """
    _refuse_unless_editable(note, by, now, act="change")
    before = note.text
    if (text, ticket) == (before, note.ticket) and not files and not taken_off:
        return
    editable = Note.objects.filter(pk=note.pk, removed_at=None, erased_at=None)
    if editable.update(words=as_bytes(text), ticket=ticket, edited_at=now) != 1:
        raise _gone(note, act="change")
    removed = _take_off(note.files.filter(pk__in=taken_off))
    attached = _attach(note, files)
    # The update above holds the note's row: nobody attaches another one meanwhile.
    if attached and note.files.count() > settings.NOTE_FILES:
        raise Refused(
            _("This note has as many files as it may have. Look at it again."),
            kind=AuditKind.NOTE_REFUSED,
            target=target_of(note.visitor_id, note.event_id),
            details={"act": "attach a file to", "because": "there were too many files"},
        )
    record(
        AuditKind.NOTE_EDITED,
        by=by,
        target=target_of(note.visitor_id, note.event_id),
        ticket=ticket,
        details={"files_attached": len(attached), "files_taken_off": len(removed)},
        personal={
            "before": _personal(note, before),
            "after": _personal(note, text),
            **_personal_files(note, "attached", attached),
            **_personal_files(note, "taken_off", removed),
        },
        at=now,
    )


@transaction.atomic(durable=True)
def remove_note(*, note: Note, by: User, now: datetime) -> None:
    """Take a note off its page, and its files out of the database; Refused for anybody but its author, and when its
    time is over.
    """
    _refuse_unless_editable(note, by, now, act="remove")
    before = note.text
    standing = Note.objects.filter(pk=note.pk, removed_at=None, erased_at=None)
    if standing.update(removed_at=now, words=b"", ticket="") != 1:
        raise _gone(note, act="remove")
    removed = _take_off(note.files.all())
    record(
        AuditKind.NOTE_REMOVED,
        by=by,
        target=target_of(note.visitor_id, note.event_id),
        details={"files": len(removed)},
        personal={"before": _personal(note, before), **_personal_files(note, "files", removed)},
        at=now,
    )


@transaction.atomic(durable=True)
def take_file(*, file: NoteFile, by: User, now: datetime) -> bytes | None:
    """What is in a file of a note, for somebody who takes it away; that they did is written down. None: it is gone."""
    content = NoteFile.objects.filter(pk=file.pk, erased_at=None).values_list("content", flat=True).first()
    if content is None:
        return None
    record(
        AuditKind.NOTE_FILE_TAKEN,
        by=by,
        target=target_of(file.note.visitor_id, file.note.event_id),
        details={"bytes": file.size},
        personal=_personal_files(file.note, "file", [file]),
        at=now,
    )
    return bytes(content)


def note_refused_files(visitor_id: str, event_id: str, because: str, *, by: User, now: datetime) -> None:
    """Write down that files somebody sent were not taken."""
    record(
        AuditKind.NOTE_REFUSED,
        by=by,
        outcome=Outcome.REFUSED,
        target=target_of(visitor_id, event_id),
        details={"act": "attach a file to", "because": because},
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


def _attach(note: Note, files: Sequence[SentFile]) -> list[NoteFile]:
    return [
        NoteFile.objects.create(
            note=note, name=file.name, kind=file.kind, size=len(file.content), sha256=file.sha256, content=file.content
        )
        for file in files
    ]


def _take_off(files: QuerySet[NoteFile]) -> list[NoteFile]:
    removed = list(files.defer("content").order_by("pk"))
    NoteFile.objects.filter(pk__in=[file.pk for file in removed]).delete()
    return removed


def _personal_files(note: Note, role: str, files: Sequence[NoteFile]) -> dict[str, Personal]:
    """The files as one value of an entry, which goes with the visitor; nothing when there are none."""
    lines = [
        words_for_log(file.name, file.get_kind_display(), file.size, file.sha256)
        for file in files
        if file.erased_at is None
    ]
    return {role: _personal(note, "; ".join(lines))} if lines else {}


def _personal(note: Note, text: str) -> Personal:
    return Personal(SubjectKind.TEXT, text, (note.visitor_id,))
