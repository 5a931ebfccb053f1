"""Updating events, deleting visitors, and what time does to both."""

import json

import pytest

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.clock import DAY, from_ms
from tests.fingerprint_integration.sandbox.asking import found, message_of, search
from tests.fingerprint_integration.sandbox.conftest import NOON, connect

VERSIONS = ["v3", "v4"]
UPDATE = {"v3": ("PUT", "linkedId", "tag"), "v4": ("PATCH", "linked_id", "tags")}
INVALID = {"v3": "RequestCannotBeParsed", "v4": "request_cannot_be_parsed"}


def visit(sandbox: Sandbox, days_ago: float = 0, **what):
    return sandbox.visit(at=from_ms(sandbox.now() - int(days_ago * DAY)), **what)


def update(client, version, event_id, body):
    content = body if isinstance(body, bytes) else json.dumps(body)
    return client.request(UPDATE[version][0], f"/events/{event_id}", content=content)


def shown(client, version, event_id) -> tuple:
    """Linked id, tags and suspect as the version shows them."""
    body = client.get(f"/events/{event_id}").json()
    if version == "v4":
        return body.get("linked_id"), body.get("tags"), body.get("suspect")
    data = body["products"]["identification"]["data"]
    return data.get("linkedId"), data["tag"], data.get("suspect")


# ── update ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", VERSIONS)
def test_an_update_changes_what_it_names_and_answers_200_with_nothing(empty, version):
    event = visit(empty, 1, linked_id="before", tags={"a": 1})
    client = connect(empty, version)
    _, linked_id, tags = UPDATE[version]

    answer = update(client, version, event.event_id, {"suspect": True})
    assert (answer.status_code, answer.content) == (200, b"")
    assert shown(client, version, event.event_id) == ("before", {"a": 1}, True)
    update(client, version, event.event_id, {linked_id: "after"})
    update(client, version, event.event_id, {tags: {"b": 2}, "suspect": False})
    assert shown(client, version, event.event_id) == ("after", {"b": 2}, False)


def test_both_versions_see_what_the_other_changed(empty):
    event = visit(empty, 1)
    v3, v4 = connect(empty, "v3"), connect(empty, "v4")

    update(v3, "v3", event.event_id, {"linkedId": "from v3", "tag": {"n": 9007199254740993}})
    update(v4, "v4", event.event_id, {"suspect": True})

    assert shown(v3, "v3", event.event_id) == shown(v4, "v4", event.event_id)
    assert shown(v3, "v3", event.event_id) == ("from v3", {"n": 9007199254740993}, True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_search_follows_a_changed_linked_id_and_mark(empty, version):
    event = visit(empty, 1, linked_id="before")
    client = connect(empty, version)

    assert found(client, version, suspect="true") == found(client, version, suspect="false") == []
    update(client, version, event.event_id, {UPDATE[version][1]: "after", "suspect": False})

    assert found(client, version, linked_id="before") == []
    assert found(client, version, linked_id="after") == [event.event_id]
    assert found(client, version, suspect="false") == [event.event_id]
    assert found(client, version, suspect="true") == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"null",
        b'{"suspect": "true"}',
        b'{"suspect": null}',
        b'{"unknown": 1}',
        b'{"suspect": true, "unknown": 1}',
        b'{"linkedId": 5}',
        b'{"linked_id": 5}',
        b'{"tag": []}',
        b'{"tags": "x"}',
        b'{"tag": {"n": NaN}, "tags": {"n": NaN}}',
        b"[" * 100_000,
        b'{"suspect": tru',
    ],
)
def test_a_body_that_is_not_exactly_right_is_refused_whole(empty, version, body):
    event = visit(empty, 1)
    before = shown(connect(empty, version), version, event.event_id)

    refused = update(connect(empty, version), version, event.event_id, body)

    assert message_of(refused) == (400, INVALID[version], "request body is not valid")
    assert shown(connect(empty, version), version, event.event_id) == before


def test_each_version_knows_its_own_names_only(empty):
    event = visit(empty, 1)

    assert update(connect(empty, "v3"), "v3", event.event_id, {"linked_id": "x"}).status_code == 400
    assert update(connect(empty, "v4"), "v4", event.event_id, {"linkedId": "x"}).status_code == 400


@pytest.mark.parametrize("version", VERSIONS)
def test_a_linked_id_has_256_characters_at_most_and_tags_16_kilobytes(empty, version):
    event = visit(empty, 1)
    client = connect(empty, version)
    _, linked_id, tags = UPDATE[version]

    assert update(client, version, event.event_id, {linked_id: "ö" * 256}).status_code == 200
    refused = update(client, version, event.event_id, {linked_id: "x" * 257})
    assert message_of(refused)[2] == "linked_id can't be greater than 256 characters long"
    assert update(client, version, event.event_id, {tags: {"x": "y" * 16_000}}).status_code == 200
    assert update(client, version, event.event_id, {tags: {"x": "y" * 17_000}}).status_code == 400


@pytest.mark.parametrize("version", VERSIONS)
def test_an_empty_object_changes_nothing(empty, version):
    event = visit(empty, 1, linked_id="kept")

    assert update(connect(empty, version), version, event.event_id, {}).status_code == 200
    assert shown(connect(empty, version), version, event.event_id)[0] == "kept"


