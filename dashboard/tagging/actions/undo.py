"""Putting back what a job changed: an undo is a job of its own, with the same preview, friction and undo."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import job as job_target
from dashboard.audit.record import record
from dashboard.core.errors import NotPossible
from dashboard.core.work import wake
from dashboard.tagging import policy, tasks
from dashboard.tagging.actions import undo_rows
from dashboard.tagging.actions.confirming import confirm_job
from dashboard.tagging.actions.jobs import cancel_job
from dashboard.tagging.actions.lists import add_items, freeze, new_undo_draft
from dashboard.tagging.actions.rights import controlled, not_now
from dashboard.tagging.models import BulkItem, BulkJob

State = BulkJob.State


@transaction.atomic(durable=True)
def open_undo(
    *, job_id: int, item_ids: Sequence[int] | None = None, overwrites: bool = False, by: User, now: datetime
) -> BulkJob:
    """A list of what the job changed, all of it or these of its items; it waits for confirmation like every list.

    `overwrites` puts back also what somebody changed since. NotPossible while the job still works, and when nothing of
    it is left to put back.
    """
    job = _undoable(job_id, by)
    draft = new_undo_draft(job, overwrites=overwrites, by=by, now=now)
    record(
        AuditKind.JOB_LIST_BEGUN,
        by=by,
        target=job_target(draft.pk),
        batch=draft.name,
        details={"source": f"what {job.name} changed"},
        at=now,
    )
    changed = undo_rows.changed_by(job)
    if item_ids is not None:
        changed = changed.filter(pk__in=item_ids)
    if item_ids is None and changed.count() > policy.MOST_AT_ONCE:
        wake(tasks.collect, job_id=draft.pk)
        return draft
    rows = undo_rows.rows(job, list(changed.order_by("position")[: policy.MOST_AT_ONCE]))
    if not rows:
        if undo_rows.forgotten(job).exists():
            raise NotPossible(str(policy.ITEM_SENTENCES[policy.NOTE_ERASED]))
        raise NotPossible(_("Nothing of %(job)s is left to put back.") % {"job": job.name})
    add_items(draft, rows)
    freeze(draft, now)
    return draft


def take_back(*, job_id: int, by: User, now: datetime) -> BulkJob:
    """One click takes back what one click did: what still waits is cancelled, what was changed is put back."""
    job = BulkJob.objects.get(pk=job_id)
    if job.count > 1:
        raise NotPossible(_("%(job)s changed several events: see first what would go back.") % {"job": job.name})
    if job.state in (State.RUNNING, State.PAUSED):
        cancel_job(job_id=job_id, by=by, now=now)
    if not BulkItem.objects.filter(job=job_id, state=BulkItem.State.APPLIED).exists():
        return job
    undo = open_undo(job_id=job_id, by=by, now=now)
    return confirm_job(
        job_id=undo.pk,
        list_hash=undo.list_hash,
        change=None,
        reason=job.reason,
        ticket=job.ticket,
        typed=None,
        by=by,
        now=now,
    )


def _undoable(job_id: int, by: User) -> BulkJob:
    job = controlled(job_id, by, "undo")
    if job.state not in (State.FINISHED, State.CANCELLED):
        not_now(job)
    if job.is_erased:
        raise NotPossible(policy.pause_sentence(policy.VALUE_ERASED))
    if BulkItem.objects.filter(job=job_id, state__in=BulkItem.OPEN_STATES).exists():
        raise NotPossible(
            _("Fingerprint is still being asked what became of some events of %(job)s.") % {"job": job.name}
        )
    return job
