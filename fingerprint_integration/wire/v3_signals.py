"""API v3: the parts of an event that are read on first access, signals and raw device attributes."""

import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Final, TypeVar

import msgspec

from fingerprint_integration.domain import Attribute, Reading
from fingerprint_integration.signals import BY_NAME
from fingerprint_integration.times import EPOCH, from_iso
from fingerprint_integration.wire import v3_parts, v3_shapes
from fingerprint_integration.wire.readings import add, blocklist, hosting, known, labelled
from fingerprint_integration.wire.tolerance import Drift, Malformed, Shape, members, read
from fingerprint_integration.wire.v3_shapes import Error, Product

_Raw = msgspec.Raw
_T = TypeVar("_T")


class _Plain(Shape):
    result: bool | None = None


class _RawProduct(Shape):
    data: _Raw = _Raw()
    error: Error | None = None


class _Identified(Shape):
    incognito: bool | None = None
    replayed: bool | None = None
    components: _Raw = _Raw()


class _Bot(Shape):
    result: str | None = None
    type: str | None = None


class _Botd(Shape):
    bot: _Bot | None = None


class _Tampering(Shape, rename="camel"):
    result: bool | None = None
    confidence: str | None = None
    anomaly_score: float | None = None
    ml_score: float | None = None
    anti_detect_browser: bool | None = None


class _Machine(Shape, rename="camel"):
    result: bool | None = None
    ml_score: float | None = None


class _Activity(Shape, rename="camel"):
    result: bool | None = None
    daily_requests: int | None = None


class _Rare(Shape, rename="camel"):
    result: bool | None = None
    percentile_bucket: str | None = None


# `publicVPN` is the one name that camel case does not give.
_METHOD_NAMES: Final = {
    "timezone_mismatch": "timezoneMismatch",
    "public_vpn": "publicVPN",
    "auxiliary_mobile": "auxiliaryMobile",
    "os_mismatch": "osMismatch",
    "ml_prediction": "mlPrediction",
}


class _VpnMethods(Shape, rename=_METHOD_NAMES):
    timezone_mismatch: bool | None = None
    public_vpn: bool | None = None
    auxiliary_mobile: bool | None = None
    os_mismatch: bool | None = None
    relay: bool | None = None
    ml_prediction: bool | None = None


class _Vpn(Shape, rename="camel"):
    result: bool | None = None
    confidence: str | None = None
    ml_score: float | None = None
    origin_timezone: str | None = None
    origin_country: str | None = None
    methods: _VpnMethods | None = None


class _ProxyDetails(Shape, rename="camel"):
    proxy_type: str | None = None
    last_seen_at: str | None = None
    provider: str | None = None


class _Proxy(Shape, rename="camel"):
    result: bool | None = None
    confidence: str | None = None
    ml_score: float | None = None
    details: _ProxyDetails | None = None


class _BlocklistDetails(Shape, rename="camel"):
    email_spam: bool | None = None
    attack_source: bool | None = None


class _Blocklist(Shape):
    result: bool | None = None
    details: _BlocklistDetails | None = None


class _Hosted(Shape):
    asn: v3_shapes.Asn | None = None
    datacenter: v3_shapes.DataCentre | None = None


class _Addresses(Shape):
    v4: _Hosted | None = None
    v6: _Hosted | None = None


class _Reset(Shape):
    time: str | None = None
    timestamp: int | None = None


class _Products(Shape, rename="camel"):
    identification: Product[_Identified] | None = None
    botd: Product[_Botd] | None = None
    incognito: Product[_Plain] | None = None
    privacy_settings: Product[_Plain] | None = None
    virtual_machine: Product[_Machine] | None = None
    tampering: Product[_Tampering] | None = None
    developer_tools: Product[_Plain] | None = None
    rare_device: Product[_Rare] | None = None
    high_activity: Product[_Activity] | None = None
    vpn: Product[_Vpn] | None = None
    proxy: Product[_Proxy] | None = None
    tor: Product[_Plain] | None = None
    ip_blocklist: Product[_Blocklist] | None = None
    ip_info: Product[_Addresses] | None = None
    root_apps: Product[_Plain] | None = None
    emulator: Product[_Plain] | None = None
    cloned_app: Product[_Plain] | None = None
    jailbroken: Product[_Plain] | None = None
    frida: Product[_Plain] | None = None
    factory_reset: Product[_Reset] | None = None
    location_spoofing: Product[_Plain] | None = None
    mitm_attack: Product[_Plain] | None = None
    remote_control: Product[_Plain] | None = None
    labels: Product[tuple[v3_shapes.LabelShape, ...]] | None = None
    velocity: _RawProduct | None = None
    suspect_score: _RawProduct | None = None
    raw_device_attributes: _RawProduct | None = None


class Item(Shape):
    """One event, for its signals."""

    products: _Products | None = None


