"""The search parameters of both versions, and what each lets through.

A filter sees what its version shows: v3 answers `false` for mobile signals of browsers, so `jailbroken=false`
matches browsers there, while v4, which leaves such signals out, does not match them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .clock import DAY
from .errors import invalid
from .query_string import Parameters, Reader, addresses, moment, number
from .records import CALM, IOS, PLATFORMS, Event
from .search import Addresses, Predicate, Search, open_key
from .world import World

DEFAULT_WINDOW = 7 * DAY
DEFAULT_LIMIT_V4 = 10
MOST_V4 = 100
MOST_HITS = 1000
LINKED_ID_LENGTH = 256
WELL_FORMED_VISITOR = re.compile(r"[A-Za-z0-9]{20,21}")

_BOOLEANS = {
    name: name
    for name in (
        "vpn", "proxy", "incognito", "privacy_settings", "virtual_machine", "tampering", "anti_detect_browser",
        "developer_tools", "location_spoofing", "mitm_attack", "jailbroken", "frida", "cloned_app", "emulator",
        "root_apps", "rare_device",
    )
}  # fmt: skip
_BOOLEANS_V4 = {"tor_node": "tor_node", "simulator": "simulator", "active_call": "active_call"}
_BUCKETS = ("<p95", "p95-p99", "p99-p99.5", "p99.5-p99.9", "p99.9+", "not_seen")
_RADII = (10, 25, 65, 175, 450, 1200, 3300, 8500, 22500)
_BOT_CATEGORIES = (
    "advertising_and_marketing", "aggregator", "ai_agent", "ai_assistant", "ai_browser", "ai_crawler", "ai_search",
    "browser_automation", "ecommerce", "monitoring_and_analytics", "other", "scraping", "security",
    "search_engine_crawler", "search_engine_optimization", "unknown",
)  # fmt: skip


def parse_v3(parameters: Parameters, now: int, world: World, most: int) -> Search:
    """Understand a v3 search, or refuse it."""
    read = Reader(parameters)
    limit = read.integer("limit", "invalid limit")
    if limit is None or not 1 <= limit <= most:
        raise invalid("invalid limit")
    start = read.integer("start", "invalid start time")
    end = read.integer("end", "invalid end time")
    if start is None and end is None:
        start = now - DEFAULT_WINDOW
    search = Search(limit=limit, after=start, before=end)
    search.address = addresses(read.text("ip_address"), plain_allowed=False)
    _read_common(read, search, world, version="v3")
    for name in ("ip_blocklist", "datacenter"):
        wanted = read.boolean(name)
        if wanted is not None:
            shown = _blocklisted if name == "ip_blocklist" else _in_datacenter
            search.predicates.append(_equals(shown, wanted))
    radius = read.integer("proximity_precision_radius", "invalid proximity_precision_radius param")
    if radius is not None:
        if radius not in _RADII:
            raise invalid("invalid proximity_precision_radius param")
        search.predicates.append(lambda event: event.proximity is not None and event.proximity[1] == radius)
    key = read.integer("pagination_key", "invalid pagination key")
    if key is not None:
        # The key is the time stamp of the last event, so others of the same millisecond are lost. So be it.
        if search.oldest_first:
            search.after = key if search.after is None else max(key, search.after)
        else:
            search.before = key if search.before is None else min(key, search.before)
    return search


def parse_v4(parameters: Parameters, now: int, world: World) -> Search:
    """Understand a v4 search, or refuse it."""
    read = Reader(parameters)
    limit = read.integer("limit", "invalid limit")
    if limit is None:
        limit = DEFAULT_LIMIT_V4
    if not 1 <= limit <= MOST_V4:
        raise invalid("invalid limit")
    start = moment(read.text("start"), "invalid start time")
    end = moment(read.text("end"), "invalid end time")
    search = Search(limit=limit, after=now - DEFAULT_WINDOW if start is None else start, before=end)
    search.address = addresses(read.text("ip_address"), plain_allowed=True)
    _read_common(read, search, world, version="v4")
    _read_v4_only(read, search)
    search.total_hits = read.integer("total_hits", "invalid total_hits param")
    if search.total_hits is not None and not 1 <= search.total_hits <= MOST_HITS:
        raise invalid("invalid total_hits param")
    key = read.text("pagination_key")
    if key is not None:
        search.resume_at = open_key(world.seed, key, oldest_first=search.oldest_first)
    return search


def _read_common(read: Reader, search: Search, world: World, *, version: str) -> None:
    search.oldest_first = read.boolean("reverse", "invalid reverse param") or False
    search.visitor_id = read.text("visitor_id")
    if search.visitor_id is not None and not is_well_formed(search.visitor_id, world):
        raise invalid("invalid visitor id")
    search.linked_id = read.text("linked_id")
    if search.linked_id is not None:
        if len(search.linked_id) > LINKED_ID_LENGTH:
            raise invalid("linked_id can't be greater than 256 characters long")
        linked_id = search.linked_id
        search.predicates.append(lambda event: event.linked_id == linked_id)
    if search.address is not None:
        search.predicates.append(_within(search.address))
    _read_bot(read, search, version)
    booleans = _BOOLEANS | _BOOLEANS_V4 if version == "v4" else _BOOLEANS
    for parameter, signal in booleans.items():
        wanted = read.boolean(parameter)
        if wanted is not None:
            search.predicates.append(_equals(_shown(signal, version), wanted))
            if wanted or signal == "rare_device":
                search.marks.append(signal)
    suspect = read.boolean("suspect")
    if suspect is not None:
        search.predicates.append(lambda event: event.suspect is suspect)
        search.marks.append("suspect")
    reset = read.boolean("factory_reset")
    if reset is not None:
        search.predicates.append(_was_reset(version, reset))
    for parameter, choices in (
        ("vpn_confidence", ("high", "medium", "low")),
        ("rare_device_percentile_bucket", _BUCKETS),
    ):
        choice = read.choice(parameter, choices)
        if choice is not None:
            search.predicates.append(_equals(_shown(parameter, version), choice))
            if parameter == "rare_device_percentile_bucket":
                search.marks.append(parameter)
    threshold = number(read.text("min_suspect_score"))
    if threshold is not None:
        search.predicates.append(lambda event: event.suspect_score is not None and event.suspect_score > threshold)
    platform = read.choice("sdk_platform", ("js", "android", "ios"))
    if platform is not None:
        search.predicates.append(lambda event: (event.device.sdk or {}).get("platform") == platform)
    sdk_version = read.text("sdk_version")
    if sdk_version is not None:
        search.predicates.append(lambda event: (event.device.sdk or {}).get("version") == sdk_version)
    environments = read.texts("environment")
    if environments:
        search.predicates.append(lambda event: event.environment_id in environments)
    proximity_id = read.text("proximity_id")
    if proximity_id is not None:
        search.predicates.append(lambda event: event.proximity is not None and event.proximity[0] == proximity_id)


def _read_bot(read: Reader, search: Search, version: str) -> None:
    bot = read.choice("bot", ("all", "good", "bad", "none"), "invalid bot type")
    if bot is None:
        return
    results = {"all": ("good", "bad"), "none": ("not_detected",)}.get(bot, (bot,))
    shown = _shown("bot", version)
    search.predicates.append(lambda event: shown(event) in results)


def _read_v4_only(read: Reader, search: Search) -> None:
    for name, value_of in (
        ("high_recall_id", lambda event: event.high_recall_id),
        ("url", lambda event: event.url),
        ("bundle_id", lambda event: event.device.bundle_id),
        ("package_name", lambda event: event.device.package_name),
        ("origin", _origin),
    ):
        wanted = read.text(name)
        if wanted is not None:
            search.predicates.append(_equals(value_of, wanted))
    asn = read.text("asn")
    if asn is not None:
        search.predicates.append(
            lambda event: any(
                info is not None and info.get("asn") == asn for info in (event.network.v4, event.network.v6)
            )
        )
    status = read.choice("incremental_identification_status", ("partially_completed", "completed"))
    if status is not None:
        search.predicates.append(lambda event: event.incremental_status == status)
    sources = read.texts("source")
    if sources:
        if sources != ["edge"]:
            raise invalid("invalid source param")
        search.source = "edge"
    presence = read.choice("bot_info", ("all", "none"))
    if presence is not None:
        is_wanted = presence == "all"
        search.predicates.append(lambda event: (event.signal("bot_info") is not None) is is_wanted)
        if is_wanted:
            search.marks.append("bot_info")
    for part, choices in (
        ("category", _BOT_CATEGORIES),
        ("identity", ("verified", "signed", "spoofed", "unknown")),
        ("confidence", ("low", "medium", "high")),
        ("provider", None),
        ("name", None),
    ):
        wanted_texts = read.texts(f"bot_info_{part}")
        if not wanted_texts:
            continue
        if choices is not None and not set(wanted_texts) <= set(choices):
            raise invalid(f"invalid bot_info_{part} param")
        search.predicates.append(_bot_info(part, wanted_texts))
        search.marks.append("bot_info")


def _bot_info(part: str, wanted: list[str]) -> Predicate:
    return lambda event: (event.signal("bot_info") or {}).get(part) in wanted


def _equals(value_of: Callable[[Event], Any], wanted: Any) -> Predicate:
    return lambda event: value_of(event) == wanted


def _shown(signal: str, version: str) -> Callable[[Event], Any]:
    """What a version shows of a signal; None when it shows nothing."""
    if version == "v3":
        if signal == "tampering":
            return lambda event: (
                False if event.device.platform == IOS and event.signal(signal) is not None else event.signal(signal)
            )
        calm = CALM.get(signal)
        if signal in PLATFORMS and calm is not None:
            platforms = PLATFORMS[signal]
            return lambda event: (
                event.signal(signal)
                if event.device.platform in platforms
                else calm
                if event.loaded is None and signal in event.all_signals()
                else None
            )
    if signal == "anti_detect_browser" and version == "v4":
        return lambda event: event.signal(signal) if event.device.platform == "js" else None
    return lambda event: event.signal(signal)


def _was_reset(version: str, wanted: bool) -> Predicate:
    shown = _shown("factory_reset_timestamp", version)

    def matches(event: Event) -> bool:
        reset_at = shown(event)
        return reset_at is not None and (reset_at > 0) is wanted

    return matches


def _blocklisted(event: Event) -> bool | None:
    values = [event.signal(name) for name in ("email_spam", "attack_source")]
    return None if values == [None, None] else True in values


def _in_datacenter(event: Event) -> bool | None:
    results = [
        info["datacenter_result"]
        for info in (event.network.v4, event.network.v6)
        if info is not None and "datacenter_result" in info
    ]
    return any(results) if results else None


def _origin(event: Event) -> str | None:
    if event.url is None:
        return None
    try:
        parts = urlsplit(event.url)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None


def _within(network: Addresses) -> Predicate:
    first, last = int(network.network_address), int(network.broadcast_address)
    family = network.version
    return lambda event: event.network.family == family and first <= event.network.number <= last


def is_well_formed(visitor_id: str, world: World) -> bool:
    """Whether a text may be a visitor id: twenty letters and digits (official examples also have 21)."""
    return WELL_FORMED_VISITOR.fullmatch(visitor_id) is not None or visitor_id in world.identities
