"""What jobs hold about a visitor."""

from collections.abc import Sequence
from typing import Any

from dashboard.tagging.models import BulkItem


def held_about(visitor_ids: Sequence[str]) -> list[dict[str, Any]]:
    """One object for each event of these visitors that a job changed, or was to change."""
    items = BulkItem.objects.filter(visitor_id__in=visitor_ids).select_related("job").order_by("pk")
    return [
        {
            "job": item.job.name,
            "event": item.event_id,
            "change": item.job.change_kind,
            "state": item.state,
            "before": None if item.before is None else bytes(item.before).decode("utf-8", "replace"),
            "settled_at": None if item.settled_at is None else item.settled_at.isoformat(),
        }
        for item in items
    ]
