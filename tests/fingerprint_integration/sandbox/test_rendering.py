"""Two views of one record: what each version shows, and that every kind of event fits its description."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.corners import CORNERS, HOSTILE
from tests.fingerprint_integration.sandbox import descriptions
from tests.fingerprint_integration.sandbox.conftest import NOON, connect

STORIES = list(Sandbox(now=NOON).stories)


def products(cast, member: str) -> dict:
    """The v3 products of a corner's newest event."""
    event_id = cast.stories["corners"].members[f"corner-{member}"].event_ids[0]
    return connect(cast, "v3").get(f"/events/{event_id}").json()["products"]


def flat(cast, member: str) -> dict:
    """The v4 event of a corner."""
    event_id = cast.stories["corners"].members[f"corner-{member}"].event_ids[0]
    return connect(cast, "v4").get(f"/events/{event_id}").json()


@pytest.mark.parametrize("story", STORIES)
def test_events_of_the_whole_cast_fit_both_descriptions(cast, story):
    v3, v4 = connect(cast, "v3"), connect(cast, "v4")
    read = 0
    members = list(cast.stories[story].members.values())

    for member in members[:: max(len(members) // 25, 1)]:  # of the crowds, a few: they are all alike
        for event_id in member.event_ids[:1]:
            assert v4.get(f"/events/{event_id}").status_code == 200
            assert v3.get(f"/events/{event_id}").status_code == (404 if story == "edge_agents" else 200)
            read += 1

    assert read


def test_the_check_against_the_descriptions_can_fail(cast):
    event_id = cast.stories["family"].event_ids[0]
    event = connect(cast, "v4").get(f"/events/{event_id}").json()
    event["bot"] = "perhaps"

    found = descriptions.complaints("v4", "/components/schemas/Event", event)

    assert bool(found) is ("v4" in descriptions.DESCRIPTIONS)


def test_one_moment_in_the_spelling_of_both_versions(cast):
    event = cast.world.by_story["family"][-1]
    new = connect(cast, "v4").get(f"/events/{event.event_id}").json()
    old = connect(cast, "v3").get(f"/events/{event.event_id}").json()["products"]["identification"]["data"]

    assert (old["requestId"], old["timestamp"]) == (new["event_id"], new["timestamp"])
    assert old["time"] == event_time(event.at)
    assert old["visitorId"] == new["identification"]["visitor_id"]
    assert old["linkedId"] == new["linked_id"]
    assert old["tag"] == new["tags"]
    assert old["url"] == new["url"]
    assert old["ip"] == new["ip_address"]
    assert old["browserDetails"]["userAgent"] == new["user_agent"]
    assert old["lastSeenAt"]["subscription"].startswith(event_time(new["identification"]["last_seen_at"])[:-1])
    assert old["confidence"]["revision"] == "v" + new["identification"]["confidence"]["version"]


def event_time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "platform, shown, hidden",
    [
        ("js", {"bot", "incognito", "virtual_machine", "url"}, {"root_apps", "jailbroken", "frida", "simulator"}),
        ("android", {"root_apps", "emulator", "cloned_app", "frida", "package_name"}, {"bot", "jailbroken", "url"}),
        ("ios", {"jailbroken", "simulator", "frida", "bundle_id"}, {"bot", "root_apps", "incognito", "url"}),
    ],
)
def test_signals_of_other_platforms_are_false_in_v3_and_absent_in_v4(cast, platform, shown, hidden):
    event = next(event for event in reversed(cast.world.by_story["regulars"]) if event.device.platform == platform)
    new = connect(cast, "v4").get(f"/events/{event.event_id}").json()
    old = connect(cast, "v3").get(f"/events/{event.event_id}").json()["products"]

    assert shown <= set(new)
    assert not hidden & set(new)
    for product in ("rootApps", "emulator", "clonedApp", "jailbroken", "frida", "incognito", "mitmAttack"):
        assert old[product]["data"]["result"] is False
    assert old["botd"]["data"]["bot"] == {"result": "notDetected"}
    assert old["factoryReset"]["data"] == {"time": "1970-01-01T00:00:00Z", "timestamp": 0}


def test_a_first_visit_has_no_last_one(empty, client_to):
    event = empty.visit()

    new = client_to(empty, "v4").get(f"/events/{event.event_id}").json()["identification"]
    old = client_to(empty, "v3").get(f"/events/{event.event_id}").json()["products"]["identification"]["data"]

    assert new["visitor_found"] is old["visitorFound"] is False
    assert "last_seen_at" not in new
    assert old["lastSeenAt"] == {"global": None, "subscription": None}


def test_velocity_counts_what_really_happened(empty, client_to):
    visitor_id = None
    for minutes, ip, account in ((90, "203.0.113.1", "a"), (30, "203.0.113.2", "b"), (2, "203.0.113.1", "b")):
        at = NOON - timedelta(minutes=minutes)
        event = empty.visit(at=at, visitor_id=visitor_id, ip=ip, linked_id=account)
        visitor_id = event.visitor_id
    last = empty.visit(visitor_id=visitor_id, ip="203.0.113.1", linked_id="c")

    new = client_to(empty, "v4").get(f"/events/{last.event_id}").json()["velocity"]
    old = client_to(empty, "v3").get(f"/events/{last.event_id}").json()["products"]["velocity"]["data"]

    assert new["events"] == {"5_minutes": 2, "1_hour": 3, "24_hours": 4}
    assert new["distinct_ip"] == {"5_minutes": 1, "1_hour": 2, "24_hours": 2}
    assert new["distinct_linked_id"] == {"5_minutes": 2, "1_hour": 2, "24_hours": 3}
    assert new["ip_events"] == {"5_minutes": 2, "1_hour": 2, "24_hours": 3}
    assert new["distinct_ip_by_linked_id"] == {"5_minutes": 1, "1_hour": 1, "24_hours": 1}
    assert old["distinctLinkedId"] == {"intervals": {"5m": 2, "1h": 2, "24h": 3}}


def test_a_counter_without_a_value_is_an_empty_object_in_v3_and_absent_in_v4(empty, client_to):
    event = empty.visit()

    new = client_to(empty, "v4").get(f"/events/{event.event_id}").json()["velocity"]
    old = client_to(empty, "v3").get(f"/events/{event.event_id}").json()["products"]["velocity"]["data"]

    assert old["distinctLinkedId"] == {}
    assert "distinct_linked_id" not in new


# ── the odd corners ─────────────────────────────────────────────────────────


def test_every_corner_has_a_visitor_of_its_own(cast):
    members = cast.stories["corners"].members

    assert set(members) == {f"corner-{name}" for name in CORNERS}
    assert all(member.event_ids for member in members.values())


def test_a_failed_signal_is_an_error_inside_a_200_in_v3_and_absent_in_v4(cast):
    assert products(cast, "bot_detection_failed")["botd"] == {
        "error": {"code": "Failed", "message": "internal server error"}
    }
    assert "bot" not in flat(cast, "bot_detection_failed")
    several = products(cast, "several_signals_failed")
    assert {name for name, product in several.items() if "error" in product} == {
        "vpn", "tampering", "incognito", "proxy",
    }  # fmt: skip
    assert not {"vpn", "tampering", "incognito", "proxy", "tampering_details"} & set(
        flat(cast, "several_signals_failed")
    )


def test_throttling_has_two_spellings_in_v3(cast):
    throttled = products(cast, "identification_throttled")

    assert throttled["identification"]["error"]["code"] == "429 Too Many Requests"
    assert throttled["botd"]["error"]["code"] == "TooManyRequests"
    assert "identification" not in flat(cast, "identification_throttled")


def test_identification_may_fail_while_bot_detection_works(cast):
    failed = products(cast, "identification_failed")

    assert "error" in failed["identification"]
    assert failed["botd"]["data"]["bot"]["result"] == "notDetected"


def test_products_may_be_empty_or_hold_data_and_an_error(cast):
    assert products(cast, "empty_products")["vpn"] == {}
    assert "vpn" not in flat(cast, "empty_products")
    assert set(products(cast, "data_and_error_at_once")["tor"]) == {"data", "error"}


def test_attributes_may_fail_or_be_nothing(cast):
    attributes = products(cast, "attributes_failed")["rawDeviceAttributes"]["data"]

    assert set(attributes["audio"]["error"]) == {"name", "message"}
    assert attributes["cpuClass"] == {}
    assert attributes["colorDepth"] == {"value": None}


def test_details_of_a_proxy_are_null_without_one_but_may_be_there_nevertheless(cast):
    assert products(cast, "replayed")["proxy"]["data"]["details"] is None
    assert products(cast, "proxy_details_without_proxy")["proxy"]["data"] == {
        "result": False,
        "confidence": "high",
        "details": {"proxyType": "unknown", "lastSeenAt": "2025-11-01T13:00:00Z"},
    }
    assert flat(cast, "proxy_details_without_proxy")["proxy_details"]["proxy_type"] == "unknown"


def test_a_bare_plan_shows_little(cast):
    assert set(products(cast, "bare_plan")) == {"identification", "ipInfo", "suspectScore"}
    assert not {"vpn", "bot", "velocity", "raw_device_attributes"} & set(flat(cast, "bare_plan"))


def test_the_other_corners(cast):
    assert flat(cast, "replayed")["replayed"] is True
    assert flat(cast, "partially_completed")["incremental_identification_status"] == "partially_completed"
    assert "ip_info" not in flat(cast, "no_network")
    assert "ipInfo" not in products(cast, "no_network")
    assert "velocity" not in flat(cast, "no_velocity")
    assert flat(cast, "suspect_no")["suspect"] is False
    assert "suspect" not in flat(cast, "replayed")
    assert flat(cast, "labelled")["labels"][0] == {"label": "fraud", "prediction": True, "ml_score": 0.94}
    assert products(cast, "labelled")["labels"]["data"][0]["mlScore"] == 0.94
    assert products(cast, "remote_control")["remoteControl"] == {"data": {"result": False}}
    assert products(cast, "old_location")["identification"]["data"]["ipLocation"]["city"] == {"name": "Prague"}


def test_a_ruleset_judges_in_v4(cast):
    client = connect(cast, "v4")
    bot, person = cast.stories["credential_stuffing"].event_ids[0], cast.stories["family"].event_ids[0]

    def judged(event_id, ruleset_id):
        return client.get(f"/events/{event_id}", params={"ruleset_id": ruleset_id})

    assert judged(bot, "rs_sandboxNoBadBots").json()["rule_action"]["type"] == "block"
    assert judged(person, "rs_sandboxNoBadBots").json()["rule_action"]["type"] == "allow"
    assert "rule_action" not in client.get(f"/events/{bot}").json()
    refused = judged(bot, "rs_unknown")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "ruleset_not_found")


