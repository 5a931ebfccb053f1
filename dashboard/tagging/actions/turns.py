"""Whose turn it is: workers go round between people, and between the jobs of each person, so that nobody waits for a
large job of somebody else. People at the screen come first anyway: the rate budget sees to that."""

from datetime import datetime

from django.db.models import F, Max, OuterRef, Subquery
from django.utils import timezone

from dashboard.core.work import wake
from dashboard.tagging import policy, tasks
from dashboard.tagging.actions.collecting import wake_collectors
from dashboard.tagging.actions.items import apply_batch
from dashboard.tagging.actions.lists import sweep_drafts
from dashboard.tagging.models import BulkJob, BulkJobs


def in_turn(now: datetime) -> BulkJobs:
    """Jobs with something due and nobody at them: first whose person, then which of that person's, waited longest."""
    of_person = (
        BulkJob.objects.filter(asked_by=OuterRef("asked_by"), last_turn_at__gt=now - policy.REMEMBERED_TURNS)
        .order_by()
        .values("asked_by")
        .annotate(last=Max("last_turn_at"))
        .values("last")
    )
    return (
        BulkJob.objects.stalled(now)
        .annotate(person_turn_at=Subquery(of_person))
        .order_by(F("person_turn_at").asc(nulls_first=True), F("last_turn_at").asc(nulls_first=True), "pk")
    )


def take_turn() -> None:
    """Works for a while on the job whose turn it is; what a wake-up was sent for does not matter."""
    now = timezone.now()
    for job in in_turn(now)[:3]:
        # Two workers that look at once must not take the same one.
        mine = BulkJob.objects.filter(pk=job.pk, last_turn_at=job.last_turn_at)
        if mine.update(last_turn_at=now) == 1:
            apply_batch(job_id=job.pk)
            return


def wake_stalled_jobs() -> None:
    """Wakes a worker for each job and each list that has something due and nobody at it."""
    for _job in range(BulkJob.objects.stalled(timezone.now()).count()):
        wake(tasks.take_turn)
    wake_collectors()


def sweep_old_drafts() -> None:
    """Throws away the lists that nobody confirmed."""
    sweep_drafts(timezone.now())
