"""Fingerprint's example bodies, loaded into the sandbox and opened in the dashboard: every field in its place."""

import json

import httpx
import pytest
from django.urls import reverse

from dashboard.core.access import Role
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from fingerprint_integration.sandbox.app import Sandbox
from tests.fingerprint_integration.official import bodies
from tests.pages import text_of

pytestmark = pytest.mark.django_db

EVENTS = [
    *(("v3", path) for path in bodies("v3", "get_event_200")),
    *(("v4", path) for path in bodies("v4", "get_event_200", "get_event_with_edge")),
]
PAGES = [(version, path) for version in ("v3", "v4") for path in bodies(version, "get_event_search_200")]
HISTORIES = [("v3", path) for path in bodies("v3", "get_visitors_200")]
NAMED = {"ids": lambda value: getattr(value, "name", value)}

# Where a value of the body stands on the page: the section (or "strip", "rail") and the label beside it.
V4_PLACES = {
    "identification.visitor_id": ("strip", "Visitor"),
    "linked_id": ("strip", "Linked id"),
    "ip_address": ("strip", "Address"),
    "identification.confidence.score": ("identification", "Confidence"),
    "identification.confidence.version": ("identification", "Confidence version"),
    "supplementary_id_high_recall.visitor_id": ("identification", "High recall id"),
    "proximity.id": ("identification", "Proximity zone"),
    "ip_info.v4.address": ("network IPv4", "Address"),
    "ip_info.v4.geolocation.city_name": ("network IPv4", "Place"),
    "ip_info.v4.geolocation.country_name": ("network IPv4", "Place"),
    "ip_info.v4.geolocation.continent_name": ("network IPv4", "Continent"),
    "ip_info.v4.geolocation.postal_code": ("network IPv4", "Postal code"),
    "ip_info.v4.geolocation.timezone": ("network IPv4", "Time zone"),
    "ip_info.v4.geolocation.latitude": ("network IPv4", "Position"),
    "ip_info.v4.geolocation.longitude": ("network IPv4", "Position"),
    "ip_info.v4.geolocation.accuracy_radius": ("network IPv4", "Position"),
    "ip_info.v4.geolocation.subdivisions.0.name": ("network IPv4", "Region"),
    "ip_info.v4.asn": ("network IPv4", "Network"),
    "ip_info.v4.asn_name": ("network IPv4", "Network"),
    "ip_info.v4.asn_type": ("network IPv4", "Network"),
    "ip_info.v4.asn_network": ("network IPv4", "Range"),
    "ip_info.v4.datacenter_name": ("network IPv4", "Data centre"),
    "ip_info.v6.address": ("network IPv6", "Address"),
    "ip_info.v6.geolocation.city_name": ("network IPv6", "Place"),
    "ip_info.v6.asn": ("network IPv6", "Network"),
    "ip_info.v6.asn_network": ("network IPv6", "Range"),
    "browser_details.browser_name": ("device", "Browser"),
    "browser_details.browser_full_version": ("device", "Browser"),
    "os": ("device", "System"),
    "os_version": ("device", "System"),
    "device": ("device", "Device"),
    "sdk.platform": ("device", "Agent"),
    "sdk.version": ("device", "Agent"),
    "url": ("device", "Page"),
    "client_referrer": ("device", "Referrer"),
    "user_agent": ("device", "User agent"),
    "raw_device_attributes.architecture": ("device", "architecture"),
    "raw_device_attributes.device_model": ("device", "device_model"),
    "raw_device_attributes.font_hash": ("device", "font_hash"),
    "bot_info.name": ("signals", "Declared bot"),
    "bot_info.provider": ("signals", "Declared bot"),
    "vpn_origin_timezone": ("signals", "VPN"),
    "vpn_confidence": ("signals", "VPN"),
    "vpn_ml_score": ("signals", "VPN"),
    "proxy_confidence": ("signals", "Proxy"),
    "proxy_details.proxy_type": ("signals", "Proxy"),
    "proxy_details.provider": ("signals", "Proxy"),
    "tampering_details.anomaly_score": ("signals", "Tampering"),
    "tampering_ml_score": ("signals", "Tampering"),
    "tampering_confidence": ("signals", "Tampering"),
    "virtual_machine_ml_score": ("signals", "Virtual machine"),
    "rare_device_percentile_bucket": ("signals", "Rare device"),
    "velocity.distinct_ip.5_minutes": ("velocity", "Addresses of this visitor, 5 min"),
    "velocity.distinct_ip.1_hour": ("velocity", "Addresses of this visitor, 1 h"),
    "velocity.distinct_ip.24_hours": ("velocity", "Addresses of this visitor, 24 h"),
    "velocity.distinct_linked_id.1_hour": ("velocity", "Accounts of this visitor, 1 h"),
    "velocity.distinct_country.24_hours": ("velocity", "Countries of this visitor, 24 h"),
    "velocity.events.5_minutes": ("velocity", "Events of this visitor, 5 min"),
    "velocity.events.24_hours": ("velocity", "Events of this visitor, 24 h"),
    "velocity.ip_events.1_hour": ("velocity", "Events from the address, 1 h"),
    "velocity.distinct_ip_by_linked_id.1_hour": ("velocity", "Addresses of this account, 1 h"),
    "velocity.distinct_visitor_id_by_linked_id.24_hours": ("velocity", "Visitors of this account, 24 h"),
    "labels.0.ml_score": ("labels", "fraud"),
}
_V3_IDENTIFICATION = {
    "visitorId": ("strip", "Visitor"),
    "linkedId": ("strip", "Linked id"),
    "ip": ("strip", "Address"),
    "confidence.score": ("identification", "Confidence"),
    "browserDetails.browserName": ("device", "Browser"),
    "browserDetails.browserFullVersion": ("device", "Browser"),
    "browserDetails.os": ("device", "System"),
    "browserDetails.osVersion": ("device", "System"),
    "browserDetails.device": ("device", "Device"),
    "browserDetails.userAgent": ("device", "User agent"),
    "url": ("device", "Page"),
    "sdk.platform": ("device", "Agent"),
    "sdk.version": ("device", "Agent"),
}
_V3_NETWORK = {
    "address": "Address",
    "geolocation.city.name": "Place",
    "geolocation.country.name": "Place",
    "geolocation.continent.name": "Continent",
    "geolocation.postalCode": "Postal code",
    "geolocation.timezone": "Time zone",
    "geolocation.latitude": "Position",
    "geolocation.accuracyRadius": "Position",
    "geolocation.subdivisions.0.name": "Region",
    "asn.asn": "Network",
    "asn.name": "Network",
    "asn.type": "Network",
    "asn.network": "Range",
    "datacenter.name": "Data centre",
}
_WINDOWS = {"5m": "5 min", "1h": "1 h", "24h": "24 h"}
_COUNTERS = {
    "distinctIp": "Addresses of this visitor",
    "distinctCountry": "Countries of this visitor",
    "events": "Events of this visitor",
    "ipEvents": "Events from the address",
    "distinctIpByLinkedId": "Addresses of this account",
    "distinctVisitorIdByLinkedId": "Visitors of this account",
}
V3_PLACES = {
    **{f"products.identification.data.{path}": place for path, place in _V3_IDENTIFICATION.items()},
    **{
        f"products.ipInfo.data.{version}.{path}": (f"network IP{version}", label)
        for version in ("v4", "v6")
        for path, label in _V3_NETWORK.items()
    },
    **{
        f"products.velocity.data.{counter}.intervals.{window}": ("velocity", f"{title}, {words}")
        for counter, title in _COUNTERS.items()
        for window, words in _WINDOWS.items()
    },
    "products.vpn.data.originTimezone": ("signals", "VPN"),
    "products.vpn.data.confidence": ("signals", "VPN"),
    "products.proxy.data.confidence": ("signals", "Proxy"),
    "products.proxy.data.details.proxyType": ("signals", "Proxy"),
    "products.tampering.data.anomalyScore": ("signals", "Tampering"),
    "products.virtualMachine.data.mlScore": ("signals", "Virtual machine"),
    "products.proximity.data.id": ("identification", "Proximity zone"),
    "products.rawDeviceAttributes.data.architecture.value": ("device", "architecture"),
}
TABLES = {"v3": V3_PLACES, "v4": V4_PLACES}


