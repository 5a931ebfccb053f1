"""What the executor looks at once more just before a call, and how long it leaves a visitor alone when it may not."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from dashboard.deletions import evidence, policy
from dashboard.deletions.models import Attempt, DeletionVisitor
from dashboard.deletions.policy import CallOutcome
from dashboard.deletions.sending import execution, pausing, settlement
from dashboard.deletions.states import Status, VisitorState
from tests.dashboard.deletions.conftest import carry_out_all, client_over, deletes, fresh, only_visitor


@pytest.fixture
def claimed(desk, visitor, clock):
    """A visitor in a worker's hands with its evidence, nothing sent yet."""
    row = DeletionVisitor.objects.claim(
        only_visitor(desk.running(visitor())).pk, now=clock.now, lease=timedelta(seconds=10)
    )
    return row, evidence.collect(row.visitor_id, now=clock.now, pages=1, patience=execution.ONE_CALL)


def given_back(row) -> tuple:
    row.refresh_from_db()
    return row.state, row.lease_token, row.next_attempt_at


def test_a_lost_call_is_asked_about_the_instant_it_cannot_arrive_any_more(claimed, empty_sandbox, clock):
    row, found = claimed
    execution.note_sending(row, found, now=clock.now)  # and then the lights go out
    clock.advance(seconds=policy.LOST_ANSWER_WAIT.total_seconds())

    execution.execute_due()

    calls = row.calls.order_by("number").values_list("outcome", flat=True)
    assert list(calls) == [CallOutcome.LOST, CallOutcome.ACCEPTED]


def test_after_a_call_that_was_not_taken_the_evidence_is_collected_anew(desk, visitor, empty_sandbox, clock):
    visitor_id = visitor()
    running = desk.running(visitor_id)
    empty_sandbox.faults.rate_limited(operation="delete_visitor_data")
    carry_out_all()
    assert only_visitor(running).recent_count == 1
    empty_sandbox.visit(visitor_id=visitor_id, at=clock.now)
    clock.advance(minutes=2)

    carry_out_all()

    row = only_visitor(running)
    assert row.recent_count == 2
    calls = row.calls.order_by("number").values_list("outcome", flat=True)
    assert list(calls) == [CallOutcome.THROTTLED, CallOutcome.ACCEPTED], "what was answered stays as it was answered"


@pytest.mark.parametrize("slept, sent", [(30.0, 1), (30.1, 0)])
def test_a_process_that_slept_since_it_noted_the_call_does_not_make_it(
    desk, visitor, empty_sandbox, monkeypatch, slept, sent
):
    running = desk.running(visitor())
    moments = iter([0.0, slept])
    monkeypatch.setattr(execution, "time", SimpleNamespace(monotonic=lambda: next(moments)))

    execution.carry_out(row_id=only_visitor(running).pk)

    assert len(deletes(empty_sandbox)) == sent
    outcome = CallOutcome.ACCEPTED if sent else CallOutcome.NOT_SENT
    assert Attempt.objects.get().outcome == outcome


def test_a_quota_set_to_nothing_meanwhile_sends_nothing_and_looks_again_in_an_hour(claimed, clock, settings):
    row, found = claimed
    settings.DELETE_QUOTA_PER_HOUR = 0

    assert execution.note_sending(row, found, now=clock.now) is None

    assert given_back(row) == (VisitorState.WAITING, "", clock.now + policy.HOUR)
    assert not Attempt.objects.exists()


def test_a_pause_meanwhile_sends_nothing_and_looks_again_in_a_minute(claimed, desk, clock):
    row, found = claimed
    pausing.pause(by=desk.approver, reason="Wrong workspace?", now=clock.now)

    assert execution.note_sending(row, found, now=clock.now) is None

    assert given_back(row) == (VisitorState.WAITING, "", clock.now + execution.PAUSE_LOOK)
    assert not Attempt.objects.exists()


# -- When reading the evidence fails ------------------------------------------------------------------------


@pytest.mark.parametrize("api_version", ["v3"])
@pytest.mark.parametrize("retry_after, wait", [(45, timedelta(seconds=45)), (None, settlement.SHORT_WAIT)])
def test_reading_that_is_limited_waits_as_long_as_it_is_told(desk, visitor, empty_sandbox, clock, retry_after, wait):
    running = desk.running(visitor())

    with empty_sandbox.faults.rate_limited(retry_after=retry_after, operation="search_events", times=None):
        execution.execute_due()

    assert given_back(only_visitor(running)) == (VisitorState.WAITING, "", clock.now + wait)
    assert deletes(empty_sandbox) == []


def test_reading_with_a_key_that_is_not_known_waits_a_quarter_of_an_hour(desk, visitor, empty_sandbox, clock, settings):
    running = desk.running(visitor())

    with client_over(empty_sandbox.handle, settings, key="revoked-since"):
        execution.execute_due()

    assert given_back(only_visitor(running)) == (VisitorState.WAITING, "", clock.now + settlement.KEY_FAULT_REST)
    clock.advance(minutes=15)
    carry_out_all()
    assert fresh(running).status == Status.CLOSED


def test_reading_without_an_answer_waits_longer_each_time_and_ten_minutes_at_most(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())
    waits = []

    with empty_sandbox.faults.unavailable(operation="search_events", times=None):
        for _ in range(8):
            execution.execute_due()
            next_attempt_at = only_visitor(running).next_attempt_at
            waits.append((next_attempt_at - clock.now).total_seconds())
            clock.move_to(next_attempt_at)

    assert waits == [30, 60, 120, 240, 480, 600, 600, 600]
