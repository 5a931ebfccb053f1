"""The second person's decision: yes or no to exactly what was shown; and stopping what was approved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts import fresh, tenure
from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import deletion, record
from dashboard.audit.refusals import Refused, write_refusal
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.core.work import wake
from dashboard.deletions import policy, telling
from dashboard.deletions.actions.steps import get_locked, move, not_waiting_words, refuse_act
from dashboard.deletions.models import DeletionRequest, Opening, number_words
from dashboard.deletions.policy import Obstacle
from dashboard.deletions.sending import joining
from dashboard.deletions.states import Status, check_request_move
from dashboard.notices.kinds import NoticeKind

if TYPE_CHECKING:
    from dashboard.accounts.models import User


_FORBIDDEN = frozenset(
    {
        Obstacle.OWN_REQUEST,
        Obstacle.NO_RIGHT,
        Obstacle.ROLE_TOO_YOUNG,
        Obstacle.FOREIGN_LINK,
        Obstacle.NOT_FRESH,
    }
)


@dataclass(frozen=True)
class Seen:
    """A request and the scope (its hash) that somebody saw of it."""

    request_id: int
    scope_hash: str


@dataclass(frozen=True)
class NotApproved:
    """A request of several that was left as it was, and the sentence why."""

    number: str
    sentence: str


def approve_several(
    *, chosen: Sequence[Seen], by: "User", reason: str, password_given_at: datetime | None, now: datetime
) -> tuple[list[str], list[NotApproved]]:
    """Approves each of these for which `by` had its page before them with exactly this scope; each for itself.

    Returns the numbers that were approved and, for the others, why not. Each refusal is an audit entry.
    """
    approved: list[str] = []
    left: list[NotApproved] = []
    for seen in chosen:
        try:
            _approve_opened(seen, by=by, reason=reason, password_given_at=password_given_at, now=now)
        except Refused as refused:
            write_refusal(refused, by=by)
            left.append(NotApproved(number_words(seen.request_id), str(refused)))
        except NotPossible as problem:
            left.append(NotApproved(number_words(seen.request_id), str(problem)))
        else:
            approved.append(number_words(seen.request_id))
    return approved, left


@transaction.atomic(durable=True)
def _approve_opened(seen: Seen, *, by: "User", reason: str, password_given_at: datetime | None, now: datetime) -> None:
    wanted = get_locked(seen.request_id)
    if not Opening.objects.filter(request=wanted, person=by, scope_hash=seen.scope_hash).exists():
        sentence = _("Open %(number)s first: you have not had it before you with the scope it has now.")
        refuse_act(wanted, "approve", sentence % {"number": wanted.number}, "its page was not opened before")
    _approve(seen.request_id, seen.scope_hash, by=by, reason=reason, password_given_at=password_given_at, now=now)


@transaction.atomic(durable=True)
def approve(
    *, request_id: int, scope_hash: str, by: "User", reason: str, password_given_at: datetime | None, now: datetime
) -> None:
    """REQUESTED → APPROVED for exactly the scope that was shown, by somebody else than who asked; otherwise Refused.

    `password_given_at` is when `by` last gave their password in this session; it has to be a short while ago. It runs
    when the cooling-off is over and must have begun before the approval expires (both settings).
    """
    _approve(request_id, scope_hash, by=by, reason=reason, password_given_at=password_given_at, now=now)


def _approve(
    request_id: int, scope_hash: str, *, by: "User", reason: str, password_given_at: datetime | None, now: datetime
) -> None:
    wanted = _decidable(
        request_id, scope_hash=scope_hash, by=by, act="approve", password_given_at=password_given_at, now=now
    )
    _decide(
        wanted,
        Status.APPROVED,
        scope_hash=scope_hash,
        by=by,
        reason=reason,
        now=now,
        approved_scope_hash=scope_hash,
        runs_after=now + settings.DELETION_COOLING_OFF,
        expires_at=now + settings.DELETION_APPROVAL_LIFETIME,
    )
    _record_decision(AuditKind.DELETION_APPROVED, wanted, by=by, reason=reason, now=now)
    telling.tell_asker(NoticeKind.DELETION_APPROVED, wanted, by=by, now=now)
    from dashboard.deletions import tasks

    wake(tasks.execute_due)


@transaction.atomic(durable=True)
def refuse(
    *, request_id: int, scope_hash: str, by: "User", reason: str, password_given_at: datetime | None, now: datetime
) -> None:
    """REQUESTED → REFUSED, by somebody else than who asked; otherwise Refused. Its visitors are free again."""
    wanted = _decidable(
        request_id, scope_hash=scope_hash, by=by, act="refuse", password_given_at=password_given_at, now=now
    )
    _decide(wanted, Status.REFUSED, scope_hash=scope_hash, by=by, reason=reason, now=now, ended_at=now)
    joining.let_go(wanted)
    _record_decision(AuditKind.DELETION_REFUSED, wanted, by=by, reason=reason, now=now)
    telling.tell_asker(NoticeKind.DELETION_REFUSED, wanted, by=by, now=now)


@transaction.atomic(durable=True)
def cancel(*, request_id: int, by: "User", now: datetime) -> None:
    """APPROVED → CANCELLED while it cools off, by who asked or anyone who may decide; otherwise Refused."""
    wanted = get_locked(request_id)
    if wanted.requested_by_id != by.pk and Perm.DECIDE_DELETIONS not in by.perms:
        sentence = _("Only who asked, and people who may approve deletions, can cancel one.")
        refuse_act(wanted, "cancel", sentence, "only who asked or may decide can cancel", status=403)
    if not move(wanted, Status.APPROVED, Status.CANCELLED, ended_at=now):
        sentence = _("%(number)s cannot be cancelled any more: it has begun or has ended.")
        refuse_act(wanted, "cancel", sentence % {"number": wanted.number}, "it has begun or has ended")
    joining.let_go(wanted)
    record(AuditKind.DELETION_CANCELLED, by=by, target=deletion(wanted.pk), ticket=wanted.ticket, at=now)


def _decidable(
    request_id: int, *, scope_hash: str, by: "User", act: str, password_given_at: datetime | None, now: datetime
) -> DeletionRequest:
    wanted = get_locked(request_id)
    obstacle = policy.obstacle_to_deciding(
        status=Status(wanted.status),
        requested_by=wanted.requested_by_id,
        by=by.pk,
        may_decide=Perm.DECIDE_DELETIONS in by.perms,
        role_is_old_enough=tenure.role_is_old_enough(by, Perm.DECIDE_DELETIONS, now=now),
        password_is_theirs=tenure.password_is_theirs(by, now=now),
        is_fresh=fresh.is_fresh(password_given_at, now=now),
        shown_scope=scope_hash,
        scope=wanted.current_scope(),
    )
    if obstacle is not None:
        because = obstacle.value[0].lower() + obstacle.value[1:]
        status = 403 if obstacle in _FORBIDDEN else 409
        refuse_act(wanted, act, obstacle_words(obstacle, wanted), because, status=status)
    return wanted


def obstacle_words(obstacle: Obstacle, wanted: DeletionRequest) -> str:
    """The sentence for the person who cannot decide."""
    sentences = {
        Obstacle.OWN_REQUEST: _(
            "You asked for %(number)s. Whoever asks never approves or refuses, whatever their roles."
        ),
        Obstacle.NO_RIGHT: _("You may not approve or refuse deletions."),
        Obstacle.ROLE_TOO_YOUNG: _("You got the role a short while ago, so you do not approve or refuse with it yet."),
        Obstacle.FOREIGN_LINK: _(
            "Your password came through a link that somebody else made for you, so you do not approve or refuse yet."
        ),
        Obstacle.NOT_FRESH: _("Give your password again, then decide about %(number)s."),
        Obstacle.SCOPE_CHANGED: _(
            "The scope of %(number)s is not the one that was on your page. Look at it again, then decide."
        ),
    }
    return sentences.get(obstacle, not_waiting_words(wanted)) % {"number": wanted.number}


def _decide(
    wanted: DeletionRequest,
    status: Status,
    *,
    scope_hash: str,
    by: "User",
    reason: str,
    now: datetime,
    **changes: object,
) -> None:
    """The conditional UPDATE that only one of many deciders can win, and never who asked."""
    check_request_move(Status.REQUESTED, status)
    waiting = DeletionRequest.objects.filter(pk=wanted.pk, status=Status.REQUESTED, scope_hash=scope_hash).exclude(
        requested_by=by
    )
    done = waiting.update(status=status, decided_by=by, decided_at=now, decision_reason=reason, **changes)
    if done != 1:
        refuse_act(wanted, "decide", not_waiting_words(wanted), "it does not wait for a decision any more")


def _record_decision(kind: Reading, wanted: DeletionRequest, *, by: "User", reason: str, now: datetime) -> None:
    visitor_ids = tuple(wanted.visitors.values_list("visitor_id", flat=True))
    record(
        kind,
        by=by,
        target=deletion(wanted.pk),
        reason=reason,
        ticket=wanted.ticket,
        details={"count": len(visitor_ids), "scope": wanted.scope_hash},
        about=visitor_ids,
        at=now,
    )
