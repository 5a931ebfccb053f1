"""`manage.py audit_prove NUMBER`: a proof that an entry stands in the log, for somebody outside."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.audit.kinds import AuditKind
from dashboard.audit.proofs import NoProof, opening_of, proof_of
from dashboard.audit.record import entry, record
from dashboard.core.trace import of_command, tracing


class Command(BaseCommand):
    help = (
        "Writes a proof of one entry that dashboard/audit/check_proof.py checks anywhere. The proof holds no personal "
        "values; --reveal puts those that are named into a second file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="the entry's number")
        parser.add_argument("--output", type=Path, help="the file to write; standard output when left out")
        parser.add_argument(
            "--reveal", action="append", default=[], metavar="NAME", help="a personal value to open, such as reason"
        )
        parser.add_argument("--opening", type=Path, help="the file for what --reveal opens")

    def handle(
        self, *args: Any, number: int, output: Path | None, reveal: list[str], opening: Path | None, **options: Any
    ) -> None:
        if bool(reveal) != bool(opening):
            raise CommandError("--reveal and --opening belong together: what to open, and the file to write it to.")
        try:
            proof = proof_of(number)
            opened = opening_of(number, reveal)
        except NoProof as problem:
            raise CommandError(str(problem)) from None
        with tracing(of_command()), transaction.atomic():
            record(
                AuditKind.AUDIT_PROVED,
                by=None,
                target=entry(number),
                details={"opened": ", ".join(reveal) or "nothing"},
            )
            _write(output, proof, self.stdout.write)
            if opening is not None:
                _write(opening, opened, self.stdout.write)


def _write(path: Path | None, text: str, say: Any) -> None:
    if path is None:
        say(text, ending="")
        return
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    say(f"Written: {path}")
