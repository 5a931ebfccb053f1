"""Real bodies from files: served untouched by their own version, converted for the other."""

import json

import pytest

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.loading import CannotLoad
from tests.fingerprint_integration.sandbox.asking import found, whole_window
from tests.fingerprint_integration.sandbox.conftest import NOON, connect
from tests.fingerprint_integration.sandbox.descriptions import REFERENCE

V4_BODY = """{
  "event_id": "1700000000000.loaded",  "timestamp": 1700000000000, "newer_field": {"a": [1, 2.50, 1e400]},
  "identification": {"visitor_id": "LoadedVisitorOnFile1", "visitor_found": true,
    "confidence": {"score": 0.97, "version": "1.1"}, "first_seen_at": 1600000000000},
  "sdk": {"platform": "js", "version": "3.11.10"}, "url": "https://\\ud800.test/", "tags": {"n": 9007199254740993},
  "ip_address": "203.0.113.5", "linked_id": "from-a-file", "bot": "bad", "bot_type": "selenium",
  "vpn": true, "vpn_confidence": "high", "vpn_methods": {"public_vpn": true, "relay": false},
  "proxy": true, "proxy_confidence": "low", "proxy_details": {"proxy_type": "residential", "provider": "Massive"},
  "ip_blocklist": {"email_spam": false, "attack_source": true, "tor_node": false},
  "tampering": false, "tampering_details": {"anomaly_score": 0.1, "anti_detect_browser": false},
  "velocity": {"events": {"5_minutes": 1, "1_hour": 2}}, "suspect_score": 12,
  "ip_info": {"v4": {"address": "203.0.113.5", "asn": "64496", "asn_name": "N", "asn_network": "203.0.113.0/24",
    "geolocation": {"city_name": "Prague", "country_code": "CZ", "country_name": "Czechia"}}}
}"""
V3_BODY = """{"products": {
  "identification": {"data": {"visitorId": "LoadedVisitorOnFile2", "requestId": "Px6VxbRC6WBkA39yeNH3", "tag": {},
    "incognito": true, "time": "2019-05-21T16:40:13Z", "timestamp": 1582299576512, "url": "https://x.test/",
    "ip": "203.0.113.6", "linkedId": "from-a-file",
    "browserDetails": {"browserName": "Chrome", "browserMajorVersion": "74", "browserFullVersion": "74.0",
      "os": "Windows", "osVersion": "7", "device": "Other", "userAgent": "UA"},
    "confidence": {"score": 0.5}, "visitorFound": false,
    "firstSeenAt": {"global": null, "subscription": "2019-05-21T16:40:13.362Z"},
    "lastSeenAt": {"global": null, "subscription": null}, "replayed": false}},
  "botd": {"error": {"code": "Failed", "message": "internal server error"}},
  "tampering": {"data": {"result": true, "anomalyScore": 0.9, "antiDetectBrowser": true}},
  "vpn": {"data": {"result": true, "originTimezone": "Europe/Berlin", "methods": {"publicVPN": true}}},
  "proxy": {"data": {"result": false, "details": null}},
  "velocity": {"data": {"events": {"intervals": {"5m": 1, "1h": 2, "24h": 3}}, "distinctIp": {}}},
  "rawDeviceAttributes": {"data": {"colorDepth": {"value": 24}, "audio": {"error": {"name": "E", "message": "m"}}}}
}}"""
VISITS_BODY = """{"visitorId": "LoadedVisitorOnFile3", "visits": [
  {"requestId": "1655373953086.DDlfmP", "tag": {"a": 1},  "incognito": false, "ip": "203.0.113.7",
   "timestamp": 1655373953094, "time": "2022-06-16T10:05:53Z", "url": "https://v.test/", "visitorFound": true,
   "browserDetails": {"browserName": "Safari", "browserMajorVersion": "16", "browserFullVersion": "16.1",
      "os": "Mac OS X", "osVersion": "10.15.7", "device": "Other", "userAgent": "UA"}, "confidence": {"score": 1},
   "firstSeenAt": {"global": "2022-02-04T11:31:20Z", "subscription": "2022-02-04T11:31:20Z"},
   "lastSeenAt": {"global": null, "subscription": null}}
], "lastTimestamp": 1655373953086, "paginationKey": "1655373953086.DDlfmP"}"""


