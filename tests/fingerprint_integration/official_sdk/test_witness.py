"""Both official SDKs as witnesses: what they read from an answer, leaf by leaf, is what our client says of the event.

Every leaf the SDK's models hold must have a place in our event or stand in `NOT_OURS` with its reason, so nothing is
passed over. Events of every story, of every corner and of every hostile payload are asked for over real HTTP.
"""

import json
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest

from fingerprint_integration import FingerprintClient
from fingerprint_integration.domain import Event, IpInfo
from fingerprint_integration.errors import UnreadableAnswer
from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.signals import CATALOGUE, FIELDS, Kind
from fingerprint_integration.wire.tolerance import mend
from tests.fingerprint_integration.official_sdk.conftest import KEY, NOON, connect_v3, connect_v4

STORIES = list(Sandbox(now=NOON).stories)
NESTED = {"ip_v4", "ip_v6", "ip_location", "velocity", "proximity", "labels", "sdk_integrations", "tags", "rule_action"}
PLACE = {
    "city_name": "city", "country_code": "country_code", "country_name": "country_name",
    "continent_code": "continent_code", "continent_name": "continent_name", "postal_code": "postal_code",
    "timezone": "timezone", "latitude": "latitude", "longitude": "longitude", "accuracy_radius": "accuracy_radius",
}  # fmt: skip
PLACE_V3 = {
    "city.name": "city", "country.code": "country_code", "country.name": "country_name",
    "continent.code": "continent_code", "continent.name": "continent_name", "postalCode": "postal_code",
    "timezone": "timezone", "latitude": "latitude", "longitude": "longitude", "accuracyRadius": "accuracy_radius",
}  # fmt: skip
NETWORK = {
    "address": "address", "asn": "asn", "asn_name": "asn_name", "asn_network": "asn_network", "asn_type": "asn_type",
    "datacenter_result": "datacenter", "datacenter_name": "datacenter_name",
}  # fmt: skip
NETWORK_V3 = {
    "address": "address", "asn.asn": "asn", "asn.name": "asn_name", "asn.network": "asn_network",
    "asn.type": "asn_type", "datacenter.result": "datacenter", "datacenter.name": "datacenter_name",
}  # fmt: skip
COUNTERS = {
    "distinct_ip": "distinctIp", "distinct_linked_id": "distinctLinkedId", "distinct_country": "distinctCountry",
    "events": "events", "ip_events": "ipEvents", "distinct_ip_by_linked_id": "distinctIpByLinkedId",
    "distinct_visitor_id_by_linked_id": "distinctVisitorIdByLinkedId",
}  # fmt: skip
WINDOWS_V4 = {"5_minutes": "minutes_5", "1_hour": "hour_1", "24_hours": "hours_24"}
WINDOWS_V3 = {"5m": "minutes_5", "1h": "hour_1", "24h": "hours_24"}
# (signal, evidence) by the leaf that says it.
EVIDENCE_V4 = {
    "bot_type": ("bot", "type"),
    **{
        f"bot_info.{name}": ("bot_info", name)
        for name in ("category", "provider", "provider_url", "name", "confidence")
    },
    "tampering_confidence": ("tampering", "confidence"),
    "tampering_ml_score": ("tampering", "ml_score"),
    "tampering_details.anomaly_score": ("tampering", "anomaly_score"),
    "virtual_machine_ml_score": ("virtual_machine", "ml_score"),
    "rare_device_percentile_bucket": ("rare_device", "percentile_bucket"),
    **{f"vpn_{name}": ("vpn", name) for name in ("confidence", "ml_score", "origin_timezone", "origin_country")},
    **{
        f"vpn_methods.{name}": ("vpn", name)
        for name in (*("timezone_mismatch", "public_vpn", "auxiliary_mobile", "os_mismatch", "relay", "ml_prediction"),)
    },
    **{f"proxy_{name}": ("proxy", name) for name in ("confidence", "ml_score")},
    **{f"proxy_details.{name}": ("proxy", name) for name in ("proxy_type", "provider", "last_seen_at")},
    **{f"ip_blocklist.{name}": ("ip_blocklist", name) for name in ("email_spam", "attack_source")},
}
EVIDENCE_V3 = {
    "botd.data.bot.type": ("bot", "type"),
    **{
        f"tampering.data.{leaf}": ("tampering", name)
        for leaf, name in (("confidence", "confidence"), ("anomalyScore", "anomaly_score"), ("mlScore", "ml_score"))
    },
    "virtualMachine.data.mlScore": ("virtual_machine", "ml_score"),
    "rareDevice.data.percentileBucket": ("rare_device", "percentile_bucket"),
    "highActivity.data.dailyRequests": ("high_activity_device", "daily_requests"),
    **{
        f"vpn.data.{leaf}": ("vpn", name)
        for leaf, name in (
            *(("confidence", "confidence"), ("mlScore", "ml_score"), ("originTimezone", "origin_timezone")),
            *(("originCountry", "origin_country"), ("methods.timezoneMismatch", "timezone_mismatch")),
            *(("methods.publicVPN", "public_vpn"), ("methods.auxiliaryMobile", "auxiliary_mobile")),
            *(("methods.osMismatch", "os_mismatch"), ("methods.relay", "relay")),
            ("methods.mlPrediction", "ml_prediction"),
        )
    },
    **{
        f"proxy.data.{leaf}": ("proxy", name)
        for leaf, name in (
            *(("confidence", "confidence"), ("mlScore", "ml_score"), ("details.proxyType", "proxy_type")),
            ("details.lastSeenAt", "last_seen_at"),
        )
    },
    **{
        f"ipBlocklist.data.details.{leaf}": ("ip_blocklist", name)
        for leaf, name in (("emailSpam", "email_spam"), ("attackSource", "attack_source"))
    },
}
WORDS_FOR_NOTHING = {
    *("browserName", "browser_name", "originCountry", "originTimezone", "vpn_origin_country", "vpn_origin_timezone"),
}
EVIDENCE = EVIDENCE_V4 | EVIDENCE_V3

