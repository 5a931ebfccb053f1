"""Reading jobs: the list, one job's progress and items, and what a job would meet before it is started."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from dashboard.accounts import tenure
from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.core.meters import Part
from dashboard.tagging import policy, wording
from dashboard.tagging.models import BulkItem, BulkItems, BulkJob

State = BulkItem.State
PAGE_SIZE = 100
_RATE_WINDOW = timedelta(seconds=60)

SHOWN: dict[str, tuple[str, ...]] = {
    "all": tuple(State),
    "look": (State.FAILED, State.SKIPPED),
    "done": (State.APPLIED,),
    "already": (State.ALREADY,),
    "waiting": BulkItem.OPEN_STATES,
    "cancelled": (State.CANCELLED,),
}


def waiting_count(person: User) -> int:
    """How many of this person's jobs run or are paused, and how many of others they can approve, for the navigation."""
    if Perm.CHANGE_EVENTS not in person.perms:
        return 0
    mine = Q(asked_by=person, state__in=(BulkJob.State.RUNNING, BulkJob.State.PAUSED))
    if Perm.CONTROL_ANY_JOB not in person.perms:
        return BulkJob.objects.filter(mine).count()
    to_approve = Q(state=BulkJob.State.APPROVAL) & ~Q(asked_by=person)
    states = list(BulkJob.objects.filter(mine | to_approve).values_list("state", flat=True))
    approvals = states.count(BulkJob.State.APPROVAL)
    # Whoever may not approve yet is not called: the job's page says from when on they may.
    if approvals and not tenure.may_approve(person, Perm.CONTROL_ANY_JOB, now=timezone.now()):
        return len(states) - approvals
    return len(states)


def may_decide(job: BulkJob, person: User) -> bool:
    """Whether this person may be the second one for the job."""
    return Perm.CONTROL_ANY_JOB in person.perms and job.asked_by_id != person.pk


def may_control(job: BulkJob, person: User) -> bool:
    """Whether this person may pause, resume and cancel the job."""
    return job.asked_by_id == person.pk or Perm.CONTROL_ANY_JOB in person.perms


def find_job(number: int) -> BulkJob | None:
    """The job with this number, or None."""
    people = ("asked_by", "approved_by", "undoes")
    return BulkJob.objects.select_related(*people).filter(pk=number).first()


@dataclass(frozen=True)
class JobRow:
    """A job in the list of jobs: its heading, how many events are finished, and of those how many need a look."""

    job: BulkJob
    title: str
    finished: int
    trouble: int


def recent_jobs(*, before: int | None = None, limit: int = 50) -> tuple[list[JobRow], int | None]:
    """The newest jobs and the number to pass as `before` for the next ones, None at the end."""
    jobs = BulkJob.objects.select_related("asked_by").exclude(state=BulkJob.State.DISCARDED).order_by("-pk")
    if before is not None:
        jobs = jobs.filter(pk__lt=before)
    rows = list(jobs[: limit + 1])
    shown = rows[:limit]
    counted: dict[int, dict[str, int]] = {}
    for row in BulkItem.objects.filter(job__in=shown).order_by().values("job_id", "state").annotate(n=Count("pk")):
        counted.setdefault(row["job_id"], {})[row["state"]] = row["n"]
    found = []
    for job in shown:
        counts = counted.get(job.pk, {})
        is_open = sum(counts.get(state, 0) for state in BulkItem.OPEN_STATES)
        trouble = counts.get(State.FAILED, 0) + counts.get(State.SKIPPED, 0)
        found.append(JobRow(job, wording.job_title(job), job.count - is_open, trouble))
    return found, shown[-1].pk if len(rows) > limit else None


