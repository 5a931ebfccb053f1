"""What attackers send and what anybody types, opened in a real browser: no script runs, no policy is violated.

Each desk is checked after its test; see `Desk.check_notices`.
"""

import re

import httpx
import pytest
from playwright.sync_api import expect

from fingerprint_integration.sandbox.corners import HOSTILE

MARKUP = HOSTILE["markup"]
PAYLOADS = [MARKUP, HOSTILE["javascript"], HOSTILE["right_to_left"]]


@pytest.fixture
def hostile(stack):
    """The visitors with payloads in every field, and their newest events."""
    listed = httpx.get(f"{stack.sandbox_url}/sandbox/stories", trust_env=False).json()["stories"]
    return next(story for story in listed if story["name"] == "hostile")


@pytest.mark.parametrize("api_version", ["v4", "v3"])
def test_no_payload_runs_on_any_event_or_any_visitor(desk, hostile):
    analyst = desk("fraud@demo.test")
    assert len(hostile["visitor_ids"]) >= len(HOSTILE)

    for visitor_id in hostile["visitor_ids"]:
        page = analyst.go(f"/visitors/{visitor_id}/")
        expect(page.get_by_role("heading", level=1)).to_contain_text(visitor_id)
        analyst.check_notices()
        page.locator("table a.name").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Event")
        page.locator("main details").evaluate_all("folds => folds.forEach((fold) => { fold.open = true; })")
        assert not page.locator("a[href^='javascript:' i], main iframe, main script, main object, main base").count()
        analyst.check_notices()


def test_no_payload_runs_in_a_result_that_holds_them_all(desk, hostile):
    analyst = desk("fraud@demo.test")
    page = analyst.go(f"/visitors/{hostile['visitor_ids'][0]}/")
    page.locator("table a.name").first.click()
    address = page.get_by_text(re.compile(r"^\d+\.\d+\.\d+\.\d+$")).first.inner_text()

    page = analyst.go("/events/")
    page.get_by_label("Address or range", exact=True).fill(address)
    page.get_by_role("main").get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**/searches/*/")

    expect(page.locator("input[name=event]").nth(len(HOSTILE) - 1)).to_be_attached()
    expect(page.get_by_role("main")).to_contain_text("<script>alert('inkpad')</script>")
    analyst.check()


@pytest.mark.parametrize("payload", PAYLOADS, ids=["markup", "javascript", "right_to_left"])
def test_nothing_that_somebody_types_runs_where_it_is_read(desk, hostile, payload):
    analyst, officer = desk("fraud@demo.test"), desk("compliance2@demo.test")
    visitor_id = hostile["visitor_ids"][1]
    words = payload if payload.isascii() else payload.split("\u202e")[0]

    analyst.expect_status(422)  # nothing may be recognised
    page = analyst.go("/")
    page.get_by_role("main").get_by_label("Paste an id, an address or a ticket’s text").fill(payload)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page = analyst.go(f"/visitors/{visitor_id}/")
    page.locator("input[name=event]").first.check()
    page.get_by_role("button", name="Re-link…").first.click()
    page.get_by_label("Linked id", exact=True).fill(payload)
    page.get_by_label("Reason", exact=True).fill(payload)
    page.get_by_label("Ticket", exact=True).fill(payload[:64])
    page.get_by_role("button", name="Change 1 event").click()
    page.wait_for_url("**/jobs/*/")
    expect(page.get_by_role("main")).to_contain_text(words)
    expect(page.locator("#job-moving")).to_contain_text("1 of 1 finished", timeout=30_000)
    analyst.check()
    analyst.go("/jobs/")
    expect(page.get_by_role("main")).to_contain_text(words[:20])

    log = officer.go("/audit/")
    log.get_by_role("link", name="open the entry").first.click()
    expect(log.get_by_role("heading", level=1)).to_be_visible()
    officer.check()


def test_no_payload_runs_in_a_deletion_that_is_asked_for_refused_and_read(desk, hostile):
    asker, officer = desk("compliance@demo.test"), desk("compliance2@demo.test")

    page = asker.go(f"/visitors/{hostile['visitor_ids'][2]}/")
    page.get_by_role("button", name="Ask for deletion…").click()
    page.get_by_label("Reason", exact=True).fill(MARKUP)
    page.get_by_label("Ticket", exact=True).fill(MARKUP[:64])
    page.get_by_role("button", name="Ask for the deletion").click()
    page.wait_for_url(re.compile(r"/deletions/\d+/$"))
    expect(page.get_by_role("main")).to_contain_text(MARKUP)
    asker.check()

    decided = officer.go(page.url)
    decided.get_by_label("Reason").fill(MARKUP)
    decided.get_by_role("button", name="Refuse, delete nothing").click()
    expect(decided.get_by_role("main")).to_contain_text("Refused")
    expect(decided.get_by_role("main")).to_contain_text(MARKUP)
    officer.check()
    officer.go("/deletions/?show=ended")
    officer.go("/audit/")
    officer.check()
