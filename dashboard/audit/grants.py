"""What a PostgreSQL role needs to run Inkpad, and no more: it may add to the log and never change it.

Triggers refuse changes too, but who owns the tables can switch triggers off. A role that owns nothing cannot.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from dashboard.audit import triggers
from dashboard.audit.models import AuditWaiting

ERASED_COLUMNS = ("value", "salt", "erased_at", "erased_by")
"""What erasing a person changes in a subject."""


def statements(connection: BaseDatabaseWrapper, role: str) -> list[str]:
    """The SQL that gives `role` exactly the rights Inkpad needs on the tables that exist; run it as their owner."""
    grantee = _quoted(role)
    made = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {grantee}",
        f"REVOKE ALL ON SCHEMA public FROM {grantee}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {_quoted(str(connection.settings_dict['NAME']))} TO {grantee}",
        f"GRANT USAGE ON SCHEMA public TO {grantee}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {grantee}",
    ]
    for table in sorted(connection.introspection.table_names()):
        made.append(f"GRANT {_rights(table)} ON TABLE {_quoted(table)} TO {grantee}")
    return made


def _rights(table: str) -> str:
    if table in triggers.APPEND_ONLY:
        return "SELECT, INSERT"
    if table == triggers.SUBJECT:
        return f"SELECT, INSERT, UPDATE ({', '.join(ERASED_COLUMNS)})"
    if table == AuditWaiting._meta.db_table:
        return "SELECT, INSERT, DELETE"
    if table == "django_migrations":
        return "SELECT"
    return "SELECT, INSERT, UPDATE, DELETE"


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)
