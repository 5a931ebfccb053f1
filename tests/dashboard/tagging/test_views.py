"""The pages of jobs, as people with different roles meet them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.audit.models import AuditEntry
from dashboard.core import facts
from dashboard.core.access import Role
from dashboard.core.facts import Fact, Weight
from dashboard.tagging import actions
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from tests.dashboard.tagging.conftest import choose, states_of
from tests.pages import text_of

pytestmark = pytest.mark.django_db


def test_from_chosen_events_to_a_finished_job(browser, visits, run_workers, sandbox):
    events = visits(2)
    page = choose(browser, events, act="suspect")
    assert "Change 2 events" in page.page.text
    assert "4 requests" in page.page.text

    answer = browser.submit(page.page.form(action="start"), reason="ring", ticket="#881")

    job = BulkJob.objects.get()
    assert answer.headers["Location"] == reverse("tagging:job", args=[job.pk])
    assert (job.reason, job.ticket, job.asked_by) == ("ring", "#881", browser.person)
    waiting = browser.get(answer.headers["Location"])
    assert "0 of 2 finished" in waiting.page.text
    run_workers()
    done = browser.get(answer.headers["Location"])
    assert f"{job.name}" in done.page.text
    assert "Mark 2 events suspect" in done.page.text
    assert "2 of 2 finished" in done.page.text
    assert "Finished" in done.page.text


def test_sending_the_form_twice_leads_to_the_same_job(browser, visits, sandbox):
    form = choose(browser, visits(1), act="suspect").page.form(action="start")

    first, second = browser.submit(form, reason="ring"), browser.submit(form, reason="ring")

    assert first.headers["Location"] == second.headers["Location"]
    assert BulkJob.objects.count() == 1


def test_a_form_with_mistakes_comes_back_with_everything_that_was_typed(browser, visits, sandbox):
    events = visits(2)
    form = choose(browser, events, act="tags").page.form(action="start")

    answer = browser.submit(form, tags='{"a": ', reason="")

    assert answer.status_code == 422
    assert "This is no JSON" in answer.page.text
    assert "Say why these events are changed" in answer.page.text
    again = answer.page.form(action="start")
    assert again.fields["tags"] == ['{"a": ']
    assert again.fields["list_hash"] == form.fields["list_hash"]
    assert BulkJob.objects.get().state == "ready"


def test_the_preview_counts_what_is_too_old_and_what_is_blocked(browser, visits, sandbox, monkeypatch):
    old, blocked = visits(1, days_ago=40)[0], visits(1)[0]
    fact = Fact(blocked.visitor_id, Weight.DELETION, "Deletion asked (D-0231)", blocks_changes=True)
    monkeypatch.setattr(facts, "_sources", [lambda ids: [fact] if blocked.visitor_id in ids else []])

    page = choose(browser, [old, blocked], act="suspect").page

    assert "Deletion asked (D-0231)" in page.text
    assert "Deletion or hold, left out 1" in page.text
    assert "Too old to change 1" in page.text


def test_events_the_person_has_loaded_are_known_in_the_preview(browser, visits, sandbox):
    marked, plain = visits(2)
    marked.suspect = True
    search = browser.submit(browser.get(reverse("events:search")).page.form(action=reverse("events:start")))
    browser.get(search.headers["Location"])

    page = choose(browser, [marked, plain], act="suspect").page

    assert "Visitors 2" in page.text
    assert "Suspect now 1" in page.text


def test_ids_can_be_pasted(browser, visits, sandbox):
    event = visits(1)[0]
    page = browser.get(reverse("tagging:new")).page

    answer = browser.submit(page.form(action="new"), ids=f"{event.event_id}\nnot/an/id {event.event_id}")
    preview = browser.get(answer.headers["Location"])

    assert "Change 1 event" in preview.page.text
    assert "No event id, left out 1" in preview.page.text
    assert "Sent twice, taken once 1" in preview.page.text


@pytest.mark.parametrize("ids", ["", "a/b"])
def test_nothing_to_change_is_said_and_what_was_pasted_stays(browser, ids):
    answer = browser.post(reverse("tagging:new"), {"ids": ids})

    assert answer.status_code == 422
    assert re.search("none was sent|none of this is one", answer.page.text)
    assert answer.page.form(action="new").fields["ids"] == [ids]
    assert not BulkJob.objects.exists()


def test_values_of_a_job_are_shown_as_text(browser, job_of, visits, run_workers, sandbox, analyst):
    hostile = "<script>alert(1)</script>\x00\u202e=cmd"
    event = visits(1, linked_id=hostile)[0]
    job = job_of([event], change=Change(ChangeKind.LINKED_ID, hostile + "2"), reason="<b>bold</b> {{ 7 }}")
    run_workers()

    page = browser.get(reverse("tagging:job", args=[job.pk])).page

    assert "<script>alert(1)</script>␀⟨U+202E⟩=cmd" in page.text
    assert "<b>bold</b> {{ 7 }}" in page.text


@pytest.mark.parametrize("kind", ["suspect", "linked_id", "tags"])
def test_every_outcome_has_its_row(browser, job_of, visits, run_workers, sandbox, clock, kind):
    wanted = {"suspect": True, "linked_id": "acct_1", "tags": {"a": 1}}[kind]
    job = job_of(7, change=Change(ChangeKind(kind), wanted))
    at = {"settled_at": clock.now}
    for position, changes in enumerate(
        (
            {"state": "applied", "before": b"null", "answer_lost": True, **at},
            {"state": "already", **at},
            {"state": "skipped", "code": "blocked", **at},
            {"state": "failed", "code": "gone", **at},
            {"state": "waiting", "code": "too_new", "next_attempt_at": clock.now + timedelta(seconds=8)},
            {"state": "sending", "before": b'"x"' if kind == "linked_id" else b"null"},
            {"state": "skipped", "event_id": "", "visitor_id": "", "erased_at": clock.now, "code": "erased", **at},
        ),
        1,
    ):
        BulkItem.objects.filter(job=job, position=position).update(**changes)

    page = browser.get(reverse("tagging:job", args=[job.pk])).page

    for words in (
        "The answer was lost",
        "Already so",
        "legal hold",
        "Not found",
        "Too new",
        "Next try",
        "Being sent",
        "erased",
    ):
        assert words in page.text, words
    look = browser.get(reverse("tagging:job", args=[job.pk]), {"show": "look"}).page
    assert "Not found" in look.text
    assert "Too new" not in look.text


def test_a_poll_brings_what_changed_and_stops_at_the_end(browser, job_of, run_workers, sandbox):
    job = job_of(2)
    page = browser.get(reverse("tagging:job", args=[job.pk])).page
    poll = page.one("div", id="job-moving").get("hx-get")

    assert browser.fragment(poll).status_code == 204, "nothing has changed"
    actions.apply_item(item=BulkItem.objects.filter(job=job).claim_next(now=job.created_at))
    moved = browser.fragment(poll)
    assert moved.status_code == 200
    assert "1 of 2 finished" in moved.page.text
    run_workers()
    ended = browser.fragment(moved.page.one("div", id="job-moving").get("hx-get"))
    assert ended.status_code == 286
    assert ended.page.one("div", id="job-moving").get("hx-get") is None
    assert "Finished" in text_of(ended.page.one("span", id="job-state"))
    assert len(ended.page.all("ol", id="job-history-list")) == 1
    assert browser.get(poll).headers["Location"] == reverse("tagging:job", args=[job.pk]), "no page of its own"


def test_polling_leaves_no_entry_and_opening_does(browser, job_of, sandbox):
    job = job_of(1)
    browser.get(reverse("tagging:job", args=[job.pk]))
    entries = AuditEntry.objects.count()

    browser.fragment(reverse("tagging:job_progress", args=[job.pk]))

    assert AuditEntry.objects.count() == entries
    assert AuditEntry.objects.filter(kind="bulk_job.opened", target_ref=str(job.pk)).count() == 1


def test_pause_resume_and_cancel_are_buttons(browser, job_of, sandbox):
    job = job_of(2)
    url = reverse("tagging:job", args=[job.pk])

    browser.submit(browser.get(url).page.form(button="Pause"))
    paused = browser.get(url).page
    assert "Paused. Nothing is sent. It was paused by hand." in paused.text
    browser.submit(paused.form(button="Resume"))
    question = browser.get(reverse("tagging:cancel", args=[job.pk])).page
    assert "2 events of" in question.text
    browser.submit(question.form(button="Cancel the rest"))

    assert states_of(job) == ["cancelled", "cancelled"]
    assert "Cancelled" in browser.get(url).page.text
    assert "Pause" not in browser.get(url).page.text


def test_the_job_of_another_person_has_a_sentence_instead_of_buttons(client_for, job_of, sandbox):
    other = client_for(Role.FRAUD_ANALYST)
    job = job_of(1)

    page = other.get(reverse("tagging:job", args=[job.pk])).page
    refused = other.post(reverse("tagging:cancel", args=[job.pk]))

    assert "Maya Brandt or a fraud lead may pause or cancel it." in page.text
    assert refused.status_code == 403
    assert "Only Maya Brandt or a fraud lead may cancel it." in refused.page.text
    assert AuditEntry.objects.get(kind="bulk_job.refused").outcome == "refused"
    assert states_of(job) == ["waiting"]


def test_a_silent_job_says_that_no_worker_is_there(browser, job_of, sandbox, clock):
    job = job_of(1)
    url = reverse("tagging:job", args=[job.pk])
    assert "cannot be reached" not in browser.get(url).page.text

    clock.advance(seconds=40)

    assert "Waiting: the workers cannot be reached." in browser.get(url).page.text
    assert "Nothing has moved since 12:00:00" in browser.get(url).page.text


def test_a_resting_job_says_why_and_until_when(browser, job_of, run_workers, sandbox):
    job = job_of(1)
    sandbox.faults.rate_limited(retry_after=40, operation="get_event")
    run_workers()

    page = browser.get(reverse("tagging:job", args=[job.pk])).page

    assert "Fingerprint asked us to slow down." in page.text
    assert "Next try" in page.text


def test_the_list_of_jobs(browser, client_for, job_of, run_workers, sandbox):
    assert "No events have been changed yet" in browser.get(reverse("tagging:jobs")).page.text
    job = job_of(3)
    run_workers()

    page = client_for(Role.FRAUD_LEAD).get(reverse("tagging:jobs")).page

    for words in (job.name, "Mark 3 events suspect", "3 of 3", "Maya Brandt", "chargeback #881"):
        assert words in page.text


def test_pages_of_many_jobs(browser, job_of, visits, sandbox):
    events = visits(1)
    jobs = [job_of(events, form_token=f"token-number-{number:08d}") for number in range(51)]

    first = browser.get(reverse("tagging:jobs")).page
    second = browser.get(reverse("tagging:jobs"), {"before": jobs[1].pk}).page

    assert jobs[0].name not in first.text
    assert jobs[0].name in second.text


@pytest.mark.parametrize("number", [999_999, 2**63, 2**70])
@pytest.mark.parametrize("route", ["job", "job_progress", "cancel"])
def test_an_unknown_job_is_not_found(browser, number, route):
    assert browser.fragment(reverse(f"tagging:{route}", args=[number])).status_code == 404


@pytest.mark.parametrize("query", [{"show": "nonsense"}, {"shown": "-1"}, {"shown": "9" * 30}, {"show": "\x00"}])
def test_nonsense_in_the_address_shows_everything(browser, job_of, sandbox, query):
    job = job_of(1)
    assert browser.get(reverse("tagging:job", args=[job.pk]), query).status_code == 200
    assert browser.get(reverse("tagging:jobs"), {"before": "x"}).status_code == 200


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.COMPLIANCE, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_fraud_teams_change_events(client_for, job_of, sandbox, role):
    job, other = job_of(1), client_for(role)

    for route in ("jobs", "new"):
        assert other.get(reverse(f"tagging:{route}")).status_code == 403
    for route in ("job", "job_progress"):
        assert other.get(reverse(f"tagging:{route}", args=[job.pk])).status_code == 403
    for route in ("pause", "resume", "cancel", "start", "undo", "retry", "take_back"):
        assert other.post(reverse(f"tagging:{route}", args=[job.pk])).status_code == 403
    assert other.post(reverse("tagging:mark"), {"event": "1.a"}).status_code == 403


def test_opening_a_job_costs_the_same_however_many_events_it_has(browser, job_of, visits, sandbox):
    small, large = job_of(1, form_token="a" * 20), job_of(60, form_token="b" * 20)
    # The first page of a session also begins it.
    browser.get(reverse("tagging:job", args=[small.pk]))
    counts = []
    for job in (small, large):
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("tagging:job", args=[job.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[1]
