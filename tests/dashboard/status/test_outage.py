"""While Fingerprint does not answer every page says since when, what is ours goes on, and one answer ends it."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from dashboard.core.access import PERMS_OF, Perm, Role
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind
from dashboard.status import outage, tasks
from dashboard.status.models import Connection
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.errors import NotFound, RateLimited, Unavailable, UnreadableAnswer
from fingerprint_integration.provider import override_client
from fingerprint_integration.services.watching import Outcome

pytestmark = pytest.mark.django_db
EVENT = "/events/1795438721327.NLOjmg/"
OURS = {
    "/": Perm.USE_DESK,
    "/inbox/": Perm.USE_DESK,
    "/settings/": Perm.USE_DESK,
    "/events/": Perm.VIEW_EVENTS,
    "/searches/history/": Perm.VIEW_EVENTS,
    "/visitors/": Perm.VIEW_EVENTS,
    "/jobs/": Perm.CHANGE_EVENTS,
    "/jobs/new/": Perm.CHANGE_EVENTS,
    "/deletions/": Perm.VIEW_DELETIONS,
    "/audit/": Perm.VIEW_AUDIT,
    "/people/": Perm.MANAGE_PEOPLE,
    "/status/": Perm.VIEW_STATUS,
}


def nobody_there(request):
    raise httpx.ConnectError("refused", request=request)


@pytest.fixture
def no_fingerprint(sandbox):
    """Nobody answers at Fingerprint's address inside the block `with no_fingerprint():`."""

    def gone():
        client = FingerprintClient(
            "sandbox-secret-key",
            base_url="http://sandbox.test",
            transport=httpx.MockTransport(nobody_there),
            sleep=lambda seconds: None,
        )
        return override_client(client)

    return gone


def went(error=None, *, seconds=0.1, is_page=True):
    outage.note(Outcome(seconds=seconds, error=error, is_page=is_page))


def test_every_page_of_everybody_says_since_when_and_one_answer_ends_it(no_fingerprint, client_for, clock):
    analyst, auditor = client_for(Role.FRAUD_ANALYST), client_for(Role.AUDITOR)
    with no_fingerprint():
        assert "No answer since today, 12:00" in analyst.get(EVENT).page.text
        clock.advance(minutes=5)
        analyst.get(EVENT)

    assert "No answer since today, 12:00" in auditor.get("/audit/").page.text
    assert "Fingerprint does not answer" in auditor.get("/").page.text
    analyst.get(EVENT)
    assert "No answer since" not in auditor.get("/audit/").page.text


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name.lower())
def test_what_is_ours_goes_on_without_fingerprint(no_fingerprint, client_for, role):
    browser = client_for(role)
    notify(kind=NoticeKind.JOB_FINISHED, to=[browser.person], url="/jobs/1/", now=timezone.now(), job="J-0001")
    with no_fingerprint():
        browser.get(EVENT)
        answers = {path: browser.get(path).status_code for path, perm in OURS.items() if perm in PERMS_OF[role]}

    assert answers
    assert set(answers.values()) == {200}


def test_a_page_that_needs_fingerprint_says_so_and_asks_at_most_for_itself(no_fingerprint, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    with no_fingerprint():
        search = browser.post("/searches/", {"vpn": "true"}).url
        answers = [browser.get(path) for path in (EVENT, "/visitors/Ibk1527CUFmcnjLwIs4A/", search)]

    assert [answer.status_code for answer in answers] == [502, 502, 502]
    assert all("Fingerprint gave no answer" in answer.page.text for answer in answers)


@pytest.mark.parametrize("answer", [None, NotFound(status=404), UnreadableAnswer(status=200), RateLimited(status=429)])
def test_any_answer_is_an_answer(clock, answer):
    went(Unavailable())

    went(answer)

    assert outage.state().down_since is None


def test_what_was_never_sent_tells_nothing(clock):
    went(Unavailable())

    went(RateLimited())

    assert outage.state().down_since == clock.now


def test_it_begins_with_the_first_question_that_failed(clock):
    began = clock.now
    went(Unavailable())
    clock.advance(minutes=3)
    went(Unavailable())

    assert outage.state().down_since == began


def test_slow_answers_are_said_too_until_one_is_quick(client_for, clock):
    went(seconds=6)

    assert "Slow since today, 12:00" in client_for(Role.SUPPORT).get("/inbox/").page.text
    went(seconds=0.2)
    assert outage.state() == outage.State()


def test_a_job_that_waits_for_its_share_of_the_rate_is_not_slow(clock):
    went(seconds=60, is_page=False)

    assert outage.state().slow_since is None


def test_while_it_lasts_and_nobody_asks_inkpad_asks_twice_a_minute(sandbox, clock):
    went(Unavailable())
    asked = len(sandbox.requests)

    tasks.probe_fingerprint()
    assert len(sandbox.requests) == asked
    clock.advance(seconds=31)
    tasks.probe_fingerprint()

    assert len(sandbox.requests) == asked + 1
    assert outage.state().down_since is None


def test_two_workers_ask_once(no_fingerprint, clock):
    went(Unavailable())
    now = clock.advance(seconds=31)
    with no_fingerprint():
        outage.probe(now=now)

    assert not outage.is_due(now=now)
    assert outage.is_due(now=now + timedelta(seconds=30))


def test_while_all_is_well_nobody_asks(sandbox, clock):
    went()

    assert not outage.is_due(now=clock.advance(hours=1))
    outage.probe(now=clock.now)
    assert len(sandbox.requests) == 0
    assert not Connection.objects.exists()


def test_home_and_status_say_it_in_their_strip(client_for, clock):
    went(Unavailable())

    assert "no answer since today, 12:00" in client_for(Role.ADMINISTRATOR).get("/status/").page.text
