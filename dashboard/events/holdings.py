"""What searches hold about a visitor."""

from collections.abc import Sequence
from typing import Any

from dashboard.events.models import Search, SnapshotPage


def held_about(visitor_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Searches for these visitors, and loaded pages in which they stand: when, and until when they are kept."""
    searches = Search.objects.filter(visitor_id__in=visitor_ids).order_by("pk")
    wanted = set(visitor_ids)
    pages = SnapshotPage.objects.only("fetched_at", "expires_at", "packed_visitors").order_by("pk")
    return [
        *({"kind": "search", "at": search.created_at.isoformat(), "name": search.name} for search in searches),
        *(
            {"kind": "loaded page", "at": page.fetched_at.isoformat(), "kept_until": page.expires_at.isoformat()}
            for page in pages.iterator(chunk_size=500)
            if not wanted.isdisjoint(page.visitor_ids)
        ),
    ]