NOT_OURS = {
    "v4": {
        "browser_details.os": "said by os",
        "browser_details.os_version": "said by os_version",
        "browser_details.device": "said by device",
        "supplementary_id_high_recall.confidence.score": "always 0 and not supported",
        "supplementary_id_high_recall.confidence.version": "always 0 and not supported",
    },
    "v3": {
        "identification.data.time": "the timestamp in seconds",
        "identification.data.incognito": "said by the product incognito",
        "ipBlocklist.data.result": "the sum of its parts",
        "factoryReset.data.timestamp": "said by its time",
        **dict.fromkeys(
            (f"botd.data.{name}" for name in ("url", "ip", "time", "userAgent", "requestId", "linkedId")),
            "repeats the identification",
        ),
    },
}


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """The leaves of an SDK's answer by path; lists and free objects are leaves."""
    free = path in ("tags", "identification.data.tag", "botd.data.meta", "rule_action") or isinstance(value, list)
    if not isinstance(value, dict) or free:
        return {path: value}
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if name not in ("raw_device_attributes", "rawDeviceAttributes", "components"):
            found.update(leaves(inner, f"{path}.{name}" if path else name))
    return found


def plain(value: object) -> object:
    """A value as both sides can write it: times as Unix milliseconds, empty as nothing."""
    if isinstance(value, str) and len(value) >= 20 and value[4:5] == value[7:8] == "-":
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return round(value.astimezone(UTC).timestamp() * 1000)
    return None if value in ("", {}, [], ()) else value


def parts(
    address: IpInfo | None, place: str, places: dict[str, str], network: dict[str, str], code: str
) -> dict[str, Any]:
    """What we say of an address, by the version's paths."""
    if address is None:
        return {}
    found = {f"{place}.geolocation.{leaf}": getattr(address, name) for leaf, name in places.items()}
    found[f"{place}.geolocation.subdivisions"] = [
        {code: one.iso_code, "name": one.name} for one in address.subdivisions
    ]
    return found | {f"{place}.{leaf}": getattr(address, name) for leaf, name in network.items()}


