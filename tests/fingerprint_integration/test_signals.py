"""Four states, strong and plain yes, and what is personal: the rules of the catalogue."""

import json

import pytest

from fingerprint_integration.client import read_event
from fingerprint_integration.domain import ApiVersion, Event, SignalState
from fingerprint_integration.signals import (
    BY_NAME,
    CATALOGUE,
    FIELDS,
    GROUPS,
    NOT_PERSONAL,
    Detail,
    Kind,
)


def v4(platform="js", **fields):
    payload = {"event_id": "e", "timestamp": 1, **({"sdk": {"platform": platform}} if platform else {}), **fields}
    return read_event(json.dumps(payload).encode(), ApiVersion.V4)


def v3(platform="js", **products):
    data = {"requestId": "e", "timestamp": 1, **({"sdk": {"platform": platform}} if platform else {})}
    payload = {"products": {"identification": {"data": data}, **products}}
    return read_event(json.dumps(payload).encode(), ApiVersion.V3)


@pytest.mark.parametrize(
    "event, name, state, value",
    [
        (v4(vpn=True), "vpn", SignalState.VALUE, True),
        (v4(vpn=False), "vpn", SignalState.VALUE, False),
        (v4(), "vpn", SignalState.NOT_PROVIDED, None),
        (v4(vpn=None), "vpn", SignalState.NOT_PROVIDED, None),
        (v4(), "jailbroken", SignalState.NOT_APPLICABLE, None),
        (v4(jailbroken=False), "jailbroken", SignalState.NOT_APPLICABLE, None),
        (v4("ios", jailbroken=False), "jailbroken", SignalState.VALUE, False),
        (v4("ios"), "jailbroken", SignalState.NOT_PROVIDED, None),
        (v4("android"), "jailbroken", SignalState.NOT_APPLICABLE, None),
        (v4(None), "jailbroken", SignalState.NOT_PROVIDED, None),
        (v4(None, jailbroken=False), "jailbroken", SignalState.VALUE, False),
        (v4("unknown", jailbroken=False), "jailbroken", SignalState.VALUE, False),
        (v4(None, bundle_id="a.b"), "root_apps", SignalState.NOT_APPLICABLE, None),
        (v4(None, package_name="a.b"), "bot", SignalState.NOT_APPLICABLE, None),
        (v4("android", factory_reset_timestamp=0), "factory_reset", SignalState.VALUE, False),
        (v4("android", factory_reset_timestamp=5), "factory_reset", SignalState.VALUE, True),
        (v3(vpn={"data": {"result": False}}), "vpn", SignalState.VALUE, False),
        (v3(vpn={"error": {"code": "Failed", "message": "x"}}), "vpn", SignalState.FAILED, None),
        (v3(vpn={"error": {}}), "vpn", SignalState.FAILED, None),
        (v3(vpn={}), "vpn", SignalState.NOT_PROVIDED, None),
        (v3(vpn={"data": {}}), "vpn", SignalState.NOT_PROVIDED, None),
        (v3(vpn={"data": None, "error": None}), "vpn", SignalState.NOT_PROVIDED, None),
        (v3(), "vpn", SignalState.NOT_PROVIDED, None),
        (v3(vpn={"data": {"result": True}, "error": {"code": "Failed"}}), "vpn", SignalState.VALUE, True),
        (v3(jailbroken={"data": {"result": False}}), "jailbroken", SignalState.NOT_APPLICABLE, None),
        (v3("ios", jailbroken={"data": {"result": False}}), "jailbroken", SignalState.VALUE, False),
        (v3(botd={"error": {"code": "TooManyRequests"}}), "bot", SignalState.FAILED, None),
        (v3(velocity={"error": {"code": "Failed"}}), "ip_events", SignalState.FAILED, None),
        (v3(velocity={"data": {"events": {}}}), "events", SignalState.NOT_PROVIDED, None),
        (v3(suspectScore={"data": {"result": 31}}), "suspect_score", SignalState.VALUE, 31),
        (v3(suspectScore={"error": {"code": "Failed"}}), "suspect_score", SignalState.FAILED, None),
        (v3(tampering={"error": {"code": "Failed"}}), "anti_detect_browser", SignalState.FAILED, None),
        (v3(ipInfo={"error": {"code": "Failed"}}), "datacenter", SignalState.FAILED, None),
        (v3(ipBlocklist={"data": {"result": True}}), "ip_blocklist", SignalState.VALUE, True),
        (v3(remoteControl={"data": {"result": True}}, platform="android"), "remote_control", SignalState.VALUE, True),
    ],
)
def test_a_signal_is_in_one_of_four_states(event, name, state, value):
    signal = event.signal(name)

    assert (signal.state, signal.value) == (state, value)
    assert signal in event.signals


