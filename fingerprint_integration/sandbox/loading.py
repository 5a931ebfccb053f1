"""Real bodies of v3 or v4, read from files: events, search pages, visitor histories.

A body is kept as it stands and served untouched by its own version. For the other version, and for searching,
it is turned into a record as well as the two fit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from .clock import to_ms
from .encoding import array_items
from .records import BROWSER, Body, Device, Event, Loaded, Network

Json = dict[str, Any]


class CannotLoad(ValueError):
    """A file cannot be loaded; the text says why in one sentence."""


def read(path: Path | str) -> list[Event]:
    """Every event in a file. Raises CannotLoad when it cannot be read or holds none of the known bodies."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise CannotLoad(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CannotLoad(f"{path} is not UTF-8 text") from None
    try:
        events = list(_read(text))
    except RecursionError:
        raise CannotLoad(f"{path} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise CannotLoad(f"{path} is not JSON (line {error.lineno}, column {error.colno})") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotLoad(f"{path} holds no event, search page or visits of v3 or v4: {error}") from None
    return events


def _read(text: str) -> Iterator[Event]:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("it is not a JSON object")
    if "events" in document:
        for item in array_items(text, "events"):
            yield from _read(item)
    elif "visits" in document:
        for item in array_items(text, "visits"):
            yield _visit(item, document["visitorId"])
    elif "products" in document:
        yield _event_v3(text, document)
    elif "event_id" in document:
        yield _event_v4(text, document)
    else:
        raise ValueError("none of products, event_id, events, visits is in it")


def _body(text: str, document: Json) -> Body:
    return Body(text.strip().encode(), document)


# ── v4 ──────────────────────────────────────────────────────────────────────

_NOT_SIGNALS = frozenset(
    (
        "event_id", "timestamp", "source", "incremental_identification_status", "linked_id", "environment_id",
        "suspect", "sdk", "replayed", "triggered_by", "identification", "supplementary_id_high_recall", "tags",
        "url", "bundle_id", "package_name", "ip_address", "user_agent", "device", "os", "os_version",
        "client_referrer", "browser_details", "proximity", "ip_info", "velocity", "raw_device_attributes",
        "suspect_score", "device_details", "rule_action", "proxy_details", "vpn_methods", "ip_blocklist",
        "tampering_details",
    )
)  # fmt: skip


def _event_v4(text: str, document: Json) -> Event:
    identification = document.get("identification") or {}
    info = document.get("ip_info") or {}
    proximity = document.get("proximity")
    signals = {name: value for name, value in document.items() if name not in _NOT_SIGNALS}
    for part in ("vpn_methods", "ip_blocklist", "tampering_details"):
        signals.update(document.get(part) or {})
    details = document.get("proxy_details") or {}
    for name, value in details.items():
        signals[name if name == "proxy_type" else f"proxy_{name}"] = value
    sdk = document.get("sdk")
    device = Device(
        key=f"loaded/{document['event_id']}",
        platform=(sdk or {}).get("platform", BROWSER),
        sdk=sdk,
        user_agent=document.get("user_agent"),
        os=document.get("os"),
        os_version=document.get("os_version"),
        device=document.get("device"),
        browser=document.get("browser_details"),
        details=document.get("device_details"),
        attributes=document.get("raw_device_attributes"),
        bundle_id=document.get("bundle_id"),
        package_name=document.get("package_name"),
    )
    return Event(
        event_id=str(document["event_id"]),
        at=int(document["timestamp"]),
        device=device,
        network=_network(document.get("ip_address", ""), info.get("v4"), info.get("v6")),
        visitor_id=identification.get("visitor_id"),
        high_recall_id=(document.get("supplementary_id_high_recall") or {}).get("visitor_id"),
        visitor_found=identification.get("visitor_found", False),
        first_seen=identification.get("first_seen_at"),
        last_seen=identification.get("last_seen_at"),
        confidence=(identification.get("confidence") or {}).get("score", 1.0),
        url=document.get("url"),
        referrer=document.get("client_referrer"),
        linked_id=document.get("linked_id"),
        tags=document.get("tags"),
        suspect=document.get("suspect"),
        signals=signals,
        suspect_score=document.get("suspect_score"),
        environment_id=document.get("environment_id"),
        replayed=document.get("replayed"),
        source=document.get("source", "device"),
        incremental_status=document.get("incremental_identification_status"),
        proximity=(proximity["id"], proximity["precision_radius"], proximity["confidence"]) if proximity else None,
        velocity=_velocity_v4(document.get("velocity")),
        loaded=Loaded({"v4": _body(text, document)}),
    )


def _network(ip: str, v4: Json | None, v6: Json | None) -> Network:
    place = ((v4 or v6 or {}).get("geolocation")) or {}
    return Network(ip=ip, v4=v4, v6=v6, country=place.get("country_code", ""), timezone=place.get("timezone", "UTC"))


def _velocity_v4(velocity: Json | None) -> dict[str, dict[str, int]] | None:
    if velocity is None:
        return None
    names = {"5_minutes": "5m", "1_hour": "1h", "24_hours": "24h"}
    return {
        counter: {names[name]: count for name, count in counts.items() if name in names}
        for counter, counts in velocity.items()
    }


# ── v3 ──────────────────────────────────────────────────────────────────────

_RESULTS = {
    "rootApps": "root_apps", "emulator": "emulator", "clonedApp": "cloned_app", "jailbroken": "jailbroken",
    "frida": "frida", "locationSpoofing": "location_spoofing", "mitmAttack": "mitm_attack",
    "incognito": "incognito", "privacySettings": "privacy_settings", "developerTools": "developer_tools",
    "tor": "tor_node", "virtualMachine": "virtual_machine", "highActivity": "high_activity_device",
    "rareDevice": "rare_device", "vpn": "vpn", "proxy": "proxy", "tampering": "tampering",
}  # fmt: skip
# signal -> (product, field) for what stands beside a product's result
_DETAILS = {
    "virtual_machine_ml_score": ("virtualMachine", "mlScore"),
    "daily_requests": ("highActivity", "dailyRequests"),
    "rare_device_percentile_bucket": ("rareDevice", "percentileBucket"),
    "vpn_confidence": ("vpn", "confidence"),
    "vpn_ml_score": ("vpn", "mlScore"),
    "vpn_origin_timezone": ("vpn", "originTimezone"),
    "vpn_origin_country": ("vpn", "originCountry"),
    "proxy_confidence": ("proxy", "confidence"),
    "proxy_ml_score": ("proxy", "mlScore"),
    "tampering_confidence": ("tampering", "confidence"),
    "tampering_ml_score": ("tampering", "mlScore"),
    "anomaly_score": ("tampering", "anomalyScore"),
    "anti_detect_browser": ("tampering", "antiDetectBrowser"),
    "factory_reset_timestamp": ("factoryReset", "timestamp"),
}
_METHODS = {
    "timezoneMismatch": "timezone_mismatch", "publicVPN": "public_vpn", "auxiliaryMobile": "auxiliary_mobile",
    "osMismatch": "os_mismatch", "relay": "relay", "mlPrediction": "ml_prediction",
}  # fmt: skip
# v3 may name any attribute; v4 knows these.
_ATTRIBUTES_V4 = frozenset(
    (
        "font_preferences", "emoji", "fonts", "device_memory", "timezone", "canvas", "languages", "webgl_extensions",
        "webgl_basics", "screen_resolution", "touch_support", "oscpu", "architecture", "cookies_enabled",
        "hardware_concurrency", "date_time_locale", "vendor", "color_depth", "platform", "session_storage",
        "local_storage", "audio", "plugins", "indexed_db", "math", "device_model", "device_manufacturer",
        "font_hash", "timezone_offset", "battery_level", "battery_charging", "battery_low_power_mode",
        "keyboard_layout_hash", "keyboard_layout_name",
    )
)  # fmt: skip


def _event_v3(text: str, document: Json) -> Event:
    products = {name: (product or {}).get("data") for name, product in document["products"].items()}
    identification = products.get("identification") or {}
    botd = products.get("botd") or {}
    event = _identified(identification, botd, text)
    event.signals = _signals_v3(products)
    event.suspect_score = (products.get("suspectScore") or {}).get("result")
    addresses = products.get("ipInfo") or {}
    event.network = _network(
        identification.get("ip", botd.get("ip", "")),
        _address_v3(addresses.get("v4")),
        _address_v3(addresses.get("v6")),
    )
    proximity = products.get("proximity")
    if proximity:
        event.proximity = (proximity["id"], proximity["precisionRadius"], proximity["confidence"])
    velocity = products.get("velocity")
    if velocity:
        event.velocity = {
            _snake(name): dict((counts or {}).get("intervals") or {}) for name, counts in velocity.items()
        }
    attributes = products.get("rawDeviceAttributes")
    if attributes:
        named = {_snake(name).replace("web_gl", "webgl"): part for name, part in attributes.items()}
        event.device.attributes = {
            name: _value(part["value"]) for name, part in named.items() if "value" in part and name in _ATTRIBUTES_V4
        }
    event.loaded = Loaded({"v3": _body(text, document)})
    return event


def _visit(text: str, visitor_id: str) -> Event:
    document = json.loads(text)
    event = _identified({"visitorId": visitor_id, **document}, {}, text)
    event.signals = {"incognito": document.get("incognito")}
    event.network = _network(document.get("ip", ""), None, None)
    event.loaded = Loaded({"visit": _body(text, document)})
    return event


def _identified(data: Json, botd: Json, text: str) -> Event:
    """What v3's identification tells; when it failed, what bot detection repeats of it."""
    details = data.get("browserDetails") or {}
    sdk = data.get("sdk")
    browser = {_snake(name): value for name, value in details.items() if name != "userAgent"} or None
    at = data.get("timestamp")
    if at is None:
        at = _instant(botd.get("time")) or 0
    made_up = f"{at:013d}.{hashlib.blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=3).hexdigest()}"
    event_id = str(data.get("requestId") or botd.get("requestId") or made_up)
    device = Device(
        key=f"loaded/{event_id}",
        platform=(sdk or {}).get("platform", BROWSER),
        sdk=sdk,
        user_agent=details.get("userAgent", botd.get("userAgent")),
        os=details.get("os"),
        os_version=details.get("osVersion"),
        device=details.get("device"),
        browser=browser,
    )
    confidence = data.get("confidence") or {}
    return Event(
        event_id=event_id,
        at=at,
        device=device,
        network=Network(ip=""),
        visitor_id=data.get("visitorId"),
        visitor_found=data.get("visitorFound", False),
        first_seen=_instant((data.get("firstSeenAt") or {}).get("subscription")),
        last_seen=_instant((data.get("lastSeenAt") or {}).get("subscription")),
        confidence=confidence.get("score", 1.0),
        confidence_comment=confidence.get("comment"),
        url=data.get("url", botd.get("url")),
        linked_id=data.get("linkedId", botd.get("linkedId")),
        tags=data.get("tag", botd.get("meta")),
        suspect=data.get("suspect"),
        environment_id=data.get("environmentId"),
        replayed=data.get("replayed"),
    )


def _signals_v3(products: dict[str, Json | None]) -> Json:
    signals: Json = {}
    for product, name in _RESULTS.items():
        signals[name] = (products.get(product) or {}).get("result")
    for name, (product, field) in _DETAILS.items():
        signals[name] = (products.get(product) or {}).get(field)
    for old, name in _METHODS.items():
        signals[name] = ((products.get("vpn") or {}).get("methods") or {}).get(old)
    details = (products.get("proxy") or {}).get("details") or {}
    signals["proxy_type"] = details.get("proxyType")
    signals["proxy_last_seen_at"] = _instant(details.get("lastSeenAt"))
    listed = (products.get("ipBlocklist") or {}).get("details") or {}
    signals["email_spam"], signals["attack_source"] = listed.get("emailSpam"), listed.get("attackSource")
    bot = (products.get("botd") or {}).get("bot") or {}
    result = bot.get("result")
    signals["bot"] = "not_detected" if result == "notDetected" else result
    signals["bot_type"] = bot.get("type")
    labels: Any = products.get("labels")  # the one product whose data is a list
    if labels:
        signals["labels"] = [
            {("ml_score" if name == "mlScore" else name): value for name, value in label.items()} for label in labels
        ]
    return signals


def _address_v3(info: Json | None) -> Json | None:
    if info is None:
        return None
    place = info.get("geolocation") or {}
    geolocation = {
        _snake(name): place[name]
        for name in ("accuracyRadius", "latitude", "longitude", "postalCode", "timezone")
        if name in place
    }
    if "city" in place:
        geolocation["city_name"] = place["city"]["name"]
    for part in ("country", "continent"):
        if part in place:
            geolocation[f"{part}_code"] = place[part]["code"]
            geolocation[f"{part}_name"] = place[part]["name"]
    if "subdivisions" in place:
        geolocation["subdivisions"] = [
            {"iso_code": part["isoCode"], "name": part["name"]} for part in place["subdivisions"]
        ]
    body: Json = {"address": info["address"], "geolocation": geolocation}
    for name, value in (info.get("asn") or {}).items():
        body["asn" if name == "asn" else f"asn_{name}"] = value
    for name, value in (info.get("datacenter") or {}).items():
        body[f"datacenter_{name}"] = value
    return body


def _instant(text: str | None) -> int | None:
    return None if text is None else to_ms(datetime.fromisoformat(text))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _value(value: Any) -> Any:
    # v3 spells the parts of the canvas with capitals.
    if isinstance(value, dict) and "Winding" in value:
        return {name.lower(): part for name, part in value.items()}
    return value
