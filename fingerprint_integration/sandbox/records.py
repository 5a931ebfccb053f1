"""What the sandbox keeps: devices, networks and events, in words that belong to neither API version.

Both renderers read these records, so v3 and v4 are two views of one thing. Signals are named as the newer
version names them (`vpn_confidence`), because those names are flat; what only the older version has carries a
name of its own (`daily_requests`).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any

BROWSER, ANDROID, IOS = "js", "android", "ios"

# Signals that are computed on some platforms only. The older version answers `false` elsewhere, the newer one
# leaves them out (`x-platforms` of the public OpenAPI description, release 3.7).
PLATFORMS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "bot", "bot_type", "bot_info", "incognito", "privacy_settings", "virtual_machine",
            "virtual_machine_ml_score", "rare_device", "rare_device_percentile_bucket", "vpn_ml_score",
            "proxy_ml_score",
        ),
        frozenset({BROWSER}),
    ),
    **dict.fromkeys(("root_apps", "emulator", "cloned_app"), frozenset({ANDROID})),
    **dict.fromkeys(("jailbroken", "simulator"), frozenset({IOS})),
    **dict.fromkeys(
        ("frida", "factory_reset_timestamp", "location_spoofing", "mitm_attack", "active_call"),
        frozenset({ANDROID, IOS}),
    ),
    "vpn_origin_country": frozenset({ANDROID, IOS}),
}  # fmt: skip

# What a workspace with every product switched on reports when nothing is remarkable.
CALM: dict[str, Any] = {
    "bot": "not_detected",
    "incognito": False,
    "privacy_settings": False,
    "virtual_machine": False,
    "tampering": False,
    "tampering_confidence": "high",
    "tampering_ml_score": 0.0312,
    "anomaly_score": 0.0184,
    "anti_detect_browser": False,
    "developer_tools": False,
    "high_activity_device": False,
    "vpn": False,
    "vpn_confidence": "high",
    "vpn_origin_country": "unknown",
    "timezone_mismatch": False,
    "public_vpn": False,
    "auxiliary_mobile": False,
    "os_mismatch": False,
    "relay": False,
    "proxy": False,
    "proxy_confidence": "high",
    "email_spam": False,
    "attack_source": False,
    "tor_node": False,
    "root_apps": False,
    "emulator": False,
    "cloned_app": False,
    "jailbroken": False,
    "simulator": False,
    "frida": False,
    "factory_reset_timestamp": 0,
    "location_spoofing": False,
    "mitm_attack": False,
    "active_call": False,
}

_RARE = frozenset({"rare_device", "rare_device_percentile_bucket", "bot_info", "bot_type"})

# How much each finding adds to the suspect score. Fingerprint lets a workspace choose its weights; these are ours.
SUSPECT_WEIGHTS: dict[str, int] = {
    "incognito": 4,
    "privacy_settings": 3,
    "virtual_machine": 8,
    "tampering": 10,
    "anti_detect_browser": 12,
    "developer_tools": 2,
    "high_activity_device": 5,
    "vpn": 6,
    "proxy": 7,
    "email_spam": 3,
    "attack_source": 8,
    "tor_node": 9,
    "root_apps": 6,
    "emulator": 9,
    "cloned_app": 7,
    "jailbroken": 6,
    "simulator": 8,
    "frida": 10,
    "location_spoofing": 8,
    "mitm_attack": 9,
}


@dataclass(slots=True, eq=False)
class Network:
    """One place on the internet: an address and what is known about it."""

    ip: str
    v4: dict[str, Any] | None = None
    v6: dict[str, Any] | None = None
    signals: dict[str, Any] = field(default_factory=dict)
    country: str = ""
    timezone: str = "UTC"
    number: int = 0
    family: int = 0
    rendered_v3: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        try:
            address = ipaddress.ip_address(self.ip)
        except ValueError:
            return  # A loaded body may hold anything; such an event simply matches no address filter.
        self.number, self.family = int(address), address.version


@dataclass(slots=True, eq=False)
class Device:
    """A browser or an app on a phone: what Fingerprint recognises again."""

    key: str
    platform: str = BROWSER
    sdk: dict[str, Any] | None = None
    user_agent: str | None = None
    os: str | None = None
    os_version: str | None = None
    device: str | None = None
    browser: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    attributes: dict[str, Any] | None = None
    attributes_v3: dict[str, Any] | None = None
    bundle_id: str | None = None
    package_name: str | None = None
    signals: dict[str, Any] = field(default_factory=dict)
    environment_id: str | None = None
    story: str = ""
    handset: str | None = None
    proximity: tuple[str, int, float] | None = None
    known_before_days: float = 0
    confidence: float = 1.0
    is_recognised: bool = True
    identities: list[Identity] = field(default_factory=list)
    rendered_v3: dict[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Identity:
    """One visitor id of a device. Deleting the visitor ends it; the next visit begins another."""

    visitor_id: str
    high_recall_id: str
    first_seen: int | None = None
    last_seen: int | None = None
    deleted_at: int | None = None
    forgotten_at: int | None = None


@dataclass(slots=True)
class Body:
    """A piece of JSON as it stood in a file, and what it says."""

    text: bytes
    document: dict[str, Any]


@dataclass(slots=True)
class Loaded:
    """Bodies read from files, each served as it was for its own purpose: "v3", "v4" or (v3's) "visit"."""

    bodies: dict[str, Body]


@dataclass(slots=True, eq=False)
class Event:
    """One identification."""

    event_id: str
    at: int
    device: Device
    network: Network
    visitor_id: str | None = None
    high_recall_id: str | None = None
    visitor_found: bool = False
    first_seen: int | None = None
    last_seen: int | None = None
    confidence: float = 1.0
    confidence_comment: str | None = None
    url: str | None = None
    referrer: str | None = None
    linked_id: str | None = None
    tags: dict[str, Any] | None = None
    suspect: bool | None = None
    signals: dict[str, Any] | None = None
    suspect_score: int | None = None
    environment_id: str | None = None
    replayed: bool | None = False
    source: str | None = "device"
    incremental_status: str | None = None
    proximity: tuple[str, int, float] | None = None
    products: dict[str, Any] | None = None
    identification_extra: dict[str, Any] | None = None
    velocity: dict[str, dict[str, int]] | None = None
    has_velocity: bool = True
    gone_at: int | None = None
    loaded: Loaded | None = None

    def signal(self, name: str) -> Any:
        """The value of one signal, or None when this event lacks it (failed, not in plan, other platform)."""
        platforms = PLATFORMS.get(name)
        if platforms is not None and self.device.platform not in platforms:
            return None
        if self.signals is not None and name in self.signals:
            return self.signals[name]
        if self.device.signals and name in self.device.signals:
            return self.device.signals[name]
        if self.network.signals and name in self.network.signals:
            return self.network.signals[name]
        return CALM.get(name) if self.loaded is None else None

    def all_signals(self) -> dict[str, Any]:
        """Every signal this event has, regardless of platform; absent ones are left out."""
        merged = dict(CALM) if self.loaded is None else {}
        merged.update(self.network.signals)
        merged.update(self.device.signals)
        if self.signals:
            merged.update(self.signals)
        return {name: value for name, value in merged.items() if value is not None}

    def marks(self) -> set[str]:
        """What is remarkable here: signals that are raised, rarity that was told, a suspect flag that was set."""
        marks = {"suspect"} if self.suspect is not None else set()
        for signals in (self.network.signals, self.device.signals, self.signals or {}):
            marks.update(name for name, value in signals.items() if value is True or name in _RARE)
        return marks

    def weigh(self) -> int:
        """The suspect score that follows from this event's signals."""
        raised = {**self.network.signals, **self.device.signals, **(self.signals or {})}
        platform = self.device.platform
        score = 15 if raised.get("bot") == "bad" and platform == BROWSER else 0
        for name, value in raised.items():
            if value is True and platform in PLATFORMS.get(name, (platform,)):
                score += SUSPECT_WEIGHTS.get(name, 0)
        return score
