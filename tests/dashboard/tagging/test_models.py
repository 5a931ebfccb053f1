"""What the database itself refuses about a job, whatever the code above it does."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from dashboard.tagging import known
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkJob

pytestmark = pytest.mark.django_db
State = BulkJob.State


@pytest.fixture
def draft(analyst, clock) -> BulkJob:
    return BulkJob.objects.create(
        asked_by=analyst, form_token="d" * 20, state=State.COLLECTING, created_at=clock.now, running_since=clock.now
    )


def update(job: BulkJob, **changes) -> None:
    with transaction.atomic():
        BulkJob.objects.filter(pk=job.pk).update(**changes)


def test_a_draft_is_nothing_for_workers_and_nothing_of_it_was_erased(draft, clock):
    assert draft.is_draft
    assert not draft.is_erased
    assert not BulkJob.objects.at_work().filter(pk=draft.pk).exists()


@pytest.mark.parametrize("state", [State.APPROVAL, State.RUNNING, State.PAUSED])
def test_nothing_goes_on_that_nobody_confirmed(draft, state):
    with pytest.raises(IntegrityError, match="tagging_nothing_runs_unconfirmed"):
        update(draft, state=state, change_kind=ChangeKind.SUSPECT, wanted=b"true", count=1)


def test_an_empty_list_cannot_be_run(draft, clock):
    with pytest.raises(IntegrityError, match="tagging_nothing_runs_unconfirmed"):
        update(draft, state=State.RUNNING, change_kind=ChangeKind.SUSPECT, confirmed_at=clock.now)


def test_a_job_for_two_people_runs_only_with_somebody_else_behind_it(job_of, analyst, lead, clock):
    job = job_of(1)
    second = "tagging_second_person_is_another"
    with pytest.raises(IntegrityError, match=second):
        update(job, needs_approval=True)
    with pytest.raises(IntegrityError, match=second):
        update(job, needs_approval=True, approved_by=analyst, approved_at=clock.now)
    with pytest.raises(IntegrityError, match=second):
        update(job, needs_approval=True, approved_by=lead)

    update(job, needs_approval=True, state=State.APPROVAL)
    update(job, state=State.RUNNING, approved_by=lead, approved_at=clock.now)


def test_erasing_whom_a_draft_names_takes_back_its_confirmation(job_of, visits, clock):
    event = visits(1)[0]
    job = job_of([event], change=Change(ChangeKind.LINKED_ID, f"about {event.visitor_id}"))
    update(job, needs_approval=True, state=State.APPROVAL, confirmed_at=clock.now - timedelta(hours=1))

    known.forget_visitors([event.visitor_id], "Ana Ruiz")

    job.refresh_from_db()
    assert (job.state, job.change_kind, bytes(job.wanted), job.confirmed_at) == (State.READY, "", b"", None)
