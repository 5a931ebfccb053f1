"""Legal holds: placing one, looking at it again, lifting it. While one stands nothing it concerns is sent."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NoReturn

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Target, deletion, record
from dashboard.audit.record import hold as hold_target
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.deletions import telling
from dashboard.deletions.holds import holding
from dashboard.deletions.models import DeletionRequest, DeletionVisitor, LegalHold
from dashboard.deletions.sending import quota
from dashboard.deletions.states import OPEN, Status

if TYPE_CHECKING:
    from dashboard.accounts.models import User


@dataclass(frozen=True, kw_only=True)
class HoldWish:
    """What is to be held: exactly one of a visitor, a linked id and a request's number."""

    visitor_id: str = ""
    linked_id: str = ""
    request_id: int | None = None
    reason: str
    case: str
    review_on: date
    form_token: str


@transaction.atomic(durable=True)
def place_hold(*, wish: HoldWish, by: "User", now: datetime) -> LegalHold:
    """From here on nothing is sent for what is held; what Fingerprint has accepted already cannot be taken back.

    The same form sent twice gives the same hold. Refused without the right.
    """
    sent_before = LegalHold.objects.filter(form_token=wish.form_token, placed_by=by).first()
    if sent_before is not None:
        return sent_before
    _check_right(by)
    # The executor sends under this lock: it has seen the hold, or it has sent before the hold was there.
    quota.lock()
    request = _get_request(wish.request_id)
    kinds = LegalHold.Kind
    placed = LegalHold.objects.create(
        kind=kinds.REQUEST if request else kinds.VISITOR if wish.visitor_id else kinds.LINKED_ID,
        visitor_id=wish.visitor_id,
        linked_id_bytes=wish.linked_id.encode("utf-8", "surrogatepass"),
        request=request,
        reason=wish.reason,
        case=wish.case,
        review_on=wish.review_on,
        form_token=wish.form_token,
        placed_by=by,
        placed_at=now,
    )
    concerned = holding.visitors_under(placed)
    holding.mark_held(concerned)
    named = DeletionRequest.objects.filter(visitors__visitor_id__in=concerned, status__in=OPEN).distinct()
    telling.tell_of_hold(placed, list(named.select_related("requested_by").order_by("pk")), now=now)
    telling.tell_followers_of_hold(placed, {*concerned, wish.visitor_id}, by=by, now=now)
    record(
        AuditKind.HOLD_PLACED,
        by=by,
        target=deletion(request.pk) if request else hold_target(placed.pk),
        reason=wish.reason,
        ticket=wish.case,
        details={
            "hold": placed.number,
            "review": wish.review_on.isoformat(),
            **({"held": request.number} if request else {}),
        },
        personal=_held(placed),
        about=_about(placed),
        at=now,
    )
    return placed


@transaction.atomic(durable=True)
def review_hold(*, hold_id: int, review_on: date, reason: str, by: "User", now: datetime) -> LegalHold:
    """It still stands: somebody looked at it again and set the next day for looking. Refused without the right."""
    held = _get_standing(hold_id, by)
    LegalHold.objects.filter(pk=held.pk).update(review_on=review_on, review_told_at=None)
    record(
        AuditKind.HOLD_REVIEWED,
        by=by,
        target=_target(held),
        reason=reason,
        ticket=held.case,
        details={"hold": held.number, "review": review_on.isoformat()},
        about=_about(held),
        at=now,
    )
    return held


@transaction.atomic(durable=True)
def lift_hold(*, hold_id: int, reason: str, by: "User", now: datetime) -> LegalHold:
    """What it held goes on within seconds as it was approved, unless another hold stands on it; else Refused."""
    held = _get_standing(hold_id, by)
    LegalHold.objects.filter(pk=held.pk).update(lifted_by=by, lifted_at=now, lift_reason=reason)
    record(
        AuditKind.HOLD_LIFTED,
        by=by,
        target=_target(held),
        reason=reason,
        ticket=held.case,
        details={"hold": held.number},
        about=_about(held),
        at=now,
    )
    return held


def _check_right(by: "User") -> None:
    if Perm.HOLD_DELETIONS not in by.perms:
        _refuse(_("Only compliance officers place and lift legal holds."), "no right to hold", status=403)


def _get_request(request_id: int | None) -> DeletionRequest | None:
    if request_id is None:
        return None
    request = DeletionRequest.objects.filter(pk=request_id).first()
    if request is None or Status(request.status) not in OPEN:
        raise NotPossible(_("There is no open deletion request of this number to hold."))
    return request


def _get_standing(hold_id: int, by: "User") -> LegalHold:
    _check_right(by)
    held = LegalHold.objects.select_for_update().filter(pk=hold_id).first()
    if held is None:
        raise NotPossible(_("There is no such legal hold."), status=404)
    if not held.stands:
        _refuse(_("%(number)s was lifted before.") % {"number": held.number}, "it was lifted before")
    return held


def _refuse(sentence: str, because: str, *, status: int = 409) -> NoReturn:
    raise Refused(sentence, kind=AuditKind.HOLD_REFUSED, details={"because": because}, status=status)


def _target(held: LegalHold) -> Target:
    return deletion(held.request_id) if held.request_id else hold_target(held.pk)


def _held(held: LegalHold) -> dict[str, Personal]:
    """How the entry names what is held; a request names itself by its number."""
    if held.kind == LegalHold.Kind.VISITOR:
        return {"held": Personal(SubjectKind.VISITOR, held.visitor_id)}
    if held.kind == LegalHold.Kind.LINKED_ID:
        return {"held": Personal(SubjectKind.LINKED_ID, held.linked_id, _about(held))}
    return {}


def _about(held: LegalHold) -> tuple[str, ...]:
    """The visitors whose erasure takes the reason along."""
    if held.kind == LegalHold.Kind.VISITOR:
        return (held.visitor_id,)
    rows = DeletionVisitor.objects.exclude(visitor_id="")
    if held.kind == LegalHold.Kind.REQUEST:
        rows = rows.filter(request=held.request_id)
    else:
        rows = rows.filter(request__linked_ids__value_bytes=held.linked_id_bytes)
    return tuple(rows.values_list("visitor_id", flat=True).distinct())
