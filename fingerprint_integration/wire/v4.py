"""API v4: flat snake_case events, bearer key, PATCH, opaque cursors. Written from the OpenAPI file of spec 3.7
to 3.10.
"""

from datetime import datetime
from typing import Final

import msgspec

from fingerprint_integration.domain import (
    ApiVersion,
    Counter,
    Event,
    EventChange,
    EventPage,
    EventQuery,
    Integration,
    IpInfo,
    Label,
    Proximity,
    Subdivision,
    UnreadableEvent,
    Velocity,
)
from fingerprint_integration.errors import NotAvailable
from fingerprint_integration.times import from_milliseconds
from fingerprint_integration.wire import base, v4_signals
from fingerprint_integration.wire.base import History, Request
from fingerprint_integration.wire.tolerance import Drift, Malformed, Shape, read

PAGE_LIMIT: Final = 100
ONLY_V3: Final = frozenset({"ip_blocklist", "datacenter", "proximity_precision_radius"})
INSTEAD_OF_FILTER: Final = "Search without it and look at the signal in the results."
NOT_A_FILTER: Final = frozenset({"limit", "start", "end", "reverse", "total_hits"})
FILTERS: Final = frozenset(EventQuery.__struct_fields__) - ONLY_V3 - NOT_A_FILTER
CHANGE_NAMES: Final = {"linked_id": "linked_id", "tags": "tags", "suspect": "suspect"}

_Raw = msgspec.Raw


class _Confidence(Shape):
    score: float | None = None
    version: str | None = None
    comment: str | None = None


class _Identification(Shape):
    visitor_id: str | None = None
    visitor_found: bool | None = None
    confidence: _Confidence | None = None
    first_seen_at: int | None = None
    last_seen_at: int | None = None


class _Browser(Shape):
    browser_name: str | None = None
    browser_major_version: str | None = None
    browser_full_version: str | None = None
    os: str | None = None
    os_version: str | None = None
    device: str | None = None


class _Device(Shape):
    device_manufacturer: str | None = None
    device_model: str | None = None
    os_version: str | None = None


class _Named(Shape):
    name: str | None = None
    version: str | None = None


class _Integration(Shape):
    name: str | None = None
    version: str | None = None
    subintegration: _Named | None = None


class _Sdk(Shape):
    platform: str | None = None
    version: str | None = None
    integrations: tuple[_Integration, ...] | None = None


class _Geolocation(Shape):
    accuracy_radius: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    postal_code: str | None = None
    timezone: str | None = None
    city_name: str | None = None
    country_code: str | None = None
    country_name: str | None = None
    continent_code: str | None = None
    continent_name: str | None = None
    subdivisions: tuple[Subdivision, ...] | None = None


class _Address(Shape):
    address: str | None = None
    geolocation: _Geolocation | None = None
    asn: str | None = None
    asn_name: str | None = None
    asn_network: str | None = None
    asn_type: str | None = None
    datacenter_result: bool | None = None
    datacenter_name: str | None = None


class _Addresses(Shape):
    v4: _Address | None = None
    v6: _Address | None = None


class _Intervals(Shape, rename={"minutes_5": "5_minutes", "hour_1": "1_hour", "hours_24": "24_hours"}):
    minutes_5: int | None = None
    hour_1: int | None = None
    hours_24: int | None = None


class _Velocity(Shape):
    distinct_ip: _Intervals | None = None
    distinct_linked_id: _Intervals | None = None
    distinct_country: _Intervals | None = None
    events: _Intervals | None = None
    ip_events: _Intervals | None = None
    distinct_ip_by_linked_id: _Intervals | None = None
    distinct_visitor_id_by_linked_id: _Intervals | None = None


class _Head(Shape):
    event_id: str | None = None
    timestamp: int | None = None
    linked_id: str | None = None
    tags: _Raw = _Raw()
    suspect: bool | None = None
    replayed: bool | None = None
    environment_id: str | None = None
    source: str | None = None
    incremental_identification_status: str | None = None
    url: str | None = None
    client_referrer: str | None = None
    bundle_id: str | None = None
    package_name: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    device: str | None = None
    os: str | None = None
    os_version: str | None = None
    browser_details: _Browser | None = None
    device_details: _Device | None = None
    sdk: _Sdk | None = None
    identification: _Identification | None = None
    supplementary_id_high_recall: _Identification | None = None
    ip_info: _Addresses | None = None
    velocity: _Velocity | None = None
    proximity: Proximity | None = None
    labels: tuple[Label, ...] | None = None
    rule_action: _Raw = _Raw()
    suspect_score: int | None = None


