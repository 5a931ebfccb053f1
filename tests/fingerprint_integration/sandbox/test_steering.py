"""Steering over HTTP, and the faults: what a client meets on a bad day."""

import json

import httpx
import pytest

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.faults import KINDS, NEWER_VALUE
from tests.fingerprint_integration.sandbox import descriptions
from tests.fingerprint_integration.sandbox.asking import found, message_of, search
from tests.fingerprint_integration.sandbox.conftest import connect

VERSIONS = ["v3", "v4"]


@pytest.fixture
def steer(empty):
    """`steer("POST", "/sandbox/clock", {...})` on the empty sandbox."""
    client = httpx.Client(transport=httpx.MockTransport(empty.handle), base_url="http://sandbox.test")

    def send(method, path, body=None, status=200):
        answer = client.request(method, path, json=body) if body is not None else client.request(method, path)
        assert answer.status_code == status, answer.text
        return answer.json()

    return send


def plain(sandbox: Sandbox, version: str, **options) -> httpx.Client:
    """A client that takes answers as they come."""
    client = connect(sandbox, version, is_checked=False)
    client.timeout = httpx.Timeout(options.get("timeout", 5))
    return client


# ── clock, visits, limits, requests, stories ────────────────────────────────


def test_the_clock_can_be_moved_set_stopped_and_released(empty, steer):
    assert steer("GET", "/sandbox/clock")["now"] == "2026-06-15T12:00:00.000Z"
    assert steer("POST", "/sandbox/clock", {"advance_seconds": 90})["now"] == "2026-06-15T12:01:30.000Z"
    assert steer("POST", "/sandbox/clock", {"set": "2026-07-01T00:00:00+02:00"})["now"] == "2026-06-30T22:00:00.000Z"
    released = steer("POST", "/sandbox/clock", {"freeze": False})
    assert released["is_frozen"] is False
    assert steer("POST", "/sandbox/clock", {"freeze": True})["is_frozen"] is True


@pytest.mark.parametrize(
    "path, body",
    [
        ("/sandbox/clock", {"set": "tomorrow"}),
        ("/sandbox/clock", {"forward": 1}),
        ("/sandbox/clock", {"advance_seconds": "x"}),
        ("/sandbox/clock", []),
        ("/sandbox/faults", {"kind": "earthquake"}),
        ("/sandbox/faults", {"kind": "cut", "times": 0}),
        ("/sandbox/faults", {"kind": "cut", "where": "here"}),
        ("/sandbox/faults", {}),
        ("/sandbox/faults", {"kind": "rate_limited", "retry_after": "1\r\nX: y"}),
        ("/sandbox/visits", {"visitor_id": "nobody"}),
        ("/sandbox/visits", {"ip": "not an address"}),
        ("/sandbox/visits", {"platform": "symbian"}),
        ("/sandbox/visits", {"count": 0}),
        ("/sandbox/visits", {"loaded": 1}),
        ("/sandbox/limits", {"rate": -1}),
        ("/sandbox/limits", {"burst": None}),
        ("/sandbox/limits", {"colour": 1}),
    ],
)
def test_steering_that_makes_no_sense_is_refused_with_a_sentence(steer, path, body):
    assert steer("POST", path, body, status=400)["error"]


