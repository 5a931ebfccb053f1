"""A large job waits for a second person, who is never the one that asked for it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.notices.models import Notice
from dashboard.tagging import actions, queries
from dashboard.tagging.models import BulkJob
from tests.dashboard.tagging.conftest import audit_of, confirm, states_of
from tests.factories import PASSWORD, person

pytestmark = pytest.mark.django_db
State = BulkJob.State


@pytest.fixture
def waiting(list_of, visits, analyst, sandbox, clock, settings) -> BulkJob:
    """A job that waits for a second person."""
    settings.JOB_SECOND_PERSON_ABOVE = 2
    return confirm(list_of(visits(3)), analyst, clock.now)


def test_a_large_job_runs_after_a_second_person_approved_it(waiting, run_workers, lead, sandbox, clock):
    assert waiting.state == State.APPROVAL
    run_workers()
    actions.apply_batch(job_id=waiting.pk)
    assert not sandbox.requests

    actions.approve_job(
        job_id=waiting.pk, list_hash=waiting.list_hash, by=lead, password_given_at=clock.now, now=clock.now
    )
    run_workers()

    assert states_of(waiting) == ["applied"] * 3
    assert audit_of(waiting)[2:4] == ["bulk_job.confirmed", "bulk_job.approved"]


@pytest.mark.parametrize("roles", [(Role.FRAUD_ANALYST,), (Role.FRAUD_ANALYST, Role.FRAUD_LEAD)])
def test_nobody_is_the_second_person_for_their_own_job(waiting, analyst, sandbox, clock, roles):
    analyst.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in roles])
    asker = type(analyst).objects.get(pk=analyst.pk)

    with pytest.raises(Refused) as refused:
        actions.approve_job(
            job_id=waiting.pk, list_hash=waiting.list_hash, by=asker, password_given_at=clock.now, now=clock.now
        )

    assert refused.value.status == 403
    assert BulkJob.objects.get(pk=waiting.pk).state == State.APPROVAL


def test_another_analyst_is_no_second_person(waiting, sandbox, clock):
    with pytest.raises(Refused, match="Only a fraud lead"):
        actions.approve_job(
            job_id=waiting.pk,
            list_hash=waiting.list_hash,
            by=person(Role.FRAUD_ANALYST),
            password_given_at=clock.now,
            now=clock.now,
        )


@pytest.mark.parametrize("new", ["role_since", "password_by_link_at"])
def test_a_new_role_and_a_password_from_somebody_elses_link_are_no_second_person(
    waiting, sandbox, clock, client_for, new
):
    newcomer = person(Role.FRAUD_LEAD, **{new: clock.now})
    browser = client_for(newcomer)

    page = browser.get(f"/jobs/{waiting.pk}/").page
    answer = browser.post(f"/jobs/{waiting.pk}/approve/", {"list_hash": waiting.list_hash})

    assert "You can decide from" in page.text
    assert "Approve 3 changes" not in page.text
    assert answer.status_code == 403
    assert AuditEntry.objects.get(kind="bulk_job.refused").actor_id == newcomer.pk
    assert BulkJob.objects.get(pk=waiting.pk).state == State.APPROVAL


@pytest.mark.parametrize("new", ["role_since", "password_by_link_at"])
def test_only_who_can_approve_now_is_told_and_called(list_of, visits, analyst, lead, sandbox, clock, settings, new):
    settings.JOB_SECOND_PERSON_ABOVE = 2
    newcomer = person(Role.FRAUD_LEAD, **{new: clock.now})
    asker = person(Role.FRAUD_LEAD)
    job = confirm(list_of(visits(3), by=asker), asker, clock.now)

    assert [notice.to for notice in Notice.objects.filter(kind="job.waits", url=f"/jobs/{job.pk}/")] == [lead]
    waiting = {each: queries.waiting_count(each) for each in (lead, newcomer, asker, analyst)}
    assert waiting == {lead: 1, newcomer: 0, asker: 0, analyst: 0}

    clock.advance(days=1)
    assert queries.waiting_count(newcomer) == 1, "by then they can"


@pytest.mark.parametrize("minutes", [None, 16])
def test_who_did_not_give_their_password_a_short_while_ago_is_no_second_person(waiting, lead, sandbox, clock, minutes):
    given_at = None if minutes is None else clock.now - timedelta(minutes=minutes)

    with pytest.raises(Refused, match="Give your password again") as refused:
        actions.approve_job(
            job_id=waiting.pk, list_hash=waiting.list_hash, by=lead, password_given_at=given_at, now=clock.now
        )

    assert refused.value.status == 403
    assert BulkJob.objects.get(pk=waiting.pk).state == State.APPROVAL


def test_the_page_asks_for_the_password_and_then_does_what_was_sent(waiting, client_for, clock, sandbox):
    lead = client_for(Role.FRAUD_LEAD)
    form = lead.get(f"/jobs/{waiting.pk}/").page.form(button="Approve 3 changes")
    clock.advance(minutes=20)

    away = lead.submit(form)

    assert "reauthenticate" in away.url
    assert BulkJob.objects.get(pk=waiting.pk).state == State.APPROVAL
    lead.submit(lead.get(away.url).page.form(button="Go on"), password=PASSWORD)
    assert BulkJob.objects.get(pk=waiting.pk).state != State.APPROVAL


def test_another_list_than_the_shown_one_is_not_approved(waiting, lead, sandbox, clock):
    with pytest.raises(NotPossible, match="not the one that was shown"):
        actions.approve_job(job_id=waiting.pk, list_hash="0" * 64, by=lead, password_given_at=clock.now, now=clock.now)


def test_a_job_that_is_not_approved_is_over(waiting, run_workers, lead, sandbox, clock):
    actions.decline_job(job_id=waiting.pk, reason="wrong ring", by=lead, now=clock.now)
    run_workers()

    waiting.refresh_from_db()
    assert (waiting.state, waiting.items.count()) == (State.DISCARDED, 0)
    assert not sandbox.requests
    assert audit_of(waiting)[-1] == "bulk_job.not_approved"
    with pytest.raises(NotPossible, match="is not started now"):
        actions.approve_job(
            job_id=waiting.pk, list_hash=waiting.list_hash, by=lead, password_given_at=clock.now, now=clock.now
        )
