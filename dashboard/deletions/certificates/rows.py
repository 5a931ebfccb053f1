"""A certificate as it is stored: its bytes never change and never name a visitor."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Certificate(models.Model):
    """What can be said of a request at one moment, bound to an entry of the audit log by its hash."""

    request = models.ForeignKey("deletions.DeletionRequest", on_delete=models.PROTECT, related_name="certificates")
    number = models.PositiveSmallIntegerField()
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Nobody: Inkpad issued it by itself when there was nothing more to ask."""
    body = models.BinaryField()
    """The RFC 8785 bytes of the certificate."""
    sha256 = models.CharField(max_length=64)
    entry = models.BigIntegerField()
    """The audit entry that holds the hash; a number, because the log knows no foreign keys."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["request", "number"], name="deletion_certificate_number")
        ]

    @property
    def name(self) -> str:
        """`D-0231/1`."""
        return f"D-{self.request_id:04d}/{self.number}"
