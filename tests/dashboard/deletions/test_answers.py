"""What each answer of Fingerprint means, and what it means when none comes."""

from datetime import timedelta

import pytest

from dashboard.deletions import policy
from dashboard.deletions.models import Attempt, DeletionVisitor
from dashboard.deletions.policy import CallOutcome
from dashboard.deletions.sending import execution, quota
from dashboard.deletions.states import Status, VisitorState
from fingerprint_integration.errors import RateLimited
from tests.dashboard.deletions.conftest import carry_out_all, client_over, deletes, fresh, kinds_of, only_visitor

BOTH_VERSIONS = pytest.mark.parametrize("api_version", ["v3", "v4"])


# -- Lost answers -------------------------------------------------------------------------------------------


@BOTH_VERSIONS
@pytest.mark.parametrize("fault", ["answer_lost", "gateway_timeout", "server_error", "cut", "wrong_content_type"])
def test_after_a_lost_answer_nothing_is_sent_until_it_can_no_longer_arrive(desk, visitor, empty_sandbox, clock, fault):
    running = desk.running(visitor())
    sent_at = clock.now

    empty_sandbox.faults.add(fault, operation="delete_visitor_data")
    carry_out_all()
    clock.advance(seconds=policy.LOST_ANSWER_WAIT.total_seconds() - 1)
    carry_out_all()

    row = only_visitor(running)
    assert len(deletes(empty_sandbox)) == 1
    assert (row.state, row.calls.get().outcome) == (VisitorState.SUBMITTING, CallOutcome.LOST)
    assert row.next_attempt_at == sent_at + policy.LOST_ANSWER_WAIT
    assert "asks Fingerprint what became of it" in row.because


@BOTH_VERSIONS
def test_a_lost_answer_of_an_accepted_deletion_is_found_by_asking(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())

    empty_sandbox.faults.answer_lost(operation="delete_visitor_data")
    carry_out_all()
    clock.advance(minutes=5)  # Fingerprint has forgotten the visitor by then; its events stay readable for hours
    carry_out_all()

    row = only_visitor(running)
    assert len(deletes(empty_sandbox)) == 1, "asked, not sent again"
    assert (row.state, row.answer_was_lost) == (VisitorState.ACCEPTED, True)
    assert kinds_of(running)[-3:] == ["deletion.accepted_answer_lost", "deletion.erased_here", "deletion.closed"]


@BOTH_VERSIONS
def test_a_deletion_that_never_arrived_is_sent_again_and_counts_twice(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())

    empty_sandbox.faults.gateway_timeout(operation="delete_visitor_data")
    carry_out_all()
    clock.advance(minutes=2)
    carry_out_all()

    row = only_visitor(running)
    assert row.state == VisitorState.ACCEPTED
    assert not row.answer_was_lost
    assert [call.outcome for call in row.calls.order_by("number")] == [CallOutcome.LOST, CallOutcome.ACCEPTED]
    assert policy.spent_within(quota.recent_calls(clock.now), policy.HOUR, clock.now) == 2


@BOTH_VERSIONS
def test_not_found_after_a_lost_answer_means_that_it_had_been_accepted(
    desk, visitor, empty_sandbox, clock, settings, api_version
):
    """Its events can still be found when it is asked about, but the deletion itself answers that it is gone."""
    running = desk.running(visitor())
    empty_sandbox.faults.answer_lost(operation="delete_visitor_data")
    carry_out_all()
    clock.advance(seconds=80)

    def forgotten_after_it_was_asked_about(request):
        answer = empty_sandbox.handle(request)
        if request.method == "GET":
            clock.advance(minutes=2)
        return answer

    with client_over(forgotten_after_it_was_asked_about, settings, version=api_version):
        carry_out_all()

    row = only_visitor(running)
    assert len(deletes(empty_sandbox)) == 2
    assert row.calls.get(number=2).outcome == CallOutcome.NOT_KNOWN
    assert (row.state, row.answer_was_lost) == (VisitorState.ACCEPTED, True)


