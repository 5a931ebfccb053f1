"""What is stored of the time after Fingerprint accepted: the watch over a visitor, each question asked, what we forgot.

Rows here hold no identifiers: the request's own row keeps them until `Watch.released_at`. What remains of the person
then is a keyed hash (`ErasedVisitor`), which answers only whoever brings the id.
"""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from dashboard.core.work import LeasedQuerySet, LeasedRow
from dashboard.deletions.watch.verdict import Answer, Question

if TYPE_CHECKING:
    from dashboard.deletions.models import DeletionVisitor


def watch_of(visitor: "DeletionVisitor") -> "Watch | None":
    """The watch over a visitor; one whose request joined another is watched there. None before acceptance."""
    own: Watch | None = getattr(visitor, "watch", None)
    return own or (getattr(visitor.joins, "watch", None) if visitor.joins is not None else None)


def local_erasure_of(visitor: "DeletionVisitor") -> "LocalErasure | None":
    """How Inkpad forgets a visitor itself, in the same way."""
    own: LocalErasure | None = getattr(visitor, "local_erasure", None)
    return own or (getattr(visitor.joins, "local_erasure", None) if visitor.joins is not None else None)


def erased_of(visitor: "DeletionVisitor") -> "ErasedVisitor | None":
    """The keyed hash of a visitor, in the same way."""
    own: ErasedVisitor | None = getattr(visitor, "erased", None)
    return own or (getattr(visitor.joins, "erased", None) if visitor.joins is not None else None)


WATCHED = ("watch", "joins__watch", "local_erasure", "joins__local_erasure", "erased", "joins__erased")
"""What to select with visitors whose watch is asked for."""


class WatchQuerySet(LeasedQuerySet["Watch"]):
    """Which watches are due, and the claim on one of them."""


class Watch(LeasedRow):
    """What Inkpad does about one visitor after the deletion was accepted: ask again and again, then forget."""

    OPEN, ENDED = "open", "ended"
    STATES = ((OPEN, "Open"), (ENDED, "Ended"))
    OPEN_STATES = (OPEN,)

    visitor = models.OneToOneField("deletions.DeletionVisitor", on_delete=models.PROTECT, related_name="watch")
    state = models.CharField(max_length=8, choices=STATES, default=OPEN)
    connection = models.CharField(max_length=64)
    """Through which workspace and key it was sent, as a hash: another key's "not found" proves nothing."""
    round = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    """When the last round ended in which Fingerprint answered every question."""
    asked_count = models.PositiveIntegerField(default=0)
    gone_count = models.PositiveIntegerField(default=0)
    """Of the recorded events: how many were asked about in the last whole round, and how many were gone."""
    verified_at = models.DateTimeField(null=True, blank=True)
    overdue_since = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    """The time of an event under the same id, more than an hour after the deletion was accepted: an alarm."""
    residue_until = models.DateTimeField(null=True, blank=True)
    """When the retention of the newest older event ends; None when there is none."""
    ended_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    """When the request itself forgot whom it was about."""

    objects = WatchQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(ended_at__isnull=False), name="deletion_released_only_when_ended"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_attempt_at"], name="deletion_watch_due", condition=Q(state="open"))
        ]


class ProbeQuerySet(LeasedQuerySet["Probe"]):
    """Which questions are due, and the claim on one of them."""


class Probe(LeasedRow):
    """One question to Fingerprint about one visitor: is this event still there, is there anything recent."""

    WAITING, ANSWERED, SILENT = "waiting", "answered", "silent"
    STATES = ((WAITING, "Waiting"), (ANSWERED, "Answered"), (SILENT, "No answer"))
    OPEN_STATES = (WAITING,)

    watch = models.ForeignKey(Watch, on_delete=models.PROTECT, related_name="probes")
    round = models.PositiveIntegerField()
    question = models.CharField(max_length=8, choices=[(each.value, each.name) for each in Question])
    place = models.PositiveIntegerField(default=0)
    """Which of the recorded events, counted from 0; 0 for a search."""
    state = models.CharField(max_length=8, choices=STATES, default=WAITING)
    answer = models.CharField(max_length=8, choices=[(each.value, each.name) for each in Answer], blank=True)
    found_count = models.PositiveIntegerField(default=0)
    event_at = models.DateTimeField(null=True, blank=True)
    """The time of the newest event that was found where none should be."""
    begun_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=400, blank=True, default="")
    """Why there is no answer, in our own words; never anything from outside."""

    objects = ProbeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["watch", "round", "question", "place"], name="deletion_question_once"),
            models.CheckConstraint(
                condition=~Q(state="answered") | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="deletion_answered_has_answer",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_attempt_at"], name="deletion_probe_due", condition=Q(state="waiting"))
        ]


class LocalErasureQuerySet(LeasedQuerySet["LocalErasure"]):
    """Which erasures are due, and the claim on one of them."""


class LocalErasure(LeasedRow):
    """Forgetting a visitor here after the commit that did most of it: again, and in stores that no transaction covers.

    A row with its next attempt, so that it is tried until everything is gone.
    """

    WAITING, DONE = "waiting", "done"
    STATES = ((WAITING, "Waiting"), (DONE, "Done"))
    OPEN_STATES = (WAITING,)

    visitor = models.OneToOneField("deletions.DeletionVisitor", on_delete=models.PROTECT, related_name="local_erasure")
    state = models.CharField(max_length=8, choices=STATES, default=WAITING)
    begun_at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    """Emptied or deleted, by the feature's own name; over all passes."""
    done_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=400, blank=True, default="")

    objects = LocalErasureQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_attempt_at"], name="deletion_erasure_due", condition=Q(state="waiting"))
        ]


class ErasedVisitor(models.Model):
    """Answers "was this visitor erased?": a keyed hash of the id, kept as long as records of requests are."""

    visitor = models.OneToOneField("deletions.DeletionVisitor", on_delete=models.PROTECT, related_name="erased")
    key_version = models.PositiveSmallIntegerField()
    lookup = models.CharField(max_length=64, db_index=True)
    erased_at = models.DateTimeField()
    keep_until = models.DateTimeField(db_index=True)
