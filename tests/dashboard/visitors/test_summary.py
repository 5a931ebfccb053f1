"""What loaded events say together: pure arithmetic, said of exactly the events that were given."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.visitors.summary import most_common, summarise, usual_hours

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def event(at=NOON, *, linked_id=None, address=None, device=None, place=None, suspect=None, speaks=(), first_seen=None):
    speaking = [SimpleNamespace(spec=SimpleNamespace(label=label), strong=strong) for label, strong in speaks]
    return SimpleNamespace(
        at=at, linked_id=linked_id, address=address, device=device, place=place, suspect=suspect,
        speaking=speaking, first_seen_at=first_seen, confidence=0.9,
    )  # fmt: skip


def summary(*events, zone="UTC"):
    return summarise(
        list(enumerate(events)),
        ZoneInfo(zone),
        device_of=lambda each: each.device,
        place_of=lambda each: each.place,
        address_of=lambda each: each.address,
        network_of=lambda each: None,
    )


def test_no_events_say_nothing():
    nothing = summary()

    assert (nothing.count, nothing.day_count, nothing.first_at, nothing.last_at) == (0, 0, None, None)
    assert (nothing.device, nothing.place, nothing.hours, nothing.accounts) == (None, None, None, ())


def test_first_seen_is_fingerprints_own_when_it_is_earlier():
    long_ago = NOON - timedelta(days=400)

    assert summary(event(first_seen=long_ago)).first_at == long_ago
    assert summary(event(first_seen=NOON + timedelta(days=1))).first_at == NOON


def test_days_are_the_persons_days():
    late = event(NOON.replace(hour=23))
    early = event(NOON.replace(day=16, hour=1))

    assert summary(late, early).day_count == 2
    assert summary(late, early, zone="America/Sao_Paulo").day_count == 1


def test_the_usual_counts_only_what_was_said():
    usual = most_common(["Chrome", None, "Safari", "Chrome", ""])

    assert usual is not None
    assert (usual.value, usual.count, usual.of) == ("Chrome", 2, 3)
    assert most_common([None]) is None


def test_accounts_are_listed_by_how_often_with_a_row_that_holds_each():
    found = summary(
        event(NOON, linked_id="b"),
        event(NOON - timedelta(days=1), linked_id="a"),
        event(NOON - timedelta(days=2), linked_id="a"),
        event(NOON - timedelta(days=3)),
    )

    assert [(seen.value, seen.count, seen.place) for seen in found.accounts] == [("a", 2, 1), ("b", 1, 0)]
    assert found.accounts[0].last_at == NOON - timedelta(days=1)
    assert found.without_account_count == 1


def test_signals_are_counted_strong_ones_first():
    found = summary(
        event(speaks=[("VPN", False)]), event(speaks=[("VPN", False), ("Bot", True)]), event(speaks=[("VPN", False)])
    )

    assert [(each.label, each.count, each.is_strong) for each in found.spoken] == [("Bot", 1, True), ("VPN", 3, False)]


def test_suspect_has_three_values():
    found = summary(event(suspect=True), event(suspect=False), event(suspect=None), event(suspect=True))

    assert (found.suspect_count, found.not_suspect_count) == (2, 1)


@pytest.mark.parametrize(
    "hours,start,end",
    [
        ([17, 18, 19, 20], 17, 21),
        ([23, 0, 1, 23], 23, 2),
        ([5], 5, 6),
        ([22, 23], 22, 24),
        ([9] * 8 + [3, 15], 9, 10),
    ],
)
def test_usual_hours_are_the_shortest_stretch_that_holds_four_of_five(hours, start, end):
    found = usual_hours(hours)

    assert found is not None
    assert (found.start, found.end) == (start, end)


def test_all_day_long_is_around_the_clock():
    found = usual_hours(list(range(24)))

    assert found is not None
    assert found.is_around_the_clock


@given(st.lists(st.integers(0, 23), min_size=1, max_size=60))
def test_usual_hours_hold_what_they_claim(hours):
    found = usual_hours(hours)

    assert found is not None
    assert found.count >= 0.8 * len(hours)
    assert found.of == len(hours)
    span = (found.end - found.start) % 24 or 24
    inside = sum((hour - found.start) % 24 < span for hour in hours)
    assert inside == found.count
