"""Steering a running sandbox over HTTP, below `/sandbox`, off the API's own paths."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .clock import from_ms
from .encoding import to_json
from .faults import KINDS
from .messages import Answer, Request, json_answer, not_allowed, not_found

if TYPE_CHECKING:
    from .app import Sandbox

Json = dict[str, Any]
_MOST_VISITS = 10_000
_VISIT_FIELDS = frozenset(
    (
        "visitor_id", "ip", "at", "platform", "url", "path", "linked_id", "tags", "referrer", "signals", "suspect",
        "replayed", "environment_id", "count", "seconds_apart",
    )
)  # fmt: skip


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Answer a request below `/sandbox`. A request that makes no sense is a 400 with a sentence."""
    actions = _ACTIONS.get(request.path)
    if actions is None:
        return not_found()
    action = actions.get(request.method)
    if action is None:
        return not_allowed(*actions)
    try:
        document = json.loads(request.body) if request.body else {}
        if not isinstance(document, dict):
            raise ValueError("the body must be a JSON object")
        return json_answer(200, to_json(action(sandbox, document)))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        return json_answer(400, to_json({"error": str(error)}))


def moment(text: str) -> datetime:
    """An ISO 8601 instant; without an offset it is UTC."""
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _only(document: Json, *names: str) -> None:
    unknown = set(document) - set(names)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(names)}")


def _about(sandbox: Sandbox, _document: Json) -> Json:
    return {
        "seed": sandbox.world.seed,
        "anchor": _iso(sandbox.world.anchor),
        "region": sandbox.region,
        "visits": sandbox.visits,
        "events": len(sandbox.world.timeline),
        "visitors": len(sandbox.world.identities),
        "steering": sorted(_ACTIONS),
        **_clock(sandbox),
    }


def _clock(sandbox: Sandbox) -> Json:
    now = sandbox.now()
    return {"now": _iso(now), "now_ms": now, "is_frozen": sandbox.clock.is_frozen}


def _iso(milliseconds: int) -> str:
    return from_ms(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_clock(sandbox: Sandbox, _document: Json) -> Json:
    return _clock(sandbox)


def _move_clock(sandbox: Sandbox, document: Json) -> Json:
    _only(document, "advance_seconds", "set", "freeze")
    if "set" in document:
        sandbox.clock.set(moment(document["set"]))
    if "advance_seconds" in document:
        sandbox.clock.advance(seconds=float(document["advance_seconds"]))
    if document.get("freeze") is True:
        sandbox.clock.freeze()
    elif document.get("freeze") is False:
        sandbox.clock.run()
    sandbox.world.advance(sandbox.now())
    return _clock(sandbox)


def _list_faults(sandbox: Sandbox, _document: Json) -> Json:
    return {"faults": sandbox.faults.listed(), "kinds": list(KINDS)}


def _add_fault(sandbox: Sandbox, document: Json) -> Json:
    options = dict(document)
    sandbox.faults.add(options.pop("kind"), **options)
    return _list_faults(sandbox, {})


def _clear_faults(sandbox: Sandbox, _document: Json) -> Json:
    sandbox.faults.clear()
    return _list_faults(sandbox, {})


def _add_visits(sandbox: Sandbox, document: Json) -> Json:
    _only(document, *sorted(_VISIT_FIELDS))
    options = dict(document)
    count, apart = int(options.pop("count", 1)), float(options.pop("seconds_apart", 0))
    if not 1 <= count <= _MOST_VISITS:
        raise ValueError(f"count must be between 1 and {_MOST_VISITS}")
    at = moment(options.pop("at")) if "at" in options else from_ms(sandbox.now())
    events = []
    for number in range(count):
        instant = datetime.fromtimestamp(at.timestamp() + number * apart, tz=UTC)
        event = sandbox.visit(at=instant, **options)
        options.setdefault("visitor_id", event.visitor_id)  # the same visitor comes again
        events.append({"event_id": event.event_id, "visitor_id": event.visitor_id, "at": event.at})
    return {"events": events}


def _read_limits(sandbox: Sandbox, _document: Json) -> Json:
    return dataclasses.asdict(sandbox.limits)


def _set_limits(sandbox: Sandbox, document: Json) -> Json:
    names = [field.name for field in dataclasses.fields(sandbox.limits)]
    _only(document, *names)
    for name, value in document.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if not is_number and not (name == "rate" and value is None):
            raise ValueError(f"{name} must be a number that is not negative")
    for name, value in document.items():
        setattr(sandbox.limits, name, value)
    sandbox.refill()
    return _read_limits(sandbox, {})


def _list_requests(sandbox: Sandbox, _document: Json) -> Json:
    return {
        "requests": [
            {
                "at": _iso(received.at),
                "method": received.method,
                "path": received.path,
                "query": received.query,
                "version": received.version,
                "operation": received.operation,
                "status": received.status,
                "fault": received.fault,
                "body": received.body.decode("utf-8", "replace"),
            }
            for received in sandbox.requests
        ]
    }


def _forget_requests(sandbox: Sandbox, _document: Json) -> Json:
    sandbox.requests.clear()
    return {"requests": []}


def _list_stories(sandbox: Sandbox, _document: Json) -> Json:
    return {"stories": [dataclasses.asdict(story) for story in sandbox.stories.values()]}


_Action = Callable[["Sandbox", Json], Json]
_ACTIONS: dict[str, dict[str, _Action]] = {
    "/sandbox": {"GET": _about},
    "/sandbox/clock": {"GET": _read_clock, "POST": _move_clock},
    "/sandbox/faults": {"GET": _list_faults, "POST": _add_fault, "DELETE": _clear_faults},
    "/sandbox/visits": {"POST": _add_visits},
    "/sandbox/limits": {"GET": _read_limits, "POST": _set_limits},
    "/sandbox/requests": {"GET": _list_requests, "DELETE": _forget_requests},
    "/sandbox/stories": {"GET": _list_stories},
}
