"""Undo puts back what each event had, is a job of its own, and leaves alone what somebody changed since."""

from collections.abc import Callable

import pytest

from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.tagging import actions, policy, previews
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.known import about_marks
from dashboard.tagging.models import BulkItem, BulkJob
from tests.dashboard.tagging.conftest import SUSPECT, audit_of, calls, states_of
from tests.factories import person

pytestmark = pytest.mark.django_db
both_versions = pytest.mark.parametrize("api_version", ["v4", "v3"])
State = BulkJob.State


@pytest.fixture
def undo(analyst, clock, run_workers) -> Callable[..., BulkJob]:
    """`undo(job)`: opened, confirmed and run; gives the job that did it."""

    def put_back(job: BulkJob, *, by=None, run=True, **more) -> BulkJob:
        draft = actions.open_undo(job_id=job.pk, by=by or analyst, now=clock.now, **more)
        if draft.state == State.COLLECTING:
            actions.collect(job_id=draft.pk)
            draft.refresh_from_db()
        actions.confirm_job(
            job_id=draft.pk, list_hash=draft.list_hash, change=None, reason="wrong ring", ticket="#881",
            typed=draft.count, by=by or analyst, now=clock.now,
        )  # fmt: skip
        if run:
            run_workers()
        clock.advance(seconds=1)
        draft.refresh_from_db()
        return draft

    return put_back


@both_versions
def test_every_event_gets_back_what_it_had(job_of, visits, run_workers, undo, sandbox, clock):
    marked, cleared, never = visits(3)
    marked.suspect, cleared.suspect = True, False
    job = job_of([marked, cleared, never], change=Change(ChangeKind.SUSPECT, True))
    run_workers()
    clock.advance(seconds=1)

    undone = undo(job)

    assert (marked.suspect, cleared.suspect, never.suspect) == (True, False, False)
    assert states_of(job) == ["already", "applied", "applied"]
    assert states_of(undone) == ["applied", "applied"], "what was so already was not changed, so it is not put back"
    assert undone.state == State.FINISHED
    assert audit_of(undone) == [
        "bulk_job.list_begun", "bulk_job.listed", "bulk_job.started", *["event.suspect_set"] * 2, "bulk_job.finished",
    ]  # fmt: skip


@both_versions
def test_linked_ids_and_tags_go_back_and_an_undo_can_be_undone(job_of, visits, run_workers, undo, sandbox, clock):
    events = [*visits(1, linked_id="acct_1"), *visits(1, linked_id="acct_2")]
    events[0].tags, events[1].tags = {"a": [1, 2]}, None
    linked = job_of(events, change=Change(ChangeKind.LINKED_ID, "acct_new"), form_token="l" * 24)
    tagged = job_of(events, change=Change(ChangeKind.TAGS_ADD, {"b": 1}), form_token="t" * 24)
    run_workers()
    clock.advance(seconds=1)
    assert (events[0].linked_id, events[0].tags) == ("acct_new", {"a": [1, 2], "b": 1})

    first, second = undo(linked), undo(tagged)
    assert [event.linked_id for event in events] == ["acct_1", "acct_2"]
    assert (events[0].tags, events[1].tags or {}) == ({"a": [1, 2]}, {})

    undo(first)
    undo(second)
    assert [event.linked_id for event in events] == ["acct_new", "acct_new"]
    assert (events[0].tags, events[1].tags) == ({"a": [1, 2], "b": 1}, {"b": 1})


def test_a_linked_id_that_was_not_there_stays_and_the_row_says_why(job_of, visits, run_workers, undo, sandbox, clock):
    event = visits(1)[0]
    event.linked_id = None
    job = job_of([event], change=Change(ChangeKind.LINKED_ID, "acct_new"))
    run_workers()
    assert previews.outlook(job).never_set == 1

    undone = undo(job)

    assert event.linked_id == "acct_new"
    assert BulkItem.objects.get(job=undone).code == policy.CANNOT_EMPTY


@both_versions
def test_what_somebody_changed_since_is_left_alone_unless_chosen(
    job_of, visits, run_workers, undo, sandbox, clock, lead
):
    here, elsewhere, untouched = events = visits(3)
    for event in events:
        event.suspect = False
    job = job_of(events)
    run_workers()
    clock.advance(seconds=1)
    job_of([here], change=Change(ChangeKind.SUSPECT, False), by=lead)
    run_workers()
    elsewhere.suspect = None  # by another tool
    clock.advance(seconds=1)

    outlook = previews.outlook(job)
    assert (outlook.count, outlook.going_back, outlook.conflict_count, outlook.never_set) == (3, 2, 1, 0)
    assert outlook.conflicts[0].job.asked_by == lead
    first = undo(job)
    assert [item.code for item in first.items.order_by("position")] == ["", policy.CHANGED_SINCE, ""]
    assert states_of(first) == ["already", "skipped", "applied"]

    elsewhere.suspect = None
    second = undo(job, overwrites=True)
    assert states_of(second) == ["applied"]
    assert elsewhere.suspect is False


