"""API v3: products with data or error, `Auth-API-Key`, PUT, time cursors. Written from the OpenAPI files of
spec 2.12 to 3.10.
"""

from datetime import datetime
from typing import Final

import msgspec

from fingerprint_integration.domain import (
    ApiVersion,
    Event,
    EventChange,
    EventPage,
    EventQuery,
    UnreadableEvent,
)
from fingerprint_integration.errors import NotAvailable
from fingerprint_integration.times import from_iso, from_milliseconds
from fingerprint_integration.wire import base, v3_cursor, v3_history, v3_parts, v3_shapes, v3_signals
from fingerprint_integration.wire.base import History, Request
from fingerprint_integration.wire.tolerance import Drift, Malformed, read

CHANGE_NAMES: Final = {"linked_id": "linkedId", "tags": "tag", "suspect": "suspect"}
NOT_SENT: Final = frozenset({"start", "end", "reverse", "limit", "total_hits"})
FILTERS: Final = frozenset(
    {
        *("visitor_id", "linked_id", "ip_address", "suspect", "bot", "vpn", "vpn_confidence", "proxy"),
        *("incognito", "privacy_settings", "virtual_machine", "tampering", "anti_detect_browser"),
        *("developer_tools", "location_spoofing", "mitm_attack", "jailbroken", "frida", "cloned_app"),
        *("emulator", "root_apps", "factory_reset", "min_suspect_score", "rare_device"),
        *("rare_device_percentile_bucket", "proximity_id", "sdk_version", "sdk_platform", "environment"),
        *("ip_blocklist", "datacenter", "proximity_precision_radius"),
    }
)
INSTEAD_OF_FILTER: Final = "Search without it, or use API v4."
INSTEAD_OF_RULESET: Final = "Ask for the event without a ruleset, or use API v4."

_ITEM: Final = msgspec.json.Decoder(v3_shapes.Item)
_PAGE: Final = msgspec.json.Decoder(v3_shapes.Page)
_TREE: Final = base.tree_of(v3_shapes.Item, v3_signals.Item)

_NO_PRODUCT: Final = v3_shapes.Product[v3_shapes.Identification]()
_NO_ID: Final = v3_shapes.Identification()
_NO_BOTD: Final = v3_shapes.Botd()
_NO_BROWSER: Final = v3_shapes.Browser()
_NO_CONFIDENCE: Final = v3_shapes.Confidence()
_NO_SEEN: Final = v3_shapes.Seen()
_NO_SDK: Final = v3_shapes.Sdk()
_NO_ADDRESSES: Final = v3_shapes.Addresses()


class V3:
    """The pure functions of API v3."""

    version = ApiVersion.V3
    filters = FILTERS
    history: History | None = v3_history.HISTORY
    has_rulesets = False
    instead_of_visits = "Use v3's visit history."
    instead_of_related = "Use v3's related visitors."

    def headers(self, api_key: str) -> dict[str, str]:
        """Authorise with the key in v3's own header; the query form would end in access logs."""
        return {"Auth-API-Key": api_key}

    def get_event(self, event_id: str, ruleset_id: str | None) -> Request:
        """`GET /events/{request_id}`. NotAvailable with a ruleset."""
        if ruleset_id is not None:
            raise NotAvailable(operation="A ruleset", version="v3", instead=INSTEAD_OF_RULESET)
        return Request(method="GET", target=f"/events/{base.path_id(event_id, what='event_id')}")

    def search_events(self, query: EventQuery, cursor: str | None) -> Request:
        """`GET /events/search`. NotAvailable for filters only v4 has."""
        base.check_limits(query, largest=None)
        place = v3_cursor.read(cursor)
        query = place.applied_to(query)
        # A few more, because the events of the border's millisecond that were seen already come again.
        parameters = [("limit", str(query.limit + len(place.seen)))]
        if query.start is not None:
            parameters.append(("start", base.filter_text("start", query.start)))
        if query.end is not None:
            parameters.append(("end", base.filter_text("end", query.end)))
        if query.reverse is not None:
            parameters.append(("reverse", base.filter_text("reverse", query.reverse)))
        for name, value in base.filter_values(query):
            if name in NOT_SENT:
                continue
            if name not in FILTERS:
                raise NotAvailable(operation=f"Searching by {name}", version="v3", instead=INSTEAD_OF_FILTER)
            text = base.filter_text(name, value)
            parameters.append((name, v3_cursor.as_range(text) if name == "ip_address" else text))
        if place.native is not None:
            parameters.append(("pagination_key", place.native))
        return Request(method="GET", target=base.target("/events/search", parameters))

    def update_event(self, event_id: str, change: EventChange) -> Request:
        """`PUT /events/{request_id}`; what is absent stays as it is, whatever PUT means elsewhere."""
        path = f"/events/{base.path_id(event_id, what='event_id')}"
        return Request(method="PUT", target=path, body=base.change_body(change, CHANGE_NAMES))

    def delete_visitor(self, visitor_id: str) -> Request:
        """`DELETE /visitors/{visitor_id}`."""
        path = f"/visitors/{base.path_id(visitor_id, what='visitor_id')}"
        return Request(method="DELETE", target=path, is_deletion=True)

    def read_event(self, raw: bytes, asked_id: str | None = None) -> Event | UnreadableEvent:
        """Read one event; never raises for what the payload holds."""
        try:
            item, _ = read(_ITEM, raw)
        except Malformed as reason:
            return base.unreadable(raw, f"This is not an event: {reason}.", asked_id)
        if item.products is None:
            return base.unreadable(raw, "This event has no products.", asked_id)
        found = (item.products.identification or _NO_PRODUCT).data or _NO_ID
        botd = (item.products.botd.data if item.products.botd is not None else None) or _NO_BOTD
        event_id = found.request_id or botd.request_id or asked_id
        at = (
            from_milliseconds(found.timestamp)
            or from_iso(found.time)
            or from_iso(botd.time)
            or base.time_in_id(event_id)
        )
        if event_id is None or at is None:
            return base.unreadable(raw, _why_unnamed(item.products), event_id)
        return _event(item.products, found, botd, event_id, at, raw)

    def read_page(self, body: bytes, query: EventQuery, cursor: str | None, /) -> EventPage:
        """Read one page of a search, without the events the page before showed already. Raises UnreadableAnswer."""
        raws, following, _ = base.pages_of(_PAGE, body, "events", "paginationKey")
        place = v3_cursor.read(cursor)
        everything = [self.read_event(raw) for raw in raws]
        events = tuple(event for event in everything if event.event_id not in place.seen or event.event_id is None)
        return EventPage(events=events, cursor=v3_cursor.following(query, place, everything, following))

    def survey(self, raw: bytes) -> frozenset[Drift]:
        """Tell how one event differs from what we know: fields, words and types."""
        drifts: set[Drift] = set()
        try:
            drifts.update(read(_ITEM, raw)[1], v3_signals.drifts(raw))
        except Malformed:
            return frozenset({Drift("unreadable", "event")})
        base.loosely(raw, lambda value: base.survey_names(value, _TREE, drifts))
        base.loosely(raw, lambda value: base.survey_words(value, v3_signals.WORDS, drifts))
        return frozenset(drifts)


