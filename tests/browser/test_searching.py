"""Searching in a real browser: by keys alone, by the mouse over the picture, and every state judged in both modes."""

import re

import pytest
from playwright.sync_api import expect


def results(desk):
    """Everything of the last 90 days, from the form to the results."""
    page = desk.go("/events/")
    page.get_by_role("main").get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**/searches/*/")
    return page


def tab_to(page, selector, most=160):
    """Press Tab until the focus stands on what `selector` finds."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{most} times Tab did not lead to {selector}")


def test_a_search_is_begun_narrowed_and_left_by_keys_alone(desk):
    analyst = desk("fraud@demo.test")
    page = analyst.go("/events/")
    tab_to(page, ".search-form button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/searches/*/")

    tab_to(page, "details.tops > summary")
    page.keyboard.press("Enter")
    tab_to(page, "#top-country-1")
    page.keyboard.press("Enter")
    expect(page.locator("#counts")).to_contain_text("shown")
    assert page.evaluate("document.activeElement.id") == "top-country-1", "the focus was lost with the old list"
    tab_to(page, "#range-from")
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="Clear the range")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("loaded events shown")
    tab_to(page, "a.chip#step-1")
    page.keyboard.press("Enter")
    expect(page.locator("#narrowed")).to_have_count(0)

    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("group", name="With the chosen events")).to_contain_text("1 event")
    page.keyboard.press("o")
    page.wait_for_url(re.compile(r"/events/[^/]+/$"))


def test_a_range_is_chosen_by_dragging_over_the_picture_and_the_way_back_is_the_browsers(desk):
    page = results(desk("fraud@demo.test"))
    page.evaluate("window.wasNotLoadedAgain = true")
    picture = page.locator("[data-range] svg[role=img]")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()

    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20, steps=4)
    page.mouse.up()

    expect(page.locator("#counts")).to_contain_text("shown")
    assert page.evaluate("window.wasNotLoadedAgain")
    assert re.search(r"\?from=\d+&to=\d+", page.url)
    page.go_back()
    expect(page.locator("#counts")).not_to_contain_text("shown")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_state_of_searching_is_accessible(desk, mode):
    analyst = desk("fraud@demo.test", color_scheme=mode, viewport={"width": 1440, "height": 900})
    page = results(analyst)
    analyst.check()
    found = page.url.removeprefix(analyst.url)
    first, other = (page.locator("a.name").nth(number).get_attribute("href") for number in (0, 1))
    page.locator("#top-country-1").click()
    expect(page.locator("#narrowed a.chip")).to_have_count(1)
    page.locator(".top-drop").first.click()
    page.get_by_text("Choose a range by its times").click()
    expect(page.locator("#narrowed a.chip")).to_have_count(2)
    analyst.check()
    analyst.expect_status(422, 404)
    for path in (
        f"{found}?start=yesterday",
        f"{found}?keep=country.0&of=elsewhere",
        f"{found}save/",
        f"{found}export/",
        f"/events/columns/?next={found.split('/')[2]}",
        "/searches/saved/",
        "/searches/history/?whose=team",
        "/exports/",
        f"{first}compare/",
        f"{first}compare/{other.split('/')[2]}/",
        f"{first}compare/{other.split('/')[2]}/?show=differences",
    ):
        analyst.go(path)
        analyst.check()
    analyst.go(f"{found}export/")
    page.get_by_role("button", name="Make the export").click()
    expect(page.get_by_text("Say why these events are taken away.").first).to_be_visible()
    analyst.check()
    page.get_by_label("Reason", exact=True).fill("=the ring of #881")
    page.get_by_role("button", name="Make the export").click()
    page.wait_for_url("**/exports/")
    analyst.check()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take the file").first.click()
    assert taken.value.suggested_filename.endswith(".csv")


def test_searching_fits_a_phone(desk):
    page = results(desk("fraud@demo.test", viewport={"width": 390, "height": 844}))

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_text("Top values").click()
    page.locator("#top-country-1").click()
    expect(page.locator("#counts")).to_contain_text("shown")


def test_a_line_of_filters_is_completed_word_by_word(desk):
    analyst = desk("fraud@demo.test")
    page = analyst.go("/events/")
    offered = "#filter-words option"

    def options():
        return page.locator(offered).evaluate_all("all => all.map(each => each.value)")

    line = page.get_by_label("Or typed as one line")
    line.fill("vpn:yes lin")
    assert options() == ["vpn:yes linked:"]
    line.fill("vpn:yes bot:")
    assert {"vpn:yes bot:bad", "vpn:yes bot:none"} <= set(options())
    line.fill("")
    assert "linked:" in options()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_periods_are_compared_in_place_and_on_a_page_and_a_ruleset_is_asked_in_place(desk, mode):
    analyst = desk("fraud@demo.test", color_scheme=mode, viewport={"width": 1440, "height": 900})
    page = results(analyst)
    page.get_by_role("button", name="7 days", exact=True).click()
    page.get_by_role("button", name="Compare periods").click()
    expect(page.get_by_role("heading", name="Against the period before")).to_be_visible()
    analyst.check()
    page.get_by_role("link", name="As a page").click()
    expect(page.get_by_role("heading", name="Compared with the period before")).to_be_visible()
    analyst.check()
    page.get_by_role("link", name="Back to the results").click()
    page.get_by_role("table", name="Events").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Why this score")).to_be_visible()
    page.get_by_label("Ruleset").select_option("A hostile one")
    page.get_by_role("button", name="Ask it").click()
    expect(page.locator("#ruling")).to_contain_text("Block")
    analyst.check()
