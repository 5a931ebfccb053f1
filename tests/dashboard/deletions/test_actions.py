"""What people may do with requests, and what they may not."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.deletions import actions
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.sending import schedule
from dashboard.deletions.states import Status
from tests.dashboard.deletions.conftest import fresh, kinds_of, only_visitor, wish
from tests.factories import person


def test_asking_opens_a_request_that_waits_with_its_due_date(desk, clock):
    asked = desk.ask("v1", "v2")

    assert asked.status == Status.REQUESTED
    assert asked.number == f"D-{asked.pk:04d}"
    assert asked.scope_hash == asked.current_scope()
    assert asked.days_left(clock.now) == 28
    assert kinds_of(asked) == ["deletion.asked"]


def test_the_same_form_sent_twice_gives_the_same_request(desk, clock):
    twice = wish("v1")

    first = actions.ask(wish=twice, by=desk.asker, now=clock.now)
    second = actions.ask(wish=twice, by=desk.asker, now=clock.now)

    assert first == second
    assert kinds_of(first) == ["deletion.asked"]


def test_a_second_request_for_a_visitor_joins_the_first(desk, clock):
    first = desk.ask("v1")

    second = desk.ask("v2", "v1", ticket="88-9")

    rows = {row.visitor_id: row for row in second.visitors.all()}
    assert (rows["v2"].is_open, rows["v1"].is_open) == (True, False)
    assert rows["v1"].joins == only_visitor(first)


def test_support_asks_and_does_not_decide(desk, clock):
    support = person(Role.SUPPORT)
    asked = actions.ask(wish=wish("v1"), by=support, now=clock.now)

    with pytest.raises(Refused, match="asked for"):
        desk.approve(asked, by=support)


@pytest.mark.parametrize("role", [Role.FRAUD_ANALYST, Role.FRAUD_LEAD, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_do_not_ask(desk, clock, role):
    with pytest.raises(Refused, match="may not ask"):
        actions.ask(wish=wish("v1"), by=person(role), now=clock.now)


@pytest.mark.parametrize("act", [actions.approve, actions.refuse])
def test_somebody_else_decides_about_exactly_what_was_shown(desk, clock, act):
    asked = desk.ask("v1")

    act(
        request_id=asked.pk,
        scope_hash=asked.scope_hash,
        by=desk.approver,
        reason="Looked.",
        password_given_at=clock.now,
        now=clock.now,
    )

    decided = fresh(asked)
    assert decided.status == (Status.APPROVED if act is actions.approve else Status.REFUSED)
    assert decided.decided_by == desk.approver
    assert decided.decision_reason == "Looked."


def test_an_approval_waits_out_the_cooling_off_and_does_not_hold_for_ever(desk, clock, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    settings.DELETION_APPROVAL_LIFETIME = timedelta(days=7)

    approved = desk.approved("v1")

    assert approved.runs_after == clock.now + timedelta(minutes=30)
    assert approved.expires_at == clock.now + timedelta(days=7)
    assert approved.approved_scope_hash == approved.scope_hash


@pytest.mark.parametrize("act", [actions.approve, actions.refuse])
@pytest.mark.parametrize("more_roles", [(), (Role.ADMINISTRATOR, Role.FRAUD_LEAD, Role.SUPPORT)])
def test_who_asked_never_decides_whatever_their_roles(desk, clock, act, more_roles):
    asker = person(Role.COMPLIANCE, *more_roles)
    asked = actions.ask(wish=wish("v1"), by=asker, now=clock.now)

    with pytest.raises(Refused, match="Whoever asks never") as refusal:
        act(
            request_id=asked.pk,
            scope_hash=asked.scope_hash,
            by=asker,
            reason="Mine.",
            password_given_at=clock.now,
            now=clock.now,
        )

    assert refusal.value.kind is AuditKind.DELETION_ACT_REFUSED
    assert refusal.value.status == 403
    assert fresh(asked).status == Status.REQUESTED


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR, Role.FRAUD_LEAD])
def test_people_without_the_right_do_not_decide(desk, role):
    asked = desk.ask("v1")

    with pytest.raises(Refused, match="may not approve"):
        desk.approve(asked, by=person(role))


def test_an_officer_who_was_deactivated_does_not_decide(desk):
    asked = desk.ask("v1")
    gone = person(Role.COMPLIANCE, is_active=False)

    with pytest.raises(Refused, match="may not approve"):
        desk.approve(asked, by=gone)


def test_another_scope_than_the_one_on_the_page_is_not_approved(desk):
    asked = desk.ask("v1")

    with pytest.raises(Refused, match="not the one that was on your page"):
        desk.approve(asked, scope_hash="0" * 64)

    assert fresh(asked).status == Status.REQUESTED


def test_a_scope_that_was_changed_behind_the_request_is_not_approved(desk):
    asked = desk.ask("v1")
    DeletionVisitor.objects.create(request=asked, visitor_id="v2")

    with pytest.raises(Refused, match="not the one that was on your page"):
        desk.approve(asked)


def test_it_is_decided_once(desk, clock):
    approved = desk.approved("v1")

    for act in (actions.approve, actions.refuse):
        with pytest.raises(Refused, match="does not wait"):
            act(
                request_id=approved.pk,
                scope_hash=approved.scope_hash,
                by=person(Role.COMPLIANCE),
                reason="Late.",
                password_given_at=clock.now,
                now=clock.now,
            )

    assert fresh(approved).decided_by == desk.approver


def test_a_request_that_does_not_exist_is_not_found(desk):
    asked = desk.ask("v1")

    with pytest.raises(NotPossible) as refusal:
        desk.approve(asked, request_id=asked.pk + 1000)

    assert refusal.value.status == 404


def test_refused_visitors_can_be_asked_for_again(desk, clock):
    asked = desk.ask("v1")
    actions.refuse(
        request_id=asked.pk,
        scope_hash=asked.scope_hash,
        by=desk.approver,
        reason="Not hers.",
        password_given_at=clock.now,
        now=clock.now,
    )

    assert desk.ask("v1") != asked
    assert kinds_of(asked) == ["deletion.asked", "deletion.refused"]


def test_only_who_asked_withdraws(desk, clock):
    asked = desk.ask("v1")

    with pytest.raises(Refused, match="Only who asked"):
        actions.withdraw(request_id=asked.pk, by=desk.approver, now=clock.now)
    actions.withdraw(request_id=asked.pk, by=desk.asker, now=clock.now)

    assert fresh(asked).status == Status.WITHDRAWN
    assert not only_visitor(asked).is_open


def test_what_is_approved_is_cancelled_not_withdrawn(desk, clock):
    approved = desk.approved("v1")

    with pytest.raises(Refused, match="does not wait"):
        actions.withdraw(request_id=approved.pk, by=desk.asker, now=clock.now)


@pytest.mark.parametrize("who", ["asker", "approver", "another officer"])
def test_an_approved_deletion_can_be_cancelled_while_it_cools_off(desk, clock, settings, who):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    approved = desk.approved("v1")
    people = {"asker": desk.asker, "approver": desk.approver, "another officer": person(Role.COMPLIANCE)}

    actions.cancel(request_id=approved.pk, by=people[who], now=clock.now)

    assert fresh(approved).status == Status.CANCELLED
    assert not only_visitor(approved).is_open


def test_bystanders_cancel_nothing(desk, clock):
    approved = desk.approved("v1")

    with pytest.raises(Refused, match="can cancel one"):
        actions.cancel(request_id=approved.pk, by=person(Role.SUPPORT), now=clock.now)


def test_what_has_begun_is_not_cancelled(desk, clock):
    running = desk.running("v1")

    with pytest.raises(Refused, match="has begun or has ended"):
        actions.cancel(request_id=running.pk, by=desk.asker, now=clock.now)

    assert fresh(running).status == Status.RUNNING


def test_nothing_begins_before_the_cooling_off_is_over(desk, clock, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    approved = desk.approved("v1")

    clock.advance(minutes=29, seconds=59)
    schedule.start_due(now=clock.now)
    assert fresh(approved).status == Status.APPROVED

    clock.advance(seconds=1)
    schedule.start_due(now=clock.now)
    assert fresh(approved).status == Status.RUNNING


def test_an_approval_that_did_not_begin_in_time_expires(desk, clock, settings):
    approved = desk.approved("v1")

    clock.advance(days=7)
    schedule.start_due(now=clock.now)
    assert fresh(approved).status == Status.APPROVED, "too late to begin"
    schedule.sweep(now=clock.now)

    assert fresh(approved).status == Status.EXPIRED
    assert not only_visitor(approved).is_open
    assert kinds_of(approved)[-1] == "deletion.expired"


def test_an_approval_becomes_void_when_its_approver_loses_the_right_before_it_begins(desk, clock):
    approved = desk.approved("v1")
    desk.approver.groups.clear()

    schedule.start_due(now=clock.now)

    waiting = fresh(approved)
    assert waiting.status == Status.REQUESTED
    assert waiting.decided_by is None
    assert kinds_of(approved)[-1] == "deletion.approval_void"
    desk.approve(waiting, by=person(Role.COMPLIANCE))
    schedule.start_due(now=clock.now)
    assert fresh(approved).status == Status.RUNNING


def test_an_approval_becomes_void_when_the_scope_was_changed_behind_it(desk, clock):
    approved = desk.approved("v1")
    DeletionVisitor.objects.create(request=approved, visitor_id="v2")

    schedule.start_due(now=clock.now)

    assert fresh(approved).status == Status.REQUESTED


# -- What the database refuses, whatever the code does ------------------------------------------------------


def refuses(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


def test_the_database_refuses_an_approval_by_who_asked(desk):
    asked = desk.ask("v1")
    rows = DeletionRequest.objects.filter(pk=asked.pk)
    now = timezone.now()

    for status in (Status.APPROVED, Status.RUNNING, Status.CLOSED, Status.EXPIRED, Status.CANCELLED):
        assert refuses(
            lambda status=status: rows.update(
                status=status,
                decided_by=desk.asker,
                approved_scope_hash=asked.scope_hash,
                runs_after=now,
                expires_at=now,
            )
        ), status
    assert refuses(lambda: rows.update(decided_by=desk.asker)), "not even as a note"
    assert refuses(lambda: rows.update(status=Status.REFUSED, decided_by=desk.asker))


@pytest.mark.parametrize("status", [Status.APPROVED, Status.RUNNING, Status.CLOSED, Status.EXPIRED, Status.CANCELLED])
def test_the_database_refuses_what_nobody_approved_or_of_another_scope(desk, status):
    asked = desk.ask("v1")
    rows = DeletionRequest.objects.filter(pk=asked.pk)
    now = timezone.now()
    whole = {
        "status": status,
        "decided_by": desk.approver,
        "approved_scope_hash": asked.scope_hash,
        "runs_after": now,
        "expires_at": now,
    }

    assert refuses(lambda: rows.update(**(whole | {"decided_by": None})))
    assert refuses(lambda: rows.update(**(whole | {"approved_scope_hash": ""})))
    assert refuses(lambda: rows.update(**(whole | {"approved_scope_hash": "0" * 64})))
    assert refuses(lambda: rows.update(**(whole | {"scope_hash": "0" * 64})))
    assert not refuses(lambda: rows.update(**whole))
    assert refuses(lambda: rows.update(scope_hash="0" * 64)), "nor changes the scope afterwards"
    assert refuses(lambda: rows.update(decided_by=None))


def test_the_database_refuses_an_approval_without_its_times(desk):
    asked = desk.ask("v1")
    whole = {"status": Status.APPROVED, "decided_by": desk.approver, "approved_scope_hash": asked.scope_hash}

    assert refuses(lambda: DeletionRequest.objects.filter(pk=asked.pk).update(**whole))


def test_the_database_refuses_a_second_open_deletion_of_one_visitor(desk):
    desk.ask("v1")
    other = desk.ask("v2")

    assert refuses(lambda: DeletionVisitor.objects.create(request=other, visitor_id="v1"))
    assert refuses(lambda: DeletionVisitor.objects.filter(request=other).update(visitor_id="v1"))
    assert not refuses(lambda: DeletionVisitor.objects.create(request=other, visitor_id="v1", is_open=False))


def test_the_database_refuses_states_that_contradict_each_other(desk):
    rows = DeletionVisitor.objects.filter(request=desk.ask("v1"))

    assert refuses(lambda: rows.update(state="accepted")), "settled and open"
    assert refuses(lambda: rows.update(state="submitting", evidence_at=timezone.now(), is_open=False))
    assert refuses(lambda: rows.update(state="submitting")), "sent without evidence"


def test_the_database_refuses_two_calls_on_their_way_for_one_visitor(desk, clock):
    row = only_visitor(desk.running("v1"))
    row.calls.create(number=1, sent_at=clock.now)

    assert refuses(lambda: row.calls.create(number=2, sent_at=clock.now))
    assert refuses(lambda: row.calls.create(number=1, sent_at=clock.now, outcome="lost"))


def test_every_change_of_a_request_has_exactly_one_entry(desk, clock):
    asked = desk.ask("v1")
    before = AuditEntry.objects.count()

    desk.approve(asked)

    assert AuditEntry.objects.count() == before + 1
