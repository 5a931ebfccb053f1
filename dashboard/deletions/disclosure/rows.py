"""Somebody wants to know everything that is held about a visitor: the request, its decision, and what was collected."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dashboard.core.work import LeasedQuerySet, LeasedRow

_UNDECIDED = ("requested", "erased")


class AccessRequestQuerySet(LeasedQuerySet["AccessRequest"]):
    """Which approved requests are still to be collected, and the claim on one of them."""


class AccessRequest(LeasedRow):
    """One visitor, everything about it, for a few days. A second person approves it, as if each value were revealed."""

    class State(models.TextChoices):
        REQUESTED = "requested", "Waits for approval"
        REFUSED = "refused", "Refused"
        APPROVED = "approved", "Being collected"
        READY = "ready", "Ready"
        EXPIRED = "expired", "Expired"
        ERASED = "erased", "Erased"

    OPEN_STATES = (State.APPROVED,)

    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    form_token = models.CharField(max_length=32, unique=True)
    # Emptied when it expires or the visitor is erased.
    visitor_id = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    ticket = models.CharField(max_length=64, blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, default="")
    collected_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    event_count = models.PositiveIntegerField(default=0)
    is_whole = models.BooleanField(default=True)
    """False when Fingerprint had more events than were read."""
    # Bytes, not JSON of the database: what comes from outside may hold anything.
    packed = models.BinaryField(null=True)
    because = models.CharField(max_length=400, blank=True, default="")

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=_UNDECIDED) | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="access_needs_second_person",
            ),
            models.CheckConstraint(condition=Q(packed=None) | Q(state="ready"), name="access_kept_while_ready"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["visitor_id"], name="access_of_visitor", condition=~Q(visitor_id="")),
            models.Index(fields=["state", "-id"], name="access_by_state"),
        ]

    @property
    def number(self) -> str:
        """`A-0012`."""
        return f"A-{self.pk:04d}"
