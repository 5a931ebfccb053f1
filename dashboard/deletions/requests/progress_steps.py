"""Where a request stands, as the row of steps on top of its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import times
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.states import Status


@dataclass(frozen=True)
class Step:
    label: str
    state: str


def steps_of(request: DeletionRequest, rows: Sequence[DeletionVisitor]) -> list[Step]:
    status = Status(request.status)
    asked = Step(_("Asked, %(at)s") % {"at": moment_words(request.requested_at)}, "done")
    if status in (Status.REFUSED, Status.WITHDRAWN):
        return [asked, Step(f"{request.get_status_display()}, {moment_words(request.ended_at)}", "current")]
    order = [Status.REQUESTED, Status.APPROVED, Status.RUNNING, Status.CLOSED]
    if status in (Status.CANCELLED, Status.EXPIRED):
        approved = Step(_("Approved, %(at)s") % {"at": moment_words(request.decided_at)}, "done")
        return [asked, approved, Step(f"{request.get_status_display()}, {moment_words(request.ended_at)}", "current")]
    at = order.index(status) if status in order else 0
    minutes = int(settings.DELETION_COOLING_OFF.total_seconds() // 60)
    cooling = ngettext("Cooling-off, %(n)s minute", "Cooling-off, %(n)s minutes", minutes) % {"n": minutes}
    if request.runs_after is not None:
        cooling = _("Cooling-off until %(at)s") % {"at": moment_words(request.runs_after)}
    settled = sum(not row.is_open for row in rows)
    running = ngettext("Running, %(n)s visitor", "Running, %(n)s visitors", len(rows)) % {"n": len(rows)}
    if status == Status.RUNNING:
        running = _("Running, %(done)s of %(all)s settled") % {"done": settled, "all": len(rows)}
    labels = [
        _("Approved, %(at)s") % {"at": moment_words(request.decided_at)} if at else _("Approval"),
        cooling,
        running,
        _("Closed, %(at)s") % {"at": moment_words(request.ended_at)} if status == Status.CLOSED else _("Closed"),
    ]
    states = ["done" if place < at else "current" if place == at else "todo" for place in range(4)]
    if status == Status.CLOSED:
        states = ["done"] * 4
    return [asked, *(Step(label, state) for label, state in zip(labels, states, strict=True))]


def moment_words(at: datetime | None) -> str:
    """`14:20` today, else `Sun 22 Nov, 14:20`, in the active zone."""
    if at is None:
        return ""
    local, today = timezone.localtime(at), timezone.localdate()
    return times.minute(local) if local.date() == today else times.moment(local, today)
