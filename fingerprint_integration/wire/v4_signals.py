"""API v4: the parts of an event that are read on first access, signals and raw device attributes."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Final

import msgspec

from fingerprint_integration.domain import Attribute, Label, Reading
from fingerprint_integration.times import from_milliseconds
from fingerprint_integration.wire.readings import add, blocklist, hosting, known, labelled, plain
from fingerprint_integration.wire.tolerance import Drift, Malformed, Shape, read
from fingerprint_integration.wire.v4_rules import RuleAction

_Raw = msgspec.Raw


class _BotInfo(Shape):
    category: str | None = None
    provider: str | None = None
    provider_url: str | None = None
    name: str | None = None
    identity: str | None = None
    confidence: str | None = None


class _Tampering(Shape):
    anomaly_score: float | None = None
    anti_detect_browser: bool | None = None


class _VpnMethods(Shape):
    timezone_mismatch: bool | None = None
    public_vpn: bool | None = None
    auxiliary_mobile: bool | None = None
    os_mismatch: bool | None = None
    relay: bool | None = None
    ml_prediction: bool | None = None


class _Proxy(Shape):
    proxy_type: str | None = None
    last_seen_at: int | None = None
    provider: str | None = None


class _Blocklist(Shape):
    email_spam: bool | None = None
    attack_source: bool | None = None
    tor_node: bool | None = None


class _Hosting(Shape):
    asn_type: str | None = None
    datacenter_result: bool | None = None
    datacenter_name: str | None = None


class _Addresses(Shape):
    v4: _Hosting | None = None
    v6: _Hosting | None = None


class Body(Shape):
    """What an event says besides who and where."""

    replayed: bool | None = None
    bot: str | None = None
    bot_type: str | None = None
    bot_info: _BotInfo | None = None
    tampering: bool | None = None
    tampering_confidence: str | None = None
    tampering_ml_score: float | None = None
    tampering_details: _Tampering | None = None
    incognito: bool | None = None
    privacy_settings: bool | None = None
    virtual_machine: bool | None = None
    virtual_machine_ml_score: float | None = None
    developer_tools: bool | None = None
    high_activity_device: bool | None = None
    rare_device: bool | None = None
    rare_device_percentile_bucket: str | None = None
    vpn: bool | None = None
    vpn_confidence: str | None = None
    vpn_ml_score: float | None = None
    vpn_origin_timezone: str | None = None
    vpn_origin_country: str | None = None
    vpn_methods: _VpnMethods | None = None
    proxy: bool | None = None
    proxy_confidence: str | None = None
    proxy_ml_score: float | None = None
    proxy_details: _Proxy | None = None
    ip_blocklist: _Blocklist | None = None
    ip_info: _Addresses | None = None
    root_apps: bool | None = None
    emulator: bool | None = None
    cloned_app: bool | None = None
    jailbroken: bool | None = None
    simulator: bool | None = None
    frida: bool | None = None
    factory_reset_timestamp: int | None = None
    location_spoofing: bool | None = None
    mitm_attack: bool | None = None
    active_call: bool | None = None
    compromised_device_integrity: bool | None = None
    labels: tuple[Label, ...] | None = None
    rule_action: RuleAction | None = None
    raw_device_attributes: _Raw = _Raw()
    triggered_by: _Raw = _Raw()


class _Attributes(Shape):
    raw_device_attributes: dict[str, _Raw] | None = None


_BODY: Final = msgspec.json.Decoder(Body)
_ATTRIBUTES: Final = msgspec.json.Decoder(_Attributes)
_NO_TAMPERING: Final = _Tampering()
_NO_METHODS: Final = _VpnMethods()
_NO_PROXY: Final = _Proxy()
_NOT_AVAILABLE: Final = frozenset({"-1", "-2", "-3", '"-1"', '"-2"', '"-3"'})
_MAY_BE_NOT_AVAILABLE: Final = frozenset({"audio", "date_time_locale"})

_SURENESS: Final = frozenset({"low", "medium", "high"})
WORDS: Final[Mapping[str, frozenset[str]]] = {
    "bot": frozenset({"not_detected", "good", "bad"}),
    "bot_info.identity": frozenset({"verified", "signed", "spoofed", "unknown"}),
    "bot_info.confidence": _SURENESS,
    "tampering_confidence": _SURENESS,
    "vpn_confidence": _SURENESS,
    "proxy_confidence": _SURENESS,
    "proxy_details.proxy_type": frozenset({"residential", "data_center", "unknown"}),
    "sdk.platform": frozenset({"js", "android", "ios", "unknown"}),
    "source": frozenset({"device", "edge"}),
    "incremental_identification_status": frozenset({"partially_completed", "completed"}),
    "rare_device_percentile_bucket": frozenset({"<p95", "p95-p99", "p99-p99.5", "p99.5-p99.9", "p99.9+", "not_seen"}),
    "rule_action.type": frozenset({"allow", "block"}),
}
"""Closed lists of spec 3.7 to 3.10; a word beyond them is shown as it is, and counted."""


class _Reader:
    def signals(self, raw: bytes) -> Mapping[str, Reading]:
        """Give the readings of the claims the payload mentions."""
        try:
            body, _ = read(_BODY, raw)
        except Malformed:
            return {}
        return _readings(body)

    def attributes(self, raw: bytes) -> tuple[Attribute, ...]:
        """Give the raw device attributes; -1, -2 and -3 are Fingerprint's words for "not available" on two of
        them.
        """
        try:
            found, _ = read(_ATTRIBUTES, raw)
        except Malformed:
            return ()
        return tuple(_attribute(name, piece) for name, piece in (found.raw_device_attributes or {}).items())

    def __repr__(self) -> str:
        return "v4"


READER: Final = _Reader()


def drifts(raw: bytes) -> list[Drift]:
    """Tell which members are of another type than expected. Raises Malformed."""
    return read(_BODY, raw)[1]


def _attribute(name: str, piece: msgspec.Raw) -> Attribute:
    text = bytes(piece).decode("utf-8", "replace")
    if name in _MAY_BE_NOT_AVAILABLE and text in _NOT_AVAILABLE:
        return Attribute(name, error=f"not available ({text.strip(chr(34))})")
    return Attribute(name, value=text)


def _readings(body: Body) -> dict[str, Reading]:
    readings = {name: plain(value) for name, value in zip(_PLAIN, _PLAIN_OF(body), strict=True) if value is not None}
    add(readings, "bot", body.bot, ("type", body.bot_type))
    if (info := body.bot_info) is not None:
        add(
            readings,
            "bot_info",
            info.identity or "unknown",
            ("category", info.category),
            ("provider", info.provider),
            ("provider_url", info.provider_url),
            ("name", info.name),
            ("confidence", info.confidence),
        )
    details = body.tampering_details or _NO_TAMPERING
    add(
        readings,
        "tampering",
        body.tampering,
        ("confidence", body.tampering_confidence),
        ("anomaly_score", details.anomaly_score),
        ("ml_score", body.tampering_ml_score),
        ("anti_detect_browser", details.anti_detect_browser),
    )
    add(readings, "anti_detect_browser", details.anti_detect_browser)
    add(readings, "virtual_machine", body.virtual_machine, ("ml_score", body.virtual_machine_ml_score))
    add(readings, "rare_device", body.rare_device, ("percentile_bucket", body.rare_device_percentile_bucket))
    methods = body.vpn_methods or _NO_METHODS
    add(
        readings,
        "vpn",
        body.vpn,
        ("confidence", body.vpn_confidence),
        ("ml_score", body.vpn_ml_score),
        ("origin_timezone", known(body.vpn_origin_timezone)),
        ("origin_country", known(body.vpn_origin_country)),
        ("timezone_mismatch", methods.timezone_mismatch),
        ("public_vpn", methods.public_vpn),
        ("auxiliary_mobile", methods.auxiliary_mobile),
        ("os_mismatch", methods.os_mismatch),
        ("relay", methods.relay),
        ("ml_prediction", methods.ml_prediction),
    )
    proxy = body.proxy_details or _NO_PROXY
    add(
        readings,
        "proxy",
        body.proxy,
        ("confidence", body.proxy_confidence),
        ("ml_score", body.proxy_ml_score),
        ("proxy_type", proxy.proxy_type),
        ("provider", proxy.provider),
        ("last_seen_at", from_milliseconds(proxy.last_seen_at)),
    )
    if (lists := body.ip_blocklist) is not None:
        add(readings, "tor_node", lists.tor_node)
        blocklist(readings, result=None, email_spam=lists.email_spam, attack_source=lists.attack_source)
    if body.ip_info is not None:
        pair = (body.ip_info.v4, body.ip_info.v6)
        hosting(
            readings,
            [(one.datacenter_result, one.datacenter_name, one.asn_type) for one in pair if one is not None],
        )
    if (reset := body.factory_reset_timestamp) is not None:
        at = from_milliseconds(reset) if reset else None
        add(readings, "factory_reset", reset != 0, ("reset_at", at))
    labelled(readings, body.labels or ())
    if (action := body.rule_action) is not None:
        add(
            readings,
            "rule_action",
            action.type,
            ("ruleset_id", action.ruleset_id),
            ("rule_id", action.rule_id),
            ("rule_expression", action.rule_expression),
        )
    return readings


_PLAIN: Final = (
    "incognito",
    "privacy_settings",
    "developer_tools",
    "high_activity_device",
    "replayed",
    "root_apps",
    "emulator",
    "cloned_app",
    "jailbroken",
    "simulator",
    "frida",
    "location_spoofing",
    "mitm_attack",
    "active_call",
    "compromised_device_integrity",
)
_PLAIN_OF: Final = attrgetter(*_PLAIN)