def test_unknown_ways_of_steering(steer, empty):
    client = httpx.Client(transport=httpx.MockTransport(empty.handle), base_url="http://sandbox.test")

    assert client.get("/sandbox/nonsense").status_code == 404
    assert client.delete("/sandbox/clock").status_code == 405
    assert "/sandbox/clock" in steer("GET", "/sandbox")["steering"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("platform", ["js", "android", "ios"])
def test_visits_can_be_added(empty, steer, version, platform):
    events = steer(
        "POST",
        "/sandbox/visits",
        {
            "count": 3, "seconds_apart": 60, "at": "2026-06-15T11:00:00Z", "platform": platform,
            "ip": "203.0.113.77", "linked_id": "me", "tags": {"a": [1]}, "signals": {"vpn": True},
        },
    )["events"]  # fmt: skip

    client = connect(empty, version)
    assert len({event["visitor_id"] for event in events}) == 1
    assert found(client, version, linked_id="me", vpn="true", ip_address="203.0.113.0/24") == [
        event["event_id"] for event in reversed(events)
    ]
    again = steer("POST", "/sandbox/visits", {"visitor_id": events[0]["visitor_id"]})["events"][0]
    assert again["visitor_id"] == events[0]["visitor_id"]
    assert empty.world.by_id[again["event_id"]].network.ip == "203.0.113.77"


def test_five_thousand_visits_of_one_visitor(empty, steer):
    events = steer("POST", "/sandbox/visits", {"count": 5000, "seconds_apart": 1, "at": "2026-06-14T00:00:00Z"})

    assert len({event["event_id"] for event in events["events"]}) == 5000
    hits = search(connect(empty, "v4"), "v4", visitor_id=events["events"][0]["visitor_id"], total_hits=1000, limit=1)
    assert hits.json()["total_hits"] == 1000


def test_limits_can_be_raised_while_it_runs(steer, empty):
    empty.limits.rate = 5
    client = connect(empty, "v4")
    assert [client.get("/events").status_code for _ in range(16)][-1] == 429

    assert steer("POST", "/sandbox/limits", {"rate": 100, "burst": 200})["rate"] == 100

    assert {client.get("/events").status_code for _ in range(200)} == {200}
    assert steer("POST", "/sandbox/limits", {"rate": None})["rate"] is None


def test_requests_are_remembered_for_assertions(empty, steer):
    connect(empty, "v4").patch("/events/x?ii=test", json={"suspect": True})
    connect(empty, "v3").get("/events/search?limit=1&api_key=secret")

    first, second = steer("GET", "/sandbox/requests")["requests"]

    assert (first["method"], first["path"], first["operation"]) == ("PATCH", "/v4/events/x", "update_event")
    assert (first["status"], first["query"], first["body"]) == (404, "ii=test", '{"suspect":true}')
    assert second["query"] == "limit=1&api_key=..."
    assert steer("DELETE", "/sandbox/requests") == {"requests": []}
    assert not empty.requests


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("retry_after", [None, 0, 7, 3600, "Wed, 21 Oct 2026 07:28:00 GMT", "soon"])
def test_rate_limited_with_any_retry_after_or_none(empty, version, retry_after):
    with empty.faults.rate_limited(retry_after=retry_after, times=1):
        refused = search(plain(empty, version), version)

    assert message_of(refused)[::2] == (429, "too many requests")
    assert refused.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
    assert search(plain(empty, version), version).status_code == 200


def test_too_many_searches_is_a_message_of_its_own(empty):
    with empty.faults.rate_limited(message="too many search requests", operation="search_events"):
        assert message_of(search(plain(empty, "v4"), "v4"))[2] == "too many search requests"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "kind, status, message",
    [
        ("server_error", 500, "internal server error"),
        ("unavailable", 503, "service temporarily unavailable"),
        ("gateway_timeout", 504, "gateway timeout"),
        ("not_ready", 409, "resource is not mutable yet, try again"),
    ],
)
def test_refusals_of_a_service_in_trouble(empty, version, kind, status, message):
    with getattr(empty.faults, kind)():
        answer = search(connect(empty, version), version)

    assert message_of(answer)[::2] == (status, message)


def test_a_gateway_answers_in_html(empty):
    with empty.faults.bad_gateway():
        answer = plain(empty, "v4").get("/events")

    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert b"<html>" in answer.content


def test_the_visitor_history_is_refused_in_its_own_shape(empty):
    visitor_id = empty.visit().visitor_id
    with empty.faults.rate_limited(retry_after=7):
        answer = connect(empty, "v3").get(f"/visitors/{visitor_id}")

    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (
        429, {"error": "too many requests"}, "7",
    )  # fmt: skip


def test_a_cut_connection_does_nothing_and_a_lost_answer_does_it(empty):
    event = empty.visit()
    empty.clock.advance(seconds=10)
    client = plain(empty, "v4")

    with empty.faults.cut(), pytest.raises(httpx.RemoteProtocolError):
        client.patch(f"/events/{event.event_id}", json={"suspect": True})
    assert empty.suspects() == set()
    with empty.faults.answer_lost(), pytest.raises(httpx.RemoteProtocolError):
        client.patch(f"/events/{event.event_id}", json={"suspect": True})
    assert empty.suspects() == {event.event_id}


def test_a_lost_answer_to_a_deletion_leaves_a_deletion(empty):
    visitor_id = empty.visit().visitor_id
    client = plain(empty, "v4")

    with empty.faults.answer_lost(operation="delete_visitor_data"), pytest.raises(httpx.RemoteProtocolError):
        client.delete(f"/visitors/{visitor_id}")
    empty.clock.advance(minutes=2)

    assert search(client, "v4", visitor_id=visitor_id).status_code == 404


def test_broken_bodies(empty):
    empty.visit()
    client = plain(empty, "v4")

    with empty.faults.truncated():
        truncated = client.get("/events")
    with pytest.raises(json.JSONDecodeError):
        truncated.json()
    with empty.faults.wrong_content_type():
        page = client.get("/events")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    with empty.faults.add("empty_body"):
        assert client.get("/events").content == b""
    with empty.faults.cut_body(), pytest.raises(httpx.RemoteProtocolError):
        client.get("/events")


def test_slow_answers_run_into_the_read_time_out(empty):
    with empty.faults.slow(seconds=30), pytest.raises(httpx.ReadTimeout):
        plain(empty, "v4", timeout=5).get("/events")
    with empty.faults.slow(seconds=3):
        assert plain(empty, "v4", timeout=5).get("/events").status_code == 200
    with empty.faults.slow_body(seconds=0.2, pieces=4):
        assert plain(empty, "v4").get("/events").json() == {"events": []}


