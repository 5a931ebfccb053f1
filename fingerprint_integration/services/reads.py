"""What the dashboard may ask Fingerprint, in domain words, whichever version is behind.

Every function raises FingerprintError subclasses; nothing here changes anything.
"""

import hashlib
from datetime import datetime, timedelta

import msgspec

from fingerprint_integration import provider
from fingerprint_integration.client import read_event
from fingerprint_integration.config import Patience
from fingerprint_integration.domain import (
    ApiVersion,
    Event,
    EventPage,
    EventQuery,
    Region,
    RelatedVisitor,
    UnreadableEvent,
    VisitPage,
)
from fingerprint_integration.errors import NotFound
from fingerprint_integration.rulings import Ruling
from fingerprint_integration.services.watching import watched
from fingerprint_integration.wire.v4_rules import read_ruling

__all__ = [
    "Capabilities",
    "Patience",
    "capabilities",
    "connection_mark",
    "evaluate",
    "event_from_raw",
    "get_event",
    "get_visits",
    "is_gone",
    "related_visitors",
    "retention_window",
    "search_events",
    "visitor_history",
]


VISITOR_UNKNOWN = "visitor_not_found"
_EVENT_UNKNOWN = frozenset({"event_not_found", "request_not_found"})


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the configured connection can do."""

    api_version: ApiVersion
    region: Region
    is_own_host: bool
    """False when another address is configured, such as the sandbox."""
    filters: frozenset[str]
    """Names of the EventQuery filters this version has."""
    has_visits: bool
    has_related: bool
    has_rulesets: bool
    update_window: timedelta
    """Events older than this cannot be changed."""
    retention: timedelta

    @property
    def is_sandbox(self) -> bool:
        """Tell whether calls go to an address that was set instead of Fingerprint's own."""
        return not self.is_own_host


def capabilities() -> Capabilities:
    """Say what the configured version can do; asks nobody. NotConfigured without usable settings."""
    client = provider.get_client()
    return Capabilities(
        api_version=client.config.version,
        region=client.config.region,
        is_own_host=client.config.is_own_host,
        filters=client.filters,
        has_visits=client.has_visits,
        has_related=client.has_related,
        has_rulesets=client.has_rulesets,
        update_window=client.config.limits.update_max_age,
        retention=provider.retention(),
    )


def connection_mark() -> str:
    """Give a hash of the key and the host we talk to: another one may see other events. NotConfigured without a key."""
    config = provider.get_client().config
    return hashlib.sha256(f"{config.api_key.digest} {config.base_url}".encode()).hexdigest()


def is_gone(error: NotFound) -> bool:
    """Tell whether a 404 is Fingerprint's own word that there is no such event, and not some gateway's."""
    return error.status == 404 and error.code in _EVENT_UNKNOWN


@watched
def get_event(event_id: str, *, ruleset_id: str | None = None, patience: Patience = Patience.PAGE) -> Event:
    """Give one event; NotFound when it never existed, expired or was deleted."""
    return provider.get_client().get_event(event_id, ruleset_id, patience=patience)


def evaluate(event_id: str, ruleset_id: str, *, patience: Patience = Patience.PAGE) -> tuple[Event, Ruling | None]:
    """Give one event and what this ruleset says of it (v4); NotAvailable on v3, InvalidRequest for an unknown one."""
    event = get_event(event_id, ruleset_id=ruleset_id, patience=patience)
    return event, read_ruling(event.rule_action)


@watched
def search_events(query: EventQuery, *, cursor: str | None = None, patience: Patience = Patience.PAGE) -> EventPage:
    """Give one page of a search; a visitor Fingerprint does not know is an empty page with `visitor_unknown`.

    "No such visitor" is a 404 and "nothing matched" an empty list; to whoever searches both are "nothing found".
    """
    client = provider.get_client()
    try:
        return client.search_events(query=query, pagination_key=cursor, patience=patience)
    except NotFound as error:
        # Only Fingerprint's own word counts: a 404 of a gateway says nothing about a visitor.
        if query.visitor_id is None or error.code != VISITOR_UNKNOWN:
            raise
    return EventPage(events=(), visitor_unknown=True)


def visitor_history(
    visitor_id: str,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = 100,
    patience: Patience = Patience.PAGE,
) -> EventPage:
    """Give a page of everything a visitor did within the whole retention window, newest first.

    `now` must be the same for all pages of one history, so that the window does not move under the cursor.
    """
    start, end = retention_window(now)
    query = EventQuery(visitor_id=visitor_id, start=start, end=end, limit=limit)
    return search_events(query, cursor=cursor, patience=patience)


@watched
def get_visits(
    visitor_id: str,
    *,
    cursor: str | None = None,
    limit: int | None = None,
    patience: Patience = Patience.PAGE,
) -> VisitPage:
    """Give v3's visit history; NotAvailable on v4."""
    return provider.get_client().get_visits(visitor_id, pagination_key=cursor, limit=limit, patience=patience)


@watched
def related_visitors(visitor_id: str, *, patience: Patience = Patience.PAGE) -> tuple[RelatedVisitor, ...]:
    """Give other browsers on the same phone (v3, when the workspace has it); NotAvailable on v4."""
    return provider.get_client().get_related_visitors(visitor_id, patience=patience)


def event_from_raw(raw: bytes, api_version: ApiVersion) -> Event | UnreadableEvent:
    """Read a stored payload of one event again; asks nobody, never raises for what the payload holds."""
    return read_event(raw, api_version)


def retention_window(now: datetime) -> tuple[datetime, datetime]:
    """Give start and end of what Fingerprint still holds, by the configured retention."""
    return now - provider.retention(), now
