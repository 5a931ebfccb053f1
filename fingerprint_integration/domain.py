"""Fingerprint's facts in our words: frozen structs that cross every border of the integration.

All times are aware and in UTC. Every `str` is valid Unicode (lone surrogates became U+FFFD) but may hold NUL,
control and bidirectional characters: it comes from visitors' browsers and is never trusted. Missing is None,
never a guess.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import msgspec

from fingerprint_integration.query import Discreet, EventChange, EventQuery
from fingerprint_integration.signals import (
    BY_NAME,
    CATALOGUE,
    NOT_READ,
    Detail,
    Kind,
    Reading,
    Signal,
    SignalSpec,
    SignalState,
    Value,
    build_signal,
    failed_signals,
    speaking_signals,
)

__all__ = [
    "ApiVersion",
    "Attribute",
    "Counter",
    "Detail",
    "Event",
    "EventChange",
    "EventPage",
    "EventQuery",
    "EventReader",
    "Integration",
    "IpInfo",
    "Label",
    "Proximity",
    "Reading",
    "Region",
    "RelatedVisitor",
    "Signal",
    "SignalState",
    "Subdivision",
    "UnreadableEvent",
    "Value",
    "Velocity",
    "Visit",
    "VisitPage",
]


class ApiVersion(StrEnum):
    """The two versions of the Server API."""

    V3 = "v3"
    V4 = "v4"


class Region(StrEnum):
    """Where a workspace's data lives; chosen when it is created, never changed."""

    US = "us"
    EU = "eu"
    AP = "ap"


class Attribute(Discreet, frozen=True, gc=False):
    """One raw device attribute: its value as JSON text, or the error Fingerprint met reading it, or neither."""

    name: str
    value: str | None = None
    error: str | None = None


class EventReader(Protocol):
    """Reads the parts of an event that are built on first access from its raw bytes; each wire brings one."""

    def signals(self, raw: bytes) -> Mapping[str, Reading]:
        """Give the reading of every signal the payload mentions, by catalogue name."""

    def attributes(self, raw: bytes) -> tuple[Attribute, ...]:
        """Give the raw device attributes in the payload's order."""


class Subdivision(msgspec.Struct, frozen=True, gc=False):
    """A region of a country."""

    iso_code: str | None
    name: str | None


class IpInfo(Discreet, frozen=True, gc=False, kw_only=True):
    """What Fingerprint knows of one address."""

    address: str | None = None
    country_code: str | None = None
    country_name: str | None = None
    continent_code: str | None = None
    continent_name: str | None = None
    city: str | None = None
    postal_code: str | None = None
    subdivisions: tuple[Subdivision, ...] = ()
    timezone: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    accuracy_radius: int | None = None
    """Kilometres."""
    asn: str | None = None
    asn_name: str | None = None
    asn_network: str | None = None
    asn_type: str | None = None
    datacenter: bool | None = None
    datacenter_name: str | None = None


class Counter(msgspec.Struct, frozen=True, gc=False):
    """One velocity counter over its three windows; None where Fingerprint did not count."""

    minutes_5: int | None = None
    hour_1: int | None = None
    hours_24: int | None = None