@pytest.mark.parametrize("version", VERSIONS)
def test_unknown_fields_enums_and_missing_fields_break_the_description_but_not_the_json(empty, version):
    event = empty.visit(ip="203.0.113.1", signals={"proxy_type": "residential", "bot": "bad"})
    client = plain(empty, version)
    schema = "EventsGetResponse" if version == "v3" else "Event"

    def complaints(body):
        return descriptions.complaints(version, f"/components/schemas/{schema}", body)

    usual = client.get(f"/events/{event.event_id}").json()
    for kind in ("unknown_fields", "unknown_enums", "missing_fields"):
        with empty.faults.add(kind):
            odd = client.get(f"/events/{event.event_id}").json()
        assert odd != usual
        assert bool(complaints(odd)) is (version in descriptions.DESCRIPTIONS)
        if kind == "unknown_enums":
            assert NEWER_VALUE in json.dumps(odd)
        if kind == "unknown_fields":
            assert "sandboxNewField" in odd
    assert complaints(usual) == []


def test_a_huge_answer(empty):
    with empty.faults.add("oversized", size=1_000_000):
        assert len(plain(empty, "v4").get("/events").content) > 1_000_000


def test_an_answer_of_ones_own(empty):
    with empty.faults.add("answer", status=418, body="short and stout", content_type="text/plain"):
        answer = plain(empty, "v4").get("/events")

    assert (answer.status_code, answer.text) == (418, "short and stout")


def test_faults_meet_whom_they_are_meant_for_and_as_often(empty):
    v3, v4 = plain(empty, "v3"), plain(empty, "v4")
    empty.faults.server_error(method="GET", path="/v4/events", times=2)
    empty.faults.unavailable(version="v3", operation="search_events", times=None)

    assert [v4.get("/events/x").status_code, v4.get("/events").status_code] == [404, 500]
    assert [search(v3, "v3").status_code for _ in range(3)] == [503] * 3
    assert [v4.get("/events").status_code for _ in range(2)] == [500, 200]
    empty.faults.clear()
    assert search(v3, "v3").status_code == 200


def test_a_fault_ends_with_its_block_even_when_nobody_met_it(empty):
    with empty.faults.server_error(times=5) as waiting:
        assert plain(empty, "v4").get("/events").status_code == 500
        assert waiting.fault.times == 4

    assert plain(empty, "v4").get("/events").status_code == 200


def test_faults_can_be_set_over_http_listed_and_cleared(empty, steer):
    steer("POST", "/sandbox/faults", {"kind": "rate_limited", "retry_after": 7, "times": 2, "path": "/v4/*"})

    assert plain(empty, "v4").get("/events").headers["Retry-After"] == "7"
    listed = steer("GET", "/sandbox/faults")
    assert [(fault["kind"], fault["times"]) for fault in listed["faults"]] == [("rate_limited", 1)]
    assert set(listed["kinds"]) == set(KINDS)
    steer("DELETE", "/sandbox/faults")
    assert plain(empty, "v4").get("/events").status_code == 200
    assert [received.fault for received in empty.requests] == ["rate_limited", None]


def test_steering_is_never_hit_by_faults(empty, steer):
    empty.faults.server_error(times=None)

    assert steer("GET", "/sandbox/clock")


# ── paths and methods ───────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/v4", "/v4/", "/v5/events", "/events", "/events/", "/v4/events/", "/visitors"])
def test_unknown_paths_are_404(empty, path):
    client = httpx.Client(transport=httpx.MockTransport(empty.handle), base_url="http://sandbox.test")

    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("POST", "/events/search", "GET"),
        ("PATCH", "/events/x", "GET, PUT"),
        ("PUT", "/v4/events/x", "GET, PATCH"),
        ("OPTIONS", "/v4/events", "GET"),
        ("GET", "/v4/visitors/x", "DELETE"),
    ],
)
def test_other_methods_are_405(empty, method, path, allowed):
    client = httpx.Client(transport=httpx.MockTransport(empty.handle), base_url="http://sandbox.test")
    answer = client.request(method, path)

    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, allowed, b"")


def test_the_wsgi_door_leads_to_the_same_room(cast):
    client = httpx.Client(transport=httpx.WSGITransport(cast.wsgi), base_url="http://sandbox.test")
    event_id = cast.stories["family"].event_ids[0]
    key = {"Authorization": "Bearer sandbox-secret-key"}

    through_wsgi = client.get(f"/v4/events/{event_id}", headers=key)

    assert through_wsgi.content == connect(cast, "v4").get(f"/events/{event_id}").content
    assert client.get("/v4/events?limit=3", headers=key).json() == connect(cast, "v4").get("/events?limit=3").json()
