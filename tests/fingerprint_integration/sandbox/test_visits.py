"""Two things only v3 has: the visitor history in its three modes, and related visitors."""

import pytest

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.clock import DAY, from_ms
from tests.fingerprint_integration.sandbox.asking import message_of
from tests.fingerprint_integration.sandbox.conftest import NOON, connect


def history(mode: str, visits: int = 6):
    """A visitor with this many visits, oldest first, every second one by another account."""
    sandbox = Sandbox(now=NOON, rate=None, is_empty=True, visits=mode)
    visitor_id = None
    ids = []
    for number in range(visits):
        event = sandbox.visit(
            at=from_ms(sandbox.now() - (visits - number) * 60_000),
            visitor_id=visitor_id,
            linked_id=("even", "odd")[number % 2],
        )
        visitor_id = event.visitor_id
        ids.append(event.event_id)
    return connect(sandbox, "v3", is_checked=mode != "gone"), visitor_id, ids


def shown(body):
    return [visit["requestId"] for visit in body["visits"]]


def test_single_gives_the_newest_visit_only():
    client, visitor_id, ids = history("single")

    body = client.get(f"/visitors/{visitor_id}?limit=100").json()

    assert body["visitorId"] == visitor_id
    assert shown(body) == [ids[-1]]
    assert (body["paginationKey"], body["lastTimestamp"]) == (ids[-1], body["visits"][0]["timestamp"])
    assert "visitorId" not in body["visits"][0]


def test_single_filters_before_it_picks():
    client, visitor_id, ids = history("single")

    assert shown(client.get(f"/visitors/{visitor_id}?request_id={ids[0]}").json()) == [ids[0]]
    assert shown(client.get(f"/visitors/{visitor_id}?linked_id=even").json()) == [ids[4]]
    assert client.get(f"/visitors/{visitor_id}?linked_id=nobody").json() == {"visitorId": visitor_id, "visits": []}


def test_classic_pages_newest_first():
    client, visitor_id, ids = history("classic")

    first = client.get(f"/visitors/{visitor_id}?limit=4").json()
    second = client.get(f"/visitors/{visitor_id}?limit=4&paginationKey={first['paginationKey']}").json()

    assert shown(first) == ids[:1:-1]
    assert shown(second) == [ids[1], ids[0]]
    assert "paginationKey" not in second


def test_classic_scans_first_and_filters_then_so_pages_are_short_or_empty_and_still_go_on():
    client, visitor_id, ids = history("classic")

    first = client.get(f"/visitors/{visitor_id}?limit=1&linked_id=even").json()
    second = client.get(f"/visitors/{visitor_id}?limit=1&linked_id=even&paginationKey={ids[5]}").json()
    third = client.get(f"/visitors/{visitor_id}?limit=3&linked_id=even&paginationKey={ids[4]}").json()

    assert (shown(first), first["paginationKey"]) == ([], ids[5])
    assert (shown(second), second["paginationKey"]) == ([ids[4]], ids[4])
    assert (shown(third), third["paginationKey"]) == ([ids[2]], ids[1])


def test_classic_scans_500_at_most_and_100_when_nothing_is_said():
    client, visitor_id, ids = history("classic", visits=510)

    assert len(client.get(f"/visitors/{visitor_id}").json()["visits"]) == 100
    assert len(client.get(f"/visitors/{visitor_id}?limit=9999").json()["visits"]) == 500


@pytest.mark.parametrize("mode", ["single", "classic"])
def test_before_takes_older_visits_only(mode):
    client, visitor_id, ids = history(mode)
    instant = ids[3].split(".")[0]

    assert shown(client.get(f"/visitors/{visitor_id}?before={instant}").json())[0] == ids[2]


@pytest.mark.parametrize("wrong", ["limit=-1", "limit=x", "before=x", "request_id=%20%25", "paginationKey=nobody"])
def test_what_makes_no_sense_gets_a_plain_400(wrong):
    client, visitor_id, _ = history("classic")

    answer = client.get(f"/visitors/{visitor_id}?{wrong}")

    assert (answer.status_code, answer.json()) == (400, {"error": "bad request"})


def test_an_unknown_visitor_gets_a_plain_404():
    client, _, _ = history("single")

    answer = client.get("/visitors/" + "a" * 20)

    assert (answer.status_code, answer.json()) == (404, {"error": "visitor not found"})


def test_gone_is_gone_but_deleting_is_not():
    client, visitor_id, _ = history("gone")

    assert client.get(f"/visitors/{visitor_id}").status_code == 404
    assert client.delete(f"/visitors/{visitor_id}").status_code == 200


def test_too_many_requests_say_how_long_to_wait_here_and_only_here():
    sandbox = Sandbox(now=NOON, is_empty=True)
    visitor_id = sandbox.visit().visitor_id
    client = connect(sandbox, "v3")
    statuses = [client.get(f"/visitors/{visitor_id}").status_code for _ in range(15)]

    answer = client.get(f"/visitors/{visitor_id}")

    assert statuses == [200] * 15
    assert (answer.status_code, answer.json()) == (429, {"error": "too many requests"})
    assert answer.headers["Retry-After"] == "1"
    assert "Retry-After" not in client.get("/events/search?limit=1").headers


def test_v4_has_no_visitor_history_and_no_related_visitors(v4):
    assert v4.get("/visitors/" + "a" * 20).status_code == 405
    assert v4.get("/related-visitors").status_code == 404


# ── related visitors ────────────────────────────────────────────────────────


def test_browser_and_app_on_one_phone_are_related(cast, v3):
    app = cast.stories["promo_ring"].members["ring-phone"].visitor_ids[0]
    web = cast.stories["promo_ring"].members["ring-phone/web"].visitor_ids[0]

    assert v3.get("/related-visitors", params={"visitor_id": app}).json() == {"relatedVisitors": [{"visitorId": web}]}
    assert v3.get("/related-visitors", params={"visitor_id": web}).json() == {"relatedVisitors": [{"visitorId": app}]}


def test_a_visitor_alone_on_its_device_has_nobody(cast, v3):
    answer = v3.get("/related-visitors", params={"visitor_id": cast.stories["family"].visitor_ids[0]})

    assert answer.json() == {"relatedVisitors": []}


def test_related_visitors_refuses_as_documented(v3):
    def refusal(query):
        return message_of(v3.get(f"/related-visitors{query}"))

    assert refusal("") == (400, "RequestCannotBeParsed", "visitor id is required")
    assert refusal("?visitor_id=badVisitorId") == (400, "RequestCannotBeParsed", "invalid visitor id")
    assert refusal("?visitor_id=" + "a" * 20) == (404, "VisitorNotFound", "visitor not found")


def test_a_deleted_relative_is_no_longer_named(sandbox):
    client = connect(sandbox, "v3")
    ring = sandbox.stories["promo_ring"].members
    app, web = ring["ring-phone"].visitor_ids[0], ring["ring-phone/web"].visitor_ids[0]
    client.delete(f"/visitors/{web}")
    sandbox.clock.advance(minutes=3)

    assert client.get("/related-visitors", params={"visitor_id": app}).json() == {"relatedVisitors": []}


def test_the_look_back_is_half_a_year():
    sandbox = Sandbox(now=NOON, rate=None)
    app = sandbox.stories["promo_ring"].members["ring-phone"].visitor_ids[0]
    sandbox.world.rules.retention = 400 * DAY
    sandbox.world.rules.related_window = 1

    related = connect(sandbox, "v3").get("/related-visitors", params={"visitor_id": app})

    assert related.json() == {"relatedVisitors": []}