class _Page(Shape, rename={"cursor": "pagination_key", "total": "total_hits"}):
    events: list[_Raw] | None = None
    cursor: str | None = None
    total: int | None = None


_HEAD: Final = msgspec.json.Decoder(_Head)
_PAGE: Final = msgspec.json.Decoder(_Page)
_TREE: Final = base.tree_of(_Head, v4_signals.Body)

_NO_CONFIDENCE: Final = _Confidence()
_NO_ID: Final = _Identification()
_NO_BROWSER: Final = _Browser()
_NO_DEVICE: Final = _Device()
_NO_SDK: Final = _Sdk()
_NO_PLACE: Final = _Geolocation()
_NO_ADDRESSES: Final = _Addresses()


class V4:
    """The pure functions of API v4."""

    version = ApiVersion.V4
    filters = FILTERS
    history: History | None = None
    has_rulesets = True
    instead_of_visits = "Search events by visitor id over the whole retention window."
    instead_of_related = "Search by linked id or high recall id: v4 has nothing that equals it."

    def headers(self, api_key: str) -> dict[str, str]:
        """Authorise with the key as a bearer token."""
        return {"Authorization": f"Bearer {api_key}"}

    def get_event(self, event_id: str, ruleset_id: str | None) -> Request:
        """`GET /v4/events/{event_id}`; a ruleset is evaluated into `rule_action`."""
        path = f"/v4/events/{base.path_id(event_id, what='event_id')}"
        return Request(method="GET", target=base.target(path, [("ruleset_id", ruleset_id)] if ruleset_id else []))

    def search_events(self, query: EventQuery, cursor: str | None) -> Request:
        """`GET /v4/events`. InvalidRequest for a limit beyond 1 to 100; NotAvailable for filters only v3 has."""
        base.check_limits(query, largest=PAGE_LIMIT)
        parameters = []
        for name, value in base.filter_values(query):
            if name in ONLY_V3:
                raise NotAvailable(operation=f"Searching by {name}", version="v4", instead=INSTEAD_OF_FILTER)
            parameters.append((name, base.filter_text(name, value)))
        if cursor is not None:
            parameters.append(("pagination_key", cursor))
        return Request(method="GET", target=base.target("/v4/events", parameters))

    def update_event(self, event_id: str, change: EventChange) -> Request:
        """`PATCH /v4/events/{event_id}` with what is to change."""
        path = f"/v4/events/{base.path_id(event_id, what='event_id')}"
        return Request(method="PATCH", target=path, body=base.change_body(change, CHANGE_NAMES))

    def delete_visitor(self, visitor_id: str) -> Request:
        """`DELETE /v4/visitors/{visitor_id}`."""
        path = f"/v4/visitors/{base.path_id(visitor_id, what='visitor_id')}"
        return Request(method="DELETE", target=path, is_deletion=True)

    def read_event(self, raw: bytes, asked_id: str | None = None) -> Event | UnreadableEvent:
        """Read one event; never raises for what the payload holds."""
        try:
            head, _ = read(_HEAD, raw)
        except Malformed as reason:
            return base.unreadable(raw, f"This is not an event: {reason}.", asked_id)
        event_id = head.event_id or asked_id
        at = from_milliseconds(head.timestamp) or base.time_in_id(event_id)
        if event_id is None or at is None:
            return base.unreadable(raw, "This event has no id or no time.", event_id)
        return _event(head, event_id, at, raw)

    def read_page(self, body: bytes, query: EventQuery, _cursor: str | None, /) -> EventPage:
        """Read one page of a search. Raises UnreadableAnswer when it is no page at all."""
        raws, following, total = base.pages_of(_PAGE, body, "events", "pagination_key")
        return EventPage(
            events=tuple(self.read_event(raw) for raw in raws),
            cursor=following or None,
            total=total,
            total_is_capped=total is not None and query.total_hits is not None and total >= query.total_hits,
        )

    def survey(self, raw: bytes) -> frozenset[Drift]:
        """Tell how one event differs from what we know: fields, words and types."""
        drifts: set[Drift] = set()
        try:
            drifts.update(read(_HEAD, raw)[1], v4_signals.drifts(raw))
        except Malformed:
            return frozenset({Drift("unreadable", "event")})
        base.loosely(raw, lambda value: base.survey_names(value, _TREE, drifts))
        base.loosely(raw, lambda value: base.survey_words(value, v4_signals.WORDS, drifts))
        return frozenset(drifts)


