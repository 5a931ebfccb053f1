"""Searching: from the form over the results to the last page, on both versions, without a value in any address."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.events.models import Search, SnapshotPage

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


def search(browser, **filters):
    """Send what the form would send; give the page of results."""
    answer = browser.post("/searches/", filters)
    assert answer.status_code == 302, answer.page.text
    return browser.get(answer.url)


def kinds(group):
    entries = AuditEntry.objects.filter(kind__startswith=f"{group}.").order_by("pk")
    return list(entries.values_list("kind", flat=True))


def rows(page):
    return page.all("input", name="event")


@BOTH
def test_a_search_becomes_a_row_with_a_short_link_and_asks_once(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    form = browser.get("/events/").page.form(button="Search")

    answer = browser.get(browser.submit(form, linked_id="promo-4113").url)

    found = Search.objects.get()
    assert answer.request["PATH_INFO"] == f"/searches/{found.short_id}/"
    assert "promo-4113" in answer.page.text
    assert rows(answer.page)
    asked = len(sandbox.requests)
    again = browser.get(f"/searches/{found.short_id}/")
    assert len(sandbox.requests) == asked == 1
    assert len(rows(again.page)) == len(rows(answer.page))
    assert kinds("search") == ["search.started", "search.loaded", "search.opened"]


@BOTH
def test_the_whole_retention_is_searched_unless_somebody_says_otherwise(sandbox, client_for, clock):
    answer = search(client_for(Role.FRAUD_ANALYST), visitor_id=sandbox.stories["night_owl"].visitor_ids[0])

    found = Search.objects.get()
    assert (found.start, found.end) == (clock.now - timedelta(days=90), clock.now)
    assert "Tue 17 Mar 2026, 12:00 to Mon 15 Jun 2026, 12:00 UTC" in answer.page.text


def test_the_window_is_said_in_the_persons_zone_and_in_utc(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    browser.person.time_zone = "Europe/Berlin"
    browser.person.save()

    text = search(browser, window="last:24h", linked_id="nobody").page.text

    assert "Sun 14 Jun 2026, 14:00 to Mon 15 Jun 2026, 14:00 Berlin, UTC+2" in text
    assert "12:00 to 12:00 UTC" in text


def test_dates_are_read_in_the_persons_zone(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    browser.person.time_zone = "Asia/Kolkata"
    browser.person.save()

    search(browser, window="between", start="2026-06-01T00:00", end="2026-06-02T00:00")

    assert Search.objects.get().start.isoformat() == "2026-05-31T18:30:00+00:00"


@BOTH
def test_pages_are_loaded_until_the_end_is_said(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    whole = sandbox.stories["family"].event_count
    page = search(browser, visitor_id=sandbox.stories["family"].visitor_ids[0]).page
    assert "100 loaded" in page.text
    assert "That is all" not in page.text

    answer = browser.submit(page.form(button="Load 100 more"))

    page = browser.get(answer.url).page
    ids = [box.get("value") for box in rows(page)]
    assert len(ids) == len(set(ids)) == whole > 100
    assert f"That is all: {whole} events." in page.text
    assert not page.all("form", action=f"{answer.url}more/")


def test_counts_are_capped_where_fingerprint_stops_counting(sandbox, client_for):
    text = search(client_for(Role.FRAUD_ANALYST)).page.text

    assert "1,000+ match · 100 loaded" in text
    assert "100 of 1,000+ loaded. Fingerprint stops counting at 1,000." in text


@pytest.mark.parametrize("api_version", ["v3"])
def test_v3_does_not_count_and_the_page_does_not_pretend(sandbox, client_for):
    text = search(client_for(Role.FRAUD_ANALYST)).page.text

    assert "match" not in text.split("100 loaded")[0][-60:]
    assert "100 loaded. More follow; how many, Fingerprint does not say." in text


def test_loading_more_twice_asks_once(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    form = search(browser).page.form(button="Load 100 more")

    browser.submit(form)
    browser.submit(form)

    assert SnapshotPage.objects.count() == 2
    assert len(sandbox.requests) == 2


def test_htmx_gets_the_new_rows_only_and_keeps_what_was_chosen(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = search(browser).page
    chosen = rows(page)[3].get("value")
    form = page.form(button="Load 100 more")

    answer = browser.post(form.action, {**form.fields, "event": [chosen]}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.page.is_fragment
    assert len(rows(answer.page)) == 100
    assert len(list(answer.page.one("tbody", id="page-2").iter("tr"))) > 100
    assert "200 loaded" in answer.page.text
    assert answer.page.one(id="foot")
    assert answer.page.one(id="timeline")
    assert "HX-Request" in answer.headers["Vary"]


def test_another_person_runs_a_shared_link_anew_in_the_same_window(sandbox, client_for, clock):
    maya, jonas = client_for(Role.FRAUD_ANALYST), client_for(Role.FRAUD_LEAD)
    search(maya, linked_id="acct-owl", window="last:7d")
    shared = Search.objects.get()
    clock.advance(hours=2)

    answer = jonas.get(f"/searches/{shared.short_id}/")

    assert answer.status_code == 200
    assert rows(answer.page)
    assert {page.owner for page in SnapshotPage.objects.all()} == {maya.person, jonas.person}
    assert "Mon 15 Jun 2026, 12:00 UTC" in answer.page.text
    assert len(sandbox.requests) == 2


def test_an_expired_snapshot_is_read_anew(sandbox, client_for, clock):
    browser = client_for(Role.FRAUD_ANALYST)
    search(browser, linked_id="acct-owl")
    clock.advance(minutes=61)

    browser.get(f"/searches/{Search.objects.get().short_id}/")

    assert len(sandbox.requests) == 2
    assert SnapshotPage.objects.get().expires_at > clock.now


def test_pages_of_one_snapshot_expire_together(sandbox, client_for, clock):
    browser = client_for(Role.FRAUD_ANALYST)
    form = search(browser).page.form(button="Load 100 more")
    clock.advance(minutes=50)

    browser.submit(form)

    assert len({page.expires_at for page in SnapshotPage.objects.all()}) == 1


def test_reading_again_shows_what_changed_since(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = search(browser, linked_id="acct-owl", window="last:24h").page
    before = len(rows(page))
    owl = sandbox.stories["night_owl"].visitor_ids[0]
    sandbox.visit(visitor_id=owl, linked_id="acct-owl", at=timezone.now() - timedelta(minutes=1))

    answer = browser.submit(page.form(button="Read again"))

    assert len(rows(browser.get(answer.url).page)) == before + 1


def test_a_chip_is_taken_away_by_a_new_search(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = search(browser, linked_id="acct-owl", vpn="false").page
    form = page.form(form_id="change")

    answer = browser.post(form.action, {**form.fields, "remove": "linked_id"})

    newer = Search.objects.latest("pk")
    assert answer.url == f"/searches/{newer.short_id}/"
    assert newer.query.linked_id is None
    assert newer.query.vpn is False
    chips = [chip.get("value") for chip in browser.get(answer.url).page.all("button", class_="chip-remove")]
    assert chips == ["vpn"]


def test_another_window_is_a_new_search_with_the_same_filters(sandbox, client_for, clock):
    browser = client_for(Role.FRAUD_ANALYST)
    page = search(browser, linked_id="acct-owl").page
    form = page.form(form_id="change")

    browser.post(form.action, {**form.fields, "window": "last:24h"})

    newer = Search.objects.latest("pk")
    assert (newer.query.linked_id, newer.start) == ("acct-owl", clock.now - timedelta(hours=24))


def test_the_form_can_be_filled_from_a_search(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    search(browser, linked_id="acct-owl", vpn="true", min_suspect_score="8", window="last:7d", reverse="true")

    form = browser.get(f"/events/?from={Search.objects.get().short_id}").page.form(button="Search")

    asked = {name: values[0] for name, values in form.fields.items()}
    assert asked | {"linked_id": "acct-owl", "vpn": "true", "min_suspect_score": "8"} == asked
    assert (asked["window"], asked["reverse"]) == ("last:7d", "true")


def test_nothing_found_says_what_was_searched_and_offers_the_next_step(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)

    page = search(browser, linked_id="nobody-at-all", window="last:7d").page

    assert "No event fits this search" in page.text
    assert "Searched from Mon 8 Jun 2026, 12:00 to Mon 15 Jun 2026, 12:00 (UTC). Fingerprint answered" in page.text
    assert "nobody-at-all" in page.text
    assert [
        button for button in page.all("button") if button.get("form") == "change" and button.get("value") == "last:all"
    ]


@BOTH
def test_an_unknown_visitor_reads_as_nothing_found(sandbox, client_for):
    page = search(client_for(Role.FRAUD_ANALYST), visitor_id="nobodyNobodyNobody00").page

    assert "Fingerprint does not know this visitor" in page.text


def test_clicking_a_value_searches_for_it_without_sending_it(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = search(browser, linked_id="acct-owl", window="last:24h").page
    button = next(each for each in page.all("button", class_="pivot") if each.get("value", "").endswith(":ip_address"))
    form = page.form(form_id="pivot")
    assert not any(character in button.get("value") for character in "/.")

    answer = browser.post(form.action, {**form.fields, "pivot": button.get("value")})

    newer = Search.objects.latest("pk")
    assert answer.url == f"/searches/{newer.short_id}/"
    assert newer.query.ip_address == "".join(button.itertext())
    assert newer.window_asked == "last:all"


NOWHERE = ["", "0", "0:", "0:nothing", "9999:linked_id", "-1:linked_id", "x:linked_id", "0:raw", "١:linked_id"]


@pytest.mark.parametrize("pivot", NOWHERE)
def test_a_click_that_leads_nowhere_is_a_clean_404(sandbox, client_for, pivot):
    browser = client_for(Role.FRAUD_ANALYST)
    form = search(browser, linked_id="acct-owl", window="last:24h").page.form(form_id="pivot")

    assert browser.post(form.action, {**form.fields, "pivot": pivot}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/searches/nothing/", "/searches/nothing/rows/0/", "/searches/..%2f/", "/searches/a/"]
)
def test_a_link_that_leads_nowhere_is_a_clean_404(sandbox, client_for, path):
    assert client_for(Role.FRAUD_ANALYST).get(path).status_code == 404


def test_what_was_searched_is_in_the_log_and_the_values_are_kept_apart(sandbox, client_for):
    search(client_for(Role.FRAUD_ANALYST), linked_id="acct-owl", ip_address="198.19.1.68", vpn="false")

    entry = AuditEntry.objects.get(kind="search.started")
    body = bytes(entry.body).decode()
    assert "acct-owl" not in body
    assert "198.19.1.68" not in body
    assert set(json.loads(body)["personal"]) == {"actor", "words", "linked_id", "address"}
    found = {mention.role: mention.subject.text for mention in entry.mentions.select_related("subject")}
    assert found["words"] == "Linked id: acct-owl; Address or range: 198.19.1.68; VPN: no"
    assert (found["linked_id"], found["address"]) == ("acct-owl", "198.19.1.68")


def test_chosen_events_go_to_the_jobs_with_their_visitors(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = search(browser, linked_id="acct-owl", window="last:24h").page
    form = page.form(form_id="chosen")
    chosen = [box.get("value") for box in rows(page)[:2]]

    answer = browser.post(form.action, {**form.fields, "event": chosen, "act": "suspect"}, follow=True)

    assert form.action == "/jobs/new/"
    assert answer.status_code == 200
    assert all(event_id[-6:] in answer.page.html for event_id in chosen)


def test_support_may_choose_events_only_to_ask_for_deletion(sandbox, client_for):
    browser = client_for(Role.SUPPORT)
    page = search(browser, visitor_id=sandbox.stories["family"].visitor_ids[0]).page
    assert "Mark suspect…" not in page.text
    form = page.form(form_id="chosen")
    assert form.action == "/deletions/ask/"

    answer = browser.post(form.action, {**form.fields, "event": [rows(page)[0].get("value")]})

    assert sandbox.stories["family"].visitor_ids[0] in answer.page.html


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_search_is_refused_and_that_is_written_down(sandbox, client_for, role):
    browser = client_for(role)

    assert browser.get("/events/").status_code == 403
    assert browser.post("/searches/", {}).status_code == 403
    assert kinds("access") == ["access.refused", "access.refused"]
