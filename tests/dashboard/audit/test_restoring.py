"""After a restore from an older copy: the loss is declared, the log goes on under a new name, and all of it holds."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from dashboard.audit import checkpoint_file, triggers
from dashboard.audit.duties import verify_now
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf, AuditWaiting
from dashboard.audit.notes import Checkpoint, Signer, sign
from dashboard.audit.record import record, search
from dashboard.audit.sealing import CannotSeal, seal
from dashboard.core.access import Role
from tests.factories import person
from tests.keys import AUDIT_SIGNING_KEY

pytestmark = pytest.mark.django_db
SIGNER = Signer.read(AUDIT_SIGNING_KEY)


@pytest.fixture
def file(settings, tmp_path):
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


def write_and_seal(count):
    by = person(Role.SUPPORT)
    for _ in range(count):
        record(AuditKind.SEARCH_OPENED, by=by, target=search("7Qm2xA"))
    seal(now=timezone.now())


def restore_the_first(size):
    """The tables as they were when the log had `size` entries."""
    last = AuditLeaf.objects.get(position=size - 1).entry_id
    with connection.cursor() as cursor:
        for trigger in triggers._wanted(connection):
            table = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{table}")
        cursor.execute("DELETE FROM audit_auditwaiting WHERE entry_id > %s", [last])
        cursor.execute("DELETE FROM audit_auditmention WHERE entry_id > %s", [last])
        cursor.execute("DELETE FROM audit_auditleaf WHERE position >= %s", [size])
        cursor.execute("DELETE FROM audit_auditcheckpoint WHERE size > %s", [size])
        cursor.execute("DELETE FROM audit_auditentry WHERE id > %s", [last])
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    triggers.install(connection)


def test_the_loss_is_declared_and_the_log_goes_on(file, capsys):
    write_and_seal(4)
    write_and_seal(3)
    restore_the_first(4)
    by = person(Role.SUPPORT)
    record(AuditKind.SEARCH_OPENED, by=by, target=search("7Qm2xA"))
    with pytest.raises(CannotSeal, match="audit_restore"):
        seal(now=timezone.now())

    call_command("audit_restore")

    told = capsys.readouterr().out
    assert "restored with 4 entries" in told
    assert "lost: entries 5 to 7 of desk.test/audit" in told
    assert not AuditWaiting.objects.exists()
    assert list(AuditCheckpoint.objects.order_by("pk").values_list("origin", "size")) == [
        ("desk.test/audit", 4),
        ("desk.test/audit/2", 6),
    ]
    entry = AuditEntry.objects.get(kind="audit.restored")
    assert entry.via == "command"
    write_and_seal(2)
    assert AuditCheckpoint.objects.latest("pk").origin == "desk.test/audit/2"
    assert len(checkpoint_file.read(file)) == 4
    assert verify_now(now=timezone.now()).sentence == "everything holds"


def test_a_second_restore_of_the_same_copy_takes_another_name(file):
    write_and_seal(4)
    write_and_seal(3)
    for _ in range(2):
        restore_the_first(4)
        call_command("audit_restore")
        write_and_seal(2)

    assert AuditCheckpoint.objects.latest("pk").origin == "desk.test/audit/3"
    assert verify_now(now=timezone.now()).sentence == "everything holds"


def test_without_a_loss_nothing_is_declared(file, capsys):
    write_and_seal(4)

    call_command("audit_restore")

    assert "Nothing is to be declared" in capsys.readouterr().out
    assert not AuditEntry.objects.filter(kind="audit.restored").exists()


def test_two_histories_are_no_restore(file):
    write_and_seal(4)
    checkpoint_file.append(file, [sign(Checkpoint(SIGNER.name, 3, bytes(32)).text, [SIGNER])])

    with pytest.raises(CommandError, match="two histories"):
        call_command("audit_restore")


def test_a_checkpoint_of_somebody_else_declares_nothing(file):
    write_and_seal(4)
    checkpoint_file.append(file, [sign(Checkpoint(SIGNER.name, 9, bytes(32)).text, [Signer.new(SIGNER.name)])])

    with pytest.raises(CommandError, match="cannot be believed"):
        call_command("audit_restore")


def test_a_copy_that_was_changed_is_not_covered_up(file):
    write_and_seal(4)
    write_and_seal(3)
    restore_the_first(4)
    victim = AuditEntry.objects.first().pk
    with connection.cursor() as cursor:
        for trigger in triggers._wanted(connection):
            table = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{table}")
        cursor.execute("UPDATE audit_auditentry SET ticket = 'x' WHERE id = %s", [victim])
    triggers.install(connection)

    with pytest.raises(CommandError, match=f"does not hold, so nothing is declared. Entry {victim}"):
        call_command("audit_restore")
