"""Handing a visitor over to a colleague: made, taken, returned or closed. Each step is by the person it belongs to."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Detail, record
from dashboard.audit.record import visitor as visitor_target
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Perm
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind
from dashboard.visitors.models import HandOver, as_bytes

State = HandOver.State


def hand_over(*, visitor_id: str, to: User, text: str, ticket: str = "", by: User, now: datetime) -> HandOver:
    """Ask `to` to look after this visitor. Whoever has it now may pass it on; nobody else may while it is open."""
    if to == by:
        raise _refused(_("Choose somebody else: this would stay with you."), visitor_id, "hand over", "to themselves")
    if Perm.VIEW_EVENTS not in to.perms:
        sentence = _("%(name)s may not open visitors. Choose somebody else.") % {"name": to.name}
        raise _refused(sentence, visitor_id, "hand over", "the other person may not open visitors")
    try:
        return _make(visitor_id, to, text, ticket, by, now)
    except IntegrityError:
        # Two people at the same instant: the other one has it.
        raise _refused(
            _("Somebody handed this visitor over a moment ago. Look at it again."), visitor_id, "hand over", "too late"
        ) from None


@transaction.atomic(durable=True)
def _make(visitor_id: str, to: User, text: str, ticket: str, by: User, now: datetime) -> HandOver:
    before = HandOver.objects.open().filter(visitor_id=visitor_id).select_related("given_to").first()
    if before is not None:
        if before.given_to != by and Perm.VIEW_EVENTS in before.given_to.perms:
            sentence = _("%(name)s has this visitor. Ask for it to be returned or passed on.")
            raise _refused(sentence % {"name": before.given_to.name}, visitor_id, "hand over", "somebody else has it")
        _end(before, State.CLOSED, "", by, now)
    made = HandOver.objects.create(
        visitor_id=visitor_id, sent_by=by, given_to=to, words=as_bytes(text), ticket=ticket, created_at=now
    )
    record(
        AuditKind.HANDED_OVER,
        by=by,
        target=visitor_target(visitor_id),
        ticket=ticket,
        details={"hand_over": made.pk},
        personal={"to": Personal(SubjectKind.STAFF, to.name), "text": _about(made, text)},
        at=now,
    )
    _tell(NoticeKind.VISITOR_HANDED_OVER, made, to, by, now)
    return made


@transaction.atomic(durable=True)
def take(*, found: HandOver, by: User, now: datetime) -> None:
    """WAITING → TAKEN, by the person it was given to."""
    _refuse_unless(found.given_to == by, found, "take over")
    waiting = HandOver.objects.filter(pk=found.pk, state=State.WAITING)
    if waiting.update(state=State.TAKEN, taken_at=now) != 1:
        raise _too_late(found, "take over")
    record(
        AuditKind.HAND_OVER_TAKEN,
        by=by,
        target=visitor_target(found.visitor_id),
        ticket=found.ticket,
        details=_number(found),
        at=now,
    )


@transaction.atomic(durable=True)
def give_back(*, found: HandOver, text: str, by: User, now: datetime) -> None:
    """WAITING or TAKEN → RETURNED, by the person it was given to, who says why."""
    _refuse_unless(found.given_to == by, found, "return")
    _end(found, State.RETURNED, text, by, now)
    record(
        AuditKind.HAND_OVER_RETURNED,
        by=by,
        target=visitor_target(found.visitor_id),
        ticket=found.ticket,
        details=_number(found),
        personal={"to": Personal(SubjectKind.STAFF, found.sent_by.name), "text": _about(found, text)},
        at=now,
    )
    _tell(NoticeKind.HAND_OVER_RETURNED, found, found.sent_by, by, now)


@transaction.atomic(durable=True)
def close(*, found: HandOver, text: str = "", by: User, now: datetime) -> None:
    """WAITING or TAKEN → CLOSED, by whoever has it or whoever handed it over."""
    _refuse_unless(by in (found.given_to, found.sent_by), found, "close")
    _end(found, State.CLOSED, text, by, now)
    record(
        AuditKind.HAND_OVER_CLOSED,
        by=by,
        target=visitor_target(found.visitor_id),
        ticket=found.ticket,
        details=_number(found),
        personal={"text": _about(found, text)} if text else {},
        at=now,
    )
    other = found.sent_by if by == found.given_to else found.given_to
    _tell(NoticeKind.HAND_OVER_CLOSED, found, other, by, now)


def note_opening(found: HandOver, *, by: User, now: datetime) -> None:
    """Write down that somebody read what was handed over."""
    if found.visitor_id:
        record(
            AuditKind.HAND_OVER_OPENED,
            by=by,
            target=visitor_target(found.visitor_id),
            details=_number(found),
            at=now,
        )


def _tell(kind: NoticeKind, found: HandOver, to: User, by: User, now: datetime) -> None:
    notify(kind=kind, to=[to], url=reverse("visitors:handed_over", args=[found.pk]), by=by, now=now)


def _end(found: HandOver, state: State, text: str, by: User, now: datetime) -> None:
    ended = HandOver.objects.open().filter(pk=found.pk)
    if ended.update(state=state, answer_words=as_bytes(text), ended_at=now, ended_by=by) != 1:
        raise _too_late(found, "return" if state == State.RETURNED else "close")


def _refuse_unless(allowed: bool, found: HandOver, act: str) -> None:
    if not allowed:
        sentence = _("This is between %(sender)s and %(taker)s.") % {
            "sender": found.sent_by.name,
            "taker": found.given_to.name,
        }
        raise _refused(sentence, found.visitor_id, act, "it is somebody else's", status=403)


def _too_late(found: HandOver, act: str) -> Refused:
    return _refused(_("That was done meanwhile. Look at it again."), found.visitor_id, act, "it is not open any more")


def _refused(sentence: str, visitor_id: str, act: str, because: str, *, status: int = 409) -> Refused:
    return Refused(
        sentence,
        kind=AuditKind.HAND_OVER_REFUSED,
        target=visitor_target(visitor_id) if visitor_id else None,
        details={"act": act, "because": because},
        status=status,
    )


def _number(found: HandOver) -> dict[str, Detail]:
    return {"hand_over": found.pk}


def _about(found: HandOver, text: str) -> Personal:
    return Personal(SubjectKind.TEXT, text, (found.visitor_id,))
