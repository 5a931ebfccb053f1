"""The client over many answers: pages, drift, and its turn in the budget."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from fingerprint_integration.config import Patience
from fingerprint_integration.domain import UnreadableEvent
from fingerprint_integration.errors import (
    BudgetUnavailable,
    RateLimited,
    UnreadableAnswer,
)
from tests.fingerprint_integration.scripted import EVENT, Script, answer, client_of

# ── everything, page by page ────────────────────────────────────────────────


def test_a_listing_without_a_window_says_which():
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    script = Script(answer(200, {"events": []}))
    list(client_of(script, now=lambda: now).iter_events())

    expected = int((now - timedelta(days=7)).timestamp() * 1000)
    assert script.asked[0].url.params["start"] == str(expected)


def test_pages_follow_their_cursor_and_doubles_are_dropped():
    first = {"events": [{"event_id": "a", "timestamp": 9}, {"event_id": "b", "timestamp": 8}], "pagination_key": "k1"}
    second = {"events": [{"event_id": "b", "timestamp": 8}, {"x": 1}], "pagination_key": "k2"}
    third = {"events": [], "pagination_key": ""}
    script = Script(answer(200, first), answer(200, second), answer(200, third))

    found = list(client_of(script).iter_events(start=1))
    assert [event.event_id for event in found] == ["a", "b", None]
    assert isinstance(found[2], UnreadableEvent)
    assert [request.url.params.get("pagination_key") for request in script.asked] == [None, "k1", "k2"]


def test_pages_that_lead_in_a_circle_end():
    page = {"events": [{"event_id": "a", "timestamp": 9}], "pagination_key": "again"}
    script = Script(answer(200, page))
    with pytest.raises(UnreadableAnswer):
        list(client_of(script).iter_events(start=1))

    assert len(script.asked) == 2


def test_empty_pages_of_visits_are_not_the_end():
    pages = [
        {"visitorId": "v", "visits": [], "paginationKey": "1.a"},
        {"visitorId": "v", "visits": [{"requestId": "1.b", "timestamp": 5}], "paginationKey": "1.b"},
        {"visitorId": "v", "visits": [{"requestId": "1.b", "timestamp": 5}, {"requestId": "1.c", "timestamp": 4}]},
    ]
    script = Script(*(answer(200, page) for page in pages))

    assert [visit.event_id for visit in client_of(script, "v3").iter_visits("v")] == ["1.b", "1.c"]


def test_a_count_is_told_with_its_cap():
    page = {"events": [], "total_hits": 1000}
    client = client_of(Script(answer(200, page)))

    assert client.search_events(total_hits=1000).total_is_capped is True
    assert client.search_events(total_hits=1000).total == 1000
    client = client_of(Script(answer(200, {"events": [], "total_hits": 12})))
    assert client.search_events(total_hits=1000).total_is_capped is False


# ── drift ───────────────────────────────────────────────────────────────────


def test_drift_is_counted_and_reported_once_per_kind(caplog):
    odd = {
        **EVENT,
        "brand_new": 1,
        "bot": "sleepy",
        "vpn": "perhaps",
        "sdk": {"platform": "toaster", "extra<b>": 1},
        "tags": {"free": "unknown things here are the customer's"},
        "raw_device_attributes": {"anything": 1},
    }
    client = client_of(Script(answer(200, odd)))
    with caplog.at_level(logging.WARNING):
        client.get_event("e")
        client.get_event("e")

    counted = {(drift.kind, drift.place): count for drift, count in client.drift.items()}
    assert counted == {
        ("unknown field", "brand_new"): 2,
        ("unknown value", "bot=sleepy"): 2,
        ("wrong type", "vpn"): 2,
        ("unknown value", "sdk.platform=toaster"): 2,
        ("unknown field", "sdk.(odd name)"): 2,
    }
    assert len(caplog.records) == len(counted)


def test_drift_is_not_fatal():
    event = client_of(Script(answer(200, {**EVENT, "bot": "sleepy", "vpn": "perhaps"}))).get_event("e")

    assert event.signal("bot").speaks
    assert event.signal("vpn").value is None


# ── budget ──────────────────────────────────────────────────────────────────


class Purse:
    """A budget that says what it is told to."""

    def __init__(self, *turns):
        self.turns = list(turns)
        self.asked = []
        self.slowed = []

    def take(self, *, is_background, longest_wait):
        self.asked.append((is_background, longest_wait))
        turn = self.turns.pop(0) if self.turns else 0.0
        if isinstance(turn, Exception):
            raise turn
        return turn

    def slow_down(self, retry_after):
        self.slowed.append(retry_after)


def test_every_attempt_takes_its_turn_and_waits_for_it():
    script, purse = Script(answer(500), answer(200, EVENT)), Purse(0.0, 0.4)
    client_of(script, budget=purse, patience=Patience.PAGE).get_event("e")

    assert purse.asked == [(False, 2), (False, 2)]
    assert script.slept == [0.25, 0.4]


@pytest.mark.parametrize("refusal", [RateLimited(retry_after=9), BudgetUnavailable(retry_after=5)])
def test_without_a_turn_nothing_is_sent_and_the_row_waits(refusal):
    script, purse = Script(answer(200)), Purse(refusal)
    with pytest.raises(type(refusal)) as caught:
        client_of(script, budget=purse).update_event("e", suspect=True, patience=Patience.JOB)

    assert (script.asked, script.slept, purse.asked[0][0]) == ([], [], True)
    assert caught.value.retry_after == refusal.retry_after
    assert caught.value.retryable


def test_being_told_to_slow_down_is_passed_on_to_everybody():
    script, purse = Script(answer(429, retry_after="7")), Purse()
    with pytest.raises(RateLimited):
        client_of(script, budget=purse, patience=Patience.PAGE).get_event("e")

    assert purse.slowed == [7]
