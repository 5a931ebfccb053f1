"""`manage.py create_person EMAIL NAME --role …`: how the first administrator comes into being."""

import getpass
import sys
import uuid
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from dashboard.accounts import actions
from dashboard.accounts.models import User
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.core.trace import Trace, tracing


class Command(BaseCommand):
    help = (
        "Adds a person who may sign in. The password is asked for twice, or read from standard input "
        "when that is no terminal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address to sign in with")
        parser.add_argument("name", help="the name that pages and the audit log show")
        parser.add_argument(
            "--role",
            action="append",
            default=[],
            choices=[role.value for role in Role],
            help="may be given several times",
        )

    def handle(self, *args: Any, email: str, name: str, role: list[str], **options: Any) -> None:
        email, name = email.strip().lower(), " ".join(name.split())
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError("That is no e-mail address.") from None
        if not 0 < len(name) <= 100 or not name.isprintable():
            raise CommandError("The name must have 1 to 100 characters that can be seen.")
        password = _password()
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        with tracing(Trace(request_id=f"cmd_{uuid.uuid4().hex[:20]}", via="command")):
            try:
                actions.add_person(
                    email=email, name=name, roles=[Role(each) for each in role], password=password, by=None
                )
            except NotPossible as problem:
                raise CommandError(problem.sentence) from None
        roles = ", ".join(role) or "no role"
        self.stdout.write(f"{name} may sign in as {email} ({roles}).")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Once more: "):
        raise CommandError("The two passwords differ.")
    return password