@pytest.fixture
def opened(client_for, clock, settings, api_version, path):
    """Somebody who may see personal data, with a Fingerprint that holds nothing but this file."""
    settings.FINGERPRINT_API_VERSION = api_version
    sandbox = Sandbox(load=[path], rate=None, is_empty=True)
    client = FingerprintClient(
        settings.FINGERPRINT_API_KEY,
        version=api_version,
        base_url="http://sandbox.test",
        transport=httpx.MockTransport(sandbox.handle),
    )
    with override_client(client):
        yield client_for(Role.FRAUD_ANALYST)


def event_id_of(body):
    """The id of a v3 or v4 event."""
    return body.get("event_id") or next(
        data.get("requestId")
        for product in body["products"].values()
        if (data := product.get("data")) and "requestId" in data
    )


def leaves(value, path=()):
    """Every scalar of a body with the path to it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        yield from leaves(inner, (*path, str(step)))
    if not isinstance(value, dict | list):
        yield ".".join(path), value


def written(value):
    """A value as JSON writes it, text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def in_words(value):
    """The ways in which the page may write a value that has a place of its own."""
    if isinstance(value, float):
        return {str(value), f"{value:.4f}", f"{value:.2f}", f"{value:g}"}
    return {str(value), str(value).replace("_", " ")}


