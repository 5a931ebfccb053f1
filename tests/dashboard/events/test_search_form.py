"""The form of filters: what is refused, what is offered, what each filter does."""

import pytest
from django.test import Client

from dashboard.core.access import Role
from dashboard.events.models import Search
from fingerprint_integration.services import reads
from tests.factories import person

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


def search(browser, **filters):
    """Send what the form would send; give the page of results."""
    answer = browser.post("/searches/", filters)
    assert answer.status_code == 302, answer.page.text
    return browser.get(answer.url)


@BOTH
@pytest.mark.parametrize(
    "field,value,sentence",
    [
        ("ip_address", "999.1.1.1", "Enter an address such as"),
        ("ip_address", "10.0.0.0/99", "Enter an address such as"),
        ("visitor_id", "../../etc", "Enter a visitor id"),
        ("linked_id", "x" * 257, "Shorten this to 256 characters"),
        ("linked_id", "x" * 5000, "far longer than anything"),
        ("linked_id", "a\x00b", "Remove the NUL characters"),
        ("min_suspect_score", "lots", "Enter a number"),
        ("bot", "evil", "Choose one of the list"),
        ("vpn", "maybe", "Choose one of the list"),
        ("window", "last:century", "Choose one of the windows"),
    ],
)
def test_what_fingerprint_would_refuse_is_said_beside_the_field_and_kept(sandbox, client_for, field, value, sentence):
    browser = client_for(Role.FRAUD_ANALYST)

    answer = browser.post("/searches/", {"asn" if api_has_asn() else "sdk_version": "7922", field: value})

    assert answer.status_code == 422
    assert sentence in answer.page.text
    assert not Search.objects.exists()
    assert not sandbox.requests
    kept = answer.page.form(button="Search").fields
    if field in ("ip_address", "visitor_id", "min_suspect_score"):
        assert kept[field] == [value]
    assert "7922" in [values[0] for values in kept.values()]


def api_has_asn():
    return "asn" in reads.capabilities().filters


@pytest.mark.parametrize(
    "start,end,sentence",
    [
        ("", "", "Choose when the search begins"),
        ("2026-06-20T00:00", "", "Choose a beginning before now"),
        ("2026-06-10T00:00", "2026-06-09T00:00", "Choose an end after the beginning"),
        ("2020-01-01T00:00", "2020-02-01T00:00", "Fingerprint keeps events for 90 days"),
        ("yesterday", "", "Choose a day and a time"),
        ("0001-01-01T00:00", "", "Choose a day and a time"),
        ("9999-12-31T23:59", "", "Choose a day and a time"),
        ("2026-03-29T02:30", "", "exist once in your time zone (Europe/Berlin)"),
        ("2026-13-45T99:99", "", "Choose a day and a time"),
    ],
)
def test_dates_that_make_no_sense_are_said_beside_the_field(sandbox, client_for, start, end, sentence):
    browser = client_for(Role.FRAUD_ANALYST)
    browser.person.time_zone = "Europe/Berlin"
    browser.person.save()

    answer = browser.post("/searches/", {"window": "between", "start": start, "end": end})

    assert answer.status_code == 422
    assert sentence in answer.page.text


@BOTH
def test_only_the_filters_of_the_configured_version_are_offered(sandbox, client_for, api_version):
    names = set(client_for(Role.FRAUD_ANALYST).get("/events/").page.form(button="Search").fields)

    assert reads.capabilities().filters - names == set()
    assert ("asn" in names, "datacenter" in names) == ((True, False) if api_version == "v4" else (False, True))


@BOTH
def test_every_filter_finds_something_or_nothing_but_never_breaks(sandbox, client_for):
    form = client_for(Role.FRAUD_ANALYST).get("/events/").page
    browser = Client()  # ninety pages; parsing each of them would tell nothing new
    browser.force_login(person(Role.FRAUD_ANALYST))
    choices = {
        select.get("name"): [option.get("value") for option in select.iter("option")] for select in form.all("select")
    }
    texts = {
        "visitor_id": sandbox.stories["family"].visitor_ids[0],
        "linked_id": "acct-owl",
        "high_recall_id": "abc",
        "ip_address": "198.19.0.0/16",
        "asn": "64498",
        "proximity_id": "abc",
        "bot_info_provider": "OpenAI",
        "bot_info_name": "GPTBot",
        "min_suspect_score": "20",
        "sdk_version": "3.11.14",
        "bundle_id": "com.example",
        "package_name": "com.example",
        "url": "https://shop.demo.test/login",
        "origin": "https://shop.demo.test",
        "environment": "ae_5a9d1f0c7be24e63",
    }
    for name in reads.capabilities().filters:
        value = texts.get(name) or choices[name]
        answer = search(browser, window="last:24h", **{name: value})
        assert answer.status_code == 200, name
        assert "Fingerprint gave no answer" not in answer.content.decode(), name