# -- One job ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is. `rate` is events a second over the last minute; `next_try_at` when it rests until then."""

    job: BulkJob
    counts: dict[str, int]
    tried_before: int
    rate: float
    now: datetime
    last_moved_at: datetime
    has_due: bool
    has_worker: bool

    @property
    def total(self) -> int:
        return self.job.count

    @property
    def waiting(self) -> int:
        return sum(self.counts.get(state, 0) for state in BulkItem.OPEN_STATES)

    @property
    def finished(self) -> int:
        return self.total - self.waiting

    @property
    def trouble(self) -> int:
        return self.counts.get(State.FAILED, 0) + self.counts.get(State.SKIPPED, 0)

    @property
    def is_over(self) -> bool:
        """Whether nothing on this page can change any more by itself."""
        return self.job.has_ended and self.waiting == 0

    @property
    def is_resting(self) -> bool:
        return self.job.state == BulkJob.State.RUNNING and bool(self.job.rest_until and self.job.rest_until > self.now)

    @property
    def is_silent(self) -> bool:
        """Something is due and nobody has been at it for a while: the workers cannot be reached."""
        return (
            self.job.state == BulkJob.State.RUNNING
            and not self.is_resting
            and self.has_due
            and not self.has_worker
            and self.now - self.last_moved_at > policy.SILENCE
        )

    @property
    def time_left(self) -> timedelta | None:
        """A forecast, None when there is nothing to forecast from."""
        if self.job.state != BulkJob.State.RUNNING or not self.waiting or self.is_resting or self.is_silent:
            return None
        rate = self.rate or policy.events_per_second(settings.FINGERPRINT_RATE_PER_SECOND)
        return timedelta(seconds=self.waiting / rate)

    @property
    def parts(self) -> list[Part]:
        """The bar, in the order of its parts."""
        kinds = {
            "done": (State.APPLIED,),
            "already": (State.ALREADY,),
            "skipped": (State.SKIPPED, State.CANCELLED),
            "failed": (State.FAILED,),
        }
        labels = wording.part_labels(self.job, self.counts, self.tried_before)
        parts = [
            Part(kind, sum(self.counts.get(state, 0) for state in states), labels[kind])
            for kind, states in kinds.items()
        ]
        return [*parts, Part("waiting", self.waiting, labels["waiting"])]

    @property
    def digest(self) -> str:
        """Changes whenever something on the page does; a poll that finds it unchanged gets nothing."""
        counts = "-".join(f"{state[:2]}{count}" for state, count in sorted(self.counts.items()))
        return f"{self.job.state[:2]}{int(self.is_resting)}{int(self.is_silent)}-{self.tried_before}-{counts}"


def is_over(job: BulkJob) -> bool:
    """The same as `Progress.is_over`, asked alone."""
    return job.has_ended and not BulkItem.objects.filter(job=job, state__in=BulkItem.OPEN_STATES).exists()


def progress_of(job: BulkJob, *, now: datetime) -> Progress:
    """How far this job is. Every statement is answered from an index of its own: a job may have 100,000 events."""
    items = BulkItem.objects.filter(job=job)
    counts: dict[str, int] = {}
    tried_before = 0
    for state, code, n in items.order_by().values_list("state", "code").annotate(n=Count("*")):
        counts[state] = counts.get(state, 0) + n
        tried_before += n if code and state in BulkItem.OPEN_STATES else 0
    newest = items.aggregate(newest=Max("settled_at"))["newest"]
    began = max(job.running_since, now - _RATE_WINDOW)
    seconds = max((now - began).total_seconds(), 1.0)
    moves = [each for each in (job.running_since, newest, job.rest_until) if each is not None]
    return Progress(
        job=job,
        counts=counts,
        tried_before=tried_before,
        rate=items.filter(settled_at__gt=began).count() / seconds,
        now=now,
        last_moved_at=max(moves),
        has_due=items.due(now).exists(),
        has_worker=items.at_work(now).exists(),
    )


def all_items_of(job: BulkJob, *, show: str) -> BulkItems:
    """Every item of the job under one of SHOWN, in the order of the list."""
    return BulkItem.objects.filter(job=job, state__in=SHOWN.get(show, SHOWN["all"])).order_by("position")


def items_of(job: BulkJob, *, show: str, limit: int) -> list[BulkItem]:
    """The job's items under one of SHOWN, the newest result first, then what was tried, then in their order.

    One question for each state and one for what is open, each answered from an index: a job may have 100,000.
    """
    states = SHOWN.get(show, SHOWN["all"])
    items = BulkItem.objects.filter(job=job)
    settled = [state for state in states if state not in BulkItem.OPEN_STATES]
    found = [each for state in settled for each in items.filter(state=state).order_by("-settled_at")[:limit]]
    found.sort(key=lambda item: (-item.settled_at.timestamp() if item.settled_at else 0.0, item.position))
    if len(found) < limit and len(settled) < len(states):
        is_open = items.filter(state__in=BulkItem.OPEN_STATES)
        tried = list(is_open.exclude(code="", state=State.WAITING).order_by("pk")[:limit])
        found += tried + list(is_open.filter(code="", state=State.WAITING).order_by("pk")[:limit])
    return found[:limit]
