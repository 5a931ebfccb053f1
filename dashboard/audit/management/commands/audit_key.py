"""`manage.py audit_key`: shows the public half of the key that signs the audit log, makes one, or the next one."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dashboard.audit import keys
from dashboard.audit.notes import NoteError, Signer

_KEEP = """
Keep the file where the database is not, readable by the workers of the queue `clock` alone, and a copy in a safe place.
Who has it can sign for the log. If it is lost, nothing that was signed becomes worthless: the public key checks it as
before. But nothing more can be sealed until you make a new key (--make with the same name) and add its public half to
AUDIT_VERIFIER_KEYS, beside the old ones. If somebody else has it, make a new one at once with --rotate: what was signed
before is protected by the copies of the checkpoint file that you keep elsewhere.
"""


class Command(BaseCommand):
    help = (
        "Without options: the public keys by which others check the log. --make NAME makes the first key; NAME says "
        "which log it signs, for example desk.example.com/audit. --rotate makes another of the same name. Both write "
        "the key to --output, a file that must not exist."
    )
    # The settings may be incomplete as long as there is no key.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--make", metavar="NAME", default="", help="make the first key, under this name")
        act.add_argument("--rotate", action="store_true", help="make a key that follows AUDIT_SIGNING_KEY")
        parser.add_argument("--output", type=Path, metavar="FILE", help="the file to write the new key to")

    def handle(self, *args: Any, make: str, rotate: bool, output: Path | None, **options: Any) -> None:
        try:
            known = [each.text for each in keys.verifiers()]
            if not make and not rotate:
                self.stdout.write("\n".join(known) or "No key is set. Make one with: manage.py audit_key --make NAME")
                return
            made = Signer.new(make or self._name_to_follow())
        except NoteError as problem:
            raise CommandError(str(problem)) from None
        if output is None:
            raise CommandError("Name a file for the key: --output FILE")
        _write(output, made.text)
        self.stdout.write(f"Written: {output}")
        self.stdout.write("Set, where the log is sealed:")
        self.stdout.write(f"  AUDIT_SIGNING_KEY_FILE={output.absolute()}")
        self.stdout.write("Set, for every process of Inkpad, and give it to whoever checks proofs:")
        self.stdout.write(f"  AUDIT_VERIFIER_KEYS={','.join([*known, made.verifier.text])}")
        self.stdout.write(_KEEP)

    def _name_to_follow(self) -> str:
        if not settings.AUDIT_SIGNING_KEY:
            raise CommandError("There is no key to follow: AUDIT_SIGNING_KEY is not set. Use --make NAME.")
        return Signer.read(settings.AUDIT_SIGNING_KEY).name


def _write(path: Path, text: str) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        opened.write(text + "\n")
