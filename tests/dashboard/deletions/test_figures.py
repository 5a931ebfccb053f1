"""The list at scale, figures of a period, and the calendar of the quota."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dashboard.core.access import Role
from dashboard.deletions import actions, queries
from dashboard.deletions.actions import HoldWish
from dashboard.deletions.requests import sheet
from tests.dashboard.deletions.conftest import carry_out_all, wish

pytestmark = pytest.mark.usefixtures("empty_sandbox")


def queries_of(browser, path) -> int:
    browser.get(path)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        browser.get(path)
    return len(seen)


@pytest.mark.parametrize("show", ["open", "mine", "blocked", "waiting", "ended"])
def test_the_list_costs_the_same_queries_however_many_requests_there_are(desk, client_for, show):
    browser, path = client_for(desk.approver), reverse("deletions:requests") + f"?show={show}"
    desk.ask("v0")
    few = queries_of(browser, path)
    for number in range(1, 30):
        desk.ask(f"v{number}", f"w{number}")

    assert queries_of(browser, path) == few
    assert few <= 30


@pytest.mark.parametrize("status", ["waits", "runs", "ended"])
def test_the_page_of_a_request_costs_the_same_queries_however_many_visitors_it_has(
    desk, client_for, visitor, settings, status
):
    settings.DELETE_QUOTA_PER_HOUR = 2 if status == "runs" else 30

    def request_of(count: int) -> str:
        asked = desk.ask(*[visitor() for _ in range(count)], ticket=f"T-{count}")
        if status != "waits":
            desk.approve(asked)
            carry_out_all()
        return reverse("deletions:request", args=[asked.pk])

    browser = client_for(desk.approver)
    # Ten of those that wait are asked about at Fingerprint, each of which is noted.
    few, many = (queries_of(browser, request_of(count)) for count in (sheet.MOST_ASKED, 2 * sheet.MOST_ASKED))

    assert many <= few


def test_what_is_blocked_says_why(desk, client_for, clock):
    held, _free = desk.ask("v1"), desk.ask("v2")
    draft = actions.ask(wish=wish(), by=desk.asker, now=clock.now)
    words = {"reason": "Case.", "case": "", "review_on": timezone.localdate() + timedelta(days=9)}
    hold = HoldWish(visitor_id="v1", form_token="0" * 32, **words)
    actions.place_hold(wish=hold, by=desk.approver, now=clock.now)

    text = client_for(desk.approver).get(reverse("deletions:requests") + "?show=blocked").page.text

    assert "1 visitor under legal hold" in text
    assert "no visitor chosen yet" in text
    listed = queries.listed(group="blocked", page=1, viewer=desk.approver)
    assert {row.pk for row in listed.rows} == {held.pk, draft.pk}
    assert listed.counts["blocked"] == 2


def test_figures_count_a_period_by_the_day_of_receipt(desk, client_for, visitor, clock):
    desk.approved(visitor())
    carry_out_all()
    desk.ask("v1", jurisdiction="ccpa", received_at=clock.now - timedelta(days=60))
    desk.ask("v2", received_at=clock.now - timedelta(days=120))
    browser = client_for(Role.AUDITOR)

    text = browser.get(reverse("deletions:numbers")).page.text
    file = browser.get(reverse("deletions:numbers") + "?first=2026-01-01&last=2026-06-15&file=1").text

    assert "2 requests from" in text
    assert "Half of them closed within 2 days" in text
    assert '"State","Closed","1"' in file
    assert '"All","received","3"' in file
    assert '"In time","open and late","2"' in file


@pytest.mark.parametrize(
    "given,sentence",
    [
        ("first=soon&last=2026-06-15", "Enter a day, for example"),
        ("first=2026-06-15&last=2026-06-14", "not before the first"),
        ("first=2000-06-15&last=2026-06-14", "at most three years"),
    ],
)
def test_a_period_that_cannot_be_counted_says_why(desk, client_for, given, sentence):
    answer = client_for(Role.AUDITOR).get(f"{reverse('deletions:numbers')}?{given}")

    assert answer.status_code == 422
    assert sentence in answer.page.text


def test_the_calendar_shows_what_was_sent_what_is_planned_and_what_falls_due(
    desk, client_for, visitor, settings, clock
):
    settings.DELETE_QUOTA_PER_DAY, settings.DELETE_QUOTA_PER_HOUR = 2, 2
    desk.running(*[visitor() for _ in range(5)])
    carry_out_all()

    context = client_for(Role.AUDITOR).get(reverse("deletions:calendar")).context
    days = {day.label: (day.sent, day.planned, day.limit) for day in context["days"]}

    assert days["Mon 15 Jun"] == (2, 0, 2)
    assert days["Tue 16 Jun"] == (0, 2, 2)
    assert days["Wed 17 Jun"] == (0, 1, 2)
    assert list(days)[-1] == "Mon 6 Jul", "the weekday stands before every day, however far it is"
    assert sum(day.due for day in context["days"]) == 0, "due in four weeks"
