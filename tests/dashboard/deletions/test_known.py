"""What other features learn of a visitor's deletion, and how deletions forget."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.core import erasure, facts, navigation
from dashboard.core.access import Role
from dashboard.core.facts import Weight
from dashboard.deletions import actions, known, queries, tasks
from dashboard.deletions.states import Status
from tests.dashboard.deletions.conftest import carry_out_all, fresh, only_visitor
from tests.factories import person


def claims(*visitor_ids):
    return [fact.claim for fact in facts.about(visitor_ids) if fact.weight == Weight.DELETION]


def test_an_asked_deletion_is_known_and_blocks_changes(desk):
    asked = desk.ask("v1")

    (fact,) = known.about_deletions(["v1", "v2"])

    assert fact.claim == f"Deletion asked ({asked.number})"
    assert fact.more == "Asked by Maya Petrov. Nobody decided yet."
    assert fact.blocks_changes
    assert fact.url == f"/deletions/{asked.pk}/"
    assert claims("v1") == [fact.claim], "and it is registered"


def test_an_approved_deletion_says_when_it_runs(desk, clock, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    approved = desk.approved("v1")

    with timezone.override("Europe/Berlin"):
        assert claims("v1") == [f"Deletion approved, runs today, 14:30 ({approved.number})"]


def test_a_running_and_an_accepted_deletion_are_known(desk, visitor):
    visitor_id = visitor()
    running = desk.running(visitor_id)
    assert claims(visitor_id) == [f"Deletion is being carried out ({running.number})"]

    carry_out_all()

    assert claims(visitor_id) == [f"Fingerprint accepted the deletion ({running.number})"]
    assert facts.about([visitor_id])[0].blocks_changes


def test_what_came_to_nothing_is_no_fact(desk, clock):
    asked = desk.ask("v1")
    actions.withdraw(request_id=asked.pk, by=desk.asker, now=clock.now)

    assert claims("v1", "") == []


@pytest.mark.parametrize(
    "role,count", [(Role.COMPLIANCE, 2), (Role.SUPPORT, 0), (Role.ADMINISTRATOR, 0), (Role.AUDITOR, 0)]
)
def test_what_waits_is_counted_for_those_who_can_decide(desk, role, count):
    desk.ask("v1")
    desk.ask("v2")

    assert queries.waiting_count(person(role)) == count


def test_nothing_waits_for_who_asked(desk):
    asked = desk.ask("v1")

    assert queries.waiting_count(desk.asker) == 0
    assert list(queries.waiting_for(desk.approver)) == [asked]
    assert navigation._waiting["deletions:requests"](desk.approver) == 1


def test_forgetting_leaves_open_and_carried_out_requests_their_record(desk, clock):
    refused = desk.ask("v1")
    actions.refuse(
        request_id=refused.pk,
        scope_hash=refused.scope_hash,
        by=desk.approver,
        reason="No.",
        password_given_at=clock.now,
        now=clock.now,
    )
    waiting = desk.ask("v1")

    counts = erasure.erase(["v1"], erased_by="D-9999")

    assert counts["deletion requests"] == 1
    assert only_visitor(refused).visitor_id == ""
    assert only_visitor(waiting).visitor_id == "v1"


def test_the_sweep_wakes_what_is_due_and_ends_what_ran_out(desk, visitor, clock, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    approved, expiring = desk.approved(visitor()), desk.approved("v2")
    type(expiring).objects.filter(pk=expiring.pk).update(expires_at=clock.now)

    tasks.sweep_deletions()
    assert fresh(expiring).status == Status.EXPIRED
    assert fresh(approved).status == Status.APPROVED

    clock.advance(minutes=30)
    tasks.sweep_deletions()
    tasks.execute_due()
    assert fresh(approved).status == Status.CLOSED


def test_tasks_take_whatever_a_later_version_sends_along(desk):
    tasks.execute_due(request_id=7)
    tasks.sweep_deletions(anything="else")
