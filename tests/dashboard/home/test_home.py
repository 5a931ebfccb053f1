"""Home: the paste box leads on without a word in the address, and says what waits."""

import json

import pytest
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.record import record, visitor
from dashboard.audit.subject_rows import erase_visitors
from dashboard.core.access import Role
from dashboard.events.models import Search
from tests.factories import person

pytestmark = pytest.mark.django_db
TICKET = "account acct_88412, event 1795438721327.NLOjmg, from 94.142.239.124, range 94.142.239.0/24"
SEARCHERS = [Role.SUPPORT, Role.FRAUD_ANALYST, Role.FRAUD_LEAD, Role.COMPLIANCE]


def paste(browser, text):
    return browser.post("/recognise/", {"text": text})


def last_body():
    return json.loads(bytes(AuditEntry.objects.latest("pk").body))


@pytest.mark.parametrize(
    "text,path",
    [
        ("1795438721327.NLOjmg", "/events/1795438721327.NLOjmg/"),
        ("see Ibk1527CUFmcnjLwIs4A please", "/visitors/Ibk1527CUFmcnjLwIs4A/"),
    ],
)
def test_one_id_leads_straight_to_its_page(client_for, text, path):
    answer = paste(client_for(Role.SUPPORT), text)

    assert (answer.status_code, answer.url) == (302, path)


@pytest.mark.parametrize("role", SEARCHERS)
@pytest.mark.parametrize("text", ["94.142.239.124", "acct_88412"])
def test_an_address_or_linked_id_becomes_a_search_and_never_stands_in_the_address(client_for, role, text):
    browser = client_for(role)

    answer = paste(browser, text)

    search = Search.objects.get(owner=browser.person)
    assert (answer.status_code, answer.url) == (302, f"/searches/{search.short_id}/")
    assert (search.query.ip_address or search.query.linked_id) == text
    assert text not in answer.url


def test_a_whole_ticket_is_listed_with_a_way_on_for_each(client_for):
    page = paste(client_for(Role.FRAUD_ANALYST), TICKET).page

    assert [mark.text for mark in page.all("mark")] == [
        "acct_88412",
        "1795438721327.NLOjmg",
        "94.142.239.124",
        "94.142.239.0/24",
    ]
    links = {a.get("href") for a in page.all("a")}
    assert "/events/1795438721327.NLOjmg/" in links
    forms = [page_form for page_form in page.all("form") if page_form.get("action") == "/searches/"]
    assert len(forms) == 3


def test_what_is_listed_can_be_searched_for(client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    page = paste(browser, TICKET).page
    form = next(f for f in page.all("form") if any(i.get("value") == "acct_88412" for i in f.iter("input")))
    fields = {i.get("name"): i.get("value") for i in form.iter("input")}

    answer = browser.post(form.get("action"), fields)

    assert answer.status_code == 302
    assert Search.objects.get(owner=browser.person).query.linked_id == "acct_88412"


def test_support_is_told_that_it_may_not_search_a_range(client_for):
    browser = client_for(Role.SUPPORT)

    page = paste(browser, "94.142.239.0/24").page

    assert "Your role searches for whole addresses only." in page.text
    assert not Search.objects.exists()


@pytest.mark.parametrize(
    "text,sentence",
    [
        ("", "Paste an id, an address or a text"),
        (" \n ", "Paste an id, an address or a text"),
        ("\x00\x00", "Paste an id, an address or a text"),
        ("x " * 250_001, "Paste less"),
        ("two lines\nwithout anything", "Nothing in this text"),
        ("\u202e", "Nothing in this text"),
    ],
)
def test_empty_and_absurd_texts_get_a_sentence(client_for, text, sentence):
    answer = paste(client_for(Role.SUPPORT), text)

    assert answer.status_code == 422
    assert sentence in answer.page.text


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script> 94.142.239.124 a1b2c3", "{{7*7}} 10.0.0.1 b2b2b", "a\x00b1 10.0.0.1 c3c3c"]
)
def test_hostile_texts_are_shown_and_never_obeyed(client_for, text):
    page = paste(client_for(Role.FRAUD_ANALYST), text).page

    assert "\x00" not in page.html
    assert text.split()[0].replace("\x00", "") in page.text


def test_that_somebody_pasted_is_written_down_and_the_text_is_not(client_for):
    paste(client_for(Role.SUPPORT), TICKET)

    body = last_body()
    assert (body["kind"], body["details"]) == (
        "paste.read",
        {"found": 4, "kinds": ["address", "event", "linked_id", "range"]},
    )
    assert "acct_88412" not in json.dumps(body)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_search_has_a_home_without_a_paste_box(client_for, role):
    browser = client_for(role)

    page = browser.get("/").page

    assert not page.all("textarea")
    assert "Nothing waits for you." in page.text
    assert paste(browser, "acct_88412").status_code == 403


