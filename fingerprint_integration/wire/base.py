"""What both versions share: requests as plain values, ids that are safe in a path, times, pages, and surveys
for drift.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from types import UnionType
from typing import Any, Final, Protocol, Union, get_args, get_origin
from urllib.parse import quote, urlencode

import msgspec

from fingerprint_integration.domain import (
    ApiVersion,
    Event,
    EventChange,
    EventPage,
    EventQuery,
    RelatedVisitor,
    UnreadableEvent,
    VisitPage,
)
from fingerprint_integration.errors import InvalidRequest, UnreadableAnswer
from fingerprint_integration.times import from_milliseconds, milliseconds
from fingerprint_integration.wire.tolerance import Drift, Malformed, is_struct, items, members, mend, whole

LINKED_ID_LENGTH: Final = 256
LONGEST_FILTER: Final = 4096
_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._~=-]{1,256}")
_ID_WITH_TIME: Final = re.compile(r"(\d{13})\.[A-Za-z0-9]{1,32}")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_PLAIN_WORD: Final = re.compile(r"[A-Za-z0-9_<>.+-]{1,40}")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One call, not yet addressed or authorised. `target` is path and query, ready to be put behind the host."""

    method: str
    target: str
    body: bytes | None = None
    is_deletion: bool = False

    def __repr__(self) -> str:
        return f"Request({self.method})"  # the target and the body hold identifiers


class Wire(Protocol):
    """One version of the API as pure functions; the client is the same for both."""

    version: ApiVersion
    filters: frozenset[str]
    history: "History | None"
    """None where the version has neither visits nor related visitors."""
    has_rulesets: bool
    instead_of_visits: str
    instead_of_related: str

    def headers(self, api_key: str) -> dict[str, str]:
        """Authorise with the key."""

    def get_event(self, event_id: str, ruleset_id: str | None) -> Request:
        """Ask for one event."""

    def search_events(self, query: EventQuery, cursor: str | None) -> Request:
        """Ask for one page of a search."""

    def update_event(self, event_id: str, change: EventChange) -> Request:
        """Ask for a change of one event."""

    def delete_visitor(self, visitor_id: str) -> Request:
        """Ask for a visitor's erasure."""

    def read_event(self, raw: bytes, asked_id: str | None = None) -> Event | UnreadableEvent:
        """Read one event; never raises for what the payload holds."""

    def read_page(self, body: bytes, query: EventQuery, cursor: str | None, /) -> EventPage:
        """Read one page of a search. Raises UnreadableAnswer when it is no page at all."""

    def survey(self, raw: bytes) -> frozenset[Drift]:
        """Tell how one event differs from what we know."""


class History(Protocol):
    """The two operations that went with v3."""

    def get_visits(
        self,
        visitor_id: str,
        *,
        request_id: str | None,
        linked_id: str | None,
        limit: int | None,
        cursor: str | None,
        before: datetime | None,
    ) -> Request:
        """Ask for a visitor's visit history."""

    def get_related_visitors(self, visitor_id: str) -> Request:
        """Ask for other browsers on the same phone."""

    def read_visits(self, body: bytes) -> VisitPage:
        """Read a page of visits. Raises UnreadableAnswer."""

    def read_related(self, body: bytes) -> tuple[RelatedVisitor, ...]:
        """Read related visitors. Raises UnreadableAnswer."""


# ── into a request ──────────────────────────────────────────────────────────


def path_id(value: str, *, what: str) -> str:
    """Give the id unchanged when it may stand in a path, else InvalidRequest before anything is sent.

    Fingerprint does not decode percent-encoded path parameters and has published a fix for `..` in them, so
    nothing that would need encoding or mean another path is let through. `search` below `/events/` is an
    operation of v3.
    """
    if not _SAFE_ID.fullmatch(value) or value in {".", "..", "search"}:
        name = "an event id" if what == "event_id" else "a visitor id"
        raise InvalidRequest(f"This cannot be {name}: it is empty, too long, or has characters no id has.", field=what)
    return value


