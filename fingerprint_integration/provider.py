"""The one client of this process, made from Django's settings (FINGERPRINT_*, REDIS_URL). Nothing else here
knows Django.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings

from fingerprint_integration.budget import SharedBudget
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.config import Patience, Secret

_lock = threading.Lock()
_overrides: list[FingerprintClient] = []
_made: tuple[tuple[object, ...], FingerprintClient] | None = None


def get_client() -> FingerprintClient:
    """Give this process's client; NotConfigured when the settings do not allow one.

    A forked process gets its own, because connections must not be shared; changed settings (in tests) give a new one.
    """
    global _made
    if _overrides:
        return _overrides[-1]
    made_from = _fingerprint_of_settings()
    with _lock:
        if _made is None or _made[0] != made_from:
            _made = (made_from, _make())
        return _made[1]


def retention() -> timedelta:
    """Give how long the workspace keeps events."""
    return timedelta(days=settings.FINGERPRINT_RETENTION_DAYS)


@contextmanager
def override_client(client: FingerprintClient) -> Iterator[FingerprintClient]:
    """Use another client inside the block, in every thread of this process; for tests."""
    _overrides.append(client)
    try:
        yield client
    finally:
        _overrides.remove(client)


def _fingerprint_of_settings() -> tuple[object, ...]:
    return (
        os.getpid(),
        Secret(settings.FINGERPRINT_API_KEY).digest,
        settings.FINGERPRINT_REGION,
        settings.FINGERPRINT_API_VERSION,
        settings.FINGERPRINT_BASE_URL,
        settings.FINGERPRINT_TIMEOUT_SECONDS,
        settings.FINGERPRINT_RATE_PER_SECOND,
        settings.FINGERPRINT_BURST,
        settings.REDIS_URL,
    )


def _make() -> FingerprintClient:
    return FingerprintClient(
        settings.FINGERPRINT_API_KEY,
        settings.FINGERPRINT_REGION,
        settings.FINGERPRINT_API_VERSION,
        settings.FINGERPRINT_BASE_URL or None,
        timeout_seconds=settings.FINGERPRINT_TIMEOUT_SECONDS,
        patience=Patience.PAGE,
        budget=SharedBudget(
            url=settings.REDIS_URL,
            key_digest=Secret(settings.FINGERPRINT_API_KEY).digest,
            per_second=settings.FINGERPRINT_RATE_PER_SECOND,
            burst=settings.FINGERPRINT_BURST,
        ),
    )