def signals(event: Event, version: str) -> dict[str, Any]:
    """What we say by signals and their evidence, by the version's paths."""
    found: dict[str, Any] = {}
    for spec in CATALOGUE:
        place = getattr(spec, version)
        if (
            place is None
            or spec.kind is not Kind.CLAIM
            or spec.name in ("labels", "datacenter", "replayed", "rule_action")
        ):
            continue
        if version == "v3":
            place = {"bot": "botd.data.bot.result", "anti_detect_browser": "tampering.data.antiDetectBrowser"}.get(
                spec.name, f"{place}.data.result"
            )
        reading = event.readings.get(spec.name)
        found[{"bot_info": "bot_info.identity"}.get(place, place)] = reading.value if reading else None
    for leaf, (name, evidence) in (EVIDENCE_V4 if version == "v4" else EVIDENCE_V3).items():
        reading = event.readings.get(name)
        found[leaf] = dict(reading.evidence).get(evidence) if reading else None
    reset = event.readings.get("factory_reset")
    if reset is not None:
        at = dict(reset.evidence).get("reset_at")
        found["factory_reset_timestamp" if version == "v4" else "factoryReset.data.time"] = at or 0
    if version == "v3":
        found["botd.data.bot.result"] = {"not_detected": "notDetected"}.get(
            found["botd.data.bot.result"], found["botd.data.bot.result"]
        )
    return found


def told(event: Event, version: str) -> dict[str, Any]:
    """Everything our client says of an event, by the paths of the version."""
    found = {"event_id": event.event_id, "timestamp": event.at}
    if version == "v3":
        found = {"identification.data.requestId": event.event_id, "identification.data.timestamp": event.at}
    for field in FIELDS:
        place = getattr(field, version)
        if place is None or field.name in NESTED:
            continue
        if version == "v3":
            place = place.replace("identification.", "identification.data.", 1).replace(".data.error", ".error")
            place = {"suspectScore": "suspectScore.data.result"}.get(place, place)
        found[place] = getattr(event, field.name)
    found |= signals(event, version)
    tags = json.loads(mend(event.tags)) if event.tags is not None else None
    labels = [(one.label, one.prediction, one.ml_score) for one in event.labels]
    agents = [(one.name, one.version, one.subintegration_name) for one in event.sdk_integrations]
    velocity, zone = event.velocity, event.proximity
    windows = WINDOWS_V4 if version == "v4" else WINDOWS_V3
    for ours, theirs in COUNTERS.items():
        counter = getattr(velocity, ours, None)
        for leaf, name in windows.items():
            place = f"velocity.{ours}.{leaf}" if version == "v4" else f"velocity.data.{theirs}.intervals.{leaf}"
            found[place] = getattr(counter, name, None)
    if version == "v4":
        found |= {"tags": tags, "labels": labels, "sdk.integrations": agents}
        for name in ("v4", "v6"):
            found |= parts(getattr(event, f"ip_{name}"), f"ip_info.{name}", PLACE, NETWORK, "iso_code")
        found |= {f"proximity.{name}": getattr(zone, name, None) for name in ("id", "precision_radius", "confidence")}
        return found
    found |= {"identification.data.tag": tags, "botd.data.meta": tags, "labels.data": labels}
    found["identification.data.sdk.integrations"] = agents
    for name in ("v4", "v6"):
        found |= parts(getattr(event, f"ip_{name}"), f"ipInfo.data.{name}", PLACE_V3, NETWORK_V3, "isoCode")
    location = parts(event.ip_location, "", PLACE_V3, {}, "isoCode")
    found |= {place.replace(".geolocation", "identification.data.ipLocation"): at for place, at in location.items()}
    for leaf, name in (("id", "id"), ("precisionRadius", "precision_radius"), ("confidence", "confidence")):
        found[f"proximity.data.{leaf}"] = getattr(zone, name, None)
    return found


