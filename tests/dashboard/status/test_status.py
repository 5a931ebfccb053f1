"""Probes and the status page say what is, and what is not known."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.audit.duties import seal_and_tell, verify_now
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, record, search
from dashboard.audit.sealing import seal
from dashboard.core.access import Role
from dashboard.notices.models import Notice
from dashboard.status import parts
from tests.factories import person

pytestmark = pytest.mark.django_db


def ready(client):
    answer = client.get("/readyz")
    return answer.status_code, json.loads(answer.content)


def test_the_process_is_alive_and_the_database_is_not_asked(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_everything_is_ready(client, settings):
    code, answers = ready(client)

    assert code == 200
    assert answers == {
        "status": "ready",
        "settings": "ok",
        "database": "ok",
        "migrations": "ok",
        "audit_guards": "ok",
        "audit_seal": "ok",
        "audit_verified": "ok",
        "redis": "ok",
        "broker": "ok",
    }


def test_without_redis_pages_go_on_and_the_probe_says_degraded(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    code, answers = ready(client)

    assert (code, answers["status"], answers["redis"]) == (200, "degraded", "failed")


@pytest.mark.parametrize("url", ["not an address", "redis://\x00", "unix:///nowhere/at/all.sock"])
def test_an_impossible_redis_is_no_answer(settings, url):
    settings.REDIS_URL = url

    assert parts.redis_answers() is False


def test_without_a_guard_of_the_log_nothing_is_ready(client):
    table = " ON audit_auditentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER audit_auditentry_no_update{table}")

    code, answers = ready(client)

    assert (code, answers["status"], answers["audit_guards"]) == (503, "not ready", "failed")


def test_with_a_setting_that_cannot_be_read_nothing_is_ready(client, settings):
    settings.SETTINGS_PROBLEMS = [("SNAPSHOT_MINUTES", "It must be a whole number.")]

    assert ready(client)[0] == 503


def test_with_a_migration_that_waits_nothing_is_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")

    assert ready(client)[1]["migrations"] == "failed"


def test_the_status_page_shows_the_connection_and_never_the_key(client_for, settings):
    settings.FINGERPRINT_API_KEY = "sk_this_is_the_secret"

    page = client_for(Role.ADMINISTRATOR).get("/status/").page

    for words in (
        "v4",
        "US",
        "90 days",
        "set; it is never shown",
        "0 of 30",
        "0 of 500",
        "not asked yet",
        "nothing sealed yet",
    ):
        assert words in page.text
    assert "sk_this_is_the_secret" not in page.html


def test_that_no_worker_answers_is_said(client_for):
    page = client_for(Role.ADMINISTRATOR).get("/status/").page

    assert "Workers: none answered" in page.text


def test_looking_at_the_status_is_written_down(client_for):
    from dashboard.audit.models import AuditEntry

    client_for(Role.ADMINISTRATOR).get("/status/")

    assert AuditEntry.objects.latest("pk").kind == "status.viewed"


@pytest.mark.parametrize(
    "today,words,tone",
    [
        (date(2027, 10, 31), "ends in 0 days", "red"),
        (date(2027, 10, 30), "ends in 1 day", "red"),
        (date(2027, 8, 1), "ends in 91 days", "ochre"),
        (date(2026, 10, 31), "ends in 365 days", ""),
        (date(2027, 11, 1), "has ended on Sun 31 Oct 2027", "red"),
    ],
)
def test_the_end_of_v3_is_counted_down_while_it_is_in_use(settings, clock, today, words, tone):
    settings.FINGERPRINT_API_VERSION = "v3"
    now = clock.now.replace(year=today.year, month=today.month, day=today.day)

    part = parts.end_of_v3(now)

    assert part is not None
    assert (part.words, part.tone) == (words, tone)
    assert "newest notice" in part.more
    settings.FINGERPRINT_API_VERSION = "v4"
    assert parts.end_of_v3(now) is None


def answered(kind, code="", outcome=Outcome.DONE):
    details = {"error": "It did not answer.", "code": code} if code else {"count": 1}
    record(kind, by=person(Role.SUPPORT), target=search("7Qm2xA"), outcome=outcome, details=details)
    return parts.fingerprint()


def test_the_last_answer_is_what_the_log_says(clock):
    assert parts.fingerprint().words == "not asked yet"
    assert answered(AuditKind.SEARCH_LOADED).words == "answered today, 12:00"

    clock.advance(hours=1)
    down = answered(AuditKind.SEARCH_FAILED, "unavailable", Outcome.FAILED)
    assert (down.words, down.tone, down.more) == ("failed today, 13:00", "red", "It did not answer.")
    # An event that Fingerprint does not know is an answer.
    assert answered(AuditKind.EVENT_NOT_OPENED, "event_not_found", Outcome.FAILED).tone == "green"
    assert answered(AuditKind.EVENT_NOT_OPENED, "request_not_found", Outcome.FAILED).tone == "green"
    assert answered(AuditKind.SEARCH_FAILED, "secret_api_key_not_found", Outcome.FAILED).tone == "red"


def test_how_far_the_log_is_sealed_and_why_it_is_not(clock, settings):
    number = record(AuditKind.SIGNED_IN, by=person(Role.SUPPORT)).pk
    assert parts.audit_log(clock.now).more == "1 entry waits for its seal"
    late = parts.audit_log(clock.now + timedelta(minutes=2))
    assert (late.tone, late.words) == ("red", "the seal is late")

    seal(now=clock.now)
    assert parts.audit_log(clock.now + timedelta(minutes=2)).words == f"sealed up to {number:,}"

    settings.AUDIT_SIGNING_KEY = ""
    seal_and_tell(now=clock.now)
    assert parts.audit_log(clock.now).words == "not being sealed"


def test_a_log_that_does_not_hold_or_is_not_sealed_calls_for_people_and_stops_nobody(client, clock):
    record(AuditKind.AUDIT_VERIFIED, by=None, outcome=Outcome.FAILED, details={"result": "Entry 3: it is gone."})
    clock.advance(minutes=2)

    code, answers = ready(client)

    assert (code, answers["status"]) == (200, "degraded")
    assert (answers["audit_verified"], answers["audit_seal"]) == ("failed", "failed")


def verified(outcome, at):
    record(AuditKind.AUDIT_VERIFIED, by=None, outcome=outcome, at=at, details={"size": 1, "seconds": 0, "result": "x"})


def test_the_newest_verification_of_the_log_says_how_the_log_is(clock):
    assert parts.audit_verification(clock.now).words == "never"
    record(AuditKind.SIGNED_IN, by=person(Role.SUPPORT), at=clock.now)
    assert parts.audit_verification(clock.now + timedelta(hours=49)).tone == "red"

    verified(Outcome.DONE, clock.now)
    assert parts.audit_verification(clock.now).tone == "green"
    assert "everything holds" in parts.audit_verification(clock.now).words
    assert parts.audit_verification(clock.now + timedelta(hours=49)).tone == "red"

    verified(Outcome.FAILED, clock.now)
    assert parts.audit_verification(clock.now).tone == "red"
    assert "does not hold" in parts.audit_verification(clock.now).words


def test_a_verification_that_fails_is_told_to_everybody_whom_it_concerns(settings):
    told = [person(role) for role in (Role.AUDITOR, Role.COMPLIANCE, Role.ADMINISTRATOR)]
    others = [person(role) for role in (Role.SUPPORT, Role.FRAUD_ANALYST)]
    record(AuditKind.SIGNED_IN, by=told[0])
    seal(now=timezone.now())
    settings.AUDIT_SIGNING_KEY = ""

    verify_now(now=timezone.now())

    notices = Notice.objects.filter(kind="audit.does_not_hold")
    assert {notice.to_id for notice in notices} >= {each.pk for each in told}
    assert not notices.filter(to__in=others).exists()
    assert notices[0].words == {"problems": 1}
