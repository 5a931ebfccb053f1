"""The seal, the proofs and the histories on pages: what they say, to whom, and that they are entries too."""

import subprocess
import sys

import pytest

from dashboard.audit.duties import seal_and_tell, verify_now, verify_when_due
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.notes import Signer
from dashboard.audit.record import Outcome, deletion, event, job, record
from dashboard.audit.sealing import seal
from dashboard.core.access import Role
from tests.factories import person
from tests.keys import AUDIT_SIGNING_KEY

pytestmark = pytest.mark.django_db
EVENT_ID = "1795333867327.NLOjmg"
VISITOR_ID = "Ibk1527CUFmcnjLwIs4A"


@pytest.fixture
def maya():
    return person(Role.FRAUD_LEAD, name="Maya Petrov")


def test_the_seal_stands_first_and_says_how_far_the_log_is_sealed(client_for, maya, clock, settings):
    auditor = client_for(Role.AUDITOR)
    assert "Nothing is sealed yet." in auditor.get("/audit/").page.text

    seal(now=clock.now)
    newest = AuditEntry.objects.latest("pk").pk
    page = auditor.get("/audit/").page
    assert f"Sealed up to {newest:,}. Not verified yet." in page.text
    assert f"Audit log sealed up to {newest:,}" in page.text
    assert "2 newer entries wait for their seal, since 12:00:00." in auditor.get("/audit/").page.text

    verify_now(now=clock.now)
    assert "Verified today, 12:00: every entry is as it was written." in auditor.get("/audit/").page.text


def test_a_log_that_does_not_hold_is_red_on_every_page_and_goes_on_being_readable(client_for, maya):
    details = {"result": "Entry 7: its body is not the one that was sealed.", "problems": 3}
    record(AuditKind.AUDIT_VERIFIED, by=None, outcome=Outcome.FAILED, details=details)

    page = client_for(Role.AUDITOR).get("/audit/").page
    assert "The audit log does not hold. 3 things are not as they were written. The first: Entry 7:" in page.text
    assert page.all(class_="entry-number")
    assert "The audit log does not hold" in client_for(Role.SUPPORT).get("/").page.text


def test_why_nothing_is_sealed_is_said(client_for, settings, clock):
    settings.AUDIT_SIGNING_KEY = ""
    seal_and_tell(now=clock.now)

    page = client_for(Role.AUDITOR).get("/audit/").page

    assert "New entries are not being sealed. AUDIT_SIGNING_KEY is missing" in page.text


def test_a_sealed_entry_shows_its_way_to_the_root_and_its_proof_is_checked_elsewhere(client_for, maya, clock, tmp_path):
    entries = [record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID)) for _ in range(40)]
    seal(now=clock.now)
    auditor = client_for(Role.AUDITOR)

    page = auditor.get(f"/audit/{entries[20].pk}/").page
    assert "Holds" in page.text
    assert "joined step by step with 6 others" in page.text
    assert "3 more steps" in page.text
    assert "signed root of 40 entries" in page.text

    (tmp_path / "proof").write_bytes(auditor.get(f"/audit/{entries[20].pk}/proof/").content)
    (tmp_path / "check.py").write_bytes(auditor.get("/audit/check/check_proof.py").content)
    key = Signer.read(AUDIT_SIGNING_KEY).verifier.text
    assert key in auditor.get("/audit/check/").page.text
    command = [sys.executable, "-I", str(tmp_path / "check.py"), str(tmp_path / "proof"), "--key", key]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0
    assert "Position in the log: 20" in checked.stdout
    assert list(AuditEntry.objects.order_by("-pk").values_list("kind", flat=True)[:3]) == [
        "audit.seal_viewed",
        "audit.seal_viewed",
        "audit.proof_taken",
    ]


def test_an_entry_that_waits_has_no_proof(client_for, maya):
    number = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID)).pk

    assert client_for(Role.AUDITOR).get(f"/audit/{number}/proof/").status_code == 404


def test_somebody_asks_for_a_verification_and_it_runs(client_for, clock):
    verify_when_due(now=clock.now)
    verify_when_due(now=clock.advance(hours=1))
    auditor = client_for(Role.AUDITOR)
    form = auditor.get("/audit/").page.form(button="Verify now")

    auditor.submit(form, button="Verify now")
    verify_when_due(now=clock.advance(seconds=1))

    kinds = AuditEntry.objects.filter(kind__startswith="audit.ver").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["audit.verified", "audit.verification_asked", "audit.verified"]


@pytest.mark.parametrize(
    "role,kind,ref,status",
    [
        (Role.SUPPORT, "event", EVENT_ID, 200),
        (Role.SUPPORT, "visitor", VISITOR_ID, 200),
        (Role.FRAUD_LEAD, "job", "421", 200),
        (Role.SUPPORT, "job", "421", 403),
        (Role.AUDITOR, "deletion", "231", 200),
        (Role.AUDITOR, "event", EVENT_ID, 403),
        (Role.ADMINISTRATOR, "person", "1", 200),
        (Role.SUPPORT, "person", "1", 403),
        (Role.SUPPORT, "secret", "1", 404),
    ],
)
def test_who_may_open_a_thing_may_read_its_history(client_for, maya, role, kind, ref, status):
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID), reason="ticket")
    record(AuditKind.JOB_OPENED, by=maya, target=job(421))
    record(AuditKind.DELETION_OPENED, by=maya, target=deletion(231))
    browser = client_for(role)

    answer = browser.get(f"/audit/history/{kind}/{ref}/")

    assert answer.status_code == status
    if status == 200 and kind != "person":
        assert "Maya Petrov opened" in answer.page.text
        assert AuditEntry.objects.latest("pk").kind == "audit.history_viewed"
    if status == 403:
        assert AuditEntry.objects.latest("pk").kind == "access.refused"


def test_a_history_is_a_piece_of_a_page_for_htmx(client_for, maya):
    record(AuditKind.DELETION_OPENED, by=maya, target=deletion(231))

    answer = client_for(Role.COMPLIANCE).get("/audit/history/deletion/231/", headers={"HX-Request": "true"})

    text = answer.content.decode()
    assert "Maya Petrov" in text
    assert "<html" not in text
    assert "/audit/?record=D-0231" in text


def test_utc_stands_beside_the_readers_time(client_for, maya, clock):
    record(AuditKind.DELETION_OPENED, by=maya, target=deletion(231))
    reader = person(Role.AUDITOR, time_zone="Europe/Berlin")

    assert "14:00:00 12:00:00 UTC" in client_for(reader).get("/audit/").page.text