def same(path: str, theirs: Any, ours: Any) -> bool:
    """Tell whether a leaf and our value say the same."""
    if path in ("labels", "labels.data"):
        theirs = [(one["label"], one.get("prediction"), one.get("ml_score", one.get("mlScore"))) for one in theirs]
    elif path.endswith("sdk.integrations"):
        theirs = [
            (one.get("name"), one.get("version"), (one.get("subintegration") or {}).get("name")) for one in theirs
        ]
    elif theirs in ("Other", "unknown") and path.rpartition(".")[2] in WORDS_FOR_NOTHING:
        return ours is None
    return bool(plain(theirs) == plain(ours)) or json.dumps(plain(theirs)) == json.dumps(plain(ours))


def differences(read: dict[str, Any], event: Event, version: str) -> list[tuple[str, Any, Any]]:
    """The leaves of an SDK's reading that our event does not say, or says otherwise."""
    ours = told(event, version)
    wrong = []
    read = json.loads(mend(json.dumps(read).encode()))  # ours is valid Unicode; the SDKs pass lone surrogates on
    for path, theirs in leaves(read).items():
        signal = EVIDENCE.get(path, ("", ""))[0]
        if path in NOT_OURS[version] or plain(theirs) is None:
            continue
        if signal and event.signal(signal).value is None:
            continue  # evidence of a signal that was not computed says nothing
        if path.endswith((".error.code", ".error.message")):
            failing = [one.error_code for one in event.failed] + [event.identification_error_code]
            if path.endswith(".code") and theirs not in failing + [one.error_code for one in event.readings.values()]:
                wrong.append((path, theirs, failing))
        elif path not in ours:
            wrong.append((path, theirs, "has no place"))
        elif not same(path, theirs, ours[path]):
            wrong.append((path, theirs, ours[path]))
    return wrong


def asked(cast: Sandbox, story: str) -> list[str]:
    """An event of every corner and of a few of every crowd."""
    members = list(cast.stories[story].members.values())
    return [
        member.event_ids[0]
        for member in members[:: max(len(members) // 6, 1) if len(members) > 60 else 1]
        if member.event_ids
    ]


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize("story", STORIES)
def test_the_official_sdk_and_our_client_read_the_same(cast, cast_url, version, story):
    if version == "v3" and story == "edge_agents":
        assert asked(cast, story)  # v3 does not show them
        return
    official = connect_v4(cast_url) if version == "v4" else connect_v3(cast_url)
    ours = FingerprintClient(KEY, version=version, base_url=cast_url)
    wrong = {}
    for event_id in asked(cast, story):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the v3 models warn of themselves
            answer = official.get_event(event_id)
        read = (
            answer.to_dict()
            if version == "v4"
            else official.api_client.sanitize_for_serialization(answer).get("products", {})
        )
        try:
            event = ours.get_event(event_id)
        except UnreadableAnswer:
            wrong[event_id] = "not readable"
            continue
        if event.is_partial:
            read = {
                name: value
                for name, value in read.items()
                if name in ("event_id", "timestamp", "identification", "url")
            }
        if found := differences(read, event, version):
            wrong[event_id] = found
    ours.close()

    assert wrong == {}


def test_a_witness_contradicts_when_something_is_wrong(cast, cast_url):
    event_id = cast.stories["credential_stuffing"].event_ids[0]
    read = connect_v4(cast_url).get_event(event_id).to_dict()
    with FingerprintClient(KEY, base_url=cast_url) as ours:
        event = ours.get_event(event_id)

    assert differences(read, event, "v4") == []
    assert differences({**read, "bot": "good", "new_member": 1}, event, "v4") == [
        ("bot", "good", "bad"),
        ("new_member", 1, "has no place"),
    ]
