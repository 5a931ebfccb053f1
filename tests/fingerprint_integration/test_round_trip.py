"""Any event the sandbox's world can hold, rendered as v3 and as v4, reads back as one event through our wires; and
anything Fingerprint's own descriptions allow is read.
"""

import json
import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprint_integration import FingerprintClient
from fingerprint_integration.client import read_event
from fingerprint_integration.domain import ApiVersion, Event, SignalState
from fingerprint_integration.sandbox.app import Sandbox
from fingerprint_integration.sandbox.records import CALM
from fingerprint_integration.signals import CATALOGUE, FIELDS
from tests.fingerprint_integration.sandbox import descriptions
from tests.fingerprint_integration.test_equivalence import (
    ONE_VERSION_ONLY,
    SIGNALS_OF_ONE_VERSION,
    SPELLED_DIFFERENTLY,
    shown,
)

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
SURENESS = st.sampled_from(["low", "medium", "high"])
SCORES = st.floats(0, 1)
SIGNALS = {
    **{name: st.booleans() for name, value in CALM.items() if isinstance(value, bool)},
    "bot": st.sampled_from(["not_detected", "good", "bad"]),
    "tampering_confidence": SURENESS,
    "vpn_confidence": SURENESS,
    "proxy_confidence": SURENESS,
    "tampering_ml_score": SCORES,
    "anomaly_score": SCORES,
    "virtual_machine_ml_score": SCORES,
    "vpn_ml_score": SCORES,
    "factory_reset_timestamp": st.integers(0, 2_000_000_000).map(lambda seconds: seconds * 1000),
    "rare_device": st.booleans(),
    "daily_requests": st.integers(0, 10**9),
}
TEXT = st.text(max_size=40) | st.sampled_from(["\x00", "\ud800", "‮", "<script>", "=1+1", "💥" * 9, "x" * 300])
FREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
VISITS = st.fixed_dictionaries(
    {
        "platform": st.sampled_from(["js", "android", "ios"]),
        "signals": st.fixed_dictionaries({}, optional=SIGNALS),
        "at": st.integers(0, 80 * 86_400_000).map(lambda before: NOON - timedelta(milliseconds=before)),
    },
    optional={
        "linked_id": TEXT,
        "url": TEXT,
        "tags": st.dictionaries(TEXT, FREE, max_size=4),
        "suspect": st.booleans(),
        "replayed": st.booleans(),
        "environment_id": TEXT.filter(bool),
        "ip": st.ip_addresses().map(str),
    },
)


BROWSERS_ONLY = ("os_mismatch", "anti_detect_browser")


def possible(what: dict[str, Any]) -> dict[str, Any]:
    """Leave off a phone what only a browser has: a page, and evidence that v4 keeps for browsers."""
    if what["platform"] == "js":
        return what
    known = {name: value for name, value in what["signals"].items() if name not in BROWSERS_ONLY}
    return {name: value for name, value in what.items() if name != "url"} | {"signals": known}


def client_of(sandbox: Sandbox, version: str) -> FingerprintClient:
    return FingerprintClient(
        "sandbox-secret-key",
        version=version,
        base_url="http://sandbox.test",
        transport=httpx.MockTransport(sandbox.handle),
    )


@settings(max_examples=int(os.environ.get("ROUND_TRIPS", "40")), report_multiple_bugs=False)
@given(what=VISITS.map(possible))
def test_whatever_happened_reads_back_equal_from_both_versions(what):
    sandbox = Sandbox(now=NOON, rate=None, is_empty=True)
    record = sandbox.visit(**what)
    old, new = (client_of(sandbox, version).get_event(record.event_id) for version in ("v3", "v4"))

    # What was put in comes out.
    assert old.event_id == new.event_id == record.event_id
    assert old.at == new.at == datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=record.at)
    assert new.suspect is what.get("suspect")
    # Both tell the same, but for what the catalogue and the list of equivalence name.
    for field in FIELDS:
        if field.name in ONE_VERSION_ONLY | SPELLED_DIFFERENTLY:
            continue
        one, other = getattr(old, field.name), getattr(new, field.name)
        if field.name == "tags":
            one, other = one and json.loads(one), other and json.loads(other)
        if field.name == "url":
            one, other = one or None, other or None  # v3 must say a page, so an empty one is none
        assert one == other, field.name
    for one, other in zip(old.signals, new.signals, strict=True):
        assert SignalState.FAILED not in (one.state, other.state)
        if one.name == "tampering" and what["platform"] == "ios":
            continue  # v3 documents it as always false there
        if one.name not in SIGNALS_OF_ONE_VERSION:
            assert shown(one) == shown(other), one.name


# ── answers built from the OpenAPI files, when they lie beside the project ──


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its reference followed and its parts put together."""
    while "$ref" in schema:
        place: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]
        schema = place
    if "allOf" in schema:
        merged: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        for part in (resolved(document, one) for one in schema["allOf"]):
            merged["properties"] |= part.get("properties", {})
            merged["required"] = [*merged["required"], *part.get("required", [])]
        return merged
    return schema


def anything(rng: random.Random, document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:
    """Some value a schema allows: optional members come and go, closed lists give one of their words."""
    schema = resolved(document, schema)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return anything(rng, document, rng.choice(schema[choice]), depth)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = rng.choice(kind)
    if schema.get("nullable") and rng.random() < 0.2:
        return None
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    match kind:
        case "array":
            return [anything(rng, document, schema.get("items", {}), depth + 1) for _ in range(rng.randrange(3))]
        case "boolean":
            return rng.random() < 0.5
        case "integer":
            return rng.randint(int(schema.get("minimum", 0)), int(schema.get("maximum", 1_800_000_000_000)))
        case "number":
            return rng.uniform(schema.get("minimum", 0), schema.get("maximum", 1))
        case "string":
            if schema.get("format") == "date-time":
                return datetime.fromtimestamp(rng.randrange(2_000_000_000), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            return rng.choice(["x", "", "0", "Ünï", "\x00", "a" * 60])
        case "null":
            return None
    if kind == "object" or "properties" in schema:
        needed = set(schema.get("required", ()))
        return {
            name: anything(rng, document, part, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if name in needed or rng.random() < 0.7
        }
    return rng.choice([1, "x", {"free": [None]}])


SCHEMAS = {
    "v3": ("v3", "EventsGetResponse", ("products", "identification", "data", "requestId")),
    "v3 classic": ("v3", "EventsGetResponse", ("products", "identification", "data", "requestId")),
    "v4": ("v4", "Event", ("event_id",)),
}


@pytest.mark.parametrize("name", sorted(descriptions.DESCRIPTIONS))
def test_whatever_a_description_allows_is_read(name):
    version, schema, id_at = SCHEMAS[name]
    document = descriptions.description(name)
    rng = random.Random(7)
    read = 0
    for _ in range(150):
        body = anything(rng, document, {"$ref": f"#/components/schemas/{schema}"})
        event = read_event(json.dumps(body).encode(), ApiVersion(version))
        place: Any = body
        for step in id_at:
            place = place.get(step, {}) if isinstance(place, dict) else {}
        if not isinstance(event, Event):
            assert not place, (event.reason, body)
            continue
        read += 1
        states = {signal.state for signal in event.signals}
        assert states <= set(SignalState)
        assert {signal.spec.name for signal in event.speaking} <= {spec.name for spec in CATALOGUE}
        assert isinstance(event.device_attributes, tuple)
        if place:
            assert event.event_id == place
    assert read > 30
