"""Bulk jobs and their items. What was asked is frozen when a job starts; what became of it stands in its items."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from dashboard.core.work import LeasedQuerySet, LeasedRow
from dashboard.tagging.changes import Change, ChangeKind

AT_IT = timedelta(seconds=15)
"""A worker that claimed an event this long ago is taken to be alive; a dead one holds up its job no longer."""


class BulkJobs(models.QuerySet["BulkJob"]):
    """Which jobs need a worker."""

    def at_work(self) -> "BulkJobs":
        """Jobs whose items may be worked on: running ones, and cancelled ones with a call whose answer is not known."""
        return self.filter(state__in=(BulkJob.State.RUNNING, BulkJob.State.CANCELLED))

    def not_resting(self, now: datetime) -> "BulkJobs":
        """Jobs that do not wait for Fingerprint."""
        return self.filter(Q(rest_until=None) | Q(rest_until__lte=now))

    def stalled(self, now: datetime) -> "BulkJobs":
        """Jobs with something due that no worker is at, and running ones that only lack their end."""
        items = BulkItem.objects.filter(job=OuterRef("pk"))
        is_open = Exists(items.filter(state__in=BulkItem.OPEN_STATES))
        return (
            self.at_work()
            .not_resting(now)
            .filter(~Exists(items.at_work(now)))
            .filter(Exists(items.due(now).order_by()) | (~is_open & Q(state=BulkJob.State.RUNNING)))
        )


class BulkJob(models.Model):
    """One change for a frozen list of events, asked for by one person.

    A job begins as a draft: its events are collected, the list is frozen, somebody confirms that list. In these states
    nothing of it may be claimed or sent.
    """

    class State(models.TextChoices):
        COLLECTING = "collecting", "Collecting"
        READY = "ready", "Waits for confirmation"
        APPROVAL = "approval", "Waits for a second person"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        CANCELLED = "cancelled", "Cancelled"
        FINISHED = "finished", "Finished"
        DISCARDED = "discarded", "Not started"

    class Source(models.TextChoices):
        EVENT = "event", "One event, one click"
        CHOSEN = "chosen", "Chosen rows"
        PASTED = "pasted", "Pasted ids"
        FILE = "file", "A file"
        SEARCH = "search", "All that match a search"
        VISITOR = "visitor", "Every event of a visitor"
        UNDO = "undo", "What another job changed"

    DRAFT_STATES = (State.COLLECTING, State.READY, State.APPROVAL)
    ENDED_STATES = (State.CANCELLED, State.FINISHED, State.DISCARDED)

    # Empty until somebody confirms.
    change_kind = models.CharField(max_length=12, choices=ChangeKind.choices, blank=True, default="")
    # JSON bytes (changes.py); empty until confirmed, emptied when what it says was about an erased visitor.
    wanted = models.BinaryField(default=b"")
    reason = models.TextField(blank=True, default="")
    ticket = models.CharField(max_length=64, blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_jobs")
    # The form carries it, so that a double click starts one job.
    form_token = models.CharField(max_length=64)
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.CHOSEN)
    # Both are frozen when the list is complete; the hash is emptied with the last of its events.
    list_hash = models.CharField(max_length=64, blank=True, default="")
    count = models.PositiveIntegerField(default=0)

    # How far collecting is. The filters are those of the search (JSON bytes) or the ids that were sent (packed); they
    # are about people, as is the cursor, and both are emptied when the list is complete.
    filters = models.BinaryField(default=b"")
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    cursor = models.BinaryField(null=True)
    collected = models.PositiveIntegerField(default=0)
    collector_token = models.CharField(max_length=32, blank=True, default="")
    collector_until = models.DateTimeField(null=True, blank=True)
    # What of the source is not in the list: no ids of events, ids sent more than once, and whether more were found.
    malformed = models.PositiveIntegerField(default=0)
    doubled = models.PositiveIntegerField(default=0)
    is_cut = models.BooleanField(default=False)

    # An undo names the job it takes back, and whether it also puts back what was changed since.
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, related_name="undone_by", null=True, blank=True)
    overwrites = models.BooleanField(default=False)
    # Whether the first tags of this job were read back and are what was sent.
    tags_checked = models.BooleanField(default=False)

    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Decided when it is confirmed, by the limit of that moment.
    needs_approval = models.BooleanField(default=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approved_bulk_jobs", null=True, blank=True
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    paused_because = models.CharField(max_length=32, blank=True, default="")
    created_at = models.DateTimeField()
    running_since = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # When Fingerprint does not answer or asks us to slow down, the whole job waits, not one event after another.
    rest_until = models.DateTimeField(null=True, blank=True)
    rest_because = models.CharField(max_length=32, blank=True, default="")
    troubles = models.PositiveIntegerField(default=0)
    # When a worker last began to work on it: whose turn was longest ago comes next.
    last_turn_at = models.DateTimeField(null=True, blank=True)

    objects = BulkJobs.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["asked_by", "form_token"], name="tagging_one_job_per_form"),
            models.CheckConstraint(
                condition=Q(finished_at=None, state__in=["collecting", "ready", "approval", "running", "paused"])
                | Q(finished_at__isnull=False, state__in=["cancelled", "finished", "discarded"]),
                name="tagging_job_ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["collecting", "ready", "discarded"])
                | Q(confirmed_at__isnull=False) & ~Q(change_kind="") & Q(count__gt=0),
                name="tagging_nothing_runs_unconfirmed",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=False)
                | Q(state__in=["collecting", "ready", "approval", "discarded"])
                | Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("asked_by")),
                name="tagging_second_person_is_another",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["asked_by", "-id"], name="tagging_jobs_of_person"),
            models.Index(
                fields=["state"], name="tagging_jobs_open", condition=Q(state__in=["running", "paused", "cancelled"])
            ),
            models.Index(
                fields=["created_at"],
                name="tagging_drafts",
                condition=Q(state__in=["collecting", "ready", "approval"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """How people call it: J-0421."""
        return f"J-{self.pk:04d}"

    @property
    def change(self) -> Change:
        """What it sets; ValueError once the value was erased."""
        return Change.stored(self.change_kind, bytes(self.wanted))

    @property
    def is_erased(self) -> bool:
        """Whether what it was to set has been forgotten together with a visitor."""
        return self.confirmed_at is not None and not self.wanted

    @property
    def field(self) -> ChangeKind:
        """Which of an event's three values it sets."""
        return ChangeKind(self.change_kind).field

    @property
    def is_undo(self) -> bool:
        """Whether it puts back what another job changed; then what it sets stands in its items."""
        return self.source == self.Source.UNDO

    @property
    def is_one_click(self) -> bool:
        """Whether it was started from an event's own page, where no reason is asked for."""
        return self.source == self.Source.EVENT

    @property
    def is_draft(self) -> bool:
        """Whether its list still waits for people, so that nothing of it may be sent."""
        return self.state in self.DRAFT_STATES

    @property
    def has_ended(self) -> bool:
        return self.state in self.ENDED_STATES


