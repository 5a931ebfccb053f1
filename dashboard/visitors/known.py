"""What notes and hand-overs tell the other features about a visitor, and how they are forgotten with one."""

from collections.abc import Sequence

from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.facts import Fact, Weight
from dashboard.core.times import thousands
from dashboard.visitors.models import Follow, FollowedVisitor, HandOver, Note


def about_notes(visitor_ids: Sequence[str]) -> list[Fact]:
    """`3 notes`, and who wrote the last one. What they say stays on their page: not everybody here may read it."""
    standing = Note.objects.filter(visitor_id__in=[each for each in visitor_ids if each], removed_at=None)
    counted = standing.order_by().values("visitor_id").annotate(count=Count("pk"), newest=Max("pk"))
    rows = list(counted)
    newest = Note.objects.select_related("author").in_bulk([row["newest"] for row in rows])
    return [_fact(row["visitor_id"], row["count"], newest[row["newest"]]) for row in rows]


def _fact(visitor_id: str, count: int, newest: Note) -> Fact:
    return Fact(
        visitor_id=visitor_id,
        weight=Weight.NOTE,
        claim=ngettext("%(n)s note", "%(n)s notes", count) % {"n": thousands(count)},
        more=_("The last by %(name)s.") % {"name": newest.author.name},
        url=reverse("visitors:notes", args=[visitor_id]),
        link_text=_("Read"),
        since=newest.created_at,
    )


def forget_notes(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Delete the notes on these visitors, and empty every other note that names one of them or of those events."""
    on_them = Note.objects.filter(visitor_id__in=[each for each in visitor_ids if each])
    names = {*visitor_ids, *on_them.values_list("event_id", flat=True)} - {""}
    forgotten, _rows = on_them.delete()
    naming = [
        note.pk
        for note in Note.objects.filter(erased_at=None, removed_at=None).iterator(chunk_size=500)
        if any(name in note.text or name in note.ticket for name in names)
    ]
    for start in range(0, len(naming), 500):
        some = Note.objects.filter(pk__in=naming[start : start + 500])
        forgotten += some.update(words=b"", ticket="", erased_at=timezone.now())
    return forgotten


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
