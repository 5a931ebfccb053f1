"""What can be asked of a search and changed on an event, in the words of v4."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from fingerprint_integration.errors import InvalidRequest
from fingerprint_integration.times import from_iso, from_milliseconds


class Discreet(msgspec.Struct, frozen=True):
    """A struct whose repr tells only its type: what it holds is about people, and reprs end in logs."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class EventQuery(Discreet, frozen=True, kw_only=True, omit_defaults=True):
    """A search: every filter of both versions by v4's name. None and () mean: do not filter.

    A boolean filter leaves out events that lack the signal, also when it is False. `start` and `end` are exclusive,
    as at Fingerprint; without both the service searches its last seven days only.
    """

    limit: int = 100
    """Events a page; v4 allows 1 to 100."""
    start: datetime | None = None
    end: datetime | None = None
    reverse: bool | None = None
    total_hits: int | None = None
    """v4: count matches up to this number (1 to 1000); v3 cannot count and ignores the wish."""

    visitor_id: str | None = None
    high_recall_id: str | None = None
    linked_id: str | None = None
    ip_address: str | None = None
    asn: str | None = None
    url: str | None = None
    origin: str | None = None
    bundle_id: str | None = None
    package_name: str | None = None
    suspect: bool | None = None
    bot: str | None = None
    bot_info: str | None = None
    bot_info_category: tuple[str, ...] = ()
    bot_info_identity: tuple[str, ...] = ()
    bot_info_confidence: tuple[str, ...] = ()
    bot_info_provider: tuple[str, ...] = ()
    bot_info_name: tuple[str, ...] = ()
    vpn: bool | None = None
    vpn_confidence: str | None = None
    proxy: bool | None = None
    tor_node: bool | None = None
    incognito: bool | None = None
    privacy_settings: bool | None = None
    virtual_machine: bool | None = None
    tampering: bool | None = None
    anti_detect_browser: bool | None = None
    developer_tools: bool | None = None
    location_spoofing: bool | None = None
    mitm_attack: bool | None = None
    jailbroken: bool | None = None
    frida: bool | None = None
    cloned_app: bool | None = None
    emulator: bool | None = None
    simulator: bool | None = None
    root_apps: bool | None = None
    factory_reset: bool | None = None
    active_call: bool | None = None
    compromised_device_integrity: bool | None = None
    min_suspect_score: float | None = None
    """Keeps scores above this one."""
    rare_device: bool | None = None
    rare_device_percentile_bucket: str | None = None
    proximity_id: str | None = None
    sdk_version: str | None = None
    sdk_platform: str | None = None
    environment: tuple[str, ...] = ()
    incremental_identification_status: str | None = None
    source: tuple[str, ...] = ()
    ip_blocklist: bool | None = None
    """v3 only."""
    datacenter: bool | None = None
    """v3 only."""
    proximity_precision_radius: int | None = None
    """v3 only, metres."""


class EventChange(Discreet, frozen=True, kw_only=True):
    """What to change on an event; None leaves alone. What was set once cannot be unset at Fingerprint."""

    suspect: bool | None = None
    linked_id: str | None = None
    tags: Mapping[str, object] | None = None


def query_from(query: EventQuery, filters: Mapping[str, object]) -> EventQuery:
    """Put keywords over a query. TypeError for a name no version has, InvalidRequest for a value of another type."""
    given = {name: value for name, value in filters.items() if value is not None}
    if unknown := given.keys() - set(EventQuery.__struct_fields__):
        raise TypeError(f"search_events has no filter named {', '.join(sorted(unknown))}")
    for name, value in given.items():
        if name in {"start", "end"}:
            given[name] = as_time(name, value)
        elif isinstance(value, str) and name in _REPEATED:
            given[name] = (value,)
    try:
        checked = msgspec.convert(given, EventQuery)
    except msgspec.ValidationError as error:
        wrong = str(error)
    else:
        return msgspec.structs.replace(query, **{name: getattr(checked, name) for name in given})
    place = re.search(r"`\$\.(\w+)", wrong)
    raise InvalidRequest("A filter has a value of another kind than it takes.", field=place.group(1) if place else None)


_REPEATED: Final = frozenset(
    field.name for field in msgspec.structs.fields(EventQuery) if isinstance(field.default, tuple)
)


def as_time(name: str, value: object) -> datetime | None:
    """Take a time as a datetime with a zone, as Unix ms, or as RFC 3339. InvalidRequest for anything else."""
    found: datetime | None = None
    match value:
        case None:
            return None
        case bool():
            pass
        case datetime():
            found = value
        case int():
            found = from_milliseconds(value)
        case str():
            found = from_milliseconds(int(value)) if value.isdecimal() else from_iso(value)
    if found is None or found.tzinfo is None:
        raise InvalidRequest("A time needs a date, an hour and a time zone, or Unix milliseconds.", field=name)
    return found