def test_a_visitor_unknown_before_and_after_a_lost_answer_is_unknown(desk, empty_sandbox, clock):
    running = desk.running("neverSeenThisOne1234")

    empty_sandbox.faults.gateway_timeout(operation="delete_visitor_data")
    carry_out_all()
    clock.advance(minutes=2)
    carry_out_all()

    assert only_visitor(running).state == VisitorState.UNKNOWN


def test_a_worker_that_died_while_sending_is_treated_as_a_lost_answer(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())
    row = DeletionVisitor.objects.claim(only_visitor(running).pk, now=clock.now)
    found = execution.evidence.collect(row.visitor_id, now=clock.now, pages=1, patience=execution.ONE_CALL)
    execution.note_sending(row, found, now=clock.now)  # and then the lights go out

    carry_out_all()
    assert deletes(empty_sandbox) == [], "somebody holds it"
    clock.advance(minutes=3)
    carry_out_all()

    row = only_visitor(running)
    assert row.state == VisitorState.ACCEPTED
    assert [call.outcome for call in row.calls.order_by("number")] == [CallOutcome.LOST, CallOutcome.ACCEPTED]


@BOTH_VERSIONS
def test_a_worker_that_died_after_fingerprint_had_accepted_is_found_out_by_asking(
    desk, visitor, empty_sandbox, clock, settings, api_version
):
    running = desk.running(visitor())

    def the_lights_go_out(request):
        answer = empty_sandbox.handle(request)
        if request.method == "DELETE":
            raise SystemExit
        return answer

    with client_over(the_lights_go_out, settings, version=api_version), pytest.raises(SystemExit):
        execution.execute_due()
    clock.advance(minutes=3)
    carry_out_all()

    row = only_visitor(running)
    assert len(deletes(empty_sandbox)) == 1
    assert (row.state, row.answer_was_lost, row.was_known) == (VisitorState.ACCEPTED, True, True)
    assert row.calls.get().outcome == CallOutcome.LOST


def test_a_call_that_may_still_be_on_its_way_is_waited_out_whatever_the_lease_says(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())
    row = DeletionVisitor.objects.claim(only_visitor(running).pk, now=clock.now, lease=timedelta(seconds=10))
    found = execution.evidence.collect(row.visitor_id, now=clock.now, pages=1, patience=execution.ONE_CALL)
    sent = execution.note_sending(row, found, now=clock.now)

    clock.advance(seconds=20)
    carry_out_all()

    assert deletes(empty_sandbox) == []
    assert only_visitor(running).next_attempt_at == sent.sent_at + policy.LOST_ANSWER_WAIT
    clock.advance(minutes=2)
    carry_out_all()
    assert fresh(running).status == Status.CLOSED


def test_answers_lost_again_and_again_end_in_a_sentence(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())

    empty_sandbox.faults.gateway_timeout(operation="delete_visitor_data", times=None)
    for _hour in range(30):
        carry_out_all()
        clock.advance(minutes=30)

    row = only_visitor(running)
    assert row.state == VisitorState.FAILED
    assert len(deletes(empty_sandbox)) == execution.MOST_LOST_ANSWERS
    assert "may have erased this visitor all the same" in row.because


# -- Refusals and limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "api_version,key,words",
    [
        ("v3", "sandbox-basic-key", "does not have this feature"),
        ("v4", "sandbox-basic-key", "does not have this feature"),
        ("v3", "sandbox-env-key", "limited to one environment"),  # v4 has no word of its own for this
    ],
)
def test_what_the_key_or_plan_does_not_allow_is_said(desk, visitor, empty_sandbox, settings, api_version, key, words):
    running = desk.running(visitor())

    with client_over(empty_sandbox.handle, settings, key=key, version=api_version):
        carry_out_all()

    assert words in only_visitor(running).because


def test_a_workspace_without_the_feature_fails_the_visitor(desk, visitor, empty_sandbox, settings):
    running = desk.running(visitor())

    with client_over(empty_sandbox.handle, settings, key="sandbox-basic-key"):
        carry_out_all()

    assert only_visitor(running).state == VisitorState.FAILED
    assert fresh(running).status == Status.CLOSED
    assert kinds_of(running)[-2:] == ["deletion.failed", "deletion.closed"]


