"""Addresses, linked ids and texts do not stay for ever: what no entry has mentioned for long is emptied.

Entries keep their commitments, so every hash and every proof stays as it was.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditMention, Subject
from dashboard.audit.record import record
from dashboard.audit.subjects import EXPIRED, SubjectKind

EXPIRING = (SubjectKind.ADDRESS, SubjectKind.LINKED_ID, SubjectKind.TEXT)
_AT_ONCE = 500


def expire_values(*, now: datetime) -> int:
    """Empties what is over and writes down how many values it were; returns their number."""
    total = 0
    while count := _expire_some(now):
        total += count
    return total


@transaction.atomic(durable=True)
def _expire_some(now: datetime) -> int:
    border = now - settings.AUDIT_VALUE_LIFETIME
    mentioned = AuditMention.objects.filter(subject=OuterRef("pk"), entry__at__gte=border)
    over = Subject.objects.filter(kind__in=EXPIRING, erased_at=None, created_at__lt=border).exclude(Exists(mentioned))
    chosen = list(over.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    # Somebody may have erased one of them meanwhile: a value is emptied once.
    count = Subject.objects.filter(pk__in=chosen, erased_at=None).update(
        value=None, salt=None, erased_at=now, erased_by=EXPIRED
    )
    if count:
        record(
            AuditKind.VALUES_EXPIRED,
            by=None,
            details={"count": count, "days": settings.AUDIT_VALUE_LIFETIME.days},
        )
    return count
