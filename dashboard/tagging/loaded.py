"""Events that stand in what a person has loaded: known without asking Fingerprint again."""

from collections.abc import Collection
from datetime import datetime

from dashboard.accounts.models import User
from dashboard.events.models import SnapshotPage
from fingerprint_integration.domain import ApiVersion, Event
from fingerprint_integration.services import reads

_MOST_PAGES = 30  # of what a person has loaded, the newest first


def loaded_events(event_ids: Collection[str], *, by: User, now: datetime) -> dict[str, Event]:
    """Those of the events that stand in what `by` has loaded and may still read; asks nobody."""
    wanted = {event_id.encode(): event_id for event_id in event_ids}
    found: dict[str, Event] = {}
    pages = SnapshotPage.objects.filter(owner=by, expires_at__gt=now).order_by("-fetched_at", "-pk")[:_MOST_PAGES]
    for page in pages:
        if len(found) == len(wanted):
            break
        for raw in page.raws:
            # Reading an event costs more than finding out that none of the wanted ids is in it.
            if any(each in raw for each in wanted):
                event = reads.event_from_raw(raw, ApiVersion(page.api_version))
                if isinstance(event, Event) and event.event_id in event_ids:
                    found.setdefault(event.event_id, event)
    return found
