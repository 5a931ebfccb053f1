"""People without the right to personal values never get one: in no cell, title, chip, form, raw answer or file."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.core.access import Role
from dashboard.events.models import Search
from dashboard.events.rulesets import Ruleset
from dashboard.events.score_weights import read_weight
from fingerprint_integration.sandbox.api import RULESET
from fingerprint_integration.services import reads
from tests.factories import person

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])
MARK = "canary"


@pytest.fixture
def event(empty_sandbox):
    """An event whose every personal field can be told apart from all other words on a page."""
    made = empty_sandbox.visit(
        at=timezone.now() - timedelta(minutes=5),
        ip="203.0.113.77",
        url=f"https://shop.demo.test/checkout?mail={MARK}-query",
        linked_id=f"{MARK}-account",
        tags={f"{MARK}-key": f"{MARK}-value"},
        referrer=f"https://{MARK}-referrer.test/",
    )
    return reads.get_event(made.event_id)


def personal_values(event):
    """Everything of this event that must not reach a masked person."""
    values = [MARK, "203.0.113.77", ".113.77"]
    for info in (event.ip_v4, event.ip_v6, event.ip_location):
        if info is not None:
            places = (info.city, info.postal_code, info.timezone, info.asn_network)
            values += [value for value in places if value]
            values += [f"{number:.3f}" for number in (info.latitude, info.longitude) if number is not None]
    for detail in event.signal("vpn").details:
        if detail.is_personal:
            values.append(detail.text)
    return [value for value in values if len(value) > 3]


def assert_masked(answer, event):
    html = answer.content.decode()
    assert answer.status_code == 200
    for value in personal_values(event):
        assert value not in html, value


@BOTH
def test_no_page_shows_a_personal_value_to_support(event, empty_sandbox, client_for):
    browser = client_for(Role.SUPPORT)
    found = browser.post("/searches/", {"linked_id": f"{MARK}-account"}).url

    for path in (f"/events/{event.event_id}/", f"/visitors/{event.visitor_id}/", found, "/events/"):
        answer = browser.get(path)
        assert_masked(answer, event)
    assert "203.0.•••.•••" in browser.get(found).page.text
    assert f"?from={found.split('/')[2]}" in browser.get(found).page.html
    assert_masked(browser.get(f"/events/?from={found.split('/')[2]}"), event)


def test_neither_periods_nor_a_ruling_show_a_personal_value_to_support(event, empty_sandbox, client_for, settings):
    settings.FINGERPRINT_RULESETS = [Ruleset(RULESET, "No bad bots")]
    settings.SUSPECT_SCORE_WEIGHTS = [read_weight("vpn: 3")]
    browser = client_for(Role.SUPPORT)
    week = browser.post("/searches/", {"linked_id": f"{MARK}-account", "window": "last:7d"}).url
    browser.get(week)

    for answer in (
        browser.post(f"{week}before/", headers={"HX-Request": "true"}),
        browser.get(f"{week}before/"),
        browser.post(f"/events/{event.event_id}/ruling/", {"ruleset": RULESET}),
        browser.post(f"/events/{event.event_id}/ruling/", {"ruleset": RULESET}, headers={"HX-Request": "true"}),
    ):
        assert_masked(answer, event)


@BOTH
def test_the_same_pages_show_all_of_it_to_an_analyst(event, empty_sandbox, client_for):
    page = client_for(Role.FRAUD_ANALYST).get(f"/events/{event.event_id}/").page

    for value in (f"{MARK}-account", f"{MARK}-value", f"{MARK}-query", "203.0.113.77"):
        assert value in page.text
    # v3 does not tell where somebody came from.
    assert (f"{MARK}-referrer" in page.text) is (event.client_referrer is not None)


@BOTH
def test_the_masked_raw_answer_keeps_what_is_not_personal(event, empty_sandbox, client_for):
    page = client_for(Role.SUPPORT).get(f"/events/{event.event_id}/").page

    shown = "".join(page.one("pre", class_="json").itertext())
    assert event.event_id in shown
    assert event.visitor_id in shown
    assert json.loads(shown)
    assert "masked for your role" in page.text


def test_the_file_with_the_raw_answer_is_refused_to_support(event, empty_sandbox, client_for):
    assert client_for(Role.SUPPORT).get(f"/events/{event.event_id}/raw/").status_code == 403


def test_masked_values_cannot_be_searched_for_by_a_click(event, empty_sandbox, client_for):
    browser = client_for(Role.SUPPORT)
    answer = browser.post("/searches/", {"linked_id": f"{MARK}-account"})
    page = browser.get(answer.url).page
    form = page.form(form_id="pivot")

    assert not [button for button in page.all("button", class_="pivot") if "linked" in button.get("value", "")]
    for field in ("linked_id", "ip_address", "ip_v4", "range_v4", "asn_v4", "url", "proximity_id"):
        assert browser.post(form.action, {**form.fields, "pivot": f"0:{field}"}).status_code == 404
        direct = browser.post(f"/events/{event.event_id}/pivot/", {"pivot": field})
        assert direct.status_code == 404
    assert Search.objects.count() == 1


def test_support_searches_for_a_whole_address_and_not_for_a_range(event, empty_sandbox, client_for):
    browser = client_for(Role.SUPPORT)

    for allowed in ("203.0.113.77", "203.0.113.77/32"):
        assert browser.post("/searches/", {"ip_address": allowed}).status_code == 302
    refused = browser.post("/searches/", {"ip_address": "203.0.113.0/24"})

    assert refused.status_code == 422
    assert "your role may not search for a range" in refused.page.text


def test_a_shared_search_keeps_its_values_hidden_from_support_and_still_works(event, empty_sandbox, client_for):
    shared = client_for(Role.FRAUD_ANALYST).post("/searches/", {"linked_id": f"{MARK}-account", "vpn": "false"}).url
    browser = client_for(Role.SUPPORT)

    answer = browser.get(shared)
    assert_masked(answer, event)
    form = answer.page.form(form_id="change")
    changed = browser.post(form.action, {**form.fields, "remove": "vpn"})

    assert_masked(browser.get(changed.url), event)
    assert Search.objects.latest("pk").query.linked_id == f"{MARK}-account"


def test_a_person_of_two_roles_sees_what_either_may(event, empty_sandbox, client_for):
    both = client_for(person(Role.SUPPORT, Role.COMPLIANCE))

    assert f"{MARK}-account" in both.get(f"/events/{event.event_id}/").page.text


def test_staff_activity_is_masked_as_well(event, empty_sandbox, client_for):
    analyst = client_for(Role.FRAUD_ANALYST)
    analyst.post("/searches/", {"linked_id": f"{MARK}-account", "visitor_id": event.visitor_id})

    answer = client_for(Role.SUPPORT).get(f"/visitors/{event.visitor_id}/")

    assert "searched" in answer.page.text
    assert_masked(answer, event)
