"""Links on the screen: the price first, then the ring; hubs prove nothing; taken away and marked with a reason."""

import csv
import io

import httpx
import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.visitors import link_readings, link_views
from dashboard.visitors.actions import links as actions
from dashboard.visitors.models import LinkReading
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from tests.pages import text_of

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])
V3 = pytest.mark.parametrize("api_version", ["v3"])


def visitor_of(sandbox, story, number=0):
    return sandbox.stories[story].visitor_ids[number]


def begin(browser, visitor_id):
    """The page of a first hop of which nothing was asked yet."""
    page = browser.get(f"/visitors/{visitor_id}/").page
    return browser.get(browser.submit(page.form(button="Look for linked visitors…")).url).page


def ask(browser, page, **more):
    """The page when everything planned is answered."""
    while forms := [form for form in page.all("form") if form.get("action", "").endswith("/links/ask/")]:
        page = browser.get(browser.submit(page.form(action="/links/ask/"), **more).url).page
        assert len(forms) == 1
    return page


def rows(page):
    """Linked visitors with the word of their strength, hubs left out."""
    found = {}
    for row in page.one("table", class_="table blocks links").iter("tr"):
        link = next((a for a in row.iter("a") if a.get("href", "").startswith("/visitors/")), None)
        if link is not None:
            found[link.get("href").split("/")[2]] = next(
                text_of(each) for each in row.iter("span") if each.get("class") == "strength-words"
            )
    return found


def kinds():
    return list(AuditEntry.objects.filter(kind__startswith="links.").order_by("pk").values_list("kind", flat=True))


