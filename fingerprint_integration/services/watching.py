"""Lets whoever runs a request or a task see how each question to Fingerprint went, without asking anything more."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

import msgspec

from fingerprint_integration.config import Patience
from fingerprint_integration.errors import FingerprintError

P = ParamSpec("P")
R = TypeVar("R")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one question went: seconds from asking to the end, its tries included, and the error that it ended in."""

    seconds: float
    error: FingerprintError | None
    is_page: bool
    """Whether a person waited for it; a job also waits for its share of the rate."""


Watcher = Callable[[Outcome], None]
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Inside the block `watcher` is told of every question of this thread, right after it; it must not raise."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def watched(ask: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that asks Fingerprint."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        watcher = _watcher.get()
        if watcher is None:
            return ask(*args, **kwargs)
        started, is_page = time.monotonic(), kwargs.get("patience", Patience.PAGE) is Patience.PAGE
        try:
            answer = ask(*args, **kwargs)
        except FingerprintError as error:
            watcher(Outcome(seconds=time.monotonic() - started, error=error, is_page=is_page))
            raise
        watcher(Outcome(seconds=time.monotonic() - started, error=None, is_page=is_page))
        return answer

    return asked