@pytest.mark.parametrize("role", SEARCHERS)
def test_home_has_the_paste_box_and_ones_own_recent_searches(client_for, role):
    browser = client_for(role)
    paste(browser, "acct_88412")

    page = browser.get("/").page

    assert page.one("textarea", name="text") is not None
    search = Search.objects.get(owner=browser.person)
    assert f"/searches/{search.short_id}/" in {a.get("href") for a in page.all("a")}
    assert ("acct_88412" in page.text) is (role != Role.SUPPORT)
    assert "You have not searched" in client_for(role).get("/").page.text


@pytest.mark.parametrize("method", ["get", "head", "put"])
def test_pasting_is_a_post(client_for, method):
    assert getattr(client_for(Role.SUPPORT), method)("/recognise/").status_code == 405


def test_the_end_of_v3_is_counted_down_on_home(client_for, settings, clock):
    settings.FINGERPRINT_API_VERSION = "v3"
    assert timezone.now().year == 2026

    assert "ends in 503 days" in client_for(Role.SUPPORT).get("/").page.text


def test_ten_thousand_ids_are_bounded_with_a_sentence(client_for):
    text = "\n".join(f"Ibk1527CUFmcnjLw{n:04d}" for n in range(10_000))

    page = paste(client_for(Role.FRAUD_ANALYST), text).page

    assert "10,000 things recognised; the first 30 are listed." in page.text
    assert len(page.one("ol", class_="recognised")) == 30


def test_it_says_what_it_read_the_one_thing_as(client_for):
    browser = client_for(Role.FRAUD_ANALYST)

    paste(browser, "acct_88412")

    assert "Read as a linked id: nothing else has this form." in browser.get("/").page.text


def test_a_recipe_of_the_shop_makes_the_linked_id(client_for, settings):
    settings.LINKED_ID_RECIPES = ["digits+prefix:acct_"]
    browser = client_for(Role.FRAUD_ANALYST)

    page = paste(browser, "account 88412 complains").page
    form = next(f for f in page.all("form") if f.get("action") == "/searches/")
    browser.post("/searches/", {i.get("name"): i.get("value") for i in form.iter("input")})

    assert "Made by digits+prefix:acct_ of what stands in the text" in page.text
    assert Search.objects.get().query.linked_id == "acct_88412"


# What was done for a ticket.


def act(by, ticket):
    record(AuditKind.STATUS_VIEWED, by=by, ticket=ticket)


def test_what_was_done_for_a_ticket_is_for_who_reads_the_audit_log(client_for):
    act(person(Role.SUPPORT, name="Tom Okafor"), "#881")
    act(person(Role.FRAUD_LEAD, name="Lena Vogt"), "881")
    act(person(Role.FRAUD_LEAD), "8811")
    browser = client_for(Role.COMPLIANCE)

    answer = paste(browser, "what did we do for #881?")

    assert "Tom Okafor looked at the status page" in answer.page.text
    assert "Lena Vogt" in answer.page.text
    assert "2 acts carry this ticket." in answer.page.text
    assert last_body()["kind"] == "ticket.read"
    assert browser.submit(answer.page.form(button="Open in the audit log")).status_code == 302


def test_everybody_else_is_shown_their_own_acts(client_for):
    act(person(Role.FRAUD_LEAD, name="Lena Vogt"), "881")
    browser = client_for(Role.SUPPORT)
    act(browser.person, "881")

    page = browser.post("/ticket/", {"ticket": "#881"}).page

    assert "1 act carries this ticket." in page.text
    assert "Lena Vogt" not in page.text
    assert "Open in the audit log" not in page.text


def test_a_ticket_nobody_worked_on_says_what_was_looked_for(client_for):
    text = client_for(Role.SUPPORT).post("/ticket/", {"ticket": "881"}).page.text

    assert "No act carries this ticket" in text
    assert "among your own acts" in text


@pytest.mark.parametrize("ticket", ["", "#", "x" * 65, "8\x001"])
def test_an_absurd_ticket_is_a_sentence(client_for, ticket):
    assert client_for(Role.SUPPORT).post("/ticket/", {"ticket": ticket}).status_code == 422


# Visitors somebody opened.


def test_home_has_the_visitors_one_opened_each_once_and_none_that_was_erased(client_for):
    browser = client_for(Role.SUPPORT)
    for visitor_id in ("Ibk1527CUFmcnjLw0001", "Ibk1527CUFmcnjLw0002", "Ibk1527CUFmcnjLw0001"):
        record(AuditKind.VISITOR_OPENED, by=browser.person, target=visitor(visitor_id))
    record(AuditKind.VISITOR_OPENED, by=person(Role.SUPPORT), target=visitor("Ibk1527CUFmcnjLw0003"))
    erase_visitors(["Ibk1527CUFmcnjLw0002"], "D-0001")

    links = [a.get("href") for a in browser.get("/").page.all("a") if "/visitors/Ibk" in (a.get("href") or "")]

    assert links == ["/visitors/Ibk1527CUFmcnjLw0001/"]
