"""What attackers send and what nobody should ask: searching and comparing stay whole, bounded, and say so."""

import re

import pytest

from dashboard.core.access import Role
from dashboard.events import actions
from dashboard.events.columns import COLUMNS
from dashboard.events.models import Search
from fingerprint_integration.sandbox.corners import HOSTILE

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])
BARE = set("\x00\x07\x08\x1b\u202e\u2067\ufeff")


def drawn(html):
    """What a browser draws: a copy button carries the value itself, whatever stands in it."""
    return re.sub(r' data-copy="[^"]*"', "", html)


def assert_harmless(answer):
    assert answer.status_code == 200
    assert not answer.page.all("iframe", "object", "embed", "base")
    assert not [image for image in answer.page.all("img") if image.get("src") == "x"]
    assert not BARE & set(drawn(answer.page.html))


@pytest.fixture
def hostile(sandbox):
    """The visitors who put something into every field, ten of them: as many as one search asks for."""
    return sandbox.stories["hostile"].visitor_ids[:10]


@BOTH
@pytest.mark.parametrize("role", [Role.FRAUD_ANALYST, Role.SUPPORT], ids=["unmasked", "masked"])
def test_every_column_and_every_top_value_shows_text_as_text(sandbox, hostile, client_for, role):
    browser = client_for(role)
    browser.post("/events/columns/", {"columns": [column.name for column in COLUMNS]})
    url = browser.post("/searches/", {"visitor_id": "\n".join(hostile)}).url

    answer = browser.get(url)

    assert_harmless(answer)
    assert len(answer.page.all("input", name="event")) >= 20
    for facet in ("linked_id", "device", "network"):
        assert_harmless(browser.get(f"{url}?facet={facet}"))
    for link in answer.page.all("a", class_="top-value")[::7]:
        assert_harmless(browser.get(url + link.get("href")))


@BOTH
def test_two_hostile_events_are_compared_as_text(sandbox, hostile, client_for):
    events = [
        next(each.event_id for each in reversed(sandbox.world.timeline) if each.visitor_id == visitor_id)
        for visitor_id in hostile
    ]
    browser = client_for(Role.FRAUD_ANALYST)

    for one, other in zip(events[::2], events[1::2], strict=True):
        assert_harmless(browser.get(f"/events/{one}/compare/{other}/"))


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("surrogate", "nul", "long")])
def test_a_saved_name_is_text_wherever_it_stands(sandbox, client_for, name):
    browser = client_for(Role.FRAUD_ANALYST)
    url = browser.post("/searches/", {}).url

    answer = browser.post(f"{url}save/", {"name": HOSTILE[name][:90], "is_shared": "yes"})

    assert answer.status_code in (302, 422)
    for page in ("/searches/saved/", "/searches/history/", "/events/", url):
        assert_harmless(browser.get(page))


@pytest.mark.parametrize(
    "typed",
    [
        {"window": "last:1000y"},
        {"window": "between", "start": "0001-01-01T00:00", "end": "9999-12-31T23:59"},
        {"window": "between", "start": "2026-06-15T12:00", "end": "2026-06-15T11:00"},
        {"window": "between", "start": "2199-01-01T00:00"},
        {"moment": "9999-12-31 23:59"},
        {"moment": "2019-01-01 00:00"},
        {"moment": "\u202e2026"},
        {"moment": "1" * 4000},
        {"moment": "2026-06-15 10:00", "around": "99999999"},
    ],
)
def test_an_absurd_window_is_a_sentence_and_no_search(sandbox, client_for, typed):
    answer = client_for(Role.FRAUD_ANALYST).post("/searches/", typed)

    assert answer.status_code == 422
    assert answer.page.all("p", class_="field-error") or "Choose" in answer.page.text or "Enter" in answer.page.text
    assert not Search.objects.exists()


def test_a_search_without_end_stops_at_a_number_and_says_so(sandbox, client_for, monkeypatch):
    monkeypatch.setattr(actions, "MOST_LOADED", 300)
    browser = client_for(Role.FRAUD_ANALYST)
    url = browser.post("/searches/", {}).url
    browser.get(url)

    page = browser.get(browser.post(f"{url}more/", {"up_to": "1000"}).url).page

    assert "300 loaded, and more match. Inkpad holds no more of one search than that" in page.text
    asked = len(sandbox.requests)
    browser.post(f"{url}more/", {"after": "3"})
    assert len(sandbox.requests) == asked == 3
