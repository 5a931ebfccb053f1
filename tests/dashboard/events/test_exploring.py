"""Narrowing what is loaded: by top values, without them, by a range of time; nobody is asked for it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.core.access import Role

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


@pytest.fixture
def crowd(empty_sandbox):
    """Twenty events of two accounts from two addresses: sixteen are the ring's, four an honest customer's."""
    now = timezone.now()
    for number in range(20):
        is_ring = number % 5 != 0
        empty_sandbox.visit(
            at=now - timedelta(hours=2 * number + 1),
            ip="203.0.113.77" if is_ring else "198.51.100.4",
            linked_id="ring-881" if is_ring else "honest-1",
            signals={"vpn": True} if is_ring else None,
        )
    return empty_sandbox


def results(browser, **filters):
    return browser.get(browser.post("/searches/", filters).url)


def rows(page):
    return page.all("input", name="event")


def top(page, facet):
    """The top values of one field as words."""
    section = next(
        each for each in page.all("section", class_="facet") if f"facet-{facet}" in each.get("aria-labelledby")
    )
    return [" ".join("".join(item.itertext()).split()) for item in section.iter("li")]


def link(page, class_, holding):
    """The address behind a top value: class `top-value` keeps only it, `top-drop` leaves it out."""
    for item in page.all("li"):
        if holding in "".join(item.itertext()):
            for anchor in item.iter("a"):
                if class_ in (anchor.get("class") or "").split():
                    return anchor.get("href")
    raise AssertionError(f"No {class_} of {holding}.")


@BOTH
def test_top_values_are_counted_of_what_is_loaded_and_say_so(crowd, client_for):
    page = results(client_for(Role.FRAUD_ANALYST)).page

    assert top(page, "address")[:2] == ["203.0.113.77 16", "198.51.100.4 4"]
    assert top(page, "linked_id")[:2] == ["ring-881 16", "honest-1 4"]
    assert "VPN 16" in top(page, "signal")
    assert "Of the 20 events loaded: all that match." in page.text


@BOTH
def test_a_click_keeps_a_value_another_leaves_one_out_and_nobody_is_asked(crowd, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    answer = results(browser)
    path, asked = answer.request["PATH_INFO"], len(crowd.requests)

    kept = browser.get(path + link(answer.page, "top-value", "ring-881"))
    dropped = browser.get(path + link(answer.page, "top-drop", "ring-881"))

    assert len(rows(kept.page)) == 16
    assert "16 shown" in kept.page.text
    assert len(rows(dropped.page)) == 4
    assert len(crowd.requests) == asked
    assert not re.search("ring|881|203", link(answer.page, "top-value", "ring-881"))
    both = browser.get(path + link(kept.page, "top-drop", "203.0.113.77"))
    assert not rows(both.page)
    assert "None of the 20 events loaded is left." in both.page.text


def test_narrowing_is_a_piece_of_the_page_for_htmx(crowd, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    answer = results(browser)

    piece = browser.fragment(answer.request["PATH_INFO"] + link(answer.page, "top-value", "ring-881"))

    assert len(rows(piece.page)) == 16
    assert "<html" not in piece.page.html


def test_an_address_made_for_an_earlier_reading_narrows_nothing_and_says_so(crowd, client_for, clock):
    browser = client_for(Role.FRAUD_ANALYST)
    answer = results(browser)
    path = answer.request["PATH_INFO"]
    old = link(answer.page, "top-value", "ring-881")
    clock.advance(minutes=1)
    browser.post(f"{path}again/")

    page = browser.get(path + old).page

    assert len(rows(page)) == 20
    assert "The results were read again since this address was made" in page.text


def test_a_range_typed_in_another_zone_keeps_its_events_and_can_be_searched(crowd, client_for, clock):
    browser = client_for(Role.FRAUD_ANALYST)
    answer = results(browser)
    form = answer.page.form(button="Show only these")

    # 12:00 UTC is now; the range is 02:00 to 12:00 UTC.
    page = browser.submit(form, start="2026-06-15 07:30 +0530", end="15 Jun 2026 14:00 CEST").page

    assert len(rows(page)) == 5
    assert "Mon 15 Jun 2026, 02:00 to Mon 15 Jun 2026, 12:00" in page.text
    change = page.form(form_id="change")
    searched = browser.get(browser.post(change.action, {**change.fields, "window": "range"}).url)
    assert len(rows(searched.page)) == 5
    assert searched.request["PATH_INFO"] != answer.request["PATH_INFO"]


@pytest.mark.parametrize(
    "typed,said",
    [
        ({"start": "yesterday"}, "Enter a day and a time"),
        ({"start": "2026-06-15 10:00", "end": "2026-06-15 09:00"}, "Choose an end after the beginning."),
        ({"start": "2026-06-15 10:00 CST"}, "instead of CST"),
    ],
)
def test_a_range_that_is_none_is_said_beside_its_fields_and_hides_nothing(crowd, client_for, typed, said):
    browser = client_for(Role.FRAUD_ANALYST)

    page = browser.submit(results(browser).page.form(button="Show only these"), **typed).page

    assert said in page.text
    assert len(rows(page)) == 20
    assert page.one("input", name="start").get("value") == typed["start"]


@pytest.mark.parametrize(
    "query",
    [
        "keep=linked_id.999999&of=x",
        "keep=shoe_size.1&drop=signal.nonsense&of=x",
        "from=99999999999999999999&to=1",
        "from=1&to=7999999999",
        "keep=" + "&keep=".join(["address.0"] * 200),
        "facet=%00%00&keep=address.%F0%9F%92%A9&start=%00",
    ],
)
def test_an_address_somebody_made_up_breaks_nothing(crowd, client_for, query):
    browser = client_for(Role.FRAUD_ANALYST)

    answer = browser.get(f"{results(browser).request['PATH_INFO']}?{query}")

    assert answer.status_code == 200
    assert len(rows(answer.page)) == 20


def test_up_to_a_thousand_are_loaded_at_once_for_a_price_that_is_said(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = results(browser).page
    assert "about 9 requests to Fingerprint" in page.text

    answer = browser.submit(page.form(button="Load up to 1,000"))

    page = browser.get(answer.url).page
    assert "1,000 loaded" in page.text
    assert len(sandbox.requests) == 10
    assert len(rows(page)) == 300
    assert "300 drawn, 700 more are loaded and fit." in page.text
    assert len(rows(browser.get(f"{answer.url}?all=1").page)) == 1000


@BOTH
def test_what_is_masked_is_masked_in_top_values_and_columns_and_leads_nowhere(crowd, client_for):
    browser = client_for(Role.SUPPORT)
    browser.post("/events/columns/", {"columns": ["linked_id", "address", "network", "city", "page", "referrer"]})

    answer = results(browser, linked_id="ring-881")

    assert len(rows(answer.page)) == 16
    for secret in ("ring-881", "203.0.113.77"):
        assert secret not in answer.page.html
    assert top(answer.page, "address") == ["203.0.•••.••• 16"]
    assert top(answer.page, "linked_id") == ["••• 16"]
    assert not [href for href in answer.page.all("a") if "linked_id." in (href.get("href") or "")]
