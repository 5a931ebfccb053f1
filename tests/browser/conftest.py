"""Fixtures for tests in a browser: the real demo behind it, one person at a desk for each call of `desk`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, StorageState, expect, sync_playwright

from dashboard.demo.people import PASSWORD
from tests.browser import chromium
from tests.browser.desk import Desk
from tests.demos import Demo

RESULTS = Path(__file__).parents[2] / "test-results"
PATIENCE = 15_000  # milliseconds; nothing waits longer than it must, and a busy machine is slow
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright itself."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chrome(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium; the tests fail with one sentence where there is none."""
    try:
        executable = chromium.path()
    except chromium.NoBrowser as error:
        pytest.fail(str(error), pytrace=False)
    browser = playwright.chromium.launch(executable_path=executable, args=chromium.ARGUMENTS)
    yield browser
    browser.close()


class Stacks:
    """The demos that browser tests share, one for each API version, started when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, Demo] = {}

    def get(self, api_version: str) -> Demo:
        """The running demo for this API version."""
        if api_version not in self._running:
            self._running[api_version] = Demo(self._folder / api_version, api_version=api_version)
        return self._running[api_version].wait_until_ready()

    def stop(self) -> None:
        """End them all."""
        for demo in self._running.values():
            demo.stop()


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stacks]:
    """The shared demos by API version."""
    shared = Stacks(tmp_path_factory.mktemp("demo"))
    yield shared
    shared.stop()


@pytest.fixture
def stack(stacks: Stacks, api_version: str) -> Demo:
    """The real thing on free ports, on API v4 unless `api_version` is parametrised: `.url`, `.sandbox_url`."""
    return stacks.get(api_version)


@pytest.fixture(scope="session")
def signed_in() -> dict[tuple[str, str], StorageState]:
    """Cookies by (address, person), so that a person signs in once a run."""
    return {}


@pytest.fixture
def desk(
    request: pytest.FixtureRequest,
    chrome: Browser,
    stack: Demo,
    signed_in: dict[tuple[str, str], StorageState],
) -> Iterator[Callable[..., Desk]]:
    """`desk("fraud@demo.test")`: that person's browser, signed in; `desk()`: nobody's.

    Words of Playwright's new_context may follow (color_scheme="dark", java_script_enabled=False, viewport=...).
    After the test every desk is checked: no payload ran, no policy was violated, no error, no request elsewhere.
    A picture of each page of a failed test is left in test-results/.
    """
    desks: list[Desk] = []

    def sit_down(email: str = "", **words: object) -> Desk:
        state = signed_in.get((stack.url, email))
        new_desk = Desk(chrome.new_context(base_url=stack.url, storage_state=state, **words), stack.url)
        new_desk.page.set_default_timeout(PATIENCE)
        desks.append(new_desk)
        if email and state is None:
            new_desk.sign_in(email, PASSWORD)
            signed_in[stack.url, email] = new_desk.context.storage_state()
        return new_desk

    yield sit_down
    try:
        for each in desks:
            each.check_notices()
    except AssertionError:
        _picture(request, desks)
        raise
    else:
        if request.session.testsfailed > request.node.stash.get(_FAILED_BEFORE, 0):
            _picture(request, desks)
    finally:
        for each in desks:
            each.context.close()


_FAILED_BEFORE = pytest.StashKey[int]()


@pytest.fixture(autouse=True)
def _count_failures(request: pytest.FixtureRequest) -> None:
    request.node.stash[_FAILED_BEFORE] = request.session.testsfailed


def _picture(request: pytest.FixtureRequest, desks: list[Desk]) -> None:
    RESULTS.mkdir(exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    for number, each in enumerate(desks):
        each.page.screenshot(path=RESULTS / f"{name}-{number}.png", full_page=True)