# ── hostile payloads ────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_arrives_whole_in_both_versions(cast, name):
    payload = HOSTILE[name]
    event_id = cast.stories["hostile"].members[f"hostile-{name}"].event_ids[0]

    answer = connect(cast, "v4").get(f"/events/{event_id}")
    new = json.loads(answer.content)
    old = json.loads(connect(cast, "v3").get(f"/events/{event_id}").content)["products"]

    answer.content.decode("utf-8", "strict")  # lone surrogates travel as escapes
    assert payload in new["url"]
    assert new["client_referrer"] == new["user_agent"] == new["tags"]["note"] == payload
    assert new["linked_id"] == payload[:256]
    assert new["browser_details"]["browser_name"] == payload[:4000]
    data = old["identification"]["data"]
    assert data["tag"] == new["tags"]
    assert data["browserDetails"]["userAgent"] == payload
    assert old["botd"]["data"]["bot"]["type"] == payload[:200]


def test_numbers_beyond_what_scripts_can_hold(cast):
    event_id = cast.stories["hostile"].members["hostile-numbers"].event_ids[0]

    tags = json.loads(connect(cast, "v4").get(f"/events/{event_id}").content)["tags"]

    assert tags["beyond_double"] == 2**53 + 1
    assert tags["beyond_int64"] == 123456789012345678901234567890
    assert tags["nan"] == "NaN"
    assert tags["nothing"] is None
