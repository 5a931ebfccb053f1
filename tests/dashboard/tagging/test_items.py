"""What workers do: claim, note, call, settle."""

import json
from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.audit.models import AuditEntry
from dashboard.audit.queries import history_of_batch
from dashboard.core import facts
from dashboard.core.access import Role
from dashboard.core.facts import Fact, Weight
from dashboard.tagging import actions
from dashboard.tagging.changes import Change, ChangeKind, from_bytes
from dashboard.tagging.known import forget_visitors
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration import FingerprintClient
from fingerprint_integration.domain import EventChange
from fingerprint_integration.provider import override_client
from fingerprint_integration.services import writes
from tests.dashboard.tagging.conftest import SUSPECT, audit_of, calls, states_of
from tests.factories import person

pytestmark = pytest.mark.django_db
both_versions = pytest.mark.parametrize("api_version", ["v4", "v3"])


def client_over(handle) -> FingerprintClient:
    return FingerprintClient(
        "sandbox-secret-key", base_url="http://sandbox.test", transport=httpx.MockTransport(handle)
    )


def item_of(job: BulkJob) -> BulkItem:
    return BulkItem.objects.get(job=job)


def claimed(job: BulkJob, now) -> BulkItem:
    item = BulkItem.objects.filter(job=job).claim_next(now=now)
    assert item is not None
    return item


@both_versions
def test_a_job_marks_its_events_and_nothing_else(job_of, visits, run_workers, sandbox, analyst):
    chosen, other = visits(3), visits(1)[0]
    job = job_of(chosen)

    run_workers()

    assert [event.suspect for event in chosen] == [True, True, True]
    assert other.suspect is None
    assert states_of(job) == ["applied"] * 3
    assert audit_of(job) == ["bulk_job.started", *["event.suspect_set"] * 3, "bulk_job.finished"]
    line = history_of_batch(job.name, viewer=analyst)[1]
    assert line.text.startswith("Maya Brandt marked ")
    assert line.text.endswith(" suspect (was: not set).")
    assert line.reason is not None
    assert line.reason.text == "chargeback #881"
    assert line.ticket == "#881"


@both_versions
def test_linked_id_and_tags_are_set_and_what_was_there_is_kept(job_of, visits, run_workers, sandbox):
    event = visits(1, linked_id="acct_old", tags={"campaign": "autumn"})[0]
    was_linked, was_tags = event.linked_id, event.tags
    linked = job_of([event], change=Change(ChangeKind.LINKED_ID, "acct_⁠new"), form_token="a" * 20)
    tagged = job_of([event], change=Change(ChangeKind.TAGS, {"ring": ["a", 1, {"deep": None}]}), form_token="b" * 20)

    run_workers()

    assert event.linked_id == "acct_⁠new"
    assert event.tags == {"ring": ["a", 1, {"deep": None}]}
    assert from_bytes(bytes(item_of(linked).before)) == was_linked
    assert from_bytes(bytes(item_of(tagged).before)) == was_tags
    assert audit_of(linked) == ["bulk_job.started", "event.linked_id_set", "bulk_job.finished"]
    assert audit_of(tagged) == ["bulk_job.started", "event.tags_set", "bulk_job.finished"]


def test_personal_values_stand_beside_the_entry_and_not_in_it(job_of, run_workers, sandbox):
    job = job_of(1, change=Change(ChangeKind.LINKED_ID, "acct_88412"))
    run_workers()

    entry = AuditEntry.objects.get(kind="event.linked_id_set", batch=job.name)

    assert b"acct_88412" not in bytes(entry.body)
    assert "after" in json.loads(bytes(entry.body))["personal"]


@both_versions
def test_an_event_that_is_so_already_is_left_alone(job_of, visits, run_workers, sandbox):
    event = visits(1)[0]
    event.suspect = True
    job = job_of([event])

    run_workers()

    assert states_of(job) == ["already"]
    assert calls(sandbox, "update_event") == 0
    assert audit_of(job) == ["bulk_job.started", "event.not_changed", "bulk_job.finished"]


@both_versions
def test_equal_tags_in_another_order_are_so_already(job_of, visits, run_workers, sandbox):
    event = visits(1)[0]
    event.tags = {"b": 1, "a": {"y": [1, 2], "x": None}}
    job = job_of([event], change=Change(ChangeKind.TAGS, {"a": {"x": None, "y": [1, 2]}, "b": 1}))

    run_workers()

    assert states_of(job) == ["already"]


@both_versions
def test_setting_no_tags_on_an_event_without_any_is_so_already(job_of, visits, run_workers, sandbox):
    event = visits(1)[0]
    event.tags = {}
    job = job_of([event], change=Change(ChangeKind.TAGS, {}))

    run_workers()

    assert states_of(job) == ["already"]


