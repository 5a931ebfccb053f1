"""Every search filter finds exactly what its version shows."""

import functools
import json
from typing import Any

import pytest

from fingerprint_integration.sandbox.clock import DAY
from tests.fingerprint_integration.sandbox.asking import event_id_of, found, search, visible, visits_at, whole_window
from tests.fingerprint_integration.sandbox.conftest import NOON, connect

VERSIONS = ["v3", "v4"]
NOON_MS = int(NOON.timestamp() * 1000)


def v3_data(event: dict, product: str):
    return event["products"].get(product, {}).get("data")


@functools.cache
def everything(cast, version):
    """The newest event of each device in the last eight days, as the version shows it."""
    client = connect(cast, version, is_checked=False)
    shown = {}
    for story in cast.stories.values():
        for member in story.members.values():
            for event_id in member.event_ids[:1]:
                response = client.get(f"/events/{event_id}")
                if response.status_code == 200 and cast.world.by_id[event_id].at > cast.now() - 8 * DAY:
                    shown[event_id] = json.loads(response.content)
    return shown


RESULT_PRODUCTS = {
    "vpn": "vpn", "proxy": "proxy", "incognito": "incognito", "privacy_settings": "privacySettings",
    "virtual_machine": "virtualMachine", "tampering": "tampering", "developer_tools": "developerTools",
    "location_spoofing": "locationSpoofing", "mitm_attack": "mitmAttack", "jailbroken": "jailbroken",
    "frida": "frida", "cloned_app": "clonedApp", "emulator": "emulator", "root_apps": "rootApps",
    "rare_device": "rareDevice", "ip_blocklist": "ipBlocklist",
}  # fmt: skip


def result_of(product):
    return lambda event: (v3_data(event, product) or {}).get("result")


def itself(name):
    return lambda event: event.get(name)


SHOWN_V3: dict[str, Any] = {
    **{name: result_of(product) for name, product in RESULT_PRODUCTS.items()},
    "anti_detect_browser": lambda event: (v3_data(event, "tampering") or {}).get("antiDetectBrowser"),
    "suspect": lambda event: (v3_data(event, "identification") or {}).get("suspect"),
    "datacenter": lambda event: next(
        (info["datacenter"]["result"] for info in (v3_data(event, "ipInfo") or {}).values()), None
    ),
    "factory_reset": lambda event: (
        None if v3_data(event, "factoryReset") is None else v3_data(event, "factoryReset")["timestamp"] > 0
    ),
}
SHOWN_V4: dict[str, Any] = {
    **{name: itself(name) for name in RESULT_PRODUCTS if name != "ip_blocklist"},
    **{name: itself(name) for name in ("simulator", "active_call", "suspect")},
    "tor_node": lambda event: event.get("ip_blocklist", {}).get("tor_node"),
    "anti_detect_browser": lambda event: event.get("tampering_details", {}).get("anti_detect_browser"),
    "factory_reset": lambda event: (
        None if event.get("factory_reset_timestamp") is None else event["factory_reset_timestamp"] > 0
    ),
}


def all_matches(cast, client, version, **asked) -> set[str]:
    """Every id a search finds over the whole window, page after page."""
    matching: set[str] = set()
    asked.setdefault("limit", 500 if version == "v3" else 100)
    asked = {**whole_window(cast), **asked}
    while True:
        body = search(client, version, **asked).json()
        matching |= {event_id_of(event, version) for event in body["events"] if _has_id(event, version)}
        key = body.get("paginationKey") or body.get("pagination_key")
        if key is None:
            return matching
        asked["pagination_key"] = key


def _has_id(event, version) -> bool:
    return version == "v4" or any("data" in event["products"].get(name, {}) for name in ("identification", "botd"))


@pytest.mark.parametrize("version, name", [("v3", name) for name in SHOWN_V3] + [("v4", name) for name in SHOWN_V4])
def test_a_boolean_filter_finds_exactly_what_the_version_shows(cast, client_to, version, name):
    client = connect(cast, version, is_checked=False)
    shown = (SHOWN_V3 if version == "v3" else SHOWN_V4)[name]
    events = {
        event_id: event
        for event_id, event in everything(cast, version).items()
        if event.get("source") != "edge" and _has_id(event, version)
    }
    at_least_once = {True: 0, False: 0}

    for wanted in (True, False):
        matching = all_matches(cast, client, version, start=cast.now() - 8 * DAY, **{name: str(wanted).lower()})
        expected = {event_id for event_id, event in events.items() if shown(event) is wanted}
        assert matching & set(events) == expected
        at_least_once[wanted] = len(expected)

    assert at_least_once[True], f"nobody in the cast has {name}"
    assert at_least_once[False], f"nobody in the cast lacks {name}"


