"""Tags are added, removed, replaced: read, merged, written, and the first ones read back."""

import json

import httpx
import pytest

from dashboard.tagging import actions, policy
from dashboard.tagging.changes import CannotChange, Change, ChangeKind, from_bytes, put_back
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration import FingerprintClient
from fingerprint_integration.provider import override_client
from tests.dashboard.tagging.conftest import audit_of, calls, states_of

pytestmark = pytest.mark.django_db
both_versions = pytest.mark.parametrize("api_version", ["v4", "v3"])
ADD, REMOVE = ChangeKind.TAGS_ADD, ChangeKind.TAGS_REMOVE


@both_versions
def test_added_tags_stand_beside_those_that_were_there(job_of, visits, run_workers, sandbox):
    first, second = visits(2)
    first.tags, second.tags = {"a": 1, "ring": "old"}, None
    job = job_of([first, second], change=Change(ADD, {"ring": "autumn", "n": [1]}))

    run_workers()

    assert first.tags == {"a": 1, "ring": "autumn", "n": [1]}
    assert second.tags == {"ring": "autumn", "n": [1]}
    item = BulkItem.objects.get(job=job, position=1)
    assert from_bytes(bytes(item.before)) == {"a": 1, "ring": "old"}
    assert from_bytes(bytes(item.wanted)) == first.tags
    assert audit_of(job).count("event.tags_set") == 2


@both_versions
def test_removed_tags_are_gone_and_the_others_stay(job_of, visits, run_workers, sandbox):
    first, second = visits(2)
    first.tags, second.tags = {"a": 1, "b": 2, "c": 3}, {"x": 1}
    job = job_of([first, second], change=Change(REMOVE, ["a", "c", "z"]))

    run_workers()

    assert (first.tags, second.tags) == ({"b": 2}, {"x": 1})
    assert states_of(job) == ["applied", "already"]


def test_tags_that_would_become_too_large_are_not_sent(job_of, visits, run_workers, sandbox):
    event = visits(1)[0]
    event.tags = {"a": "x" * 10_000}
    job = job_of([event], change=Change(ADD, {"b": "y" * 10_000}))

    run_workers()

    assert states_of(job) == ["failed"]
    assert BulkItem.objects.get(job=job).code == policy.TAGS_TOO_LARGE
    assert calls(sandbox, "update_event") == 0


def test_a_lost_answer_to_merged_tags_is_asked_about_by_what_was_sent(job_of, visits, run_workers, sandbox, clock):
    event = visits(1)[0]
    event.tags = {"n": 1}
    job = job_of([event], change=Change(ADD, {"m": 2}))
    sandbox.faults.answer_lost(operation="update_event")
    run_workers()
    clock.advance(minutes=1)
    run_workers()

    item = BulkItem.objects.get(job=job)
    assert (item.state, item.answer_lost, item.sends) == ("applied", True, 1)
    assert from_bytes(bytes(item.before)) == {"n": 1}


@both_versions
def test_the_first_tags_are_read_back_and_only_they(job_of, visits, run_workers, sandbox):
    job = job_of(3, change=Change(ChangeKind.TAGS, {"a": 1}))

    run_workers()

    assert states_of(job) == ["applied"] * 3
    assert calls(sandbox, "get_event") == 4
    assert BulkJob.objects.get(pk=job.pk).tags_checked


@both_versions
def test_a_service_that_merges_what_it_should_replace_pauses_the_job(
    job_of, visits, run_workers, sandbox, api_version, analyst, clock
):
    events = visits(3)
    for event in events:
        event.tags = {"old": True}
    job = job_of(events, change=Change(ChangeKind.TAGS, {"new": True}))

    with override_client(_merging(sandbox, events, api_version)):
        run_workers()
        job.refresh_from_db()
        assert (job.state, job.paused_because) == ("paused", policy.TAGS_DIFFER)
        assert states_of(job) == ["applied", "waiting", "waiting"]
        assert audit_of(job)[1:] == ["event.tags_differ", "bulk_job.paused"]
        first = BulkItem.objects.get(job=job, position=1)
        assert (first.code, from_bytes(bytes(first.wanted))) == (policy.DIFFERS, {"old": True, "new": True})
        actions.resume_job(job_id=job.pk, by=analyst, now=clock.now)
        run_workers()

    assert states_of(job) == ["applied"] * 3, "whoever resumed had seen it"


def _merging(sandbox, events, api_version) -> FingerprintClient:
    """A Fingerprint that merges tags, whichever version."""
    name = "tags" if api_version == "v4" else "tag"

    def handle(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content or b"{}")
        if request.method in ("PATCH", "PUT") and name in body:
            event = next(each for each in events if each.event_id in request.url.path)
            merged = json.dumps({**body, name: {**event.tags, **body[name]}}).encode()
            headers = {key: value for key, value in request.headers.items() if key != "content-length"}
            request = httpx.Request(request.method, request.url, headers=headers, content=merged)
        return sandbox.handle(request)

    return FingerprintClient(
        "sandbox-secret-key", version=api_version, base_url="http://sandbox.test", transport=httpx.MockTransport(handle)
    )


@pytest.mark.parametrize(
    "field, before, wanted",
    [
        (ChangeKind.SUSPECT, b"null", False),
        (ChangeKind.SUSPECT, b"true", True),
        (ChangeKind.LINKED_ID, b'"acct"', "acct"),
        (ChangeKind.TAGS, b"null", {}),
        (ChangeKind.TAGS, b'{"a":1}', {"a": 1}),
    ],
)
def test_what_goes_back_is_what_was_there_as_near_as_the_service_lets_it(field, before, wanted):
    assert put_back(field, before) == Change(field, wanted)


@pytest.mark.parametrize(
    "field, before", [(ChangeKind.LINKED_ID, b"null"), (ChangeKind.TAGS, b"[1]"), (ChangeKind.TAGS, b"{")]
)
def test_what_cannot_go_back_says_so(field, before):
    with pytest.raises(CannotChange):
        put_back(field, before)