class _AttributeShape(Shape):
    value: _Raw = _Raw()
    error: _Raw = _Raw()


class _AttributeError(Shape):
    name: str | None = None
    message: str | None = None


_ITEM: Final = msgspec.json.Decoder(Item)
_ATTRIBUTE: Final = msgspec.json.Decoder(_AttributeShape)
_ATTRIBUTE_ERROR: Final = msgspec.json.Decoder(_AttributeError)
_NO_PRODUCTS: Final = _Products()
_HUMP: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")

_SURENESS: Final = frozenset({"low", "medium", "high"})
WORDS: Final[Mapping[str, frozenset[str]]] = {
    "products.botd.data.bot.result": frozenset({"notDetected", "good", "bad"}),
    "products.tampering.data.confidence": _SURENESS,
    "products.vpn.data.confidence": _SURENESS,
    "products.proxy.data.confidence": _SURENESS,
    "products.proxy.data.details.proxyType": frozenset({"residential", "data_center", "unknown"}),
    "products.identification.data.sdk.platform": frozenset({"js", "android", "ios", "unknown"}),
    "products.rareDevice.data.percentileBucket": frozenset(
        {"<p95", "p95-p99", "p99-p99.5", "p99.5-p99.9", "p99.9+", "not_seen"}
    ),
}
"""Closed lists of spec 2.12 to 3.10; a word beyond them is shown as it is, and counted."""

_PLAIN: Final = {
    "incognito": "incognito",
    "privacy_settings": "privacy_settings",
    "developer_tools": "developer_tools",
    "tor_node": "tor",
    "root_apps": "root_apps",
    "emulator": "emulator",
    "cloned_app": "cloned_app",
    "jailbroken": "jailbroken",
    "frida": "frida",
    "location_spoofing": "location_spoofing",
    "mitm_attack": "mitm_attack",
    "remote_control": "remote_control",
}
"""Catalogue name to the product that is nothing but a result."""
_PLAIN_OF: Final = attrgetter(*_PLAIN.values())
_PRODUCTS: Final = _Products.__struct_fields__
_ALL_OF: Final = attrgetter(*_PRODUCTS)

_FAILING_TOGETHER: Final = {
    "velocity": (
        "events",
        "ip_events",
        "distinct_linked_id",
        "distinct_ip",
        "distinct_ip_by_linked_id",
        "distinct_visitor_id_by_linked_id",
        "distinct_country",
    ),
    "suspect_score": ("suspect_score",),
    "tampering": ("tampering", "anti_detect_browser"),
    "ip_info": ("datacenter",),
    "botd": ("bot",),
    "tor": ("tor_node",),
    "high_activity": ("high_activity_device",),
    "identification": ("replayed",),
}
"""Product to the catalogue's signals that fail with it, where the names differ."""


class _Reader:
    def signals(self, raw: bytes) -> Mapping[str, Reading]:
        """Give the readings of the claims the payload mentions, and of everything that failed."""
        try:
            item, _ = read(_ITEM, raw)
        except Malformed:
            return {}
        return _readings(item.products or _NO_PRODUCTS)

    def attributes(self, raw: bytes) -> tuple[Attribute, ...]:
        """Give the raw device attributes, in v4's spelling; of older events the components of the identification."""
        try:
            item, _ = read(_ITEM, raw)
            products = item.products or _NO_PRODUCTS
            listed = products.raw_device_attributes
            found = bytes(listed.data) if listed is not None else b""
            if not found and (identified := _data(products.identification)) is not None:
                found = bytes(identified.components)
            pieces = members(found) if found else {}
        except Malformed:
            return ()
        return tuple(_attribute(name, piece) for name, piece in pieces.items())

    def __repr__(self) -> str:
        return "v3"


READER: Final = _Reader()


def drifts(raw: bytes) -> list[Drift]:
    """Tell which members are of another type than expected. Raises Malformed."""
    return read(_ITEM, raw)[1]


def _data(product: Product[_T] | None) -> _T | None:
    return product.data if product is not None else None


def _attribute(name: str, piece: bytes) -> Attribute:
    name = _HUMP.sub(lambda hump: f"_{hump.group(1).lower()}", name)
    try:
        found, _ = read(_ATTRIBUTE, piece)
    except Malformed:
        return Attribute(name, value=piece.decode("utf-8", "replace"))
    if error := bytes(found.error):
        try:
            told, _ = read(_ATTRIBUTE_ERROR, error)
        except Malformed:
            return Attribute(name, error="not readable")
        return Attribute(name, error=": ".join(part for part in (told.name, told.message) if part) or "unknown")
    value = bytes(found.value)
    return Attribute(name, value=value.decode("utf-8", "replace") if value else None)


