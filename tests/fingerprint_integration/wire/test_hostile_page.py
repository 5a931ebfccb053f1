"""One hostile event on a page costs neither the others nor the untouched payloads."""

import json

import pytest

from fingerprint_integration.domain import EventQuery
from fingerprint_integration.wire.v4 import V4


@pytest.mark.parametrize("odd", ["\ud800x", "\ud83d\ude00", "\\ud800"])
def test_payloads_stay_untouched_on_a_page_with_broken_text(odd):
    payloads = [
        json.dumps(
            {"event_id": f"e{number}", "timestamp": 1700000000000 + number, "linked_id": odd if number % 3 else "a"}
        )
        for number in range(20)
    ]
    page = V4().read_page(('{"events": [' + " , ".join(payloads) + "]}").encode(), EventQuery(), None)

    assert [event.raw.decode() for event in page.events] == payloads
