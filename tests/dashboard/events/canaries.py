"""An event with a word of its own in every personal field, so that each of them can be told on any page."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from fingerprint_integration.sandbox.app import Sandbox
from fingerprint_integration.sandbox.loading import read

VISITOR = "CanaryVisitorOnFile1"

# What of each personal field must not be seen by who may not see it; the catalogue names the fields.
WORDS: dict[str, tuple[str, ...]] = {
    "linked_id": ("canary-account",),
    "tags": ("canary-tag-key", "canary-tag-value"),
    "url": ("canary-query",),
    "client_referrer": ("canary-referrer",),
    "ip_address": ("203.0.113.77", ".113.77"),
    "ip_v4": ("203.0.113.78", "203.0.113.64/27", "CanaryCityFour", "11.2345", "AS64501", "canary-operator-four"),
    "ip_v6": ("2001:db8:77:77::77", "CanaryCitySix", "22.3456", "AS64502"),
    "ip_location": ("CanaryCityOld", "33.4567"),
    "proximity": ("canary-zone",),
}
MORE_WORDS = ("Canary/Zone", "canary-attribute", "canary-unknown", "canary-origin")
"""The same for what the catalogue does not name: evidence, raw attributes, fields of tomorrow."""


def put_into(sandbox: Sandbox, folder: Path, version: str, *, at: datetime) -> str:
    """Loads the event as this version sends it; its id."""
    event_id = f"{int(at.timestamp() * 1000)}.canary"
    body = _v4(event_id, at) if version == "v4" else _v3(event_id, at)
    path = folder / f"{version}.json"
    path.write_text(json.dumps(body))
    for event in read(path):
        sandbox.world.load(event)
    return event_id


def of_version(version: str) -> dict[str, tuple[str, ...]]:
    """The fields that this version sends."""
    missing = {"v4": {"ip_location"}, "v3": {"client_referrer"}}[version]
    return {name: words for name, words in WORDS.items() if name not in missing}


def _place(city: str, latitude: float) -> dict[str, Any]:
    return {"city_name": city, "latitude": latitude, "longitude": 1.5, "accuracy_radius": 10, "country_code": "CZ"}


def _v4(event_id: str, at: datetime) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "timestamp": int(at.timestamp() * 1000),
        "identification": {"visitor_id": VISITOR, "visitor_found": True, "confidence": {"score": 0.97}},
        "sdk": {"platform": "js", "version": "3.11.10"},
        "linked_id": "canary-account",
        "tags": {"canary-tag-key": "canary-tag-value"},
        "url": "https://shop.test/checkout?canary-query",
        "client_referrer": "https://canary-referrer.test/",
        "ip_address": "203.0.113.77",
        "vpn": True,
        "vpn_confidence": "high",
        "vpn_origin_country": "canary-origin",
        "ip_info": {
            "v4": {
                "address": "203.0.113.78",
                "asn": "64501",
                "asn_name": "canary-operator-four",
                "asn_network": "203.0.113.64/27",
                "geolocation": {**_place("CanaryCityFour", 11.2345), "timezone": "Canary/Zone"},
            },
            "v6": {
                "address": "2001:db8:77:77::77",
                "asn": "64502",
                "geolocation": _place("CanaryCitySix", 22.3456),
            },
        },
        "proximity": {"id": "canary-zone", "precision_radius": 10, "confidence": 0.9},
        "raw_device_attributes": {"fonts": {"value": ["canary-attribute"]}},
        "field_of_tomorrow": {"canary-unknown": "canary-unknown"},
        "suspect_score": 31,
    }


def _v3(event_id: str, at: datetime) -> dict[str, Any]:
    def place(city: str, latitude: float) -> dict[str, Any]:
        return {
            "city": {"name": city},
            "latitude": latitude,
            "longitude": 1.5,
            "country": {"code": "CZ", "name": "Czechia"},
        }

    identification = {
        "requestId": event_id,
        "visitorId": VISITOR,
        "timestamp": int(at.timestamp() * 1000),
        "time": at.isoformat(),
        "linkedId": "canary-account",
        "tag": {"canary-tag-key": "canary-tag-value"},
        "url": "https://shop.test/checkout?canary-query",
        "ip": "203.0.113.77",
        "ipLocation": {**place("CanaryCityOld", 33.4567), "timezone": "Canary/Zone"},
        "browserDetails": {"browserName": "Chrome", "os": "Windows", "userAgent": "UA"},
        "confidence": {"score": 0.97},
        "visitorFound": True,
        "incognito": False,
    }
    products = {
        "identification": {"data": identification},
        "vpn": {"data": {"result": True, "originTimezone": "Canary/Zone", "originCountry": "canary-origin"}},
        "ipInfo": {
            "data": {
                "v4": {
                    "address": "203.0.113.78",
                    "geolocation": place("CanaryCityFour", 11.2345),
                    "asn": {"asn": "64501", "name": "canary-operator-four", "network": "203.0.113.64/27"},
                },
                "v6": {
                    "address": "2001:db8:77:77::77",
                    "geolocation": place("CanaryCitySix", 22.3456),
                    "asn": {"asn": "64502", "name": "x", "network": "2001:db8::/32"},
                },
            }
        },
        "proximity": {"data": {"id": "canary-zone", "precisionRadius": 10, "confidence": 0.9}},
        "rawDeviceAttributes": {"data": {"fonts": {"value": ["canary-attribute"]}}},
        "productOfTomorrow": {"data": {"result": "canary-unknown"}},
    }
    return {"products": products}