def test_what_was_there_is_noted_before_the_change_is_sent(job_of, sandbox):
    job = job_of(1)
    seen = []

    def look(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            item = item_of(job)
            seen.append((item.state, bytes(item.before), item.sends))
        return sandbox.handle(request)

    client = FingerprintClient(
        "sandbox-secret-key", base_url="http://sandbox.test", transport=httpx.MockTransport(look)
    )
    with override_client(client):
        actions.apply_batch(job_id=job.pk)

    assert seen == [("sending", b"null", 1)]


@both_versions
def test_a_lost_answer_is_found_out_by_asking(job_of, visits, run_workers, sandbox, clock):
    event = visits(1)[0]
    job = job_of([event])
    sandbox.faults.answer_lost(operation="update_event")

    run_workers()
    assert states_of(job) == ["sending"]
    clock.advance(minutes=1)
    run_workers()

    item = item_of(job)
    assert (item.state, item.answer_lost, item.sends) == ("applied", True, 1)
    assert bytes(item.before) == b"null"
    assert calls(sandbox, "update_event") == 1
    assert audit_of(job) == ["bulk_job.started", "event.suspect_set", "bulk_job.finished"]


@both_versions
def test_a_call_that_never_arrived_is_sent_again_with_its_first_note(job_of, visits, run_workers, sandbox, clock):
    event = visits(1)[0]
    event.suspect = False
    job = job_of([event])
    sandbox.faults.cut(operation="update_event")

    run_workers()
    clock.advance(minutes=1)
    run_workers()

    item = item_of(job)
    assert (item.state, item.sends, bytes(item.before)) == ("applied", 2, b"false")
    assert event.suspect is True


def test_a_worker_that_died_between_note_and_call_is_taken_over(job_of, visits, run_workers, sandbox, clock):
    event = visits(1)[0]
    job = job_of([event])
    claimed(job, clock.now).note(state="sending", before=b"null", sends=1)

    run_workers()
    assert event.suspect is None, "the lease of the dead worker still runs"
    clock.advance(minutes=3)
    run_workers()

    assert event.suspect is True
    assert item_of(job).state == "applied"
    assert audit_of(job).count("event.suspect_set") == 1


def test_a_worker_that_died_between_call_and_settle_has_done_its_work(job_of, visits, run_workers, sandbox, clock):
    event = visits(1)[0]
    job = job_of([event])
    claimed(job, clock.now).note(state="sending", before=b"null", sends=1)
    writes.update_event(event_id=event.event_id, change=EventChange(suspect=True))

    clock.advance(minutes=3)
    run_workers()

    assert item_of(job).answer_lost
    assert calls(sandbox, "update_event") == 1
    assert audit_of(job).count("event.suspect_set") == 1


def test_a_worker_that_wakes_up_too_late_writes_nothing(job_of, visits, sandbox, clock):
    job = job_of(1)
    late = claimed(job, clock.now)
    clock.advance(minutes=3)
    faster = claimed(job, clock.now)

    actions.apply_item(item=late)
    assert states_of(job) == ["waiting"]
    actions.apply_item(item=faster)

    assert states_of(job) == ["applied"]
    assert audit_of(job).count("event.suspect_set") == 1


def test_a_visitor_under_deletion_is_left_out(job_of, visits, run_workers, sandbox, monkeypatch):
    blocked, free = visits(2)
    fact = Fact(blocked.visitor_id, Weight.DELETION, "Deletion asked", blocks_changes=True)
    monkeypatch.setattr(facts, "_sources", [lambda ids: [fact] if blocked.visitor_id in ids else []])
    job = job_of([blocked, free])

    run_workers()

    assert states_of(job) == ["skipped", "applied"]
    assert blocked.suspect is None
    assert audit_of(job)[1] == "event.not_changed"


@pytest.mark.parametrize("lost", ["deactivated", "without the role"])
def test_a_job_stops_when_its_asker_may_not_any_more(job_of, visits, run_workers, sandbox, clock, lost):
    asker = person(Role.FRAUD_ANALYST)
    job = job_of(2, by=asker)
    if lost == "deactivated":
        asker.is_active = False
        asker.save()
    else:
        asker.groups.clear()

    run_workers()

    job.refresh_from_db()
    assert (job.state, job.paused_because) == ("paused", "right_lost")
    assert calls(sandbox, "get_event") == 0
    assert audit_of(job) == ["bulk_job.started", "bulk_job.paused"]


def test_a_job_is_finished_once_with_its_counts(job_of, visits, run_workers, sandbox, clock, analyst):
    marked, plain = visits(2)
    marked.suspect = True
    job = job_of([marked, plain])
    run_workers()
    actions.finish_job(job_id=job.pk)
    actions.finish_job(job_id=job.pk)

    assert audit_of(job).count("bulk_job.finished") == 1
    assert "1 changed, 1 were so already, 0 skipped, 0 failed" in history_of_batch(job.name, viewer=analyst)[0].text


def test_a_job_that_only_lacks_its_end_is_ended_by_the_sweep(job_of, run_workers, sandbox, clock):
    job = job_of(1)
    actions.apply_item(item=claimed(job, clock.now))
    job.refresh_from_db()
    assert job.state == "running"

    run_workers()

    job.refresh_from_db()
    assert job.state == "finished"


def test_a_batch_leaves_a_job_to_the_worker_that_is_at_it(job_of, sandbox, clock, django_capture_on_commit_callbacks):
    job = job_of(3)
    claimed(job, clock.now)
    BulkJob.objects.filter(pk=job.pk).update(rest_until=clock.now + timedelta(seconds=5))

    with django_capture_on_commit_callbacks() as wakes:
        actions.apply_batch(job_id=job.pk)
    assert wakes == []
    clock.advance(seconds=20)
    assert list(BulkJob.objects.stalled(clock.now)) == [job], "a dead worker holds up its job no longer"


def test_hostile_values_of_an_event_are_kept_as_they_are(job_of, visits, run_workers, sandbox):
    marks = ("\x00", "\ud800", "<script", "\u202e")
    hostile = [visits(1, linked_id=f"a{mark}z", tags={f"k{mark}": f"v{mark}", "n": 10**400})[0] for mark in marks]
    linked = job_of(hostile, change=Change(ChangeKind.LINKED_ID, "clean"), form_token="l" * 20)
    tagged = job_of(hostile, change=Change(ChangeKind.TAGS, {"clean": True}), form_token="t" * 20)

    run_workers()

    assert set(states_of(linked)) == {"applied"}
    assert set(states_of(tagged)) == {"applied"}


def test_the_change_is_what_the_job_says_even_when_it_is_sent_twice(job_of, visits, sandbox):
    assert SUSPECT.for_fingerprint == EventChange(suspect=True)
    assert Change(ChangeKind.SUSPECT, False).for_fingerprint == EventChange(suspect=False)


# -- Claims of many ------------------------------------------------------------------------------------------------


def test_claiming_costs_less_than_a_statement_an_event(job_of, sandbox):
    job = job_of(20)

    with CaptureQueriesContext(connection) as queries:
        actions.apply_batch(job_id=job.pk)

    claims = [query["sql"] for query in queries if "UPDATE" in query["sql"] and '"attempts" + 1' in query["sql"]]
    assert states_of(job) == ["applied"] * 20
    assert len(claims) == 2, "each is one UPDATE and the SELECT before it"


@both_versions
def test_what_a_worker_does_not_reach_is_given_back_untried(job_of, sandbox, api_version):
    job = job_of(3)
    sandbox.faults.rate_limited(retry_after=40, operation="get_event")

    actions.apply_batch(job_id=job.pk)

    rows = BulkItem.objects.filter(job=job).values_list("state", "attempts", "lease_token", "sends")
    assert set(rows) == {("waiting", 0, "", 0)}


def test_an_unreached_event_whose_visitor_is_erased_is_not_even_asked_for(job_of, visits, sandbox):
    events = visits(2)
    job = job_of(events)
    asked = []

    def erase_the_second(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.method == "PATCH":
            forget_visitors([events[1].visitor_id], "D-0231")
        return sandbox.handle(request)

    with override_client(client_over(erase_the_second)):
        actions.apply_batch(job_id=job.pk)

    assert states_of(job) == ["applied", "skipped"]
    assert not [path for path in asked if events[1].event_id in path]


def test_a_lease_that_runs_out_in_the_middle_of_a_claim_leaves_the_event_to_the_next_worker(job_of, sandbox, clock):
    job = job_of(2)
    first, second = BulkItem.objects.filter(job=job).claim_many(2, now=clock.now)
    actions.apply_item(item=first)
    clock.advance(minutes=3)
    took_over = BulkItem.objects.filter(job=job).claim_many(2, now=clock.now)

    actions.apply_item(item=second)

    assert took_over == [second]
    assert states_of(job) == ["applied", "waiting"]
    assert calls(sandbox, "update_event") == 1
    actions.apply_item(item=took_over[0])
    assert states_of(job) == ["applied", "applied"]
    assert audit_of(job).count("event.suspect_set") == 2
