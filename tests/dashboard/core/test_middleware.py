"""What happens around every request."""

import json
import logging

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.middleware import AuditRequests
from dashboard.audit.models import AuditEntry
from dashboard.audit.record import deletion
from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.core.middleware import PersonalPages, ProviderErrors
from dashboard.core.trace import current_trace
from fingerprint_integration.errors import NotFound, Unavailable
from tests.factories import person

pytestmark = pytest.mark.django_db


def test_a_request_has_an_id_of_our_own_choosing(client):
    answers = [client.get("/healthz", headers={"X-Request-ID": "mine"}) for _ in range(2)]

    ids = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(ids) == 2
    assert all(each.startswith("req_") for each in ids)
    assert current_trace().request_id == ""


def test_the_log_line_names_the_route_and_neither_path_nor_query(client_for):
    browser = client_for(Role.SUPPORT)

    with structlog.testing.capture_logs() as lines:
        answer = browser.get("/visitors/?secret=acct_88412")

    (line,) = [each for each in lines if each["event"] == "request"]
    assert (line["route"], line["status"], line["request_id"]) == ("visitors:find", 200, answer.headers["X-Request-ID"])
    assert "acct_88412" not in str(lines)
    assert "/visitors/" not in str(lines)


def test_an_entry_carries_the_id_of_its_request(client_for):
    answer = client_for(Role.AUDITOR).get("/audit/")

    assert AuditEntry.objects.latest("pk").request_id == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("path", ["/", "/audit/", "/account/login/", "/healthz", "/nowhere/"])
def test_no_page_is_kept_by_a_cache(client, client_for, path):
    assert "no-store" in client.get(path).headers["Cache-Control"]
    assert "no-store" in client_for(Role.AUDITOR).get(path).headers["Cache-Control"]


def test_times_are_those_of_the_person_and_only_during_the_request():
    seen = []

    def view(request):
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = person(Role.SUPPORT, time_zone="Asia/Tokyo")
    PersonalPages(view)(request)

    assert seen == ["Asia/Tokyo"]
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    "problem,status,words",
    [
        (Unavailable("Fingerprint did not answer within 8 seconds."), 502, "did not answer within 8 seconds"),
        (NotFound("Fingerprint does not know this event."), 404, "does not know this event"),
        (NotPossible("This request is closed already."), 409, "closed already"),
        (NotPossible("You may not.", status=403), 403, "You may not."),
    ],
)
def test_what_does_not_work_is_a_page_that_says_so(problem, status, words):
    request = RequestFactory().get("/")
    request.user = person(Role.SUPPORT)
    request.resolver_match = None

    answer = ProviderErrors(lambda _: HttpResponse()).process_exception(request, problem)

    assert answer.status_code == status
    assert words in answer.content.decode()


def test_any_other_error_is_left_to_the_server():
    request = RequestFactory().get("/")

    assert ProviderErrors(lambda _: HttpResponse()).process_exception(request, ValueError()) is None


def test_a_refusal_is_written_down_with_its_target_and_reason():
    request = RequestFactory().get("/")
    request.user = person(Role.COMPLIANCE)
    refused = Refused(
        "Who asked cannot approve.",
        kind=AuditKind.DELETION_ACT_REFUSED,
        target=deletion(231),
        details={"act": "approve", "because": "who asked cannot approve"},
        reason="looks right",
    )

    AuditRequests(lambda _: HttpResponse()).process_exception(request, refused)

    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.outcome, entry.target_ref, entry.actor_id) == (
        "deletion.act_refused",
        "refused",
        "231",
        request.user.pk,
    )
    assert json.loads(bytes(entry.body))["details"]["act"] == "approve"


def test_djangos_own_log_lines_name_the_route_instead_of_the_path(client_for, caplog):
    browser = client_for(Role.SUPPORT)

    with caplog.at_level(logging.WARNING, "django.request"):
        browser.get("/audit/")
        browser.get("/events/1795333867327.NLOjmg/nothing/")

    assert caplog.messages
    assert "1795333867327" not in caplog.text
    assert "403 at route audit:log" in caplog.messages
