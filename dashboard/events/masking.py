"""What of a visitor a person may see. Everything that is not on an allow-list is masked: also what nobody knows yet.

The one policy for every page, tooltip, fragment, raw answer and export. Ask it in this order: `Lens.of(user)` once a
request; `lens.text(field, value)` for what to show; `lens.shows(field)` whether it may be seen at all;
`lens.may_search(field)` whether it may be searched for; `raw_view(raw, version)` for JSON. Which fields are personal is
written in the signal catalogue. Masks have fixed lengths, so that a length tells nothing.

A lens with `revealed` shows the fields named there too. Only events/reveals.py makes one, for one answer, after the
reveal stands in the audit log.
"""

import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.events.filters import MASK
from fingerprint_integration.domain import ApiVersion, Event
from fingerprint_integration.signals import CATALOGUE, FIELDS, NOT_PERSONAL, Detail


@dataclass(frozen=True)
class Lens:
    """Through which one person looks at visitors."""

    sees_personal: bool
    revealed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, user: User) -> "Lens":
        """The lens of this person's roles."""
        return cls(sees_personal=Perm.VIEW_PERSONAL in user.perms)

    def shows(self, field: str) -> bool:
        """Tell whether this field of an event may be seen as it is; a field the catalogue does not know may not."""
        return self.may_search(field) or field in self.revealed

    def may_search(self, field: str) -> bool:
        """Tell whether a click may search for this field's value: never for one that was revealed for one answer."""
        return self.sees_personal or field in NOT_PERSONAL

    def text(self, field: str, value: str | None) -> str | None:
        """The value of a field, or its mask; what is absent or empty hides nobody and stays."""
        if not value or self.shows(field):
            return value
        if field == "ip_address":
            return masked_address(value)
        return masked_page(value) if field == "url" else MASK

    def detail(self, detail: Detail, known: frozenset[str]) -> str:
        """A piece of evidence beside a signal; `known` are the names the catalogue has for that signal."""
        if self.sees_personal or (detail.name in known and not detail.is_personal):
            return detail.text
        return MASK


def masked_address(address: str) -> str:
    """`94.142.•••.•••`, `2001:db8:•••`; what is no address is all mask."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return MASK
    if isinstance(parsed, ipaddress.IPv4Address):
        return ".".join([*str(parsed).split(".")[:2], MASK, MASK])
    first, second = parsed.exploded.split(":")[:2]
    return f"{int(first, 16):x}:{int(second, 16):x}:{MASK}"


def masked_page(url: str) -> str:
    """A page's address without what may name somebody: no user, no query, no fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return MASK
    if parts.scheme not in ("http", "https") or not host:
        return MASK
    host = f"[{host}]" if ":" in host else host
    path = re.split(r"[;?#\\%]", parts.path)[0]
    was_cut = path != parts.path or parts.query or parts.fragment
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}" + (f"?{MASK}" if was_cut else "")


# -- The raw answer ---------------------------------------------------------------------------------------------

# Evidence and places that the catalogue knows by name, where the payload keeps them. `*` is v4 or v6.
_PLACES = ("country_code", "country_name", "continent_code", "continent_name")
_INSIDE: Final[dict[ApiVersion, tuple[str, ...]]] = {
    ApiVersion.V4: (
        "bot",
        "bot_type",
        "bot_info.category",
        "bot_info.provider",
        "bot_info.provider_url",
        "bot_info.name",
        "bot_info.identity",
        "bot_info.confidence",
        "tampering",
        "tampering_confidence",
        "tampering_ml_score",
        "tampering_details.anomaly_score",
        "tampering_details.anti_detect_browser",
        "virtual_machine_ml_score",
        "rare_device_percentile_bucket",
        "vpn_confidence",
        "vpn_ml_score",
        "vpn_methods.timezone_mismatch",
        "vpn_methods.public_vpn",
        "vpn_methods.auxiliary_mobile",
        "vpn_methods.os_mismatch",
        "vpn_methods.relay",
        "vpn_methods.ml_prediction",
        "proxy_confidence",
        "proxy_ml_score",
        "proxy_details.proxy_type",
        "proxy_details.last_seen_at",
        "proxy_details.provider",
        "ip_blocklist.email_spam",
        "ip_blocklist.attack_source",
        "ip_blocklist.tor_node",
        "ip_info.*.datacenter_result",
        "ip_info.*.datacenter_name",
        "ip_info.*.asn_type",
        *(f"ip_info.*.geolocation.{place}" for place in _PLACES),
        "browser_details.os",
        "browser_details.os_version",
        "browser_details.device",
    ),
    ApiVersion.V3: (
        "botd.bot.result",
        "botd.bot.type",
        "botd.userAgent",
        "botd.requestId",
        "botd.time",
        "identification.time",
        "identification.incognito",
        "identification.confidence",
        "tampering.confidence",
        "tampering.anomalyScore",
        "tampering.mlScore",
        "tampering.antiDetectBrowser",
        "virtualMachine.mlScore",
        "rareDevice.percentileBucket",
        "highActivity.dailyRequests",
        "vpn.confidence",
        "vpn.mlScore",
        "vpn.methods.timezoneMismatch",
        "vpn.methods.publicVPN",
        "vpn.methods.auxiliaryMobile",
        "vpn.methods.osMismatch",
        "vpn.methods.relay",
        "vpn.methods.mlPrediction",
        "proxy.confidence",
        "proxy.mlScore",
        "proxy.details.proxyType",
        "proxy.details.lastSeenAt",
        "proxy.details.provider",
        "ipBlocklist.details.emailSpam",
        "ipBlocklist.details.attackSource",
        "ipInfo.*.datacenter.result",
        "ipInfo.*.datacenter.name",
        "ipInfo.*.asn.type",
        "ipInfo.*.geolocation.country.code",
        "ipInfo.*.geolocation.country.name",
        "ipInfo.*.geolocation.continent.code",
        "ipInfo.*.geolocation.continent.name",
        "factoryReset.time",
        "factoryReset.timestamp",
    ),
}
# Counters: whatever is a number inside may be seen.
_COUNTERS: Final = frozenset({("velocity",)})
Path = tuple[str, ...]


