"""The operations of both versions: what each takes, checks and answers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import filters, render_v3, render_v4, search
from .encoding import page, to_json
from .errors import Refusal, invalid
from .limits import Key
from .messages import Answer, Request, json_answer
from .records import Event
from .world import World

if TYPE_CHECKING:
    from .app import Sandbox

_MOST_RENDERED, _MOST_RENDERED_BYTES = 5000, 20_000
MOST_TAG_BYTES = 16 * 1024
RULESET = "rs_sandboxNoBadBots"
HOSTILE_RULESET = "rs_sandboxHostile"
_V3_NAMES = {"linkedId": "linked_id", "tag": "tags", "suspect": "suspect"}
_V4_NAMES = {"linked_id": "linked_id", "tags": "tags", "suspect": "suspect"}
_EMPTY = {"Content-Type": "application/json"}


def event_v3(sandbox: Sandbox, record: Event) -> bytes:
    """An event as v3 shows it; a loaded v3 body as it was loaded."""
    return _event(sandbox.world, record, "v3", render_v3.event)


def event_v4(sandbox: Sandbox, record: Event) -> bytes:
    """An event as v4 shows it; a loaded v4 body as it was loaded."""
    return _event(sandbox.world, record, "v4", render_v4.event)


def _event(world: World, record: Event, version: str, render: Callable[[Event], dict[str, Any]]) -> bytes:
    if record.loaded is not None and version in record.loaded.bodies:
        return record.loaded.bodies[version].text
    known = world.rendered.get((version, record.event_id))
    if known is not None:
        return known
    world.count_velocity(record)
    body = to_json(render(record))
    if len(world.rendered) >= _MOST_RENDERED:
        world.rendered.clear()
    if len(body) < _MOST_RENDERED_BYTES:
        world.rendered[version, record.event_id] = body
    return body


def get_event_v3(sandbox: Sandbox, key: Key, event_id: str) -> Answer:
    """`GET /events/{request_id}`."""
    record = sandbox.world.get_event(event_id, sandbox.now(), key.environment_id)
    if record.source == "edge":
        raise Refusal("no_event")  # Edge events came with v4; v3 has no words for them.
    return json_answer(200, event_v3(sandbox, record))


def get_event_v4(sandbox: Sandbox, key: Key, event_id: str, request: Request) -> Answer:
    """`GET /v4/events/{event_id}`."""
    if "%" in event_id or not event_id.isascii() or len(event_id) > 100:
        raise invalid("invalid event_id")
    record = sandbox.world.get_event(event_id, sandbox.now(), key.environment_id)
    ruleset_id = request.parameter("ruleset_id")
    if not ruleset_id:
        return json_answer(200, event_v4(sandbox, record))
    if ruleset_id not in (RULESET, HOSTILE_RULESET):
        raise Refusal("no_ruleset")
    body = json.loads(event_v4(sandbox, record))
    body["rule_action"] = _judge(record) if ruleset_id == RULESET else _HOSTILE_RULING
    return json_answer(200, to_json(body))


def _judge(record: Event) -> dict[str, Any]:
    """The sandbox's sensible ruleset: bad bots are blocked, everybody else may pass."""
    if record.signal("bot") == "bad":
        return {
            "ruleset_id": RULESET,
            "rule_id": "r_sandboxBadBot",
            "rule_expression": 'bot == "bad"',
            "type": "block",
            "status_code": 403,
            "headers": [{"name": "Content-Type", "value": "text/plain"}],
            "body": "Please come back as a person.",
        }
    return {
        "ruleset_id": RULESET,
        "type": "allow",
        "request_header_modifications": {
            "remove": ["X-Visitor"],
            "set": [{"name": "X-Checked", "value": "yes"}],
            "append": [],
        },
    }


