"""API v3: the nested parts of an event, from their JSON structs into the domain's."""

from typing import Final

from fingerprint_integration.domain import Counter, Integration, IpInfo, Label, Proximity, Subdivision, Velocity
from fingerprint_integration.wire import v3_shapes
from fingerprint_integration.wire.v3_shapes import Product

_NO_PLACE: Final = v3_shapes.Geolocation()
_NO_ASN: Final = v3_shapes.Asn()
_NO_HOST: Final = v3_shapes.DataCentre()
_NO_CITY: Final = v3_shapes.Named()
_NO_COUNTRY: Final = v3_shapes.Coded()


def address(found: v3_shapes.Address | None) -> IpInfo | None:
    """Flatten an address and what is known of it."""
    if found is None:
        return None
    asn, host = found.asn or _NO_ASN, found.datacenter or _NO_HOST
    return _placed(
        found.geolocation or _NO_PLACE,
        IpInfo(
            address=found.address,
            asn=asn.asn,
            asn_name=asn.name,
            asn_network=asn.network,
            asn_type=asn.type,
            datacenter=host.result,
            datacenter_name=host.name,
        ),
    )


def location(found: v3_shapes.Geolocation | None) -> IpInfo | None:
    """Give the deprecated location as an address of which only the place is known."""
    return _placed(found, IpInfo()) if found is not None else None


def _placed(place: v3_shapes.Geolocation, info: IpInfo) -> IpInfo:
    country, continent = place.country or _NO_COUNTRY, place.continent or _NO_COUNTRY
    return IpInfo(
        address=info.address,
        country_code=country.code,
        country_name=country.name,
        continent_code=continent.code,
        continent_name=continent.name,
        city=(place.city or _NO_CITY).name,
        postal_code=place.postal_code,
        subdivisions=tuple(Subdivision(one.iso_code, one.name) for one in place.subdivisions or ()),
        timezone=place.timezone,
        latitude=place.latitude,
        longitude=place.longitude,
        accuracy_radius=place.accuracy_radius,
        asn=info.asn,
        asn_name=info.asn_name,
        asn_network=info.asn_network,
        asn_type=info.asn_type,
        datacenter=info.datacenter,
        datacenter_name=info.datacenter_name,
    )


def velocity(product: Product[v3_shapes.VelocityShape] | None) -> Velocity | None:
    """Give the counters; one that is `{}` was not counted, as one that is absent in v4."""
    if product is None or product.data is None:
        return None
    found = product.data
    return Velocity(
        distinct_ip=_counter(found.distinct_ip),
        distinct_linked_id=_counter(found.distinct_linked_id),
        distinct_country=_counter(found.distinct_country),
        events=_counter(found.events),
        ip_events=_counter(found.ip_events),
        distinct_ip_by_linked_id=_counter(found.distinct_ip_by_linked_id),
        distinct_visitor_id_by_linked_id=_counter(found.distinct_visitor_id_by_linked_id),
    )


def _counter(found: v3_shapes.Intervals | None) -> Counter | None:
    if found is None or found.intervals is None:
        return None
    return Counter(found.intervals.minutes_5, found.intervals.hour_1, found.intervals.hours_24)


def proximity(product: Product[v3_shapes.ProximityShape] | None) -> Proximity | None:
    """Give the zone the device was in."""
    if product is None or product.data is None:
        return None
    found = product.data
    return Proximity(id=found.id, precision_radius=found.precision_radius, confidence=found.confidence)


def labels(product: Product[tuple[v3_shapes.LabelShape, ...]] | None) -> tuple[Label, ...]:
    """Give the predictions; those without a name are nothing."""
    found = (product.data if product is not None else None) or ()
    return tuple(
        Label(label=item.label, prediction=item.prediction, ml_score=item.ml_score)
        for item in found
        if item.label is not None
    )


def integration(item: v3_shapes.IntegrationShape) -> Integration:
    """Flatten a library around the agent."""
    inner = item.subintegration or _NO_CITY
    return Integration(
        name=item.name,
        version=item.version,
        subintegration_name=inner.name,
        subintegration_version=inner.version,
    )
