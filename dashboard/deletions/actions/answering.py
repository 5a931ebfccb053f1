"""The legal clock of one request: confirming receipt, and its one extension with notice to the person."""

from datetime import date, datetime
from typing import TYPE_CHECKING, NoReturn

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.core.access import Perm
from dashboard.deletions import clocks, laws, policy
from dashboard.deletions.actions.steps import get_locked, refuse_act
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.policy import ClockObstacle
from dashboard.deletions.states import OPEN, Status

if TYPE_CHECKING:
    from dashboard.accounts.models import User


@transaction.atomic(durable=True)
def extend(*, request_id: int, reason: str, notice_sent_on: date, by: "User", now: datetime) -> None:
    """Moves the due date once, by what the rule allows, counted from receipt; otherwise Refused.

    `notice_sent_on` is the day (in the request's zone) on which the person was told; it must not be later than the
    first due date, nor in the future.
    """
    wanted = get_locked(request_id)
    rule = laws.rule_of(wanted.jurisdiction)
    obstacle = policy.obstacle_to_extending(
        may_decide=Perm.DECIDE_DELETIONS in by.perms,
        is_open=Status(wanted.status) in OPEN,
        can_be_extended=rule is not None and rule.can_be_extended,
        was_extended=wanted.extended_at is not None,
        received_on=wanted.received_at.astimezone(wanted.zone).date(),
        due_on=clocks.last_day(wanted.due_at, wanted.zone) if wanted.due_at is not None else None,
        notice_sent_on=notice_sent_on,
        today=now.astimezone(wanted.zone).date(),
    )
    if obstacle is not None:
        _refuse(wanted, "extend the time for", obstacle)
    due_at = clocks.due_at(rule, wanted.received_at, wanted.zone, extended=True)
    DeletionRequest.objects.filter(pk=wanted.pk).update(
        due_at=due_at, extended_at=now, extended_by=by, extension_reason=reason, notice_sent_on=notice_sent_on
    )
    record(
        AuditKind.DELETION_EXTENDED,
        by=by,
        target=deletion(wanted.pk),
        reason=reason,
        ticket=wanted.ticket,
        details={
            "until": clocks.last_day(due_at, wanted.zone).isoformat() if due_at else "",
            "told": notice_sent_on.isoformat(),
        },
        about=tuple(wanted.visitors.values_list("visitor_id", flat=True)),
        at=now,
    )


@transaction.atomic(durable=True)
def acknowledge(*, request_id: int, by: "User", now: datetime) -> None:
    """Writes down that the person was told their request has come in, once; otherwise Refused."""
    wanted = get_locked(request_id)
    if Perm.ASK_FOR_DELETION not in by.perms:
        _refuse(wanted, "confirm receipt of", ClockObstacle.NO_RIGHT)
    if Status(wanted.status) not in OPEN:
        _refuse(wanted, "confirm receipt of", ClockObstacle.ENDED)
    if DeletionRequest.objects.filter(pk=wanted.pk, acknowledged_at__isnull=True).update(acknowledged_at=now):
        record(AuditKind.DELETION_ACKNOWLEDGED, by=by, target=deletion(wanted.pk), ticket=wanted.ticket, at=now)


def _refuse(wanted: DeletionRequest, act: str, obstacle: ClockObstacle) -> NoReturn:
    sentence = {
        ClockObstacle.NO_RIGHT: _("You may not do this; compliance officers can."),
        ClockObstacle.ENDED: _("%(number)s has ended: no clock runs any more."),
        ClockObstacle.NO_EXTENSION: _("The law of %(number)s knows no extension."),
        ClockObstacle.EXTENDED_BEFORE: _("The time for %(number)s was extended before; the law allows it once."),
        ClockObstacle.TOO_LATE: _("The first due date of %(number)s has passed: it can no longer be extended."),
        ClockObstacle.NOTICE_OUTSIDE: _("Enter a day between receipt and today on which the person was told."),
    }[obstacle]
    because = obstacle.value[0].lower() + obstacle.value[1:]
    status = 403 if obstacle is ClockObstacle.NO_RIGHT else 409
    refuse_act(wanted, act, sentence % {"number": wanted.number}, because, status=status)