@pytest.mark.parametrize("version", VERSIONS)
def test_bot_results(cast, client_to, version):
    def shown(event):
        return event["bot"] if version == "v4" else v3_data(event, "botd")["bot"]["result"]

    client = client_to(cast, version)
    events = {
        name: search(client, version, bot=name, limit=100, **whole_window(cast)).json()["events"]
        for name in ("all", "good", "bad", "none")
    }

    nothing = "not_detected" if version == "v4" else "notDetected"
    assert {shown(event) for event in events["good"]} == {"good"}
    assert {shown(event) for event in events["bad"]} == {"bad"}
    assert {shown(event) for event in events["all"]} == {"good", "bad"}
    assert {shown(event) for event in events["none"]} == {nothing}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("confidence", ["low", "medium", "high"])
def test_vpn_confidence(cast, client_to, version, confidence):
    events = search(
        client_to(cast, version), version, vpn_confidence=confidence, limit=20, **whole_window(cast)
    ).json()["events"]

    shown = {e["vpn_confidence"] if version == "v4" else v3_data(e, "vpn")["confidence"] for e in events}
    assert shown == {confidence}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_suspect_score_must_exceed_the_threshold(empty, client_to, version):
    client = client_to(empty, version)
    calm, odd, worse = (
        visits_at(empty, -1000 * number, signals=signals)[0]
        for number, signals in enumerate(({}, {"vpn": True}, {"vpn": True, "proxy": True}), start=1)
    )
    score = {event_id: empty.world.by_id[event_id].suspect_score for event_id in (calm, odd, worse)}

    assert score[calm] == 0 < score[odd] < score[worse]
    assert found(client, version, min_suspect_score=-1) == [calm, odd, worse]
    assert found(client, version, min_suspect_score=0) == [odd, worse]
    assert found(client, version, min_suspect_score=score[odd]) == [worse]
    assert found(client, version, min_suspect_score=score[worse] - 0.5) == [worse]
    assert found(client, version, min_suspect_score=score[worse]) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_addresses_and_ranges(empty, client_to, version):
    inside = visits_at(empty, -1000, ip="203.0.113.7") + visits_at(empty, -2000, ip="203.0.113.250")
    visits_at(empty, -3000, ip="203.0.114.1")
    (six,) = visits_at(empty, -4000, ip="2001:db8::7")
    client = client_to(empty, version)

    assert found(client, version, ip_address="203.0.113.7/32") == inside[:1]
    assert found(client, version, ip_address="203.0.113.0/24") == inside
    assert found(client, version, ip_address="203.0.113.99/24") == inside
    assert found(client, version, ip_address="2001:db8::/32") == [six]
    assert found(client, version, ip_address="2001:db8::7/128") == [six]
    assert len(found(client, version, ip_address="0.0.0.0/0")) == 3


def test_v4_takes_a_plain_address(empty, client_to):
    (four,) = visits_at(empty, -1000, ip="203.0.113.7")
    (six,) = visits_at(empty, -4000, ip="2001:db8::7")
    client = client_to(empty, "v4")

    assert found(client, "v4", ip_address="203.0.113.7") == [four]
    assert found(client, "v4", ip_address="2001:db8:0::7") == [six]


def test_addresses_are_paged_in_order_too(cast, v4):
    office = cast.world.by_story["office"][0].network.ip
    ids = all_matches(cast, v4, "v4", ip_address=office)
    assert ids == visible(cast, cast.world.by_address[office])


@pytest.mark.parametrize("version", VERSIONS)
def test_linked_ids_match_exactly_even_hostile_ones(cast, client_to, version):
    client = client_to(cast, version)

    for linked_id in ("acct-marlene", *cast.stories["hostile"].linked_ids):
        if "\ud800" in linked_id:
            continue  # cannot be put into a query string of UTF-8
        matching = all_matches(cast, client, version, linked_id=linked_id)
        expected = visible(cast, cast.world.by_link[linked_id])
        assert matching == expected != set()
    assert found(client, version, linked_id="acct-marlen", **whole_window(cast)) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("platform", ["js", "android", "ios"])
def test_sdk_platform_and_version(cast, client_to, version, platform):
    client = client_to(cast, version)

    def sdks(**asked):
        events = search(client, version, limit=50, **asked).json()["events"]
        return [e["sdk"] if version == "v4" else v3_data(e, "identification")["sdk"] for e in events]

    shown = sdks(sdk_platform=platform, linked_id="acct-marlene", **whole_window(cast))
    by_platform = {sdk["platform"] for sdk in shown}
    assert by_platform == ({platform} if platform != "android" else set())
    versions = {sdk["version"] for sdk in sdks(sdk_version="2.16.0")}
    assert versions == {"2.16.0"}