@pytest.fixture
def load(tmp_path):
    """`load(text, ...)`: a sandbox without cast that has loaded these files."""

    def make(*texts: str, **options) -> Sandbox:
        paths = []
        for number, text in enumerate(texts):
            paths.append(tmp_path / f"{number}.json")
            paths[-1].write_text(text)
        return Sandbox(now=NOON, rate=None, is_empty=True, load=paths, **options)

    return make


def test_a_v4_event_is_served_as_it_stands_and_converted_for_v3(load):
    sandbox = load(V4_BODY)

    new = connect(sandbox, "v4", is_checked=False).get("/events/1700000000000.loaded")
    old = connect(sandbox, "v3", is_checked=False).get("/events/1700000000000.loaded").json()["products"]

    assert new.text == V4_BODY
    assert old["identification"]["data"]["linkedId"] == "from-a-file"
    assert old["identification"]["data"]["tag"] == {"n": 9007199254740993}
    assert old["identification"]["data"]["firstSeenAt"]["subscription"] == "2020-09-13T12:26:40.000Z"
    assert old["botd"]["data"]["bot"] == {"result": "bad", "type": "selenium"}
    assert old["vpn"]["data"]["methods"]["publicVPN"] is True
    assert old["proxy"]["data"]["details"] == {"proxyType": "residential"}
    assert old["ipBlocklist"]["data"] == {"result": True, "details": {"emailSpam": False, "attackSource": True}}
    assert old["tor"]["data"]["result"] is False
    assert old["velocity"]["data"]["events"] == {"intervals": {"5m": 1, "1h": 2}}
    assert old["ipInfo"]["data"]["v4"]["geolocation"]["country"] == {"code": "CZ", "name": "Czechia"}
    assert old["suspectScore"]["data"]["result"] == 12
    assert "virtualMachine" not in old  # what a body does not say is not made up


def test_a_v3_event_is_served_as_it_stands_and_converted_for_v4(load):
    sandbox = load(V3_BODY)

    old = connect(sandbox, "v3", is_checked=False).get("/events/Px6VxbRC6WBkA39yeNH3")
    new = connect(sandbox, "v4").get("/events/Px6VxbRC6WBkA39yeNH3").json()

    assert old.text == V3_BODY
    assert new["timestamp"] == 1582299576512
    assert new["identification"]["first_seen_at"] == 1558456813362
    assert "last_seen_at" not in new["identification"]
    assert "bot" not in new
    assert new["tampering_details"] == {"anomaly_score": 0.9, "anti_detect_browser": True}
    assert "tampering_confidence" not in new
    assert new["vpn_methods"] == {"public_vpn": True}
    assert new["velocity"] == {"events": {"5_minutes": 1, "1_hour": 2, "24_hours": 3}}
    assert new["raw_device_attributes"] == {"color_depth": 24}
    assert "proxy_details" not in new


def test_a_visit_is_served_as_it_stands_and_is_an_event_of_both_versions(load):
    sandbox = load(VISITS_BODY)
    v3 = connect(sandbox, "v3", is_checked=False)

    page = v3.get("/visitors/LoadedVisitorOnFile3")

    assert '"tag": {"a": 1},  "incognito": false' in page.text
    assert (
        v3.get("/events/1655373953086.DDlfmP").json()["products"]["identification"]["data"]["url"] == "https://v.test/"
    )
    assert connect(sandbox, "v4").get("/events/1655373953086.DDlfmP").json()["tags"] == {"a": 1}


def test_a_search_page_brings_all_its_events(load):
    page = '{"pagination_key": "x", "events": [' + V4_BODY + ", " + V4_BODY.replace(".loaded", ".second") + "]}"
    sandbox = load(page, '{"events": [' + V3_BODY + ' ], "paginationKey": "1"}')

    ids = found(connect(sandbox, "v4", is_checked=False), "v4", linked_id="from-a-file", start=1)

    assert ids == ["1700000000000.second", "1700000000000.loaded", "Px6VxbRC6WBkA39yeNH3"]
    shown = connect(sandbox, "v4", is_checked=False).get("/events", params={"start": 1, "limit": 1})
    assert V4_BODY.replace(".loaded", ".second") in shown.text


