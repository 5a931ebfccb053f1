"""The only two changes that exist at Fingerprint. Only the actions of tagging and deletions may import this."""

from fingerprint_integration import provider
from fingerprint_integration.config import Patience
from fingerprint_integration.domain import EventChange
from fingerprint_integration.services.watching import watched

__all__ = ["Patience", "delete_visitor", "update_event"]


@watched
def update_event(*, event_id: str, change: EventChange, patience: Patience = Patience.JOB) -> None:
    """Set suspect, linked id or tags of one event. Safe to repeat: the values are absolute.

    NotReadyYet while the event is too fresh. After Unavailable the change may stand all the same.
    """
    provider.get_client().update_event(
        event_id, linked_id=change.linked_id, tags=change.tags, suspect=change.suspect, patience=patience
    )


@watched
def delete_visitor(*, visitor_id: str, patience: Patience = Patience.JOB) -> None:
    """Ask Fingerprint to erase a visitor; it counts against the hourly and daily quota.

    Returning means accepted, not gone. NotFound means unknown or already deleted. After Unavailable with
    `was_sent` it may have been accepted: nothing is repeated here, because a repeat cannot tell its own success
    from "never existed".
    """
    provider.get_client().delete_visitor_data(visitor_id, patience=patience)
