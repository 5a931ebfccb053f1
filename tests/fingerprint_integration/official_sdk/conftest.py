"""Fingerprint's own Python SDKs, pointed at a sandbox over real HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fingerprint_integration.sandbox import Sandbox
from tests.fingerprint_integration.official_sdk import sdks
from tests.fingerprint_integration.official_sdk.serving import served

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
KEY = "sandbox-secret-key"


@pytest.fixture(scope="session")
def cast() -> Sandbox:
    """The whole cast; for tests that only read."""
    return Sandbox(now=NOON, rate=None)


@pytest.fixture(scope="session")
def cast_url(cast: Sandbox) -> Iterator[str]:
    """Where the cast answers."""
    with served(cast) as url:
        yield url


@pytest.fixture
def empty() -> Sandbox:
    """Nobody there yet."""
    return Sandbox(now=NOON, rate=None, is_empty=True)


@pytest.fixture
def empty_url(empty: Sandbox) -> Iterator[str]:
    """Where `empty` answers."""
    with served(empty) as url:
        yield url


_connected: list[Any] = []


def connect_v3(url: str, key: str = KEY) -> Any:
    """The official v3 client."""
    configuration = sdks.v3.Configuration(api_key=key)
    configuration.host = url
    _connected.append(sdks.v3.FingerprintApi(configuration))
    return _connected[-1]


def connect_v4(url: str, key: str = KEY) -> Any:
    """The official v4 client."""
    _connected.append(sdks.v4.FingerprintApi(sdks.v4.Configuration(api_key=key, host=f"{url}/v4")))
    return _connected[-1]


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    """Close what the official clients leave open: they have no method for it."""
    yield
    while _connected:
        _connected.pop().api_client.rest_client.pool_manager.clear()


@pytest.fixture
def v3(cast_url: str) -> Any:
    """The official v3 client at the cast."""
    return connect_v3(cast_url)


@pytest.fixture
def v4(cast_url: str) -> Any:
    """The official v4 client at the cast."""
    return connect_v4(cast_url)
