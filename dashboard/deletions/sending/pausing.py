"""Stopping everything: while deletions are paused nothing is sent to Fingerprint. Clocks by law run on."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.audit.refusals import Refused
from dashboard.core.access import Perm
from dashboard.core.work import wake
from dashboard.deletions.models import Pause
from dashboard.deletions.sending import quota

if TYPE_CHECKING:
    from dashboard.accounts.models import User


def current() -> Pause | None:
    """The pause that stands now, or None. Only under the quota's lock does it still stand a moment later."""
    return Pause.objects.filter(is_on=True).select_related("paused_by").first()


def may_send_at(now: datetime) -> datetime | None:
    """The first instant from `now` on at which one more deletion may be sent; None while paused, or never."""
    return None if current() is not None else quota.may_send_at(now)


@transaction.atomic(durable=True)
def pause(*, by: "User", reason: str, now: datetime) -> None:
    """Nothing is sent from here on; calls on their way come to their end. Refused when it is paused already."""
    _check_right(by, act="pause")
    # Whoever is about to note a call holds this lock: it is noted before the pause, or not at all.
    quota.lock()
    if (standing := current()) is not None:
        raise Refused(
            _("Deletions are paused already, by %(name)s.") % {"name": standing.paused_by.name},
            kind=AuditKind.DELETIONS_PAUSE_REFUSED,
            details={"act": "pause", "because": "they were paused already"},
            reason=reason,
        )
    Pause.objects.create(paused_by=by, paused_at=now, reason=reason)
    record(AuditKind.DELETIONS_PAUSED, by=by, reason=reason, at=now)


@transaction.atomic(durable=True)
def resume(*, by: "User", reason: str, now: datetime) -> None:
    """Deletions go on where they stopped, within the quota. Refused when they are not paused."""
    _check_right(by, act="resume")
    quota.lock()
    if Pause.objects.filter(is_on=True).update(is_on=False, resumed_by=by, resumed_at=now) != 1:
        raise Refused(
            _("Deletions are not paused; nothing had to be done."),
            kind=AuditKind.DELETIONS_PAUSE_REFUSED,
            details={"act": "resume", "because": "they were not paused"},
            reason=reason,
        )
    record(AuditKind.DELETIONS_RESUMED, by=by, reason=reason, at=now)
    from dashboard.deletions import tasks

    wake(tasks.execute_due)


def _check_right(by: "User", *, act: str) -> None:
    if Perm.DECIDE_DELETIONS not in by.perms:
        raise Refused(
            _("Only people who may approve deletions can pause them."),
            kind=AuditKind.DELETIONS_PAUSE_REFUSED,
            details={"act": act, "because": "no right to"},
            status=403,
        )
