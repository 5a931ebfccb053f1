"""What people do with a job: start it once, pause, resume, cancel, each within their right."""

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core import facts
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.core.facts import Fact, Weight
from dashboard.tagging import actions, policy
from dashboard.tagging.actions.lists import Chosen, hash_of
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from tests.dashboard.tagging.conftest import SUSPECT, audit_of, calls, states_of
from tests.factories import person

pytestmark = pytest.mark.django_db


def start(by, chosen, now, **changes):
    said = {
        "change": SUSPECT,
        "chosen": chosen,
        "list_hash": hash_of([each.event_id for each in chosen]),
        "reason": "ring",
        "ticket": "",
        "form_token": "t" * 24,
        "by": by,
        "now": now,
    }
    return actions.start_job(**(said | changes))


def test_a_double_click_starts_one_job(analyst, clock):
    chosen = [Chosen("1.a"), Chosen("1.b")]

    first, second = start(analyst, chosen, clock.now), start(analyst, chosen, clock.now)

    assert first == second
    assert BulkJob.objects.count() == 1
    assert BulkItem.objects.count() == 2
    assert audit_of(first) == ["bulk_job.started"]


def test_the_same_form_sent_with_something_else_is_not_taken_for_a_double_click(analyst, clock):
    start(analyst, [Chosen("1.a")], clock.now)

    with pytest.raises(NotPossible, match="has started J-"):
        start(analyst, [Chosen("1.a")], clock.now, change=Change(ChangeKind.SUSPECT, False))


def test_two_people_may_hold_the_same_token(analyst, lead, clock):
    assert start(analyst, [Chosen("1.a")], clock.now) != start(lead, [Chosen("1.a")], clock.now)


def test_what_was_not_shown_is_not_changed(analyst, clock):
    with pytest.raises(NotPossible, match="not the one that was shown"):
        start(analyst, [Chosen("1.a"), Chosen("1.b")], clock.now, list_hash=hash_of(["1.a"]))

    assert not BulkJob.objects.exists()


@pytest.mark.parametrize("count", [0, policy.TYPED_ABOVE + 1])
def test_one_click_changes_at_least_one_event_and_not_too_many(analyst, clock, count):
    with pytest.raises(NotPossible, match="1 to 100"):
        start(analyst, [Chosen(f"1.{number}") for number in range(count)], clock.now)


def test_a_job_of_blocked_visitors_only_is_refused(analyst, clock, monkeypatch):
    monkeypatch.setattr(
        facts, "_sources", [lambda ids: [Fact(each, Weight.HOLD, "Legal hold", blocks_changes=True) for each in ids]]
    )

    with pytest.raises(Refused, match="deletion or a legal hold") as refused:
        start(analyst, [Chosen("1.a", "v1"), Chosen("1.b", "v2")], clock.now)

    assert refused.value.kind.code == "bulk_job.refused"
    assert not BulkJob.objects.exists()


def test_the_list_is_frozen_in_its_order(analyst, clock):
    job = start(analyst, [Chosen("3.c"), Chosen("1.a"), Chosen("2.b")], clock.now)

    assert list(job.items.order_by("position").values_list("event_id", flat=True)) == ["3.c", "1.a", "2.b"]
    assert job.list_hash == hash_of(["3.c", "1.a", "2.b"])
    assert job.count == 3


def test_nothing_is_sent_while_a_job_is_paused(job_of, run_workers, analyst, sandbox, clock):
    job = job_of(3)
    actions.pause_job_by_hand(job_id=job.pk, by=analyst, now=clock.now)

    run_workers()
    actions.apply_batch(job_id=job.pk)
    assert calls(sandbox, "get_event") == 0
    actions.resume_job(job_id=job.pk, by=analyst, now=clock.now)
    run_workers()

    assert states_of(job) == ["applied"] * 3
    assert audit_of(job)[:3] == ["bulk_job.started", "bulk_job.paused_by_person", "bulk_job.resumed"]


def test_an_event_in_hand_but_not_noted_is_taken_back_by_a_pause(job_of, analyst, sandbox, clock):
    job = job_of(1)
    item = BulkItem.objects.filter(job=job).claim_next(now=clock.now)
    actions.pause_job_by_hand(job_id=job.pk, by=analyst, now=clock.now)

    actions.apply_item(item=item)

    assert calls(sandbox, "update_event") == 0
    assert states_of(job) == ["waiting"]


