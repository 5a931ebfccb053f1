"""What is done for the log by the clock: sealing it every second or so, verifying it as often as the setting says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection, transaction

from dashboard.audit import checkpoint_file, keys, sealing
from dashboard.audit.checkpoint_file import CheckpointFileError
from dashboard.audit.findings import Findings
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditDuty
from dashboard.audit.notes import NoteError, Verifier
from dashboard.audit.record import Outcome, record
from dashboard.audit.sealing import CannotSeal
from dashboard.audit.verifying import Verification, verify

log = structlog.get_logger("inkpad.audit")

Alarm = Callable[[int, datetime], None]
_alarms: list[Alarm] = []
_LONGEST_VERIFICATION = timedelta(hours=6)
"""After so long without an end, a verification is taken for dead."""


def register_alarm(alarm: Alarm) -> None:
    """Adds what is called with the number of problems when the log does not hold; features do so in AppConfig.ready."""
    _alarms.append(alarm)


def seal_and_tell(*, now: datetime) -> None:
    """Seals, and keeps for the pages why it could not be done; raises nothing, because the next run tries again."""
    problem = ""
    try:
        sealing.seal(now=now)
    except CannotSeal as reason:
        problem = str(reason)
    told = AuditDuty.objects.filter(name=AuditDuty.Name.SEAL).exclude(problem=problem).update(problem=problem)
    if told and problem:
        log.error("the audit log is not being sealed", problem=problem)


def verify_when_due(*, now: datetime) -> None:
    """Verifies the log when it is time or somebody asked for it, unless somebody is at it."""
    row = AuditDuty.objects.filter(name=AuditDuty.Name.VERIFY).claim_next(now=now, lease=_LONGEST_VERIFICATION)
    if row is None:
        return
    try:
        verify_now(now=now)
        keep_statistics()
    finally:
        row.settle(next_attempt_at=now + settings.AUDIT_VERIFY_EVERY)


def keep_statistics() -> None:
    """Lets SQLite look at what its tables hold, by which it chooses among indexes; PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")


def verify_now(*, now: datetime, checkpoints: Path | None = None, processes: int = 1) -> Verification:
    """Verifies the whole log, against the checkpoint file that is named or the one of the settings.

    The result is an entry of the log and lines in the log stream; one that does not hold is an error there.
    """
    path = checkpoints or _own_file()
    findings = Findings()
    result = verify(verifiers=_verifiers(findings), notes=_notes(path, findings), now=now, processes=processes)
    result.findings.take(findings)
    with transaction.atomic():
        record(
            AuditKind.AUDIT_VERIFIED,
            by=None,
            outcome=Outcome.DONE if result.holds else Outcome.FAILED,
            details={
                "size": result.size,
                "checkpoints": result.checkpoint_count,
                "with_file": path is not None,
                "result": result.sentence,
                "problems": result.findings.count,
                "first": [finding.sentence for finding in result.findings.first],
            },
        )
        if not result.holds:
            for alarm in _alarms:
                alarm(result.findings.count, now)
    for finding in result.findings.first:
        log.critical("the audit log does not hold", finding=finding.sentence)
    return result


def _own_file() -> Path | None:
    return Path(settings.AUDIT_CHECKPOINT_FILE) if settings.AUDIT_CHECKPOINT_FILE else None


def _verifiers(findings: Findings) -> list[Verifier]:
    try:
        return keys.verifiers()
    except NoteError as problem:
        findings.add(f"A key of the settings cannot be used: {problem}", -1)
        return []


def _notes(path: Path | None, findings: Findings) -> list[str] | None:
    if path is None:
        return None
    if path == _own_file() and not path.exists():
        return []  # made with the first checkpoint; when that should lie there, the verification misses it
    try:
        return checkpoint_file.read(path)
    except CheckpointFileError as problem:
        findings.add(str(problem), -1)
        return None
