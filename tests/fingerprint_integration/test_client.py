"""The client before a transport that answers as told: operations, repeats, pages, drift, budget."""

from datetime import UTC, datetime

import httpx
import pytest

from fingerprint_integration import FingerprintClient
from fingerprint_integration.config import Patience
from fingerprint_integration.domain import Event, EventQuery
from fingerprint_integration.errors import (
    InvalidRequest,
    NotAvailable,
    NotFound,
    NotReadyYet,
    RateLimited,
    Refused,
    Unavailable,
    UnreadableAnswer,
)
from tests.fingerprint_integration.scripted import EVENT, Script, answer, client_of

OLD_EVENT = {"products": {"identification": {"data": {"requestId": "1.a", "timestamp": 1708102555327}}}}
OK = httpx.Response(200)


# ── operations ──────────────────────────────────────────────────────────────


def test_the_region_chooses_the_host_and_an_address_replaces_it():
    hosts = []
    for region in ("us", "eu", "ap"):
        script = Script(answer(200, EVENT))
        FingerprintClient("key", region, transport=httpx.MockTransport(script)).get_event("e")
        hosts.append(str(script.asked[0].url))

    assert hosts == [
        "https://api.fpjs.io/v4/events/e",
        "https://eu.api.fpjs.io/v4/events/e",
        "https://ap.api.fpjs.io/v4/events/e",
    ]


@pytest.mark.parametrize("version, body", [("v4", EVENT), ("v3", OLD_EVENT)])
def test_the_six_operations_by_their_documented_names(version, body):
    page = {"events": [body], "pagination_key": "next", "paginationKey": "1708102555327"}
    script = Script(answer(200, body), answer(200, page), OK, OK)
    client = client_of(script, version)

    assert isinstance(client.get_event("1.a"), Event)
    found = client.search_events(
        2, visitor_id="v", vpn=True, start=1, environment=["ae_1"] if version == "v4" else None
    )
    assert isinstance(found.events[0], Event)
    assert client.update_event("1.a", linked_id="x", suspect=True) is None
    assert client.delete_visitor_data("v") is None
    assert [request.method for request in script.asked] == [
        "GET", "GET", {"v4": "PATCH", "v3": "PUT"}[version], "DELETE",
    ]  # fmt: skip
    assert script.asked[2].headers["Content-Type"] == "application/json"
    assert script.asked[3].content == b""


def test_v4_names_the_way_for_what_it_lacks():
    script = Script(OK)
    client = client_of(script, "v4")
    for operation in (lambda: client.get_visits("v"), lambda: client.get_related_visitors("v")):
        with pytest.raises(NotAvailable, match=r"not available in v4\. Search"):
            operation()

    assert script.asked == []


def test_v3_has_visits_and_related_visitors():
    visits = {"visitorId": "v", "visits": [{"requestId": "1.a", "timestamp": 5}, 7], "paginationKey": "1.a"}
    script = Script(answer(200, visits), answer(200, {"relatedVisitors": [{"visitorId": "w"}]}))
    client = client_of(script, "v3")

    page = client.get_visits("v", linked_id="l", limit=2, before=1708102555327)
    assert [type(visit).__name__ for visit in page.visits] == ["Visit", "UnreadableEvent"]
    assert page.cursor == "1.a"
    assert [one.visitor_id for one in client.get_related_visitors("v")] == ["w"]


@pytest.mark.parametrize(
    "filters, field",
    [
        ({"vpn": "yes"}, "vpn"),
        ({"limit": "x"}, "limit"),
        ({"start": "yesterday"}, "start"),
        ({"end": datetime(2026, 1, 1)}, "end"),  # noqa: DTZ001
        ({"start": True}, "start"),
        ({"start": 10**30}, "start"),
        ({"environment": [1]}, "environment"),
        ({"min_suspect_score": "high"}, "min_suspect_score"),
    ],
)
def test_a_filter_of_the_wrong_kind_names_its_field(filters, field):
    with pytest.raises(InvalidRequest) as caught:
        client_of(Script(OK)).search_events(**filters)

    assert caught.value.field == field


def test_a_filter_nobody_has_is_a_programming_error():
    with pytest.raises(TypeError, match="vnp"):
        client_of(Script(OK)).search_events(vnp=True)


def test_keywords_win_over_the_query():
    script = Script(answer(200, {"events": []}))
    client_of(script).search_events(query=EventQuery(limit=5, vpn=True), limit=7, start="2026-11-23T12:00:00Z")

    assert dict(script.asked[0].url.params) == {"limit": "7", "start": "1795435200000", "vpn": "true"}


# ── answers that are not what they should be ────────────────────────────────


def test_one_bad_event_does_not_lose_the_page():
    body = (
        b'{"events":[{"event_id":"a","timestamp":1},{"timestamp":2},7,"x",null,[],{"event_id":"b","timestamp":"x"},'
        b'{"event_id":"1708102555327.NLOjmg"},{"event_id":"c","timestamp":4,"url":"\\ud800"}],"pagination_key":"k"}'
    )
    page = client_of(Script(answer(200, body))).search_events()

    assert [type(event).__name__ for event in page.events] == [
        "Event", *["UnreadableEvent"] * 6, "Event", "Event",
    ]  # fmt: skip
    assert page.events[8].url == "�"
    assert page.events[7].at == datetime(2024, 2, 16, 16, 55, 55, 327000, tzinfo=UTC)
    assert page.cursor == "k"
    assert page.events[6].event_id == "b"
    assert page.events[6].raw == b'{"event_id":"b","timestamp":"x"}'


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>hello</html>", b'{"events":[{"event_id":"a"', b"\xff"])
def test_a_success_that_is_no_answer_is_unreadable_and_kept(body):
    client = client_of(Script(answer(200, body)))
    with pytest.raises(UnreadableAnswer) as caught:
        client.get_event("e")
    assert caught.value.body == body
    with pytest.raises(UnreadableAnswer) as caught:
        client.search_events()
    assert caught.value.body == body


