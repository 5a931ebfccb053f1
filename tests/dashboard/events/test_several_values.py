"""Several values for one filter: one question each, put together in the order of time, and bounded."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry, AuditMention
from dashboard.core.access import Role
from dashboard.core.erasure import erase
from dashboard.events.models import Search, SnapshotPage
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.config import Patience
from fingerprint_integration.provider import override_client
from fingerprint_integration.sandbox.app import Sandbox

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


@pytest.fixture
def accounts(empty_sandbox):
    """Events of three accounts in turn, one a minute, the newest an account `a`'s."""
    now = timezone.now()
    for number in range(30):
        empty_sandbox.visit(at=now - timedelta(minutes=number + 1), linked_id="abc"[number % 3])
    return empty_sandbox


def shown(page):
    return [box.get("value") for box in page.all("input", name="event")]


@BOTH
def test_the_answers_stand_in_one_list_in_the_order_of_time(accounts, client_for):
    answer = client_for(Role.FRAUD_ANALYST)
    url = answer.post("/searches/", {"linked_id": "a\nc\n  a  "}).url
    page = answer.get(url).page

    wanted = [each for each in reversed(accounts.world.timeline) if each.linked_id in ("a", "c")]
    assert shown(page) == [each.event_id for each in wanted]
    assert len(accounts.requests) == 2
    assert "Linked id a or c" in page.text
    assert page.all("button", title="2 requests to Fingerprint")


def test_what_was_asked_is_in_the_log_with_each_value_by_itself(accounts, client_for):
    client_for(Role.FRAUD_ANALYST).post("/searches/", {"linked_id": "a\nb"})

    entry = AuditEntry.objects.get(kind="search.started")
    roles = set(AuditMention.objects.filter(entry=entry).values_list("role", flat=True))
    assert roles == {"actor", "words", "linked_id", "linked_id_2"}
    assert Search.objects.get().further == {"linked_id": ("b",)}


@pytest.mark.parametrize(
    "typed,said",
    [
        ({"linked_id": "\n".join(f"acct-{n}" for n in range(11))}, "Shorten this to 10 values; it has 11."),
        ({"linked_id": "\n".join("abcd"), "visitor_id": "x\ny\nz"}, "it makes 12 searches, and 10 are asked at once."),
        ({"visitor_id": "good\nb d"}, "Line 2: Enter a visitor id"),
        ({"visitor_id": "\n".join(f"v{n}" for n in range(10_000))}, "Shorten this"),
    ],
)
def test_lists_that_are_too_long_or_wrong_are_said_and_kept(accounts, client_for, typed, said):
    answer = client_for(Role.FRAUD_ANALYST).post("/searches/", typed)

    assert answer.status_code == 422
    assert said in answer.page.text
    assert not Search.objects.exists()
    assert not accounts.requests


@pytest.fixture
def slow_down(clock, settings):
    """A Fingerprint that takes two requests and then asks to wait a minute."""
    sandbox = Sandbox(rate=1 / 60, burst=2, is_empty=True)
    client = FingerprintClient(
        settings.FINGERPRINT_API_KEY,
        base_url="http://sandbox.test",
        transport=httpx.MockTransport(sandbox.handle),
        patience=Patience.PAGE,
        sleep=lambda _seconds: None,
    )
    with override_client(client):
        yield sandbox


def test_answers_that_came_are_kept_and_only_the_others_are_asked_for_again(slow_down, client_for, clock):
    for name in "abc":
        slow_down.visit(at=timezone.now() - timedelta(minutes=1), linked_id=name)
    browser = client_for(Role.FRAUD_ANALYST)
    url = browser.post("/searches/", {"linked_id": "a\nb\nc"}).url

    page = browser.get(url).page
    assert "Fingerprint gave no answer" in page.text
    assert shown(page) == []
    assert SnapshotPage.objects.count() == 2
    clock.advance(minutes=5)

    page = browser.get(url).page

    assert len(shown(page)) == 3
    assert SnapshotPage.objects.count() == 3


def test_a_list_of_visitors_is_forgotten_with_any_of_them(accounts, client_for):
    first, second = (each.visitor_id for each in accounts.world.timeline[:2])
    client_for(Role.FRAUD_ANALYST).post("/searches/", {"visitor_id": f"{first}\n{second}"})

    erase([second], erased_by="D-0001")

    assert not Search.objects.exists()


@BOTH
def test_a_list_is_read_on_page_by_page(sandbox, client_for):
    family = sandbox.stories["family"].visitor_ids[0]
    owl = sandbox.stories["night_owl"].visitor_ids[0]
    whole = [each.event_id for each in reversed(sandbox.world.timeline) if each.visitor_id in (family, owl)]
    browser = client_for(Role.FRAUD_ANALYST)
    page = browser.get(browser.post("/searches/", {"visitor_id": f"{family}\n{owl}"}).url).page

    while "Load 100 more" in page.text:
        before = shown(page)
        page = browser.get(browser.submit(page.form(button="Load 100 more")).url).page
        assert shown(page)[: len(before)] == before

    assert shown(page) == whole[:300]