def test_one_event_loaded_in_both_versions_keeps_both_bodies(load):
    sandbox = load(V4_BODY.replace("1700000000000.loaded", "Px6VxbRC6WBkA39yeNH3"), V3_BODY)

    assert connect(sandbox, "v3", is_checked=False).get("/events/Px6VxbRC6WBkA39yeNH3").text == V3_BODY
    assert "newer_field" in connect(sandbox, "v4", is_checked=False).get("/events/Px6VxbRC6WBkA39yeNH3").text


def test_loaded_events_can_be_found_whatever_their_age(load):
    sandbox = load(V3_BODY, V4_BODY)
    client = connect(sandbox, "v3", is_checked=False)

    assert found(client, "v3", start=1, tampering="true") == ["Px6VxbRC6WBkA39yeNH3"]
    assert found(client, "v3", start=1, ip_address="203.0.113.0/24", bot="bad") == ["1700000000000.loaded"]
    assert found(client, "v3", start=1, visitor_id="LoadedVisitorOnFile2") == ["Px6VxbRC6WBkA39yeNH3"]
    assert found(client, "v3", **whole_window(sandbox)) == []
    sandbox.clock.advance(days=1000)
    assert client.get("/events/Px6VxbRC6WBkA39yeNH3").status_code == 200


def test_a_change_shows_in_both_versions_and_leaves_the_rest_alone(load):
    body = V4_BODY.replace("1700000000000", str(int(NOON.timestamp() * 1000) - 60_000))
    sandbox = load(body)
    event_id = json.loads(body)["event_id"]
    v3, v4 = (connect(sandbox, version, is_checked=False) for version in ("v3", "v4"))

    assert v4.patch(f"/events/{event_id}", json={"suspect": True, "tags": {"b": 1}}).status_code == 200
    assert v3.get(f"/events/{event_id}").json()["products"]["identification"]["data"]["suspect"] is True
    shown = json.loads(v4.get(f"/events/{event_id}").content)
    assert shown == {**json.loads(body), "suspect": True, "tags": {"b": 1}}


def test_a_loaded_visitor_can_be_deleted(load):
    at = int(NOON.timestamp() * 1000) - 60_000
    sandbox = load(V4_BODY.replace('"timestamp": 1700000000000', f'"timestamp": {at}'))
    client = connect(sandbox, "v4", is_checked=False)

    assert client.delete("/visitors/LoadedVisitorOnFile1").status_code == 200
    sandbox.clock.advance(hours=24)
    assert client.get("/events/1700000000000.loaded").status_code == 404


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "is not JSON (line 1, column 1)"),
        ("{", "is not JSON"),
        ("[]", "it is not a JSON object"),
        ("{}", "none of products, event_id, events, visits is in it"),
        ('{"events": [{"x": 1}]}', "none of products, event_id, events, visits is in it"),
        ('{"event_id": "x"}', "'timestamp'"),
        ('{"products": 5}', "holds no event"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_holds_nothing_of_use_is_refused_in_a_sentence(load, text, why):
    with pytest.raises(CannotLoad) as caught:
        load(text)

    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(CannotLoad, match=r"nothing\.json cannot be read: No such file"):
        Sandbox(is_empty=True, load=[tmp_path / "nothing.json"])


OFFICIAL = sorted(path for path in REFERENCE.glob("v*/examples/**/*200*.json") if "related" not in path.name)


def test_the_official_example_bodies_come_back_untouched():
    """Each alone, for several share one id."""
    for path in OFFICIAL:
        sandbox = Sandbox(now=NOON, rate=None, is_empty=True, load=[path])
        document = json.loads(path.read_text())
        version = "v4" if path.is_relative_to(REFERENCE / "v4") else "v3"
        client = connect(sandbox, version, is_checked=False)
        (event,) = sandbox.world.timeline
        if "visits" in document:
            assert client.get(f"/visitors/{document['visitorId']}").json()["visits"] == document["visits"]
        elif "events" in document:
            more = {"source": "edge"} if event.source == "edge" else {}
            path_of = "/events" if version == "v4" else "/events/search"
            shown = client.get(path_of, params={"limit": 10, "start": 1, **more}).json()
            assert shown["events"] == document["events"]
        else:
            assert client.get(f"/events/{event.event_id}").text == path.read_text().strip()
        other = connect(sandbox, "v3" if version == "v4" else "v4")
        converted = other.get(f"/events/{event.event_id}")
        assert converted.status_code == (404 if event.source == "edge" else 200)