# What a ruleset says is typed by people as well: markup, control and right-to-left characters, and no end to it.
_HOSTILE_RULING: dict[str, Any] = {
    "ruleset_id": HOSTILE_RULESET,
    "rule_id": 'r_"><img src=x onerror=alert(1)>',
    "rule_expression": "<script>alert('rule')</script> \u202eevil\u202c \x00\x1b[31m" + "x" * 3000,
    "type": "block",
    "status_code": 403,
    "headers": [
        {"name": "X-<b>Bold</b>", "value": '=HYPERLINK("http://evil.example")'},
        {"name": "Set-Cookie", "value": "a\r\nX-Injected: yes"},
        *({"name": f"X-Many-{number}", "value": "y" * 200} for number in range(300)),
    ],
    "body": "</pre><script>alert('body')</script>\u0007" + "z" * 5000,
}


def search_v3(sandbox: Sandbox, key: Key, request: Request) -> Answer:
    """`GET /events/search`."""
    now = sandbox.now()
    asked = filters.parse_v3(request.parameters, now, sandbox.world, sandbox.limits.search_limit_v3)
    found = search.run(sandbox.world, asked, now, key.environment_id)
    rest = {"paginationKey": str(found.events[-1].at)} if found.more else {}
    return json_answer(200, page("events", (event_v3(sandbox, record) for record in found.events), rest))


def search_v4(sandbox: Sandbox, key: Key, request: Request) -> Answer:
    """`GET /v4/events`."""
    now = sandbox.now()
    asked = filters.parse_v4(request.parameters, now, sandbox.world)
    found = search.run(sandbox.world, asked, now, key.environment_id)
    rest: dict[str, Any] = {}
    if found.more:
        rest["pagination_key"] = search.seal_key(sandbox.world.seed, found.events[-1], oldest_first=asked.oldest_first)
    if found.total is not None:
        rest["total_hits"] = found.total
    return json_answer(200, page("events", (event_v4(sandbox, record) for record in found.events), rest))


def get_visits(sandbox: Sandbox, key: Key, visitor_id: str, request: Request) -> Answer:
    """`GET /visitors/{visitor_id}`, v3 only.

    Classic: `limit` events are scanned newest first and only then filtered, so a page may be short or empty
    and still have a key. Single: at most one visit, as the newest description says.
    """
    world, now = sandbox.world, sandbox.now()
    if not filters.is_well_formed(visitor_id, world):
        raise invalid("bad request")
    limit = _count(request.parameter("limit"), default=100)
    before = _count(request.parameter("before"), default=None)
    request_id, linked_id = request.parameter("request_id"), request.parameter("linked_id")
    if request_id and not _is_event_id(request_id):
        raise invalid("bad request")
    if not world.is_known(visitor_id, now):
        raise Refusal("no_visitor")
    events = [
        event
        for event in world.between(world.by_visitor[visitor_id], None, before, oldest_first=False)
        if world.is_visible(event, now, key.environment_id)
    ]
    resume_after = request.parameter("paginationKey")
    if resume_after:
        places = [place for place, event in enumerate(events) if event.event_id == resume_after]
        if not places:
            raise invalid("bad request")
        events = events[places[0] + 1 :]

    def matches(event: Event) -> bool:
        return (not request_id or event.event_id == request_id) and (not linked_id or event.linked_id == linked_id)

    if sandbox.visits == "classic":
        scanned = events[: min(limit or 100, 500)]
        shown = [event for event in scanned if matches(event)]
        has_more = len(events) > len(scanned)
    else:
        matching = [event for event in events if matches(event)]
        shown = scanned = matching[:1]
        has_more = len(matching) > 1
    rest: dict[str, Any] = {}
    if has_more:
        rest = {"lastTimestamp": scanned[-1].at, "paginationKey": scanned[-1].event_id}
    head = b'{"visitorId":' + to_json(visitor_id) + b","
    return json_answer(200, head + page("visits", (_visit(event) for event in shown), rest)[1:])


def _visit(record: Event) -> bytes:
    if record.loaded is not None and "visit" in record.loaded.bodies:
        return record.loaded.bodies["visit"].text
    return to_json(render_v3.visit(record))


