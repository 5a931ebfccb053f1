"""Asking for a deletion, and taking the wish back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.deletions import clocks, laws, policy, telling
from dashboard.deletions.actions.steps import get_locked, move, not_waiting_words, refuse_act
from dashboard.deletions.models import DeletionLinkedId, DeletionRequest, DeletionVisitor
from dashboard.deletions.sending import joining
from dashboard.deletions.states import Status

if TYPE_CHECKING:
    from dashboard.accounts.models import User

_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class FoundThrough:
    """What spoke for a visitor when a person chose it for an account: events that name the account, and their span."""

    event_count: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks for. `received_at` is aware; `zone` is an IANA name, where the legal days are counted.

    Without visitors it names accounts only, and somebody has to choose their visitors before it can be approved.
    """

    visitor_ids: tuple[str, ...]
    linked_ids: tuple[str, ...]
    reason: str
    ticket: str
    source: str
    jurisdiction: str
    legal_basis: str
    received_at: datetime
    zone: str
    form_token: str
    identity_method: str = DeletionRequest.Identity.NOT_YET.value
    identity_by: str = ""
    intake_id: int | None = None
    repeats_id: int | None = None
    found: Mapping[str, FoundThrough] = field(default_factory=dict)


@transaction.atomic(durable=True)
def ask(*, wish: Wish, by: "User", now: datetime) -> DeletionRequest:
    """Opens a request that waits for a second person. The same form sent twice gives the same request."""
    return open_request(wish, by=by, now=now)


def open_request(wish: Wish, *, by: "User", now: datetime, tells: bool = True) -> DeletionRequest:
    """As `ask`, inside the caller's transaction. Visitors that others asked for are joined.

    `tells` is False where many are opened at once and the caller tells those who decide about all of them.
    """
    sent_before = DeletionRequest.objects.filter(form_token=wish.form_token, requested_by=by).first()
    if sent_before is not None:
        return sent_before
    if Perm.ASK_FOR_DELETION not in by.perms:
        raise Refused(
            _("You may not ask for deletions."),
            kind=AuditKind.DELETION_ACT_REFUSED,
            details={"act": "ask for", "because": "no right to ask"},
            status=403,
        )
    asked = _create_or_join(wish, by=by, now=now)
    record(
        AuditKind.DELETION_ASKED,
        by=by,
        target=deletion(asked.pk),
        reason=wish.reason,
        ticket=wish.ticket,
        details={"count": len(wish.visitor_ids), "jurisdiction": wish.jurisdiction, "scope": asked.scope_hash},
        personal=mentions(wish.visitor_ids, wish.linked_ids),
        about=wish.visitor_ids,
        at=now,
    )
    if tells and asked.is_waiting:
        telling.tell_deciders(asked, by=by, now=now)
    telling.tell_followers_of_request(asked, wish.visitor_ids, by=by, now=now)
    return asked


def _create_or_join(wish: Wish, *, by: "User", now: datetime) -> DeletionRequest:
    for _attempt in range(_TRIES):
        try:
            with transaction.atomic():
                return _create(wish, by=by, now=now)
        except IntegrityError:
            # Somebody asked for one of them between our look and our insert: looking again, we join them.
            continue
    raise NotPossible(_("Others are asking for the same visitors at this moment. Send it again."))


def _create(wish: Wish, *, by: "User", now: datetime) -> DeletionRequest:
    rule, zone = laws.rule_of(wish.jurisdiction), ZoneInfo(wish.zone)
    asked = DeletionRequest.objects.create(
        status=Status.REQUESTED if wish.visitor_ids else Status.DRAFT,
        form_token=wish.form_token,
        requested_by=by,
        requested_at=now,
        reason=wish.reason,
        ticket=wish.ticket,
        source=wish.source,
        jurisdiction=wish.jurisdiction,
        legal_basis=wish.legal_basis,
        identity_method=wish.identity_method,
        identity_by=wish.identity_by,
        received_at=wish.received_at,
        clock_zone=wish.zone,
        due_at=clocks.due_at(rule, wish.received_at, zone),
        acknowledge_by=clocks.acknowledge_by(rule, wish.received_at, zone),
        scope_hash=policy.scope_hash(
            visitor_ids=wish.visitor_ids,
            linked_ids=wish.linked_ids,
            jurisdiction=wish.jurisdiction,
            legal_basis=wish.legal_basis,
        ),
        intake_id=wish.intake_id,
        repeats_id=wish.repeats_id,
    )
    store_linked_ids(asked, wish.linked_ids)
    joining.lay_claim(asked, [new_row(visitor_id, wish.found) for visitor_id in wish.visitor_ids])
    return asked


def new_row(visitor_id: str, found: Mapping[str, FoundThrough]) -> DeletionVisitor:
    """A row that is not stored yet, with what spoke for this visitor when it was chosen."""
    spoke = found.get(visitor_id)
    if spoke is None:
        return DeletionVisitor(visitor_id=visitor_id)
    return DeletionVisitor(
        visitor_id=visitor_id,
        account_event_count=spoke.event_count,
        account_first_at=spoke.first_at,
        account_last_at=spoke.last_at,
    )


def store_linked_ids(asked: DeletionRequest, linked_ids: tuple[str, ...]) -> None:
    """Adds the person's own ids to a request."""
    DeletionLinkedId.objects.bulk_create(
        DeletionLinkedId(request=asked, value_bytes=linked_id.encode("utf-8", "surrogatepass"))
        for linked_id in linked_ids
    )


def mentions(visitor_ids: tuple[str, ...], linked_ids: tuple[str, ...]) -> dict[str, Personal]:
    """How an entry names visitors and the person's ids; erasing these visitors empties both."""
    return {
        **{f"visitor_{place}": Personal(SubjectKind.VISITOR, each) for place, each in enumerate(visitor_ids, 1)},
        **{
            f"linked_id_{place}": Personal(SubjectKind.LINKED_ID, each, visitor_ids)
            for place, each in enumerate(linked_ids, 1)
        },
    }


@transaction.atomic(durable=True)
def withdraw(*, request_id: int, by: "User", now: datetime) -> None:
    """DRAFT or REQUESTED → WITHDRAWN, by who asked; otherwise Refused."""
    wanted = get_locked(request_id)
    if wanted.requested_by_id != by.pk:
        sentence = _("Only who asked for a deletion can withdraw it.")
        refuse_act(wanted, "withdraw", sentence, "only who asked can withdraw")
    before = Status.DRAFT if wanted.status == Status.DRAFT else Status.REQUESTED
    if not move(wanted, before, Status.WITHDRAWN, ended_at=now):
        sentence = not_waiting_words(wanted)
        refuse_act(wanted, "withdraw", sentence, "it does not wait for a decision any more")
    joining.let_go(wanted)
    record(AuditKind.DELETION_WITHDRAWN, by=by, target=deletion(wanted.pk), ticket=wanted.ticket, at=now)
