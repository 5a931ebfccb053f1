"""How many statements each page asks of our database, as recorded: a page that asks more by accident fails.

Each database has its own record, for an entry of the audit log is one statement on PostgreSQL and three on SQLite.
`make queries` writes the record again; what changed in it is read like code.
"""

import json
import os
import re
from pathlib import Path

import pytest
from django.db import connection

from dashboard.core.access import Role

pytestmark = pytest.mark.django_db
RECORD = Path(__file__).with_name("query_counts.json")


def statements(answer):
    """What the page itself says: the same number stands in the browser's tools."""
    found = re.search(r'sql;dur=[\d.]+;desc="(\d+)"', answer.headers["Server-Timing"])
    return int(found[1])


def _links(browser, visitor_id, *, is_asked):
    """The address of a reading of links, with its first hop planned, or asked to its end."""
    address = browser.post(f"/visitors/{visitor_id}/links/start/").url
    while is_asked and (asking := browser.get(address).page.all("form", action=_ask(visitor_id))):
        assert len(asking) == 1
        address = browser.submit(browser.get(address).page.form(action=_ask(visitor_id))).url
    return address


def _ask(visitor_id):
    return f"/visitors/{visitor_id}/links/ask/"


@pytest.fixture
def pages(sandbox, client_for):
    """Every page of searching and looking by its name, as an address and whether htmx asks."""
    browser = client_for(Role.FRAUD_ANALYST)
    results = browser.post("/searches/", {}).url
    browser.post(f"{results}save/", {"name": "Everything", "is_shared": "yes"})
    family, ring = (sandbox.stories[story].visitor_ids[0] for story in ("family", "promo_ring"))
    listed = browser.get(results).page
    week = browser.post("/searches/", {"window": "last:7d"}).url
    browser.post(f"{week}before/")
    narrowed = results + next(each.get("href") for each in listed.all("a", class_="top-value"))
    one, other = (each.event_id for each in sandbox.world.timeline[-3:-1])
    browser.post(f"{results}export/", {"form": "csv", "reason": "for the record"})
    browser.post(f"/visitors/{family}/follow/", {"text": "for the record"})
    planned, answered = (_links(browser, ring, is_asked=is_asked) for is_asked in (False, True))
    whole = {
        "search form": "/events/",
        "results, 100 events": results,
        "results, narrowed": narrowed,
        "against the period before": f"{week}before/",
        "event": f"/events/{one}/",
        "two events compared": f"/events/{one}/compare/{other}/",
        "visitor": f"/visitors/{family}/",
        "visitors followed": "/visitors/following/",
        "links, planned": planned,
        "links, one hop answered": answered,
        "links, export form": answered.replace("/links/?", "/links/export/?"),
        "saved searches": "/searches/saved/",
        "history of the team": "/searches/history/?whose=team",
        "columns": "/events/columns/",
        "export form": f"{results}export/",
        "exports": "/exports/",
    }
    return browser, {**{name: (path, False) for name, path in whole.items()}, "a click on a value": (narrowed, True)}


def test_every_page_asks_as_often_as_recorded(pages):
    browser, addresses = pages
    counted = {}
    for name, (path, is_piece) in addresses.items():
        ask = browser.fragment if is_piece else browser.get
        ask(path)  # what is remembered by the process is asked for once
        counted[name] = statements(ask(path))

    recorded = json.loads(RECORD.read_text())
    if os.environ.get("RECORD_QUERIES"):
        recorded[connection.vendor] = counted
        RECORD.write_text(json.dumps(recorded, indent=2, sort_keys=True) + "\n")
    assert counted == recorded[connection.vendor]
