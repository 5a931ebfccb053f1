"""The database refuses to change the log, whoever asks it in SQL."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection, transaction

from dashboard.audit import triggers
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf, AuditTile, Subject
from dashboard.audit.record import event, record
from dashboard.core.access import Role
from tests.factories import person

pytestmark = pytest.mark.django_db
ON_POSTGRESQL = connection.vendor == "postgresql"


@pytest.fixture
def entry():
    """One entry with a row in every table of the log."""
    written = record(
        AuditKind.EVENT_OPENED,
        by=person(Role.FRAUD_ANALYST),
        target=event("1795333867327.NLOjmg", "Ibk1527CUFmcnjLwIs4A"),
        reason="chargeback",
    )
    AuditLeaf.objects.create(position=0, entry=written, leaf_hash=b"\x00" * 32)
    AuditTile.objects.create(level=0, index=0, hashes=b"\x00" * 32 * 256, root=b"\x00" * 32)
    AuditCheckpoint.objects.create(origin="test", size=1, root=b"\x00" * 32, note="test\n1\n", at=written.at)
    return written


def refused(sql, *parameters):
    """Whether the database refuses this statement; the words it says."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    return str(caught.value)


def rows_of(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    "table,column,value",
    [
        ("audit_auditentry", "kind", "sign_in.failed"),
        ("audit_auditentry", "body", b"{}"),
        ("audit_auditentry", "at", "2020-01-01 00:00:00+00:00"),
        ("audit_auditmention", "role", "reason"),
        ("audit_auditleaf", "leaf_hash", b"\x01" * 32),
        ("audit_audittile", "root", b"\x01" * 32),
        ("audit_auditcheckpoint", "size", 2),
        ("audit_subjectabout", "visitor_id", 1),
    ],
)
def test_an_append_only_row_cannot_be_changed_or_deleted(entry, table, column, value):
    before = rows_of(table)
    assert before

    assert "append-only" in refused(f"UPDATE {table} SET {column} = %s", value)
    assert "append-only" in refused(f"DELETE FROM {table}")

    assert rows_of(table) == before


@pytest.mark.parametrize("table", [*triggers.APPEND_ONLY, triggers.SUBJECT])
def test_a_row_cannot_be_replaced_by_another_of_the_same_identity(entry, table):
    before = rows_of(table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} LIMIT 1")
        names = [column[0] for column in cursor.description]
        row = cursor.fetchone()
    places = ", ".join(["%s"] * len(row))
    verb = "INSERT" if ON_POSTGRESQL else "INSERT OR REPLACE"
    upsert = f"ON CONFLICT ({names[0]}) DO UPDATE SET {names[1]} = EXCLUDED.{names[1]}" if ON_POSTGRESQL else ""

    refused(f"{verb} INTO {table} ({', '.join(names)}) VALUES ({places}) {upsert}", *row)

    assert rows_of(table) == before


@pytest.mark.parametrize(
    "changes",
    [
        "value = NULL",
        "salt = NULL",
        "value = NULL, salt = NULL",
        "value = NULL, salt = NULL, erased_at = '2026-01-01 00:00:00+00:00'",
        "value = 'x'",
        "lookup = 'other'",
        "handle = 'other'",
        "erased_at = '2026-01-01 00:00:00+00:00', erased_by = 'D-0001'",
        "value = NULL, salt = NULL, erased_at = '2026-01-01 00:00:00+00:00', erased_by = 'D-0001', lookup = 'other'",
        "value = NULL, salt = NULL, erased_at = '2026-01-01 00:00:00+00:00', erased_by = 'D-0001', kind = 'staff'",
    ],
)
def test_a_subject_refuses_every_change_but_being_emptied_whole(entry, changes):
    before = rows_of("audit_subject")

    refused(f"UPDATE audit_subject SET {changes}")

    assert rows_of("audit_subject") == before


