"""What is usual, what differs now, what was new, and who shares a device."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.visitors import habits
from dashboard.visitors.habits import Verdict

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("UTC")


def event(days_ago=0.0, *, place="Brno", account=None, speaks=(), is_partial=False):
    return SimpleNamespace(
        at=NOON - timedelta(days=days_ago),
        place=place,
        linked_id=account,
        is_partial=is_partial,
        speaking=[SimpleNamespace(spec=SimpleNamespace(label=label), strong=strong) for label, strong in speaks],
    )


def place_of(each):
    return each.place


def test_the_latest_day_is_compared_with_the_days_before_it_in_the_persons_zone():
    late = event(0.4)  # 02:24 UTC
    earlier, latest = habits.split([event(2), event(1), late, event()], ZONE)
    assert (len(earlier), len(latest)) == (2, 2)

    earlier, latest = habits.split([event(2), event(1), late, event()], ZoneInfo("America/New_York"))
    assert (len(earlier), len(latest)) == (3, 1)
    assert habits.split([], ZONE) == ([], [])


@pytest.mark.parametrize(
    "before,now,verdict",
    [
        (["Brno", "Brno"], ["Brno"], Verdict.SAME),
        (["Brno", "Praha"], ["Praha"], Verdict.SAME),
        (["Brno"], ["Praha"], Verdict.DIFFERS),
        (["Brno"], ["Brno", "Praha"], Verdict.DIFFERS),
        ([None], ["Brno"], Verdict.CANNOT_SAY),
        (["Brno"], [None], Verdict.CANNOT_SAY),
        ([], ["Brno"], Verdict.CANNOT_SAY),
    ],
)
def test_a_value_never_seen_before_differs_and_what_nobody_said_cannot_be_compared(before, now, verdict):
    found = habits.compare(
        "place", [event(1, place=each) for each in before], [event(place=each) for each in now], place_of
    )

    assert found.verdict is verdict


def test_a_trait_can_differ_strongly():
    found = habits.compare("country", [event(1)], [event(place="Lagos")], place_of, is_strong=True)

    assert (found.verdict, found.new, found.usual.value) == (Verdict.DIFFERS_STRONGLY, ("Lagos",), "Brno")


@pytest.mark.parametrize(
    "before,now,verdict",
    [
        (["a"], ["a"], Verdict.SAME),
        (["a"], ["b"], Verdict.DIFFERS),
        (["a"], ["a", "b"], Verdict.DIFFERS),
        (["a"], ["b", "c", "d", "e", "f"], Verdict.DIFFERS_STRONGLY),
        (["a", "b", "c"], ["a", "b", "c", "d", "e"], Verdict.DIFFERS),
        ([None], [None], Verdict.CANNOT_SAY),
        ([], ["a"], Verdict.CANNOT_SAY),
    ],
)
def test_accounts_a_day(before, now, verdict):
    found = habits.compare_accounts(
        [event(1, account=each) for each in before], [event(account=each) for each in now], ZONE
    )

    assert found.verdict is verdict


def test_hours_outside_the_usual_ones_differ_also_over_midnight():
    evenings = [event(day + 0.5 - hour / 24) for day in range(1, 9) for hour in (22, 23, 24, 25)]

    assert habits.compare_hours(evenings, [event(0.5 - 23 / 24)], ZONE).verdict is Verdict.SAME
    found = habits.compare_hours(evenings, [event()], ZONE)
    assert (found.verdict, found.outside) == (Verdict.DIFFERS, (12,))
    assert habits.compare_hours(evenings[:3], [event()], ZONE).verdict is Verdict.CANNOT_SAY


def test_a_strong_signal_that_never_spoke_before_differs_strongly():
    quiet, vpn, bot = event(1), event(speaks=[("VPN", False)]), event(speaks=[("Bad bot", True)])

    assert habits.compare_signals([quiet], [vpn]).verdict is Verdict.DIFFERS
    assert habits.compare_signals([quiet], [bot]).verdict is Verdict.DIFFERS_STRONGLY
    assert habits.compare_signals([bot], [bot]).verdict is Verdict.SAME
    # "Not provided" is no "no".
    assert habits.compare_signals([event(1, is_partial=True)], [bot]).verdict is Verdict.CANNOT_SAY


def test_what_was_new_when_it_came_is_told_once_with_what_stood_there_before():
    events = [
        event(4, place="Brno", account="a"),
        event(3, place="Praha", account="a"),
        event(2, place="Brno", account="b", speaks=[("VPN", False)]),
        event(1, place="Praha", account="a", speaks=[("VPN", False)]),
    ]

    found = habits.firsts(list(enumerate(events)), {"place": place_of, "account": lambda each: each.linked_id}, most=10)

    assert [(each.trait, each.before, each.after, each.place) for each in found] == [
        ("signal", None, "VPN", 2),
        ("account", "a", "b", 2),
        ("place", "Brno", "Praha", 1),
    ]
    assert len(habits.firsts(list(enumerate(events)), {"place": place_of}, most=1)) == 1


@pytest.mark.parametrize(
    "accounts,is_likely",
    [
        ("aaaa", False),
        ("aaab", False),
        ("aaabbb", False),  # one account took the place of another: a change, no sharing
        ("abab", True),
        ("abcabc", True),
        ("abcdef", False),  # each came once: many accounts, but nobody came back
    ],
)
def test_accounts_that_come_back_after_each_other_share_a_device(accounts, is_likely):
    events = [event(10 - number, account=each) for number, each in enumerate(accounts)]

    assert habits.sharing(events).is_likely is is_likely


EVENTS = st.lists(
    st.builds(
        event,
        st.floats(0, 60),
        place=st.sampled_from([None, "Brno", "Praha", ""]),
        account=st.sampled_from([None, "a", "b"]),
        speaks=st.lists(st.tuples(st.sampled_from(["VPN", "Bot"]), st.booleans()), max_size=2),
    ),
    max_size=12,
)


@given(EVENTS)
def test_whatever_came_nothing_is_said_of_events_that_are_not_there(events):
    earlier, latest = habits.split(events, ZONE)

    assert len(earlier) + len(latest) == len(events)
    assert not earlier or max(each.at for each in earlier) < min(each.at for each in latest)
    for found in (
        habits.compare("place", earlier, latest, place_of),
        habits.compare_accounts(earlier, latest, ZONE),
        habits.compare_signals(earlier, latest),
    ):
        assert found.verdict is Verdict.CANNOT_SAY or earlier
    values = {each.place for each in events} | {"VPN", "Bot"}
    for first in habits.firsts(list(enumerate(events)), {"place": place_of}, most=20):
        assert first.after in values
        assert first.before != first.after
