"""When to ask again: plain arithmetic without a clock, a random source or a connection of its own."""

from collections.abc import Callable

import msgspec

from fingerprint_integration.config import Patience
from fingerprint_integration.errors import FingerprintError, NotReadyYet, RateLimited, Unavailable

FIRST_WAIT_SECONDS = 0.25
FRESH_EVENT_WAIT_SECONDS = 1.0
"""A fresh event is changeable after 1 to 4 seconds, says experience; sooner only costs a request."""


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One failed attempt, and what the call is about."""

    number: int
    """1 for the first."""
    elapsed_seconds: float
    is_deletion: bool = False


def wait_before_next(
    error: FingerprintError, failed: Try, patience: Patience, *, jitter: Callable[[], float]
) -> float | None:
    """Give the seconds to wait before the next attempt, or None: give up and raise.

    A deletion is repeated only when it certainly was not sent: every one that was counts against an hourly
    quota that no answer names, and a repeat after a lost answer would hear "not found" for what it did itself.
    A wait the service asks for is honoured, never shortened; when it is longer than the patience allows, the
    caller gets it instead. `jitter` gives a number from 0 to 1; our own waits double and are spread over their
    upper half.
    """
    if not error.retryable or failed.number >= patience.attempts:
        return None
    if failed.is_deletion and not (isinstance(error, Unavailable) and not error.was_sent):
        return None
    if not isinstance(error, RateLimited | NotReadyYet | Unavailable):
        return None
    if error.retry_after is not None:
        wait = error.retry_after
    else:
        first = FRESH_EVENT_WAIT_SECONDS if isinstance(error, NotReadyYet) else FIRST_WAIT_SECONDS
        doubled = first * 2.0 ** (failed.number - 1)
        wait = min(doubled * (0.5 + 0.5 * jitter()), patience.longest_wait_seconds)
    if wait > patience.longest_wait_seconds or failed.elapsed_seconds + wait >= patience.deadline_seconds:
        return None
    return wait