def test_a_yes_is_never_hidden_by_its_platform():
    for event in (v4(jailbroken=True), v3(jailbroken={"data": {"result": True}})):
        assert event.signal("jailbroken").speaks
        assert [signal.name for signal in event.speaking] == ["jailbroken"]


@pytest.mark.parametrize(
    "fields, name, speaks, strong, claim",
    [
        ({"bot": "bad"}, "bot", True, True, "A bad bot drove this browser."),
        ({"bot": "good"}, "bot", True, False, "A known, declared bot made this visit."),
        ({"bot": "not_detected"}, "bot", False, False, None),
        ({"bot": "sleepy"}, "bot", True, False, "Something other than a person drove this browser."),
        ({"tampering": True}, "tampering", True, True, None),
        ({"vpn": True}, "vpn", True, False, "The visitor came through a VPN."),
        ({"replayed": True}, "replayed", True, True, None),
        ({"bot_info": {"identity": "spoofed"}}, "bot_info", True, True, "Something posed as a bot that it is not."),
        ({"bot_info": {"identity": "signed"}}, "bot_info", True, False, None),
        ({"bot_info": {}}, "bot_info", True, False, None),
        ({"labels": [{"label": "fraud", "prediction": True}]}, "labels", True, False, None),
        ({"labels": [{"label": "fraud", "prediction": False}]}, "labels", False, False, None),
        ({"labels": [{"label": "fraud"}]}, "labels", False, False, None),
        ({"rule_action": {"type": "block"}}, "rule_action", True, False, "A rule of this workspace says to block."),
        ({"rule_action": {"type": "allow"}}, "rule_action", False, False, None),
        ({"suspect_score": 99}, "suspect_score", False, False, None),
        ({"velocity": {"events": {"1_hour": 5}}}, "events", False, False, None),
        ({"ip_info": {"v6": {"datacenter_result": True, "datacenter_name": "x"}}}, "datacenter", True, False, None),
    ],
)
def test_which_value_speaks_and_how_loud(fields, name, speaks, strong, claim):
    signal = v4(**fields).signal(name)

    assert (signal.speaks, signal.strong) == (speaks, strong)
    if claim is not None:
        assert signal.claim == claim


def test_what_speaks_is_listed_strong_first_then_in_the_catalogues_order():
    event = v4(incognito=True, vpn=True, tampering=True, bot="bad", proxy=True, developer_tools=False)

    assert [signal.name for signal in event.speaking] == ["bot", "tampering", "incognito", "vpn", "proxy"]
    assert event.speaking == tuple(
        sorted((s for s in event.signals if s.speaks), key=lambda s: (not s.strong, list(BY_NAME).index(s.name)))
    )


def test_an_incomplete_event_says_nothing_by_its_signals():
    event = v4(incremental_identification_status="partially_completed", bot="bad", vpn=True, suspect_score=7)

    assert event.is_partial
    assert event.speaking == ()
    assert {signal.state for signal in event.signals} == {SignalState.NOT_PROVIDED, SignalState.NOT_APPLICABLE}


