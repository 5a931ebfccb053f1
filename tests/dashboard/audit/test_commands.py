"""What an auditor runs on the server: the verification with its exit code, and the proof of one entry."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from dashboard.audit import checkpoint_file
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.notes import Checkpoint, Signer, sign
from dashboard.audit.record import event, record
from dashboard.audit.sealing import seal
from dashboard.core.access import Role
from tests.factories import person
from tests.keys import AUDIT_SIGNING_KEY

pytestmark = pytest.mark.django_db
SIGNER = Signer.read(AUDIT_SIGNING_KEY)
SCRIPT = Path(__file__).parents[3] / "dashboard/audit/check_proof.py"


@pytest.fixture
def entry(settings, tmp_path):
    """A sealed entry with a reason, in a log with a checkpoint file."""
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints")
    written = record(
        AuditKind.EVENT_OPENED, by=person(Role.SUPPORT), target=event("1795333867327.NLOjmg"), reason="sold"
    )
    seal(now=timezone.now())
    return written


def edit(entry):
    """As a superuser would, past the guards."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER audit_auditentry_no_update")
        cursor.execute("UPDATE audit_auditentry SET ticket = 'other' WHERE id = %s", [entry.pk])
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_log_that_holds_is_said_and_written_down(entry, capsys):
    call_command("audit_verify")

    assert capsys.readouterr().out.startswith("Everything holds. 1 sealed entries, 1 checkpoints, read in ")
    newest = AuditEntry.objects.latest("pk")
    assert (newest.kind, newest.outcome, newest.via) == ("audit.verified", "done", "command")


def test_a_log_that_does_not_hold_names_the_entry_and_exits_with_one(entry, capsys):
    edit(entry)

    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify")

    told = capsys.readouterr().out
    assert ended.value.code == 1
    assert f"Entry {entry.pk}: its body says something else than the columns beside it: ticket.\n" in told
    assert "Does NOT hold: " in told
    assert AuditEntry.objects.latest("pk").outcome == "failed"


def test_checkpoints_that_are_kept_elsewhere_are_asked_instead_of_our_own(entry, capsys, tmp_path):
    kept = tmp_path / "kept"
    checkpoint_file.append(kept, [sign(Checkpoint(SIGNER.name, 9, bytes(32)).text, [SIGNER])])
    call_command("audit_verify")

    with pytest.raises(SystemExit):
        call_command("audit_verify", "--checkpoints", str(kept))

    assert "Checkpoint 1 of the file covers 9 entries, the tree holds 1" in capsys.readouterr().out


def test_a_proof_with_an_opened_reason_is_checked_by_the_single_file(entry, tmp_path):
    proof, opening = tmp_path / "proof", tmp_path / "opening"
    call_command("audit_prove", str(entry.pk), output=proof, reveal=["reason"], opening=opening)

    answer = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(proof), "--key", SIGNER.verifier.text, "--opening", str(opening)],
        capture_output=True,
        check=False,
        text=True,
        env={},
    )

    assert answer.returncode == 0, answer.stdout
    assert "The entry stands, exactly so, at this position of the log that was signed." in answer.stdout
    assert 'The personal value "reason" that the entry commits to is "sold".' in answer.stdout
    assert AuditEntry.objects.latest("pk").kind == "audit.proved"


def test_what_cannot_be_proven_leaves_no_entry(entry, tmp_path):
    before = AuditEntry.objects.count()

    with pytest.raises(CommandError, match="belong together"):
        call_command("audit_prove", str(entry.pk), reveal=["reason"])
    with pytest.raises(CommandError):
        call_command("audit_prove", str(entry.pk + 1000))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("audit_prove", str(entry.pk), output=tmp_path / "nowhere" / "proof")

    assert AuditEntry.objects.count() == before