def places_of(page):
    """What the page says, by section and label."""
    found = {("strip", label): text for label, text in _pairs(page.one("dl", class_="strip"))}
    for section in ("identification", "device", "labels"):
        for element in page.all("section", id=section):
            found |= {(section, label): text for label, text in _pairs(element)}
    for element in page.all("section", id="network"):
        for column in element.iter("div"):
            heading = column.find("h3")
            if heading is not None:
                found |= {(f"network {text_of(heading)}", label): text for label, text in _pairs(column)}
    for counter in page.all("div", class_="velocity"):
        title = text_of(counter.find("p"))
        found |= {("velocity", f"{title}, {label}"): text for label, text in _pairs(counter)}
    for line in page.all("li", class_="signal"):
        parts = {part.get("class"): text_of(part) for part in line.findall("span")}
        found["signals", parts["signal-name"]] = f"{parts['signal-finding']} {parts['signal-evidence']}"
    return found


def _pairs(element):
    for row in element.iter("div"):
        label, value = row.find("dt"), row.find("dd")
        if label is not None and value is not None:
            yield text_of(label), text_of(value)


def misplaced(body, page, table):
    """Values that do not stand where the table says, with what stands there instead."""
    places = places_of(page)
    return {
        name: (value, table[name], places.get(table[name]))
        for name, value in leaves(body)
        if name in table
        and value is not None
        and not any(word in places.get(table[name], "") for word in in_words(value))
    }


@pytest.mark.parametrize("api_version, path", EVENTS, **NAMED)
def test_each_field_of_an_official_event_stands_in_its_place(opened, api_version, path):
    body = json.loads(path.read_bytes())

    answer = opened.get(reverse("events:event", args=[event_id_of(body)]))

    assert answer.status_code == 200
    assert misplaced(body, answer.page, TABLES[api_version]) == {}


@pytest.mark.parametrize("api_version, path", EVENTS, **NAMED)
def test_no_value_of_an_official_event_is_missing_from_its_page(opened, api_version, path):
    body = json.loads(path.read_bytes())
    page = opened.get(reverse("events:event", args=[event_id_of(body)])).page

    raw = text_of(page.one("section", id="raw"))

    assert [name for name, value in leaves(body) if " ".join(written(value).split()) not in raw] == []


@pytest.mark.parametrize("api_version, path", EVENTS, **NAMED)
def test_the_raw_answer_of_an_official_event_is_given_byte_for_byte(opened, api_version, path):
    event_id = event_id_of(json.loads(path.read_bytes()))

    taken = opened.get(reverse("events:raw", args=[event_id]))

    assert taken.content.strip() == path.read_bytes().strip()


@pytest.mark.parametrize("api_version, path", PAGES, **NAMED)
def test_an_official_search_page_is_listed_and_each_of_its_events_opens(opened, api_version, path):
    for event in json.loads(path.read_bytes())["events"]:
        answer = opened.get(reverse("events:event", args=[event_id_of(event)]))
        assert answer.status_code == 200
        assert misplaced(event, answer.page, TABLES[api_version]) == {}


@pytest.mark.parametrize("api_version, path", HISTORIES, **NAMED)
def test_each_visit_of_an_official_history_opens_as_an_event(opened, api_version, path):
    body = json.loads(path.read_bytes())

    for visit in body["visits"]:
        answer = opened.get(reverse("events:event", args=[visit["requestId"]]))
        assert answer.status_code == 200
        places = places_of(answer.page)
        assert body["visitorId"] in places["strip", "Visitor"]
        assert visit["ip"] in places["strip", "Address"]
        assert visit["browserDetails"]["browserName"] in places["device", "Browser"]
        assert visit["url"] in places["device", "Page"]
