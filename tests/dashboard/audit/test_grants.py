"""The role that Inkpad runs under on PostgreSQL: everything works, and the log cannot be changed by any means."""

import os
import textwrap
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

pytestmark = pytest.mark.process
WORK = textwrap.dedent(
    """
    from django.core.management import call_command
    from django.test import Client
    from dashboard.accounts import actions
    from dashboard.accounts.models import User
    from dashboard.audit.kinds import AuditKind
    from dashboard.audit.models import AuditEntry, Subject
    from dashboard.audit.record import event, record
    from dashboard.audit.subject_rows import erase_visitors
    from dashboard.core.access import Role

    call_command("check", "--database", "default")
    roles = [Role.ADMINISTRATOR, Role.AUDITOR]
    actions.add_person(email="maya@desk.example", name="Maya", roles=roles, password="long-enough-1", by=None)
    maya = User.objects.get()
    browser = Client()
    browser.force_login(maya)
    for path in ("/", "/people/", "/audit/", "/status/"):
        assert browser.get(path, headers={"host": "localhost"}).status_code == 200, path
    record(AuditKind.EVENT_OPENED, by=maya, target=event("e1", "v1"), reason="because")
    assert erase_visitors(["v1"], "D-0001") == 3
    print(AuditEntry.objects.count() >= 4, Subject.objects.filter(value=None).count())
    """
)
FORBIDDEN = [
    "UPDATE audit_auditentry SET kind = 'other'",
    "DELETE FROM audit_auditentry",
    "TRUNCATE audit_auditentry CASCADE",
    "UPDATE audit_auditmention SET role = 'other'",
    "DELETE FROM audit_auditmention",
    "UPDATE audit_auditleaf SET leaf_hash = ''",
    "DELETE FROM audit_auditleaf",
    "UPDATE audit_audittile SET root = ''",
    "DELETE FROM audit_audittile",
    "TRUNCATE audit_audittile",
    "UPDATE audit_auditcheckpoint SET note = ''",
    "DELETE FROM audit_auditcheckpoint",
    "TRUNCATE audit_auditcheckpoint",
    "DELETE FROM audit_subject",
    "UPDATE audit_subject SET lookup = ''",
    "UPDATE audit_subject SET handle = ''",
    "DELETE FROM audit_subjectabout",
    "TRUNCATE audit_auditwaiting",
    "UPDATE audit_auditwaiting SET entry_id = 1",
    "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_auditentry_no_update ON audit_auditentry",
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "SET session_replication_role = replica",
    "DROP TABLE audit_auditmention",
    "CREATE TABLE mine (one int)",
]


@pytest.fixture
def role(own_database):
    """A role with the rights that audit_grants prints, or None where there are no roles."""
    if own_database.kind == "sqlite":
        yield None
        return
    name = f"inkpad desk {os.getpid()}"
    with psycopg.connect(own_database.url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        try:
            owner.execute(own_database.manage("audit_grants", name))
            yield name
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def url_as(role, url):
    """The address of the database for this role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role.replace(' ', '%20')}@{host}"))


def test_a_role_with_these_grants_runs_the_desk_and_cannot_change_the_log(own_database, role):
    if role is None:
        with pytest.raises(AssertionError, match="SQLite knows no roles"):
            own_database.manage("audit_grants", "somebody")
        return
    url = url_as(role, own_database.url)
    own_database.environment["DATABASE_URL"] = url

    assert own_database.python(WORK).split()[-2:] == ["True", "3"]

    with psycopg.connect(own_database.url, autocommit=True) as owner, psycopg.connect(url, autocommit=True) as desk:
        # Even with every trigger switched off, what the role may not do is refused.
        for (table,) in owner.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'audit_%'").fetchall():
            owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(sql.Identifier(table)))
        for statement in FORBIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                desk.execute(statement)


def test_a_role_that_cannot_be_is_refused(own_database):
    with pytest.raises(AssertionError, match="SQLite knows no roles|1 to 63 characters"):
        own_database.manage("audit_grants", "x" * 64)
