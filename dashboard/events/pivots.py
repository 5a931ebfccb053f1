"""Searching for a value by clicking on it: the button names the row and the field, the value is read on our side."""

from collections.abc import Callable
from typing import Final

import msgspec

from dashboard.events.filter_kinds import Unfit
from dashboard.events.filters import BY_NAME
from dashboard.events.masking import Lens, address_of
from dashboard.events.queries import Item
from fingerprint_integration.domain import Event, EventQuery, IpInfo

# What can be clicked: which filter it sets, the event's field that decides who may see it, and where the value stands.
_Source = Callable[[Event], str | None]


def _of(info: IpInfo | None, name: str) -> str | None:
    return getattr(info, name) if info is not None else None


PIVOTS: Final[dict[str, tuple[str, str, _Source]]] = {
    "visitor_id": ("visitor_id", "visitor_id", lambda event: event.visitor_id),
    "linked_id": ("linked_id", "linked_id", lambda event: event.linked_id),
    "high_recall_id": ("high_recall_id", "high_recall_id", lambda event: event.high_recall_id),
    "ip_address": ("ip_address", "ip_address", address_of),
    "ip_v4": ("ip_address", "ip_v4", lambda event: _of(event.ip_v4, "address")),
    "ip_v6": ("ip_address", "ip_v6", lambda event: _of(event.ip_v6, "address")),
    "range_v4": ("ip_address", "ip_v4", lambda event: _of(event.ip_v4, "asn_network")),
    "range_v6": ("ip_address", "ip_v6", lambda event: _of(event.ip_v6, "asn_network")),
    "asn_v4": ("asn", "ip_v4", lambda event: _of(event.ip_v4, "asn")),
    "asn_v6": ("asn", "ip_v6", lambda event: _of(event.ip_v6, "asn")),
    "proximity_id": ("proximity_id", "proximity", lambda event: event.proximity.id if event.proximity else None),
    "url": ("url", "url", lambda event: event.url),
    "environment_id": ("environment", "environment_id", lambda event: event.environment_id),
    "bundle_id": ("bundle_id", "bundle_id", lambda event: event.bundle_id),
    "package_name": ("package_name", "package_name", lambda event: event.package_name),
}


def query_for(item: Item | None, field: str, lens: Lens) -> EventQuery | None:
    """The search for this field's value, or None: no such row, no value, masked for this person, or not searchable."""
    if not isinstance(item, Event) or field not in PIVOTS:
        return None
    name, decides, source = PIVOTS[field]
    value = source(item)
    if not value or not lens.may_search(decides):
        return None
    wanted = BY_NAME[name]
    try:
        sent = wanted.clean(value)
    except Unfit:
        return None
    return msgspec.structs.replace(EventQuery(), **{name: (sent,) if wanted.is_repeated else sent})


def is_searchable(event: Event, field: str, lens: Lens, *, filters: frozenset[str]) -> bool:
    """Tell whether a click on this field leads anywhere in the configured version."""
    return PIVOTS[field][0] in filters and query_for(event, field, lens) is not None