@BOTH
def test_the_price_is_said_before_anything_is_asked(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    visitor_id = visitor_of(sandbox, "promo_ring")
    browser.get(f"/visitors/{visitor_id}/")
    asked = len(sandbox.requests)

    page = begin(browser, visitor_id)

    assert len(sandbox.requests) == 2 * asked
    assert "Hop 1 would ask about" in page.text
    assert "8 accounts, " in page.text
    assert "3 addresses" in page.text
    price = int(page.text.split("Ask, ")[1].split()[0])
    page = ask(browser, page)
    assert len(sandbox.requests) == 2 * asked + price
    assert f"{price} requests so far." in page.text


@BOTH
def test_the_ring_is_found_with_its_reasons_and_strength(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    ring = [visitor_of(sandbox, "promo_ring", number) for number in range(6)]

    page = ask(browser, begin(browser, ring[0]))

    found = rows(page)
    assert set(ring[1:]) <= set(found)
    assert {found[visitor_id] for visitor_id in ring[1:]} <= {"Strong", "Fair"}
    assert "Same account" in page.text
    assert "Same address" in page.text
    assert "links.read" in kinds()


@BOTH
def test_an_account_taken_over_leads_to_the_strangers_device(sandbox, client_for):
    mac, phone, stranger = sandbox.stories["account_takeover"].visitor_ids[:3]

    browser = client_for(Role.FRAUD_ANALYST)

    found = rows(ask(browser, begin(browser, mac)))

    assert (found[phone], found[stranger]) == ("Strong", "Strong")


@BOTH
@pytest.mark.parametrize("story", ["office", "carrier"])
def test_an_address_that_many_share_accuses_nobody(sandbox, client_for, story):
    browser = client_for(Role.FRAUD_ANALYST)

    page = ask(browser, begin(browser, visitor_of(sandbox, story)))

    assert "came from the same address. So many share it that it proves nothing." in page.text
    others = set(sandbox.stories[story].visitor_ids[1:])
    assert len(others & set(rows(page))) < 6
    assert 'class="strength hub"' in page.html


def test_a_family_device_shares_with_nobody_and_that_is_said(sandbox, client_for):
    browser = client_for(Role.SUPPORT)  # asks for no ranges: neighbours of the address are no family

    page = ask(browser, begin(browser, visitor_of(sandbox, "family")))

    assert "Nobody else shares what was asked about" in page.text
    assert "Fingerprint answered" in page.text


def test_one_hop_further_says_its_price_and_asks_nothing_twice(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = ask(browser, begin(browser, visitor_of(sandbox, "promo_ring")))
    asked = len(sandbox.requests)

    page = browser.get(browser.submit(page.form(button="One hop further…")).url).page

    assert len(sandbox.requests) == asked
    assert "Hop 2 would ask about" in page.text
    ask(browser, page)
    hops = link_readings.unpack(LinkReading.objects.get()).hops
    questions = [(each.kind, each.value) for hop in hops for each in hop.questions]
    assert len(questions) == len(set(questions))
    assert len(hops[1].questions) <= 20


def test_htmx_asks_in_steps_by_itself(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    form = begin(browser, visitor_of(sandbox, "promo_ring")).form(action="/links/ask/")
    asked = len(sandbox.requests)

    answer = browser.post(form.action, form.fields, headers={"HX-Request": "true"})

    assert len(sandbox.requests) == asked + link_views.QUESTIONS_A_STEP
    assert answer.page.is_fragment
    assert answer.page.one("progress").get("value") == "4"
    assert answer.page.one("form").get("hx-trigger") == "load delay:1s"
    while "HX-Redirect" not in answer.headers:
        answer = browser.post(form.action, form.fields, headers={"HX-Request": "true"})


def test_a_question_without_an_answer_is_said_and_asked_again(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = begin(browser, visitor_of(sandbox, "promo_ring"))

    with sandbox.faults.unavailable(times=None):
        page = browser.get(browser.submit(page.form(action="/links/ask/")).url).page
    assert "1 question got no answer" in page.text
    assert "links.not_read" in kinds()

    page = ask(browser, page)
    assert "got no answer" not in page.text
    assert visitor_of(sandbox, "promo_ring", 1) in rows(page)


# -- Who sees what --------------------------------------------------------------------------------------------------


@BOTH
def test_support_sees_who_is_linked_and_neither_account_nor_address(sandbox, client_for):
    browser = client_for(Role.SUPPORT)
    visitor_id = visitor_of(sandbox, "promo_ring")

    page = ask(browser, begin(browser, visitor_id))
    whole = begin(client_for(Role.FRAUD_ANALYST), visitor_id)

    assert visitor_of(sandbox, "promo_ring", 1) in rows(page)
    values = [each.value for each in link_readings.unpack(LinkReading.objects.order_by("pk").first()).hops[0].questions]
    assert values
    for value in [*values, "198.19.10", "Bucharest", "promo-41"]:
        assert value not in page.html, value
    assert "198.19.•••.•••" in page.text
    # A range tells about many at once; only who sees addresses may ask for one.
    assert "range" not in page.text.partition("would ask about")[2][:80]
    assert "range" in whole.text
    assert "Mark the chosen visitors" not in page.text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_open_visitors_finds_no_links(client_for, role):
    assert client_for(role).get("/visitors/a9FVkzMnpeKfWp4RADzY/links/").status_code == 403


def test_nobody_reads_what_somebody_else_asked(sandbox, client_for):
    begin(client_for(Role.FRAUD_LEAD), visitor_of(sandbox, "promo_ring"))
    reading = LinkReading.objects.get()
    other = client_for(Role.FRAUD_ANALYST)
    path = f"/visitors/{reading.visitor_id}/links/"

    assert "Say what it would cost" in other.get(f"{path}?read={reading.short_id}").page.text
    for act in ("ask", "further", "choose"):
        assert other.post(f"{path}{act}/", {"read": reading.short_id}).status_code == 404
    for nonsense in ("", "\x00", "../x", "x" * 300):
        assert other.get(path, {"read": nonsense}).status_code == 200


# -- Taking away, marking, forgetting ---------------------------------------------------------------------------------


def test_the_table_is_taken_away_with_a_reason_and_no_cell_is_a_formula(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    visitor_id = visitor_of(sandbox, "promo_ring")
    page = ask(browser, begin(browser, visitor_id))
    link = next(a for a in page.all("a") if "/links/export/" in a.get("href", ""))
    form = browser.get(link.get("href")).page.form(button="Take the file")

    assert browser.submit(form, reason="").status_code == 422
    answer = browser.submit(form, reason="Case 12", ticket="#881")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="links-{visitor_id}.csv"'
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row[0] for row in table[1:]} == set(rows(page))
    assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@"))]
    entry = AuditEntry.objects.get(kind="links.exported")
    assert entry.ticket == "#881"


@BOTH
def test_the_hostile_visitor_is_linked_without_harm(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)

    for number in range(3):
        visitor_id = visitor_of(sandbox, "hostile", number)
        page = ask(browser, begin(browser, visitor_id))
        reading = LinkReading.objects.latest("pk")
        answer = browser.post(
            f"/visitors/{visitor_id}/links/export/", {"read": reading.short_id, "reason": "Look at it."}
        )
        assert answer.status_code == 200
        table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert not [cell for row in table for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]
        assert page.text


def test_chosen_members_are_handed_to_the_form_that_changes_events(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = ask(browser, begin(browser, visitor_of(sandbox, "promo_ring")))
    chosen = [visitor_of(sandbox, "promo_ring", number) for number in (1, 2)]

    page = browser.submit(page.form(form_id="chosen"), visitor=chosen).page

    form = page.form(button="Mark suspect…")
    assert {form.fields[name][0] for name in form.fields if name.startswith("visitor.")} == set(chosen)
    assert f"{len(form.fields['event']):,} events of 2 visitors" in page.text
    answer = browser.submit(form, button="Mark suspect…")
    assert f"Change {len(form.fields['event']):,} events" in browser.get(answer.url).page.text
    assert "links.chosen" in kinds()


@pytest.mark.parametrize("count", [0, 4])
def test_nobody_and_too_many_are_refused_in_words(sandbox, client_for, monkeypatch, count):
    monkeypatch.setattr(actions, "MOST_CHOSEN", 3)
    browser = client_for(Role.FRAUD_ANALYST)
    page = ask(browser, begin(browser, visitor_of(sandbox, "promo_ring")))
    asked = len(sandbox.requests)

    answer = browser.submit(page.form(form_id="chosen"), visitor=list(rows(page))[:count])

    assert answer.status_code == 409
    assert "Choose at" in answer.page.text
    assert len(sandbox.requests) == asked


def test_erasing_anybody_who_was_met_deletes_the_reading(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    ask(browser, begin(browser, visitor_of(sandbox, "promo_ring")))
    begin(browser, visitor_of(sandbox, "family"))

    counted = erasure.erase([visitor_of(sandbox, "promo_ring", 1)], erased_by="D-0231")

    assert counted["links"] == 1
    assert LinkReading.objects.get().visitor_id == visitor_of(sandbox, "family")


def test_a_reading_is_over_after_its_time(sandbox, client_for, clock):
    browser = client_for(Role.FRAUD_ANALYST)
    begin(browser, visitor_of(sandbox, "family"))
    clock.advance(hours=2)

    reading = LinkReading.objects.get()

    assert link_readings.find(reading.short_id, visitor_id=reading.visitor_id, by=browser.person, now=clock.now) is None
    assert link_readings.sweep_expired(timezone.now()) == 1


# -- Fingerprint's own answer ---------------------------------------------------------------------------------------


@V3
def test_v3s_related_visitors_are_one_more_source_named_as_such(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    member = sandbox.stories["promo_ring"].members["ring-phone"]
    page = begin(browser, member.visitor_ids[0])
    assert "related visitors as well: 1 request more, billed separately" in page.text

    page = ask(browser, page, related="1")

    assert "On the same phone, says Fingerprint (related visitors, API v3)" in page.text
    assert rows(page)[sandbox.stories["promo_ring"].members["ring-phone/web"].visitor_ids[0]] == "Strong"


@V3
def test_without_the_feature_the_exact_reason_is_shown_and_everything_else_stays(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = begin(browser, visitor_of(sandbox, "promo_ring"))
    door = httpx.MockTransport(sandbox.handle)

    with override_client(
        FingerprintClient("sandbox-basic-key", version="v3", base_url="http://sandbox.test", transport=door)
    ):
        form = page.form(action="/links/ask/")
        for _ in range(3):
            page = browser.get(browser.submit(form, related="1").url).page

    assert "This Fingerprint workspace does not have" in page.text
    assert visitor_of(sandbox, "promo_ring", 1) in rows(page)


def test_v4_offers_no_related_visitors_as_a_source(sandbox, client_for):
    page = begin(client_for(Role.FRAUD_ANALYST), visitor_of(sandbox, "promo_ring"))

    assert "related visitors" not in page.text
