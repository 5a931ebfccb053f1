"""Changing what a request would erase. An approval was for the scope as it was, so it becomes void."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.deletions import clocks, laws, policy, telling
from dashboard.deletions.actions.asking import FoundThrough, mentions, new_row, store_linked_ids
from dashboard.deletions.actions.steps import get_locked, refuse_act
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.sending import joining, voiding
from dashboard.deletions.states import Status, check_request_move

if TYPE_CHECKING:
    from dashboard.accounts.models import User

_CHANGEABLE = (Status.DRAFT, Status.REQUESTED, Status.APPROVED)


@dataclass(frozen=True, kw_only=True)
class NewScope:
    """What a request is to cover from now on, in whole. `found` says what spoke for visitors chosen for an account."""

    visitor_ids: tuple[str, ...]
    linked_ids: tuple[str, ...]
    jurisdiction: str
    legal_basis: str
    found: Mapping[str, FoundThrough] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        return policy.scope_hash(
            visitor_ids=self.visitor_ids,
            linked_ids=self.linked_ids,
            jurisdiction=self.jurisdiction,
            legal_basis=self.legal_basis,
        )


@transaction.atomic(durable=True)
def change_scope(
    *, request_id: int, scope_hash: str, scope: NewScope, reason: str, by: "User", now: datetime
) -> DeletionRequest:
    """Only who asked, only before it runs, and only from the scope that was on the page (`scope_hash`); else Refused.

    A draft becomes a request that waits for approval; an approval becomes void. An unchanged scope changes nothing.
    """
    wanted = get_locked(request_id)
    check_may_change(wanted, by=by)
    if wanted.current_scope() != scope_hash:
        sentence = _("The scope of %(number)s is not the one that was on your page. Look at it again, then change it.")
        refuse_act(
            wanted, "change the scope of", sentence % {"number": wanted.number}, "it was changed in the meantime"
        )
    if scope.hash == scope_hash:
        return wanted
    _apply(wanted, scope, reason=reason, by=by, now=now)
    return wanted


def check_may_change(wanted: DeletionRequest, *, by: "User") -> None:
    """Refused unless `by` may change the scope of this request now."""
    if wanted.requested_by_id != by.pk or Perm.ASK_FOR_DELETION not in by.perms:
        sentence = _("Only who asked for %(number)s can change what it covers.") % {"number": wanted.number}
        refuse_act(wanted, "change the scope of", sentence, "only who asked can change the scope", status=403)
    if wanted.status not in _CHANGEABLE:
        sentence = _("%(number)s cannot be changed any more: it runs or has ended.") % {"number": wanted.number}
        refuse_act(wanted, "change the scope of", sentence, "it runs or has ended")


def _apply(wanted: DeletionRequest, scope: NewScope, *, reason: str, by: "User", now: datetime) -> None:
    if wanted.status == Status.APPROVED:
        voiding.void_approval(wanted, "its scope was changed", by=by, now=now)
    elif wanted.status == Status.DRAFT and scope.visitor_ids:
        check_request_move(Status.DRAFT, Status.REQUESTED)
        wanted.status = Status.REQUESTED
    before = {row.visitor_id: row for row in wanted.visitors.order_by("pk")}
    added = tuple(each for each in scope.visitor_ids if each not in before)
    removed = tuple(each for each in before if each not in set(scope.visitor_ids))
    try:
        with transaction.atomic():
            for visitor_id in removed:
                _remove(before[visitor_id])
            joining.lay_claim(wanted, [new_row(each, scope.found) for each in added])
    except IntegrityError:
        raise NotPossible(_("Others are asking for the same visitors at this moment. Send it again.")) from None
    wanted.linked_ids.all().delete()
    store_linked_ids(wanted, scope.linked_ids)
    rule = laws.rule_of(scope.jurisdiction)
    if wanted.jurisdiction != scope.jurisdiction:
        wanted.due_at = clocks.due_at(rule, wanted.received_at, wanted.zone, extended=wanted.extended_at is not None)
        wanted.acknowledge_by = clocks.acknowledge_by(rule, wanted.received_at, wanted.zone)
    wanted.jurisdiction, wanted.legal_basis = scope.jurisdiction, scope.legal_basis
    wanted.scope_hash, wanted.scope_changed_at = scope.hash, now
    wanted.save(
        update_fields=[
            "status",
            "due_at",
            "acknowledge_by",
            "jurisdiction",
            "legal_basis",
            "scope_hash",
            "scope_changed_at",
        ]
    )
    record(
        AuditKind.DELETION_SCOPE_CHANGED,
        by=by,
        target=deletion(wanted.pk),
        reason=reason,
        ticket=wanted.ticket,
        details={"added": len(added), "removed": len(removed), "scope": scope.hash},
        personal=mentions(added + removed, scope.linked_ids),
        about=scope.visitor_ids or removed,
        at=now,
    )
    if wanted.is_waiting:
        telling.tell_deciders(wanted, by=by, now=now)
    telling.tell_followers_of_request(wanted, added, by=by, now=now)


def _remove(row: DeletionVisitor) -> None:
    DeletionVisitor.objects.filter(pk=row.pk).update(is_open=False)
    joining.hand_on(row)
    row.delete()
