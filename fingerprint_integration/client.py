"""FingerprintClient: one httpx.Client, the six operations; build, send, retry, typed error, parse.

Nothing here knows a JSON key or a path. Errors are raised outside of `except` blocks and the key is added by an
auth object, so that no traceback, not even one with local variables, can show key, address or identifiers of a
call.
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, Self, TypeVar

import httpx
import msgspec

from fingerprint_integration.config import Config, Patience, Secret, configure
from fingerprint_integration.domain import (
    ApiVersion,
    Event,
    EventChange,
    EventPage,
    EventQuery,
    RelatedVisitor,
    UnreadableEvent,
    Visit,
    VisitPage,
)
from fingerprint_integration.errors import (
    FingerprintError,
    NotAvailable,
    NotConfigured,
    RateLimited,
    UnreadableAnswer,
)
from fingerprint_integration.query import as_time, query_from
from fingerprint_integration.retrying import Try, wait_before_next
from fingerprint_integration.timing import one_call
from fingerprint_integration.transport import DeadlineTransport, connection_failure, ending_at, too_slow
from fingerprint_integration.wire.base import History, Request, Wire
from fingerprint_integration.wire.failures import failure
from fingerprint_integration.wire.tolerance import Drift
from fingerprint_integration.wire.v3 import V3
from fingerprint_integration.wire.v4 import V4

LARGEST_ANSWER: Final = 64 * 1024 * 1024
DEFAULT_WINDOW: Final = timedelta(days=7)
_MOST_DRIFTS: Final = 500
_WIRES: Final[dict[ApiVersion, Wire]] = {ApiVersion.V3: V3(), ApiVersion.V4: V4()}
_log = logging.getLogger(__name__)


class _Quiet(logging.Filter):
    """httpx logs every address with its query, and that holds visitors' ids and addresses; warnings pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


logging.getLogger("httpx").addFilter(_Quiet())


class Budget(Protocol):
    """What the client needs of a rate budget; `budget.SharedBudget` is one."""

    def take(self, *, is_background: bool, longest_wait: float) -> float:
        """Take a place and give the seconds until its turn. RateLimited when it would come after `longest_wait`."""

    def slow_down(self, retry_after: float | None) -> None:
        """Note that the service refused a call for coming too fast."""


class _KeyAuth(httpx.Auth):
    def __init__(self, wire: Wire, key: Secret) -> None:
        self._wire = wire
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(self._wire.headers(self._key.reveal()))
        yield request