def test_a_subject_is_emptied_once_and_for_good(entry):
    erase = (
        "UPDATE audit_subject SET value = NULL, salt = NULL, erased_at = '2026-01-01 00:00:00+00:00', erased_by = {}"
    )
    with connection.cursor() as cursor:
        cursor.execute(erase.format("'D-0231'"))
    assert not Subject.objects.exclude(value=None, salt=None, erased_by="D-0231").exists()

    refused(erase.format("'D-0232'"))
    refused("UPDATE audit_subject SET erased_at = NULL, erased_by = '', value = 'x', salt = 'y'")
    refused("DELETE FROM audit_subject")


def test_the_models_refuse_too_before_the_database_is_asked(entry):
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        Subject.objects.first().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.update(kind="other")


def checked():
    return [message.id for message in run_checks(databases=["default"], include_deployment_checks=False)]


def test_a_guarded_database_passes_the_check():
    assert triggers.missing(connection) == set()
    assert "inkpad.E010" not in checked()


@pytest.mark.parametrize("trigger", ["audit_auditentry_no_update", "audit_subject_only_erase"])
def test_a_missing_trigger_is_an_error_until_the_next_migrate_puts_it_back(trigger):
    table = trigger.rpartition("_no_")[0] or triggers.SUBJECT
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger}" + (f" ON {table}" if ON_POSTGRESQL else ""))

    assert triggers.missing(connection) == {trigger}
    assert "inkpad.E010" in checked()

    call_command("migrate", "audit", verbosity=0)
    assert triggers.missing(connection) == set()


def test_a_guard_of_the_same_name_that_guards_nothing_is_found_and_put_right(entry):
    with connection.cursor() as cursor:
        if ON_POSTGRESQL:
            cursor.execute("DROP TRIGGER audit_auditentry_no_update ON audit_auditentry")
            cursor.execute(
                "CREATE TRIGGER audit_auditentry_no_update BEFORE UPDATE ON audit_auditentry "
                "FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_refuse()"
            )
        else:
            cursor.execute("DROP TRIGGER audit_auditentry_no_update")
            cursor.execute(
                "CREATE TRIGGER audit_auditentry_no_update BEFORE UPDATE ON audit_auditentry BEGIN SELECT 1; END"
            )

    assert triggers.missing(connection) == {"audit_auditentry_no_update"}

    triggers.install(connection)
    assert triggers.missing(connection) == set()
    refused("UPDATE audit_auditentry SET kind = 'other'")


if ON_POSTGRESQL:

    @pytest.mark.parametrize("table", [*triggers.APPEND_ONLY, triggers.SUBJECT])
    def test_no_table_of_the_log_can_be_truncated(entry, table):
        before = rows_of(table)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

        assert "append-only" in refused(f"TRUNCATE {table} CASCADE")

        assert rows_of(table) == before

    @pytest.mark.parametrize(
        "how",
        [
            "ALTER TABLE audit_auditentry DISABLE TRIGGER audit_auditentry_no_update",
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        ],
    )
    def test_guards_that_are_switched_off_are_missing(how):
        with connection.cursor() as cursor:
            cursor.execute(how)

        assert "audit_auditentry_no_update" in triggers.missing(connection)

else:

    def test_deletes_by_replacement_fire_the_guards_too():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers")
            assert cursor.fetchone() == (1,)

    def test_the_guards_survive_a_migration_that_rebuilds_the_table():
        with connection.cursor() as cursor:
            # What Django's schema editor does to alter a column: a new table takes the old one's name.
            cursor.execute("CREATE TABLE new__leaf AS SELECT * FROM audit_auditleaf")
            cursor.execute("DROP TABLE audit_auditleaf")
            cursor.execute("ALTER TABLE new__leaf RENAME TO audit_auditleaf")
        assert triggers.missing(connection) == {
            "audit_auditleaf_no_update",
            "audit_auditleaf_no_delete",
            "audit_auditleaf_no_replace",
        }

        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")

        assert triggers.missing(connection) == set()
