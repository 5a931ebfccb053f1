"""A visitor with more events than anybody can read: every view of it is bounded, and says so in a sentence."""

import re

import pytest

from dashboard.core.access import Role
from dashboard.deletions import actions as deletions
from dashboard.events import actions as searching
from dashboard.events import histories
from dashboard.tagging import actions as jobs
from dashboard.tagging import policy
from dashboard.tagging.models import BulkJob
from dashboard.visitors import links
from dashboard.visitors.models import LinkReading
from tests.dashboard.deletions.conftest import wish
from tests.factories import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor_id(sandbox):
    assert sandbox.stories["night_owl"].event_count > 1_000
    return sandbox.stories["night_owl"].visitor_ids[0]


@pytest.fixture
def fraud(client_for):
    return client_for(Role.FRAUD_ANALYST)


def read_all(browser, visitor_id):
    """The page when nothing more can be read, and its reading."""
    page = browser.get(f"/visitors/{visitor_id}/").page
    answer = browser.submit(page.form(button="Read the rest"))
    return browser.get(answer.url).page, answer.url.partition("?read=")[2]


def test_a_history_ends_at_its_bound_and_links_are_planned_from_that(sandbox, fraud, visitor_id, monkeypatch):
    monkeypatch.setattr(histories, "MOST_EVENTS", 400)

    page, read = read_all(fraud, visitor_id)

    assert len(sandbox.requests) == 4
    assert "This visitor has more than 400 events. Inkpad reads the newest 400 of one visitor" in page.text
    assert "50 drawn, 350 more are loaded." in page.text
    whole = fraud.get(f"/visitors/{visitor_id}/?read={read}&rows=1000").page
    assert "400 drawn" not in whole.text, "all of them are there"
    planned = fraud.get(fraud.post(f"/visitors/{visitor_id}/links/start/", {"read": read}).url).page
    assert "from the newest 400 events" in planned.text
    assert len(sandbox.requests) == 4
    assert len(LinkReading.objects.get().packed) < 200_000


def test_a_hop_says_what_it_leaves_out(sandbox, fraud, visitor_id, clock, monkeypatch):
    monkeypatch.setattr(links, "MOST_QUESTIONS", 3)
    page = fraud.get(f"/visitors/{visitor_id}/").page

    planned = fraud.get(fraud.submit(page.form(button="Look for linked visitors…")).url).page

    assert "Ask, 3 requests" in planned.text
    assert "left out: a hop asks about a few of each kind, 3 at most." in planned.text
    answered = fraud.get(fraud.submit(planned.form(button="Ask, 3 requests")).url).page
    assert "not asked about." in answered.text


def test_a_job_from_its_page_takes_so_many_and_says_that_there_are_more(sandbox, fraud, visitor_id, monkeypatch):
    monkeypatch.setattr(policy, "MOST_EVENTS", 250)
    page = fraud.get(f"/visitors/{visitor_id}/").page
    form = page.form(form_id="chosen")
    read = next(each.get("value") for each in page.all("button", name="all"))

    answer = fraud.post(form.action, {**form.fields, "all": read})
    job = BulkJob.objects.get()
    jobs.collect(job_id=job.pk)

    job.refresh_from_db()
    assert (job.collected, job.is_cut) == (250, True)
    assert "More events match than one job changes" in fraud.get(answer.url, follow=True).page.text


def test_a_search_for_it_holds_so_many_and_says_so(sandbox, fraud, visitor_id, monkeypatch):
    monkeypatch.setattr(searching, "MOST_LOADED", 100)

    page = fraud.get(fraud.post("/searches/", {"visitor_id": visitor_id}).url).page

    assert "100 loaded, and more match. Inkpad holds no more of one search than that" in page.text


def test_its_deletion_page_counts_some_and_says_at_least(sandbox, client_for, visitor_id, clock):
    asked = deletions.ask(wish=wish(visitor_id, linked_ids=()), by=person(Role.COMPLIANCE), now=clock.now)
    before = len(sandbox.requests)

    page = client_for(Role.COMPLIANCE).get(f"/deletions/{asked.pk}/").page

    assert re.search(r"at least \d+ events", page.text)
    assert len(sandbox.requests) - before <= 3
