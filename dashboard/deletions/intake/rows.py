"""A file of wishes as it came in: every line is kept until it became a request or somebody let it go."""

import json
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from dashboard.core.work import LeasedQuerySet, LeasedRow


class IntakeQuerySet(LeasedQuerySet["Intake"]):
    """Which files are being taken in, and the claim on one of them."""


class Intake(LeasedRow):
    """One uploaded file. Nothing of it is asked for before its reader confirms what was understood."""

    class State(models.TextChoices):
        READ = "read", "Read, not asked for yet"
        TAKING = "taking", "Being asked for"
        DONE = "done", "Done"
        DROPPED = "dropped", "Let go"

    OPEN_STATES = (State.TAKING.value,)

    state = models.CharField(max_length=8, choices=State.choices, default=State.READ.value)
    form_token = models.CharField(max_length=32, unique=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    """Where its times and legal days are counted when a line names no zone."""
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = IntakeQuerySet.as_manager()

    @property
    def number(self) -> str:
        """`F-0007`."""
        return f"F-{self.pk:04d}"


class IntakeLine(models.Model):
    """One line of a file: its cells as they came, what is wrong with it, and the request it became."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    """Its line in the file, the heading being 1."""
    # Empty once the visitor of this line was erased.
    cells = models.BinaryField(default=b"[]")
    visitor_id = models.CharField(max_length=64, blank=True, default="")
    group = models.CharField(max_length=64, blank=True, default="")
    """Lines of one group become one request; empty for lines with a fault."""
    # Bytes: the sentence may quote what stands in the line.
    fault_bytes = models.BinaryField(default=b"")
    request = models.ForeignKey(
        "deletions.DeletionRequest", on_delete=models.PROTECT, null=True, blank=True, related_name="intake_lines"
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["intake", "number"], name="intake_line_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["intake", "group", "number"], name="intake_groups"),
            models.Index(fields=["visitor_id"], name="intake_of_visitor", condition=~Q(visitor_id="")),
        ]

    @property
    def values(self) -> list[str]:
        """The cells, in the order of the file's columns."""
        found: list[str] = json.loads(bytes(self.cells))
        return found

    @property
    def fault(self) -> str:
        """The sentence what is wrong and what to do, or "" for a good line."""
        return bytes(self.fault_bytes).decode("utf-8", "surrogatepass")
