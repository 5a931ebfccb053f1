"""Events as Server API v4 shows them: flat, snake case, times in Unix milliseconds, absent instead of null.

Written from Fingerprint's public OpenAPI description of v4 (release 3.9).
"""

from __future__ import annotations

from typing import Any

from .records import BROWSER, PLATFORMS, Device, Event

Json = dict[str, Any]

_PLAIN_SIGNALS = (
    "bot", "bot_type", "bot_info", "root_apps", "emulator", "cloned_app", "jailbroken", "simulator", "frida",
    "factory_reset_timestamp", "location_spoofing", "mitm_attack", "active_call", "incognito",
    "privacy_settings", "virtual_machine", "virtual_machine_ml_score", "developer_tools",
    "high_activity_device", "rare_device", "rare_device_percentile_bucket", "proxy", "proxy_confidence",
    "proxy_ml_score", "vpn", "vpn_confidence", "vpn_ml_score", "vpn_origin_timezone", "vpn_origin_country",
    "tampering", "tampering_confidence", "tampering_ml_score", "labels",
)  # fmt: skip
_VPN_METHODS = (
    "timezone_mismatch", "public_vpn", "auxiliary_mobile", "os_mismatch", "relay", "ml_prediction",
)  # fmt: skip
_VPN_METHODS_BROWSER_ONLY = ("os_mismatch", "ml_prediction")
_INTERVALS = (("5m", "5_minutes"), ("1h", "1_hour"), ("24h", "24_hours"))


def event(record: Event) -> Json:
    """One event. The record's velocity must have been counted before."""
    body: Json = {"event_id": record.event_id, "timestamp": record.at}
    device = record.device
    _put(body, "source", record.source)
    _put(body, "incremental_identification_status", record.incremental_status)
    _put(body, "linked_id", record.linked_id)
    _put(body, "environment_id", record.environment_id)
    _put(body, "suspect", record.suspect)
    _put(body, "tags", record.tags)
    _put(body, "replayed", record.replayed)
    _put(body, "sdk", device.sdk)
    if device.platform == BROWSER:
        _put(body, "url", record.url)
        _put(body, "client_referrer", record.referrer)
        _put(body, "browser_details", device.browser)
    _put(body, "bundle_id", device.bundle_id)
    _put(body, "package_name", device.package_name)
    _put(body, "ip_address", record.network.ip or None)
    _put(body, "user_agent", device.user_agent)
    _put(body, "device", device.device)
    _put(body, "os", device.os)
    _put(body, "os_version", device.os_version)
    _put(body, "device_details", device.details)
    if record.visitor_id is not None:
        body["identification"] = _identification(record)
    if record.high_recall_id is not None:
        body["supplementary_id_high_recall"] = _high_recall(record)
    if record.proximity is not None:
        proximity_id, radius, confidence = record.proximity
        body["proximity"] = {"id": proximity_id, "precision_radius": radius, "confidence": confidence}
    if record.network.v4 or record.network.v6:
        body["ip_info"] = {
            family: info for family, info in (("v4", record.network.v4), ("v6", record.network.v6)) if info is not None
        }
    _add_signals(body, record, device)
    return body


def _put(body: Json, name: str, value: Any) -> None:
    if value is not None:
        body[name] = value


def _identification(record: Event) -> Json:
    confidence: Json = {"score": record.confidence, "version": "1.1"}
    _put(confidence, "comment", record.confidence_comment)
    body: Json = {
        "visitor_id": record.visitor_id,
        "confidence": confidence,
        "visitor_found": record.visitor_found,
    }
    _put(body, "first_seen_at", record.first_seen)
    _put(body, "last_seen_at", record.last_seen)
    return body


def _high_recall(record: Event) -> Json:
    body: Json = {
        "visitor_id": record.high_recall_id,
        "visitor_found": record.visitor_found,
        "confidence": {"score": 0, "version": "Not Supported"},
    }
    _put(body, "first_seen_at", record.first_seen)
    _put(body, "last_seen_at", record.last_seen)
    return body


def _add_signals(body: Json, record: Event, device: Device) -> None:
    signals = record.all_signals()
    for name in _PLAIN_SIGNALS:
        if name in signals and (name not in PLATFORMS or device.platform in PLATFORMS[name]):
            body[name] = signals[name]
    _put(body, "suspect_score", record.suspect_score)
    _put(body, "raw_device_attributes", device.attributes)
    details = {name: signals[name] for name in ("anomaly_score",) if name in signals}
    if device.platform == BROWSER and "anti_detect_browser" in signals:
        details["anti_detect_browser"] = signals["anti_detect_browser"]
    _put(body, "tampering_details", details or None)
    blocklist = {name: signals[name] for name in ("email_spam", "attack_source", "tor_node") if name in signals}
    _put(body, "ip_blocklist", blocklist or None)
    if "vpn" in signals:
        body["vpn_methods"] = {
            name: signals[name]
            for name in _VPN_METHODS
            if name in signals and (device.platform == BROWSER or name not in _VPN_METHODS_BROWSER_ONLY)
        }
    if "proxy_type" in signals:
        proxy: Json = {"proxy_type": signals["proxy_type"]}
        _put(proxy, "last_seen_at", signals.get("proxy_last_seen_at"))
        _put(proxy, "provider", signals.get("proxy_provider"))
        body["proxy_details"] = proxy
    if record.velocity is not None:
        body["velocity"] = {
            counter: {new: counts[old] for old, new in _INTERVALS if old in counts}
            for counter, counts in record.velocity.items()
            if counts
        }
