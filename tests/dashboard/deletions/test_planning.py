"""When everything in the queue goes, and whose date is missed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.policy import DAY, HOUR, TICK, Limits
from dashboard.deletions.sending import outlook
from dashboard.deletions.sending.planning import Waiting, make_plan
from tests.conftest import NOON as NOW
from tests.dashboard.deletions.conftest import carry_out_all, page_of

DOCUMENTED = Limits(per_hour=30, per_day=500)
SLOW = Limits(per_hour=1, per_day=10)


def waiting(request_id, count=1, *, due=None, ready=0):
    due_at = None if due is None else NOW + timedelta(hours=due)
    return Waiting(request_id, count, NOW + timedelta(hours=ready), due_at)


def plan(*queue, limits=SLOW, spent=(), start=NOW):
    return make_plan(queue, spent=spent, limits=limits, start=start)


def test_the_nearest_date_by_law_goes_first_and_no_date_at_all_goes_last():
    made = plan(waiting(1), waiting(2, due=50), waiting(3, due=10))

    assert [made.requests[each].ahead for each in (3, 2, 1)] == [0, 1, 2]


def test_what_still_cools_off_lets_others_go_before_it():
    made = plan(waiting(1, due=10, ready=0.5), waiting(2, 2, due=50))

    assert made.requests[2].first == NOW
    assert made.requests[1].first == NOW + HOUR + TICK
    assert made.requests[2].last == NOW + 2 * (HOUR + TICK)


def test_the_plan_jumps_to_the_next_that_may_go():
    made = plan(waiting(1, ready=3), waiting(2, ready=9), limits=DOCUMENTED)

    assert made.sends == [NOW + timedelta(hours=3), NOW + timedelta(hours=9)]


def test_calls_already_made_count():
    made = plan(waiting(1), spent=[NOW - timedelta(minutes=50)])

    assert made.requests[1].first == NOW + timedelta(minutes=10) + TICK


def test_whose_date_is_missed_is_said_and_the_last_instant_itself_is_in_time():
    made = plan(waiting(1, 2, due=(HOUR + TICK) / HOUR), waiting(2, 2, due=1.5))

    assert [each.request_id for each in made.late] == [2]
    assert made.requests[1].last == made.requests[1].due_at


def test_the_late_ones_are_told_by_their_dates():
    made = plan(waiting(1, due=0.3, ready=2), waiting(2, due=0.1, ready=2), waiting(3, due=0.2, ready=2))

    assert [each.request_id for each in made.late] == [2, 3, 1]


def test_limits_of_nothing_make_no_plan():
    assert plan(waiting(1), limits=Limits(0, 500)) is None
    assert plan(waiting(1), limits=Limits(30, 0)) is None


def test_an_empty_queue_is_an_empty_plan():
    made = plan()

    assert (made.requests, made.sends, made.late) == ({}, [], [])


QUEUES = st.lists(
    st.builds(
        lambda request_id, count, due, ready: waiting(request_id, count, due=due, ready=ready),
        st.integers(1, 6),
        st.integers(1, 5),
        st.none() | st.integers(0, 40),
        st.integers(0, 30),
    ),
    max_size=8,
    unique_by=lambda each: each.request_id,
)


@given(
    queue=QUEUES,
    limits=st.builds(Limits, per_hour=st.integers(1, 4), per_day=st.integers(1, 9)),
    spent=st.lists(st.integers(-90_000, 80), max_size=20),
)
def test_a_plan_keeps_the_quota_wastes_none_of_it_and_never_passes_over_a_nearer_date(queue, limits, spent):
    known = [NOW + timedelta(seconds=each) for each in spent]

    made = plan(*queue, limits=limits, spent=known)

    assert len(made.sends) == sum(each.count for each in queue)
    assert made.sends == sorted(made.sends)
    for place, at in enumerate(made.sends):
        before = [*known, *made.sends[:place]]
        for span, limit in ((HOUR, limits.per_hour), (DAY, limits.per_day)):
            assert sum(each >= at - span for each in before) < limit, "one call too many"
    for one in queue:
        planned = made.requests[one.request_id]
        assert planned.first >= one.ready_at
        for other in queue:
            theirs = made.requests[other.request_id]
            if one.due_at and (other.due_at is None or other.due_at > one.due_at) and other.ready_at < planned.first:
                assert not planned.first < theirs.first < planned.last, "it went before a nearer date"


@given(queue=QUEUES, limits=st.builds(Limits, per_hour=st.integers(1, 4), per_day=st.integers(1, 9)))
def test_whatever_goes_before_a_request_goes_at_the_same_instant_without_it(queue, limits):
    made = plan(*queue, limits=limits)

    for taken_out in queue:
        without = plan(*(each for each in queue if each is not taken_out), limits=limits)
        first = made.requests[taken_out.request_id].first
        before = [each for each in without.requests if made.requests[each].last <= first]
        assert [without.requests[each].last for each in before] == [made.requests[each].last for each in before]


# -- From the rows ------------------------------------------------------------------------------------------


def test_the_plan_of_the_rows_is_what_then_happens(desk, visitor, empty_sandbox, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = 2
    running = desk.running(*[visitor() for _ in range(5)])

    planned = outlook.queue_plan(clock.now).sends
    for at in planned:
        clock.move_to(at)
        carry_out_all()

    assert [call.sent_at for row in running.visitors.order_by("pk") for call in row.calls.all()] == planned


def test_a_request_that_waits_for_approval_is_planned_as_if_it_were_approved_now(desk, visitor, clock, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    asked = desk.ask(visitor())

    forecast = outlook.forecast_for(asked, clock.now)

    assert forecast.planned.first == clock.now + timedelta(minutes=30)
    assert outlook.queue_plan(clock.now).sends == [], "the queue itself does not hold it"


def test_the_page_says_whose_date_would_be_missed(desk, visitor, client_for, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = settings.DELETE_QUOTA_PER_DAY = 1
    in_time = desk.running(visitor())
    DeletionRequest.objects.filter(pk=in_time.pk).update(due_at=clock.now + timedelta(hours=30))
    sooner = desk.ask(visitor(), visitor())
    DeletionRequest.objects.filter(pk=sooner.pk).update(due_at=clock.now + timedelta(hours=20))

    text = page_of(client_for(desk.approver), sooner).text

    assert "It would miss its date" in text
    assert "1 other request would miss its date because of it" in text
    assert in_time.number in text


@pytest.mark.parametrize("name", ["DELETE_QUOTA_PER_HOUR", "DELETE_QUOTA_PER_DAY"])
def test_a_quota_of_nothing_is_said(desk, visitor, client_for, settings, name):
    setattr(settings, name, 0)
    asked = desk.ask(visitor())

    assert "allows no deletion at all" in page_of(client_for(desk.approver), asked).text