@pytest.mark.parametrize("version", VERSIONS)
def test_hostile_text_is_kept_as_it_is(empty, version):
    event = visit(empty, 1)
    client = connect(empty, version)
    hostile = {"nul\x00": "lone \ud800", "rtl": "\u202egnp.exe", "n": 10**30}

    update(client, version, event.event_id, {UPDATE[version][2]: hostile})

    assert shown(client, version, event.event_id)[1] == hostile


@pytest.mark.parametrize("version, code", [("v3", "StateNotReady"), ("v4", "state_not_ready")])
def test_a_fresh_event_is_not_mutable_yet(empty, version, code):
    event = visit(empty)
    client = connect(empty, version)

    refused = update(client, version, event.event_id, {"suspect": True})
    assert message_of(refused) == (409, code, "resource is not mutable yet, try again")
    empty.clock.advance(seconds=3)
    assert update(client, version, event.event_id, {"suspect": True}).status_code == 200


@pytest.mark.parametrize("version, days", [("v3", 10), ("v4", 30)])
def test_an_old_event_cannot_be_changed_any_more(empty, version, days):
    inside, outside = visit(empty, days - 0.001), visit(empty, days + 0.001)
    client = connect(empty, version)

    assert update(client, version, inside.event_id, {"suspect": True}).status_code == 200
    refused = update(client, version, outside.event_id, {"suspect": True})
    assert message_of(refused) == (400, INVALID[version], "event is too old to be updated")


@pytest.mark.parametrize("version, code", [("v3", "RequestNotFound"), ("v4", "event_not_found")])
def test_an_event_nobody_knows_is_404(empty, version, code):
    client = connect(empty, version)

    for answer in (
        client.get("/events/non-existent-request-id"),
        client.get("/events/1708102555327.NLOjmg"),
        update(client, version, "1708102555327.NLOjmg", {"suspect": True}),
    ):
        assert message_of(answer)[:2] == (404, code)


def test_v4_calls_an_id_invalid_that_was_percent_encoded(v4):
    refused = v4.get("/events/..%2Fvisitors")

    assert message_of(refused) == (400, "request_cannot_be_parsed", "invalid event_id")


# ── delete ──────────────────────────────────────────────────────────────────


@pytest.fixture
def known(empty):
    """A visitor with events 80, 11, 9 and 1 days old, and a second one to compare with."""
    first = visit(empty, 80)
    for days_ago in (11, 9, 1):
        visit(empty, days_ago, visitor_id=first.visitor_id)
    visit(empty, 1)
    return [event.event_id for event in empty.world.by_visitor[first.visitor_id]], first.visitor_id


