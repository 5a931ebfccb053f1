"""Asking again for what was not erased: an approval that was not used in time, or visitors that failed for good."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.deletions import clocks, laws, queries
from dashboard.deletions.actions.asking import FoundThrough, Wish, open_request
from dashboard.deletions.actions.steps import get_locked, refuse_act
from dashboard.deletions.models import DeletionRequest

if TYPE_CHECKING:
    from dashboard.accounts.models import User


@transaction.atomic(durable=True)
def ask_again(*, request_id: int, wish: Wish, by: "User", now: datetime) -> DeletionRequest:
    """Opens a new request that names this one; otherwise Refused. It is decided anew, by somebody else.

    The clock by law never stopped: receipt, its confirmation and an extension go along unless they were changed. The
    same form sent twice gives the same request.
    """
    sent_before = DeletionRequest.objects.filter(form_token=wish.form_token, requested_by=by).first()
    if sent_before is not None:
        return sent_before
    before = get_locked(request_id)
    check_may_ask_again(before, by=by)
    is_same_receipt = _minute(wish.received_at) == _minute(before.received_at)
    if is_same_receipt:
        wish = replace(wish, received_at=before.received_at, zone=before.clock_zone)
    asked = open_request(replace(wish, repeats_id=before.pk, found=_found_through(before)), by=by, now=now)
    if is_same_receipt:
        _take_the_clock_along(before, asked)
    record(
        AuditKind.DELETION_ASKED_AGAIN,
        by=by,
        target=deletion(before.pk),
        ticket=before.ticket,
        details={"other": asked.number},
        at=now,
    )
    return asked


def check_may_ask_again(before: DeletionRequest, *, by: "User") -> None:
    """Refused unless something of this request is left to ask for, nobody has asked again, and `by` may see it all."""
    act = "ask again for"
    if not queries.may_see_whole(before, by):
        sentence = _("Only who asked for %(number)s, and people who see everything in it, can ask for it again.")
        refuse_act(before, act, sentence % {"number": before.number}, "they may not see what it covers", status=403)
    newer = queries.asked_again_as(before)
    if newer is not None:
        sentence = _("%(number)s was asked for again already: %(newer)s.")
        words = {"number": before.number, "newer": newer.number}
        refuse_act(before, act, sentence % words, "it was asked for again already")
    if not queries.left_to_ask_for(before):
        sentence = _("There is nothing in %(number)s that could be asked for again.") % {"number": before.number}
        refuse_act(before, act, sentence, "nothing of it is left to ask for")


def _minute(at: datetime) -> datetime:
    """What the form shows of a moment."""
    return at.replace(second=0, microsecond=0)


def _found_through(before: DeletionRequest) -> dict[str, FoundThrough]:
    """What spoke for its visitors when a person chose them for an account."""
    return {
        row.visitor_id: FoundThrough(
            event_count=row.account_event_count, first_at=row.account_first_at, last_at=row.account_last_at
        )
        for row in before.visitors.all()
        if row.account_event_count is not None
    }


def _take_the_clock_along(before: DeletionRequest, asked: DeletionRequest) -> None:
    asked.acknowledged_at = before.acknowledged_at
    if before.extended_at is not None and asked.jurisdiction == before.jurisdiction:
        rule = laws.rule_of(asked.jurisdiction)
        asked.due_at = clocks.due_at(rule, asked.received_at, asked.zone, extended=True)
        asked.extended_at, asked.extended_by = before.extended_at, before.extended_by
        asked.extension_reason, asked.notice_sent_on = before.extension_reason, before.notice_sent_on
    asked.save(
        update_fields=[
            "acknowledged_at",
            "due_at",
            "extended_at",
            "extended_by",
            "extension_reason",
            "notice_sent_on",
        ]
    )
