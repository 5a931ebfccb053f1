"""Hostile payloads and the odd corners of the API, each on a visitor of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from . import devices, places
from .records import Device, Network
from .stories import SHOP, Plan, Story, visit

_LONG = "lorem-ipsum-" * 8000  # 96 kB

# What an attacker or a careless customer can put into every free field.
HOSTILE: dict[str, Any] = {
    "markup": "<script>alert('inkpad')</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(2)>",
    "template": "{{ 7*7 }}{% debug %}${7*7}<%= 7*7 %>#{7*7}",
    "formula": '=HYPERLINK("https://evil.test","click")',
    "formula_plus": "+1+cmd|' /C calc'!A0",
    "formula_at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "formula_tab": "\t=1+1",
    "nul": "before\x00after",
    "control": "bell\x07 escape\x1b[31mred\x1b[0m backspace\x08 line\r\nheader: injected",
    "surrogate": "lone \ud800 high and \udfff low",
    "right_to_left": "invoice\u202efdp.exe \u2067שלום\u2069 مرحبا",
    "invisible": "zero\u200bwidth\u200djoiner\ufeff and \u00ad soft hyphen",
    "emoji": "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 Z̷̛̭a̶͎͠l̵̹͒g̴̰͝o̷͚͂",
    "long": _LONG,
    "path": "../../../../etc/passwd%00%2e%2e%2f",
    "sql": "'; DROP TABLE visitors; --",
    "javascript": "javascript:alert(document.domain)",
    "not_a_number": "NaN",
    "looks_null": "null",
    "json": '{"__proto__": {"polluted": true}}',
}
_NUMBERS: dict[str, Any] = {
    "beyond_double": 9007199254740993,
    "beyond_int64": 123456789012345678901234567890,
    "negative": -9223372036854775809,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "zero": -0.0,
    "nan": "NaN",
    "infinity": "-Infinity",
    "nothing": None,
    "nested": {"a": [{"b": [{"c": [[[[["deep"]]]]]}]}]},
    "": "an empty key",
    "constructor": "a key that scripts trip over",
}


def _hostile_browser(name: str, payload: str) -> Device:
    device = devices.browser(f"hostile-{name}", devices.CHROME_WINDOWS)
    device.user_agent = payload
    device.device = device.os = device.os_version = payload[:4000]
    device.browser = dict.fromkeys(device.browser or {}, payload[:4000])
    device.attributes = {**(device.attributes or {}), "platform": payload[:4000], "fonts": [payload[:4000]]}
    device.sdk = {"platform": "js", "version": payload[:100], "integrations": [{"name": payload[:100]}]}
    return device


def hostile(_seed: int) -> Story:
    """Attackers who put markup, formulas, control characters and worse into every field they can reach."""

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        if day not in (-40, -5, -1):
            return
        network = places.network(places.LAGOS, places.PROXY_HOMES, 1200)
        for device in story.devices:
            name = device.key.removeprefix("hostile-")
            payload = HOSTILE.get(name, name)
            tags: dict[str, Any] = {"note": payload, payload[:200]: payload[:200]}
            linked_id = payload[:256]
            if name == "numbers":
                tags, linked_id = dict(_NUMBERS), "123456789012345678901234567890"
            plan = visit(
                rng, rng.uniform(9, 11), device, network, linked_id=linked_id, tags=tags,
                referrer=payload, signals={"bot_type": payload[:200], "bot": "bad"},
                confidence_comment=payload[:200],
            )  # fmt: skip
            plan.url = payload if payload.startswith("javascript:") else f"{SHOP}/search?q={payload}"
            yield plan

    story = Story("hostile", "Hostile payloads in every field an attacker or a customer can fill", planner)
    for name, payload in HOSTILE.items():
        story.add(_hostile_browser(name, payload))
        story.linked_ids.append(payload[:256])
    story.add(devices.browser("hostile-numbers", devices.CHROME_WINDOWS))
    return story


def _failed(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


_INTERNAL = _failed("Failed", "internal server error")
_ALL_BOT_SIGNALS = {"bot": None, "bot_type": None}
# name -> what is special about the event: `signals` (None: this event lacks it), `products` (v3 says this
# instead), and fields of the event itself.
CORNERS: dict[str, dict[str, Any]] = {
    "bot_detection_failed": {"signals": _ALL_BOT_SIGNALS, "products": {"botd": _INTERNAL}},
    "identification_throttled": {
        "signals": _ALL_BOT_SIGNALS,
        "products": {
            "identification": _failed("429 Too Many Requests", "too many requests"),
            "botd": _failed("TooManyRequests", "too many requests"),
        },
        "is_recognised": False,
    },
    "identification_failed": {"products": {"identification": _INTERNAL}, "is_recognised": False},
    "several_signals_failed": {
        "signals": dict.fromkeys(
            (
                "vpn",
                "vpn_confidence",
                "tampering",
                "tampering_confidence",
                "tampering_ml_score",
                "anomaly_score",
                "anti_detect_browser",
                "incognito",
                "proxy",
                "proxy_confidence",
                "vpn_origin_timezone",
            )
        ),
        "products": {"vpn": _INTERNAL, "tampering": _INTERNAL, "incognito": _INTERNAL, "proxy": _INTERNAL},
    },
    "empty_products": {
        "signals": dict.fromkeys(
            ("vpn", "vpn_confidence", "vpn_origin_timezone", "developer_tools", "high_activity_device")
        ),
        "products": {"vpn": {}, "developerTools": {}, "highActivity": {}},
    },
    "data_and_error_at_once": {
        "products": {"tor": {"data": {"result": False}, "error": {"code": "Failed", "message": "late"}}}
    },
    "attributes_failed": {
        "products": {
            "rawDeviceAttributes": {
                "data": {
                    "audio": {"error": {"name": "Error", "message": "audio context was refused"}},
                    "cpuClass": {},
                    "colorDepth": {"value": None},
                    "fonts": {"value": ["Arial"]},
                }
            }
        }
    },
    "no_velocity": {"has_velocity": False},
    "no_network": {"signals": {"attack_source": None, "email_spam": None}, "without": "network"},
    "bare_plan": {
        "signals": dict.fromkeys(
            (
                "vpn",
                "proxy",
                "tampering",
                "tampering_confidence",
                "tampering_ml_score",
                "anomaly_score",
                "anti_detect_browser",
                "attack_source",
                "email_spam",
                "tor_node",
                "virtual_machine",
                "developer_tools",
                "high_activity_device",
                "privacy_settings",
                "vpn_confidence",
                "proxy_confidence",
                "root_apps",
                "emulator",
                "cloned_app",
                "jailbroken",
                "frida",
                "factory_reset_timestamp",
                "location_spoofing",
                "mitm_attack",
                "incognito",
                "bot",
            )
        ),
        "has_velocity": False,
        "without": "attributes",
    },
    "replayed": {"replayed": True},
    "partially_completed": {"incremental_status": "partially_completed"},
    "never_seen_before": {"signals": {"rare_device": True, "rare_device_percentile_bucket": "not_seen"}},
    "common_device": {"signals": {"rare_device": False, "rare_device_percentile_bucket": "<p95"}},
    "labelled": {
        "signals": {
            "labels": [
                {"label": "fraud", "prediction": True, "ml_score": 0.94},
                {"label": "account_sharing", "prediction": False, "ml_score": 0.08},
                {"label": "unscored"},
            ]
        }
    },
    "proxy_details_without_proxy": {"signals": {"proxy_type": "unknown", "proxy_last_seen_at": 1_762_002_345_678}},
    "remote_control": {"products": {"remoteControl": {"data": {"result": False}}}},
    "old_location": {
        "identification_extra": {
            "ipLocation": {
                "accuracyRadius": 10,
                "latitude": 50.05,
                "longitude": 14.4,
                "postalCode": "150 00",
                "timezone": "Europe/Prague",
                "city": {"name": "Prague"},
                "country": {"code": "CZ", "name": "Czechia"},
                "continent": {"code": "EU", "name": "Europe"},
                "subdivisions": [{"isoCode": "10", "name": "Hlavni mesto Praha"}],
            },
            "components": {"timezone": {"value": "Europe/Prague"}, "cpuClass": {}},
        }
    },
    "no_tags_no_link": {"tags": None, "linked_id": None},
    "low_confidence": {"confidence": 0.31, "confidence_comment": "many devices look like this one"},
    "suspect_yes": {"suspect": True},
    "suspect_no": {"suspect": False},
}


def corners(_seed: int) -> Story:
    """Events that lack something, failed in part, or carry what is rare."""
    network = places.network(places.PRAGUE, places.HOME_LINE, 900, with_v6=True)
    nowhere = Network(ip=network.ip)

    def planner(story: Story, day: int, rng: random.Random) -> Iterator[Plan]:
        if day not in (-30, -4):
            return
        for device, (name, special) in zip(story.devices, CORNERS.items(), strict=True):
            more = {key: value for key, value in special.items() if key not in ("is_recognised", "without", "signals")}
            more.setdefault("linked_id", f"corner-{name}")
            more.setdefault("tags", {"corner": name})
            yield visit(
                rng, rng.uniform(10, 12), device, nowhere if special.get("without") == "network" else network,
                f"/corner/{name}", signals=special.get("signals"), **more,
            )  # fmt: skip

    story = Story("corners", "Failed, empty, missing and rare parts, one visitor each", planner)
    for name, special in CORNERS.items():
        device = devices.browser(f"corner-{name}", devices.CHROME_MAC, is_recognised=special.get("is_recognised", True))
        if special.get("without") == "attributes":
            device.attributes = None
        story.add(device)
        story.linked_ids.append(f"corner-{name}")
    return story
