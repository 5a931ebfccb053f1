"""The one shape of background work: a leased row that is claimed, noted, called and settled.

A row with work in it carries a lease. A worker claims it with one conditional UPDATE; whoever holds the lease may
settle it, once. When a worker dies, the lease runs out and the next one claims the row again, finds what the dead one
had noted, and goes on from there. Celery only wakes workers: everything that matters stands in the row.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

import structlog
from celery import Task
from django.db import models, transaction
from django.db.models import F, Q
from kombu.exceptions import KombuError, OperationalError

log = structlog.get_logger("inkpad.work")

LEASE = timedelta(minutes=2)
"""How long a claimed row belongs to its worker: longer than its calls may take together (each ends by its own total
deadline, 20 seconds in a job), with room for clocks of several machines that do not agree."""

_WAKE_UP_EXPIRES = 120.0
"""Seconds after which a wake-up that no worker has taken means nothing any more: the sweep has sent others since."""

_CANDIDATES = 8
"""How many due rows a worker looks at when others are after the same ones."""


class LeaseLost(Exception):
    """The row is not this worker's any more (claimed by another since, or taken back); nothing may be written."""


class LeasedRow(models.Model):
    """A row with work in it. Subclasses have a `state` and name in OPEN_STATES those that still need work."""

    OPEN_STATES: ClassVar[tuple[str, ...]] = ()

    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_token = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def settle(self, **changes: Any) -> None:
        """Writes the result and gives the row back, if this worker still holds it; otherwise LeaseLost.

        Belongs into one transaction with the audit entry of what it says.
        """
        self._write(lease_token="", lease_until=None, **changes)

    def note(self, **changes: Any) -> None:
        """Writes something down before a call and keeps the row; LeaseLost when it is no longer ours.

        Must be committed before the call is made: whoever finds the row after a crash goes by it.
        """
        self._write(**changes)

    def _write(self, **changes: Any) -> None:
        rows = type(self)._base_manager.filter(pk=self.pk, lease_token=self.lease_token).exclude(lease_token="")
        if rows.update(**changes) != 1:
            raise LeaseLost(type(self).__name__, self.pk)
        for name, value in changes.items():
            setattr(self, name, value)


Row = TypeVar("Row", bound=LeasedRow)


class LeasedQuerySet(models.QuerySet[Row]):
    """Which rows are due, and the claim on one of them."""

    def due(self, now: datetime) -> Self:
        """Open rows that nobody holds and whose time has come, oldest first."""
        return self.filter(
            Q(next_attempt_at=None) | Q(next_attempt_at__lte=now),
            Q(lease_until=None) | Q(lease_until__lt=now),
            state__in=self.model.OPEN_STATES,
        ).order_by("pk")

    def held(self, now: datetime, *, claimed_within: timedelta = LEASE) -> Self:
        """Rows that a worker claimed (for LEASE) at most `claimed_within` ago and still holds."""
        return self.filter(lease_until__gte=now + LEASE - claimed_within).exclude(lease_token="")

    def claim(self, pk: int, *, now: datetime, lease: timedelta = LEASE) -> Row | None:
        """The row, held for `lease` by a token of its own, or None when somebody else has it or it is not due.

        Filters of this queryset do not count here: a filter over a join would move every condition into a subquery,
        which PostgreSQL does not look at again after it has waited for another worker's UPDATE, and both would win.
        """
        token = secrets.token_hex(16)
        rows = type(self)(self.model, using=self.db)
        claimed = (
            rows.due(now)
            .order_by()
            .filter(pk=pk)
            .update(lease_token=token, lease_until=now + lease, attempts=F("attempts") + 1)
        )
        # By its token: between the two statements the row may have been taken back.
        return rows.filter(pk=pk, lease_token=token).first() if claimed == 1 else None

    def claim_next(self, *, now: datetime, lease: timedelta = LEASE) -> Row | None:
        """The oldest due row of this queryset that can be had, or None when there is none."""
        while candidates := list(self.due(now).values_list("pk", flat=True)[:_CANDIDATES]):
            for pk in candidates:
                if (row := self.claim(pk, now=now, lease=lease)) is not None:
                    return row
        return None

    def claim_many(self, most: int, *, now: datetime, lease: timedelta = LEASE) -> list[Row]:
        """Up to `most` of the oldest due rows of this queryset, held for `lease`; two statements, however many.

        They share one token. Rows that another worker is claiming at this instant are passed over, not waited for:
        PostgreSQL skips what is locked and looks again at what it locks, SQLite lets one claim in at a time.
        """
        token, until = secrets.token_hex(16), now + lease
        with transaction.atomic(using=self.db):
            due = self.due(now).select_for_update(skip_locked=True, no_key=True, of=("self",))
            claimed = list(due[:most])
            if claimed:
                type(self)(self.model, using=self.db).filter(pk__in=[row.pk for row in claimed]).update(
                    lease_token=token, lease_until=until, attempts=F("attempts") + 1
                )
        for row in claimed:
            row.lease_token, row.lease_until, row.attempts = token, until, row.attempts + 1
        return claimed

    def give_back(self, rows: Sequence[Row]) -> None:
        """Unreached rows of one `claim_many` become as they were before it; those lost meanwhile stay as they are."""
        if rows:
            untouched = type(self)(self.model, using=self.db).filter(pk__in=[row.pk for row in rows])
            untouched.filter(lease_token=rows[0].lease_token).exclude(lease_token="").update(
                lease_token="", lease_until=None, attempts=F("attempts") - 1
            )


def wake(task: Task[Any, Any], *, in_seconds: float = 0, **arguments: Any) -> None:
    """Tells the workers after the commit that there is something to do, now or in a few seconds.

    Never raises when the broker is away, and never waits for it: the row is there, and the regular sweep finds it.
    """

    def send() -> None:
        try:
            task.apply_async(kwargs=arguments, countdown=in_seconds, expires=in_seconds + _WAKE_UP_EXPIRES, retry=False)
        except (KombuError, OperationalError, OSError) as error:
            log.warning("could not wake the workers; the sweep will", task=task.name, error=type(error).__name__)

    transaction.on_commit(send)