def test_what_is_left_alone_is_not_counted_among_what_becomes_something_else(
    job_of, visits, run_workers, clock, lead, analyst
):
    here, earlier, *_rest = events = visits(4)
    job_of([earlier], change=Change(ChangeKind.SUSPECT, False), by=lead)
    run_workers()
    clock.advance(seconds=1)
    job = job_of([here, *events[2:]])
    run_workers()
    clock.advance(seconds=1)
    job_of([here], change=Change(ChangeKind.SUSPECT, False), by=lead)
    job_of([events[2]], change=Change(ChangeKind.TAGS, {"a": 1}), by=lead, form_token="t" * 24)
    run_workers()

    outlook = previews.outlook(job)
    assert (outlook.count, outlook.conflict_count, outlook.never_set) == (3, 1, 2)
    draft = actions.open_undo(job_id=job.pk, overwrites=True, by=analyst, now=clock.now)
    assert previews.outlook(job, draft=draft).never_set == 3


def test_only_the_chosen_events_go_back(job_of, visits, run_workers, undo, sandbox, clock):
    events = visits(3)
    job = job_of(events)
    run_workers()
    chosen = list(job.items.order_by("position").values_list("pk", flat=True))[1:2]
    clock.advance(seconds=1)

    undo(job, item_ids=chosen)
    assert [event.suspect for event in events] == [True, False, True]

    rest = undo(job)
    assert rest.count == 2
    with pytest.raises(NotPossible, match=r"Nothing of J-\d+ is left"):
        undo(job)


def test_items_of_another_job_are_not_put_back(job_of, visits, run_workers, undo, sandbox):
    job, other = job_of(1, form_token="a" * 24), job_of(1, form_token="b" * 24)
    run_workers()

    with pytest.raises(NotPossible):
        undo(job, item_ids=[other.items.get().pk])


def test_the_undo_of_a_large_job_is_collected_by_a_worker(job_of, run_workers, undo, sandbox, clock, monkeypatch):
    monkeypatch.setattr(policy, "MOST_AT_ONCE", 5)
    job = job_of(12)
    run_workers()
    clock.advance(seconds=1)
    monkeypatch.setattr("dashboard.tagging.actions.collecting._ROWS_A_PIECE", 5)

    undone = undo(job)

    assert states_of(undone) == ["applied"] * 12


def test_a_job_is_undone_when_it_is_over_and_by_who_may(job_of, run_workers, undo, sandbox, clock, lead):
    job = job_of(1)
    with pytest.raises(NotPossible, match="is running now"):
        undo(job)
    run_workers()
    with pytest.raises(Refused, match="Only Maya Brandt or a fraud lead may undo"):
        undo(job, by=person(Role.FRAUD_ANALYST))

    assert undo(job, by=lead).state == State.FINISHED


def test_the_friction_of_an_undo_is_that_of_its_size(job_of, run_workers, analyst, sandbox, clock, settings):
    settings.JOB_SECOND_PERSON_ABOVE = 2
    job = job_of(3)
    run_workers()
    draft = actions.open_undo(job_id=job.pk, by=analyst, now=clock.now)

    confirmed = actions.confirm_job(
        job_id=draft.pk, list_hash=draft.list_hash, change=None, reason="x", ticket="", typed=None, by=analyst,
        now=clock.now,
    )  # fmt: skip

    assert confirmed.state == State.APPROVAL


def test_one_click_is_taken_back_by_one_click(job_of, visits, run_workers, analyst, sandbox, clock):
    waiting, changed = visits(2)
    early = job_of([waiting], form_token="a" * 24)
    assert actions.take_back(job_id=early.pk, by=analyst, now=clock.now) == early
    late = job_of([changed], form_token="b" * 24)
    run_workers()

    undone = actions.take_back(job_id=late.pk, by=analyst, now=clock.now)
    run_workers()

    assert (waiting.suspect, changed.suspect) == (None, False)
    assert undone.undoes == late
    with pytest.raises(NotPossible, match="changed several events"):
        actions.take_back(job_id=job_of(2, form_token="c" * 24).pk, by=analyst, now=clock.now)


def test_a_mark_that_was_put_back_is_no_fact_any_more(job_of, visits, run_workers, undo, sandbox, clock):
    event = visits(1)[0]
    job = job_of([event], change=SUSPECT)
    run_workers()
    clock.advance(seconds=1)
    assert len(about_marks([event.visitor_id])) == 1

    undo(job)

    assert about_marks([event.visitor_id]) == []


def test_failed_events_are_tried_again_and_the_job_finishes_again(job_of, visits, run_workers, analyst, sandbox, clock):
    event, gone = visits(2)
    sandbox.faults.add("answer", times=1, operation="get_event", status=404, body="{}")
    job = job_of([event, gone])
    run_workers()
    assert states_of(job) == ["failed", "applied"]

    assert actions.retry_failed(job_id=job.pk, by=analyst, now=clock.now) == 1
    run_workers()

    job.refresh_from_db()
    assert (job.state, states_of(job)) == (State.FINISHED, ["applied", "applied"])
    assert audit_of(job)[-3:] == ["bulk_job.retried", "event.suspect_set", "bulk_job.finished"]
    with pytest.raises(NotPossible, match="would come out differently"):
        actions.retry_failed(job_id=job.pk, by=analyst, now=clock.now)
    assert calls(sandbox, "update_event") == 2