class _Failed(dict[str, Reading]):
    """Readings of an event in which something failed: data and error at once are legal, then both are kept."""

    def __setitem__(self, name: str, reading: Reading) -> None:
        if (failed := self.get(name)) is not None:
            reading = Reading(reading.value, reading.evidence, failed.error_code, failed.error_message)
        super().__setitem__(name, reading)


def _readings(products: _Products) -> dict[str, Reading]:
    failures = _failures(products)
    readings: dict[str, Reading] = _Failed(failures) if failures else {}
    plain: Product[_Plain] | None
    for name, plain in zip(_PLAIN, _PLAIN_OF(products), strict=True):
        if plain is not None and plain.data is not None:
            add(readings, name, plain.data.result)
    if (identified := _data(products.identification)) is not None:
        add(readings, "replayed", identified.replayed)
        if "incognito" not in readings and identified.incognito:
            # The identification must say something here, so only its yes is an answer; no is said by the product.
            add(readings, "incognito", identified.incognito)
    if (botd := _data(products.botd)) is not None and botd.bot is not None:
        result = "not_detected" if botd.bot.result == "notDetected" else botd.bot.result
        add(readings, "bot", result, ("type", botd.bot.type))
    if (machine := _data(products.virtual_machine)) is not None:
        add(readings, "virtual_machine", machine.result, ("ml_score", machine.ml_score))
    if (tampering := _data(products.tampering)) is not None:
        add(
            readings,
            "tampering",
            tampering.result,
            ("confidence", tampering.confidence),
            ("anomaly_score", tampering.anomaly_score),
            ("ml_score", tampering.ml_score),
            ("anti_detect_browser", tampering.anti_detect_browser),
        )
        add(readings, "anti_detect_browser", tampering.anti_detect_browser)
    if (rare := _data(products.rare_device)) is not None:
        add(readings, "rare_device", rare.result, ("percentile_bucket", rare.percentile_bucket))
    if (activity := _data(products.high_activity)) is not None:
        add(readings, "high_activity_device", activity.result, ("daily_requests", activity.daily_requests))
    if (vpn := _data(products.vpn)) is not None:
        methods = vpn.methods or _VpnMethods()
        add(
            readings,
            "vpn",
            vpn.result,
            ("confidence", vpn.confidence),
            ("ml_score", vpn.ml_score),
            ("origin_timezone", known(vpn.origin_timezone)),
            ("origin_country", known(vpn.origin_country)),
            ("timezone_mismatch", methods.timezone_mismatch),
            ("public_vpn", methods.public_vpn),
            ("auxiliary_mobile", methods.auxiliary_mobile),
            ("os_mismatch", methods.os_mismatch),
            ("relay", methods.relay),
            ("ml_prediction", methods.ml_prediction),
        )
    if (proxy := _data(products.proxy)) is not None:
        details = proxy.details or _ProxyDetails()
        add(
            readings,
            "proxy",
            proxy.result,
            ("confidence", proxy.confidence),
            ("ml_score", proxy.ml_score),
            ("proxy_type", details.proxy_type),
            ("provider", details.provider),
            ("last_seen_at", from_iso(details.last_seen_at)),
        )
    if (lists := _data(products.ip_blocklist)) is not None:
        parts = lists.details or _BlocklistDetails()
        blocklist(readings, result=lists.result, email_spam=parts.email_spam, attack_source=parts.attack_source)
    if (addresses := _data(products.ip_info)) is not None:
        hosting(readings, [_hosted(one) for one in (addresses.v4, addresses.v6) if one is not None])
    if (reset := _data(products.factory_reset)) is not None:
        _factory_reset(readings, reset)
    labelled(readings, v3_parts.labels(products.labels))
    return readings


def _failures(products: _Products) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    product: Product[object] | _RawProduct | None
    for product_name, product in zip(_PRODUCTS, _ALL_OF(products), strict=True):
        if product is not None and (error := product.error) is not None:
            reading = Reading(None, (), error.code or "unknown", error.message)
            readings.update(dict.fromkeys(_FAILING_TOGETHER.get(product_name, (product_name,)), reading))
    # These have no signal of their own; what failed is told by the event, or by its device attributes.
    return {name: reading for name, reading in readings.items() if name in BY_NAME}


def _hosted(one: _Hosted) -> tuple[bool | None, str | None, str | None]:
    host, asn = one.datacenter or v3_shapes.DataCentre(), one.asn or v3_shapes.Asn()
    return host.result, host.name, asn.type


def _factory_reset(readings: dict[str, Reading], reset: _Reset) -> None:
    # The unit of `timestamp` is not documented, so the text is believed first; the epoch means "none known".
    at = from_iso(reset.time)
    if at is None and reset.timestamp is None:
        return
    known = at != EPOCH if at is not None else reset.timestamp != 0
    add(readings, "factory_reset", known, ("reset_at", at if known else None))
