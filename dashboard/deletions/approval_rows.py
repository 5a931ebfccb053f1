"""What is stored around a decision: who opened which scope, and approvals that became void."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Opening(models.Model):
    """A person has had a request's page before them, last with this scope. Approving several asks for it."""

    request = models.ForeignKey("deletions.DeletionRequest", on_delete=models.CASCADE, related_name="openings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    scope_hash = models.CharField(max_length=64)
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["request", "person"], name="deletion_opening_once")
        ]


class VoidedApproval(models.Model):
    """An approval that no longer counts: the decision itself stands on the request, the earlier ones here."""

    request = models.ForeignKey("deletions.DeletionRequest", on_delete=models.CASCADE, related_name="voided_approvals")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    scope_hash = models.CharField(max_length=64)
    reason = models.TextField(blank=True, default="")
    voided_at = models.DateTimeField()
    because = models.CharField(max_length=200)
    """In our own words."""

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["request", "-id"], name="deletion_voided")]
