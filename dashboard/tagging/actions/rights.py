"""Who may act on a job, and what is said when the job is not in the state for it."""

from typing import NoReturn

from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import job as job_target
from dashboard.audit.refusals import Refused
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.tagging.models import BulkJob

State = BulkJob.State


def locked(job_id: int) -> BulkJob:
    """The job with its row locked until the transaction ends."""
    return BulkJob.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=job_id)


def controlled(job_id: int, by: User, act: str) -> BulkJob:
    """The job, locked, if `by` may `act` on it; Refused otherwise."""
    job = locked(job_id)
    if job.asked_by_id != by.pk and Perm.CONTROL_ANY_JOB not in by.perms:
        raise Refused(
            _("%(job)s belongs to %(name)s. Only %(name)s or a fraud lead may %(act)s it.")
            % {"job": job.name, "name": job.asked_by.name, "act": act},
            kind=AuditKind.JOB_REFUSED,
            target=job_target(job_id),
            details={"because": f"only who asked for the job or a fraud lead may {act} it"},
            status=403,
        )
    return job


def refused(job: BulkJob, sentence: str, because: str, *, status: int = 409) -> Refused:
    """A refusal about this job, to be raised."""
    return Refused(
        sentence,
        kind=AuditKind.JOB_REFUSED,
        target=job_target(job.pk),
        details={"because": because},
        status=status,
    )


def not_now(job: BulkJob) -> NoReturn:
    """NotPossible: says in which state the job is."""
    job.refresh_from_db()
    raise NotPossible(_("%(job)s is %(state)s now.") % {"job": job.name, "state": str(State(job.state).label).lower()})
