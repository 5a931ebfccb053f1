"""How long calls to Fingerprint took, so that a page can tell its own time from the waiting.

Plain Python. Whoever wants to know opens `measuring()`; the client adds every call that ends inside it. Nothing is
kept beyond that, and nothing of what was asked.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Waited:
    """What a stretch of work waited for Fingerprint: whole calls with their retries and turns, in seconds."""

    seconds: float = 0.0
    calls: int = 0


_WAITED: ContextVar[Waited | None] = ContextVar("waited", default=None)


@contextmanager
def measuring() -> Iterator[Waited]:
    """Count what this thread (or context) waits for Fingerprint until the block ends."""
    waited = Waited()
    token = _WAITED.set(waited)
    try:
        yield waited
    finally:
        _WAITED.reset(token)


@contextmanager
def one_call() -> Iterator[None]:
    """Around one operation: its time, also when it fails, is added to whoever measures."""
    waited = _WAITED.get()
    if waited is None:
        yield
        return
    started = time.perf_counter()
    try:
        yield
    finally:
        waited.seconds += time.perf_counter() - started
        waited.calls += 1
