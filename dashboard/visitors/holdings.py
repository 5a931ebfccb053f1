"""What staff wrote about a visitor."""

from collections.abc import Sequence
from typing import Any

from dashboard.visitors.models import Follow, HandOver, Note


def held_about(visitor_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Notes, hand-overs and who follows, about these visitors with their texts, without names of staff."""
    notes = Note.objects.filter(visitor_id__in=visitor_ids, removed_at=None).order_by("pk")
    hand_overs = HandOver.objects.filter(visitor_id__in=visitor_ids).order_by("pk")
    follows = Follow.objects.filter(visitor__visitor_id__in=visitor_ids).order_by("pk")
    return [
        *({"kind": "followed", "at": each.created_at.isoformat(), "text": each.text} for each in follows),
        *(
            {"kind": "note", "at": note.created_at.isoformat(), "event": note.event_id, "text": note.text}
            for note in notes
        ),
        *(
            {"kind": "hand-over", "at": each.created_at.isoformat(), "text": each.text, "answer": each.answer}
            for each in hand_overs
        ),
    ]
