"""Events and visits as Server API v3 shows them: signals below `products`, camel case, ISO times, nulls.

Written from Fingerprint's public OpenAPI description of v3 (release 3.10).
"""

from __future__ import annotations

from typing import Any

from .clock import HOUR, from_ms
from .records import BROWSER, IOS, Device, Event, Network

Json = dict[str, Any]

_BOT_RESULTS = {"not_detected": "notDetected"}
# (product, signal): products that hold nothing but a result. The API answers `false` on platforms where a
# signal cannot be computed; `True` marks the signals for which it does so.
_RESULTS = (
    ("rootApps", "root_apps", True),
    ("emulator", "emulator", True),
    ("clonedApp", "cloned_app", True),
    ("jailbroken", "jailbroken", True),
    ("frida", "frida", True),
    ("locationSpoofing", "location_spoofing", True),
    ("mitmAttack", "mitm_attack", True),
    ("incognito", "incognito", True),
    ("privacySettings", "privacy_settings", True),
    ("developerTools", "developer_tools", False),
    ("tor", "tor_node", False),
)
_VELOCITY = {
    "distinct_ip": "distinctIp",
    "distinct_linked_id": "distinctLinkedId",
    "distinct_country": "distinctCountry",
    "events": "events",
    "ip_events": "ipEvents",
    "distinct_ip_by_linked_id": "distinctIpByLinkedId",
    "distinct_visitor_id_by_linked_id": "distinctVisitorIdByLinkedId",
}
_BROWSER_DETAILS = (
    ("browserName", "browser_name"),
    ("browserMajorVersion", "browser_major_version"),
    ("browserFullVersion", "browser_full_version"),
    ("os", "os"),
    ("osVersion", "os_version"),
    ("device", "device"),
)


def event(record: Event) -> Json:
    """One event: `{"products": {...}}`. The record's velocity must have been counted before."""
    products: Json = {}
    if record.visitor_id is not None:
        data = visit(record)
        data = {"visitorId": record.visitor_id, **data, "replayed": bool(record.replayed)}
        if record.device.sdk is not None:
            data["sdk"] = record.device.sdk
        if record.suspect is not None:
            data["suspect"] = record.suspect
        if record.environment_id is not None:
            data["environmentId"] = record.environment_id
        data.update(record.identification_extra or {})
        products["identification"] = {"data": data}
    _add_signals(products, record)
    for name, product in (record.products or {}).items():
        products[name] = product
    return {"products": {name: product for name, product in products.items() if product is not None}}


def visit(record: Event) -> Json:
    """One visit of the visitor history."""
    device = record.device
    body: Json = {"requestId": record.event_id, "browserDetails": _browser_details(device)}
    body["incognito"] = record.signal("incognito") is True
    body["ip"] = record.network.ip
    if record.linked_id is not None:
        body["linkedId"] = record.linked_id
    body["timestamp"] = record.at
    body["time"] = _seconds(record.at)
    body["url"] = record.url or ""
    body["tag"] = record.tags if record.tags is not None else {}
    confidence: Json = {"score": record.confidence, "revision": "v1.1"}
    if record.confidence_comment is not None:
        confidence["comment"] = record.confidence_comment
    body["confidence"] = confidence
    body["visitorFound"] = record.visitor_found
    # Other customers of Fingerprint may have met the device before and since: the global times say so.
    first_global = None if record.first_seen is None else _milliseconds(record.first_seen - 36 * HOUR)
    first = None if record.first_seen is None else _milliseconds(record.first_seen)
    last = None if record.last_seen is None else _milliseconds(record.last_seen)
    body["firstSeenAt"] = {"global": first_global, "subscription": first}
    body["lastSeenAt"] = {"global": last, "subscription": last}
    return body


