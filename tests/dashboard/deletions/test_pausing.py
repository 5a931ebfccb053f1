"""Stopping all deletions and letting them go on; legal holds met on the way."""

import secrets
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.deletions.models import DeletionVisitor, LegalHold, Pause
from dashboard.deletions.sending import pausing, schedule
from dashboard.deletions.states import Status, VisitorState
from tests.dashboard.deletions.conftest import carry_out_all, deletes, fresh, kinds_of, only_visitor
from tests.factories import person


def pause(by, reason="Wrong workspace?"):
    pausing.pause(by=by, reason=reason, now=timezone.now())


def resume(by):
    pausing.resume(by=by, reason="It was the right one.", now=timezone.now())


def test_nothing_is_sent_during_a_pause_and_everything_after_it(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor(), visitor())

    pause(desk.approver)
    carry_out_all()
    assert deletes(empty_sandbox) == []
    resume(desk.asker)
    carry_out_all()

    assert len(deletes(empty_sandbox)) == 2
    assert fresh(running).status == Status.CLOSED


def test_nothing_begins_during_a_pause_so_that_it_can_still_be_cancelled(desk, visitor, clock):
    approved = desk.approved(visitor())

    pause(desk.approver)
    schedule.start_due(now=clock.now)
    assert fresh(approved).status == Status.APPROVED
    resume(desk.approver)
    schedule.start_due(now=clock.now)

    assert fresh(approved).status == Status.RUNNING


def test_a_lost_answer_is_asked_about_during_a_pause_and_nothing_is_sent_for_it(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())
    empty_sandbox.faults.gateway_timeout(operation="delete_visitor_data")
    carry_out_all()

    pause(desk.approver)
    clock.advance(minutes=5)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 1
    assert only_visitor(running).state == VisitorState.SUBMITTING
    resume(desk.approver)
    clock.advance(minutes=5)
    carry_out_all()

    assert fresh(running).status == Status.CLOSED
    assert len(deletes(empty_sandbox)) == 2


def test_who_paused_and_why_is_in_the_log_and_on_the_desk(desk, client_for):
    browser = client_for(desk.approver)

    answer = browser.post(reverse("deletions:pause"), {"reason": "Looking at case 12."}, follow=True)

    assert "All deletions are paused" in answer.text
    assert "Looking at case 12." in browser.get(reverse("deletions:requests")).text
    assert AuditEntry.objects.filter(kind="deletions.paused", actor_id=desk.approver.pk).count() == 1


def test_who_reads_the_status_page_sees_that_nothing_is_sent(desk, client_for):
    pause(desk.approver)

    text = client_for(Role.ADMINISTRATOR).get(reverse("status:status")).text

    assert "paused by Samir Haddad" in text
    assert "Wrong workspace?" in text


def test_resuming_is_in_the_log_too(desk, client_for):
    pause(desk.approver)

    client_for(desk.asker).post(reverse("deletions:resume"), {"reason": "Case 12 is closed."})

    assert pausing.current() is None
    assert AuditEntry.objects.filter(kind="deletions.resumed", actor_id=desk.asker.pk).count() == 1


@pytest.mark.parametrize("name", ["deletions:pause", "deletions:resume"])
def test_without_a_reason_the_form_comes_back(desk, client_for, name):
    if name == "deletions:resume":
        pause(desk.approver)
    was_paused = pausing.current() is not None

    answer = client_for(desk.approver).post(reverse(name), {"reason": " "})

    assert answer.status_code == 422
    assert "Say why: others wait for these deletions." in answer.text
    assert (pausing.current() is not None) is was_paused


def test_pausing_twice_and_resuming_what_goes_on_is_refused_and_written_down(desk, client_for):
    browser = client_for(desk.approver)

    assert browser.post(reverse("deletions:resume"), {"reason": "Go."}).status_code == 409
    browser.post(reverse("deletions:pause"), {"reason": "Stop."})
    assert browser.post(reverse("deletions:pause"), {"reason": "Stop."}).status_code == 409

    assert AuditEntry.objects.filter(kind="deletions.pause_refused", outcome="refused").count() == 2
    assert Pause.objects.count() == 1


def test_a_pause_that_has_ended_stays_as_it_was(desk, clock):
    pause(desk.approver)
    resume(desk.asker)
    ended_at = clock.now

    clock.advance(hours=1)
    with pytest.raises(Refused):
        resume(desk.approver)

    assert Pause.objects.get().resumed_at == ended_at
    assert Pause.objects.get().resumed_by == desk.asker


