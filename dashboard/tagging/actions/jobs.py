"""What people do with a job that runs: pause, resume, cancel, have failed events tried again, and read about it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import job as job_target
from dashboard.audit.record import record
from dashboard.audit.refusals import Refused
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.core.work import wake
from dashboard.tagging import policy, tasks, telling, wording
from dashboard.tagging.actions.rights import controlled, not_now
from dashboard.tagging.models import BulkItem, BulkJob

State = BulkJob.State
OPENED = AuditKind.JOB_OPENED.code


@transaction.atomic(durable=True)
def pause_job_by_hand(*, job_id: int, by: User, now: datetime) -> None:
    """RUNNING → PAUSED. Nothing new is sent; the event that is being sent at this moment is finished."""
    job = controlled(job_id, by, "pause")
    running = BulkJob.objects.filter(pk=job_id, state=State.RUNNING)
    if running.update(state=State.PAUSED, paused_because=policy.BY_PERSON) != 1:
        not_now(job)
    # Claimed, but not yet noted: taken back from its worker.
    BulkItem.objects.filter(job=job_id, state=BulkItem.State.WAITING).exclude(lease_token="").update(
        lease_token="", lease_until=None
    )
    record(
        AuditKind.JOB_PAUSED_BY_PERSON,
        by=by,
        target=job_target(job_id),
        ticket=job.ticket,
        batch=job.name,
        at=now,
    )


@transaction.atomic(durable=True)
def resume_job(*, job_id: int, by: User, now: datetime) -> None:
    """PAUSED → RUNNING, if who asked for it may still change events."""
    job = controlled(job_id, by, "resume")
    if job.is_erased:
        raise NotPossible(policy.pause_sentence(policy.VALUE_ERASED))
    if Perm.CHANGE_EVENTS not in job.asked_by.perms:
        raise Refused(
            _("%(name)s may not change events any more, and a job runs with the right of who asked for it.")
            % {"name": job.asked_by.name},
            kind=AuditKind.JOB_REFUSED,
            target=job_target(job_id),
            details={"because": "who asked for the job may not change events any more"},
        )
    paused = BulkJob.objects.filter(pk=job_id, state=State.PAUSED)
    changes = {"state": State.RUNNING, "paused_because": "", "running_since": now, "rest_until": None, "troubles": 0}
    if paused.update(**changes) != 1:
        not_now(job)
    record(AuditKind.JOB_RESUMED, by=by, target=job_target(job_id), ticket=job.ticket, batch=job.name, at=now)
    wake(tasks.take_turn)


@transaction.atomic(durable=True)
def cancel_job(*, job_id: int, by: User, now: datetime) -> int:
    """RUNNING or PAUSED → CANCELLED; gives how many events are left as they were.

    An event whose change was sent is not cancelled: Fingerprint is asked what became of it.
    """
    job = controlled(job_id, by, "cancel")
    open_job = BulkJob.objects.filter(pk=job_id, state__in=(State.RUNNING, State.PAUSED))
    if open_job.update(state=State.CANCELLED, finished_at=now, rest_until=None) != 1:
        not_now(job)
    left = BulkItem.objects.filter(job=job_id, state=BulkItem.State.WAITING).update(
        state=BulkItem.State.CANCELLED,
        code=policy.CANCELLED,
        settled_at=now,
        next_attempt_at=None,
        lease_token="",
        lease_until=None,
    )
    record(
        AuditKind.JOB_CANCELLED,
        by=by,
        target=job_target(job_id),
        ticket=job.ticket,
        batch=job.name,
        details={"count": left},
        at=now,
    )
    telling.followers(job, now)
    wake(tasks.take_turn)
    return left


@transaction.atomic(durable=True)
def retry_failed(*, job_id: int, by: User, now: datetime) -> int:
    """Has every failed event of the job tried again; gives how many. A finished job runs again.

    An event whose change was sent is asked about first: what was noted before that first try stays.
    """
    job = controlled(job_id, by, "retry")
    if job.state not in (State.RUNNING, State.PAUSED, State.FINISHED) or job.is_erased:
        not_now(job)
    failed = BulkItem.objects.filter(job=job_id, state=BulkItem.State.FAILED, erased_at=None).exclude(
        code__in=policy.NOT_WORTH_ANOTHER_TRY
    )
    again: dict[str, object] = {"settled_at": None, "code": "", "attempts": 0, "next_attempt_at": None}
    count = failed.filter(before=None).update(state=BulkItem.State.WAITING, **again)
    count += failed.exclude(before=None).update(state=BulkItem.State.SENDING, **again)
    if not count:
        raise NotPossible(_("None of the failed events of %(job)s would come out differently.") % {"job": job.name})
    if job.state == State.FINISHED:
        BulkJob.objects.filter(pk=job_id).update(state=State.RUNNING, finished_at=None, running_since=now, troubles=0)
    record(
        AuditKind.JOB_RETRIED,
        by=by,
        target=job_target(job_id),
        ticket=job.ticket,
        batch=job.name,
        details={"how_many": wording.events_in_log(count), "count": count},
        at=now,
    )
    wake(tasks.take_turn)
    return count


def look_at_jobs(*, by: User) -> None:
    """That somebody read the list of jobs."""
    record(AuditKind.JOB_LIST_VIEWED, by=by)


def look_at_job(*, job: BulkJob, by: User) -> None:
    """That somebody opened a job; its page shows visitors' ids and values."""
    record(AuditKind.JOB_OPENED, by=by, target=job_target(job.pk), batch="", ticket=job.ticket)