def _seconds(at: int) -> str:
    return from_ms(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(at: int) -> str:
    return from_ms(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def _browser_details(device: Device) -> Json:
    details = device.browser or {
        "browser_name": "Other",
        "browser_major_version": "",
        "browser_full_version": "",
        "os": device.os or "",
        "os_version": device.os_version or "",
        "device": device.device or "",
    }
    body: Json = {new: details.get(old, "") for new, old in _BROWSER_DETAILS}
    body["userAgent"] = device.user_agent or ""
    return body


def _data(**fields: Any) -> Json:
    return {"data": {name: value for name, value in fields.items() if value is not None}}


def _add_signals(products: Json, record: Event) -> None:
    signals = record.all_signals()
    device = record.device
    is_device = record.source != "edge"
    if "bot" in signals and is_device:
        products["botd"] = _botd(record)
    for product, name, shown_everywhere in _RESULTS:
        value = record.signal(name)
        if value is None and shown_everywhere and is_device and name in signals:
            value = False
        if value is not None:
            products[product] = {"data": {"result": value}}
    if device.platform == IOS and "tampering" in signals:
        signals["tampering"] = False  # v3 documents this signal as always false on iOS.
    network = _ip_info(record.network)
    if network:
        products["ipInfo"] = {"data": network}
    if "attack_source" in signals or "email_spam" in signals:
        details = {
            "emailSpam": signals.get("email_spam", False),
            "attackSource": signals.get("attack_source", False),
        }
        products["ipBlocklist"] = {"data": {"result": any(details.values()), "details": details}}
    if "vpn" in signals:
        products["vpn"] = _vpn(signals, device)
    if "proxy" in signals:
        products["proxy"] = _proxy(signals, device)
    if "tampering" in signals:
        products["tampering"] = _data(
            result=signals["tampering"],
            confidence=signals.get("tampering_confidence"),
            anomalyScore=signals.get("anomaly_score"),
            mlScore=signals.get("tampering_ml_score"),
            antiDetectBrowser=signals.get("anti_detect_browser"),
        )
    if is_device and "factory_reset_timestamp" in signals:
        reset = record.signal("factory_reset_timestamp") or 0
        products["factoryReset"] = {"data": {"time": _seconds(reset), "timestamp": reset}}
    if is_device and "virtual_machine" in signals:
        products["virtualMachine"] = _data(
            result=record.signal("virtual_machine") is True,
            mlScore=record.signal("virtual_machine_ml_score"),
        )
    if "high_activity_device" in signals:
        products["highActivity"] = _data(
            result=signals["high_activity_device"], dailyRequests=signals.get("daily_requests")
        )
    if record.signal("rare_device") is not None:
        products["rareDevice"] = _data(
            result=signals["rare_device"], percentileBucket=signals.get("rare_device_percentile_bucket")
        )
    if "labels" in signals:
        products["labels"] = {"data": [_label(label) for label in signals["labels"]]}
    if record.suspect_score is not None:
        products["suspectScore"] = {"data": {"result": record.suspect_score}}
    if record.velocity is not None:
        products["velocity"] = {
            "data": {
                new: {"intervals": record.velocity[old]} if record.velocity.get(old) else {}
                for old, new in _VELOCITY.items()
            }
        }
    if record.proximity is not None:
        proximity_id, radius, confidence = record.proximity
        products["proximity"] = _data(id=proximity_id, precisionRadius=radius, confidence=confidence)
    attributes = _attributes(device)
    if attributes is not None:
        products["rawDeviceAttributes"] = {"data": attributes}


def _botd(record: Event) -> Json:
    result = record.signal("bot") or "not_detected"
    bot: Json = {"result": _BOT_RESULTS.get(result, result)}
    if record.signal("bot_type") is not None:
        bot["type"] = record.signal("bot_type")
    data: Json = {
        "bot": bot,
        "url": record.url or "",
        "ip": record.network.ip,
        "time": _milliseconds(record.at),
        "userAgent": record.device.user_agent or "",
        "requestId": record.event_id,
    }
    if record.tags:
        data["meta"] = record.tags
    if record.linked_id is not None:
        data["linkedId"] = record.linked_id
    return {"data": data}


def _label(label: Json) -> Json:
    return {("mlScore" if name == "ml_score" else name): value for name, value in label.items()}


def _vpn(signals: Json, device: Device) -> Json:
    methods = {
        "timezoneMismatch": signals.get("timezone_mismatch", False),
        "publicVPN": signals.get("public_vpn", False),
        "auxiliaryMobile": signals.get("auxiliary_mobile", False),
        "osMismatch": signals.get("os_mismatch", False),
        "relay": signals.get("relay", False),
    }
    if "ml_prediction" in signals and device.platform == BROWSER:
        methods["mlPrediction"] = signals["ml_prediction"]
    return _data(
        result=signals["vpn"],
        confidence=signals.get("vpn_confidence"),
        mlScore=signals.get("vpn_ml_score") if device.platform == BROWSER else None,
        originTimezone=signals.get("vpn_origin_timezone", ""),
        originCountry=signals.get("vpn_origin_country", "unknown"),
        methods=methods,
    )


def _proxy(signals: Json, device: Device) -> Json:
    body = _data(
        result=signals["proxy"],
        confidence=signals.get("proxy_confidence"),
        mlScore=signals.get("proxy_ml_score") if device.platform == BROWSER else None,
    )
    details: Json | None = None
    if "proxy_type" in signals:
        details = {"proxyType": signals["proxy_type"]}
        seen_at = signals.get("proxy_last_seen_at")
        if seen_at is not None:
            details["lastSeenAt"] = _seconds(seen_at - seen_at % HOUR)
    body["data"]["details"] = details  # null when no proxy was found, as v3 does
    return body


def _ip_info(network: Network) -> Json:
    if network.rendered_v3 is None:
        network.rendered_v3 = {
            family: _address(info) for family, info in (("v4", network.v4), ("v6", network.v6)) if info is not None
        }
    return network.rendered_v3


def _address(info: Json) -> Json:
    place = info.get("geolocation") or {}
    geolocation: Json = {}
    for new, old in (
        ("accuracyRadius", "accuracy_radius"),
        ("latitude", "latitude"),
        ("longitude", "longitude"),
        ("postalCode", "postal_code"),
        ("timezone", "timezone"),
    ):
        if old in place:
            geolocation[new] = place[old]
    if "city_name" in place:
        geolocation["city"] = {"name": place["city_name"]}
    for part in ("country", "continent"):
        if f"{part}_code" in place and f"{part}_name" in place:
            geolocation[part] = {"code": place[f"{part}_code"], "name": place[f"{part}_name"]}
    if "subdivisions" in place:
        geolocation["subdivisions"] = [
            {"isoCode": part["iso_code"], "name": part["name"]} for part in place["subdivisions"]
        ]
    body: Json = {"address": info["address"], "geolocation": geolocation}
    if "asn" in info:
        body["asn"] = {
            "asn": info["asn"],
            "name": info.get("asn_name", ""),
            "network": info.get("asn_network", ""),
        }
        if "asn_type" in info:
            body["asn"]["type"] = info["asn_type"]
    if "datacenter_result" in info:
        body["datacenter"] = {"result": info["datacenter_result"], "name": info.get("datacenter_name", "")}
    return body


def _attributes(device: Device) -> Json | None:
    if device.attributes_v3 is not None:
        return device.attributes_v3
    if device.attributes is None:
        return None
    if device.rendered_v3 is None:
        device.rendered_v3 = {_camel(name): _attribute(value) for name, value in device.attributes.items()}
        if device.platform == BROWSER:
            device.rendered_v3["cpuClass"] = {}  # neither value nor error, as v3 shows for such browsers
    return device.rendered_v3


def _attribute(value: Any) -> Json:
    # v4 tells a failed attribute by a negative sentinel; v3 by an error object.
    if value in (-1, -2, -3, "-1", "-2", "-3") and not isinstance(value, bool):
        return {"error": {"name": "Error", "message": "not available in this browser"}}
    if isinstance(value, dict) and set(value) == {"winding", "geometry", "text"}:
        return {"value": {name.capitalize(): part for name, part in value.items()}}
    return {"value": value}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
