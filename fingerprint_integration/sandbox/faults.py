"""Faults on demand: what a network, a gateway or a newer release of the service may do to an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Self

from .encoding import to_json
from .messages import Answer, Request, json_answer

# An answer in the place of the real one; nothing is done.
INSTEAD = (
    "rate_limited", "server_error", "bad_gateway", "unavailable", "gateway_timeout", "not_ready", "cut", "answer",
)  # fmt: skip
# The request is carried out, then something happens to its answer.
AFTERWARDS = (
    "answer_lost", "slow", "slow_body", "cut_body", "truncated", "wrong_content_type", "empty_body",
    "unknown_fields", "unknown_enums", "missing_fields", "oversized",
)  # fmt: skip
KINDS = INSTEAD + AFTERWARDS
NEWER_VALUE = "newer_than_this_release"

_GATEWAY_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
_LOGIN_PAGE = b"<!doctype html><title>Sign in to the network</title><p>Please accept the terms.</p>"
# Names whose values are closed sets in the public descriptions of v3 and v4.
_ENUMS = frozenset(
    (
        "proxy_type", "proxyType", "confidence", "vpn_confidence", "proxy_confidence", "tampering_confidence",
        "percentileBucket", "rare_device_percentile_bucket", "platform", "source", "bot", "category", "identity",
        "incremental_identification_status", "code",
    )
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Fault:
    """One fault: which requests it meets, how often, and what it does.

    `times` is how many requests it meets; None is all until it is removed. `path` is a shell pattern
    (`/v4/events/*`), `method`, `operation` ("get_event" ...) and `version` ("v3", "v4") are exact; None is any.
    """

    kind: str
    times: int | None = 1
    method: str | None = None
    path: str | None = None
    operation: str | None = None
    version: str | None = None
    retry_after: str | None = None
    message: str | None = None
    seconds: float = 5
    pieces: int = 10
    size: int = 5_000_000
    status: int = 500
    body: str = ""
    content_type: str = "application/json"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1, or null for always")
        if self.retry_after is not None:
            self.retry_after = str(self.retry_after)
            if any(ord(letter) < 32 or ord(letter) > 126 for letter in self.retry_after):
                raise ValueError("retry_after must be plain text, as it goes into a header")

    def meets(self, request: Request, operation: str, version: str) -> bool:
        """Whether this fault is for a request."""
        return (
            self.times != 0
            and self.method in (None, request.method)
            and self.operation in (None, operation)
            and self.version in (None, version)
            and (self.path is None or fnmatchcase(request.path, self.path))
        )


class Faults:
    """The faults that are waiting. Each method adds one and gives a handle that removes it again:

    `with sandbox.faults.rate_limited(retry_after=30, times=1): ...`
    """

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, kind: str, **options: Any) -> Waiting:
        """Add a fault of any kind. Raises ValueError or TypeError when it makes no sense."""
        fault = Fault(kind, **options)
        self._waiting.append(fault)
        return Waiting(self, fault)

    def rate_limited(self, *, retry_after: object = None, times: int | None = 1, **where: Any) -> Waiting:
        """429, with a Retry-After header of any text or none."""
        text = None if retry_after is None else str(retry_after)
        return self.add("rate_limited", retry_after=text, times=times, **where)

    def server_error(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """500 with the service's own body."""
        return self.add("server_error", times=times, **where)

    def bad_gateway(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """502 with a page of HTML."""
        return self.add("bad_gateway", times=times, **where)

    def unavailable(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """503."""
        return self.add("unavailable", times=times, **where)

    def gateway_timeout(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """504."""
        return self.add("gateway_timeout", times=times, **where)

    def not_ready(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """409: the event is not mutable yet."""
        return self.add("not_ready", times=times, **where)

    def cut(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """The connection breaks before anything is done."""
        return self.add("cut", times=times, **where)

    def answer_lost(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """It is done, but the connection breaks before the answer comes."""
        return self.add("answer_lost", times=times, **where)

    def slow(self, *, seconds: float = 5, times: int | None = 1, **where: Any) -> Waiting:
        """The answer comes late."""
        return self.add("slow", seconds=seconds, times=times, **where)

    def slow_body(self, *, seconds: float = 5, pieces: int = 10, times: int | None = 1, **where: Any) -> Waiting:
        """The body drips in; `seconds` is the time of all its pieces together."""
        return self.add("slow_body", seconds=seconds, pieces=pieces, times=times, **where)

    def cut_body(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """The connection breaks in the middle of the body."""
        return self.add("cut_body", times=times, **where)

    def truncated(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """Half of the JSON, as if it were all."""
        return self.add("truncated", times=times, **where)

    def wrong_content_type(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """200, but a page of HTML, as captive portals answer."""
        return self.add("wrong_content_type", times=times, **where)

    def unknown_fields(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """Every object has a field that no description knows."""
        return self.add("unknown_fields", times=times, **where)

    def unknown_enums(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """Closed sets have a new member."""
        return self.add("unknown_enums", times=times, **where)

    def missing_fields(self, *, times: int | None = 1, **where: Any) -> Waiting:
        """Fields that the descriptions call required are not there."""
        return self.add("missing_fields", times=times, **where)

    def clear(self) -> None:
        """Remove every fault."""
        self._waiting.clear()

    def remove(self, fault: Fault) -> None:
        """Remove one fault, if it is still waiting."""
        if fault in self._waiting:
            self._waiting.remove(fault)

    def listed(self) -> list[dict[str, Any]]:
        """The waiting faults, for reading."""
        return [asdict(fault) for fault in self._waiting]

    def next_for(self, request: Request, operation: str, version: str) -> Fault | None:
        """The fault that meets a request, counted as used; None when it goes through unharmed."""
        for fault in self._waiting:
            if fault.meets(request, operation, version):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                return fault
        return None


@dataclass(slots=True)
class Waiting:
    """A fault that was added. As a context manager it is removed at the end of the block."""

    faults: Faults
    fault: Fault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.remove(self.fault)

    def remove(self) -> None:
        """Remove the fault now."""
        self.faults.remove(self.fault)


def instead(fault: Fault, refuse: Callable[[str, str | None], Answer]) -> Answer:
    """The answer a fault gives in the place of the real one; `refuse` words a refusal of the version asked."""
    if fault.kind == "cut":
        return Answer(200, cut_after=-1)
    if fault.kind == "bad_gateway":
        return Answer(502, _GATEWAY_PAGE, {"Content-Type": "text/html"})
    if fault.kind == "answer":
        body = fault.body.encode("utf-8", "surrogatepass")
        answer = Answer(fault.status, body, {"Content-Type": fault.content_type})
    else:
        codes = {"rate_limited": "too_many", "server_error": "failed", "gateway_timeout": "timeout"}
        codes |= {"unavailable": "unavailable", "not_ready": "too_fresh"}
        answer = refuse(codes[fault.kind], fault.message)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = fault.retry_after
    return answer


def afterwards(fault: Fault, answer: Answer) -> Answer:
    """What a fault makes of the real answer."""
    kind = fault.kind
    if kind == "answer_lost":
        answer.cut_after = -1
    elif kind == "slow":
        answer.delay = fault.seconds
    elif kind == "slow_body":
        answer.drip = max(fault.pieces, 2)
        answer.delay = fault.seconds / answer.drip
    elif kind == "cut_body":
        answer.cut_after = len(answer.body) // 2
    elif kind == "truncated":
        answer.body = answer.body[: len(answer.body) // 2]
    elif kind == "wrong_content_type":
        return Answer(answer.status, _LOGIN_PAGE, {"Content-Type": "text/html; charset=utf-8"})
    elif kind == "empty_body":
        answer.body = b""
    elif answer.body:
        return json_answer(answer.status, _rewritten(fault, answer.body), answer.headers)
    return answer


def _rewritten(fault: Fault, body: bytes) -> bytes:
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if fault.kind == "unknown_fields":
        document = _with_unknown(document)
    elif fault.kind == "unknown_enums":
        document = _with_newer(document, "")
    elif fault.kind == "missing_fields":
        document = _without_required(document)
    elif fault.kind == "oversized" and isinstance(document, dict):
        document["sandbox_filler"] = "x" * fault.size
    return to_json(document)


_FREE = ("tags", "tag", "meta", "raw_device_attributes", "rawDeviceAttributes", "components")


def _with_unknown(value: Any) -> Any:
    if isinstance(value, dict):
        grown = {name: part if name in _FREE else _with_unknown(part) for name, part in value.items()}
        return {**grown, "sandboxNewField": {"since": "a later release", "values": [1, None, "x"]}}
    if isinstance(value, list):
        return [_with_unknown(part) for part in value]
    return value


def _with_newer(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {
            key: part if key in _FREE else _with_newer(part, "bot" if (name, key) == ("bot", "result") else key)
            for key, part in value.items()
        }
    if isinstance(value, list):
        return [_with_newer(part, name) for part in value]
    return NEWER_VALUE if isinstance(value, str) and name in _ENUMS else value


# Required in at least one of the descriptions, at any depth.
_REQUIRED = frozenset(
    (
        "visitor_found", "visitorFound", "firstSeenAt", "lastSeenAt", "browserDetails", "browser_name", "time",
        "confidence", "mlScore", "antiDetectBrowser", "originTimezone", "methods", "5m", "5_minutes", "replayed",
        "proxyType", "proxy_type", "precisionRadius", "precision_radius", "url", "incognito", "tag", "version",
    )
)  # fmt: skip


def _without_required(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: part if name in _FREE else _without_required(part)
            for name, part in value.items()
            if name not in _REQUIRED
        }
    if isinstance(value, list):
        return [_without_required(part) for part in value]
    return value
