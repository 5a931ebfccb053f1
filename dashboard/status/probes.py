"""What a supervisor asks: is the process alive, and may it be given requests?"""

from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from dashboard.audit import seals, triggers
from dashboard.status import parts

OK, FAILED = "ok", "failed"


def readiness() -> tuple[str, dict[str, str]]:
    """("ready", "degraded" or "not ready", and each part as "ok" or "failed").

    Without database, guards or settings nothing can be done rightly: not ready. Without Redis or the broker pages go on
    working and jobs wait; a log that is not sealed or does not hold calls for people but stops no work: degraded,
    and still ready for requests. Nothing else is told, because anybody may ask.
    """
    checked = {"settings": _settings(), **_database(), "redis": parts.redis_answers(), "broker": parts.broker_answers()}
    answers = {name: OK if is_well else FAILED for name, is_well in checked.items()}
    if not all(checked[name] for name in ("settings", "database", "migrations", "audit_guards")):
        return "not ready", answers
    return ("ready" if all(checked.values()) else "degraded"), answers


def _settings() -> bool:
    return not settings.SETTINGS_PROBLEMS and bool(settings.FINGERPRINT_API_KEY) and bool(settings.AUDIT_LOOKUP_KEYS)


def _database() -> dict[str, bool]:
    try:
        return {
            "database": True,
            "migrations": parts.migrations_waiting() == 0,
            "audit_guards": not triggers.missing(connection),
            **_audit_log(timezone.now()),
        }
    except DatabaseError:
        names = ("database", "migrations", "audit_guards", "audit_seal", "audit_verified")
        return dict.fromkeys(names, False)


def _audit_log(now: datetime) -> dict[str, bool]:
    """Whether new entries get their seal, and whether the log held when it was last verified, not too long ago."""
    seal = seals.seal(now)
    holds = seal.verified is None or seal.verified.holds
    return {
        "audit_seal": not seal.problem and not seal.is_late,
        "audit_verified": holds and not seals.is_overdue(seal.verified, now),
    }