def test_failures_are_listed_with_their_code():
    event = v3(vpn={"error": {"code": "Failed", "message": "internal"}}, tor={"error": {"code": "Failed"}})

    assert [(signal.name, signal.error_code, signal.error_message) for signal in event.failed] == [
        ("vpn", "Failed", "internal"),
        ("tor_node", "Failed", None),
    ]


def test_a_throttled_identification_keeps_what_the_bot_product_repeats():
    botd = {"requestId": "1708102555327.NLOjmg", "ip": "1.2.3.4", "url": "u", "time": "2019-05-21T16:40:13.000Z"}
    error = {"error": {"code": "429 Too Many Requests", "message": "too many requests"}}
    event = read_event(
        json.dumps({"products": {"identification": error, "botd": {"data": botd}}}).encode(),
        ApiVersion.V3,
    )

    assert isinstance(event, Event)
    assert (event.event_id, event.ip_address, event.visitor_id) == ("1708102555327.NLOjmg", "1.2.3.4", None)
    assert event.identification_error_code == "429 Too Many Requests"


def test_the_catalogue_is_whole():
    assert len({spec.name for spec in CATALOGUE}) == len(CATALOGUE)
    assert {spec.group for spec in CATALOGUE} == set(GROUPS)
    for spec in CATALOGUE:
        for words in (spec.label, spec.says, spec.means, spec.does_not_mean):
            assert words
            assert words.strip() == words
        for sentence in (spec.says, spec.means, spec.does_not_mean, *spec.says_by_value.values()):
            assert sentence.endswith("."), sentence
        assert spec.v3 or spec.v4
        assert spec.platforms
        assert spec.kind is Kind.CLAIM or not spec.is_yes(1)


def test_every_field_of_an_event_is_in_the_catalogue_and_only_listed_ones_may_be_seen_masked():
    fields = set(Event.__struct_fields__) - {"raw", "reader", "api_version"}

    assert {field.name for field in FIELDS} == fields
    personal = {
        "ip_address",
        "ip_v4",
        "ip_v6",
        "ip_location",
        "linked_id",
        "tags",
        "url",
        "client_referrer",
        "proximity",
    }
    assert fields - NOT_PERSONAL == personal
    assert "raw" not in NOT_PERSONAL


def test_evidence_reads_plainly_and_knows_when_it_is_personal():
    details = {
        detail.name: detail
        for detail in v4(
            vpn=True,
            vpn_confidence="high",
            vpn_ml_score=0.12345,
            vpn_origin_timezone="Europe/Prague",
            vpn_origin_country="unknown",
            vpn_methods={"relay": False, "public_vpn": True},
        )
        .signal("vpn")
        .details
    }

    assert {name: detail.text for name, detail in details.items()} == {
        "confidence": "high",
        "ml_score": "0.1235",
        "origin_timezone": "Europe/Prague",
        "relay": "no",
        "public_vpn": "yes",
    }
    assert details["origin_timezone"].is_personal
    assert not details["confidence"].is_personal
    assert isinstance(details["relay"], Detail)


def test_attributes_are_values_errors_or_neither():
    new = v4(raw_device_attributes={"audio": -1, "math": "x", "date_time_locale": "-2", "architecture": -1})
    assert [(one.name, one.value, one.error) for one in new.device_attributes] == [
        ("audio", None, "not available (-1)"),
        ("math", '"x"', None),
        ("date_time_locale", None, "not available (-2)"),
        ("architecture", "-1", None),
    ]
    old = v3(
        rawDeviceAttributes={
            "data": {"hardwareConcurrency": {"value": 8}, "audio": {"error": {"name": "E", "message": "m"}}, "x": {}}
        }
    )
    assert [(one.name, one.value, one.error) for one in old.device_attributes] == [
        ("hardware_concurrency", "8", None),
        ("audio", None, "E: m"),
        ("x", None, None),
    ]
    assert json.loads(old.raw)
