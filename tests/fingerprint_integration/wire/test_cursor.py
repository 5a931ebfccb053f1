"""Going on with a v3 search: nothing of the border's millisecond is lost or shown twice."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprint_integration import FingerprintClient
from fingerprint_integration.errors import InvalidRequest
from fingerprint_integration.wire import v3_cursor

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=1)


def server(times):
    """A v3 search as documented: strict borders, newest first, key = timestamp of the last event when there is more."""
    base = int(START.timestamp() * 1000)
    events = sorted(((base + 1 + offset, f"{number}") for number, offset in enumerate(times)), reverse=True)

    def answer(request):
        asked = request.url.params
        found = [
            (at, name)
            for at, name in events
            if int(asked["start"]) < at < int(asked["end"])
            and ("pagination_key" not in asked or at < int(asked["pagination_key"]))
        ]
        if asked.get("reverse") == "true":
            found.reverse()
        page = found[: int(asked["limit"])]
        body = {
            "events": [
                {"products": {"identification": {"data": {"requestId": name, "timestamp": at}}}} for at, name in page
            ]
        }
        if len(found) > len(page):
            body["paginationKey"] = str(page[-1][0])
        return httpx.Response(200, json=body)

    return answer


def client_of(times):
    return FingerprintClient("key", version="v3", transport=httpx.MockTransport(server(times)))


@settings(max_examples=60)
@given(times=st.lists(st.integers(0, 12), max_size=40), limit=st.integers(1, 7), reverse=st.booleans())
def test_every_event_is_given_once_whatever_shares_a_millisecond(times, limit, reverse):
    client = client_of(times)
    found = [event.event_id for event in client.iter_events(start=START, end=END, limit=limit, reverse=reverse)]

    assert sorted(found) == sorted(str(number) for number in range(len(times)))


def test_pages_asked_for_one_by_one_do_not_repeat_either():
    client = client_of([5, 5, 5, 5, 4, 3])
    cursor, found = None, []
    while True:
        page = client.search_events(start=START, end=END, limit=2, pagination_key=cursor)
        found.extend(event.event_id for event in page.events)
        assert len(page.events) <= 2
        if (cursor := page.cursor) is None:
            break

    assert sorted(found) == ["0", "1", "2", "3", "4", "5"]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "cursor", ["x", "w.", "w.!!!", "w.bnVsbA==", "w.eyJib3JkZXIiOiJ4In0=", "1" * 30, "w.\ud800", ""]
)
def test_a_cursor_of_another_search_is_refused_before_anything_is_sent(cursor):
    with pytest.raises(InvalidRequest) as caught:
        client_of([]).search_events(start=START, end=END, pagination_key=cursor)

    assert caught.value.field == "pagination_key"


def test_the_services_own_key_is_passed_on_as_it_is():
    assert v3_cursor.read("1655373953086") == v3_cursor.Place(native="1655373953086")


@pytest.mark.parametrize(
    "given, sent",
    [
        ("94.142.239.124", "94.142.239.124/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("10.0.0.0/24", "10.0.0.0/24"),
        ("10.0.0.5/24", "10.0.0.5/24"),
    ],
)
def test_v3_wants_ranges(given, sent):
    assert v3_cursor.as_range(given) == sent


@pytest.mark.parametrize("given", ["", "x", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "::1%eth0/x", "1.2.3.4; DROP"])
def test_what_is_no_address_is_refused(given):
    with pytest.raises(InvalidRequest):
        v3_cursor.as_range(given)
