"""What jobs tell others about a visitor, and how they forget one."""

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core import erasure, facts
from dashboard.tagging import actions, known
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from tests.dashboard.tagging.conftest import audit_of, calls, states_of

pytestmark = pytest.mark.django_db
CLEARED = Change(ChangeKind.SUSPECT, False)


def test_a_visitor_was_marked_by_somebody_for_a_reason(job_of, visits, run_workers, sandbox):
    first = visits(1)[0]
    events = [first, sandbox.world.visit(at=first.at + 1000, visitor_id=first.visitor_id)]
    job = job_of(events)
    run_workers()

    fact = known.about_marks([first.visitor_id])[0]

    assert fact.claim == "2 events marked suspect by Maya Brandt"
    assert "chargeback #881" in fact.more
    assert fact.url == f"/jobs/{job.pk}/"
    assert not fact.blocks_changes
    assert fact in facts.about([first.visitor_id])
    assert known.about_marks(["nobody"]) == []


def test_what_was_cleared_since_is_not_called_marked(job_of, visits, run_workers, clock, sandbox):
    event = visits(1)[0]
    job_of([event], form_token="a" * 20)
    run_workers()
    clock.advance(minutes=1)
    job_of([event], change=CLEARED, form_token="b" * 20)
    run_workers()

    assert known.about_marks([event.visitor_id]) == []


def test_a_job_that_only_waits_has_marked_nothing(job_of, visits):
    event = visits(1)[0]
    job_of([event])

    assert known.about_marks([event.visitor_id]) == []


def test_an_erased_visitor_is_gone_from_every_job(job_of, visits, run_workers, sandbox):
    gone, stays = visits(2)
    job = job_of([gone, stays], reason=f"{gone.visitor_id} did it")
    run_workers()

    counted = erasure.erase([gone.visitor_id], erased_by="D-0231")

    assert counted["items of jobs"] == 2
    rows = list(BulkItem.objects.filter(job=job).order_by("position").values_list("event_id", "visitor_id", "state"))
    assert rows == [("", "", "applied"), (stays.event_id, stays.visitor_id, "applied")]
    job.refresh_from_db()
    assert job.reason == ""
    assert bytes(job.wanted) == b"true"
    assert BulkItem.objects.get(job=job, position=1).before is None
    assert BulkItem.objects.get(job=job, position=2).before is not None


def test_what_still_waited_for_an_erased_visitor_is_never_sent(job_of, visits, run_workers, sandbox, clock):
    gone, stays = visits(2)
    job = job_of([gone, stays])
    in_hand = BulkItem.objects.filter(job=job).claim_next(now=clock.now)

    known.forget_visitors([gone.visitor_id], "D-0231")
    actions.apply_item(item=in_hand)
    run_workers()

    assert gone.suspect is None
    assert calls(sandbox, "update_event") == 1
    assert states_of(job) == ["skipped", "applied"]
    assert audit_of(job).count("event.not_changed") == 1
    for entry in AuditEntry.objects.filter(batch=job.name, kind="event.not_changed"):
        assert gone.event_id.encode() not in bytes(entry.body)
        assert b"D-0231" in bytes(entry.body)


def test_a_running_job_whose_value_named_an_erased_visitor_pauses(job_of, visits, run_workers, sandbox):
    gone, stays = visits(2)
    job = job_of([stays], change=Change(ChangeKind.TAGS, {"same as": gone.visitor_id}))
    job_of([gone], form_token="b" * 20)

    known.forget_visitors([gone.visitor_id], "D-0231")
    run_workers()

    job.refresh_from_db()
    assert (job.state, job.paused_because, job.is_erased) == ("paused", "value_erased", True)
    assert states_of(job) == ["waiting"]


def test_a_linked_id_set_for_erased_visitors_only_is_about_them(job_of, visits, run_workers, sandbox):
    both, one = visits(2)
    shared = job_of([both, one], change=Change(ChangeKind.LINKED_ID, "acct_shared"), form_token="a" * 20)
    alone = job_of([both], change=Change(ChangeKind.LINKED_ID, "acct_alone"), form_token="b" * 20)
    run_workers()

    known.forget_visitors([both.visitor_id], "D-0231")

    assert BulkJob.objects.get(pk=alone.pk).is_erased
    assert BulkJob.objects.get(pk=alone.pk).list_hash == ""
    assert BulkJob.objects.get(pk=shared.pk).list_hash
    assert not BulkJob.objects.get(pk=shared.pk).is_erased


def test_two_erased_events_of_one_job_do_not_collide(job_of, visits, run_workers, sandbox):
    first = visits(1)[0]
    events = [first, sandbox.world.visit(at=first.at + 1000, visitor_id=first.visitor_id)]
    job = job_of(events)

    known.forget_visitors([first.visitor_id], "D-0231")

    assert states_of(job) == ["skipped", "skipped"]
