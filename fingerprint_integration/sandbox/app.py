"""The sandbox itself: one object that answers requests as the Fingerprint Server API would."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from . import api, loading, steering
from .cast_list import Chapter, cast_list
from .clock import Clock, to_ms
from .encoding import to_json
from .errors import V3, V3_PLAIN, V4, Refusal
from .faults import INSTEAD, Faults, afterwards, instead
from .journal import Journal, Past
from .limits import KEYS, Bucket, DeleteQuota, Key, Limits
from .messages import Answer, Request, json_answer, not_allowed, not_found
from .records import Event
from .rules import Rules
from .world import World

VISITS_MODES = ("single", "classic", "gone")
REGIONS = ("us", "eu", "ap")
_REMEMBERED_REQUESTS = 1000
_API_KEY = re.compile(r"(^|&)api_key=[^&]*")
_WSGI_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
                 409: "Conflict", 429: "Too Many Requests"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """One request the API answered, for assertions: what was asked, with which key, and the status."""

    at: int
    method: str
    path: str
    query: str
    version: str
    operation: str
    status: int
    fault: str | None = None
    body: bytes = b""
    key: str = field(default="", repr=False)


class Sandbox:
    """A stateful Fingerprint Server API: v3 at `/`, v4 below `/v4`.

    `seed` decides who the cast is. `now` (aware) stops the clock at that instant; without it the clock runs.
    `visits` is how `GET /visitors/{id}` behaves: "single", "classic" or "gone". `region` is the region played
    when the host name does not name one. `rate` and `burst` are requests per second and bucket depth for each
    key; a rate of None is no limit. `is_empty` begins without the cast.
    """

    def __init__(
        self,
        seed: int = 7,
        *,
        state: Path | str | None = None,
        load: Sequence[Path | str] = (),
        visits: str = "single",
        region: str = "us",
        rate: float | None = 5,
        burst: float = 15,
        now: datetime | None = None,
        rules: Rules | None = None,
        is_empty: bool = False,
    ) -> None:
        if visits not in VISITS_MODES:
            raise ValueError(f"visits must be one of {', '.join(VISITS_MODES)}")
        if region not in REGIONS:
            raise ValueError(f"region must be one of {', '.join(REGIONS)}")
        self.visits = visits
        self.region = region
        self.clock = Clock(now)
        self.limits = Limits(rate=rate, burst=burst)
        self.faults = Faults()
        self.requests: deque[Received] = deque(maxlen=_REMEMBERED_REQUESTS)
        self._lock = threading.RLock()
        self._buckets: dict[str, Bucket] = {}
        self._quotas: dict[str, DeleteQuota] = {}
        self._journal: Journal | None = None
        past = Past(seed, self.clock.now(), [])
        if state is not None:
            self._journal = Journal(state, seed=seed, anchor=self.clock.now())
            past = self._journal.past
        self.world = World(seed=past.seed, anchor=past.anchor, rules=rules, is_empty=is_empty)
        for path in load:
            for event in loading.read(path):
                self.world.load(event)
        for change in past.changes:
            self._replay(change)
        self.world.advance(self.clock.now())
        self.clock.on_change = self._note_clock

    # ── doors ───────────────────────────────────────────────────────────────

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The door for httpx: `httpx.Client(transport=httpx.MockTransport(sandbox.handle))`."""
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self.answer(Request(request.method, path, query, headers, request.read()))
        return deliver(answer, request)

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The door for WSGI servers."""
        target = environ.get("REQUEST_URI") or environ.get("RAW_URI")
        path = target.partition("?")[0] if target else quote(environ.get("PATH_INFO", ""), safe="/.:~!$&'()*+,;=@")
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        answer = self.answer(Request(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body))
        reason = _WSGI_REASONS.get(answer.status, "Answer")
        headers_out = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {reason}", headers_out)
        return [answer.body]

    def answer(self, request: Request) -> Answer:
        """Answer one request. Safe to call from several threads."""
        with self._lock:
            self.world.advance(self.clock.now())
            if request.path == "/sandbox" or request.path.startswith("/sandbox/"):
                return steering.answer(self, request)
            version = "v4" if request.path == "/v4" or request.path.startswith("/v4/") else "v3"
            operation, answer, fault = self._dispatch(request, version)
            secret = request.header("auth-api-key") or request.header("authorization").removeprefix("Bearer ")
            query = _API_KEY.sub(r"\1api_key=...", request.query)
            self.requests.append(
                Received(
                    at=self.now(), method=request.method, path=request.path, query=query, version=version,
                    operation=operation, status=answer.status, fault=fault, body=request.body, key=secret,
                )
            )  # fmt: skip
            return answer

    # ── what the operations need ────────────────────────────────────────────

    def now(self) -> int:
        """The sandbox's time, Unix milliseconds."""
        return self.clock.now()

    def note(self, change: dict[str, Any]) -> None:
        """Remember a change across restarts."""
        if self._journal is not None:
            self._journal.append({"at": self.now(), **change})

    def close(self) -> None:
        """Let go of the state file."""
        if self._journal is not None:
            self._journal.close()

    def _replay(self, change: dict[str, Any]) -> None:
        """Do again what was done before a restart, at the instant it was done."""
        at = change["at"]
        self.world.advance(at)
        if change["do"] == "update":
            event = self.world.by_id.get(change["event_id"])
            if event is not None:  # an event that was loaded then and is not now
                self.world.update(event, change["change"])
        elif change["do"] == "clock":
            self.clock.restore(change["offset"], change["frozen_at"])
        elif change["do"] == "visit":
            self.world.visit(at=change["visit_at"], **change["what"])
        elif change["do"] == "delete":
            self.delete_quota(KEYS[change["key"]]).take(at)
            if change["visitor_id"] in self.world.identities:
                self.world.delete(change["visitor_id"], at)

    def _note_clock(self) -> None:
        self.note({"do": "clock", **self.clock.state()})

    @property
    def stories(self) -> dict[str, Chapter]:
        """The cast by the name of its story, with visitor, event and linked ids."""
        with self._lock:
            self.world.advance(self.now())
            return cast_list(self.world, self.now())

    def suspects(self) -> set[str]:
        """The ids of all events that are marked suspect and can be read."""
        with self._lock:
            now = self.now()
            return {
                event.event_id
                for event in self.world.timeline
                if event.suspect is True and self.world.is_visible(event, now)
            }

    def visit(self, *, at: datetime | None = None, **what: Any) -> Event:
        """Let a visit happen, now or at another instant.

        `visitor_id` is who comes (a new browser when absent), `ip` from where, `platform` ("js", "android", "ios")
        what kind a new one is; `url` or `path`, `linked_id`, `tags`, `referrer`, `signals` (named as v4 names them),
        `suspect`, `replayed`, `environment_id` are put on the event. ValueError for an unknown visitor.
        """
        with self._lock:
            instant = self.now() if at is None else to_ms(at)
            self.world.advance(self.now())
            event = self.world.visit(at=instant, **what)
            self.note({"do": "visit", "visit_at": instant, "what": what})
            return event

    def refill(self) -> None:
        """Fill every key's bucket."""
        self._buckets.clear()

    def delete_quota(self, key: Key) -> DeleteQuota:
        """The deletion quota of a key."""
        return self._quotas.setdefault(key.secret, DeleteQuota(self.limits))

    # ── one request ─────────────────────────────────────────────────────────

    def _dispatch(self, request: Request, version: str) -> tuple[str, Answer, str | None]:
        """The operation asked for, the answer, and the fault that was in its way."""
        route = _route_v4(request) if version == "v4" else _route_v3(request)
        if isinstance(route, Answer):
            return "", route, None
        operation, argument = route
        is_plain = operation == "get_visits"
        fault = self.faults.next_for(request, operation, version)
        if fault is None:
            return operation, self._serve(operation, argument, request, version), None
        if fault.kind in INSTEAD:

            def word(code: str, message: str | None) -> Answer:
                return refuse(Refusal(code, message), version, is_plain=is_plain)

            return operation, instead(fault, word), fault.kind
        answer = self._serve(operation, argument, request, version)
        return operation, afterwards(fault, answer), fault.kind

    def _serve(self, operation: str, argument: str, request: Request, version: str) -> Answer:
        is_plain = operation == "get_visits"
        if is_plain and self.visits == "gone":
            return not_found()
        try:
            key = self._authenticate(request, version)
            if operation != "delete_visitor_data":
                # Deletions have a quota of their own instead.
                self._take_token(key, is_plain=is_plain)
            return self._perform(operation, argument, key, request, version)
        except Refusal as refusal:
            return refuse(refusal, version, is_plain=is_plain)

    def _perform(self, operation: str, argument: str, key: Key, request: Request, version: str) -> Answer:
        if operation == "get_event":
            if version == "v3":
                return api.get_event_v3(self, key, argument)
            return api.get_event_v4(self, key, argument, request)
        if operation == "search_events":
            return (api.search_v3 if version == "v3" else api.search_v4)(self, key, request)
        if operation == "get_visits":
            return api.get_visits(self, key, argument, request)
        if operation == "get_related_visitors":
            return api.get_related_visitors(self, key, request)
        if operation == "update_event":
            return api.update_event(self, key, argument, request, version)
        return api.delete_visitor(self, key, argument)

    def _authenticate(self, request: Request, version: str) -> Key:
        """The key of a request. With both forms of v3 given, the header counts."""
        if version == "v4":
            scheme, _, secret = request.header("authorization").partition(" ")
            secret = secret.strip() if scheme.lower() == "bearer" else ""
        else:
            secret = request.header("auth-api-key") or request.parameter("api_key")
        if not secret:
            raise Refusal("key_missing")
        key = KEYS.get(secret)
        if key is None:
            raise Refusal("key_unknown")
        if key.region != self._region_of(request):
            raise Refusal("wrong_region")
        if not key.is_active:
            raise Refusal("inactive")
        return key

    def _region_of(self, request: Request) -> str:
        """The region a host name stands for: `eu.` and `ap.` in front, `api.fpjs.io` itself, or our own."""
        host = request.header("host").lower()
        first = host.partition(".")[0]
        if first in ("eu", "ap"):
            return first
        return "us" if host.partition(":")[0] == "api.fpjs.io" else self.region

    def _take_token(self, key: Key, *, is_plain: bool) -> None:
        bucket = self._buckets.setdefault(key.secret, Bucket(self.limits, self.now()))
        wait = bucket.take(self.now())
        if wait:
            # Only the visitor history is documented to say how long to wait.
            raise Refusal("too_many", headers={"Retry-After": str(-int(-wait // 1))} if is_plain else {})


def deliver(answer: Answer, request: httpx.Request) -> httpx.Response:
    """An answer as httpx would receive it. A delay is not slept: it times out when it exceeds the read time-out."""
    if answer.cut_after is not None:
        raise httpx.RemoteProtocolError("the server broke the connection", request=request)
    allowed = request.extensions.get("timeout", {}).get("read")
    if allowed is not None and answer.delay > allowed:
        raise httpx.ReadTimeout("the server did not answer in time", request=request)
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    if answer.drip <= 1:
        return httpx.Response(answer.status, headers=headers, content=answer.body)
    return httpx.Response(answer.status, headers=headers, content=_dripping(answer))


def _dripping(answer: Answer) -> Iterator[bytes]:
    step = max(len(answer.body) // answer.drip, 1)
    for position in range(0, len(answer.body), step):
        time.sleep(answer.delay)
        yield answer.body[position : position + step]


def refuse(refusal: Refusal, version: str, *, is_plain: bool = False) -> Answer:
    """A refusal in the words of a version; `is_plain` for the visitor history of v3."""
    wording = (V4 if version == "v4" else V3)[refusal.code]
    message = refusal.message or wording.message
    if is_plain and wording.status in V3_PLAIN:
        plain = V3_PLAIN[wording.status] if wording.status != 429 else message
        return json_answer(wording.status, to_json({"error": plain}), refusal.headers)
    body = to_json({"error": {"code": wording.code, "message": message}})
    return json_answer(wording.status, body, refusal.headers)


def _route_v3(request: Request) -> tuple[str, str] | Answer:
    parts = request.path.split("/")[1:]
    method = request.method
    if parts == ["events", "search"]:
        return ("search_events", "") if method == "GET" else not_allowed("GET")
    if parts == ["related-visitors"]:
        return ("get_related_visitors", "") if method == "GET" else not_allowed("GET")
    if len(parts) == 2 and parts[0] == "events" and parts[1]:
        operations = {"GET": "get_event", "PUT": "update_event"}
    elif len(parts) == 2 and parts[0] == "visitors":
        operations = {"GET": "get_visits", "DELETE": "delete_visitor_data"}
    else:
        return not_found()
    if method not in operations:
        return not_allowed(*operations)
    return operations[method], parts[1]


def _route_v4(request: Request) -> tuple[str, str] | Answer:
    parts = request.path.split("/")[2:]
    method = request.method
    if parts == ["events"]:
        operations = {"GET": "search_events"}
    elif len(parts) == 2 and parts[0] == "events" and parts[1]:
        operations = {"GET": "get_event", "PATCH": "update_event"}
    elif len(parts) == 2 and parts[0] == "visitors":
        operations = {"DELETE": "delete_visitor_data"}
    else:
        return not_found()
    if method not in operations:
        return not_allowed(*operations)
    return operations[method], parts[-1] if len(parts) == 2 else ""
