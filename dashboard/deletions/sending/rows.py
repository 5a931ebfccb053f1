"""A pause of all deletions as it is stored: who stopped them, why, and who let them go on."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Pause(models.Model):
    """A stretch of time in which nothing was sent to Fingerprint, because somebody said so. It is never deleted."""

    is_on = models.BooleanField(default=True)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deletions_paused")
    paused_at = models.DateTimeField()
    reason = models.TextField()
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="deletions_resumed"
    )
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["is_on"], condition=Q(is_on=True), name="deletion_one_pause"),
            models.CheckConstraint(
                condition=Q(is_on=True, resumed_by__isnull=True, resumed_at__isnull=True)
                | Q(is_on=False, resumed_by__isnull=False, resumed_at__isnull=False),
                name="deletion_pause_ends_by_somebody",
            ),
        ]
