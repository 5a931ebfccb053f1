"""The rules of deletions, taken one by one and in random sequences."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.deletions import policy
from dashboard.deletions.clocks import Jurisdiction
from dashboard.deletions.policy import DAY, HOUR, LOST_ANSWER_WAIT, TICK, Call, Limits, Obstacle
from dashboard.deletions.states import (
    OPEN,
    REQUEST_MOVES,
    UNDECIDED,
    VISITOR_MOVES,
    ForbiddenMove,
    Status,
    VisitorState,
    check_request_move,
    check_visitor_move,
)

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
AS_DOCUMENTED = Limits(per_hour=30, per_day=500)
IDS = st.text("abcXYZ019_-.", min_size=1, max_size=8)


def scope(**changes):
    parts = {
        "visitor_ids": ["v2", "v1"],
        "linked_ids": ["acct_1"],
        "jurisdiction": Jurisdiction.GDPR,
        "legal_basis": "Art. 17(1)(a)",
    }
    return policy.scope_hash(**(parts | changes))


def test_the_order_of_visitors_is_no_part_of_the_scope():
    assert scope(visitor_ids=["v1", "v2"]) == scope(visitor_ids=["v2", "v1", "v2"])


@pytest.mark.parametrize(
    "changes",
    [
        {"visitor_ids": ["v1"]},
        {"visitor_ids": ["v1", "v2", "v3"]},
        {"visitor_ids": ["v1v2"]},
        {"linked_ids": []},
        {"linked_ids": ["acct_2"]},
        {"linked_ids": ["v1"], "visitor_ids": ["v2", "acct_1"]},
        {"jurisdiction": Jurisdiction.CCPA},
        {"legal_basis": "Art. 17(1)(b)"},
    ],
)
def test_any_change_of_what_is_approved_is_another_scope(changes):
    assert scope(**changes) != scope()


@given(a=st.lists(IDS, max_size=4), b=st.lists(IDS, max_size=4))
def test_two_scopes_are_equal_exactly_when_their_visitors_are(a, b):
    assert (scope(visitor_ids=a) == scope(visitor_ids=b)) == (set(a) == set(b))


@pytest.mark.parametrize(
    "changes,obstacle",
    [
        ({}, None),
        ({"by": 1}, Obstacle.OWN_REQUEST),
        ({"by": 1, "may_decide": False}, Obstacle.OWN_REQUEST),
        ({"may_decide": False}, Obstacle.NO_RIGHT),
        ({"may_decide": False, "role_is_old_enough": False}, Obstacle.NO_RIGHT),
        ({"role_is_old_enough": False}, Obstacle.ROLE_TOO_YOUNG),
        ({"password_is_theirs": False}, Obstacle.FOREIGN_LINK),
        ({"is_fresh": False}, Obstacle.NOT_FRESH),
        ({"shown_scope": "other"}, Obstacle.SCOPE_CHANGED),
        *[({"status": status}, Obstacle.NOT_WAITING) for status in Status if status != Status.REQUESTED],
    ],
)
def test_who_may_decide_what(changes, obstacle):
    facts = {
        "status": Status.REQUESTED,
        "requested_by": 1,
        "by": 2,
        "may_decide": True,
        "role_is_old_enough": True,
        "password_is_theirs": True,
        "is_fresh": True,
        "shown_scope": "s",
        "scope": "s",
    }

    assert policy.obstacle_to_deciding(**(facts | changes)) is obstacle


@pytest.mark.parametrize(
    "changes,obstacle",
    [
        ({}, None),
        ({"decided_by": 1}, Obstacle.APPROVER_IS_ASKER),
        ({"decided_by": None}, Obstacle.NOT_APPROVED),
        ({"approver_may_decide": False}, Obstacle.APPROVER_LOST_RIGHT),
        ({"scope": "other"}, Obstacle.SCOPE_NOT_APPROVED),
        *[({"status": status}, Obstacle.NOT_APPROVED) for status in Status if status != Status.RUNNING],
    ],
)
def test_what_keeps_a_request_from_being_carried_out(changes, obstacle):
    facts = {
        "status": Status.RUNNING,
        "requested_by": 1,
        "decided_by": 2,
        "approver_may_decide": True,
        "approved_scope": "s",
        "scope": "s",
    }

    assert policy.obstacle_to_sending(**(facts | changes)) is obstacle


# -- Quota --------------------------------------------------------------------------------------------------


def answered(*seconds_ago: float) -> list[Call]:
    return [Call(NOW - timedelta(seconds=each), NOW - timedelta(seconds=each)) for each in seconds_ago]


def test_thirty_calls_in_the_hour_keep_the_next_one_until_the_first_has_left_it():
    calls = answered(*range(100, 130))

    assert policy.may_send_at(calls[:29], AS_DOCUMENTED, NOW) == NOW
    assert policy.may_send_at(calls, AS_DOCUMENTED, NOW) == NOW - timedelta(seconds=129) + HOUR + TICK


def test_five_hundred_calls_in_the_day_keep_the_next_one_until_tomorrow():
    calls = answered(*(7200 + 120 * place for place in range(500)))

    assert policy.may_send_at(calls, AS_DOCUMENTED, NOW) == NOW - timedelta(seconds=7200 + 120 * 499) + DAY + TICK


def test_a_call_without_an_answer_counts_for_as_long_as_it_may_have_arrived_later():
    lost = Call(sent_at=NOW - HOUR - timedelta(seconds=30))

    assert policy.may_send_at([lost], Limits(1, 10), NOW) == lost.sent_at + LOST_ANSWER_WAIT + HOUR + TICK


def test_a_limit_of_nothing_never_lets_anything_through():
    assert policy.may_send_at([], Limits(0, 500), NOW) is None
    assert policy.may_send_at([], Limits(30, 0), NOW) is None
    assert policy.forecast([], Limits(0, 500), start=NOW, count=3) == []


def test_the_queue_rests_as_long_as_an_answer_told_it_to():
    told = Call(NOW - timedelta(seconds=5), NOW, queue_rests_until=NOW + timedelta(minutes=15))

    assert policy.may_send_at([told], AS_DOCUMENTED, NOW) == NOW + timedelta(minutes=15)
    assert policy.may_send_at([told], AS_DOCUMENTED, NOW + HOUR) == NOW + HOUR


def test_a_call_counts_for_an_hour_and_the_tick_between_two_clocks():
    at_the_border = answered((HOUR + TICK).total_seconds())

    assert policy.spent_within(at_the_border, HOUR, NOW) == 0
    assert policy.spent_within(at_the_border, HOUR, NOW - timedelta(milliseconds=1)) == 1


@pytest.mark.parametrize("calls,seconds", [(1, 60), (24, 60), (25, 900), (30, 900)])
def test_too_many_requests_near_the_end_of_the_hours_quota_means_a_longer_rest(calls, seconds):
    assert policy.rest_after_429(calls, AS_DOCUMENTED) == timedelta(seconds=seconds)


@pytest.mark.parametrize("known,lost,accepted", [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 0)])
def test_not_known_means_accepted_only_when_it_was_known_and_an_answer_was_lost(known, lost, accepted):
    said = policy.not_known_means_accepted(was_known_before=bool(known), an_answer_was_lost=bool(lost))

    assert said is bool(accepted)


def test_a_lost_answer_is_never_asked_about_before_the_call_can_no_longer_arrive():
    waits = [policy.retry_wait(lost) for lost in range(1, 12)]

    assert waits == sorted(waits)
    assert waits[0] == LOST_ANSWER_WAIT >= timedelta(seconds=80)
    assert waits[-1] == timedelta(minutes=20)


LIMITS = st.builds(Limits, per_hour=st.integers(1, 5), per_day=st.integers(1, 12))
STEPS = st.lists(
    st.tuples(
        st.integers(0, 5400),  # seconds until the next wish to send
        st.sampled_from(["answered", "lost", "slow"]),
    ),
    max_size=60,
)


@given(steps=STEPS, limits=LIMITS)
def test_no_rolling_hour_or_day_at_fingerprint_ever_holds_more_than_the_quota(steps, limits):
    """Whatever the wishes and however late a call arrives: the other side never counts more than it allows."""
    now, calls, arrivals = NOW, [], []
    for seconds, fate in steps:
        now += timedelta(seconds=seconds)
        at = policy.may_send_at(calls, limits, now)
        if at > now:
            continue
        match fate:
            case "answered":
                arrivals.append(now + timedelta(milliseconds=40))
                calls.append(Call(now, now + timedelta(milliseconds=80)))
            case "slow":
                arrivals.append(now + timedelta(seconds=17))
                calls.append(Call(now, now + timedelta(seconds=18)))
            case _:
                arrivals.append(now + LOST_ANSWER_WAIT)
                calls.append(Call(now))

    assert_within(limits, arrivals)


@given(spent=st.lists(st.integers(-90_000, 60), max_size=40), limits=LIMITS, count=st.integers(0, 30))
def test_a_forecast_keeps_the_quota_and_wastes_none_of_it(spent, limits, count):
    known = sorted(NOW + timedelta(seconds=each) for each in spent)

    times = policy.forecast(known, limits, start=NOW, count=count)

    assert len(times) == count
    assert times == sorted(times)
    assert all(at >= NOW for at in times)
    for place, at in enumerate(times):
        before = sorted([*known, *times[:place]])
        for span, limit in ((HOUR, limits.per_hour), (DAY, limits.per_day)):
            assert sum(each >= at - span for each in before) < limit, "one call too many"
        if at > max([NOW, *times[:place]]):  # it had to wait: a moment earlier would have been too early
            earlier = at - 2 * TICK
            assert any(
                sum(each >= earlier - span for each in before) >= limit
                for span, limit in ((HOUR, limits.per_hour), (DAY, limits.per_day))
            )


def assert_within(limits, arrivals):
    for first in arrivals:
        for span, limit in ((HOUR, limits.per_hour), (DAY, limits.per_day)):
            held = sum(first <= each <= first + span for each in arrivals)
            assert held <= limit, f"{held} calls within {span}"


# -- States -------------------------------------------------------------------------------------------------


def test_every_state_has_its_ways_and_each_leads_to_a_state():
    assert set(REQUEST_MOVES) == set(Status)
    assert set(VISITOR_MOVES) == set(VisitorState)


def test_nothing_runs_that_was_not_approved():
    assert {before for before in Status if Status.RUNNING in REQUEST_MOVES[before]} == {Status.APPROVED}
    assert {before for before in Status if Status.APPROVED in REQUEST_MOVES[before]} == {Status.REQUESTED}
    assert Status.RUNNING not in UNDECIDED
    assert Status.APPROVED not in UNDECIDED


def test_what_has_ended_stays_as_it_is():
    assert all(bool(REQUEST_MOVES[status]) == (status in OPEN) for status in Status)


@given(before=st.sampled_from(Status), after=st.sampled_from(Status))
def test_a_request_moves_only_along_its_table(before, after):
    if after in REQUEST_MOVES[before]:
        check_request_move(before, after)
    else:
        with pytest.raises(ForbiddenMove):
            check_request_move(before, after)


@given(before=st.sampled_from(VisitorState), after=st.sampled_from(VisitorState))
def test_a_visitor_moves_only_along_its_table(before, after):
    if after in VISITOR_MOVES[before]:
        check_visitor_move(before, after)
    else:
        with pytest.raises(ForbiddenMove):
            check_visitor_move(before, after)


def test_accepted_is_reached_only_from_a_call_that_was_written_down():
    assert {state for state in VisitorState if VisitorState.ACCEPTED in VISITOR_MOVES[state]} == {
        VisitorState.SUBMITTING
    }


def test_the_result_says_what_fingerprint_did_and_no_more():
    states = ["accepted", "accepted", "unknown", "failed"]

    assert policy.result_in_words(states) == "2 accepted by Fingerprint, 1 unknown to Fingerprint, 1 failed"
    assert policy.result_in_words(["waiting"]) == "nothing was sent"
