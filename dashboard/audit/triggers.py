"""The database itself refuses to change the log, on PostgreSQL and on SQLite.

Installed after every migrate, idempotently: SQLite drops triggers when it rebuilds a table.
"""

from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

APPEND_ONLY = (
    "audit_auditentry",
    "audit_auditmention",
    "audit_auditleaf",
    "audit_audittile",
    "audit_auditcheckpoint",
    "audit_subjectabout",
)
"""Tables that know only INSERT."""
SUBJECT = "audit_subject"
"""The one table whose rows may be emptied: value and salt to NULL together, once, with who and when."""

_KEPT_COLUMNS = ("id", "handle", "kind", "key_version", "lookup", "created_at")
_EMPTIED = (
    "NEW.value IS NULL AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL AND NEW.erased_by <> '' "
    "AND OLD.erased_at IS NULL"
)
# What makes a row the same one: REPLACE INTO deletes the old row without asking SQLite's delete triggers.
_IDENTITY = {
    "audit_auditentry": (("id",),),
    "audit_auditmention": (("id",),),
    "audit_auditleaf": (("position",), ("entry_id",)),
    "audit_audittile": (("id",), ("level", "index")),
    "audit_auditcheckpoint": (("id",),),
    "audit_subjectabout": (("id",),),
    SUBJECT: (("id",), ("handle",)),
}
_REFUSE = " BEGIN RAISE EXCEPTION 'the audit log is append-only: % refuses %', TG_TABLE_NAME, lower(TG_OP); END "


class Trigger(NamedTuple):
    """One guard: its name, the table it stands on, and the statement that creates it."""

    name: str
    table: str
    statement: str


def install(connection: BaseDatabaseWrapper) -> None:
    """Creates what is missing or was altered; safe to run again and again."""
    damaged = missing(connection)
    if not damaged:
        return
    is_postgresql = connection.vendor == "postgresql"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if is_postgresql:
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSE}$$"
            )
        for trigger in _wanted(connection):
            if trigger.name in damaged:
                on_table = f" ON {trigger.table}" if is_postgresql else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on_table}")
                cursor.execute(trigger.statement)


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of triggers that are not there, switched off or of another form; empty when all stand guard."""
    wanted = _wanted(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A condition (tgqual) would let some changes through; only the guard of subjects has one.
            cursor.execute(
                "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
                "JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') "
                "AND pg_table_is_visible(pg_class.oid) AND proname = 'audit_refuse' AND prosrc = %s "
                "AND (tgqual IS NULL OR tgname = %s)",
                [_REFUSE, f"{SUBJECT}_only_erase"],
            )
            tables = dict(cursor.fetchall())
            return {trigger.name for trigger in wanted if tables.get(trigger.name) != trigger.table}
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        statements = dict(cursor.fetchall())
        return {trigger.name for trigger in wanted if statements.get(trigger.name) != trigger.statement}


def install_after_migrate(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Receiver of post_migrate."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    if {*APPEND_ONLY, SUBJECT} <= tables:
        install(connection)


def _wanted(connection: BaseDatabaseWrapper) -> list[Trigger]:
    return _postgresql() if connection.vendor == "postgresql" else _sqlite()


def _sqlite() -> list[Trigger]:
    def guard(name: str, table: str, when: str, message: str) -> Trigger:
        return Trigger(name, table, f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")

    append_only = "the audit log is append-only"
    only_erase = "a subject may only be emptied, once and for good"
    kept = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in _KEPT_COLUMNS)
    guards = [
        guard(
            f"{SUBJECT}_only_erase", SUBJECT, f"BEFORE UPDATE ON {SUBJECT} WHEN NOT ({_EMPTIED} AND {kept})", only_erase
        ),
        guard(f"{SUBJECT}_no_delete", SUBJECT, f"BEFORE DELETE ON {SUBJECT}", only_erase),
    ]
    for table in APPEND_ONLY:
        for act in ("update", "delete"):
            when = f"BEFORE {act.upper()} ON {table}"
            guards.append(guard(f"{table}_no_{act}", table, when, f"{append_only}: {table} refuses {act}"))
    for table, identities in _IDENTITY.items():
        same = " OR ".join(" AND ".join(f'"{column}" = NEW."{column}"' for column in columns) for columns in identities)
        when = f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  # our names
        guards.append(guard(f"{table}_no_replace", table, when, f"{append_only}: {table} refuses replace"))
    return guards


def _postgresql() -> list[Trigger]:
    def guard(act: str, table: str, when: str) -> Trigger:
        name = f"{table}_{act}"
        return Trigger(name, table, f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION audit_refuse()")

    guards = []
    for table in (*APPEND_ONLY, SUBJECT):
        guards.append(guard("no_truncate", table, f"TRUNCATE ON {table} FOR EACH STATEMENT"))
        guards.append(guard("no_delete", table, f"DELETE ON {table} FOR EACH ROW"))
    for table in APPEND_ONLY:
        guards.append(guard("no_update", table, f"UPDATE ON {table} FOR EACH ROW"))
    kept = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in _KEPT_COLUMNS)
    unless = f"UPDATE ON {SUBJECT} FOR EACH ROW WHEN (NOT ({_EMPTIED} AND {kept}))"
    return [*guards, guard("only_erase", SUBJECT, unless)]