def _places_of_fields(version: ApiVersion, *, personal: bool) -> Iterator[Path]:
    for field in FIELDS:
        place = field.v4 if version is ApiVersion.V4 else field.v3
        if place is not None and field.personal is personal:
            yield tuple(place.split("."))


def _leaves(version: ApiVersion) -> Iterator[Path]:
    """Where a single value stands that may be seen."""
    yield from _places_of_fields(version, personal=False)
    for place in _INSIDE[version]:
        for family in ("v4", "v6") if "*" in place else ("",):
            yield tuple(place.replace("*", family).split("."))
    for spec in CATALOGUE:
        if version is ApiVersion.V4 and spec.v4 is not None:
            yield tuple(spec.v4.split("."))
        elif version is ApiVersion.V3 and spec.v3 is not None:
            product = tuple(spec.v3.split("."))
            yield product if len(product) > 1 else (*product, "result")
            yield (product[0], "error", "code")


_LEAVES: Final = {version: frozenset(_leaves(version)) for version in ApiVersion}
_BRANCHES: Final = {
    version: frozenset(path[:length] for path in leaves for length in range(1, len(path)))
    for version, leaves in _LEAVES.items()
}
_PERSONAL: Final = {version: frozenset(_places_of_fields(version, personal=True)) for version in ApiVersion}


def raw_view(raw: bytes, version: ApiVersion) -> str:
    """The payload as JSON text for people who may not see personal values: what the catalogue does not allow is dots.

    Keys nobody knows are dots as well: a customer's tags carry words of their own. A payload that cannot be read is all
    mask.
    """
    try:
        shown = _masked(json.loads(raw), (), version)
    except (ValueError, RecursionError):
        shown = MASK
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _masked(value: Any, path: Path, version: ApiVersion) -> Any:
    if path in _COUNTERS:
        return _numbers(value)
    if isinstance(value, dict):
        return _masked_object(value, path, version)
    return value if path in _LEAVES[version] and not isinstance(value, list) else MASK


def _masked_object(value: dict[str, Any], path: Path, version: ApiVersion) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, inside in value.items():
        here = _step(path, key, version)
        if here == path or here in _LEAVES[version] or here in _BRANCHES[version] or here in _COUNTERS:
            shown[key] = _masked(inside, here, version)
        else:
            shown[key if here in _PERSONAL[version] else MASK] = MASK
    return shown


def _step(path: Path, key: str, version: ApiVersion) -> Path:
    """Where `key` leads. v3 wraps every product: products.vpn.data.result stands as vpn.result in the catalogue."""
    is_wrapper = version is ApiVersion.V3 and ((not path and key == "products") or (len(path) == 1 and key == "data"))
    return path if is_wrapper else (*path, key)


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key if re.fullmatch(r"[A-Za-z0-9_]{1,40}", key) else MASK: _numbers(inside) for key, inside in value.items()
        }
    return value if value is None or isinstance(value, int | float) else MASK


def address_of(event: Event) -> str | None:
    """The address an event came from: what Fingerprint names first, else the one it looked up."""
    looked_up = (info.address for info in (event.ip_v4, event.ip_v6) if info is not None and info.address)
    return event.ip_address or next(looked_up, None)
