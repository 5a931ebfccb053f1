"""What the pages of access requests show, through the eyes of who looks."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts import tenure
from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.deletions import queries
from dashboard.deletions.disclosure.rows import AccessRequest

State = AccessRequest.State
MOST_LISTED = 100
_TONES = {State.REQUESTED: "ochre", State.APPROVED: "accent", State.READY: "green", State.REFUSED: "red"}


@dataclass(frozen=True)
class AccessLine:
    """One access request as a row."""

    asked: AccessRequest
    tone: str
    waits_for_viewer: bool


@dataclass(frozen=True)
class AccessList:
    """The newest requests; `may_ask` says whether this person may add one."""

    lines: list[AccessLine]
    may_ask: bool


@dataclass(frozen=True)
class AccessPage:
    """One access request: what this person sees of it, and what they can do."""

    asked: AccessRequest
    tone: str
    sees_visitor: bool
    may_decide: bool
    may_take: bool
    why_not: str
    deciders: list[User]


def listed(viewer: User) -> AccessList:
    """The newest access requests for a list."""
    rows = AccessRequest.objects.select_related("asked_by", "decided_by").defer("packed").order_by("-pk")[:MOST_LISTED]
    is_seasoned = _is_seasoned(viewer, timezone.now())
    lines = [
        AccessLine(row, _TONES.get(State(row.state), ""), _may_decide(row, viewer, is_seasoned=is_seasoned))
        for row in rows
    ]
    return AccessList(lines, Perm.ASK_FOR_DELETION in viewer.perms)


def waiting_count(viewer: User) -> int:
    """How many wait for this person's decision."""
    if not _is_seasoned(viewer, timezone.now()):
        return 0
    return AccessRequest.objects.filter(state=State.REQUESTED).exclude(asked_by=viewer).count()


def page_of(number: int, *, viewer: User) -> AccessPage | None:
    """One access request as `viewer` may read it, or None."""
    rows = AccessRequest.objects.select_related("asked_by", "decided_by").defer("packed")
    asked = rows.filter(pk=number).first() if number < 2**62 else None
    if asked is None:
        return None
    now = timezone.now()
    may_decide = _may_decide(asked, viewer, is_seasoned=_is_seasoned(viewer, now))
    sees_all = Perm.VIEW_PERSONAL in viewer.perms and Perm.DECIDE_DELETIONS in viewer.perms
    is_waiting = asked.state == State.REQUESTED
    return AccessPage(
        asked=asked,
        tone=_TONES.get(State(asked.state), ""),
        sees_visitor=Perm.VIEW_EVENTS in viewer.perms,
        may_decide=may_decide,
        may_take=sees_all and asked.state == State.READY,
        why_not="" if may_decide or not is_waiting else _why_not(asked, viewer, now),
        deciders=queries.people_who_decide(except_for=asked.asked_by_id, now=now) if is_waiting else [],
    )


def _may_decide(asked: AccessRequest, viewer: User, *, is_seasoned: bool) -> bool:
    return is_seasoned and asked.asked_by_id != viewer.pk and asked.state == State.REQUESTED


def _why_not(asked: AccessRequest, viewer: User, now: datetime) -> str:
    if asked.asked_by_id == viewer.pk:
        return _(
            "You asked for it. Whoever asks never approves, whatever their roles. This is also a rule of the database."
        )
    if Perm.DECIDE_DELETIONS in viewer.perms:
        return tenure.why_not_yet(viewer, Perm.DECIDE_DELETIONS, now=now)
    return _("Only compliance officers approve or refuse access requests.")


def _is_seasoned(viewer: User, now: datetime) -> bool:
    return tenure.may_approve(viewer, Perm.DECIDE_DELETIONS, now=now)
