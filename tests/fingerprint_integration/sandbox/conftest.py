"""A sandbox whose clock stands still, and a client for each version that checks what it receives."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from fingerprint_integration.sandbox import Sandbox
from tests.fingerprint_integration.sandbox import descriptions

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
KEY = "sandbox-secret-key"


@pytest.fixture
def sandbox() -> Sandbox:
    """The whole cast on 15 June 2026 at noon; no rate limit."""
    return Sandbox(now=NOON, rate=None)


@pytest.fixture(scope="session")
def cast() -> Sandbox:
    """The same, made once for all tests that only read."""
    return Sandbox(now=NOON, rate=None)


@pytest.fixture
def empty() -> Sandbox:
    """Nobody there yet, at the same instant; no rate limit."""
    return Sandbox(now=NOON, rate=None, is_empty=True)


def connect(sandbox: Sandbox, version: str, key: str = KEY, *, is_checked: bool = True) -> httpx.Client:
    """A client of one version. Every answer is held against the OpenAPI description when that is there."""

    def handle(request: httpx.Request) -> httpx.Response:
        response = sandbox.handle(request)
        if is_checked:
            is_classic = version == "v3" and sandbox.visits == "classic"
            descriptions.check_answer("v3 classic" if is_classic else version, request, response)
        return response

    headers = {"Authorization": f"Bearer {key}"} if version == "v4" else {"Auth-API-Key": key}
    base_url = "http://sandbox.test/v4" if version == "v4" else "http://sandbox.test"
    return httpx.Client(transport=httpx.MockTransport(handle), base_url=base_url, headers=headers)


@pytest.fixture
def v3(cast: Sandbox) -> httpx.Client:
    """Speaks v3 to `cast`."""
    return connect(cast, "v3")


@pytest.fixture
def v4(cast: Sandbox) -> httpx.Client:
    """Speaks v4 to `cast`."""
    return connect(cast, "v4")


@pytest.fixture
def client_to() -> Callable[..., Any]:
    """`client_to(sandbox, "v3")`: a client for a sandbox of the test's own."""
    return connect
