"""Fingerprint's example bodies are read with every field in its place: nothing in them is lost on the way."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from fingerprint_integration.client import read_event
from fingerprint_integration.domain import ApiVersion, Event, EventQuery
from fingerprint_integration.signals import FIELDS
from fingerprint_integration.wire.failures import failure
from fingerprint_integration.wire.v3 import V3
from fingerprint_integration.wire.v3_history import HISTORY
from fingerprint_integration.wire.v4 import V4
from tests.fingerprint_integration.official import bodies

EVENTS = [
    *((ApiVersion.V3, path) for path in bodies("v3", "get_event_200")),
    *((ApiVersion.V4, path) for path in bodies("v4", "get_event_200", "get_event_with_edge")),
]
PAGES = [
    *((V3(), path) for path in bodies("v3", "get_event_search_200")),
    *((V4(), path) for path in bodies("v4", "get_event_search_200")),
]
# Repeated elsewhere in the same payload, from where it is shown; or nothing anybody asked to see.
SAID_ELSEWHERE = {
    ApiVersion.V3: {
        "products.identification.data.time",
        "products.identification.data.incognito",
        "products.ipBlocklist.data.result",
        "products.factoryReset.data.timestamp",
        *(f"products.botd.data.{name}" for name in ("url", "ip", "time", "userAgent", "requestId", "linkedId")),
    },
    ApiVersion.V4: {
        *(f"browser_details.{name}" for name in ("os", "os_version", "device")),
        *(f"supplementary_id_high_recall.confidence.{name}" for name in ("score", "version")),
    },
}


def leaves(value, path=()):
    """Every scalar of a payload with the path to it."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        yield from leaves(inner, (*path, step))
    if not isinstance(value, dict | list) and value is not None:
        yield path, value


def other(value):
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 3_600_000
        case float():
            return value / 2 + 0.01
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return f"{value}x"
    return (at + timedelta(days=1)).isoformat()


def changed(payload, path, value):
    copy = json.loads(json.dumps(payload))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(copy).encode()


def portrait(event):
    """Everything an event can show."""
    return (
        [getattr(event, field.name) for field in FIELDS],
        [(one.state, one.value, one.details, one.error_code, one.error_message) for one in event.signals],
        [(one.name, one.value, one.error) for one in event.device_attributes],
    )


@pytest.mark.parametrize("version, path", EVENTS, ids=lambda value: getattr(value, "name", value))
def test_every_value_of_an_official_event_has_a_place_where_it_shows(version, path):
    payload = json.loads(path.read_bytes())
    event = read_event(path.read_bytes(), version)
    assert isinstance(event, Event)
    before = portrait(event)

    nowhere = [
        place
        for steps, value in leaves(payload)
        if portrait(read_event(changed(payload, steps, other(value)), version)) == before
        and (place := ".".join(str(step) for step in steps)) not in SAID_ELSEWHERE[version]
    ]

    assert nowhere == []


@pytest.mark.parametrize("wire, path", PAGES, ids=lambda value: getattr(value, "name", type(value).__name__))
def test_an_official_search_page_is_read_whole(wire, path):
    body = path.read_bytes()
    page = wire.read_page(body, EventQuery(), None)
    written = json.loads(body)

    assert [type(event) for event in page.events] == [Event] * len(written["events"])
    assert page.cursor == (written.get("pagination_key") or written.get("paginationKey"))
    for event, expected in zip(page.events, written["events"], strict=True):
        assert json.loads(event.raw) == expected


@pytest.mark.parametrize("path", bodies("v3", "get_visitors_200"), ids=lambda path: path.name)
def test_official_visits_are_read(path):
    written = json.loads(path.read_bytes())
    page = HISTORY.read_visits(path.read_bytes())

    assert page.visitor_id == written["visitorId"]
    assert page.cursor == written["paginationKey"]
    for visit, expected in zip(page.visits, written["visits"], strict=True):
        assert visit.event_id == expected["requestId"]
        assert visit.ip_address == expected["ip"]
        assert visit.ip_location.city == expected["ipLocation"]["city"]["name"]
        assert visit.browser_name == expected["browserDetails"]["browserName"]
        assert visit.last_seen_at == datetime.fromisoformat(expected["lastSeenAt"]["subscription"])


@pytest.mark.parametrize("path", bodies("v3", "get_related_visitors_200"), ids=lambda path: path.name)
def test_official_related_visitors_are_read(path):
    written = json.loads(path.read_bytes())
    found = HISTORY.read_related(path.read_bytes())

    assert [one.visitor_id for one in found] == [one["visitorId"] for one in written["relatedVisitors"]]


@pytest.mark.parametrize(
    "path",
    [*bodies("v3", "400", "403", "404", "409", "429"), *bodies("v4", "400", "403", "404", "409", "429", "5")],
    ids=lambda path: f"{path.parts[-4]}-{path.name}",
)
def test_an_official_error_becomes_its_typed_error_and_keeps_its_body(path):
    body = path.read_bytes()
    status = int(path.name[:3])
    expected = {
        400: "InvalidRequest",
        403: "Refused",
        404: "NotFound",
        409: "NotReadyYet",
        429: "RateLimited",
        500: "Unavailable",
        503: "Unavailable",
        504: "Unavailable",
    }
    error = failure(status, {}, body, now=datetime.now(UTC))

    assert type(error).__name__ == expected[status]
    assert error.body == body
    assert error.retryable is (status in {409, 429, 500, 503, 504})
    assert json.loads(body)["error"]["message"] not in str(error)