def _count(text: str, *, default: int | None) -> int | None:
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise invalid("bad request")
    return int(text)


def _is_event_id(text: str) -> bool:
    return len(text) <= 100 and text.isascii() and text.replace(".", "").replace("_", "").isalnum()


def get_related_visitors(sandbox: Sandbox, key: Key, request: Request) -> Answer:
    """`GET /related-visitors?visitor_id=`, v3 only."""
    if not key.may_relate:
        raise Refusal("no_feature")
    visitor_id = request.parameter("visitor_id")
    _check_visitor(sandbox, visitor_id)
    related = sandbox.world.related_to(visitor_id, sandbox.now())
    return json_answer(200, to_json({"relatedVisitors": [{"visitorId": other} for other in related]}))


def _check_visitor(sandbox: Sandbox, visitor_id: str) -> None:
    if not visitor_id:
        raise invalid("visitor id is required")
    if not filters.is_well_formed(visitor_id, sandbox.world):
        raise invalid("invalid visitor id")
    if not sandbox.world.is_known(visitor_id, sandbox.now()):
        raise Refusal("no_visitor")


def update_event(sandbox: Sandbox, key: Key, event_id: str, request: Request, version: str) -> Answer:
    """`PUT /events/{request_id}` and `PATCH /v4/events/{event_id}`: 200 with an empty body."""
    world, now = sandbox.world, sandbox.now()
    change = _read_change(request.body, _V3_NAMES if version == "v3" else _V4_NAMES)
    record = world.get_event(event_id, now, key.environment_id)
    rules = world.rules
    world.check_mutable(record, now, rules.update_window_v3 if version == "v3" else rules.update_window_v4)
    if change:
        world.update(record, change)
        sandbox.note({"do": "update", "event_id": event_id, "change": change})
    return Answer(200, b"", dict(_EMPTY))


def _read_change(body: bytes, names: dict[str, str]) -> dict[str, Any]:
    """The change a body asks for. Strict: an unknown field, a null or a wrong type refuses the whole of it."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("request body is not valid") from None
    if not isinstance(document, dict) or not set(document) <= set(names):
        raise invalid("request body is not valid")
    change = {names[name]: value for name, value in document.items()}
    for name, kind in (("linked_id", str), ("tags", dict), ("suspect", bool)):
        if name in change and not isinstance(change[name], kind):
            raise invalid("request body is not valid")
    if len(change.get("linked_id", "")) > filters.LINKED_ID_LENGTH:
        raise invalid("linked_id can't be greater than 256 characters long")
    if "tags" in change and (len(to_json(change["tags"])) > MOST_TAG_BYTES or not _is_json(change["tags"])):
        raise invalid("request body is not valid")
    return change


def _is_json(value: Any) -> bool:
    """Whether a value is JSON proper: Python also reads NaN and Infinity, which are not."""
    if isinstance(value, dict):
        return all(_is_json(part) for part in value.values())
    if isinstance(value, list):
        return all(_is_json(part) for part in value)
    return not isinstance(value, float) or math.isfinite(value)


def delete_visitor(sandbox: Sandbox, key: Key, visitor_id: str) -> Answer:
    """`DELETE /visitors/{visitor_id}` of both versions: 200 with an empty body means scheduled, not done."""
    if key.environment_id is not None:
        raise Refusal("key_scope")
    if not key.may_delete:
        raise Refusal("no_feature")
    if not visitor_id:
        raise invalid("visitor id is required")
    if not filters.is_well_formed(visitor_id, sandbox.world):
        raise invalid("invalid visitor id")
    now = sandbox.now()
    if not sandbox.delete_quota(key).take(now):
        raise Refusal("too_many")
    if not sandbox.world.is_known(visitor_id, now):
        raise Refusal("no_visitor")
    sandbox.world.delete(visitor_id, now)
    sandbox.note({"do": "delete", "visitor_id": visitor_id, "key": key.secret})
    return Answer(200, b"", dict(_EMPTY))
