"""API v3: the JSON as msgspec structs, nothing required, unknown members ignored. Links to the OpenAPI schema
by member names.
"""

from typing import Generic, TypeVar

import msgspec

from fingerprint_integration.wire.tolerance import Shape

_Raw = msgspec.Raw
_T = TypeVar("_T")


class Error(Shape):
    """Why a product has no data; the answer as a whole is a 200."""

    code: str | None = None
    message: str | None = None


class Confidence(Shape):
    """How sure the identification is."""

    score: float | None = None
    revision: str | None = None
    comment: str | None = None


class Seen(Shape, rename={"anywhere": "global"}):
    """Times by scope; null where there is none."""

    anywhere: str | None = None
    subscription: str | None = None


class Browser(Shape, rename="camel"):
    """The browser by its user agent."""

    browser_name: str | None = None
    browser_major_version: str | None = None
    browser_full_version: str | None = None
    os: str | None = None
    os_version: str | None = None
    device: str | None = None
    user_agent: str | None = None


class Named(Shape):
    """Something with a name; also half of a subintegration."""

    name: str | None = None
    version: str | None = None


class IntegrationShape(Shape):
    """A library around the agent."""

    name: str | None = None
    version: str | None = None
    subintegration: Named | None = None


class Sdk(Shape):
    """The agent; the platform is a free string in v3."""

    platform: str | None = None
    version: str | None = None
    integrations: tuple[IntegrationShape, ...] | None = None


class Coded(Shape):
    """A country or continent."""

    code: str | None = None
    name: str | None = None


class SubdivisionShape(Shape, rename="camel"):
    """A region of a country."""

    iso_code: str | None = None
    name: str | None = None


class Geolocation(Shape, rename="camel"):
    """Where an address is."""

    accuracy_radius: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    postal_code: str | None = None
    timezone: str | None = None
    city: Named | None = None
    country: Coded | None = None
    continent: Coded | None = None
    subdivisions: tuple[SubdivisionShape, ...] | None = None


class Asn(Shape):
    """The network an address belongs to."""

    asn: str | None = None
    name: str | None = None
    network: str | None = None
    type: str | None = None


class DataCentre(Shape):
    """Whether an address belongs to a data centre."""

    result: bool | None = None
    name: str | None = None


class Address(Shape):
    """One address."""

    address: str | None = None
    geolocation: Geolocation | None = None
    asn: Asn | None = None
    datacenter: DataCentre | None = None


class Addresses(Shape):
    """The addresses of both families."""

    v4: Address | None = None
    v6: Address | None = None


class Identification(Shape, rename="camel"):
    """`identification.data`, and one entry of the visit history."""

    visitor_id: str | None = None
    request_id: str | None = None
    linked_id: str | None = None
    tag: _Raw = _Raw()
    time: str | None = None
    timestamp: int | None = None
    url: str | None = None
    ip: str | None = None
    ip_location: Geolocation | None = None
    incognito: bool | None = None
    browser_details: Browser | None = None
    confidence: Confidence | None = None
    visitor_found: bool | None = None
    first_seen_at: Seen | None = None
    last_seen_at: Seen | None = None
    suspect: bool | None = None
    replayed: bool | None = None
    sdk: Sdk | None = None
    environment_id: str | None = None
    components: _Raw = _Raw()


class Botd(Shape, rename="camel"):
    """The context that `botd.data` repeats; all there is when the identification failed."""

    request_id: str | None = None
    linked_id: str | None = None
    url: str | None = None
    ip: str | None = None
    time: str | None = None
    user_agent: str | None = None
    meta: _Raw = _Raw()


class Interval(Shape, rename={"minutes_5": "5m", "hour_1": "1h", "hours_24": "24h"}):
    """A counter's three windows."""

    minutes_5: int | None = None
    hour_1: int | None = None
    hours_24: int | None = None


class Intervals(Shape):
    """A counter; `{}` when nothing was counted."""

    intervals: Interval | None = None


class VelocityShape(Shape, rename="camel"):
    """All counters."""

    distinct_ip: Intervals | None = None
    distinct_linked_id: Intervals | None = None
    distinct_country: Intervals | None = None
    events: Intervals | None = None
    ip_events: Intervals | None = None
    distinct_ip_by_linked_id: Intervals | None = None
    distinct_visitor_id_by_linked_id: Intervals | None = None


class ProximityShape(Shape, rename="camel"):
    """The zone a device was in."""

    id: str | None = None
    precision_radius: int | None = None
    confidence: float | None = None


class LabelShape(Shape, rename="camel"):
    """One prediction."""

    label: str | None = None
    prediction: bool | None = None
    ml_score: float | None = None


class Score(Shape):
    """The suspect score."""

    result: int | None = None


class Product(Shape, Generic[_T]):
    """Data, or an error, or neither, or both: all are legal."""

    data: _T | None = None
    error: Error | None = None


class Products(Shape, rename="camel"):
    """The products an event is made of; those with the signals are in `v3_signals`."""

    identification: Product[Identification] | None = None
    botd: Product[Botd] | None = None
    ip_info: Product[Addresses] | None = None
    velocity: Product[VelocityShape] | None = None
    proximity: Product[ProximityShape] | None = None
    labels: Product[tuple[LabelShape, ...]] | None = None
    suspect_score: Product[Score] | None = None


class Item(Shape):
    """One event, alone or in a list."""

    products: Products | None = None


class Page(Shape, rename={"cursor": "paginationKey"}):
    """A page of a search; nothing in it is required, no match may mean no list."""

    events: list[_Raw] | None = None
    cursor: str | None = None
    total: int | None = None


class Visits(Shape, rename="camel"):
    """A page of the visit history."""

    visitor_id: str | None = None
    visits: tuple[_Raw, ...] | None = None
    pagination_key: str | None = None
    last_timestamp: int | None = None


class RelatedShape(Shape, rename="camel"):
    """One related visitor."""

    visitor_id: str | None = None


class Related(Shape, rename="camel"):
    """The related visitors."""

    related_visitors: tuple[RelatedShape, ...] | None = None
