"""What the log does by itself: old values are forgotten, a changed configuration is seen, every entry is told."""

import json
import logging

import pytest
from django.db import transaction
from django.utils import timezone

from dashboard.audit import configuration
from dashboard.audit.duties import verify_now
from dashboard.audit.expiry import expire_values
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, Subject
from dashboard.audit.queries import history_of_record
from dashboard.audit.record import event, job, record
from dashboard.audit.sealing import seal
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Role
from tests.factories import person

pytestmark = pytest.mark.django_db
EVENT_ID = "1795333867327.NLOjmg"
VISITOR_ID = "Ibk1527CUFmcnjLwIs4A"


def relinked(by, to):
    return record(
        AuditKind.EVENT_LINKED_ID_SET,
        by=by,
        target=event(EVENT_ID, VISITOR_ID),
        reason="customer called",
        personal={"before": Personal(SubjectKind.LINKED_ID, "acct_1"), "after": Personal(SubjectKind.LINKED_ID, to)},
    )


def living():
    return {subject.text for subject in Subject.objects.filter(erased_at=None)}


def test_what_nobody_mentioned_for_long_is_forgotten_and_the_log_still_holds(clock):
    maya = person(Role.FRAUD_LEAD, name="Maya")
    relinked(maya, "acct_2")
    clock.advance(days=60)
    relinked(maya, "acct_3")
    seal(now=clock.now)

    clock.advance(days=31)
    assert expire_values(now=clock.now) == 2  # acct_2 and the first reason: acct_1 was mentioned since

    assert living() == {"Maya", EVENT_ID, VISITOR_ID, "acct_1", "acct_3", "customer called"}
    told = AuditEntry.objects.latest("pk")
    assert (told.kind, json.loads(bytes(told.body))["details"]) == ("audit.values_expired", {"count": 2, "days": 90})
    seal(now=clock.now)
    assert verify_now(now=clock.now).holds
    assert expire_values(now=clock.now) == 0


def test_a_forgotten_value_says_so(clock):
    maya = person(Role.FRAUD_LEAD, name="Maya")
    record(AuditKind.JOB_PAUSED_BY_PERSON, by=maya, target=job(421), reason="a question")
    clock.advance(days=91)
    expire_values(now=clock.now)

    (line,) = history_of_record("job", 421, viewer=maya)
    assert line.reason.text == "expired on Mon 14 Sep 2026"


def test_a_configuration_is_written_down_once_and_again_when_it_changed(settings):
    assert configuration.note() is not None
    assert configuration.note() is None

    settings.FINGERPRINT_API_KEY = "another-secret-key"
    settings.DELETE_QUOTA_PER_HOUR = 12
    entry = configuration.note()

    details = json.loads(bytes(entry.body))["details"]
    assert details["changed"] == "DELETE_QUOTA_PER_HOUR, FINGERPRINT_API_KEY"
    assert "DELETE_QUOTA_PER_HOUR 12" in details["settings"]
    assert b"another-secret-key" not in bytes(entry.body)


def test_every_committed_entry_is_one_line_of_the_log_stream_without_personal_values(
    caplog, django_capture_on_commit_callbacks
):
    caplog.set_level(logging.INFO, logger="inkpad.audit.entry")
    maya = person(Role.FRAUD_LEAD, name="Maya Petrov")

    with django_capture_on_commit_callbacks(execute=True):
        entry = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID), reason="told by Zoltan")
        with transaction.atomic():
            record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
            transaction.set_rollback(True)

    (line,) = [each for each in caplog.records if each.name == "inkpad.audit.entry"]
    said = str(line.msg)
    assert "'number': " + str(entry.pk) in said
    assert "'kind': 'event.opened'" in said
    for value in (EVENT_ID, VISITOR_ID, "Maya", "Zoltan"):
        assert value not in said


def test_a_verification_is_told_to_the_log_stream_when_it_fails(caplog, settings):
    record(AuditKind.EVENT_OPENED, by=person(Role.SUPPORT), target=event(EVENT_ID))
    seal(now=timezone.now())
    settings.AUDIT_SIGNING_KEY = ""

    assert not verify_now(now=timezone.now()).holds

    assert [each.levelname for each in caplog.records if each.name == "inkpad.audit"] == ["CRITICAL"]
    assert AuditEntry.objects.latest("pk").outcome == "failed"
