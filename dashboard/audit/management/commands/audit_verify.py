"""`manage.py audit_verify`: is the audit log whole and unchanged? Exit 0: everything holds; 1: something does not."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboard.audit import duties
from dashboard.core.trace import of_command, tracing


class Command(BaseCommand):
    help = (
        "Reads every stored byte of the audit log again: entries, columns, commitments, places, tree, signatures, "
        "checkpoints and triggers. Names the first bad entry, or what is missing, and exits with 1 when anything does "
        "not hold. The result becomes an entry."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoints",
            type=Path,
            metavar="FILE",
            help="a checkpoint file kept elsewhere; AUDIT_CHECKPOINT_FILE when left out",
        )
        parser.add_argument("--processes", type=int, default=1, help="how many processes share the work (1)")

    def handle(self, *args: Any, checkpoints: Path | None, processes: int, **options: Any) -> None:
        with tracing(of_command()):
            result = duties.verify_now(now=timezone.now(), checkpoints=checkpoints, processes=processes)
        for finding in result.findings.first:
            self.stdout.write(finding.sentence)
        if (more := result.findings.count - len(result.findings.first)) > 0:
            self.stdout.write(f"… and {more} more")
        verdict = "Everything holds" if result.holds else f"Does NOT hold: {result.findings.count} problems"
        self.stdout.write(
            f"{verdict}. {result.size} sealed entries, {result.checkpoint_count} checkpoints, "
            f"read in {result.seconds:.1f} s."
        )
        if not result.holds:
            sys.exit(1)
