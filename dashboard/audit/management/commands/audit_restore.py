"""`manage.py audit_restore`: after a restore from a copy, declares what is lost and lets the log go on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.audit import checkpoint_file, restoring
from dashboard.audit.checkpoint_file import CheckpointFileError
from dashboard.audit.notes import NoteError
from dashboard.audit.restoring import CannotRestore
from dashboard.core.trace import of_command, tracing

_THEN = """
A copy also brings back people who were erased after it was made. Look in the log stream for `deletion.erased_here`
since the time of the copy's newest entry, and repeat each of those deletions: ask for them again on their page.
"""


class Command(BaseCommand):
    help = (
        "Run this once after the database was restored from an older copy, before the workers start. It verifies the "
        "copy, writes an entry that names what the checkpoint file knows and the copy lacks, and seals it under a new "
        "name of the log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoints", type=Path, metavar="FILE", help="the checkpoint file; AUDIT_CHECKPOINT_FILE when left out"
        )

    def handle(self, *args: Any, checkpoints: Path | None, **options: Any) -> None:
        path = checkpoints or (Path(settings.AUDIT_CHECKPOINT_FILE) if settings.AUDIT_CHECKPOINT_FILE else None)
        if path is None:
            raise CommandError("Name the checkpoint file: --checkpoints FILE. Without it nobody knows what is lost.")
        try:
            with tracing(of_command()):
                restored = restoring.declare(notes=checkpoint_file.read(path), now=timezone.now())
        except (CannotRestore, CheckpointFileError, NoteError) as problem:
            raise CommandError(str(problem)) from None
        if restored is None:
            self.stdout.write("The database has everything that the file speaks of. Nothing is to be declared.")
            return
        self.stdout.write(f"Declared: the log was restored with {restored.size} entries.")
        for each in restored.lost:
            self.stdout.write(f"  lost: entries {restored.size + 1} to {each.size} of {each.origin}")
        self.stdout.write(f"It goes on as {restored.new_origin}.")
        self.stdout.write(_THEN)
