"""Top values against the period before: priced, honest about how many, new ones marked, no answer never a zero."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.events import windows
from dashboard.events.models import Search, SnapshotPage
from tests.pages import text_of

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])
PIECE = {"HX-Request": "true"}
WEEK = timedelta(days=7)


def visits(sandbox, count, *, since, **what):
    for number in range(count):
        sandbox.visit(at=timezone.now() - since - timedelta(minutes=number + 1), **what)


@pytest.fixture
def weeks(empty_sandbox):
    """This week: 6 of the ring with a VPN, 2 of a regular. The week before: 3 of the regular, 1 of somebody gone."""
    visits(empty_sandbox, 6, since=timedelta(hours=1), ip="203.0.113.77", linked_id="ring", signals={"vpn": True})
    visits(empty_sandbox, 2, since=timedelta(days=2), ip="198.51.100.4", linked_id="regular")
    visits(empty_sandbox, 3, since=WEEK + timedelta(days=1), ip="198.51.100.4", linked_id="regular")
    visits(empty_sandbox, 1, since=WEEK + timedelta(days=2), ip="192.0.2.9", linked_id="once")
    return empty_sandbox


def search(browser, window="last:7d", **filters):
    return browser.post("/searches/", {"window": window, **filters}).url


def changes(page, facet):
    section = next(
        each for each in page.all("section", class_="facet") if each.get("aria-labelledby") == f"change-{facet}"
    )
    return [text_of(item) for item in section.iter("li")]


@BOTH
def test_a_click_reads_the_period_before_and_says_what_is_new_what_grew_and_what_went(weeks, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    page = browser.get(address).page
    assert "with the one just before, up to 1 request to Fingerprint" in text_of(page.one("form", class_="tops-before"))
    before = len(weeks.requests)

    answer = browser.post(f"{address}before/", follow=True)

    assert len(weeks.requests) == before + 1
    assert changes(answer.page, "linked_id") == [
        "ring 6 before 0 new",
        "regular 2 before 3 1 fewer",
        "once 0 before 1 gone",
    ]
    assert changes(answer.page, "signal") == ["VPN 6 before 0 new"]
    assert "Of all that match: 8 events in this period, 4 in the one before." in answer.page.text


def test_htmx_gets_the_piece_and_a_reload_of_the_page_costs_nothing(weeks, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    browser.get(address)

    piece = browser.post(f"{address}before/", headers=PIECE)
    asked = len(weeks.requests)

    assert changes(piece.page, "address")[0] == "203.0.113.77 6 before 0 new"
    assert piece.page.one("details", id="tops") is not None
    assert not piece.page.all("h1")
    again = browser.get(f"{address}before/")
    assert changes(again.page, "address") == changes(piece.page, "address")
    browser.post(f"{address}before/")
    assert len(weeks.requests) == asked


def test_the_period_before_is_a_search_of_ones_own_and_written_down(weeks, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser, ip_address="198.51.100.4")
    browser.get(address)
    browser.post(f"{address}before/")

    now, earlier = Search.objects.order_by("pk")
    assert (earlier.start, earlier.end) == (now.start - WEEK, now.start)
    assert bytes(earlier.filters) == bytes(now.filters)
    entries = AuditEntry.objects.filter(actor_id=browser.person.pk, kind__startswith="search.").order_by("pk")
    kinds = entries.values_list("kind", flat=True)
    assert list(kinds) == ["search.started", "search.loaded", "search.started", "search.loaded"]


def test_where_more_matches_equally_many_events_are_compared_and_it_is_said(empty_sandbox, client_for):
    visits(empty_sandbox, 130, since=timedelta(hours=1), linked_id="many")
    visits(empty_sandbox, 40, since=WEEK + timedelta(hours=1), linked_id="many")
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    browser.get(address)

    page = browser.post(f"{address}before/", follow=True).page

    assert "Of the newest 40 events of each period: more match than are loaded" in page.text
    assert changes(page, "linked_id") == ["many 40 before 40 the same"]


def test_as_much_is_read_of_the_period_before_as_is_here_and_the_price_says_it(empty_sandbox, client_for):
    visits(empty_sandbox, 230, since=timedelta(hours=1))
    visits(empty_sandbox, 400, since=WEEK + timedelta(hours=1))
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    browser.get(address)
    browser.post(f"{address}more/", {"up_to": "1"})
    assert "up to 3 requests to Fingerprint" in text_of(browser.get(address).page.one("form", class_="tops-before"))
    before = len(empty_sandbox.requests)

    page = browser.post(f"{address}before/", follow=True).page

    assert len(empty_sandbox.requests) == before + 3
    assert "Of the newest 230 events of each period" in page.text


def test_a_narrowing_holds_for_both_periods(weeks, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    page = browser.get(address).page
    keep = next(link.get("href") for link in page.all("a", class_="top-value") if "regular" in "".join(link.itertext()))
    fields = {
        field.get("name"): field.get("value")
        for field in browser.get(address + keep).page.one("form", class_="tops-before").iter("input")
        if field.get("name") in ("keep", "of")
    }

    page = browser.post(f"{address}before/", fields, follow=True).page

    assert changes(page, "linked_id") == ["regular 2 before 3 1 fewer"]
    assert "Narrowed in both as in the results: 2 and 3 are left." in page.text


@pytest.mark.parametrize("headers", [PIECE, {}])
def test_no_answer_for_the_period_before_is_no_zero(weeks, client_for, headers):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    browser.get(address)

    with weeks.faults.unavailable(times=None):
        answer = browser.post(f"{address}before/", headers=headers)

    assert "No answer for the period before" in answer.page.text
    assert not answer.page.all("section", class_="facet")
    assert "before 0" not in answer.page.text
    assert AuditEntry.objects.filter(kind="search.failed").count() == 1
    # The next try asks again, and the search of the first one is used.
    assert changes(browser.post(f"{address}before/", follow=True).page, "signal")
    assert Search.objects.count() == 2


def test_no_answer_for_this_period_is_said_of_this_one_and_the_other_is_not_asked(weeks, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)

    with weeks.faults.unavailable(times=None):
        answer = browser.post(f"{address}before/")

    assert answer.status_code == 502
    assert "No answer for this period" in answer.page.text
    assert Search.objects.count() == 1


def test_a_period_before_that_broke_off_is_compared_as_far_as_it_came(empty_sandbox, client_for):
    visits(empty_sandbox, 130, since=timedelta(hours=1), linked_id="many")
    visits(empty_sandbox, 130, since=WEEK + timedelta(hours=1), linked_id="many")
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    browser.get(address)
    browser.post(f"{address}more/", {"up_to": "1"})
    browser.post(f"{address}before/")
    SnapshotPage.objects.filter(search=Search.objects.last(), number=2).delete()

    with empty_sandbox.faults.unavailable(times=None):
        page = browser.post(f"{address}before/").page

    assert "The period before could only be read in part" in page.text
    assert "Of the newest 100 events of each period" in page.text


def test_what_was_forgotten_is_offered_again_with_its_price(weeks, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser)
    browser.get(address)
    browser.post(f"{address}before/")
    SnapshotPage.objects.all().delete()
    asked = len(weeks.requests)

    page = browser.get(f"{address}before/").page

    assert "up to 2 requests to Fingerprint" in page.text
    assert not page.all("section", class_="facet")
    assert len(weeks.requests) == asked


def test_there_is_no_period_before_what_fingerprint_keeps(weeks, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    address = search(browser, window="last:all")
    page = browser.get(address).page

    assert not page.all("form", class_="tops-before")
    assert "Search a shorter window to compare it" in page.text
    asked = len(weeks.requests)
    assert "There is no period before" in browser.post(f"{address}before/").page.text
    assert len(weeks.requests) == asked


def test_masked_people_compare_what_they_see(weeks, client_for):
    browser = client_for(Role.SUPPORT)
    address = search(browser)
    browser.get(address)

    page = browser.post(f"{address}before/", follow=True).page

    assert changes(page, "linked_id") == ["••• 8 before 4 4 more"]
    assert "203.0.113.77" not in page.text
    assert "counted as you see it" in page.text


def test_somebody_elses_private_search_is_not_compared(weeks, client_for):
    address = search(client_for(Role.FRAUD_ANALYST))
    Search.objects.update(is_shared=False)

    assert client_for(Role.FRAUD_LEAD).post(f"{address}before/").status_code == 404


def test_the_window_before_is_as_long_and_ends_where_the_other_begins():
    now = timezone.now()
    week = windows.resolve("last:7d", now=now, retention=timedelta(days=30))

    found = windows.before(week, now=now, retention=timedelta(days=30))

    assert (found.start, found.end) == (week.start - WEEK, week.start)
    assert windows.before(week, now=now, retention=2 * WEEK) is not None
    assert windows.before(week, now=now, retention=2 * WEEK - timedelta(seconds=1)) is None
