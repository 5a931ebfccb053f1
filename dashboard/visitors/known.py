"""What notes and hand-overs tell the other features about a visitor, and how they are forgotten with one."""

from collections.abc import Collection, Sequence

from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.facts import Fact, Weight
from dashboard.core.times import thousands
from dashboard.visitors.models import Follow, FollowedVisitor, HandOver, Note, NoteFile


def about_notes(visitor_ids: Sequence[str]) -> list[Fact]:
    """`3 notes with 2 files`, and who wrote the last one. What they say stays on their page."""
    standing = Note.objects.filter(visitor_id__in=[each for each in visitor_ids if each], removed_at=None)
    counted = standing.order_by().values("visitor_id").annotate(count=Count("pk"), newest=Max("pk"))
    rows = list(counted)
    newest = Note.objects.select_related("author").in_bulk([row["newest"] for row in rows])
    files = NoteFile.objects.filter(note__in=standing.order_by(), erased_at=None).order_by()
    attached = dict(files.values_list("note__visitor_id").annotate(Count("pk"))) if rows else {}
    return [
        _fact(row["visitor_id"], row["count"], attached.get(row["visitor_id"], 0), newest[row["newest"]])
        for row in rows
    ]


def _fact(visitor_id: str, count: int, files: int, newest: Note) -> Fact:
    claim = ngettext("%(n)s note", "%(n)s notes", count) % {"n": thousands(count)}
    if files:
        claim += ngettext(" with %(n)s file", " with %(n)s files", files) % {"n": thousands(files)}
    return Fact(
        visitor_id=visitor_id,
        weight=Weight.NOTE,
        claim=claim,
        more=_("The last by %(name)s.") % {"name": newest.author.name},
        url=reverse("visitors:notes", args=[visitor_id]),
        link_text=_("Read"),
        since=newest.created_at,
    )


def forget_notes(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Delete the notes on these visitors with their files, and empty every other note, and every other file, that names
    one of them or of those events.
    """
    on_them = Note.objects.filter(visitor_id__in=[each for each in visitor_ids if each])
    names = {*visitor_ids, *on_them.values_list("event_id", flat=True)} - {""}
    forgotten, _rows = on_them.delete()
    forgotten += _empty_files(names)
    naming = [
        note.pk
        for note in Note.objects.filter(erased_at=None, removed_at=None).iterator(chunk_size=500)
        if any(name in note.text or name in note.ticket for name in names)
    ]
    for start in range(0, len(naming), 500):
        some = Note.objects.filter(pk__in=naming[start : start + 500])
        forgotten += some.update(words=b"", ticket="", erased_at=timezone.now())
        # What such a note had beside it shows what it spoke of.
        NoteFile.objects.filter(note__in=naming[start : start + 500]).delete()
    return forgotten


def _empty_files(names: Collection[str]) -> int:
    """Empty the files whose name, or whose text, holds one of these names. Pictures and PDFs are packed: what they say
    cannot be searched, which is why the form asks for files about the visitor alone.
    """
    needles = [name.encode("utf-8", "surrogatepass") for name in names]
    standing = NoteFile.objects.filter(erased_at=None)
    naming = [
        number
        for number, title in standing.values_list("pk", "name").iterator(chunk_size=500)
        if any(name in title for name in names)
    ]
    texts = standing.filter(kind=NoteFile.Kind.TEXT).values_list("pk", "content")
    naming += [
        number
        for number, content in texts.iterator(chunk_size=10)
        if any(needle in bytes(content) for needle in needles)
    ]
    for start in range(0, len(naming), 500):
        NoteFile.objects.filter(pk__in=naming[start : start + 500]).update(
            name="", size=0, sha256="", content=b"", erased_at=timezone.now()
        )
    return len(set(naming))


def about_hand_overs(visitor_ids: Sequence[str]) -> list[Fact]:
    """`With Maya Brandt`: who looks after the visitor now, and who asked for it."""
    rows = HandOver.objects.open().filter(visitor_id__in=[each for each in visitor_ids if each])
    return [
        Fact(
            visitor_id=row.visitor_id,
            weight=Weight.NOTE,
            claim=(_("With %(name)s") if row.taken_at else _("Handed over to %(name)s")) % {"name": row.given_to.name},
            more=_("Handed over by %(name)s.") % {"name": row.sent_by.name},
            url=reverse("visitors:handed_over", args=[row.pk]),
            link_text=_("Open"),
            since=row.taken_at or row.created_at,
        )
        for row in rows.select_related("given_to", "sent_by").order_by("-pk")
    ]


def forget_hand_overs(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Delete the hand-overs of these visitors, and empty what others say where they name one of them."""
    names = {each for each in visitor_ids if each}
    forgotten, _rows = HandOver.objects.filter(visitor_id__in=names).delete()
    naming = [
        row.pk
        for row in HandOver.objects.filter(erased_at=None).iterator(chunk_size=500)
        if any(name in text for name in names for text in (row.text, row.answer, row.ticket))
    ]
    for start in range(0, len(naming), 500):
        some = HandOver.objects.filter(pk__in=naming[start : start + 500])
        forgotten += some.update(words=b"", answer_words=b"", ticket="", erased_at=timezone.now())
    return forgotten


def forget_follows(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Nobody follows these visitors any more, and why somebody follows another one names none of them."""
    names = {each for each in visitor_ids if each}
    rows = FollowedVisitor.objects.filter(visitor_id__in=names)
    forgotten = rows.count()
    rows.delete()
    naming = [
        row.pk
        for row in Follow.objects.exclude(words=b"").iterator(chunk_size=500)
        if any(name in row.text for name in names)
    ]
    for start in range(0, len(naming), 500):
        forgotten += Follow.objects.filter(pk__in=naming[start : start + 500]).update(words=b"")
    return forgotten
