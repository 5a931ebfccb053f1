"""How a job stops: paused by Inkpad itself, or finished; both with the reason or the counts in the log."""

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import job as job_target
from dashboard.audit.record import record
from dashboard.notices.kinds import NoticeKind
from dashboard.tagging import policy, telling
from dashboard.tagging.actions import outcomes
from dashboard.tagging.models import BulkItem, BulkJob

State = BulkItem.State


def pause_job(*, job_id: int, code: str) -> None:
    """RUNNING → PAUSED by Inkpad itself, with the reason; nothing when the job does not run any more."""
    with transaction.atomic(durable=True):
        running = BulkJob.objects.filter(pk=job_id, state=BulkJob.State.RUNNING)
        if running.update(state=BulkJob.State.PAUSED, paused_because=code) != 1:
            return
        job = BulkJob.objects.select_related("asked_by").get(pk=job_id)
        record(
            AuditKind.JOB_PAUSED,
            by=None,
            target=job_target(job.pk),
            ticket=job.ticket,
            batch=job.name,
            details={"because": outcomes.as_clause(policy.pause_sentence(code))},
        )
        telling.asker(NoticeKind.JOB_PAUSED, job, timezone.now())


def finish_job(*, job_id: int) -> None:
    """RUNNING → FINISHED once nothing is open any more, with the counts; run by whoever settled last."""
    with transaction.atomic(durable=True):
        if BulkItem.objects.filter(job=job_id, state__in=BulkItem.OPEN_STATES).exists():
            return
        running = BulkJob.objects.filter(pk=job_id, state=BulkJob.State.RUNNING)
        if running.update(state=BulkJob.State.FINISHED, finished_at=timezone.now(), rest_until=None) != 1:
            return
        job = BulkJob.objects.select_related("asked_by").get(pk=job_id)
        counted = dict(BulkItem.objects.filter(job=job_id).values_list("state").annotate(count=Count("pk")))
        names = (State.APPLIED, State.ALREADY, State.SKIPPED, State.FAILED)
        record(
            AuditKind.JOB_FINISHED,
            by=None,
            target=job_target(job.pk),
            ticket=job.ticket,
            batch=job.name,
            details={name.value: counted.get(name.value, 0) for name in names},
        )
        telling.asker(NoticeKind.JOB_FINISHED, job, timezone.now())
        telling.followers(job, timezone.now())
