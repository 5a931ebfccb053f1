"""Every answer says where its time went, and how many statements and calls it took."""

import re

import pytest

from dashboard.core.access import Role

pytestmark = pytest.mark.django_db


def timings(answer):
    """Name -> (milliseconds, what stands beside them)."""
    found = re.findall(r'(\w+);dur=([\d.]+)(?:;desc="(\d+)")?', answer.headers["Server-Timing"])
    return {name: (float(milliseconds), beside) for name, milliseconds, beside in found}


def test_a_page_tells_its_own_time_from_the_waiting_for_fingerprint(sandbox, client_for):
    event_id = sandbox.stories["night_owl"].event_ids[0]

    found = timings(client_for(Role.FRAUD_ANALYST).get(f"/events/{event_id}/"))

    assert found["fingerprint"][1] == "1"
    assert found["inkpad"][0] > 0
    assert int(found["sql"][1]) > 0


def test_a_page_that_asks_nobody_says_so(client_for):
    assert timings(client_for(Role.FRAUD_ANALYST).get("/events/"))["fingerprint"] == (0.0, "0")