def test_a_fault_of_the_key_loses_nothing_and_lets_the_queue_rest(desk, visitor, empty_sandbox, settings, clock):
    running = desk.running(visitor(), visitor(), visitor())

    with _only_deletions_refused(empty_sandbox, settings):
        for _ in range(3):
            carry_out_all()

    assert Attempt.objects.count() == 1, "one call found it out; the others were spared"
    assert set(running.visitors.values_list("state", flat=True)) == {"waiting"}
    assert "does not know our secret key" in running.visitors.exclude(because="").get().because
    clock.advance(minutes=15)
    carry_out_all()
    assert fresh(running).status == Status.CLOSED
    assert set(running.visitors.values_list("state", flat=True)) == {"accepted"}


@BOTH_VERSIONS
def test_too_many_requests_stops_everybody_for_a_minute(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor(), visitor())

    empty_sandbox.faults.rate_limited(operation="delete_visitor_data")
    carry_out_all()
    clock.advance(seconds=59)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 1

    clock.advance(seconds=1)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 3
    assert fresh(running).status == Status.CLOSED


def test_too_many_requests_near_the_end_of_the_quota_stops_everybody_for_a_quarter_of_an_hour(
    desk, visitor, empty_sandbox, clock
):
    before = desk.running(*[visitor() for _ in range(24)])
    carry_out_all()
    assert fresh(before).status == Status.CLOSED
    desk.running(visitor())

    empty_sandbox.faults.rate_limited(operation="delete_visitor_data")
    carry_out_all()
    clock.advance(minutes=14, seconds=59)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 25

    clock.advance(seconds=1)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 26


def test_the_hours_quota_is_kept_to_the_call(desk, visitor, empty_sandbox, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = 3
    running = desk.running(*[visitor() for _ in range(7)])

    carry_out_all()
    assert len(deletes(empty_sandbox)) == 3
    clock.advance(minutes=59)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 3
    clock.advance(minutes=2)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 6
    clock.advance(minutes=61)
    carry_out_all()

    assert fresh(running).status == Status.CLOSED


def test_lost_answers_count_against_the_quota(desk, visitor, empty_sandbox, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = 1
    desk.running(visitor(), visitor())

    empty_sandbox.faults.answer_lost(operation="delete_visitor_data")
    carry_out_all()
    clock.advance(minutes=5)
    carry_out_all()

    assert len(deletes(empty_sandbox)) == 1


def test_the_nearest_due_date_goes_first(desk, visitor, empty_sandbox, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = 1
    later = desk.running(visitor(), received_at=clock.now - timedelta(days=1))
    sooner = desk.running(visitor(), received_at=clock.now - timedelta(days=20))

    carry_out_all()

    assert fresh(sooner).status == Status.CLOSED
    assert fresh(later).status == Status.RUNNING


def test_what_our_own_rate_budget_keeps_back_was_not_sent_and_does_not_count(desk, visitor, settings, clock):
    """The client raises before anything goes out; the call's row says so."""
    running = desk.running(visitor())
    row = DeletionVisitor.objects.claim(only_visitor(running).pk, now=clock.now)
    found = execution.evidence.collect(row.visitor_id, now=clock.now, pages=1, patience=execution.ONE_CALL)
    attempt = execution.note_sending(row, found, now=clock.now)
    execution.settle_error(row, attempt, RateLimited(code="budget_used_up", retry_after=1.5), now=clock.now)

    assert row.calls.get().outcome == CallOutcome.NOT_SENT
    assert quota.recent_calls(clock.now) == []
    assert only_visitor(running).state == VisitorState.WAITING


def test_no_answer_before_the_first_call_means_that_it_is_not_made(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())

    with empty_sandbox.faults.unavailable(operation="search_events", times=None):
        carry_out_all()
    assert deletes(empty_sandbox) == []
    assert only_visitor(running).because
    clock.advance(minutes=11)
    carry_out_all()

    assert fresh(running).status == Status.CLOSED


def _only_deletions_refused(sandbox, settings):
    """Reading works, deleting meets a key that Fingerprint does not know any more."""

    def handle(request):
        if request.method == "DELETE":
            request.headers["Authorization"] = "Bearer revoked-since"
        return sandbox.handle(request)

    return client_over(handle, settings)
