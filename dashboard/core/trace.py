"""Which request or task the running code belongs to; read by the log and by the audit log."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Trace:
    """`request_id` ties together all that one request or task did; `via` is page, worker, command or system."""

    request_id: str
    via: str


def of_command() -> Trace:
    """The trace of a command that somebody runs on the server."""
    return Trace(request_id=f"cmd_{uuid.uuid4().hex[:20]}", via="command")


_OUTSIDE = Trace(request_id="", via="system")
_current: ContextVar[Trace] = ContextVar("inkpad_trace", default=_OUTSIDE)


def current_trace() -> Trace:
    return _current.get()


@contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Everything inside belongs to `trace`."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
