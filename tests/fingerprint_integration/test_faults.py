"""Every fault the sandbox knows, before every operation of both versions: what the client raised, how often it asked.

The outcome stands in `fingerprint_integration/FAULTS.md`. `make faults` writes it again; the difference is then to be
read and committed, or is a mistake.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from fingerprint_integration import FingerprintClient
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.sandbox.api import RULESET
from fingerprint_integration.sandbox.app import Sandbox

TABLE = Path(__file__).parents[2] / "fingerprint_integration" / "FAULTS.md"
NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
HEAD = """\
# What the client makes of trouble

Written by `tests/fingerprint_integration/test_faults.py`, which fails when this is no longer true; `make faults` writes
it again. Every fault of the sandbox stands before every operation, with the library's own patience: four attempts, no
wait of more than ten seconds.

A cell says what became of the call, how often Fingerprint was asked, and how long the client waited in between: first
when the fault stays, then when it comes once. `read` and `done` are successes; words in brackets are the error's code.
`done ×2` is a change that was repeated, which is safe because its values are absolute. A DELETE is not repeated once it
was sent, so whoever asked decides what a lost answer means. A wait that Fingerprint asks for is honoured when it is
short; a longer one is given to the caller as `retry_after`. Changes answer with nothing, so the body of a 200 is not
read, but a page of HTML does not pass for one.
"""


class Fault(NamedTuple):
    """A fault of the sandbox, as the table calls it."""

    words: str
    kind: str
    options: dict[str, Any] = {}


FAULTS = (
    Fault("429", "rate_limited"),
    Fault("429, Retry-After: 0", "rate_limited", {"retry_after": 0}),
    Fault("429, Retry-After: 7", "rate_limited", {"retry_after": 7}),
    Fault("429, Retry-After: 3600", "rate_limited", {"retry_after": 3600}),
    Fault("429, Retry-After: a date 5 s ahead", "rate_limited", {"retry_after": "Mon, 15 Jun 2026 12:00:05 GMT"}),
    Fault("429, Retry-After: rubbish", "rate_limited", {"retry_after": "soon"}),
    Fault("429, too many search requests", "rate_limited", {"message": "too many search requests"}),
    Fault("409 not ready", "not_ready"),
    Fault("500", "server_error"),
    Fault("502 with HTML", "bad_gateway"),
    Fault("503", "unavailable"),
    Fault("503, Retry-After: 7", "unavailable", {"retry_after": 7}),
    Fault("504", "gateway_timeout"),
    Fault("connection cut, nothing done", "cut"),
    Fault("done, but the answer was lost", "answer_lost"),
    Fault("answer comes too late", "slow", {"seconds": 60}),
    Fault("body drips in too slowly", "slow_body", {"seconds": 60}),
    Fault("connection cut within the body", "cut_body"),
    Fault("half of the JSON", "truncated"),
    Fault("200 with a page of HTML", "wrong_content_type"),
    Fault("200 with nothing", "empty_body"),
    Fault("unknown fields", "unknown_fields"),
    Fault("unknown words of closed lists", "unknown_enums"),
    Fault("required fields missing", "missing_fields"),
    Fault("an answer of 2 MB", "oversized", {"size": 2_000_000}),
    Fault("404 with text", "answer", {"status": 404, "body": "no such page", "content_type": "text/plain"}),
    Fault("302", "answer", {"status": 302, "body": ""}),
    Fault("418", "answer", {"status": 418, "body": '{"error": {"code": "Teapot", "message": "short"}}'}),
)

OPERATIONS: dict[str, Callable[[FingerprintClient, str, str], object]] = {
    "get_event": lambda client, event_id, visitor_id: client.get_event(event_id),
    "get_event with a ruleset": lambda client, event_id, visitor_id: client.get_event(event_id, RULESET),
    "search_events": lambda client, event_id, visitor_id: client.search_events(visitor_id=visitor_id),
    "get_visits": lambda client, event_id, visitor_id: client.get_visits(visitor_id),
    "get_related_visitors": lambda client, event_id, visitor_id: client.get_related_visitors(visitor_id),
    "update_event": lambda client, event_id, visitor_id: client.update_event(event_id, suspect=True),
    "delete_visitor_data": lambda client, event_id, visitor_id: client.delete_visitor_data(visitor_id),
}
CHANGES = {"update_event", "delete_visitor_data"}
COLUMNS = {
    "v3": tuple(name for name in OPERATIONS if name != "get_event with a ruleset"),
    "v4": tuple(name for name in OPERATIONS if name not in ("get_visits", "get_related_visitors")),
}


class StoppedTime:
    """The clock of client and sandbox here: nobody sleeps, it is later afterwards."""

    def __init__(self) -> None:
        self.waited = 0.0
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def wait(self, seconds: float) -> None:
        """The client waits between two attempts."""
        self.waited += seconds
        self.sleep(seconds)


def outcome(version: str, operation: str, fault: Fault, times: int | None) -> str:
    """Say in a few words what becomes of one call behind one fault."""
    clock = StoppedTime()
    sandbox = Sandbox(now=NOON, rate=None, is_empty=True)
    event = sandbox.visit(at=NOON - timedelta(hours=1), linked_id="acct-1")
    client = FingerprintClient(
        "sandbox-secret-key",
        version=version,
        base_url="http://sandbox.test",
        transport=httpx.MockTransport(sandbox.handle),
        sleep=clock.wait,
        jitter=lambda: 0.5,
        now=lambda: NOON,
    )
    sandbox.faults.add(fault.kind, times=times, **fault.options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fingerprint_integration.client.time", clock)
        patch.setattr("fingerprint_integration.sandbox.app.time", clock)
        try:
            OPERATIONS[operation](client, event.event_id, event.visitor_id or "")
            found = "done" if operation in CHANGES else "read"
        except FingerprintError as error:
            found = f"{type(error).__name__} ({error.code})"
    waited = f", {clock.waited:.3g} s" if len(sandbox.requests) > 1 else ""
    return f"{found} ×{len(sandbox.requests)}{waited}"


def matrix(version: str) -> list[str]:
    """Try everything on one version and give the lines of its table."""
    columns = COLUMNS[version]
    lines = [f"| {version} | " + " | ".join(f"`{name}`" for name in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for fault in FAULTS:
        cells = []
        for operation in columns:
            always, once = outcome(version, operation, fault, None), outcome(version, operation, fault, 1)
            cells.append(always if always == once else f"{always}; {once}")
        lines.append(f"| {fault.words} | " + " | ".join(cells) + " |")
    return lines


@pytest.fixture(scope="module")
def committed() -> str:
    if os.environ.get("RECORD_FAULTS") == "1":
        TABLE.write_text(f"{HEAD}\n" + "\n\n".join("\n".join(matrix(version)) for version in ("v4", "v3")) + "\n")
    return TABLE.read_text()


def test_the_table_begins_with_what_it_means(committed):
    assert committed.startswith(HEAD)


@pytest.mark.parametrize("version", ["v4", "v3"])
def test_trouble_ends_as_the_table_says(committed, version):
    lines = matrix(version)

    start = committed.splitlines().index(lines[0])
    assert committed.splitlines()[start : start + len(lines)] == lines


def test_a_change_may_be_repeated_and_a_deletion_never():
    for fault in FAULTS:
        for version in ("v4", "v3"):
            for times in (None, 1):
                assert outcome(version, "delete_visitor_data", fault, times).endswith("×1"), fault.words