class FingerprintClient:
    """The Server API of one workspace, v3 or v4, in one vocabulary. Safe to share between threads.

    `base_url` is a host root without version and stands in for the region's own host. `transport` replaces the
    network, for tests. Every operation takes `patience`; without it the client's own is used. All raise
    FingerprintError subclasses.
    """

    def __init__(
        self,
        api_key: str,
        region: str = "us",
        version: str = "v4",
        base_url: str | None = None,
        transport: httpx.BaseTransport | None = None,
        *,
        timeout_seconds: float = 10,
        patience: Patience = Patience.LIBRARY,
        budget: Budget | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.config: Config = configure(
            api_key=api_key, region=region, version=version, base_url=base_url, timeout_seconds=timeout_seconds
        )
        self.drift: Counter[Drift] = Counter()
        """What answers differed in from what we know, and how often."""
        self._wire = _WIRES[self.config.version]
        self._patience = patience
        self._budget = budget
        self._sleep = sleep
        self._jitter = jitter
        self._now = now
        self._http = httpx.Client(
            auth=_KeyAuth(self._wire, self.config.api_key),
            headers={"Accept": "application/json", "User-Agent": "fingerprint-integration"},
            transport=transport if transport is not None else DeadlineTransport(),
            # Proxies of the environment would stand before our transport, and with it before the deadline.
            trust_env=False,
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        return f"FingerprintClient({self.config.version.value}, {self.config.region.value})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    @property
    def filters(self) -> frozenset[str]:
        """Names of the EventQuery filters the version has."""
        return self._wire.filters

    @property
    def has_visits(self) -> bool:
        """Tell whether the version has `get_visits`."""
        return self._wire.history is not None

    @property
    def has_related(self) -> bool:
        """Tell whether the version has `get_related_visitors`."""
        return self._wire.history is not None

    @property
    def has_rulesets(self) -> bool:
        """Tell whether the version has `get_event` with a ruleset."""
        return self._wire.has_rulesets

    # ── the six operations ──────────────────────────────────────────────────

    def get_event(self, event_id: str, ruleset_id: str | None = None, *, patience: Patience | None = None) -> Event:
        """Give one event, on v4 with the action of a ruleset. NotFound; UnreadableAnswer when it cannot be read."""
        request = self._wire.get_event(event_id, ruleset_id)
        body = self._call(request, patience, subject="this event")
        event = self._wire.read_event(body, event_id)
        self._watch([event])
        if isinstance(event, UnreadableEvent):
            raise UnreadableAnswer(status=200, body=body)
        return event

    def search_events(
        self,
        limit: int | None = None,
        pagination_key: str | None = None,
        *,
        query: EventQuery | None = None,
        patience: Patience | None = None,
        **filters: object,
    ) -> EventPage:
        """Give one page of a search, by keywords named as EventQuery's fields, or by `query`, or both (keywords win).

        `pagination_key` is the `cursor` of the page before. NotFound when the search names a visitor that does
        not exist; NotAvailable for a filter the version lacks; InvalidRequest with `field` for a value that
        cannot be.
        """
        asked = query_from(query or EventQuery(), {**filters, **({"limit": limit} if limit is not None else {})})
        request = self._wire.search_events(asked, pagination_key)
        body = self._call(request, patience, subject="this visitor")
        page = self._wire.read_page(body, asked, pagination_key)
        self._watch(page.events)
        return page

    def get_visits(
        self,
        visitor_id: str,
        request_id: str | None = None,
        linked_id: str | None = None,
        limit: int | None = None,
        pagination_key: str | None = None,
        before: datetime | int | None = None,
        *,
        patience: Patience | None = None,
    ) -> VisitPage:
        """Give a page of v3's visit history. NotAvailable on v4. Since spec 3.7.1 it holds one visit at most."""
        history = self._history("The visit history", self._wire.instead_of_visits)
        request = history.get_visits(
            visitor_id,
            request_id=request_id,
            linked_id=linked_id,
            limit=limit,
            cursor=pagination_key,
            before=as_time("before", before),
        )
        return history.read_visits(self._call(request, patience, subject="this visitor"))

    def get_related_visitors(self, visitor_id: str, *, patience: Patience | None = None) -> tuple[RelatedVisitor, ...]:
        """Give other browsers on the same phone (v3, billed separately). NotAvailable on v4; Refused when not
        enabled.
        """
        history = self._history("Related visitors", self._wire.instead_of_related)
        request = history.get_related_visitors(visitor_id)
        return history.read_related(self._call(request, patience, subject="this visitor"))

    def update_event(
        self,
        event_id: str,
        linked_id: str | None = None,
        tags: Mapping[str, object] | None = None,
        suspect: bool | None = None,
        *,
        patience: Patience | None = None,
    ) -> None:
        """Change an event; None leaves alone. NotReadyYet while it is too fresh; how one too old is refused is
        not documented.
        """
        change = EventChange(linked_id=linked_id, tags=tags, suspect=suspect)
        self._call(self._wire.update_event(event_id, change), patience, subject="this event", is_empty=True)

    def delete_visitor_data(self, visitor_id: str, *, patience: Patience | None = None) -> None:
        """Ask for a visitor's erasure. Returning means accepted. A lost answer is Unavailable and is not
        repeated here.
        """
        request = self._wire.delete_visitor(visitor_id)
        self._call(request, patience, subject="this visitor", is_empty=True)

    # ── everything, page by page ────────────────────────────────────────────

    def iter_events(
        self, query: EventQuery | None = None, *, patience: Patience | None = None, **filters: object
    ) -> Iterator[Event | UnreadableEvent]:
        """Give every event of a search once. A search without a window is given the service's own, so that it
        cannot move.
        """
        asked = query_from(query or EventQuery(), filters)
        if asked.start is None and asked.end is None:
            asked = msgspec.structs.replace(asked, start=self._now() - DEFAULT_WINDOW)
        before: frozenset[str | None] = frozenset()
        for page in _pages(lambda key: self.search_events(query=asked, pagination_key=key, patience=patience)):
            yield from (event for event in page.events if event.event_id is None or event.event_id not in before)
            before = frozenset(event.event_id for event in page.events)

    def iter_visits(
        self, visitor_id: str, *, limit: int | None = None, patience: Patience | None = None
    ) -> Iterator[Visit | UnreadableEvent]:
        """Give every visit of v3's history once; empty pages in between are normal there."""
        seen: set[str] = set()
        for page in _pages(lambda key: self.get_visits(visitor_id, limit=limit, pagination_key=key, patience=patience)):
            for visit in page.visits:
                if visit.event_id is None or visit.event_id not in seen:
                    seen.add(visit.event_id or "")
                    yield visit

    # ── one call ────────────────────────────────────────────────────────────

    def _history(self, operation: str, instead: str) -> History:
        if self._wire.history is None:
            raise NotAvailable(operation=operation, version=self._wire.version.value, instead=instead)
        return self._wire.history

    def _call(self, request: Request, patience: Patience | None, *, subject: str, is_empty: bool = False) -> bytes:
        with one_call():
            return self._insist(request, patience or self._patience, subject=subject, is_empty=is_empty)

    def _insist(self, request: Request, patience: Patience, *, subject: str, is_empty: bool) -> bytes:
        started = time.monotonic()
        number = 0
        while True:
            number += 1
            if self._budget is not None:
                turn = self._budget.take(
                    is_background=patience.is_background, longest_wait=patience.longest_queue_seconds
                )
                if turn > 0:
                    self._sleep(turn)
            outcome = self._attempt(request, patience, started, subject=subject, is_empty=is_empty)
            if isinstance(outcome, bytes):
                return outcome
            if isinstance(outcome, RateLimited) and self._budget is not None:
                self._budget.slow_down(outcome.retry_after)
            failed = Try(number=number, elapsed_seconds=time.monotonic() - started, is_deletion=request.is_deletion)
            wait = wait_before_next(outcome, failed, patience, jitter=self._jitter)
            if wait is None:
                raise outcome
            self._sleep(wait)

    def _attempt(
        self, request: Request, patience: Patience, started: float, *, subject: str, is_empty: bool
    ) -> bytes | FingerprintError:
        now = time.monotonic()
        seconds = min(patience.attempt_seconds, self.config.timeout_seconds)
        end = min(started + patience.deadline_seconds, now + seconds)
        try:
            with (
                ending_at(end),
                self._http.stream(
                    request.method,
                    self.config.base_url + request.target,
                    content=request.body,
                    headers={"Content-Type": "application/json"} if request.body is not None else None,
                    timeout=max(end - now, 0.001),
                ) as response,
            ):
                return self._read(response, end, subject=subject, is_empty=is_empty)
        except httpx.HTTPError as error:
            return connection_failure(error)
        except httpx.InvalidURL:
            return NotConfigured("The configured address cannot be called (FINGERPRINT_BASE_URL).")

    def _read(self, response: httpx.Response, end: float, *, subject: str, is_empty: bool) -> bytes | FingerprintError:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > LARGEST_ANSWER:
                return UnreadableAnswer("Fingerprint's answer is too large to read.", code="too_large")
            if time.monotonic() > end:
                return too_slow()
            chunks.append(chunk)
        body = b"".join(chunks)
        if not response.is_success:
            return failure(response.status_code, response.headers, body, now=self._now(), subject=subject)
        # A change answers 200 with nothing; a page from a gateway or a captive portal must not pass for that.
        if is_empty and "html" in response.headers.get("content-type", "").lower():
            return UnreadableAnswer(status=response.status_code, body=body)
        return body

    def _watch(self, events: Sequence[Event | UnreadableEvent]) -> None:
        """Look at one event of an answer for what we do not know, and say each thing once per process."""
        sample = next(iter(events), None)
        if sample is None:
            return
        for drift in self._wire.survey(sample.raw):
            if drift not in self.drift and len(self.drift) < _MOST_DRIFTS:
                _log.warning("Fingerprint's answers drift: %s at %s", drift.kind, drift.place)
            if drift in self.drift or len(self.drift) < _MOST_DRIFTS:
                self.drift[drift] += 1


_Page = TypeVar("_Page", EventPage, VisitPage)


def _pages(ask: Callable[[str | None], _Page]) -> Iterator[_Page]:
    asked: set[str | None] = set()
    cursor: str | None = None
    while cursor not in asked:
        asked.add(cursor)
        page = ask(cursor)
        yield page
        if page.cursor is None:
            return
        cursor = page.cursor
    raise UnreadableAnswer("Fingerprint's pages lead in a circle.", code="circle")


def read_event(raw: bytes, version: ApiVersion) -> Event | UnreadableEvent:
    """Read a stored payload of either version; asks nobody, never raises for what it holds."""
    return _WIRES[version].read_event(raw)
