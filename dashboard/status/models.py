"""What all processes know together about the connection to Fingerprint."""

from django.db import models


class Connection(models.Model):
    """One row: since when Fingerprint gives no answer, or a slow one; both are null while all is well."""

    down_since = models.DateTimeField(null=True, blank=True)
    slow_since = models.DateTimeField(null=True, blank=True)
    probe_at = models.DateTimeField(null=True, blank=True)
    """While something is wrong: when Inkpad itself asks next."""

    def __str__(self) -> str:
        return "the connection to Fingerprint"
