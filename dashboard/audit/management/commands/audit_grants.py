"""`manage.py audit_grants ROLE`: the SQL for a PostgreSQL role that can run Inkpad but not change its log."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from dashboard.audit import grants


class Command(BaseCommand):
    help = (
        "Prints the SQL that gives a PostgreSQL role all that Inkpad needs, without UPDATE, DELETE and TRUNCATE on the "
        "audit log. Run it as the owner of the tables, and again after each migrate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="the role that Inkpad signs in with; it must exist and own nothing")

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("SQLite knows no roles: whoever can write the file can change it. Use PostgreSQL.")
        if not role.isprintable() or not 0 < len(role) < 64:
            raise CommandError("A role's name has 1 to 63 characters that can be seen.")
        self.stdout.write("BEGIN;")
        for statement in grants.statements(connection, role):
            self.stdout.write(f"{statement};")
        self.stdout.write("COMMIT;")
