"""How many deletions Fingerprint still takes, counted from our own calls: each is a row before it is sent."""

from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Q

from dashboard.deletions import policy
from dashboard.deletions.models import Attempt
from dashboard.deletions.policy import CallOutcome, Limits

_LOCK = 0x1A4B_AD01  # a number that nothing else in this database locks


def limits() -> Limits:
    """The quota of the configured workspace."""
    return Limits(per_hour=settings.DELETE_QUOTA_PER_HOUR, per_day=settings.DELETE_QUOTA_PER_DAY)


def recent_calls(now: datetime) -> list[policy.Call]:
    """Every call of ours that may still count against a rolling day, answered or not. Those never sent do not count."""
    since = now - policy.DAY - policy.LOST_ANSWER_WAIT - 2 * policy.TICK
    rows = Attempt.objects.filter(Q(sent_at__gt=since) | Q(answered_at__gt=since)).exclude(outcome=CallOutcome.NOT_SENT)
    return [policy.Call(*row) for row in rows.values_list("sent_at", "answered_at", "queue_rests_until")]


def may_send_at(now: datetime) -> datetime | None:
    """The first instant from `now` on at which one more call may be sent; None when the limits allow none ever."""
    return policy.may_send_at(recent_calls(now), limits(), now)


def lock() -> None:
    """Until the transaction ends nobody else counts or sends. On SQLite the IMMEDIATE transaction is the lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