@pytest.mark.parametrize("version", VERSIONS)
def test_environments_are_repeated_not_listed(empty, client_to, version):
    one, two, three = (visits_at(empty, -1000, environment_id=name)[0] for name in ("ae_1", "ae_2", "ae_3"))
    client = client_to(empty, version)

    assert found(client, version, environment="ae_1") == [one]
    assert set(found(client, version, environment=["ae_1", "ae_3"])) == {one, three}
    assert found(client, version, environment="ae_1,ae_3") == []
    assert set(found(client, version, **{"environment[]": "ae_1"})) == {one, two, three}


@pytest.mark.parametrize("version", VERSIONS)
def test_proximity(cast, client_to, version):
    event = next(event for event in reversed(cast.world.timeline) if event.proximity)
    client = client_to(cast, version)

    matching = all_matches(cast, client, version, proximity_id=event.proximity[0])

    assert event.event_id in matching
    assert {cast.world.by_id[event_id].proximity for event_id in matching} == {event.proximity}


def test_proximity_radius_in_v3(cast, v3):
    matching = all_matches(cast, v3, "v3", proximity_precision_radius=65)

    assert {cast.world.by_id[event_id].proximity[1] for event_id in matching} == {65}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("bucket, corner", [("not_seen", "never_seen_before"), ("<p95", "common_device")])
def test_rarity_buckets(cast, client_to, version, bucket, corner):
    ids = found(client_to(cast, version), version, rare_device_percentile_bucket=bucket)

    assert ids == cast.stories["corners"].members[f"corner-{corner}"].event_ids[:1]


@pytest.mark.parametrize(
    "parameter, value_of",
    [
        ("url", lambda event: event.get("url")),
        ("bundle_id", lambda event: event.get("bundle_id")),
        ("package_name", lambda event: event.get("package_name")),
        ("high_recall_id", lambda event: event.get("supplementary_id_high_recall", {}).get("visitor_id")),
        ("asn", lambda event: event.get("ip_info", {}).get("v4", {}).get("asn")),
        ("incremental_identification_status", lambda event: event.get("incremental_identification_status")),
    ],
)
def test_v4s_own_text_filters(cast, v4, parameter, value_of):
    shown = {event_id: event for event_id, event in everything(cast, "v4").items()
             if event.get("source") != "edge"}  # fmt: skip
    for value in sorted({value_of(event) for event in shown.values()} - {None})[:4]:
        matching = all_matches(cast, v4, "v4", start=cast.now() - 8 * DAY, **{parameter: value})
        if not value.isprintable() or "\ud800" in value:
            continue
        assert matching & set(shown) == {event_id for event_id, event in shown.items() if value_of(event) == value}


def test_origin_is_scheme_and_host_of_the_page(cast, v4):
    everybody = all_matches(cast, v4, "v4", origin="https://shop.demo.test", linked_id="acct-marlene")

    assert everybody == visible(
        cast, [event for event in cast.world.by_link["acct-marlene"] if event.device.platform == "js"]
    )
    assert found(v4, "v4", origin="https://shop.demo") == []


def test_edge_events_come_only_when_asked_for(cast, v4):
    edge = search(v4, "v4", source="edge", limit=100).json()["events"]

    assert {event["source"] for event in edge} == {"edge"}
    assert all("identification" not in event for event in edge)
    assert {event["source"] for event in search(v4, "v4", limit=100).json()["events"]} == {"device"}


@pytest.mark.parametrize(
    "asked",
    [
        {"bot_info_category": "ai_agent"},
        {"bot_info_category": ["ai_agent", "scraping"]},
        {"bot_info_identity": ["signed", "verified"]},
        {"bot_info_confidence": "low"},
        {"bot_info_provider": "Otter Search"},
        {"bot_info_name": ["GPTBot", "Claude-User"]},
        {"bot_info": "all"},
    ],
)
@pytest.mark.parametrize("source", [{}, {"source": "edge"}])
def test_bot_info(cast, v4, asked, source):
    events = search(v4, "v4", limit=100, **asked, **source).json()["events"]

    ((parameter, values),) = asked.items()
    part = parameter.removeprefix("bot_info").removeprefix("_")
    for event in events:
        assert part == "" or event["bot_info"][part] in ([values] if isinstance(values, str) else values)
        assert "bot_info" in event
    if source:
        assert events


def test_bot_info_none_leaves_out_whoever_has_it(v4):
    events = v4.get("/events?bot_info=none&limit=100").json()["events"]

    assert events
    assert all("bot_info" not in event for event in events)


def test_filters_are_joined_by_and(cast, v4):
    ids = found(v4, "v4", bot="bad", proxy="true", linked_id="acct-10000", **whole_window(cast))

    for event_id in ids:
        event = cast.world.by_id[event_id]
        assert (event.signal("bot"), event.signal("proxy"), event.linked_id) == ("bad", True, "acct-10000")
    assert ids
