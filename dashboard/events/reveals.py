"""Seeing one hidden value, for a reason: written down first, shown in one answer, hidden again with the next.

If the entry cannot be written nothing is shown. A search by a whole address or linked id by somebody who may not see
them tells as much as a reveal does, and counts as one.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.record import Outcome, record
from dashboard.audit.record import event as event_target
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Perm
from dashboard.core.times import thousands
from dashboard.events import masking
from dashboard.events.masking import Lens
from fingerprint_integration.domain import Event, EventQuery
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

FIELDS: Final = {
    "linked_id": gettext_lazy("the linked id"),
    "ip_address": gettext_lazy("the address"),
    "url": gettext_lazy("the page"),
    "client_referrer": gettext_lazy("the referrer"),
    "tags": gettext_lazy("the tags"),
    "ip_v4": gettext_lazy("the IPv4 network and place"),
    "ip_v6": gettext_lazy("the IPv6 network and place"),
    "ip_location": gettext_lazy("the location of the address"),
    "proximity": gettext_lazy("the proximity zone"),
}
"""What can be revealed: every field of an event that the catalogue calls personal, and how a sentence names it."""

_HOUR = timedelta(hours=1)
_COUNTED = (AuditKind.FIELD_REVEALED, AuditKind.SEARCHED_BY_VALUE)


def reveal(
    *, event_id: str, field: str, reason: str, ticket: str, by: User, now: datetime
) -> tuple[Event | FingerprintError, Lens]:
    """One event, read as it is now, and the lens that shows this field of it to `by` in the answer to this request.

    The entry is committed before anything is returned. Refused beyond settings.REVEALS_PER_HOUR. Without an answer of
    Fingerprint there is its error and nothing revealed. KeyError for a field that cannot be revealed.
    """
    words = str(FIELDS[field])
    _check_limit(by, event_id, now)
    try:
        event = reads.get_event(event_id)
    except FingerprintError as problem:
        record(
            AuditKind.EVENT_NOT_OPENED,
            by=by,
            target=event_target(event_id),
            outcome=Outcome.FAILED,
            reason=reason,
            ticket=ticket,
            details={"error": problem.user_message, "code": problem.code},
            at=now,
        )
        return problem, Lens.of(by)
    record(
        AuditKind.FIELD_REVEALED,
        by=by,
        target=event_target(event_id, event.visitor_id),
        reason=reason,
        ticket=ticket,
        details={"field": words},
        personal=_seen(event, field),
        at=now,
    )
    return event, Lens(sees_personal=Perm.VIEW_PERSONAL in by.perms, revealed=frozenset({field}))


def note_search(query: EventQuery, *, by: User, now: datetime) -> None:
    """Writes down, in the transaction of a search, that it asks by a value that `by` may not see; Refused beyond the
    limit."""
    asked = [name for name in ("linked_id", "ip_address") if getattr(query, name)]
    if not asked or Perm.VIEW_PERSONAL in by.perms:
        return
    _check_limit(by, "", now)
    record(AuditKind.SEARCHED_BY_VALUE, by=by, details={"fields": [str(FIELDS[name]) for name in asked]}, at=now)


def _check_limit(by: User, event_id: str, now: datetime) -> None:
    codes = [kind.code for kind in _COUNTED]
    done = AuditEntry.objects.filter(actor_id=by.pk, kind__in=codes, outcome=Outcome.DONE, at__gt=now - _HOUR)
    limit = settings.REVEALS_PER_HOUR
    if done.count() >= limit:
        raise Refused(
            _("You revealed %(n)s values within the last hour, the limit. Wait, or ask a colleague who sees them.")
            % {"n": thousands(limit)},
            kind=AuditKind.REVEAL_REFUSED,
            target=event_target(event_id) if event_id else None,
            details={"limit": limit},
            status=429,
        )


def _seen(event: Event, field: str) -> dict[str, Personal]:
    """The value itself, kept so that the log can be asked who saw it; erased with its visitor."""
    about = (event.visitor_id,) if event.visitor_id else ()
    if field == "linked_id" and event.linked_id:
        return {"value": Personal(SubjectKind.LINKED_ID, event.linked_id, about)}
    address = masking.address_of(event)
    if field == "ip_address" and address:
        return {"value": Personal(SubjectKind.ADDRESS, address, about)}
    return {}
