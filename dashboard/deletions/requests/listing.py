"""The rows of the list of requests, and the ways to narrow it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.deletions import queries
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.requests.progress_steps import moment_words
from dashboard.deletions.requests.sheet import STATUS_TONES
from dashboard.deletions.sending.outlook import days_left_words, due_tone
from dashboard.deletions.states import OPEN, Status


@dataclass(frozen=True)
class ListRow:
    """One request in the list."""

    request: DeletionRequest
    tone: str
    waits_for_me: bool
    why_not: str
    due: str
    due_tone: str
    progress: str
    blocked: str
    """Why it does not go on by itself, or ""."""
    is_opened: bool
    """Whether this person has had it before them with the scope it has now."""


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: int
    is_current: bool


def group_tabs(listed: queries.RequestList) -> list[Tab]:
    """The ways to narrow the list."""
    labels = {
        "open": _("Open"),
        "mine": _("Wait for you"),
        "waiting": _("Wait for approval"),
        "under-way": _("Approved and running"),
        "blocked": _("Blocked"),
        "ended": _("Ended"),
    }
    return [Tab(key, label, listed.counts[key], key == listed.group) for key, label in labels.items()]


def list_row(request: DeletionRequest, *, viewer: User, opened: set[int], now: datetime) -> ListRow:
    """A row of the list; `request` carries the counts that queries.listed adds, `opened` is queries.opened_by."""
    waits = request.is_waiting and Perm.DECIDE_DELETIONS in viewer.perms
    is_mine = request.requested_by_id == viewer.pk
    return ListRow(
        request=request,
        tone=STATUS_TONES.get(Status(request.status), ""),
        waits_for_me=waits and not is_mine,
        why_not=_("asked by you, so somebody else decides") if request.is_waiting and is_mine else "",
        due=days_left_words(request, now) if request.status in OPEN else "",
        due_tone=due_tone(request, now),
        progress=_progress_words(request),
        blocked=_blocked_words(request),
        is_opened=request.pk in opened,
    )


def _blocked_words(request: DeletionRequest) -> str:
    counts = vars(request)
    if request.status == Status.DRAFT:
        return _("no visitor chosen yet")
    if request.status not in OPEN:
        is_erased = request.status != Status.EXPIRED and not counts["not_erased_count"]
        return "" if is_erased or counts["is_asked_again"] else _("not erased: ask again")
    if counts["held_count"]:
        words = ngettext("%(n)s visitor under legal hold", "%(n)s visitors under legal hold", counts["held_count"])
        return words % {"n": counts["held_count"]}
    if request.status == Status.RUNNING and counts["retried_count"]:
        words = ngettext("%(n)s visitor is tried again", "%(n)s visitors are tried again", counts["retried_count"])
        return words % {"n": counts["retried_count"]}
    return ""


def _progress_words(request: DeletionRequest) -> str:
    counts = vars(request)
    if request.status == Status.RUNNING:
        return _("%(done)s of %(all)s settled") % {"done": counts["settled_count"], "all": counts["visitor_count"]}
    if request.status == Status.APPROVED:
        return _("runs %(at)s") % {"at": moment_words(request.runs_after)}
    if request.status != Status.CLOSED:
        return ""
    accepted = _("%(n)s of %(all)s accepted by Fingerprint") % {
        "n": counts["accepted_count"],
        "all": counts["visitor_count"],
    }
    further = (
        (counts["gone_count"], _("%(n)s gone")),
        (counts["overdue_count"], _("%(n)s overdue")),
        (counts["failed_count"], _("%(n)s failed")),
    )
    return ", ".join([accepted, *(words % {"n": count} for count, words in further if count)])