def test_cancelling_leaves_the_rest_as_it_is(job_of, visits, run_workers, analyst, sandbox, clock):
    events = visits(3)
    job = job_of(events)
    actions.apply_item(item=BulkItem.objects.filter(job=job).claim_next(now=clock.now))
    in_hand = BulkItem.objects.filter(job=job).claim_next(now=clock.now)

    assert actions.cancel_job(job_id=job.pk, by=analyst, now=clock.now) == 2
    actions.apply_item(item=in_hand)
    run_workers()

    assert [event.suspect for event in events] == [True, None, None]
    assert states_of(job) == ["applied", "cancelled", "cancelled"]
    assert audit_of(job) == ["bulk_job.started", "event.suspect_set", "bulk_job.cancelled"]


@pytest.mark.parametrize("arrived", [True, False])
def test_an_event_that_was_sent_before_the_cancelling_is_asked_about(
    job_of, visits, run_workers, analyst, sandbox, clock, arrived
):
    event = visits(1)[0]
    job = job_of([event])
    (sandbox.faults.answer_lost if arrived else sandbox.faults.cut)(operation="update_event")
    run_workers()
    actions.cancel_job(job_id=job.pk, by=analyst, now=clock.now)

    clock.advance(minutes=5)
    run_workers()

    assert states_of(job) == (["applied"] if arrived else ["cancelled"])
    assert event.suspect is (True if arrived else None)
    assert calls(sandbox, "update_event") == 1
    assert audit_of(job)[-1] == ("event.suspect_set" if arrived else "event.not_changed")


def test_a_refused_key_does_not_keep_a_cancelled_job_turning(job_of, run_workers, analyst, sandbox, clock):
    job = job_of(1)
    sandbox.faults.answer_lost(operation="update_event")
    run_workers()
    actions.cancel_job(job_id=job.pk, by=analyst, now=clock.now)
    sandbox.faults.add("answer", times=None, status=403, body='{"error":{"code":"wrong_region","message":"x"}}')

    clock.advance(minutes=5)
    run_workers()

    assert audit_of(job)[-1] == "event.change_unknown"


@pytest.mark.parametrize("act", ["pause_job_by_hand", "resume_job", "cancel_job"])
def test_a_job_of_another_person_is_for_leads_only(job_of, lead, clock, act):
    job = job_of(1)
    if act == "resume_job":
        actions.pause_job_by_hand(job_id=job.pk, by=lead, now=clock.now)

    with pytest.raises(Refused, match="Maya Brandt") as refused:
        getattr(actions, act)(job_id=job.pk, by=person(Role.FRAUD_ANALYST), now=clock.now)
    assert refused.value.status == 403
    getattr(actions, act)(job_id=job.pk, by=lead, now=clock.now)


@pytest.mark.parametrize(
    "act, sentence",
    [("resume_job", "is running now"), ("pause_job_by_hand", "is paused now"), ("cancel_job", "is cancelled now")],
)
def test_what_cannot_be_done_now_says_why(job_of, analyst, clock, act, sentence):
    job = job_of(1)
    before = {"pause_job_by_hand": actions.pause_job_by_hand, "cancel_job": actions.cancel_job}.get(act)
    if before:
        before(job_id=job.pk, by=analyst, now=clock.now)
    entries = AuditEntry.objects.count()

    with pytest.raises(NotPossible, match=sentence):
        getattr(actions, act)(job_id=job.pk, by=analyst, now=clock.now)

    assert AuditEntry.objects.count() == entries


def test_a_job_is_not_resumed_for_somebody_who_may_not_change_events(job_of, lead, run_workers, clock):
    asker = person(Role.FRAUD_ANALYST)
    job = job_of(1, by=asker)
    asker.groups.clear()
    run_workers()

    with pytest.raises(Refused, match="may not change events any more"):
        actions.resume_job(job_id=job.pk, by=lead, now=clock.now)


def test_starting_wakes_the_workers_after_the_commit(
    job_of, sandbox, valkey_server, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job_of(1)

    assert valkey_server.client().llen("work") == 1
