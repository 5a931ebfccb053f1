"""When the client asks again: a table, read like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint_integration.config import Patience
from fingerprint_integration.errors import (
    BudgetUnavailable,
    InvalidRequest,
    NotFound,
    NotReadyYet,
    RateLimited,
    Refused,
    Unavailable,
    UnreadableAnswer,
)
from fingerprint_integration.retrying import Try, wait_before_next

LIBRARY, PAGE, JOB = Patience.LIBRARY, Patience.PAGE, Patience.JOB


def wait(error, patience=LIBRARY, *, number=1, elapsed=0.0, is_deletion=False, jitter=1.0):
    failed = Try(number=number, elapsed_seconds=elapsed, is_deletion=is_deletion)
    return wait_before_next(error, failed, patience, jitter=lambda: jitter)


@pytest.mark.parametrize(
    "error, options, expected",
    [
        # Retry-After is honoured up to the cap, and never shortened.
        (RateLimited(retry_after=0), {}, 0),
        (RateLimited(retry_after=0.5), {}, 0.5),
        (RateLimited(retry_after=1), {}, 1),
        (RateLimited(retry_after=7), {}, 7),
        (RateLimited(retry_after=10), {}, 10),
        (RateLimited(retry_after=10.1), {}, None),
        (RateLimited(retry_after=3600), {}, None),
        (RateLimited(retry_after=7), {"jitter": 0.0}, 7),
        (RateLimited(retry_after=7), {"number": 3}, 7),
        (RateLimited(retry_after=7), {"elapsed": 37.9}, 7),
        (RateLimited(retry_after=7), {"elapsed": 38}, None),
        (RateLimited(retry_after=2), {"patience": PAGE}, 2),
        (RateLimited(retry_after=3), {"patience": PAGE}, None),
        (RateLimited(retry_after=1), {"patience": JOB}, 1),
        (RateLimited(retry_after=2), {"patience": JOB}, None),
        (RateLimited(retry_after=2), {"patience": PAGE, "elapsed": 6.5}, None),
        (Unavailable(retry_after=3), {}, 3),
        (Unavailable(retry_after=60), {}, None),
        (NotReadyYet(retry_after=2), {}, 2),
        # Without one our own waits double, spread over their upper half.
        (RateLimited(), {}, 0.25),
        (RateLimited(), {"jitter": 0.0}, 0.125),
        (RateLimited(), {"number": 2}, 0.5),
        (Unavailable(), {"number": 3}, 1.0),
        (Unavailable(), {"number": 3, "jitter": 0.5}, 0.75),
        (NotReadyYet(), {}, 1.0),
        (NotReadyYet(), {"number": 2}, 2.0),
        (NotReadyYet(), {"number": 3}, 4.0),
        (NotReadyYet(), {"patience": JOB}, 1.0),
        # Enough is enough.
        (Unavailable(), {"number": 4}, None),
        (Unavailable(), {"patience": PAGE}, 0.25),
        (Unavailable(), {"patience": PAGE, "number": 2}, None),
        (Unavailable(), {"elapsed": 44.9}, None),
        # A deletion is repeated only when it certainly was not sent.
        (RateLimited(), {"is_deletion": True}, None),
        (RateLimited(retry_after=0), {"is_deletion": True}, None),
        (Unavailable(), {"is_deletion": True}, None),
        (Unavailable(status=503), {"is_deletion": True}, None),
        (Unavailable(was_sent=False), {"is_deletion": True}, 0.25),
        # These do not get better.
        (Refused(), {}, None),
        (InvalidRequest(), {}, None),
        (NotFound(), {}, None),
        (UnreadableAnswer(), {}, None),
        (UnreadableAnswer(retry_after=1), {}, None),
        (BudgetUnavailable(retry_after=60), {}, None),
    ],
)
def test_the_wait_before_the_next_attempt_is(error, options, expected):
    assert wait(error, **options) == expected


@given(
    retry_after=st.none() | st.floats(0, 1e9),
    number=st.integers(1, 20),
    elapsed=st.floats(0, 1e4),
    jitter=st.floats(0, 1),
    patience=st.sampled_from([LIBRARY, PAGE, JOB]),
    kind=st.sampled_from([RateLimited, Unavailable, NotReadyYet]),
)
def test_a_wait_is_never_negative_never_over_the_cap_and_never_past_the_deadline(
    retry_after, number, elapsed, jitter, patience, kind
):
    found = wait(kind(retry_after=retry_after), patience, number=number, elapsed=elapsed, jitter=jitter)

    if found is not None:
        assert 0 <= found <= patience.longest_wait_seconds
        assert elapsed + found < patience.deadline_seconds
        assert number < patience.attempts
        assert retry_after is None or found == retry_after
