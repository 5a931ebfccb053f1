"""Asking for a deletion: the form, what it says about bad input, and what comes of it."""

import pytest
from django.urls import reverse

from dashboard.core.access import Role
from dashboard.deletions.models import DeletionRequest
from tests.dashboard.deletions.conftest import carry_out_all

pytestmark = pytest.mark.usefixtures("empty_sandbox")


def filled(browser, **changes):
    """The form as a person fills it in."""
    form = browser.get(reverse("deletions:ask")).page.form(button="Ask for the deletion")
    return form, {"visitor_ids": "v1", "reason": "Asked by e-mail.", "jurisdiction": "gdpr"} | changes


def test_asking_leads_to_the_request_which_waits(desk, client_for):
    browser = client_for(desk.asker)
    form, words = filled(browser, visitor_ids=" v1 \n\nv2,v1 ", linked_ids="acct_1\n", ticket="88-1")

    answer = browser.submit(form, **words)

    asked = DeletionRequest.objects.get()
    assert answer.url == reverse("deletions:request", args=[asked.pk])
    assert list(asked.visitors.order_by("pk").values_list("visitor_id", flat=True)) == ["v1", "v2"]
    assert [linked.value for linked in asked.linked_ids.all()] == ["acct_1"]
    assert "Waits for approval" in browser.get(answer.url).page.text


def test_the_visitor_somebody_came_from_is_filled_in(desk, client_for):
    answer = client_for(Role.SUPPORT).post(reverse("deletions:ask"), {"visitor_id": "Ibk152abcXYZ00000000"})

    assert answer.page.form(button="Ask for the deletion").fields["visitor_ids"] == ["Ibk152abcXYZ00000000"]


def test_the_visitors_of_chosen_events_are_filled_in_once_each(desk, client_for):
    chosen = {
        "event": ["e1", "e2", "e3"],
        "visitor.e1": "v1",
        "visitor.e2": "v2",
        "visitor.e3": "v1",
        "visitor.e4": "v4",
    }

    answer = client_for(Role.SUPPORT).post(reverse("deletions:ask"), chosen)

    assert answer.page.form(button="Ask for the deletion").fields["visitor_ids"] == ["v1\nv2"]


def test_what_is_no_visitor_id_is_not_filled_in(desk, client_for):
    answer = client_for(Role.SUPPORT).post(reverse("deletions:ask"), {"visitor_id": "<script>alert(1)</script>"})

    assert answer.page.form(button="Ask for the deletion").fields["visitor_ids"] == [""]


@pytest.mark.parametrize(
    "changes,sentence",
    [
        ({"visitor_ids": ""}, "Enter at least one visitor id"),
        ({"visitor_ids": " ,\n"}, "Enter at least one visitor id"),
        ({"visitor_ids": "v1\n<b>v2</b>"}, "Look at “<b>v2</b>”"),
        ({"visitor_ids": "a" * 65}, "Look at “"),
        ({"visitor_ids": "v1\n1795333867327.NLOjmg"}, "“1795333867327.NLOjmg” is an event id"),
        ({"visitor_ids": ".."}, "Look at “..”"),
        ({"visitor_ids": "\n".join(f"v{n}" for n in range(501))}, "at most 500 visitors"),
        ({"visitor_ids": "v\x00"}, "Null characters are not allowed"),
        ({"linked_ids": "x" * 257}, "at most 256 characters"),
        ({"linked_ids": "\n".join(f"a{n}" for n in range(101))}, "at most 100 linked ids"),
        ({"reason": "  "}, "Say why"),
        ({"reason": "x" * 2001}, "at most 2000 characters"),
        ({"jurisdiction": "lex mercatoria"}, "Choose a law"),
        ({"source": "crow"}, "how it came in"),
        ({"received_at": "yesterday"}, "Enter a day and a time"),
        ({"received_at": "2026-06-16T12:00"}, "is in the future"),
        ({"received_at": "1999-06-16T12:00"}, "Look at the year"),
        ({"ticket": "x" * 65}, "Shorten this to 64 characters"),
        ({"ticket": "for a9FVkzMnpeKfWp4RADzY"}, "looks like a visitor id"),
        ({"legal_basis": "x" * 201}, "at most 200 characters"),
        ({"legal_basis": "Art. 17, wish of maya@shop.example"}, "looks like an e-mail address"),
        ({"identity_by": "Tom, from 203.0.113.7"}, "looks like an address"),
        ({"legal_basis": "Art. 17 for acct_88412", "linked_ids": "acct_88412"}, "Leave out the ids of who is erased"),
        ({"identity_by": "owner of visitor-1", "visitor_ids": "visitor-1"}, "Leave out the ids of who is erased"),
        ({"ticket": "acct_88412", "linked_ids": "acct_88412"}, "Leave out the ids of who is erased"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(desk, clock, client_for, changes, sentence):
    browser = client_for(desk.asker)
    form, words = filled(browser, **changes)

    answer = browser.submit(form, **words)

    assert answer.status_code == 422
    assert sentence in answer.page.text
    field = next(iter(changes))
    again = answer.page.form(button="Ask for the deletion").fields
    assert again["reason"][0].strip() == words["reason"].strip()
    if field not in ("source", "jurisdiction") and "\x00" not in changes[field]:
        assert again[field][0].strip() == changes[field].strip()
    assert not DeletionRequest.objects.exists()


def test_asking_twice_with_one_ticket_is_a_duplicate_and_names_the_first(desk, client_for):
    first = desk.ask("v1")
    form, words = filled(client_for(Role.SUPPORT), visitor_ids="v1\nv2", ticket=first.ticket)

    answer = client_for(Role.SUPPORT).submit(form, **words)

    assert answer.status_code == 422
    assert f"Leave out v1: {first.number} asks for it already with the same ticket" in answer.page.text


def test_another_persons_wish_for_the_same_device_joins(desk, client_for):
    first = desk.ask("v1")
    form, words = filled(client_for(Role.SUPPORT), visitor_ids="v1\nv2", ticket="88-9")

    answer = client_for(Role.SUPPORT).submit(form, **words)

    page = client_for(desk.approver).get(answer.url).page
    assert "which asked first" in page.text
    assert first.number in page.text


def test_a_visitor_accepted_a_moment_ago_is_not_asked_for_again(desk, clock, client_for, visitor):
    visitor_id = visitor()
    done = desk.approved(visitor_id)
    carry_out_all()
    browser = client_for(desk.asker)
    form, words = filled(browser, visitor_ids=visitor_id)

    assert f"accepted its deletion in {done.number} less than 24 hours ago" in browser.submit(form, **words).page.text
    clock.advance(hours=25)
    browser = client_for(desk.asker)
    form, words = filled(browser, visitor_ids=visitor_id)
    assert browser.submit(form, **words).status_code == 302, "if it came back, it may be asked for again"


def test_a_double_click_asks_once(desk, client_for):
    browser = client_for(desk.asker)
    form, words = filled(browser)

    first, second = browser.submit(form, **words), browser.submit(form, **words)

    assert first.url == second.url
    assert DeletionRequest.objects.count() == 1
