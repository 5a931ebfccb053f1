"""The visitor page: the whole retention, labelled as what is loaded, page by page; related visitors only on request."""

import httpx
import msgspec
import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.events import histories
from dashboard.events.models import Search, SnapshotPage
from dashboard.visitors import present
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from tests.factories import person
from tests.pages import text_of

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


def rows(within):
    return [link for link in within.iter("a") if link.get("class") == "name"]


def kinds(group):
    entries = AuditEntry.objects.filter(kind__startswith=f"{group}.").order_by("pk")
    return list(entries.values_list("kind", flat=True))


def visitor_of(sandbox, story):
    return sandbox.stories[story].visitor_ids[0]


@BOTH
def test_a_history_says_what_is_loaded_and_that_it_is_all(sandbox, client_for):
    visitor_id, count = visitor_of(sandbox, "traveller"), sandbox.stories["traveller"].event_count

    page = client_for(Role.FRAUD_ANALYST).get(f"/visitors/{visitor_id}/").page

    assert visitor_id in page.text
    assert f"Of the {count} events loaded" in page.text
    assert f"That is all: {count} events." in page.text
    assert len(rows(page.one("table", id="events"))) == count
    assert kinds("visitor") == ["visitor.opened"]


@BOTH
def test_the_newest_200_come_first_and_the_rest_on_demand(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    visitor_id, count = visitor_of(sandbox, "night_owl"), sandbox.stories["night_owl"].event_count
    page = browser.get(f"/visitors/{visitor_id}/").page
    assert "From the newest 200 events." in page.text
    assert "Of the 200 events loaded" in page.text
    assert "days not loaded" in page.text
    assert len(sandbox.requests) == 2

    answer = browser.submit(page.form(button="Read the rest"))

    assert answer.url == f"/visitors/{visitor_id}/?read={Search.objects.get().short_id}"
    assert len(sandbox.requests) == 12
    page = browser.get(answer.url).page
    while "Read the rest" in page.text:
        page = browser.get(browser.submit(page.form(button="Read the rest")).url).page
    assert f"Of the {count:,} events loaded" in page.text
    assert "The newest 50 events" in page.text
    assert len(rows(page.one("table", id="events"))) == 50
    assert kinds("visitor") == ["visitor.opened"] + ["visitor.loaded"] * (-(-count // 100) - 2)


def test_what_is_shown_at_once_is_what_was_stored(sandbox, clock, db):
    maya = person(Role.FRAUD_ANALYST)
    hostile = sandbox.stories["hostile"].visitor_ids[0]
    for visitor_id in (visitor_of(sandbox, "night_owl"), hostile):
        search, opened = histories.open_history(visitor_id, by=maya, now=clock.now)

        again = histories.reopen_history(search, by=maya, now=clock.now)

        assert opened.snapshot.count > 0
        shown, stored = opened.snapshot, again.snapshot
        assert [msgspec.structs.asdict(item) for item in shown.items] == [
            msgspec.structs.asdict(item) for item in stored.items
        ]
        assert (shown.cursors, shown.ask_next, shown.total) == (stored.cursors, stored.ask_next, stored.total)
        assert (shown.visitor_unknown, shown.read_at) == (stored.visitor_unknown, stored.read_at)


def test_more_rows_of_what_is_loaded_are_drawn_on_demand(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(f"/visitors/{visitor_of(sandbox, 'night_owl')}/").page
    assert len(rows(page.one("table", id="events"))) == 50
    assert "50 drawn, 150 more are loaded." in page.text
    link = page.one("a", id="more-rows")
    chosen = rows(page.one("table", id="events"))[3].get("href").split("/")[2]
    asked = len(sandbox.requests)

    piece = browser.fragment(f"{link.get('hx-get')}&event={chosen}").page
    whole = browser.get(link.get("href").partition("#")[0]).page

    assert piece.is_fragment
    for drawn in (piece, whole):
        assert len(rows(drawn.one("table", id="events"))) == 200
        assert not drawn.all("a", id="more-rows")
    assert [box.get("value") for box in piece.all("input", name="event") if box.get("checked") is not None] == [chosen]
    assert len(sandbox.requests) == asked


def test_a_day_with_more_events_than_are_drawn_says_so(sandbox, client_for, monkeypatch):
    monkeypatch.setattr(present, "ROWS_DRAWN", (2, 4))
    monkeypatch.setattr(present, "ROWS_NOT_WORTH_A_CLICK", 0)
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(f"/visitors/{visitor_of(sandbox, 'night_owl')}/").page
    busiest = max(
        (row for table in page.all("table", class_="day-rows") for row in table.iter("tr") if row.findall("td")),
        key=lambda row: int(text_of(row.findall("td")[1]).split()[0]),
    )
    count = int(text_of(busiest.findall("td")[1]).split()[0])
    link = next(busiest.iter("a")).get("href").partition("#")[0]
    assert count > 4

    day = browser.get(link).page
    most = browser.get(day.one("a", id="more-rows").get("href").partition("#")[0]).page

    assert f"2 drawn, {count - 2} more" in day.text
    assert len(rows(most.one("table", id="events"))) == 4
    assert "Search this day by hours to see the others." in most.text


def test_htmx_reads_on_by_itself_and_says_how_far_it_is(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(f"/visitors/{visitor_of(sandbox, 'night_owl')}/").page
    form = page.form(button="Read the rest")

    answer = browser.post(form.action, form.fields, headers={"HX-Request": "true"})

    assert answer.page.is_fragment
    assert answer.page.one("progress").get("value") == "500"
    assert answer.page.one("div", id="reading").get("data-announce") == "500 events read"
    assert answer.page.one("form").get("hx-trigger") == "load delay:1s"
    while "HX-Redirect" not in answer.headers:
        answer = browser.post(form.action, form.fields, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].endswith(f"?read={Search.objects.get().short_id}")


def test_a_history_without_end_is_read_up_to_a_bound_and_says_so(sandbox, client_for, monkeypatch):
    monkeypatch.setattr(histories, "MOST_EVENTS", 300)
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(f"/visitors/{visitor_of(sandbox, 'night_owl')}/").page

    page = browser.get(browser.submit(page.form(button="Read the rest")).url).page

    assert len(sandbox.requests) == 3
    assert "This visitor has more than 300 events. Inkpad reads the newest 300 of one visitor" in page.text
    assert "Read the rest" not in page.text


def test_a_step_that_gets_no_answer_keeps_what_was_read(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(f"/visitors/{visitor_of(sandbox, 'night_owl')}/").page
    form = page.form(button="Read the rest")

    with sandbox.faults.unavailable(times=None):
        answer = browser.post(form.action, form.fields, headers={"HX-Request": "true"})
        assert "Go on reading" in answer.page.text

    assert (
        browser.post(form.action, form.fields, headers={"HX-Request": "true"}).page.one("progress").get("value")
        == "500"
    )
    assert "visitor.not_opened" in kinds("visitor")


def test_one_day_of_the_history_can_be_opened(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(f"/visitors/{visitor_of(sandbox, 'night_owl')}/").page
    link = next(a for a in page.one("section", id="days").iter("a") if "day=" in a.get("href", ""))

    day = browser.get(link.get("href")).page

    assert "Events of " in day.text
    assert 0 < len(rows(day.one("table", id="events"))) < 200
    for nonsense in ("2026-02-31", "x", "\x00", "9" * 40):
        assert browser.get(f"{link.get('href').partition('&')[0]}&day={nonsense}").status_code == 200


def test_opening_a_visitor_reads_anew_and_a_reading_stays_as_it_was(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    visitor_id = visitor_of(sandbox, "family")
    browser.get(f"/visitors/{visitor_id}/")
    reading = Search.objects.get()

    browser.get(f"/visitors/{visitor_id}/?read={reading.short_id}")
    asked = len(sandbox.requests)
    assert asked in (1, 2)
    browser.get(f"/visitors/{visitor_id}/")
    assert len(sandbox.requests) == 2 * asked


@pytest.mark.parametrize("read", ["", "nothing", "../../x", "\x00", "x" * 300])
def test_a_reading_that_is_not_there_is_a_new_one(sandbox, client_for, read):
    answer = client_for(Role.FRAUD_ANALYST).get(f"/visitors/{visitor_of(sandbox, 'family')}/", {"read": read})

    assert answer.status_code == 200


def test_somebody_elses_reading_is_not_shown(sandbox, client_for):
    visitor_id = visitor_of(sandbox, "family")
    client_for(Role.FRAUD_LEAD).get(f"/visitors/{visitor_id}/")
    theirs = Search.objects.get()

    client_for(Role.FRAUD_ANALYST).get(f"/visitors/{visitor_id}/?read={theirs.short_id}")

    assert Search.objects.count() == 2
    assert len({page.owner_id for page in SnapshotPage.objects.all()}) == 2


@BOTH
def test_an_unknown_visitor_is_a_404_that_says_what_was_searched(sandbox, client_for):
    answer = client_for(Role.COMPLIANCE).get("/visitors/nobodyNobodyNobody00/")

    assert answer.status_code == 404
    assert "Fingerprint does not know this visitor" in answer.page.text
    assert "Searched the whole 90 days Fingerprint keeps. It answered; there is nothing." in answer.page.text


def test_accounts_and_addresses_of_the_device_can_be_searched_for(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(f"/visitors/{visitor_of(sandbox, 'family')}/").page
    section = page.one("section", id="accounts-and-addresses")
    button = next(each for each in section.iter("button") if each.get("value", "").endswith(":linked_id"))
    form = page.form(form_id="pivot")

    answer = browser.post(form.action, {**form.fields, "pivot": button.get("value")})

    assert Search.objects.latest("pk").query.linked_id == text_of(button)
    assert answer.status_code == 302


@pytest.mark.parametrize("role,asks", [(Role.SUPPORT, True), (Role.COMPLIANCE, True), (Role.FRAUD_ANALYST, False)])
def test_deletion_is_asked_for_by_post_from_here(sandbox, client_for, role, asks):
    browser = client_for(role)
    visitor_id = visitor_of(sandbox, "family")
    page = browser.get(f"/visitors/{visitor_id}/").page

    assert ("Ask for deletion" in page.text) is asks
    if asks:
        answer = browser.submit(page.form(action="/deletions/ask/", button="Ask for deletion…"))
        assert visitor_id in answer.page.html


# -- Finding ------------------------------------------------------------------------------------------------------


def test_an_id_typed_in_a_form_leads_to_the_page(sandbox, client_for):
    browser = client_for(Role.SUPPORT)

    answer = browser.submit(
        browser.get("/visitors/").page.form(button="Open the visitor"), visitor_id=" Ibk1527CUFmcnj "
    )

    assert (answer.status_code, answer.url) == (302, "/visitors/Ibk1527CUFmcnj/")


@pytest.mark.parametrize("typed", ["", "   ", "a/b", "..", "x" * 65, "ä", "a\x00b", "<script>"])
def test_what_is_no_id_is_said_beside_the_field(sandbox, client_for, typed):
    answer = client_for(Role.SUPPORT).post("/visitors/", {"visitor_id": typed})

    assert answer.status_code == 422
    assert answer.page.all("p", class_="error") or "Enter a visitor id" in answer.page.text or "NUL" in answer.page.text


# -- Related visitors ---------------------------------------------------------------------------------------------


def test_v4_offers_no_related_visitors(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    visitor_id = visitor_of(sandbox, "family")

    assert "Related visitors" not in browser.get(f"/visitors/{visitor_id}/").page.text
    answer = browser.get(f"/visitors/{visitor_id}/related/")
    assert "is not available in v4" in answer.page.text


@pytest.mark.parametrize("api_version", ["v3"])
def test_v3_tells_related_visitors_when_asked_and_names_itself_as_the_source(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    member = sandbox.stories["promo_ring"].members["ring-phone"]
    path = f"/visitors/{member.visitor_ids[0]}/"
    assert "Ask for related visitors" in browser.get(path).page.text
    asked = len(sandbox.requests)

    answer = browser.fragment(f"{path}related/")

    assert len(sandbox.requests) == asked + 1
    assert answer.page.is_fragment
    assert sandbox.stories["promo_ring"].members["ring-phone/web"].visitor_ids[0] in answer.page.text
    assert "Source: Fingerprint’s related visitors, API v3." in answer.page.text
    assert "visitor.related_read" in kinds("visitor")


@pytest.mark.parametrize("api_version", ["v3"])
def test_the_exact_refusal_is_shown_when_the_workspace_does_not_have_it(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    door = httpx.MockTransport(sandbox.handle)
    basic = FingerprintClient("sandbox-basic-key", version="v3", base_url="http://sandbox.test", transport=door)

    with override_client(basic):
        answer = browser.fragment(f"/visitors/{visitor_of(sandbox, 'family')}/related/")

    assert answer.status_code == 200
    assert "This Fingerprint workspace does not have" in answer.page.text
    assert "visitor.related_not_read" in kinds("visitor")