def test_no_match_may_be_no_list_at_all():
    assert client_of(Script(answer(200, {})), "v3").search_events().events == ()
    assert client_of(Script(answer(200, {"events": None}))).search_events().events == ()


@pytest.mark.parametrize(
    "operation", [lambda c: c.update_event("e", suspect=True), lambda c: c.delete_visitor_data("v")]
)
def test_a_gateways_page_does_not_pass_for_a_change_that_was_made(operation):
    page = answer(200, b"<html>Please sign in to the guest network</html>", content_type="text/html")
    with pytest.raises(UnreadableAnswer):
        operation(client_of(Script(page)))


def test_a_wrong_content_type_over_good_json_is_read():
    page = answer(200, b'{"events":[]}', content_type="text/html")

    assert client_of(Script(page)).search_events().events == ()


def test_a_redirect_is_not_followed():
    script = Script(answer(301, b"", location="https://elsewhere.test/"))
    with pytest.raises(UnreadableAnswer) as caught:
        client_of(script).get_event("e")

    assert (caught.value.code, len(script.asked)) == ("redirected", 1)


def test_a_compressed_answer_that_is_broken_is_unreadable():
    def broken(request):
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))

    client = FingerprintClient("key", transport=httpx.MockTransport(broken))
    with pytest.raises(UnreadableAnswer):
        client.get_event("e")


def test_an_unknown_visitor_in_a_search_is_not_found():
    body = {"error": {"code": "visitor_not_found", "message": "visitor not found"}}
    with pytest.raises(NotFound, match="does not have this visitor"):
        client_of(Script(answer(404, body))).search_events(visitor_id="v")


# ── asking again ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "answers, patience, raised, asked, slept",
    [
        ([answer(503), answer(200, EVENT)], Patience.LIBRARY, None, 2, [0.25]),
        ([answer(504), answer(502), answer(200, EVENT)], Patience.LIBRARY, None, 3, [0.25, 0.5]),
        ([answer(500)], Patience.LIBRARY, Unavailable, 4, [0.25, 0.5, 1.0]),
        ([answer(500)], Patience.PAGE, Unavailable, 2, [0.25]),
        ([answer(429, retry_after="3"), answer(200, EVENT)], Patience.LIBRARY, None, 2, [3]),
        ([answer(429, retry_after="0"), answer(200, EVENT)], Patience.PAGE, None, 2, [0]),
        ([answer(429, retry_after="3600")], Patience.LIBRARY, RateLimited, 1, []),
        ([answer(429, retry_after="3")], Patience.PAGE, RateLimited, 1, []),
        ([answer(429, retry_after="rubbish"), answer(200, EVENT)], Patience.LIBRARY, None, 2, [0.25]),
        ([answer(409), answer(409), answer(200, EVENT)], Patience.LIBRARY, None, 3, [1.0, 2.0]),
        ([answer(409)], Patience.JOB, NotReadyYet, 2, [1.0]),
        ([answer(403)], Patience.LIBRARY, Refused, 1, []),
        ([answer(404)], Patience.LIBRARY, NotFound, 1, []),
        ([answer(400)], Patience.LIBRARY, InvalidRequest, 1, []),
        ([httpx.ConnectError("x"), answer(200, EVENT)], Patience.LIBRARY, None, 2, [0.25]),
        ([httpx.ReadTimeout("x"), answer(200, EVENT)], Patience.LIBRARY, None, 2, [0.25]),
        ([httpx.RemoteProtocolError("x")], Patience.LIBRARY, Unavailable, 4, [0.25, 0.5, 1.0]),
    ],
)
def test_how_often_and_how_patiently_it_asks(answers, patience, raised, asked, slept):
    script = Script(*answers)
    client = client_of(script, patience=patience)
    if raised is None:
        client.get_event("e")
    else:
        with pytest.raises(raised):
            client.get_event("e")

    assert (len(script.asked), script.slept) == (asked, slept)


@pytest.mark.parametrize("status, retry_after", [(429, "0"), (429, None), (503, None), (500, None)])
def test_a_deletion_that_was_sent_is_sent_once(status, retry_after):
    script = Script(answer(status, **({"retry_after": retry_after} if retry_after else {})))
    with pytest.raises((RateLimited, Unavailable)):
        client_of(script).delete_visitor_data("v")

    assert len(script.asked) == 1


def test_a_deletion_whose_answer_was_lost_is_not_sent_again():
    script = Script(httpx.ReadTimeout("x"))
    with pytest.raises(Unavailable) as caught:
        client_of(script).delete_visitor_data("v")

    assert (len(script.asked), caught.value.was_sent) == (1, True)


def test_a_deletion_that_never_left_is_sent_again():
    script = Script(httpx.ConnectError("x"), OK)
    client_of(script).delete_visitor_data("v")

    assert len(script.asked) == 2


def test_a_change_is_safe_to_send_again():
    script = Script(httpx.ReadError("x"), answer(500), OK)
    client_of(script).update_event("e", suspect=True)

    assert len(script.asked) == 3


def test_what_is_refused_before_sending_is_not_sent():
    script = Script(OK)
    with pytest.raises(InvalidRequest):
        client_of(script).delete_visitor_data("..")

    assert script.asked == []