class Velocity(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """How much happened around this event; a counter that was not sent is None."""

    distinct_ip: Counter | None = None
    distinct_linked_id: Counter | None = None
    distinct_country: Counter | None = None
    events: Counter | None = None
    ip_events: Counter | None = None
    distinct_ip_by_linked_id: Counter | None = None
    distinct_visitor_id_by_linked_id: Counter | None = None


class Proximity(Discreet, frozen=True, gc=False, kw_only=True):
    """The zone the device was in; the radius is metres, the confidence 0 to 1."""

    id: str | None = None
    precision_radius: int | None = None
    confidence: float | None = None


class Label(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A prediction of a model trained for one purpose."""

    label: str
    prediction: bool | None = None
    ml_score: float | None = None


class Integration(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A library through which the page called Fingerprint's agent."""

    name: str | None = None
    version: str | None = None
    subintegration_name: str | None = None
    subintegration_version: str | None = None


class Event(Discreet, frozen=True, kw_only=True, dict=True, eq=False):
    """One identification, whichever version is behind it. Signals and device attributes are read from `raw` on
    first access.
    """

    event_id: str
    at: datetime
    api_version: ApiVersion
    raw: bytes
    """The untouched payload of this one event."""
    reader: EventReader

    visitor_id: str | None = None
    visitor_found: bool | None = None
    confidence: float | None = None
    """0 to 1, higher is surer, in both versions."""
    confidence_version: str | None = None
    confidence_comment: str | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    first_seen_globally_at: datetime | None = None
    last_seen_globally_at: datetime | None = None
    high_recall_id: str | None = None
    high_recall_found: bool | None = None
    high_recall_first_seen_at: datetime | None = None
    high_recall_last_seen_at: datetime | None = None
    identification_error_code: str | None = None
    identification_error_message: str | None = None

    linked_id: str | None = None
    tags: bytes | None = None
    """JSON text as it was sent; None when there are none (v3 writes that as an empty object)."""
    suspect: bool | None = None
    """None: never set, which is another thing than False."""
    replayed: bool | None = None
    environment_id: str | None = None
    source: str | None = None
    incremental_status: str | None = None

    url: str | None = None
    client_referrer: str | None = None
    bundle_id: str | None = None
    package_name: str | None = None
    ip_address: str | None = None

    browser_name: str | None = None
    browser_version: str | None = None
    browser_major_version: str | None = None
    os: str | None = None
    os_version: str | None = None
    device: str | None = None
    user_agent: str | None = None
    device_manufacturer: str | None = None
    device_model: str | None = None
    device_os_version: str | None = None
    sdk_platform: str | None = None
    sdk_version: str | None = None
    sdk_integrations: tuple[Integration, ...] = ()

    ip_v4: IpInfo | None = None
    ip_v6: IpInfo | None = None
    ip_location: IpInfo | None = None
    """v3's older location of `ip_address`; no other field of it is set."""
    velocity: Velocity | None = None
    proximity: Proximity | None = None
    labels: tuple[Label, ...] = ()
    rule_action: bytes | None = None
    """JSON text; only when the event was asked for with a ruleset."""
    suspect_score: int | None = None
    """Fingerprint's number; another thing than the `suspect` flag."""

    @property
    def is_partial(self) -> bool:
        """Tell whether Fingerprint had not finished; its signal values must then be ignored."""
        return self.incremental_status == "partially_completed"

    @property
    def platform(self) -> str:
        """Where the event came from: browser, ios, android or unknown."""
        match self.sdk_platform:
            case "js":
                return "browser"
            case "ios" | "android":
                return self.sdk_platform
        if self.bundle_id is not None:
            return "ios"
        return "android" if self.package_name is not None else "unknown"

    @property
    def country_code(self) -> str | None:
        """The country of the IPv4 address, else of the IPv6 address."""
        return (self.ip_v4 and self.ip_v4.country_code) or (self.ip_v6 and self.ip_v6.country_code) or None

    @property
    def country_name(self) -> str | None:
        """The country's name, looked for as `country_code` is."""
        return (self.ip_v4 and self.ip_v4.country_name) or (self.ip_v6 and self.ip_v6.country_name) or None

    @property
    def city(self) -> str | None:
        """The city of the IPv4 address, else of the IPv6 address."""
        return (self.ip_v4 and self.ip_v4.city) or (self.ip_v6 and self.ip_v6.city) or None

    @cached_property
    def device_attributes(self) -> tuple[Attribute, ...]:
        """Raw device attributes, for the event page."""
        return self.reader.attributes(self.raw)

    @property
    def readings(self) -> Mapping[str, Reading]:
        """What the payload says of each claim; empty for a partial event, whose values must be ignored.

        Read anew each time: a history holds thousands of events, and what they say is kept as `speaking` and `failed`.
        """
        return {} if self.is_partial else self.reader.signals(self.raw)

    @cached_property
    def signals(self) -> tuple[Signal, ...]:
        """Every signal of the catalogue, in its order, each in one of four states."""
        readings = self.readings
        return tuple(self._signal(spec, readings) for spec in CATALOGUE)

    @cached_property
    def _told(self) -> tuple[tuple[Signal, ...], tuple[Signal, ...]]:
        readings, platform = self.readings, self.platform
        return speaking_signals(readings, platform), failed_signals(readings, platform)

    @property
    def speaking(self) -> tuple[Signal, ...]:
        """The signals that say yes, strong ones first."""
        return self._told[0]

    @property
    def failed(self) -> tuple[Signal, ...]:
        """The signals Fingerprint tried and could not compute."""
        return self._told[1]

    def signal(self, name: str) -> Signal:
        """Give one signal by its catalogue name; KeyError for a name the catalogue does not know."""
        return self._signal(BY_NAME[name], self.readings)

    def _signal(self, spec: SignalSpec, readings: Mapping[str, Reading]) -> Signal:
        reading = readings.get(spec.name)
        if reading is None:
            reading = NOT_READ if self.is_partial else self._number(spec.name, spec.kind)
        return build_signal(spec, reading, self.platform)

    def _number(self, name: str, kind: Kind) -> Reading:
        if kind is Kind.SCORE:
            return Reading(self.suspect_score)
        counter: Counter | None = getattr(self.velocity, name, None) if kind is Kind.COUNT else None
        if counter is None:
            return NOT_READ
        widest = next((n for n in (counter.hours_24, counter.hour_1, counter.minutes_5) if n is not None), None)
        return Reading(
            widest,
            (
                ("minutes_5", counter.minutes_5),
                ("hour_1", counter.hour_1),
                ("hours_24", counter.hours_24),
            ),
        )


class UnreadableEvent(Discreet, frozen=True, kw_only=True):
    """An event that could not be understood; shown as such, so that the others on its page can be shown."""

    reason: str
    raw: bytes
    event_id: str | None = None


class EventPage(Discreet, frozen=True, kw_only=True):
    """One answer to a search. `cursor` is opaque; None is the end, a short page is not."""

    events: tuple[Event | UnreadableEvent, ...]
    cursor: str | None = None
    total: int | None = None
    total_is_capped: bool = False
    visitor_unknown: bool = False
    """The search named a visitor that Fingerprint does not know; the page is empty."""


class Visit(Discreet, frozen=True, kw_only=True):
    """One entry of v3's visit history: the identification without signals."""

    event_id: str
    at: datetime
    raw: bytes
    visitor_id: str
    url: str | None = None
    ip_address: str | None = None
    ip_location: IpInfo | None = None
    linked_id: str | None = None
    tags: bytes | None = None
    incognito: bool | None = None
    visitor_found: bool | None = None
    confidence: float | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    browser_name: str | None = None
    browser_version: str | None = None
    browser_major_version: str | None = None
    os: str | None = None
    os_version: str | None = None
    device: str | None = None
    user_agent: str | None = None


class VisitPage(Discreet, frozen=True, kw_only=True):
    """One answer of v3's visit history; it may be empty while more follows. The end is a missing cursor."""

    visitor_id: str
    visits: tuple[Visit | UnreadableEvent, ...]
    cursor: str | None = None


class RelatedVisitor(Discreet, frozen=True):
    """Another browser on the same phone, as v3 tells it."""

    visitor_id: str
