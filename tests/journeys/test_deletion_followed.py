"""The timeline that Fingerprint publishes for a deletion, day by day, and what the request's page says on each day.

Visits on day 1, 2 and 13; deleted on day 14; on day 15 the browser returns with a new id and the event of day 13 is not
found; on day 16 the event of day 2 still is.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.audit.sealing import seal
from dashboard.core.access import Role
from dashboard.deletions import tasks
from dashboard.deletions.models import DeletionRequest
from fingerprint_integration.errors import NotFound
from fingerprint_integration.services import reads
from tests.factories import person


@pytest.fixture
def day(clock):
    """`day(15)`: it is that day's noon, and the workers have done what fell due on the way, day by day."""
    begin = clock.now

    def come(number: int) -> None:
        while clock.now < begin + timedelta(days=number):
            clock.advance(days=1)
            tasks.sweep_followed()
            tasks.follow_due()

    return come


@pytest.mark.parametrize("api_version", ["v3", "v4"])
def test_day_by_day(empty_sandbox, client_for, clock, day, settings):
    settings.DELETION_COOLING_OFF = timedelta(0)
    people = {role: person(role) for role in (Role.COMPLIANCE, Role.AUDITOR)}
    asker = person(Role.COMPLIANCE)

    def as_(role):
        """Sessions last a day: everybody signs in anew."""
        return client_for(people[role])

    day(1)
    first = empty_sandbox.visit(at=clock.now)
    visitor_id = first.visitor_id
    day(2)
    second = empty_sandbox.visit(at=clock.now, visitor_id=visitor_id)
    day(13)
    third = empty_sandbox.visit(at=clock.now, visitor_id=visitor_id)

    # Day 14: asked, approved, sent. Accepted is a word, not a fact, and the page says what comes when.
    day(14)
    browser = client_for(asker)
    form = browser.post(reverse("deletions:ask"), {"visitor_id": visitor_id}).page.form(button="Ask for the deletion")
    browser.submit(form, reason="She wrote to us.", ticket="88-7")
    request = DeletionRequest.objects.get()
    address = reverse("deletions:request", args=[request.pk])
    officer = as_(Role.COMPLIANCE)
    page = officer.get(address).page
    officer.submit(page.form(button="Approve deleting 1 visitor"), reason="It is her browser.")
    tasks.sweep_deletions()
    tasks.execute_due()
    tasks.follow_due()
    page = officer.get(address).page
    story = page.one("ol", class_="story")
    assert story is not None
    for words in ("Received", "Approved by a second person", "Sent to Fingerprint", "Accepted by Fingerprint"):
        assert words in page.text
    assert "not that anything is gone" in page.text
    assert "Erased in Inkpad" in page.text
    assert "Inkpad asks whether it is gone to come, Tue 30 Jun, 12:00" in page.text
    assert "No longer answered" not in page.text

    # Day 15: the browser is somebody new, the event of day 13 is gone, the older ones stay and are said to.
    day(15)
    assert empty_sandbox.visit(at=clock.now, visitor_id=visitor_id).visitor_id != visitor_id
    with pytest.raises(NotFound):
        reads.get_event(third.event_id)
    page = as_(Role.COMPLIANCE).get(address).page
    assert "No longer answered" in page.text
    assert "1 of 1 events asked about are not found" in page.text
    assert "2 older events stay for now" in page.text
    assert "The retention of the older events ends to come" in page.text
    assert "came back" not in page.text

    # Day 16: the event of day 2 is still answered, and nobody says that everything is gone.
    day(16)
    assert reads.get_event(second.event_id).event_id == second.event_id
    page = as_(Role.COMPLIANCE).get(address).page
    assert "No longer answered" in page.text
    assert "Only when they are not answered either is everything gone" in page.text
    assert ">Gone<" not in page.html

    # The end of retention: on its last day it still stays, then it is gone, and certified.
    day(91)
    assert ">Gone<" not in as_(Role.COMPLIANCE).get(address).page.html
    day(94)
    page = as_(Role.COMPLIANCE).get(address).page
    assert "are not found" in page.text
    assert ">Gone<" in page.html
    seal(now=clock.now)
    certificate = as_(Role.COMPLIANCE).get(reverse("deletions:certificate", args=[request.pk, 1])).page
    assert "by Inkpad itself: nothing more is asked" in certificate.text
    assert visitor_id in certificate.text
    assert visitor_id not in as_(Role.AUDITOR).get(reverse("deletions:certificate", args=[request.pk, 1])).page.html

    # A week later the request has forgotten whom it was about; whoever brings the id is told.
    day(102)
    page = as_(Role.COMPLIANCE).get(address).page
    assert visitor_id not in page.html
    assert "This request forgets the id" in page.text
    found = as_(Role.AUDITOR).post(reverse("deletions:look_up"), {"visitor_id": visitor_id}).page
    assert request.number in found.text
    assert "Gone" in found.text

    # Two years later the record ends.
    clock.advance(days=760)
    tasks.sweep_followed()
    found = as_(Role.AUDITOR).post(reverse("deletions:look_up"), {"visitor_id": visitor_id}).page
    assert "Nothing on record" in found.text
