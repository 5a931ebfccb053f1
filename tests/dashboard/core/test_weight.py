"""A first visit costs less than 120 kB on the wire: the page, every style sheet and every script, compressed."""

import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from dashboard.core.access import Role

pytestmark = pytest.mark.django_db
MOST = 120_000


def weight(browser, path):
    """The compressed bytes of a page and of everything it loads."""
    packed = Client()
    packed.force_login(browser.person)
    answer = packed.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    page = browser.get(path).page
    loaded = [each.get("href") for each in page.all("link", rel="stylesheet")]
    loaded += [each.get("src") for each in page.all("script") if each.get("src")]
    assert len(loaded) > 5
    files = [finders.find(address.removeprefix("/static/").partition("?")[0]) for address in loaded]
    total = len(answer.content)
    return total + sum(len(gzip.compress(Path(file).read_bytes())) for file in files)


def test_a_first_visit_is_light_whatever_page_it_opens(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    results = browser.post("/searches/", {}).url
    event = sandbox.world.timeline[-5]

    weights = {
        path: weight(browser, path)
        for path in ("/", "/events/", results, f"/events/{event.event_id}/", f"/visitors/{event.visitor_id}/")
    }

    assert {path: size for path, size in weights.items() if size > MOST} == {}