class BulkItems(LeasedQuerySet["BulkItem"]):
    """The items of jobs."""

    def at_work(self, now: datetime) -> Self:
        """Those that a living worker has in hand."""
        return self.held(now, claimed_within=AT_IT)


class BulkItem(LeasedRow):
    """One event's part of a job.

    SENDING is committed before the call, together with `before`: whoever finds it with a lease that ran out must ask
    Fingerprint first, because the call may have happened.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        APPLIED = "applied", "Changed"
        ALREADY = "already", "Already so"
        SKIPPED = "skipped", "Skipped"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN_STATES = (State.WAITING, State.SENDING)

    job = models.ForeignKey(BulkJob, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    # Both are emptied when the visitor is erased.
    event_id = models.CharField(max_length=64, blank=True)
    visitor_id = models.CharField(max_length=64, blank=True, default="", db_index=True)
    event_at = models.DateTimeField(null=True, blank=True)
    # As the collector read them, for the preview's counts. The linked id is kept as a keyed hash only, "" for none.
    suspect_read = models.BooleanField(null=True, blank=True)
    linked_id_mark = models.CharField(max_length=32, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    before = models.BinaryField(null=True)
    # This event's own value, where the job's is not the same for all (merged tags, an undo), and for an undo what it
    # expects to find. JSON bytes, emptied with the visitor.
    wanted = models.BinaryField(null=True)
    expected = models.BinaryField(null=True)
    # Events of a list that was thrown away are deleted at once; what an undo names is never deleted.
    undoes = models.ForeignKey("self", on_delete=models.DO_NOTHING, related_name="put_back_by", null=True, blank=True)
    sends = models.PositiveIntegerField(default=0)
    answer_lost = models.BooleanField(default=False)
    code = models.CharField(max_length=32, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = BulkItems.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["job", "event_id"], condition=~Q(event_id=""), name="tagging_event_once"),
            models.UniqueConstraint(fields=["job", "position"], name="tagging_place_once"),
            models.CheckConstraint(
                condition=Q(settled_at=None, state__in=["waiting", "sending"])
                | Q(settled_at__isnull=False) & Q(state__in=["applied", "already", "skipped", "failed", "cancelled"]),
                name="tagging_item_settled_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(before__isnull=False),
                name="tagging_nothing_sent_without_note",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["job", "state", "-settled_at"], name="tagging_items_of_state"),
            models.Index(fields=["job", "-settled_at"], name="tagging_items_by_time"),
            models.Index(
                fields=["job", "id"], name="tagging_items_open", condition=Q(state__in=["waiting", "sending"])
            ),
            # Counts of a whole job are read from this alone.
            models.Index(fields=["job", "state", "code"], name="tagging_items_counted"),
            models.Index(
                fields=["job", "lease_until"], name="tagging_items_held", condition=Q(lease_until__isnull=False)
            ),
            models.Index(fields=["event_id"], name="tagging_items_of_event"),
        ]

    def __str__(self) -> str:
        return f"item {self.position} of job {self.job_id}"

    @property
    def was_sending(self) -> bool:
        """Whether an earlier attempt may have reached Fingerprint; asked right after the claim."""
        return self.state == self.State.SENDING
