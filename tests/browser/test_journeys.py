"""Each role's day on the real thing: real browser, real HTTP to the sandbox, real workers.

Every page a role meets is judged once: nothing ran, nothing was blocked, nothing failed, axe finds nothing.
"""

import re
import time

import httpx
import pytest
from playwright.sync_api import expect

BY_A_WORKER = 30_000  # milliseconds; a worker acts at once, a busy machine takes longer
PASTE = "Paste an id, an address or a ticket’s text"


@pytest.fixture
def stories(stack):
    """Who is who in the sandbox behind this stack, by story."""
    listed = httpx.get(f"{stack.sandbox_url}/sandbox/stories", trust_env=False).json()["stories"]
    return {story["name"]: story for story in listed}


def search(desk, **filters):
    """Search with these filters, by their labels, from the form to the results."""
    page = desk.go("/events/")
    for label, value in filters.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(value)
    page.get_by_role("main").get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**/searches/*/")
    return page


def choose(page, count):
    """Choose the first rows of a list of events."""
    rows = page.locator("input[name=event]")
    for number in range(count):
        rows.nth(number).check()


def mark_suspect(page, count, *, reason, ticket=""):
    """From the chosen rows to the page of the running job."""
    page.get_by_role("button", name="Mark suspect…").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"Change {count} events?"))
    page.get_by_label("Reason", exact=True).fill(reason)
    page.get_by_label("Ticket", exact=True).fill(ticket)
    page.get_by_role("button", name=re.compile(rf"Change {count} events?")).click()
    page.wait_for_url("**/jobs/*/")
    return page


def test_support_pastes_a_ticket_sees_masked_values_and_asks_for_a_deletion(desk, stories):
    family = stories["family"]
    event_id, visitor_id = family["event_ids"][0], family["visitor_ids"][0]
    support = desk("support@demo.test")

    page = support.go("/")
    page.get_by_role("main").get_by_label(PASTE).fill(
        f"Ticket 88-4410: somebody else signed in as {family['linked_ids'][0]}, see {event_id} from 198.51.100.10"
    )
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("list", name="Recognised").get_by_role("listitem")).not_to_have_count(0)
    support.check()

    page.get_by_role("link", name=f"Open event {event_id}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(event_id)
    assert page.get_by_text("masked for your role").count()
    assert page.get_by_text("•••").count()
    assert not page.get_by_role("button", name="Mark suspect").count()
    support.check()

    page.get_by_role("link", name="Open the visitor").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(visitor_id)
    support.check()

    page.get_by_role("button", name="Ask for deletion…").click()
    expect(page.get_by_label("Visitor ids", exact=True)).to_have_value(visitor_id)
    page.get_by_label("Reason", exact=True).fill("The family wrote that they want to be forgotten.")
    page.get_by_label("Ticket", exact=True).fill("88-4410")
    support.check()
    page.get_by_role("button", name="Ask for the deletion").click()
    page.wait_for_url(re.compile(r"/deletions/\d+/$"))
    expect(page.get_by_text("waits for somebody else’s approval")).to_be_visible()
    assert not page.get_by_role("button", name="Approve").count()
    support.check()


def test_a_fraud_analyst_marks_chosen_events_and_watches_the_job_finish(desk, stories):
    analyst = desk("fraud@demo.test")
    account = stories["account_takeover"]["linked_ids"][0]

    page = analyst.go("/events/")
    analyst.check()
    page = search(analyst, Linked_id=account)
    expect(page.get_by_role("main")).to_contain_text(account)
    choose(page, 3)
    expect(page.get_by_role("group", name="With the chosen events")).to_contain_text("3 events")
    analyst.check()

    page.get_by_role("button", name="Mark suspect…").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change 3 events")
    analyst.check()
    page.get_by_role("button", name="Change 3 events").click()  # Without a reason nothing starts.
    expect(page.get_by_role("heading", level=1)).to_have_text("Change 3 events")
    page.get_by_label("Reason", exact=True).fill("Marlene's account was taken over")
    page.get_by_label("Ticket", exact=True).fill("#881")
    page.get_by_role("button", name="Change 3 events").click()
    page.wait_for_url(re.compile(r"/jobs/\d+/$"))
    page.evaluate("window.wasNotLoadedAgain = true")
    expect(page.locator("#job-moving")).to_contain_text("3 of 3 finished", timeout=BY_A_WORKER)
    expect(page.locator("#job-state")).to_contain_text("Finished")
    assert page.evaluate("window.wasNotLoadedAgain"), "the page moved by itself, without being loaded anew"
    analyst.check()

    page.locator("#job-items a.name").first.click()
    expect(page.locator("dl.strip div", has=page.get_by_text("Suspect", exact=True))).to_contain_text("Suspect")
    expect(page.get_by_role("button", name="Mark not suspect").first).to_be_visible()
    assert page.get_by_text("nobody decided yet").count() == 0
    analyst.check()
    analyst.go("/jobs/")
    expect(page.get_by_role("table", name="Jobs")).to_contain_text("#881")
    analyst.check()


def test_a_fraud_lead_pauses_and_cancels_the_job_of_somebody_else(desk, stories):
    analyst, lead = desk("fraud@demo.test"), desk("lead@demo.test")
    page = search(analyst, Visitor_id=stories["night_owl"]["visitor_ids"][0])
    page.get_by_label("Choose all that are loaded").check()
    mark_suspect(page, 100, reason="The night owl is a bot, I think")

    seen = lead.go(page.url)
    expect(seen.get_by_text("of 100 finished")).to_be_visible()
    seen.get_by_role("button", name="Pause").click()
    expect(seen.get_by_text("Paused. Nothing is sent.")).to_be_visible()
    lead.check()
    seen.get_by_role("link", name="Cancel the rest…").click()
    seen.get_by_role("button", name="Cancel the rest", exact=True).click()

    expect(seen.locator("#job-state")).to_contain_text("Cancelled")
    lead.check_notices()
    expect(page.locator("#job-state")).to_contain_text("Cancelled", timeout=BY_A_WORKER)


def ask_for_a_deletion(officer, visitor_id):
    """From the visitor's page to the page of the new request."""
    page = officer.go(f"/visitors/{visitor_id}/")
    page.get_by_role("button", name="Ask for deletion…").first.click()
    page.get_by_label("Reason", exact=True).fill("Asked by e-mail to be forgotten")
    page.get_by_label("Ticket", exact=True).fill("88-4388")
    page.get_by_role("button", name="Ask for the deletion").click()
    page.wait_for_url(re.compile(r"/deletions/\d+/$"))
    return page


def approve(officer, address):
    """The second person's yes, seen through until Fingerprint has accepted it."""
    page = officer.go(address)
    page.get_by_label("Reason", exact=True).fill("Identity checked by phone")
    page.get_by_role("button", name="Approve deleting 1 visitor").click()
    expect(page.get_by_text("Accepted by Fingerprint").first).to_be_visible(timeout=BY_A_WORKER)
    return page


def test_compliance_asks_somebody_else_approves_and_the_auditor_reads_it_without_the_visitor(desk, stories):
    visitor_id = stories["hermit"]["visitor_ids"][0]
    asker, second, auditor = (
        desk("compliance@demo.test"), desk("compliance2@demo.test"), desk("auditor@demo.test")
    )  # fmt: skip

    page = ask_for_a_deletion(asker, visitor_id)
    address = page.url
    expect(page.get_by_text("You cannot approve this")).to_be_visible()
    expect(page.get_by_text("Whoever asks never approves")).to_be_visible()
    assert not page.get_by_role("button", name="Approve").count()
    asker.check()

    home = second.go("/")
    expect(home.get_by_role("region", name="Waiting for you").get_by_role("link").first).to_be_visible()
    second.go(address)
    second.check()
    page = approve(second, address)
    expect(page.get_by_text("Inkpad asks whether it is gone").first).to_be_visible()
    second.check()
    second.go("/deletions/?show=ended")
    second.check()

    log = auditor.go("/audit/")
    number = address.rstrip("/").rsplit("/", 1)[1]
    for words in ("Clara Nilsson asked for deletion", "Cosmo Adeyemi approved deletion", "accepted by Fingerprint"):
        expect(log.get_by_role("main")).to_contain_text(words)
    assert visitor_id not in log.content()
    auditor.check()
    log.get_by_role("link", name="open the entry").first.click()
    assert visitor_id not in log.content()
    auditor.check()
    shown = auditor.go(f"/deletions/{number}/")
    expect(shown.get_by_role("heading", level=1)).to_contain_text("Delete 1 visitor")
    assert visitor_id not in shown.content()
    auditor.check()


def test_an_auditor_opens_no_event_and_no_visitor(desk, stories):
    auditor = desk("auditor@demo.test")
    auditor.expect_status(403)

    for path in ("/events/", f"/visitors/{stories['family']['visitor_ids'][0]}/", "/jobs/", "/people/", "/status/"):
        page = auditor.go(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your roles do not allow this")
        assert page.locator(f"nav a[href='{path}']").count() == 0
    auditor.check()


def test_an_administrator_adds_a_person_who_chooses_a_password_and_sees_how_things_are(desk):
    administrator, newcomer = desk("admin@demo.test"), desk()

    page = administrator.go("/people/")
    administrator.check()
    page.get_by_role("link", name="Add a person").click()
    administrator.check()
    page.get_by_label("Name", exact=True).fill("Nora Quist")
    page.get_by_label("Work e-mail").fill("nora@demo.test")
    page.get_by_label("Support").check()
    page.get_by_role("button", name="Add this person").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nora Quist is added")
    link = page.locator("#password-link").inner_text()
    administrator.check()

    hers = newcomer.go(link)
    newcomer.check()
    for field in hers.locator("input[type=password]").all():
        field.fill("a long sentence of my own")
    hers.get_by_role("main").get_by_role("button").last.click()
    newcomer.sign_in("nora@demo.test", "a long sentence of my own")
    assert "Nora Quist" in hers.content()

    page.get_by_role("link", name="Open this person").click()
    administrator.check()
    administrator.go("/status/")
    expect(page.get_by_role("main")).to_contain_text("it is never shown")
    administrator.check()
    administrator.go("/settings/")
    administrator.check()
    administrator.expect_status(403)
    for path in ("/audit/", "/events/", "/deletions/"):
        administrator.go(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your roles do not allow this")


def test_the_pages_are_as_clean_in_the_dark(desk, stories):
    analyst = desk("fraud@demo.test", color_scheme="dark")
    page = search(analyst, Linked_id=stories["promo_ring"]["linked_ids"][0])
    choose(page, 1)
    analyst.check()
    page.locator("table a.name").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Event")
    analyst.check()
    officer = desk("compliance2@demo.test", color_scheme="dark")
    officer.go("/deletions/ask/")
    officer.check()
    officer.go("/audit/")
    officer.check()


def test_without_any_script_events_are_found_marked_and_followed_to_the_end(desk, stories):
    analyst = desk("fraud@demo.test", java_script_enabled=False)

    page = search(analyst, Visitor_id=stories["office"]["visitor_ids"][0])
    page.locator("table a.name").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Event")
    page.go_back()
    choose(page, 2)
    mark_suspect(page, 2, reason="Without any script")

    deadline = time.monotonic() + BY_A_WORKER / 1000
    while "Finished" not in page.locator("#job-state").inner_text():
        assert time.monotonic() < deadline, "the job did not finish"
        page.reload()
    expect(page.locator("#job-moving")).to_contain_text("2 of 2 finished")
    assert page.locator("#job-items a.name").count() == 2


@pytest.mark.parametrize("api_version", ["v3"])
def test_on_v3_from_a_search_to_the_log(desk, stories):
    visitor_id = stories["night_owl"]["visitor_ids"][0]
    analyst = desk("fraud@demo.test")
    page = search(analyst, Visitor_id=visitor_id)
    page.locator("table a.name").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Event")
    expect(page.locator("#raw")).to_contain_text("API v3")
    analyst.check()
    page.get_by_role("link", name="Open the visitor").click()
    page.get_by_role("button", name="Ask for related visitors").click()
    expect(page.locator("#related")).to_contain_text(re.compile("past 6 months"))
    analyst.check()
    choose(page, 1)
    mark_suspect(page, 1, reason="Marked on v3")
    expect(page.locator("#job-moving")).to_contain_text("1 of 1 finished", timeout=BY_A_WORKER)

    address = ask_for_a_deletion(desk("compliance@demo.test"), visitor_id).url
    officer = desk("compliance2@demo.test")
    approve(officer, address)
    log = officer.go("/audit/")
    expect(log.get_by_role("main")).to_contain_text("accepted by Fingerprint")
    officer.check()