@pytest.mark.parametrize("version", VERSIONS)
def test_a_deletion_goes_in_stages(empty, known, version):
    (oldest, older, younger, youngest), visitor_id = known
    client = connect(empty, version)

    def readable():
        ids = (oldest, older, younger, youngest)
        return [client.get(f"/events/{event_id}").status_code == 200 for event_id in ids]

    answer = client.delete(f"/visitors/{visitor_id}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert search(client, version, visitor_id=visitor_id).status_code == 200  # accepted, not done
    assert readable() == [True] * 4

    empty.clock.advance(minutes=2)  # the properties are gone, the events are not
    assert search(client, version, visitor_id=visitor_id).status_code == 404
    assert client.delete(f"/visitors/{visitor_id}").status_code == 404
    assert readable() == [True] * 4

    empty.clock.advance(hours=24)
    assert readable() == [True, True, False, False]

    empty.clock.advance(days=10)
    assert readable() == [False, True, False, False]  # the oldest went with the retention


def test_recent_events_go_one_by_one_within_a_day(empty):
    visitor_id = visit(empty, 9.9).visitor_id
    ids = [visit(empty, number / 50, visitor_id=visitor_id).event_id for number in range(1, 41)]
    client = connect(empty, "v4", is_checked=False)
    client.delete(f"/visitors/{visitor_id}")
    left = []

    for _ in range(24):
        empty.clock.advance(hours=1)
        left.append(sum(client.get(f"/events/{event_id}").status_code == 200 for event_id in ids))

    assert left == sorted(left, reverse=True)
    assert left[0] > 30
    assert left[-1] == 0
    assert len(set(left)) > 8


def test_the_next_visit_gets_a_new_visitor_id_and_its_own_history(empty, known):
    ids, visitor_id = known
    client = connect(empty, "v4")
    client.delete(f"/visitors/{visitor_id}")

    meanwhile = visit(empty, visitor_id=visitor_id)
    empty.clock.advance(hours=2)
    again = visit(empty, visitor_id=visitor_id)

    assert meanwhile.visitor_id == visitor_id
    assert again.visitor_id != visitor_id
    body = client.get(f"/events/{again.event_id}").json()
    assert body["identification"]["visitor_found"] is False
    assert "last_seen_at" not in body["identification"]
    assert found(client, "v4", visitor_id=again.visitor_id) == [again.event_id]
    empty.clock.advance(hours=24)
    assert client.get(f"/events/{meanwhile.event_id}").status_code == 404
    assert client.get(f"/events/{again.event_id}").status_code == 200


def test_the_cast_comes_back_with_new_ids_too(sandbox):
    client = connect(sandbox, "v4")
    old_id = sandbox.stories["night_owl"].visitor_ids[0]
    client.delete(f"/visitors/{old_id}")

    sandbox.clock.advance(days=3)

    assert len(sandbox.stories["night_owl"].visitor_ids) == 2
    new_id = sandbox.stories["night_owl"].visitor_ids[1]
    ids = found(client, "v4", visitor_id=new_id)
    assert len(ids) > 15
    assert search(client, "v4", visitor_id=old_id).status_code == 404


@pytest.mark.parametrize("version", VERSIONS)
def test_a_second_request_while_the_first_is_pending_changes_nothing(empty, known, version):
    _, visitor_id = known
    client = connect(empty, version)

    client.delete(f"/visitors/{visitor_id}")
    empty.clock.advance(minutes=1)
    assert client.delete(f"/visitors/{visitor_id}").status_code == 200
    empty.clock.advance(minutes=1)
    assert client.delete(f"/visitors/{visitor_id}").status_code == 404


@pytest.mark.parametrize("version", VERSIONS)
def test_ids_that_cannot_be_deleted(empty, version):
    client = connect(empty, version)
    not_found = "VisitorNotFound" if version == "v3" else "visitor_not_found"

    assert message_of(client.delete("/visitors/")) == (400, INVALID[version], "visitor id is required")
    assert message_of(client.delete("/visitors/malformed")) == (400, INVALID[version], "invalid visitor id")
    assert message_of(client.delete("/visitors/" + "a%20" * 5)) == (400, INVALID[version], "invalid visitor id")
    assert message_of(client.delete("/visitors/" + "a" * 20))[:2] == (404, not_found)


@pytest.mark.parametrize("version", VERSIONS)
def test_thirty_deletions_an_hour(empty, version):
    client = connect(empty, version)
    ids = [visit(empty, 1).visitor_id for _ in range(32)]
    too_many = "TooManyRequests" if version == "v3" else "too_many_requests"

    statuses = []
    for visitor_id in ids:
        statuses.append(client.delete(f"/visitors/{visitor_id}").status_code)
        empty.clock.advance(minutes=1)
    assert statuses == [200] * 30 + [429] * 2

    refused = client.delete(f"/visitors/{ids[30]}")
    assert message_of(refused) == (429, too_many, "too many requests")
    assert "Retry-After" not in refused.headers
    empty.clock.advance(minutes=28)  # the first one was an hour ago
    assert client.delete(f"/visitors/{ids[30]}").status_code == 200
    assert client.delete(f"/visitors/{ids[31]}").status_code == 429


def test_five_hundred_deletions_a_day(empty):
    client = connect(empty, "v4")
    ids = [visit(empty, 1).visitor_id for _ in range(502)]
    statuses = []

    for visitor_id in ids:
        statuses.append(client.delete(f"/visitors/{visitor_id}").status_code)
        empty.clock.advance(minutes=2.5)

    assert statuses == [200] * 500 + [429] * 2


def test_deletions_and_other_requests_have_budgets_of_their_own():
    sandbox = Sandbox(now=NOON, is_empty=True)
    client = connect(sandbox, "v4")
    ids = [visit(sandbox, 1).visitor_id for _ in range(20)]

    assert [client.delete(f"/visitors/{visitor_id}").status_code for visitor_id in ids] == [200] * 20
    assert [client.get("/events").status_code for _ in range(16)] == [200] * 15 + [429]


# ── retention, time ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", VERSIONS)
def test_events_expire_and_with_the_last_of_them_the_visitor(empty, version):
    event = visit(empty, 89.9)
    client = connect(empty, version)

    assert client.get(f"/events/{event.event_id}").status_code == 200
    assert found(client, version, visitor_id=event.visitor_id, start=empty.now() - 365 * DAY) == [event.event_id]
    empty.clock.advance(hours=3)
    assert client.get(f"/events/{event.event_id}").status_code == 404
    assert found(client, version, start=empty.now() - 365 * DAY) == []
    assert search(client, version, visitor_id=event.visitor_id).status_code == 404
    assert client.delete(f"/visitors/{event.visitor_id}").status_code == 404


def test_what_has_not_happened_yet_is_not_there(empty):
    event = visit(empty, -1)
    client = connect(empty, "v4")

    assert client.get(f"/events/{event.event_id}").status_code == 404
    empty.clock.advance(days=1)
    assert client.get(f"/events/{event.event_id}").status_code == 200


def test_time_goes_on_for_the_cast(sandbox):
    client = connect(sandbox, "v4")
    before = search(client, "v4", limit=1).json()["events"][0]["timestamp"]

    sandbox.clock.advance(days=2)
    newer = found(client, "v4", start=sandbox.now() - 2 * DAY)

    assert before <= NOON.timestamp() * 1000
    assert len(newer) == 100
    assert int(newer[-1].split(".")[0]) > before
