"""What one person can do with a request, and the sentence where they cannot."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dashboard.accounts import tenure
from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.deletions import laws, queries
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.states import OPEN, Status

_CHANGEABLE = (Status.DRAFT, Status.REQUESTED, Status.APPROVED)


@dataclass(frozen=True)
class Decision:
    """What this person can do with the request now; where they cannot decide, the sentence why not."""

    may_decide: bool = False
    why_not_title: str = ""
    why_not: str = ""
    may_withdraw: bool = False
    may_cancel: bool = False
    may_change: bool = False
    may_hold: bool = False
    may_extend: bool = False
    may_acknowledge: bool = False
    may_ask_again: bool = False


def decision_for(request: DeletionRequest, viewer: User, *, now: datetime) -> Decision:
    """Never a dead button: either the form, or a sentence. The actions and the database check it all again."""
    status = Status(request.status)
    asked_it, decides = request.requested_by_id == viewer.pk, Perm.DECIDE_DELETIONS in viewer.perms
    rule = laws.rule_of(request.jurisdiction)
    in_time = request.due_at is not None and now < request.due_at
    title, sentence = _why_not(request, viewer, now) if status == Status.REQUESTED else ("", "")
    return Decision(
        may_decide=status == Status.REQUESTED and not sentence,
        why_not_title=title,
        why_not=sentence,
        may_withdraw=asked_it and status in (Status.DRAFT, Status.REQUESTED),
        may_cancel=status == Status.APPROVED and (asked_it or decides),
        may_change=asked_it and status in _CHANGEABLE and Perm.ASK_FOR_DELETION in viewer.perms,
        may_hold=Perm.HOLD_DELETIONS in viewer.perms and status in OPEN,
        may_extend=decides
        and status in OPEN
        and request.extended_at is None
        and in_time
        and rule is not None
        and rule.can_be_extended,
        may_acknowledge=Perm.ASK_FOR_DELETION in viewer.perms
        and status in OPEN
        and request.acknowledge_by is not None
        and request.acknowledged_at is None,
        may_ask_again=Perm.ASK_FOR_DELETION in viewer.perms
        and queries.may_see_whole(request, viewer)
        and bool(queries.left_to_ask_for(request))
        and queries.asked_again_as(request) is None,
    )


def _why_not(request: DeletionRequest, viewer: User, now: datetime) -> tuple[str, str]:
    """A title and a sentence why this person cannot decide about a request that waits; two empty ones if they can."""
    if request.requested_by_id == viewer.pk:
        return _("You cannot approve this"), _(
            "You asked for it. Whoever asks never approves, whatever their roles. This is also a rule of the database."
        )
    if Perm.DECIDE_DELETIONS not in viewer.perms:
        return _("You do not decide this"), _("Only compliance officers approve or refuse deletions.")
    sentence = tenure.why_not_yet(viewer, Perm.DECIDE_DELETIONS, now=now)
    return (_("Not yet"), sentence) if sentence else ("", "")
