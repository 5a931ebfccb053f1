"""What the clock does to requests, and when it has a worker woken."""

from datetime import timedelta

import pytest

from dashboard.deletions import actions
from dashboard.deletions.models import DeletionVisitor
from dashboard.deletions.policy import HOUR, TICK
from dashboard.deletions.sending import schedule
from dashboard.deletions.states import Status, VisitorState
from tests.dashboard.deletions.conftest import carry_out_all, fresh, kinds_of, only_visitor

SWEEP = schedule.SWEEP_EVERY


@pytest.fixture
def cooling(settings):
    """What is approved cools off for half an hour and must have begun within a week."""
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    settings.DELETION_APPROVAL_LIFETIME = timedelta(days=7)


def test_a_request_begins_at_the_very_end_of_its_cooling_off(desk, visitor, clock, cooling):
    approved = desk.approved(visitor())

    clock.advance(minutes=29, seconds=59)
    assert schedule.sweep(now=clock.now) is None
    schedule.start_due(now=clock.now)
    assert fresh(approved).status == Status.APPROVED
    clock.advance(seconds=1)
    assert schedule.sweep(now=clock.now) == clock.now
    schedule.start_due(now=clock.now)

    assert fresh(approved).status == Status.RUNNING


def test_each_request_begins_for_itself(desk, visitor, clock):
    first, second = desk.approved(visitor()), desk.approved(visitor())

    schedule._start(second.pk, now=clock.now)

    assert (fresh(first).status, fresh(second).status) == (Status.APPROVED, Status.RUNNING)


def test_an_approval_counts_until_just_before_its_end(desk, visitor, clock, cooling):
    in_time, too_late = desk.approved(visitor()), desk.approved(visitor())

    clock.advance(days=6, hours=23)
    schedule.expire_approvals(now=clock.now)
    actions_at = fresh(in_time).expires_at - TICK
    schedule.start_due(now=actions_at)
    assert (fresh(in_time).status, fresh(too_late).status) == (Status.RUNNING, Status.RUNNING)


def test_an_approval_that_was_not_used_ends_with_its_time(desk, visitor, clock, cooling):
    approved, running = desk.approved(visitor()), desk.running(visitor())
    clock.advance(days=7)

    schedule.start_due(now=clock.now)
    assert fresh(approved).status == Status.APPROVED, "too late to begin"
    schedule.sweep(now=clock.now)

    assert (fresh(approved).status, fresh(approved).ended_at) == (Status.EXPIRED, clock.now)
    assert not only_visitor(approved).is_open
    assert kinds_of(approved)[-1] == "deletion.expired"
    assert fresh(running).status != Status.CLOSED


def test_nobody_is_woken_for_an_empty_desk(desk, clock):
    assert schedule.sweep(now=clock.now) is None


def test_nobody_is_woken_for_requests_that_wait_or_came_to_nothing(desk, visitor, clock):
    desk.ask(visitor())
    cancelled = desk.approved(visitor())
    actions.cancel(request_id=cancelled.pk, by=desk.asker, now=clock.now)

    assert schedule.sweep(now=clock.now) is None


def test_a_worker_is_woken_for_the_instant_at_which_the_quota_is_free(desk, visitor, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = 1
    desk.running(visitor(), visitor())
    carry_out_all()
    free_at = clock.now + HOUR + TICK

    clock.move_to(free_at - SWEEP)
    assert schedule.sweep(now=clock.now) is None, "the next sweep is early enough"
    clock.move_to(free_at - SWEEP + TICK)
    assert schedule.sweep(now=clock.now) == free_at
    clock.move_to(free_at + HOUR)
    assert schedule.sweep(now=clock.now) == clock.now


def test_nobody_is_woken_for_a_free_quota_when_nothing_waits(desk, visitor, clock):
    desk.running(visitor())
    carry_out_all()
    clock.advance(hours=3)

    assert schedule.sweep(now=clock.now) is None


def test_a_quota_of_nothing_wakes_nobody(desk, visitor, clock, settings):
    settings.DELETE_QUOTA_PER_DAY = 0
    desk.running(visitor())

    assert schedule.sweep(now=clock.now) is None


def test_a_lost_answer_is_asked_about_however_little_quota_is_left(desk, visitor, empty_sandbox, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = 1
    running = desk.running(visitor(), visitor())
    empty_sandbox.faults.answer_lost(operation="delete_visitor_data")
    carry_out_all()

    clock.advance(minutes=5)
    assert schedule.sweep(now=clock.now) == clock.now
    carry_out_all()

    assert sorted(running.visitors.values_list("state", flat=True)) == ["accepted", "waiting"]
    assert schedule.sweep(now=clock.now) is None, "the other one has to wait for the quota"


def test_somebody_in_a_workers_hands_wakes_nobody(desk, visitor, clock):
    running = desk.running(visitor())
    DeletionVisitor.objects.claim(only_visitor(running).pk, now=clock.now)

    assert schedule.sweep(now=clock.now) is None


def test_only_a_lifted_hold_lets_a_visitor_go_on(desk, visitor, clock):
    running = desk.running(visitor(), visitor())
    first, second = running.visitors.order_by("pk")
    held = [
        actions.place_hold(
            wish=actions.HoldWish(
                visitor_id=row.visitor_id,
                reason="Case 9.",
                case="",
                review_on=clock.now.date(),
                form_token=f"{row.pk:032x}",
            ),
            by=desk.asker,
            now=clock.now,
        )
        for row in (first, second)
    ]
    carry_out_all()

    actions.lift_hold(hold_id=held[0].pk, reason="Over.", by=desk.asker, now=clock.now)
    schedule.sweep(now=clock.now)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.held_by, first.because) == (VisitorState.WAITING, None, "")
    assert (second.state, second.held_by) == (VisitorState.HELD, held[1])


def test_of_two_sweeps_at_once_one_lets_a_visitor_go_on(desk, visitor, clock):
    running = desk.running(visitor())
    held = actions.place_hold(
        wish=actions.HoldWish(
            visitor_id=only_visitor(running).visitor_id,
            reason="Case 9.",
            case="",
            review_on=clock.now.date(),
            form_token="0" * 32,
        ),
        by=desk.asker,
        now=clock.now,
    )
    carry_out_all()
    as_both_saw_it = only_visitor(running)
    actions.lift_hold(hold_id=held.pk, reason="Over.", by=desk.asker, now=clock.now)

    schedule._release(as_both_saw_it, now=clock.now)
    schedule._release(as_both_saw_it, now=clock.now)

    assert only_visitor(running).state == VisitorState.WAITING
    assert kinds_of(running).count("deletion.goes_on") == 1


def test_a_visitor_that_was_let_go_meanwhile_does_not_go_on(desk, visitor, clock):
    running = desk.running(visitor())
    held = actions.place_hold(
        wish=actions.HoldWish(
            request_id=running.pk, reason="Case 9.", case="", review_on=clock.now.date(), form_token="0" * 32
        ),
        by=desk.asker,
        now=clock.now,
    )
    carry_out_all()
    as_it_was = only_visitor(running)
    actions.lift_hold(hold_id=held.pk, reason="Over.", by=desk.asker, now=clock.now)
    DeletionVisitor.objects.filter(pk=as_it_was.pk).update(is_open=False)

    schedule._release(as_it_was, now=clock.now)

    assert only_visitor(running).state == VisitorState.HELD
