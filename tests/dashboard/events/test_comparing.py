"""Two events side by side: what differs is marked, what is hidden is not called the same; a visitor's neighbours."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from dashboard.events import actions

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


@pytest.fixture
def visits(empty_sandbox):
    """Three visits of one visitor, an hour apart, the last from another address and account; oldest first."""
    now = timezone.now()
    first = empty_sandbox.visit(at=now - timedelta(hours=3), ip="203.0.113.77", linked_id="jane")
    second = empty_sandbox.visit(
        at=now - timedelta(hours=2), visitor_id=first.visitor_id, ip="203.0.113.78", linked_id="jane"
    )
    third = empty_sandbox.visit(
        at=now - timedelta(hours=1), visitor_id=first.visitor_id, ip="198.51.100.4", linked_id="ring-1"
    )
    return first, second, third


def verdicts(page):
    """What each line says of both events."""
    said = {}
    for row in page.all("tr"):
        cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
        if len(cells) == 4:
            said.setdefault(cells[0], cells[-1])
    return said


@BOTH
def test_what_differs_is_marked_and_what_is_the_same_is_said(visits, client_for):
    first, _second, third = visits

    page = client_for(Role.FRAUD_ANALYST).get(f"/events/{first.event_id}/compare/{third.event_id}/").page

    said = verdicts(page)
    assert (said["Visitor"], said["Linked id"], said["Address"]) == ("same", "differs", "differs")
    assert "Fingerprint says: the same visitor." in page.text
    kinds = AuditEntry.objects.filter(kind="event.opened").count()
    assert kinds == 2


@BOTH
def test_masks_that_look_alike_are_not_called_the_same(visits, client_for):
    first, second, third = visits
    browser = client_for(Role.SUPPORT)

    alike = browser.get(f"/events/{first.event_id}/compare/{second.event_id}/").page
    other = browser.get(f"/events/{first.event_id}/compare/{third.event_id}/").page

    assert verdicts(alike)["Address"] == "masked"
    assert verdicts(other)["Linked id"] == "masked"
    assert verdicts(other)["Address"] == "differs"
    for secret in ("jane", "ring-1", "203.0.113", "198.51.100"):
        assert secret not in alike.html + other.html


def test_only_differences_are_shown_to_who_wants_only_those(visits, client_for):
    first, _second, third = visits

    page = (
        client_for(Role.FRAUD_ANALYST).get(f"/events/{first.event_id}/compare/{third.event_id}/?show=differences").page
    )

    assert set(verdicts(page).values()) == {"differs", "Result"}


def test_two_chosen_events_are_compared_and_any_other_number_is_said(visits, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    ids = [each.event_id for each in visits]

    both = browser.post("/events/compare/", {"event": ids[:2]})
    three = browser.post("/events/compare/", {"event": [*ids, "../../etc"]})

    assert both.url == f"/events/{ids[0]}/compare/{ids[1]}/"
    assert three.status_code == 409
    assert "Choose exactly two events to compare; 3 were chosen." in three.page.text


def test_an_id_is_typed_to_compare_with(visits, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    path = f"/events/{visits[0].event_id}/compare/"

    assert browser.post(path, {"other": visits[1].event_id}).url == f"{path}{visits[1].event_id}/"
    refused = browser.post(path, {"other": "no id at all"})
    assert refused.status_code == 422
    assert "Enter an event’s id" in refused.page.text
    assert browser.get(f"{path}1700000000000.nobody/").status_code == 404


@BOTH
def test_the_visitors_next_and_previous_event_are_one_click_away(visits, client_for):
    first, second, third = (each.event_id for each in visits)
    browser = client_for(Role.FRAUD_ANALYST)

    assert browser.get(f"/events/{second}/neighbours/1/").url == f"/events/{third}/"
    assert browser.get(f"/events/{second}/neighbours/0/").url == f"/events/{first}/"
    newest = browser.get(f"/events/{third}/neighbours/1/", follow=True)
    oldest = browser.get(f"/events/{first}/neighbours/0/", follow=True)
    assert "This is the visitor’s newest event." in newest.page.text
    assert "oldest event that Fingerprint still keeps" in oldest.page.text
    assert AuditEntry.objects.filter(kind="event.neighbour_sought").count() == 4


@pytest.mark.parametrize("api_version", ["v4", "v3"])
def test_events_of_the_same_millisecond_are_neighbours_too(empty_sandbox, client_for, clock, monkeypatch):
    monkeypatch.setattr(actions, "NEIGHBOURS_A_PAGE", 2)
    at = clock.now - timedelta(hours=1)
    before = empty_sandbox.visit(at=at - timedelta(minutes=1))
    together = [empty_sandbox.visit(at=at, visitor_id=before.visitor_id).event_id for _ in range(4)]
    after = empty_sandbox.visit(at=at + timedelta(milliseconds=1), visitor_id=before.visitor_id)
    browser = client_for(Role.FRAUD_ANALYST)

    def walk(event_id, way):
        path = []
        while (found := browser.get(f"/events/{event_id}/neighbours/{way}/").url.split("/")[2]) != event_id:
            path.append(event_id := found)
        return path

    assert walk(before.event_id, 1) == [*sorted(together), after.event_id]
    assert walk(after.event_id, 0) == [*sorted(together, reverse=True), before.event_id]


def test_more_events_of_one_millisecond_than_are_read_are_said(empty_sandbox, client_for, clock, monkeypatch):
    monkeypatch.setattr(actions, "NEIGHBOURS_A_PAGE", 2)
    monkeypatch.setattr(actions, "NEIGHBOUR_PAGES", 2)
    at = clock.now - timedelta(hours=1)
    first = empty_sandbox.visit(at=at)
    for _ in range(6):
        empty_sandbox.visit(at=at, visitor_id=first.visitor_id)
    asked = len(empty_sandbox.requests)

    page = client_for(Role.FRAUD_ANALYST).get(f"/events/{first.event_id}/neighbours/1/", follow=True).page

    assert "More events of this visitor carry the very same time than Inkpad reads for this." in page.text
    assert len(empty_sandbox.requests) - asked == 4, "the event, two pages, and the event shown again"
