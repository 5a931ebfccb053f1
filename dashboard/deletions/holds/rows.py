"""A legal hold as it is stored: what must be kept for now, why, and until when somebody looks at it again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class LegalHold(models.Model):
    """Stands on one visitor, one linked id or one request until somebody lifts it; only then a deletion goes on."""

    class Kind(models.TextChoices):
        VISITOR = "visitor", "A visitor"
        LINKED_ID = "linked_id", "A linked id"
        REQUEST = "request", "A deletion request"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    # One of the three says what is held; the two values are emptied when their visitor is erased after the hold ended.
    visitor_id = models.CharField(max_length=64, blank=True, default="")
    # Bytes, not text: what customers put there may hold NUL, which PostgreSQL refuses in text.
    linked_id_bytes = models.BinaryField(default=b"")
    request = models.ForeignKey(
        "deletions.DeletionRequest", on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    reason = models.TextField()
    case = models.CharField(max_length=64, blank=True, default="")
    """Our own number of the legal case."""
    review_on = models.DateField()
    form_token = models.CharField(max_length=32, unique=True)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="holds_placed")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="holds_lifted"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.TextField(blank=True, default="")
    review_told_at = models.DateTimeField(null=True, blank=True)
    """When people were told that its review date has come; empty again once the date was moved."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind="request", request__isnull=False, visitor_id="")
                | Q(kind="visitor", request__isnull=True) & (~Q(visitor_id="") | Q(lifted_at__isnull=False))
                | Q(kind="linked_id", request__isnull=True, visitor_id=""),
                name="hold_names_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_is_lifted_by_somebody",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["visitor_id"], name="hold_of_visitor", condition=~Q(visitor_id="")),
            models.Index(fields=["linked_id_bytes"], name="hold_of_linked_id", condition=Q(kind="linked_id")),
            models.Index(fields=["review_on"], name="hold_review", condition=Q(lifted_at__isnull=True)),
        ]

    @property
    def number(self) -> str:
        """`H-0012`."""
        return f"H-{self.pk:04d}"

    @property
    def linked_id(self) -> str:
        return bytes(self.linked_id_bytes).decode("utf-8", "surrogatepass")

    @property
    def stands(self) -> bool:
        return self.lifted_at is None
