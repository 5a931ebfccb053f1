"""The visitor and its links in a real browser: axe in light and dark, loading by itself, notes in place."""

import httpx
import pytest
from playwright.sync_api import expect


@pytest.fixture
def stories(stack):
    """The first visitor of each story of the sandbox behind this demo."""
    listed = httpx.get(f"{stack.sandbox_url}/sandbox/stories", trust_env=False).json()["stories"]
    return {story["name"]: story["visitor_ids"][0] for story in listed if story["visitor_ids"]}


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_visitor_page_is_clean_and_tells_other_devices_by_itself(desk, stories, color_scheme):
    fraud = desk("fraud@demo.test", color_scheme=color_scheme)

    fraud.go(f"/visitors/{stories['promo_ring']}/")

    expect(fraud.page.locator("#devices")).not_to_contain_text("1 request")
    fraud.check()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_links_are_asked_step_by_step_and_every_state_is_clean(desk, stories, color_scheme):
    fraud = desk("fraud@demo.test", color_scheme=color_scheme)
    fraud.go(f"/visitors/{stories['promo_ring']}/")

    fraud.page.get_by_role("button", name="Look for linked visitors").click()
    fraud.page.get_by_role("button", name="Ask, ").wait_for()
    fraud.check()
    fraud.page.get_by_role("button", name="Ask, ").click()
    fraud.page.locator("table.links tbody tr").first.wait_for()

    expect(fraud.page.locator("table.links")).to_contain_text("Strong")
    fraud.check()


def test_a_note_is_written_in_place_and_announced(desk, stories):
    support = desk("support@demo.test")
    support.go(f"/visitors/{stories['family']}/")

    support.page.get_by_text("Write a note", exact=True).click()
    support.page.get_by_label("Note", exact=True).fill("The mother called: all four are hers.")
    support.page.get_by_role("button", name="Write the note").click()

    expect(support.page.locator("#notes")).to_contain_text("all four are hers")
    assert "/visitors/" in support.page.url
    expect(support.page.locator("#announcer")).to_contain_text("note")
    support.check()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_a_file_is_attached_in_place_and_taken_away_and_never_opened(desk, stories, color_scheme):
    fraud = desk("fraud@demo.test", color_scheme=color_scheme)
    fraud.expect_status(422)
    page = fraud.page
    fraud.go(f"/visitors/{stories['account_takeover']}/notes/")
    page.get_by_text("Write a note", exact=True).click()

    def send(name: str, content: bytes) -> None:
        page.get_by_label("Note", exact=True).fill(f"A letter, {color_scheme}.")
        page.get_by_label("Files").set_input_files([{"name": name, "mimeType": "image/png", "buffer": content}])
        page.get_by_role("button", name="Write the note").click()

    send("letter.svg", b"<svg/>")
    expect(page.locator("#note_attached_error")).to_contain_text("is an SVG")
    expect(page.get_by_label("Note", exact=True)).to_have_value(f"A letter, {color_scheme}.")
    fraud.check()
    send("letter.html", b"<script>alert(1)</script>")
    with page.expect_download() as download:
        page.get_by_role("link", name="letter.html").first.click()

    assert download.value.suggested_filename.startswith("note-")
    assert download.value.suggested_filename.endswith(".txt")
    fraud.check()
    page.locator(".note-acts a").first.click()
    page.get_by_role("group", name="Take files off").wait_for()
    fraud.check()


def test_a_long_history_reads_itself_to_the_end(desk, stories):
    fraud = desk("fraud@demo.test")
    fraud.go(f"/visitors/{stories['night_owl']}/")

    fraud.page.get_by_role("button", name="Read the rest").click()
    fraud.page.get_by_text("events read, at most").wait_for()
    fraud.page.wait_for_url("**?read=*", timeout=45_000)

    expect(fraud.page.get_by_role("button", name="Read the rest")).to_have_count(0)
    fraud.check_notices()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_a_visitor_is_followed_and_unfollowed_on_clean_pages(desk, stories, color_scheme):
    support = desk("support@demo.test", color_scheme=color_scheme)
    support.go(f"/visitors/{stories['office']}/")

    support.page.get_by_role("link", name="Follow…").click()
    support.check()
    support.page.get_by_label("Why").fill("Came up in three tickets.")
    support.page.get_by_role("button", name="Follow", exact=True).click()
    expect(support.page.get_by_role("table", name="Visitors you follow")).to_contain_text("three tickets")
    support.check()

    support.page.get_by_role("button", name="Stop").click()
    expect(support.page.get_by_text("You follow nobody")).to_be_visible()
    support.check()


def test_more_rows_come_in_place_with_what_was_chosen_and_without_a_style(desk, stories):
    fraud = desk("fraud@demo.test")
    fraud.go(f"/visitors/{stories['night_owl']}/")
    boxes = fraud.page.locator("#events input[name=event]")
    expect(boxes).to_have_count(50)
    boxes.nth(3).check()

    fraud.page.get_by_role("link", name="Show up to 200").click()

    expect(boxes).to_have_count(200)
    expect(boxes.nth(3)).to_be_checked()
    assert fraud.page.evaluate("document.querySelectorAll('style, [style]').length") == 0
    assert fraud.page.evaluate("htmx.config.includeIndicatorStyles") is False
    # Scrolled, the head of the table stands over a row, which axe takes for too small a target.
    fraud.page.evaluate("scrollTo(0, 0)")
    fraud.check()
