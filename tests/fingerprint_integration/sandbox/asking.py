"""Short ways to ask both versions the same thing."""

from collections.abc import Iterable
from typing import Any

import httpx

from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.clock import DAY, from_ms
from fingerprint_integration.sandbox.records import Event


def search(client: httpx.Client, version: str, **parameters: Any) -> httpx.Response:
    """A search; v3 gets the limit it needs."""
    if version == "v3":
        parameters.setdefault("limit", 100)
        return client.get("/events/search", params=parameters)
    return client.get("/events", params=parameters)


def found(client: httpx.Client, version: str, **parameters: Any) -> list[str]:
    """The event ids a search finds, as many as one page holds."""
    parameters.setdefault("limit", 100)
    response = search(client, version, **parameters)
    assert response.status_code == 200, response.text
    return [event_id_of(event, version) for event in response.json()["events"]]


def event_id_of(event: dict[str, Any], version: str) -> str:
    """The id of an event in a search page."""
    if version == "v4":
        return str(event["event_id"])
    products = event["products"]
    data = products["identification"].get("data") if "identification" in products else None
    return str(data["requestId"] if data else products["botd"]["data"]["requestId"])


def whole_window(sandbox: Sandbox) -> dict[str, int]:
    """`start` before everything that is kept."""
    return {"start": sandbox.now() - 91 * DAY}


def visible(sandbox: Sandbox, events: Iterable[Event]) -> set[str]:
    """The ids of those events that can still be read."""
    return {event.event_id for event in events if sandbox.world.is_visible(event, sandbox.now())}


def message_of(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of a structured refusal."""
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


def visits_at(sandbox: Sandbox, *offsets_ms: int, **what: Any) -> list[str]:
    """Visits this many milliseconds from now (negative: in the past)."""
    return [sandbox.visit(at=from_ms(sandbox.now() + offset), **what).event_id for offset in offsets_ms]
