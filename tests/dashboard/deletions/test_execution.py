"""Carrying out what was approved, against a Fingerprint that answers, does not, or answers late."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry, Subject
from dashboard.core.access import Role
from dashboard.deletions import actions, evidence, policy
from dashboard.deletions.models import DeletionVisitor
from dashboard.deletions.policy import CallOutcome
from dashboard.deletions.sending import execution, schedule
from dashboard.deletions.states import Status, VisitorState
from fingerprint_integration.services.reads import Patience
from tests.dashboard.deletions.conftest import carry_out_all, client_over, deletes, fresh, kinds_of, only_visitor, wish
from tests.factories import person

BOTH_VERSIONS = pytest.mark.parametrize("api_version", ["v3", "v4"])


@BOTH_VERSIONS
def test_an_approved_deletion_is_sent_once_and_ends_accepted_not_gone(desk, visitor, empty_sandbox, clock):
    visitor_id = visitor(older=2)
    approved = desk.approved(visitor_id)

    carry_out_all()

    row = only_visitor(approved)
    assert [asked.path.rpartition("/")[2] for asked in deletes(empty_sandbox)] == [visitor_id]
    assert (row.state, row.is_open, row.accepted_at) == (VisitorState.ACCEPTED, False, clock.now)
    assert not row.answer_was_lost
    assert fresh(approved).status == Status.CLOSED
    assert kinds_of(approved) == [
        "deletion.asked",
        "deletion.approved",
        "deletion.started",
        "deletion.sent",
        "deletion.accepted",
        "deletion.erased_here",
        "deletion.closed",
    ]


@BOTH_VERSIONS
def test_what_was_there_is_recorded_before_the_first_call(desk, visitor, clock):
    approved = desk.approved(visitor(older=2))

    carry_out_all()

    row = only_visitor(approved)
    assert row.was_known
    assert (row.recent_count, row.older_count) == (1, 2)
    assert len(row.event_ids) == 1
    assert row.oldest_kept_until == clock.now - timedelta(days=20) + timedelta(days=90)
    assert row.evidence_at <= row.calls.get().sent_at


def test_the_call_and_its_entry_are_committed_before_it_is_made(desk, visitor, empty_sandbox, settings):
    approved = desk.approved(visitor())
    seen = []
    answer = empty_sandbox.handle

    def look_at_the_database(request):
        if request.method == "DELETE":
            row = only_visitor(approved)
            seen.append((row.state, row.calls.get().outcome, kinds_of(approved)[-1]))
        return answer(request)

    with client_over(look_at_the_database, settings):
        carry_out_all()

    assert seen == [(VisitorState.SUBMITTING, CallOutcome.SENDING, "deletion.sent")]


def test_inkpad_forgets_the_visitor_in_the_moment_fingerprint_accepts(desk, visitor):
    visitor_id = visitor()
    refused_before = desk.ask(visitor_id)
    actions.refuse(
        request_id=refused_before.pk,
        scope_hash=refused_before.scope_hash,
        by=desk.approver,
        reason="Not yet.",
        password_given_at=timezone.now(),
        now=timezone.now(),
    )
    approved = desk.approved(visitor_id)

    carry_out_all()

    for kind in ("visitor", "linked_id"):
        values = Subject.objects.filter(kind=kind)
        assert values.exists()
        assert not values.filter(erased_at=None).exists(), kind
        assert set(values.values_list("erased_by", flat=True)) == {approved.number}
    assert only_visitor(refused_before).visitor_id == "", "an older request that came to nothing forgets it too"
    assert only_visitor(approved).visitor_id == visitor_id, "this request's own record stays readable"


@BOTH_VERSIONS
def test_a_visitor_that_fingerprint_never_knew_ends_unknown(desk, empty_sandbox):
    approved = desk.approved("neverSeenThisOne1234")

    carry_out_all()

    assert only_visitor(approved).state == VisitorState.UNKNOWN
    assert fresh(approved).status == Status.CLOSED
    assert "deletion.unknown" in kinds_of(approved)


def test_several_visitors_end_each_in_its_own_way(desk, visitor):
    approved = desk.approved(visitor(), "neverSeenThisOne1234", visitor())

    carry_out_all()

    states = approved.visitors.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["accepted", "unknown", "accepted"]
    assert kinds_of(approved).count("deletion.closed") == 1


# -- Checked again before every call ------------------------------------------------------------------------


def test_a_right_taken_away_while_it_runs_stops_what_was_not_sent(desk, visitor, empty_sandbox, settings, clock):
    settings.DELETE_QUOTA_PER_HOUR = 1
    running = desk.running(visitor(), visitor())
    carry_out_all()

    desk.approver.is_active = False
    desk.approver.save()
    clock.advance(hours=2)
    carry_out_all()

    assert len(deletes(empty_sandbox)) == 1
    assert sorted(running.visitors.values_list("state", flat=True)) == ["accepted", "failed"]
    assert "may no longer approve" in running.visitors.get(state="failed").because


def test_a_scope_changed_while_it_runs_stops_what_was_not_sent(desk, visitor, empty_sandbox):
    running = desk.running(visitor())
    DeletionVisitor.objects.create(request=running, visitor_id=visitor())

    carry_out_all()

    assert deletes(empty_sandbox) == []
    assert set(running.visitors.values_list("state", flat=True)) == {"failed"}


@pytest.mark.parametrize("status", [Status.REQUESTED, Status.APPROVED])
def test_a_row_of_a_request_that_does_not_run_is_given_back_untouched(
    desk, visitor, empty_sandbox, clock, settings, status
):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    asked = desk.ask(visitor())
    if status == Status.APPROVED:
        asked = desk.approve(asked)

    execution.carry_out(row_id=only_visitor(asked).pk)

    row = only_visitor(asked)
    assert deletes(empty_sandbox) == []
    assert (row.state, row.lease_token) == (VisitorState.WAITING, "")


def test_what_began_in_time_is_carried_out_after_the_approval_would_have_expired(
    desk, visitor, empty_sandbox, clock, settings
):
    settings.DELETE_QUOTA_PER_HOUR = settings.DELETE_QUOTA_PER_DAY = 1
    settings.DELETION_APPROVAL_LIFETIME = timedelta(days=1)
    running = desk.running(visitor(), visitor())
    carry_out_all()

    clock.advance(days=2)
    schedule.sweep(now=clock.now)
    carry_out_all()

    assert fresh(running).status == Status.CLOSED
    assert len(deletes(empty_sandbox)) == 2


def test_somebody_elses_row_is_left_alone(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())
    row = only_visitor(running)
    assert DeletionVisitor.objects.claim(row.pk, now=clock.now) is not None

    execution.carry_out(row_id=row.pk)

    assert deletes(empty_sandbox) == []


def test_each_call_is_made_once_never_again_inside_the_client():
    assert execution.ONE_CALL.attempts == 1
    assert execution.ONE_CALL.deadline_seconds <= policy.CALL_DEADLINE.total_seconds()


def test_what_runs_is_in_the_name_of_who_approved_it(desk, visitor):
    approved = desk.approved(visitor())
    carry_out_all()

    by_inkpad = AuditEntry.objects.filter(target_ref=str(approved.pk), actor_id=None)

    assert set(by_inkpad.values_list("on_behalf_of_id", flat=True)) == {desk.approver.pk}


def test_a_second_officer_sees_no_difference_in_who_carries_it_out(desk, visitor, clock):
    asked = actions.ask(wish=wish(visitor()), by=person(Role.SUPPORT), now=clock.now)
    desk.approve(asked)

    carry_out_all()

    assert fresh(asked).status == Status.CLOSED


def test_the_quota_is_asked_again_under_its_lock_before_the_call_is_noted(desk, visitor, clock, settings):
    settings.DELETE_QUOTA_PER_HOUR = 1
    running = desk.running(visitor(), visitor())
    first, second = (DeletionVisitor.objects.claim(row.pk, now=clock.now) for row in running.visitors.order_by("pk"))
    found = [evidence.collect(row.visitor_id, now=clock.now, pages=1, patience=Patience.JOB) for row in (first, second)]

    assert execution.note_sending(first, found[0], now=clock.now) is not None
    assert execution.note_sending(second, found[1], now=clock.now) is None

    second.refresh_from_db()
    assert (second.state, second.lease_token) == (VisitorState.WAITING, "")
    assert second.next_attempt_at == clock.now + policy.LOST_ANSWER_WAIT + policy.HOUR + policy.TICK
