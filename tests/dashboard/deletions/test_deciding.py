"""Approving, refusing, withdrawing and cancelling, through the page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.states import Status
from tests.dashboard.deletions.conftest import fresh, page_of, wish
from tests.factories import person

pytestmark = pytest.mark.usefixtures("empty_sandbox")


def test_the_second_person_approves_what_the_page_showed(desk, client_for):
    asked = desk.ask("v1", "v2")
    browser = client_for(desk.approver)
    form = page_of(browser, asked).page.form(button="Approve deleting 2 visitors")

    answer = browser.submit(form, reason="Looked at the account.")

    assert answer.status_code == 302
    assert fresh(asked).status == Status.APPROVED
    assert "“Looked at the account.”" in browser.get(answer.url).page.text


def test_the_second_person_refuses(desk, client_for):
    asked = desk.ask("v1")
    browser = client_for(desk.approver)

    browser.post(
        reverse("deletions:refuse", args=[asked.pk]), {"scope_hash": asked.scope_hash, "reason": "Not their device."}
    )

    assert fresh(asked).status == Status.REFUSED
    assert "Never sent" in page_of(browser, asked).page.text


@pytest.mark.parametrize("route", ["deletions:approve", "deletions:refuse"])
def test_a_decision_without_a_reason_comes_back_to_the_page(desk, client_for, route):
    asked = desk.ask("v1")

    answer = client_for(desk.approver).post(
        reverse(route, args=[asked.pk]), {"scope_hash": asked.scope_hash, "reason": " "}
    )

    assert answer.status_code == 422
    assert "Say why: the decision stands in the log" in answer.page.text
    assert fresh(asked).status == Status.REQUESTED


def test_who_asked_finds_a_sentence_instead_of_a_button(desk, client_for):
    page = page_of(client_for(desk.asker), desk.ask("v1")).page

    assert "You asked for it. Whoever asks never approves, whatever their roles" in page.text
    assert desk.approver.name in page.text, "and who can"
    assert "Approve deleting" not in page.text


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
def test_who_may_not_decide_finds_a_sentence_instead_of_a_button(desk, client_for, role):
    page = page_of(client_for(role), desk.ask("v1")).page

    assert "Only compliance officers approve or refuse deletions" in page.text
    assert "Approve deleting" not in page.text


def test_every_refused_try_is_an_entry_and_shown_in_the_history(desk, client_for):
    asked = desk.ask("v1")
    own = client_for(desk.asker)
    words = {"scope_hash": asked.scope_hash, "reason": "I want it."}

    for browser, route in (
        (own, "deletions:approve"),
        (own, "deletions:refuse"),
        (client_for(Role.SUPPORT), "deletions:approve"),
        (client_for(Role.AUDITOR), "deletions:withdraw"),
    ):
        assert browser.post(reverse(route, args=[asked.pk]), words).status_code in (403, 409)

    refused = AuditEntry.objects.filter(kind="deletion.act_refused", outcome="refused", target_ref=str(asked.pk))
    assert refused.count() == 4
    assert fresh(asked).status == Status.REQUESTED
    assert "tried to approve deletion" in page_of(own, asked).page.text


def test_a_page_that_showed_another_scope_approves_nothing(desk, client_for):
    asked = desk.ask("v1")
    browser = client_for(desk.approver)
    path = reverse("deletions:approve", args=[asked.pk])

    stale = browser.post(path, {"scope_hash": "0" * 64, "reason": "Fine."})
    broken = browser.post(path, {"scope_hash": "' OR 1=1", "reason": "Fine."})

    assert stale.status_code == 409
    assert "not the one that was on your page" in stale.page.text
    assert broken.status_code == 422
    assert fresh(asked).status == Status.REQUESTED


def test_it_can_be_cancelled_while_it_cools_off(desk, client_for, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    approved = desk.approved("v1")
    browser = client_for(desk.asker)

    page = page_of(browser, approved).page
    assert "Until then it can be cancelled" in page.text
    browser.submit(page.form(button="Cancel the deletion"))

    assert fresh(approved).status == Status.CANCELLED


def test_nobody_else_can_approve_is_said(db, client_for, settings):
    only_officer = person(Role.COMPLIANCE)
    asked = actions.ask(wish=wish("v1"), by=only_officer, now=timezone.now())

    assert "No other active person may approve deletions" in page_of(client_for(only_officer), asked).page.text