def target(path: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """Put path and query together; values are percent-encoded, repeated keys stay repeated."""
    try:
        query = urlencode(list(parameters), quote_via=quote, safe="")
    except UnicodeEncodeError:
        raise InvalidRequest("A value of this request is not valid text.") from None
    return f"{path}?{query}" if query else path


def check_limits(query: EventQuery, *, largest: int | None) -> None:
    """Refuse what no version would take, before anything is sent: InvalidRequest."""
    if query.limit < 1 or (largest is not None and query.limit > largest):
        most = f" to {largest}" if largest is not None else " or more"
        raise InvalidRequest(f"A page has 1{most} events.", field="limit")
    if query.total_hits is not None and not 1 <= query.total_hits <= 1000:
        raise InvalidRequest("Matches can be counted up to 1 to 1000.", field="total_hits")


def filter_text(name: str, value: object) -> str:
    """Give one filter value as both versions write it: booleans in lower case, times in ms, whole floats
    without a point.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return str(milliseconds(value))
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            text = str(value)
    longest = LINKED_ID_LENGTH if name == "linked_id" else LONGEST_FILTER
    if len(text) > longest:
        raise InvalidRequest(f"This is longer than {longest} characters.", field=name)
    return text


def filter_values(query: EventQuery) -> list[tuple[str, object]]:
    """List the filters that are set, repeated ones once per value, in the order of the struct."""
    found: list[tuple[str, object]] = []
    for name in query.__struct_fields__:
        value = getattr(query, name)
        if isinstance(value, tuple):
            found.extend((name, item) for item in value)
        elif value is not None:
            found.append((name, value))
    return found


def change_body(change: EventChange, names: Mapping[str, str]) -> bytes:
    """Write the body of an update; what is None stays out. InvalidRequest when nothing is left or it cannot be
    written.
    """
    body = {wire: value for ours, wire in names.items() if (value := getattr(change, ours)) is not None}
    if not body:
        raise InvalidRequest("There is nothing to change.")
    if change.linked_id is not None and len(change.linked_id) > LINKED_ID_LENGTH:
        raise InvalidRequest(f"A linked id has at most {LINKED_ID_LENGTH} characters.", field="linked_id")
    try:
        return json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError):
        raise InvalidRequest("This cannot be written as JSON.", field="tags") from None


# ── out of an answer ────────────────────────────────────────────────────────


def time_in_id(event_id: str | None) -> datetime | None:
    """Give the time an event id begins with: "the first portion is a unix epoch milliseconds timestamp" (spec
    3.7).
    """
    found = _ID_WITH_TIME.fullmatch(event_id or "")
    return from_milliseconds(int(found.group(1))) if found else None


def json_text(raw: msgspec.Raw) -> bytes | None:
    """Copy a piece of JSON out of its payload; None when it is absent, null or an empty object."""
    text = bytes(raw)
    return None if text in (b"", b"null", b"{}") or text.translate(None, b" \t\r\n") == b"{}" else text


def pages_of(decoder: Any, body: bytes, key: str, cursor_key: str) -> tuple[list[bytes], str | None, int | None]:
    """Cut a page into the untouched payloads of its events, its cursor and its total. Raises UnreadableAnswer."""
    try:
        page = decoder.decode(body)
        return [bytes(raw) for raw in page.events or ()], page.cursor, page.total
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    with suppress(msgspec.MsgspecError, ValueError, RecursionError):
        page = decoder.decode(mended := mend(body))
        if len(mended) == len(body):
            return list(_pieces(page.events or (), mended, body)), page.cursor, page.total
    with suppress(Malformed):
        parts = members(body)
        raws = items(parts[key]) if parts.get(key, b"null") != b"null" else []
        return raws, _scalar(parts.get(cursor_key), str), _scalar(parts.get("total_hits"), int)
    raise UnreadableAnswer(body=body)


def _pieces(raws: Iterable[msgspec.Raw], mended: bytes, body: bytes) -> Iterator[bytes]:
    """Give the untouched text of each event: where it stands is known from the mended text, which is as long."""
    place = 0
    for raw in raws:
        piece = bytes(raw)
        place = mended.index(piece, place)
        yield body[place : place + len(piece)]
        place += len(piece)


def _scalar(raw: bytes | None, kind: type) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind) if raw is not None else None
    except (msgspec.MsgspecError, ValueError):
        return None


def unreadable(raw: bytes, reason: str, event_id: str | None = None) -> UnreadableEvent:
    """Stand in for an event that cannot be shown."""
    return UnreadableEvent(event_id=whole(event_id) if event_id else None, reason=reason, raw=raw)


# ── drift ───────────────────────────────────────────────────────────────────

Tree = dict[str, Any]


def tree_of(*kinds: Any) -> Tree:
    """Give the names of all members the structs know, nested; an empty dict is a leaf whose inside nobody looks
    at.
    """
    tree: Tree = {}
    for kind in kinds:
        for field in msgspec.structs.fields(kind):
            inner = _struct_in(field.type)
            _graft(tree.setdefault(field.encode_name, {}), tree_of(inner) if inner is not None else {})
    return tree


def _graft(tree: Tree, other: Tree) -> None:
    for name, below in other.items():
        _graft(tree.setdefault(name, {}), below)


def _struct_in(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType, tuple):
        return next((found for part in get_args(kind) if (found := _struct_in(part)) is not None), None)
    return kind if is_struct(kind) else None


def survey_names(value: object, tree: Tree, drifts: set[Drift], path: str = "") -> None:
    """Note members that the tree does not know."""
    if isinstance(value, list):
        for item in value[:20]:
            survey_names(item, tree, drifts, path)
    elif isinstance(value, dict) and tree:
        for name, inner in value.items():
            place = f"{path}.{_plain(name)}" if path else _plain(name)
            if name not in tree:
                drifts.add(Drift("unknown field", place))
            else:
                survey_names(inner, tree[name], drifts, place)


def survey_words(value: Mapping[str, object], words: Mapping[str, frozenset[str]], drifts: set[Drift]) -> None:
    """Note words that a closed list does not have; the word is named only when it is a plain one."""
    for place, known in words.items():
        found: object = value
        for name in place.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str) and found not in known:
            drifts.add(Drift("unknown value", f"{place}={_plain(found, _PLAIN_WORD)}"))


def _plain(name: str, form: re.Pattern[str] = _PLAIN_NAME) -> str:
    return name if form.fullmatch(name) else "(odd name)"


def loosely(raw: bytes, look: Callable[[Mapping[str, object]], None]) -> None:
    """Let `look` see the payload as plain dicts, when it can be read as such."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return
    if isinstance(value, dict):
        look(value)
