"""When Fingerprint gives no answer: an alert that says what and what to do, and a page that stays usable."""

import httpx
import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from tests.pages import text_of

pytestmark = pytest.mark.django_db


def connection(key="sandbox-secret-key", region="us", *, url="http://sandbox.test", transport=None):
    return FingerprintClient(key, region=region, base_url=url, transport=transport, sleep=lambda seconds: None)


def through(answer):
    return connection(transport=httpx.MockTransport(answer))


def refused_connection(request):
    raise httpx.ConnectError("refused", request=request)


def too_slow(request):
    raise httpx.ReadTimeout("slow", request=request)


def too_busy(request):
    return httpx.Response(429, json={"error": {"code": "too_many_requests", "message": "too many requests"}})


def with_key(key):
    return lambda sandbox: connection(key, transport=httpx.MockTransport(sandbox.handle))


def always(answer):
    return lambda sandbox: through(answer)


PROBLEMS = {
    "wrong key": (with_key("nobodys-key"), "secret key"),
    "wrong region": (with_key("sandbox-eu-key"), "region"),
    "stopped": (always(refused_connection), "cannot be reached"),
    "time-out": (always(too_slow), "did not answer in time"),
    "HTML": (always(lambda request: httpx.Response(200, html="<h1>Hello</h1>")), "cannot read"),
    "gateway": (always(lambda request: httpx.Response(502, html="<h1>Bad</h1>")), "not answering"),
    "slow down": (always(too_busy), "slow down"),
}
EACH = pytest.mark.parametrize("problem", PROBLEMS)


@EACH
def test_a_search_without_an_answer_says_so_and_stays_usable(sandbox, client_for, problem):
    browser = client_for(Role.FRAUD_ANALYST)
    make, words = PROBLEMS[problem]

    with override_client(make(sandbox)):
        answer = browser.post("/searches/", {"linked_id": "acct-owl", "window": "last:24h"})
        answer = browser.get(answer.url)

    assert answer.status_code == 502
    assert "Fingerprint gave no answer" in answer.page.text
    assert words in text_of(answer.page.one("div", role="alert"))
    assert "No event fits" not in answer.page.text
    assert "there is nothing" not in answer.page.text
    assert "acct-owl" in answer.page.text
    assert answer.page.form(form_id="change")
    assert AuditEntry.objects.filter(kind="search.failed", outcome="failed").count() == 1

    again = browser.get(answer.request["PATH_INFO"])
    assert again.status_code == 200
    assert again.page.all("input", name="event")


@EACH
def test_more_without_an_answer_keeps_what_is_there(sandbox, client_for, problem):
    browser = client_for(Role.FRAUD_ANALYST)
    answer = browser.post("/searches/")
    page = browser.get(answer.url).page
    more = page.form(button="Load 100 more")
    make, _words = PROBLEMS[problem]

    with override_client(make(sandbox)):
        whole = browser.submit(more)
        piece = browser.post(more.action, more.fields, headers={"HX-Request": "true"})

    assert whole.status_code == 200
    assert len(whole.page.all("input", name="event")) == 100
    assert "Fingerprint gave no answer" in whole.page.text
    assert "That is all" not in whole.page.text
    assert piece.status_code == 200
    assert not piece.page.all("input", name="event")
    assert "Fingerprint gave no answer" in text_of(piece.page.one(id="foot"))


@EACH
def test_an_event_without_an_answer_says_so(sandbox, client_for, problem):
    browser = client_for(Role.FRAUD_ANALYST)
    event_id = sandbox.stories["night_owl"].event_ids[0]
    make, words = PROBLEMS[problem]

    with override_client(make(sandbox)):
        answer = browser.get(f"/events/{event_id}/")

    assert answer.status_code == 502
    assert words in answer.page.text
    assert "does not have this event" not in answer.page.text
    assert AuditEntry.objects.filter(kind="event.not_opened", outcome="failed").count() == 1
    assert browser.get(f"/events/{event_id}/").status_code == 200


@EACH
def test_a_visitor_without_an_answer_says_so_and_shows_what_inkpad_knows(sandbox, client_for, problem):
    browser = client_for(Role.COMPLIANCE)
    visitor_id = sandbox.stories["family"].visitor_ids[0]
    make, words = PROBLEMS[problem]

    with override_client(make(sandbox)):
        answer = browser.get(f"/visitors/{visitor_id}/")

    assert answer.status_code == 502
    assert words in answer.page.text
    assert "has no events" not in answer.page.text
    assert "Ask for deletion" in answer.page.text
    assert browser.get(f"/visitors/{visitor_id}/").status_code == 200


@pytest.mark.parametrize("api_version", ["v4", "v3"])
@pytest.mark.parametrize("event_id", ["1700000000000.nobody", "non-existent", "x", "1", "a.b.c"])
def test_an_event_that_is_not_there_is_a_404_with_a_next_step(sandbox, client_for, event_id):
    answer = client_for(Role.SUPPORT).get(f"/events/{event_id}/")

    assert answer.status_code == 404
    assert "Fingerprint does not have this event" in answer.page.text
    assert "older than the 90 days Fingerprint keeps" in answer.page.text
    assert "Search events" in answer.page.text


@pytest.mark.parametrize("event_id", ["..", "a%2Fb", "a%00", "x" * 65, "..."])
def test_an_id_that_cannot_be_one_is_a_clean_404(sandbox, client_for, event_id):
    answer = client_for(Role.SUPPORT).get(f"/events/{event_id}/")

    assert answer.status_code == 404
    assert not sandbox.requests


def test_a_filter_the_other_version_has_is_refused_with_the_way_instead(sandbox, client_for, settings):
    browser = client_for(Role.FRAUD_ANALYST)
    answer = browser.post("/searches/", {"asn": "64498"})

    v3 = FingerprintClient(
        "sandbox-secret-key",
        version="v3",
        base_url="http://sandbox.test",
        transport=httpx.MockTransport(sandbox.handle),
    )
    with override_client(v3):
        answer = browser.get(answer.url)

    assert answer.status_code == 502
    assert "not available in v3" in answer.page.text
