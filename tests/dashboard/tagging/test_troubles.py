"""What every error of Fingerprint means for an event and its job: later, never, or not before somebody looks."""

from datetime import timedelta

import pytest

from dashboard.tagging import actions, policy
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from tests.dashboard.tagging.conftest import audit_of, states_of

pytestmark = pytest.mark.django_db
both_versions = pytest.mark.parametrize("api_version", ["v4", "v3"])


def item_of(job: BulkJob) -> BulkItem:
    return BulkItem.objects.get(job=job)


def claimed(job: BulkJob, now) -> BulkItem:
    item = BulkItem.objects.filter(job=job).claim_next(now=now)
    assert item is not None
    return item


@both_versions
def test_an_event_that_is_too_fresh_is_tried_again(job_of, visits, run_workers, sandbox, clock):
    event = visits(1)[0]
    job = job_of([event])
    sandbox.faults.not_ready(operation="update_event", times=2)

    run_workers()
    item = item_of(job)
    assert (item.state, item.code, item.before) == ("waiting", "too_new", None)
    assert item.next_attempt_at > clock.now
    assert audit_of(job) == ["bulk_job.started"], "only what becomes final is written down"
    for _ in range(2):
        clock.advance(seconds=30)
        run_workers()

    assert event.suspect is True


def test_an_event_that_stays_too_fresh_is_given_up(job_of, run_workers, sandbox, clock):
    job = job_of(1)
    sandbox.faults.not_ready(operation="update_event", times=None)

    for _ in range(policy.MOST_ATTEMPTS):
        run_workers()
        clock.advance(hours=1)

    assert item_of(job).code == "too_new"
    assert audit_of(job) == ["bulk_job.started", "event.not_changed", "bulk_job.finished"]


@both_versions
def test_a_rate_limited_job_rests_as_long_as_it_was_asked_to(job_of, visits, run_workers, sandbox, clock):
    events = visits(2)
    job = job_of(events)
    sandbox.faults.rate_limited(retry_after=30, operation="update_event")

    run_workers()
    assert [event.suspect for event in events] == [None, None]
    job.refresh_from_db()
    assert job.rest_until >= clock.now + timedelta(seconds=25)
    clock.advance(seconds=20)
    run_workers()
    assert [event.suspect for event in events] == [None, None]
    clock.advance(seconds=20)
    run_workers()

    assert [event.suspect for event in events] == [True, True]
    assert audit_of(job).count("event.suspect_set") == 2


def test_being_asked_to_slow_down_is_no_try(job_of, run_workers, sandbox, clock):
    job = job_of(1)
    sandbox.faults.rate_limited(operation="get_event", times=policy.MOST_ATTEMPTS + 2)

    for _ in range(policy.MOST_ATTEMPTS + 3):
        run_workers()
        clock.advance(minutes=20)

    assert states_of(job) == ["applied"]


def test_an_outage_rests_the_job_instead_of_failing_one_event_after_another(job_of, run_workers, sandbox, clock):
    job = job_of(3)
    outage = sandbox.faults.unavailable(times=None)

    for _ in range(5):
        run_workers()
        clock.advance(minutes=2)
    assert set(states_of(job)) == {"waiting"}
    sandbox.faults.remove(outage.fault)
    clock.advance(hours=1)
    run_workers()

    assert states_of(job) == ["applied"] * 3
    job.refresh_from_db()
    assert (job.troubles, job.rest_until) == (0, None)


def test_without_any_answer_nothing_was_sent_and_the_event_is_given_up(job_of, run_workers, sandbox, clock):
    job = job_of(1)
    sandbox.faults.unavailable(times=None)

    for _ in range(policy.MOST_ATTEMPTS + 1):
        run_workers()
        clock.advance(hours=1)

    assert (item_of(job).state, item_of(job).code) == ("failed", "no_answer")
    assert audit_of(job) == ["bulk_job.started", "event.not_changed", "bulk_job.finished"]


def test_a_change_that_is_never_answered_ends_in_asking_once_more(job_of, visits, run_workers, sandbox, clock):
    event = visits(1)[0]
    job = job_of([event])
    sandbox.faults.gateway_timeout(operation="update_event", times=None)

    for _ in range(policy.MOST_ATTEMPTS + 2):
        run_workers()
        clock.advance(hours=1)

    assert (item_of(job).state, item_of(job).code) == ("failed", "not_changed")
    assert event.suspect is None


def test_when_even_asking_gets_no_answer_the_entry_says_that_nobody_knows(job_of, run_workers, sandbox, clock):
    job = job_of(1)
    sandbox.faults.answer_lost(operation="update_event")
    run_workers()
    sandbox.faults.unavailable(times=None)

    for _ in range(policy.MOST_ATTEMPTS + 1):
        clock.advance(hours=1)
        run_workers()

    assert item_of(job).code == "not_known"
    assert audit_of(job) == ["bulk_job.started", "event.change_unknown", "bulk_job.finished"]


@both_versions
def test_an_unknown_event_is_gone(job_of, visits, run_workers, sandbox):
    event = visits(1)[0]
    job = job_of([event])
    sandbox.world._remove(event)

    run_workers()

    assert (item_of(job).state, item_of(job).code) == ("failed", "gone")


@both_versions
def test_an_event_past_the_age_limit_is_too_old(job_of, visits, run_workers, sandbox, clock):
    job = job_of(visits(1, days_ago=40))

    run_workers()

    assert (item_of(job).state, item_of(job).code) == ("failed", "too_old")


@both_versions
def test_a_refused_key_pauses_the_job_with_a_sentence(job_of, visits, run_workers, sandbox, clock, api_version):
    job = job_of(2)
    refused = sandbox.faults.add(
        "answer",
        times=None,
        status=403,
        body='{"error":{"code":"%s","message":"wrong region"}}'
        % ("wrong_region" if api_version == "v4" else "WrongRegion"),
    )

    run_workers()

    job.refresh_from_db()
    assert (job.state, job.paused_because) == ("paused", "wrong_region")
    assert "another region" in policy.pause_sentence(job.paused_because)
    assert states_of(job) == ["waiting", "waiting"]
    assert audit_of(job) == ["bulk_job.started", "bulk_job.paused"]

    sandbox.faults.remove(refused.fault)
    actions.resume_job(job_id=job.pk, by=job.asked_by, now=clock.now)
    run_workers()
    assert states_of(job) == ["applied", "applied"]


def test_a_value_fingerprint_does_not_take_fails_that_event(job_of, run_workers, sandbox):
    job = job_of(1, change=Change(ChangeKind.LINKED_ID, "x" * 300))

    run_workers()

    assert (item_of(job).state, item_of(job).code) == ("failed", "invalid")