@pytest.mark.parametrize("act", [pausing.pause, pausing.resume])
def test_who_may_not_decide_cannot_pause_either(db, act):
    with pytest.raises(Refused) as refused:
        act(by=person(Role.SUPPORT), reason="Me.", now=timezone.now())

    assert refused.value.status == 403


def test_the_reason_of_a_pause_forgets_who_is_erased(desk, visitor):
    visitor_id = visitor()
    desk.running(visitor_id)
    pause(desk.approver, reason=f"Is {visitor_id} the right one?")
    resume(desk.approver)

    carry_out_all()

    assert Pause.objects.get().reason == "Is [erased] the right one?"


def test_the_database_knows_one_pause_at_a_time(desk, clock):
    pause(desk.approver)

    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(paused_by=desk.asker, paused_at=clock.now, reason="Me too.")


# -- Legal holds --------------------------------------------------------------------------------------------


def hold(by, **what):
    words = {"reason": "Case 9.", "review_on": timezone.localdate(), "form_token": secrets.token_hex(16)}
    return LegalHold.objects.create(placed_by=by, placed_at=timezone.now(), **words, **what)


def lift(held, by):
    LegalHold.objects.filter(pk=held.pk).update(lifted_by=by, lifted_at=timezone.now())


HELD = {
    "the visitor": lambda request: {"kind": "visitor", "visitor_id": only_visitor(request).visitor_id},
    "the request": lambda request: {"kind": "request", "request": request},
    "the person's linked id": lambda request: {"kind": "linked_id", "linked_id_bytes": b"acct_88412"},
    "an account on the device": lambda request: {"kind": "linked_id", "linked_id_bytes": b"acct_of_a_sister"},
}


@pytest.mark.parametrize("what", HELD)
def test_a_legal_hold_blocks_the_call_until_it_is_lifted(desk, visitor, empty_sandbox, clock, what):
    visitor_id = visitor()
    empty_sandbox.visit(at=clock.now - timedelta(hours=2), visitor_id=visitor_id, linked_id="acct_of_a_sister")
    running = desk.running(visitor_id)
    held = hold(desk.asker, **HELD[what](running))

    carry_out_all()
    row = only_visitor(running)
    assert deletes(empty_sandbox) == []
    assert (row.state, row.is_open, row.because) == (
        VisitorState.HELD,
        True,
        f"Legal hold {held.number} stands against it",
    )
    schedule.sweep(now=clock.now)
    assert only_visitor(running).state == VisitorState.HELD
    lift(held, desk.approver)
    schedule.sweep(now=clock.now)
    carry_out_all()

    assert len(deletes(empty_sandbox)) == 1
    assert fresh(running).status == Status.CLOSED
    assert kinds_of(running)[3:5] == ["deletion.waits", "deletion.goes_on"]


def test_a_hold_on_somebody_else_blocks_nothing(desk, visitor, empty_sandbox):
    hold(desk.asker, kind="visitor", visitor_id="somebodyElse12345678")
    hold(desk.asker, kind="linked_id", linked_id_bytes=b"acct_of_another")
    hold(desk.asker, kind="request", request=desk.ask(visitor()))
    running = desk.running(visitor())

    carry_out_all()

    assert fresh(running).status == Status.CLOSED


def test_a_hold_after_a_lost_answer_lets_it_be_asked_about_and_not_sent(desk, visitor, empty_sandbox, clock):
    running = desk.running(visitor())
    empty_sandbox.faults.gateway_timeout(operation="delete_visitor_data")
    carry_out_all()
    held = hold(desk.asker, kind="request", request=running)

    clock.advance(minutes=30)
    carry_out_all()
    assert len(deletes(empty_sandbox)) == 1
    assert only_visitor(running).state == VisitorState.SUBMITTING
    lift(held, desk.approver)
    clock.advance(minutes=30)
    carry_out_all()

    assert fresh(running).status == Status.CLOSED


def test_the_database_knows_nobody_held_without_a_hold(desk, visitor):
    running = desk.running(visitor())

    with pytest.raises(IntegrityError), transaction.atomic():
        DeletionVisitor.objects.filter(request=running).update(state=VisitorState.HELD)
