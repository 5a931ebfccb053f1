"""What staff wrote about a visitor and attached to it."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from dashboard.visitors.models import Follow, HandOver, Note, NoteFile


def held_about(visitor_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Notes, hand-overs and who follows, about these visitors with their texts, without names of staff.

    Files are named with where they can be taken, not copied into the answer.
    """
    notes = Note.objects.filter(visitor_id__in=visitor_ids, removed_at=None).order_by("pk")
    files = NoteFile.objects.filter(note__in=notes.order_by(), erased_at=None).defer("content").order_by("pk")
    hand_overs = HandOver.objects.filter(visitor_id__in=visitor_ids).order_by("pk")
    follows = Follow.objects.filter(visitor__visitor_id__in=visitor_ids).order_by("pk")
    return [
        *({"kind": "followed", "at": each.created_at.isoformat(), "text": each.text} for each in follows),
        *(
            {"kind": "note", "at": note.created_at.isoformat(), "event": note.event_id, "text": note.text}
            for note in notes
        ),
        *(
            {
                "kind": "file of a note",
                "at": file.note.created_at.isoformat(),
                "name": file.name,
                "type": file.get_kind_display(),
                "bytes": file.size,
                "sha256": file.sha256,
                "taken at": reverse("visitors:note_file", args=[file.pk]),
            }
            for file in files.select_related("note")
        ),
        *(
            {"kind": "hand-over", "at": each.created_at.isoformat(), "text": each.text, "answer": each.answer}
            for each in hand_overs
        ),
    ]
