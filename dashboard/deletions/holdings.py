"""What deletion and access requests hold about a visitor."""

from collections.abc import Sequence
from typing import Any

from dashboard.deletions.disclosure.rows import AccessRequest
from dashboard.deletions.models import DeletionVisitor


def held_about(visitor_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Requests that name one of these visitors: what was asked, why, and how it stands; without names of staff."""
    rows = DeletionVisitor.objects.filter(visitor_id__in=visitor_ids).select_related("request").order_by("pk")
    access = AccessRequest.objects.filter(visitor_id__in=visitor_ids).defer("packed").order_by("pk")
    return [
        *(
            {
                "request": row.request.number,
                "asked_at": row.request.requested_at.isoformat(),
                "reason": row.request.reason,
                "state": str(row.get_state_display()),
            }
            for row in rows
        ),
        *(
            {"request": each.number, "asked_at": each.asked_at.isoformat(), "reason": each.reason, "state": each.state}
            for each in access
        ),
    ]
