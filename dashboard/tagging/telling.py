"""Whom a job's turns concern, and the notices they get; each inside the transaction of what it tells about."""

from datetime import datetime

from django.urls import reverse

from dashboard.accounts import tenure
from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob
from dashboard.visitors.actions.following import tell_followers
from dashboard.visitors.models import FollowedVisitor


def asker(kind: NoticeKind, job: BulkJob, now: datetime, *, by: User | None = None, **words: int | str) -> None:
    """Tells who asked for the job; nobody is told what they did themselves, nor of a single click."""
    if not job.is_one_click and (by is None or by.pk != job.asked_by_id):
        notify(kind=kind, to=[job.asked_by], url=_address(job), now=now, by=by, job=job.name, **words)


def deciders(job: BulkJob, now: datetime) -> None:
    """Tells everybody who may be the second person now that the job waits for one."""
    leads = tenure.approvers(Perm.CONTROL_ANY_JOB, now=now).exclude(pk=job.asked_by_id)
    notify(
        kind=NoticeKind.JOB_WAITS, to=leads, url=_address(job), now=now, by=job.asked_by, job=job.name, count=job.count
    )


def followers(job: BulkJob, now: datetime) -> None:
    """Tells who follows a visitor that the job marked suspect."""
    if job.change == Change(ChangeKind.SUSPECT, True):
        # A job may hold a hundred thousand events, and few visitors are followed.
        followed = FollowedVisitor.objects.values("visitor_id")
        marked = BulkItem.objects.filter(job=job, state=BulkItem.State.APPLIED, visitor_id__in=followed)
        visitor_ids = marked.order_by().values_list("visitor_id", flat=True).distinct()
        tell_followers(NoticeKind.FOLLOWED_MARKED, visitor_ids, by=job.asked_by, now=now, job=job.name)


def _address(job: BulkJob) -> str:
    return reverse("tagging:job", args=[job.pk])
