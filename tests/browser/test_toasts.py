"""What an act answers with covers nothing beside the navigation; where there is none, the page leaves room for it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk

COVERED = """
(selector) => {
  const box = document.querySelector(".toast").getBoundingClientRect();
  const isCovered = (element) => {
    const own = element.getBoundingClientRect();
    return own.left < box.right && own.right > box.left && own.top < box.bottom && own.bottom > box.top;
  };
  const all = [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  return all.filter(isCovered).map((element) => element.outerHTML.slice(0, 120));
}
"""
CONTROLS = "main :is(a, button, input, select, textarea, summary)"
SCROLL = "(part) => window.scrollTo({top: part * document.documentElement.scrollHeight, behavior: 'instant'})"


def marked(desk: Callable[..., Desk], width: int, height: int) -> Page:
    """An event that an analyst just marked, in a window of this size."""
    page = desk("fraud@demo.test").go("/events/")
    page.set_viewport_size({"width": width, "height": height})
    page.get_by_role("main").get_by_role("button", name="Search", exact=True).first.click()
    page.locator("table a.name").first.click()
    page.get_by_role("main").get_by_role("button", name="suspect").first.click()
    expect(page.locator(".toast")).to_be_visible()
    page.locator(".toast").hover()  # it stays while it is looked at
    return page


@pytest.mark.parametrize("height", [640, 900])
def test_beside_the_navigation_it_covers_nothing_that_can_be_pressed(desk, height):
    page = marked(desk, 1280, height)

    for place in (0, 0.5, 1):
        page.evaluate(SCROLL, place)
        assert page.evaluate(COVERED, CONTROLS) == []


def test_in_a_narrow_window_the_end_of_the_page_can_be_brought_above_it(desk):
    page = marked(desk, 390, 844)
    page.wait_for_load_state("networkidle")

    page.evaluate(SCROLL, 1)

    assert page.evaluate(COVERED, f"{CONTROLS}, main :is(p, dd, td)") == []
