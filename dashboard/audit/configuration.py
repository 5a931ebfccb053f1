"""How Inkpad is configured, as an entry of the log: written when a process starts and finds it changed."""

import json
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from dashboard.audit import keys
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditDuty, AuditEntry
from dashboard.audit.record import record
from dashboard.audit.subjects import SubjectKind, lookup_of

log = structlog.get_logger("inkpad.audit")

NAMES = (
    "DEBUG",
    "BEHIND_TLS",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "FINGERPRINT_REGION",
    "FINGERPRINT_API_VERSION",
    "FINGERPRINT_BASE_URL",
    "FINGERPRINT_ENVIRONMENT",
    "FINGERPRINT_RETENTION_DAYS",
    "FINGERPRINT_RATE_PER_SECOND",
    "FINGERPRINT_BURST",
    "SNAPSHOT_LIFETIME",
    "DELETE_QUOTA_PER_HOUR",
    "DELETE_QUOTA_PER_DAY",
    "DELETION_COOLING_OFF",
    "DELETION_APPROVAL_LIFETIME",
    "FRESH_SIGN_IN",
    "AUDIT_VERIFY_EVERY",
    "AUDIT_VALUE_LIFETIME",
)
"""Settings that are told with their value; what opens something is told by a keyed hash, or not at all."""


def note_at_start() -> None:
    """Writes the configuration down when it changed; a database that cannot be written is told and stops nothing."""
    try:
        note()
    except DatabaseError as problem:
        log.warning("the configuration could not be written down", error=type(problem).__name__)


@transaction.atomic
def note() -> AuditEntry | None:
    """The entry that says how this process is configured; None when the newest one says the same."""
    # Several processes start together: one looks and writes, the others wait and then find it written.
    AuditDuty.objects.select_for_update().filter(name=AuditDuty.Name.VERIFY).first()
    now, before = _lines(), _newest()
    if now == before:
        return None
    changed = sorted({line.partition(" ")[0] for line in {*now} ^ {*(before or now)}})
    words = ", ".join(changed) or "everything, seen for the first time"
    return record(AuditKind.CONFIGURATION_SEEN, by=None, details={"changed": words, "settings": now})


def _lines() -> list[str]:
    lines = [f"{name} {_words(getattr(settings, name))}" for name in NAMES]
    lines.append(f"FINGERPRINT_API_KEY {_keyed(settings.FINGERPRINT_API_KEY)}")
    lines.append(f"AUDIT_LOOKUP_KEYS {_words([*settings.AUDIT_LOOKUP_KEYS])}")
    verifiers = [] if keys.problems() else [each.id for each in keys.verifiers()]
    lines.append(f"AUDIT_VERIFIER_KEYS {_words(verifiers)}")
    return lines


def _newest() -> list[str] | None:
    entry = AuditEntry.objects.filter(kind=AuditKind.CONFIGURATION_SEEN.code).order_by("-pk").first()
    if entry is None:
        return None
    details = json.loads(bytes(entry.body))["details"]
    return [str(line) for line in details["settings"]]


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_words(each) for each in value) or "none"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.0f} s"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if value not in ("", None) else "none"


def _keyed(secret: str) -> str:
    """Enough to see that a secret is another one, and nothing to find it by."""
    if not secret or not settings.AUDIT_LOOKUP_KEYS:
        return "none"
    version, lookup = lookup_of(SubjectKind.TEXT, secret.encode())
    return f"{version}:{lookup[:16]}"
