"""API v3: going on with a search without losing the events that share a millisecond with the border of a page.

v3's own key is the last event's timestamp, and both borders of the window are exclusive, so going on with the
key loses what shares that millisecond. Instead the next page begins one millisecond earlier (`end = last + 1`),
asks for as many more as were already seen there, and drops those. Our cursor therefore holds the border and the
ids seen at it. Without a window the service takes the last seven days, and setting one border would lift the
other; then its own key is used as it is.
"""

import base64
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fingerprint_integration.domain import Event, EventQuery, UnreadableEvent
from fingerprint_integration.errors import InvalidRequest
from fingerprint_integration.times import from_milliseconds, milliseconds

_PREFIX: Final = "w."
_MILLISECOND: Final = timedelta(milliseconds=1)
_MOST_SEEN: Final = 500


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a page begins: a border in ms with the ids seen at it, or the service's own key, or neither (the
    first page).
    """

    border: int | None = None
    seen: frozenset[str] = frozenset()
    native: str | None = None

    def applied_to(self, query: EventQuery) -> EventQuery:
        """Narrow the query to what comes after this place."""
        border = from_milliseconds(self.border)
        if border is None:
            return query
        if query.reverse:
            return msgspec.structs.replace(query, start=border)
        return msgspec.structs.replace(query, end=border)


_FIRST: Final = Place()
_DECODER: Final = msgspec.json.Decoder(Place)


def read(cursor: str | None) -> Place:
    """Read a cursor, ours or the service's own. InvalidRequest when it is neither."""
    if cursor is None:
        return _FIRST
    if cursor.isascii() and cursor.isdigit() and len(cursor) <= 20:
        return Place(native=cursor)
    if cursor.startswith(_PREFIX):
        try:
            return _DECODER.decode(base64.urlsafe_b64decode(cursor[len(_PREFIX) :].encode()))
        except (ValueError, msgspec.MsgspecError):
            pass
    raise InvalidRequest("This page mark is not one of this search. Search again.", field="pagination_key")


def write(place: Place) -> str:
    """Write a place as an opaque, URL-safe cursor."""
    plain = {"border": place.border, "seen": sorted(place.seen)}
    return _PREFIX + base64.urlsafe_b64encode(msgspec.json.encode(plain)).decode()


def following(
    query: EventQuery, place: Place, events: Sequence[Event | UnreadableEvent], key: str | None
) -> str | None:
    """Give the cursor of the page after this one; None when the service says that this was the last."""
    if not key:
        return None
    last = events[-1] if events else None
    if (query.start is None and query.end is None) or not isinstance(last, Event):
        return key
    at_border = frozenset(event.event_id for event in events if isinstance(event, Event) and event.at == last.at)
    border = _border(last.at, is_reverse=bool(query.reverse))
    if border == place.border:
        at_border |= place.seen
    nothing_new = all(event.event_id in place.seen for event in events)
    if nothing_new or len(at_border) > _MOST_SEEN:
        # The service gave nothing beyond this millisecond: better step over it than stand still.
        return key
    return write(Place(border=border, seen=at_border))


def _border(last: datetime, *, is_reverse: bool) -> int:
    return milliseconds(last - _MILLISECOND if is_reverse else last + _MILLISECOND)


def as_range(address: str) -> str:
    """Give an address as the range v3 wants: a plain one becomes /32 or /128, a range stays. InvalidRequest for
    neither.
    """
    try:
        if "/" in address:
            ipaddress.ip_network(address, strict=False)
            return address
        return f"{address}/{ipaddress.ip_address(address).max_prefixlen}"
    except ValueError:
        raise InvalidRequest("This is not an IP address or range.", field="ip_address") from None
