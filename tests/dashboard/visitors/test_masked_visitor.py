"""Field by role on everything about a visitor: who may not see personal values gets none, in no cell, piece or file."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.core.access import Role
from dashboard.visitors.models import LinkReading
from fingerprint_integration.services import reads

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])
MARK = "canary"


@pytest.fixture
def visitors(empty_sandbox):
    """Two visitors that share an account and an address, seen on two days each; every personal value can be told."""
    first = [
        empty_sandbox.visit(
            at=timezone.now() - timedelta(days=days),
            ip="203.0.113.77",
            url=f"https://shop.demo.test/?mail={MARK}-query",
            linked_id=f"{MARK}-account-{days}",
            tags={f"{MARK}-key": f"{MARK}-value"},
        )
        for days in (2, 1)
    ]
    one = first[0].visitor_id
    same = empty_sandbox.visit(
        at=timezone.now() - timedelta(minutes=30), visitor_id=one, ip="203.0.113.78", linked_id=f"{MARK}-account-9"
    )
    other = empty_sandbox.visit(
        at=timezone.now() - timedelta(minutes=20), ip="203.0.113.78", linked_id=f"{MARK}-account-9"
    )
    return one, other.visitor_id, [reads.get_event(each.event_id) for each in (*first, same, other)]


def personal_values(events):
    """Everything of these events that must not reach a masked person: accounts, addresses, places, ids of groups."""
    values = {MARK, "203.0.113.77", "203.0.113.78", ".113.7", "203.0.113.0"}
    for event in events:
        for info in (event.ip_v4, event.ip_v6, event.ip_location):
            if info is not None:
                values |= {info.city, info.postal_code, info.timezone, info.asn_network}
        values.add(event.high_recall_id)
    return {value for value in values if value and len(value) > 3}


def pages(browser, visitor_id):
    """Everything that one person can open about a visitor, with the pieces that load by themselves."""
    visited = browser.get(f"/visitors/{visitor_id}/")
    yield "visitor", visited
    loads = next(each.get("hx-get") for each in visited.page.all("span", id="devices"))
    yield "devices", browser.fragment(loads)
    yield "devices without script", browser.get(loads)
    planned = browser.submit(visited.page.form(button="Look for linked visitors…"))
    yield "links, planned", browser.get(planned.url)
    form = browser.get(planned.url).page.form(action="/links/ask/")
    yield "links, a step", browser.post(form.action, form.fields, headers={"HX-Request": "true"})
    while "/links/ask/" in browser.get(planned.url).content.decode():
        browser.submit(browser.get(planned.url).page.form(action="/links/ask/"))
    yield "links", browser.get(planned.url)
    yield "notes", browser.get(f"/visitors/{visitor_id}/notes/")
    yield "hand over", browser.get(f"/visitors/{visitor_id}/hand-over/")


@BOTH
def test_support_sees_no_address_no_account_and_no_place(visitors, client_for):
    one, other, events = visitors
    browser = client_for(Role.SUPPORT)

    for name, answer in pages(browser, one):
        html = answer.content.decode()
        for value in personal_values(events):
            assert value not in html, f"{name} shows {value}"
    assert other in browser.get(f"/visitors/{one}/links/?read={LinkReading.objects.get().short_id}").page.html


@BOTH
@pytest.mark.parametrize("role", [Role.FRAUD_ANALYST, Role.FRAUD_LEAD, Role.COMPLIANCE])
def test_who_may_see_them_sees_them(visitors, client_for, role):
    one, _other, _events = visitors

    seen = {name: answer.content.decode() for name, answer in pages(client_for(role), one)}

    for value in (f"{MARK}-account-9", "203.0.113.78"):
        assert value in seen["visitor"]
        assert value in seen["links"]
    assert f"{MARK}-account" in seen["devices"]


@BOTH
def test_what_differs_is_said_to_support_without_the_values(visitors, client_for):
    one, _other, _events = visitors

    page = client_for(Role.SUPPORT).get(f"/visitors/{one}/").page

    assert "1, 1 of them new" in page.text
    changed = "".join(page.one("section", id="what-changed").itertext())
    assert "Account" in changed
    assert "•••" in changed