def _why_unnamed(products: v3_shapes.Products) -> str:
    failed = (products.identification or _NO_PRODUCT).error
    if failed is None:
        return "This event has no id or no time."
    return "Fingerprint could not identify this visit, so the event has no id."


def _event(
    products: v3_shapes.Products,
    found: v3_shapes.Identification,
    botd: v3_shapes.Botd,
    event_id: str,
    at: datetime,
    raw: bytes,
) -> Event:
    confidence = found.confidence or _NO_CONFIDENCE
    # All of these are required in v3, so that a phone has an empty page and a browser called "Other".
    browser = found.browser_details or _NO_BROWSER
    first, last = found.first_seen_at or _NO_SEEN, found.last_seen_at or _NO_SEEN
    sdk = found.sdk or _NO_SDK
    error = (products.identification or _NO_PRODUCT).error
    addresses = (products.ip_info.data if products.ip_info is not None else None) or _NO_ADDRESSES
    score = products.suspect_score.data if products.suspect_score is not None else None
    tags = base.json_text(found.tag)
    return Event(
        event_id=event_id,
        at=at,
        api_version=ApiVersion.V3,
        raw=raw,
        reader=v3_signals.READER,
        visitor_id=found.visitor_id,
        visitor_found=found.visitor_found,
        confidence=confidence.score,
        confidence_version=confidence.revision,
        confidence_comment=confidence.comment,
        first_seen_at=from_iso(first.subscription),
        last_seen_at=from_iso(last.subscription),
        first_seen_globally_at=from_iso(first.anywhere),
        last_seen_globally_at=from_iso(last.anywhere),
        identification_error_code=error.code if error is not None else None,
        identification_error_message=error.message if error is not None else None,
        linked_id=found.linked_id if found.linked_id is not None else botd.linked_id,
        tags=tags if tags is not None else base.json_text(botd.meta),
        suspect=found.suspect,
        replayed=found.replayed,
        environment_id=found.environment_id,
        url=found.url or botd.url or None,
        ip_address=found.ip if found.ip is not None else botd.ip,
        browser_name=None if browser.browser_name == "Other" else browser.browser_name,
        browser_version=browser.browser_full_version or None,
        browser_major_version=browser.browser_major_version or None,
        os=browser.os,
        os_version=browser.os_version,
        device=browser.device,
        user_agent=browser.user_agent if browser.user_agent is not None else botd.user_agent,
        sdk_platform=sdk.platform,
        sdk_version=sdk.version,
        sdk_integrations=tuple(v3_parts.integration(item) for item in sdk.integrations or ()),
        ip_v4=v3_parts.address(addresses.v4),
        ip_v6=v3_parts.address(addresses.v6),
        ip_location=v3_parts.location(found.ip_location),
        velocity=v3_parts.velocity(products.velocity),
        proximity=v3_parts.proximity(products.proximity),
        labels=v3_parts.labels(products.labels),
        suspect_score=score.result if score is not None else None,
    )
