"""The same story told by v3 and by v4 is one story: equal events, but for what one version cannot know.

Everything in which the two may differ is listed in this one place, each line with its reason.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from fingerprint_integration import FingerprintClient
from fingerprint_integration.catalogue.fields import ONLY_V3_EVIDENCE, ONLY_V4_EVIDENCE
from fingerprint_integration.domain import Event, SignalState
from fingerprint_integration.sandbox.app import Sandbox
from fingerprint_integration.signals import CATALOGUE, FIELDS

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

# What one version does not have at all: the catalogue says so by a place that is None.
ONE_VERSION_ONLY = {field.name for field in FIELDS if field.v3 is None or field.v4 is None}
SIGNALS_OF_ONE_VERSION = {spec.name for spec in CATALOGUE if spec.v3 is None or spec.v4 is None}
EVIDENCE_OF_ONE_VERSION = ONLY_V3_EVIDENCE | ONLY_V4_EVIDENCE
# v3 names the method of the score, v4 numbers it.
SPELLED_DIFFERENTLY = {"confidence_version"}
# v3 keeps these below the identification; an event without one (a crawler, a failure) is told without them.
BELOW_V3_IDENTIFICATION = {
    "visitor_id", "visitor_found", "confidence", "confidence_comment", "first_seen_at", "last_seen_at",
    "linked_id", "tags", "suspect", "replayed", "environment_id", "url", "ip_address", "user_agent",
    "os", "os_version", "device", "browser_name", "browser_version", "browser_major_version",
    "sdk_platform", "sdk_version", "sdk_integrations",
}  # fmt: skip


@pytest.fixture(scope="module")
def told() -> tuple[dict[str, Event], dict[str, Event]]:
    sandbox = Sandbox(seed=7, now=NOW, rate=None)

    def events(version: str) -> Iterator[Event]:
        client = FingerprintClient(
            "sandbox-secret-key",
            version=version,
            base_url="http://sandbox.test",
            transport=httpx.MockTransport(sandbox.handle),
        )
        for event in client.iter_events(start=NOW - timedelta(days=90), end=NOW):
            if isinstance(event, Event):
                yield event
            else:
                # A throttled identification leaves v3 nothing to call the event by.
                assert version == "v3"
                assert b"429 Too Many Requests" in event.raw

    return {event.event_id: event for event in events("v3")}, {event.event_id: event for event in events("v4")}


def test_both_versions_tell_of_the_same_events(told):
    v3, v4 = told

    assert len(v3) > 5000
    assert set(v3) <= set(v4)
    assert len(set(v4) - set(v3)) < 10


def test_both_versions_give_equal_fields(told):
    v3, v4 = told
    differences = []
    for event_id, old in v3.items():
        new = v4[event_id]
        skipped = ONE_VERSION_ONLY | SPELLED_DIFFERENTLY
        if old.visitor_id is None:
            skipped = skipped | BELOW_V3_IDENTIFICATION
        for field in FIELDS:
            one, other = getattr(old, field.name), getattr(new, field.name)
            if field.name == "tags" and one is not None and other is not None:
                one, other = json.loads(one), json.loads(other)
                one, other = json.dumps(one), json.dumps(other)  # NaN is not equal to itself
            if field.name not in skipped and one != other:
                differences.append((event_id, field.name, one, other))

    assert differences[:5] == []


def test_both_versions_give_equal_signals(told):
    v3, v4 = told
    differences = []
    for event_id, old in v3.items():
        new = v4[event_id]
        if new.is_partial or old.visitor_id is None:
            continue  # v3 cannot say that an event is incomplete, nor without identification from which platform it is
        for one, other in zip(old.signals, new.signals, strict=True):
            if one.state is SignalState.FAILED or one.error_code is not None:
                continue  # v4 fails as a whole or not at all
            if one.name not in SIGNALS_OF_ONE_VERSION and shown(one) != shown(other):
                differences.append((event_id, one.name, shown(one), shown(other)))

    assert differences[:5] == []


def shown(signal):
    evidence = {detail.name: detail.value for detail in signal.details if detail.name not in EVIDENCE_OF_ONE_VERSION}
    if (seen := evidence.get("last_seen_at")) is not None:
        evidence["last_seen_at"] = seen.replace(minute=0, second=0, microsecond=0)  # v3 tells whole hours
    return signal.state, signal.value, signal.speaks, signal.strong, evidence


def test_the_stories_exercise_every_state_and_every_signal(told):
    v3, v4 = told
    everything = [*v3.values(), *v4.values()]
    states = {signal.state for event in everything for signal in event.signals}
    with_value = {signal.name for event in everything for signal in event.signals if signal.state is SignalState.VALUE}

    assert states == set(SignalState)
    never_told = {"rule_action", "compromised_device_integrity"}  # only with a ruleset; too new for the stories
    assert {spec.name for spec in CATALOGUE} - with_value <= never_told | {"remote_control"}


def test_a_signal_of_another_platform_is_not_applicable_in_both(told):
    for events in told:
        browser = next(event for event in events.values() if event.platform == "browser")
        assert browser.signal("jailbroken").state is SignalState.NOT_APPLICABLE
        phone = next(event for event in events.values() if event.platform == "ios")
        assert phone.signal("bot").state is SignalState.NOT_APPLICABLE
        assert phone.signal("jailbroken").state is SignalState.VALUE