def _event(head: _Head, event_id: str, at: datetime, raw: bytes) -> Event:
    found = head.identification or _NO_ID
    confidence = found.confidence or _NO_CONFIDENCE
    recall = head.supplementary_id_high_recall or _NO_ID
    browser = head.browser_details or _NO_BROWSER
    device = head.device_details or _NO_DEVICE
    sdk = head.sdk or _NO_SDK
    addresses = head.ip_info or _NO_ADDRESSES
    return Event(
        event_id=event_id,
        at=at,
        api_version=ApiVersion.V4,
        raw=raw,
        reader=v4_signals.READER,
        visitor_id=found.visitor_id,
        visitor_found=found.visitor_found,
        confidence=confidence.score,
        confidence_version=confidence.version,
        confidence_comment=confidence.comment,
        first_seen_at=from_milliseconds(found.first_seen_at),
        last_seen_at=from_milliseconds(found.last_seen_at),
        high_recall_id=recall.visitor_id,
        high_recall_found=recall.visitor_found,
        high_recall_first_seen_at=from_milliseconds(recall.first_seen_at),
        high_recall_last_seen_at=from_milliseconds(recall.last_seen_at),
        linked_id=head.linked_id,
        tags=base.json_text(head.tags),
        suspect=head.suspect,
        replayed=head.replayed,
        environment_id=head.environment_id,
        source=head.source,
        incremental_status=head.incremental_identification_status,
        url=head.url,
        client_referrer=head.client_referrer,
        bundle_id=head.bundle_id,
        package_name=head.package_name,
        ip_address=head.ip_address,
        browser_name=browser.browser_name,
        browser_version=browser.browser_full_version,
        browser_major_version=browser.browser_major_version,
        os=head.os if head.os is not None else browser.os,
        os_version=head.os_version if head.os_version is not None else browser.os_version,
        device=head.device if head.device is not None else browser.device,
        user_agent=head.user_agent,
        device_manufacturer=device.device_manufacturer,
        device_model=device.device_model,
        device_os_version=device.os_version,
        sdk_platform=sdk.platform,
        sdk_version=sdk.version,
        sdk_integrations=tuple(_integration(item) for item in sdk.integrations or ()),
        ip_v4=_address(addresses.v4),
        ip_v6=_address(addresses.v6),
        velocity=_velocity(head.velocity),
        proximity=head.proximity,
        labels=head.labels or (),
        rule_action=base.json_text(head.rule_action),
        suspect_score=head.suspect_score,
    )


def _integration(item: _Integration) -> Integration:
    inner = item.subintegration or _Named()
    return Integration(
        name=item.name,
        version=item.version,
        subintegration_name=inner.name,
        subintegration_version=inner.version,
    )


def _address(found: _Address | None) -> IpInfo | None:
    if found is None:
        return None
    place = found.geolocation or _NO_PLACE
    return IpInfo(
        address=found.address,
        country_code=place.country_code,
        country_name=place.country_name,
        continent_code=place.continent_code,
        continent_name=place.continent_name,
        city=place.city_name,
        postal_code=place.postal_code,
        subdivisions=place.subdivisions or (),
        timezone=place.timezone,
        latitude=place.latitude,
        longitude=place.longitude,
        accuracy_radius=place.accuracy_radius,
        asn=found.asn,
        asn_name=found.asn_name,
        asn_network=found.asn_network,
        asn_type=found.asn_type,
        datacenter=found.datacenter_result,
        datacenter_name=found.datacenter_name,
    )


def _velocity(found: _Velocity | None) -> Velocity | None:
    if found is None:
        return None
    return Velocity(
        distinct_ip=_counter(found.distinct_ip),
        distinct_linked_id=_counter(found.distinct_linked_id),
        distinct_country=_counter(found.distinct_country),
        events=_counter(found.events),
        ip_events=_counter(found.ip_events),
        distinct_ip_by_linked_id=_counter(found.distinct_ip_by_linked_id),
        distinct_visitor_id_by_linked_id=_counter(found.distinct_visitor_id_by_linked_id),
    )


def _counter(found: _Intervals | None) -> Counter | None:
    return Counter(found.minutes_5, found.hour_1, found.hours_24) if found is not None else None
