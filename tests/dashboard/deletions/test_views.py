"""The pages of deletions as people of each role meet them, read the way a browser reads them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.deletions import actions
from tests.dashboard.deletions.conftest import carry_out_all, deletes, only_visitor, page_of, wish

pytestmark = pytest.mark.usefixtures("empty_sandbox")


# -- The page of a request ----------------------------------------------------------------------------------


def test_an_approver_sees_what_goes_what_stays_and_who_else_is_there(desk, client_for, visitor, empty_sandbox, clock):
    visitor_id = visitor(older=2)
    for number in range(4):
        at = clock.now - timedelta(hours=2 + number)
        empty_sandbox.visit(at=at, visitor_id=visitor_id, linked_id=f"acct_{number}", suspect=number == 0)
    asked = desk.ask(visitor_id, linked_ids=("acct_88412",))

    text = page_of(client_for(desk.approver), asked).page.text

    assert "5 events" in text
    assert "2 events until" in text
    assert "4 other accounts" in text
    assert "3 events of this account" in text
    assert "1 event marked suspect" in text
    assert "28 days left" in text
    assert "0 of 30 used" in text
    assert "Approve deleting 1 visitor" in text
    assert "from a day later on Inkpad asks until it is" in text


def test_no_answer_is_never_no_events(desk, client_for, visitor, empty_sandbox):
    asked = desk.ask(visitor(), visitor())

    with empty_sandbox.faults.unavailable(times=None):
        answer = page_of(client_for(desk.approver), asked)

    assert answer.status_code == 200
    assert "Fingerprint did not answer" in answer.page.text
    assert answer.page.text.count("not known, no answer") == 2
    assert "0 events" not in answer.page.text
    assert answer.page.form(button="Approve deleting 2 visitors"), "what is known stays usable"


def test_a_visitor_fingerprint_does_not_know_says_so(desk, client_for):
    text = page_of(client_for(desk.approver), desk.ask("neverSeenThisOne1234")).page.text

    assert "Fingerprint does not know this visitor" in text


def test_an_id_fingerprint_does_not_take_does_not_hide_the_others(desk, client_for, visitor):
    text = page_of(client_for(desk.approver), desk.ask("short", visitor())).page.text

    assert "does not take this as a visitor id" in text
    assert "1 event" in text


def test_visitors_beyond_the_first_ten_are_asked_about_one_by_one(desk, client_for, visitor, empty_sandbox):
    asked = desk.ask(*[visitor() for _ in range(11)])
    browser = client_for(desk.approver)
    empty_sandbox.requests.clear()

    answer = page_of(browser, asked)
    assert len(empty_sandbox.requests) == 10
    assert answer.page.text.count("not asked yet") == 1
    last = asked.visitors.order_by("pk").last()
    browser.get(f"{reverse('deletions:request', args=[asked.pk])}?visitor={last.pk}")

    assert len(empty_sandbox.requests) == 11


def test_looking_is_in_the_log(desk, client_for):
    asked = desk.ask("v1")
    browser = client_for(Role.AUDITOR)

    page_of(browser, asked)
    browser.get(reverse("deletions:requests"))

    kinds = AuditEntry.objects.filter(actor_id=browser.person.pk).values_list("kind", flat=True)
    assert {"deletion.opened", "deletion.list_viewed"} <= set(kinds)


def test_a_request_that_does_not_exist_is_a_clean_404(desk, client_for):
    browser = client_for(desk.approver)

    for path in ("/deletions/999/", "/deletions/99999999999999999999999999/", "/deletions/0/progress/?was=x"):
        assert browser.get(path).status_code == 404
    assert browser.post("/deletions/999/withdraw/").status_code == 404


@pytest.mark.parametrize("query", ["show=everything", "show=open&page=99999999999999", "page=-1", "page=x", "page=٣"])
def test_odd_addresses_of_the_list_are_a_clean_answer(desk, client_for, query):
    assert client_for(desk.approver).get(f"/deletions/?{query}").status_code in (200, 404)


# -- Who sees what ------------------------------------------------------------------------------------------


def test_an_auditor_never_sees_a_visitors_personal_data(desk, client_for, visitor, empty_sandbox):
    visitor_id = visitor()
    asked = desk.ask(visitor_id, reason="Erika Mustermann wrote from erika@example.test.")
    browser = client_for(Role.AUDITOR)
    empty_sandbox.requests.clear()

    html = page_of(browser, asked).page.html

    for secret in (visitor_id, visitor_id[:6], "acct_88412", "Mustermann"):
        assert secret not in html, secret
    assert not empty_sandbox.requests, "and nobody is asked on their behalf"
    assert "Visitor 1" in html


def test_support_sees_visitors_but_no_linked_ids(desk, client_for, visitor, empty_sandbox, clock):
    visitor_id = visitor()
    empty_sandbox.visit(at=clock.now - timedelta(hours=2), visitor_id=visitor_id, linked_id="acct_other")
    asked = desk.ask(visitor_id)

    html = page_of(client_for(Role.SUPPORT), asked).page.html

    assert visitor_id in html
    assert "acct_" not in html
    assert "1 other account" in html


@pytest.mark.parametrize("role", [Role.FRAUD_ANALYST, Role.FRAUD_LEAD, Role.ADMINISTRATOR])
def test_others_do_not_open_deletions(desk, client_for, role):
    asked = desk.ask("v1")

    assert page_of(client_for(role), asked).status_code == 403


# -- The list -----------------------------------------------------------------------------------------------


def test_what_waits_for_me_comes_first_then_what_is_due_first(desk, client_for, clock):
    late = desk.approved("v1", received_at=clock.now - timedelta(days=40))
    soon = desk.ask("v2", received_at=clock.now - timedelta(days=27))
    later = desk.ask("v3", received_at=clock.now - timedelta(days=1))
    mine = actions.ask(wish=wish("v4"), by=desk.approver, now=clock.now)

    page = client_for(desk.approver).get(reverse("deletions:requests")).page

    names = [link.text for link in page.all("a", class_="name")]
    assert names == [soon.number, later.number, late.number, mine.number]
    assert "9 days late" in page.text
    assert "asked by you, so somebody else decides" in page.text
    assert "2 wait for you" in page.text


def test_ended_requests_say_how_they_ended(desk, client_for, visitor):
    closed = desk.approved(visitor(), "neverSeenThisOne1234")
    carry_out_all()
    refused = desk.ask("v1")
    actions.refuse(
        request_id=refused.pk,
        scope_hash=refused.scope_hash,
        by=desk.approver,
        reason="No.",
        password_given_at=timezone.now(),
        now=timezone.now(),
    )

    page = client_for(Role.AUDITOR).get(reverse("deletions:requests"), {"show": "ended"}).page

    assert {link.text for link in page.all("a", class_="name")} == {closed.number, refused.number}
    assert "1 of 2 accepted by Fingerprint" in page.text


@pytest.mark.parametrize("group", ["open", "waiting", "under-way", "ended"])
def test_an_empty_list_says_so(desk, client_for, group):
    page = client_for(desk.asker).get(reverse("deletions:requests"), {"show": group}).page

    assert "No request here" in page.text


def test_the_list_costs_the_same_however_long_it_is(desk, client_for, django_assert_max_num_queries, clock):
    browser = client_for(desk.approver)
    for number in range(30):
        desk.ask(f"v{number}")

    with django_assert_max_num_queries(30):
        browser.get(reverse("deletions:requests"))


# -- While it runs ------------------------------------------------------------------------------------------


def test_progress_is_shown_without_asking_fingerprint(desk, client_for, visitor, empty_sandbox):
    running = desk.running(visitor(), visitor())
    browser = client_for(desk.asker)
    path = reverse("deletions:progress", args=[running.pk])
    empty_sandbox.requests.clear()

    still = browser.fragment(f"{path}?was=running")
    carry_out_all()
    changed = browser.fragment(f"{path}?was=running")

    assert "asked right before it is sent" in still.page.text
    assert changed.headers["HX-Refresh"] == "true"
    assert len(deletes(empty_sandbox)) == 2


def test_nothing_is_swapped_while_it_only_cools_off(desk, client_for, settings):
    settings.DELETION_COOLING_OFF = timedelta(minutes=30)
    approved = desk.approved("v1")

    answer = client_for(desk.asker).fragment(reverse("deletions:progress", args=[approved.pk]) + "?was=approved")

    assert answer.status_code == 204


def test_accepted_is_not_called_gone(desk, client_for, visitor):
    closed = desk.approved(visitor(older=1))
    carry_out_all()

    text = page_of(client_for(desk.approver), closed).page.text

    assert "Accepted by Fingerprint" in text
    assert "Inkpad asks whether it is gone" in text
    assert "1 accepted by Fingerprint" in text
    assert only_visitor(closed).visitor_id in text, "the request's own record stays readable"
    assert "erased on" in text, "while the audit log forgot"


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7919|add:7907 }}",
    "=1+1",
    "\u202etxt.exe",
    "x" * 256,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_people_and_devices_write_is_text(desk, client_for, visitor, text):
    asked = desk.ask(visitor(linked_id=text), linked_ids=(text,), reason=text, ticket=text[:64], legal_basis=text[:200])
    browser = client_for(desk.approver)

    for answer in (page_of(browser, asked), browser.get(reverse("deletions:requests"))):
        assert answer.status_code == 200
        assert "<script>alert" not in answer.page.html
        assert "onerror=alert(1)>" not in answer.page.html
        assert "15826" not in answer.page.text, "the sum would say that a template was carried out"
        assert "\u202e" not in answer.page.text
