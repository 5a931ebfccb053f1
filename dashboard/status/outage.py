"""Whether Fingerprint answers, known to all processes at once and without a question of its own.

Every question that anybody asks tells (services/watching.py): one that ends without an answer begins an outage, the
next answer ends it. While one lasts and nobody asks, Inkpad asks by itself twice a minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from dashboard.status.models import Connection
from fingerprint_integration.domain import EventQuery
from fingerprint_integration.errors import FingerprintError, Unavailable
from fingerprint_integration.services import reads
from fingerprint_integration.services.watching import Outcome

log = structlog.get_logger("inkpad.status")

_THE_ROW = 1
PROBE_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class State:
    """Since when Fingerprint gives no answer, or a slow one; None while it does not."""

    down_since: datetime | None = None
    slow_since: datetime | None = None


def state() -> State:
    """How it is now. One query."""
    row = Connection.objects.filter(pk=_THE_ROW).first()
    return State(row.down_since, row.slow_since) if row else State()


def for_frame() -> dict[str, Any]:
    """The same for the frame of every page; a database that does not answer has a page of its own."""
    now = state()
    return {"outage": now if now.down_since or now.slow_since else None}


def note(outcome: Outcome) -> None:
    """Takes in how one question went. Never raises: the question matters more than what we know about it."""
    try:
        _note(outcome, now=timezone.now())
    except DatabaseError as error:
        log.warning("could not note how Fingerprint is", error=type(error).__name__)


def probe(*, now: datetime) -> None:
    """Asks Fingerprint whether it is back, if something is wrong and nobody did within PROBE_EVERY."""
    wrong = Connection.objects.filter(pk=_THE_ROW).exclude(down_since=None, slow_since=None)
    is_time = Q(probe_at=None) | Q(probe_at__lte=now)
    if wrong.filter(is_time).update(probe_at=now + PROBE_EVERY) != 1:
        return
    try:
        reads.search_events(EventQuery(start=now - timedelta(minutes=1), end=now, limit=1))
    except FingerprintError as error:
        log.info("Fingerprint was asked whether it is back", error=error.code)


def is_due(*, now: datetime) -> bool:
    """Whether `probe` would ask."""
    wrong = Connection.objects.filter(pk=_THE_ROW).exclude(down_since=None, slow_since=None)
    return wrong.filter(Q(probe_at=None) | Q(probe_at__lte=now)).exists()


def _note(outcome: Outcome, *, now: datetime) -> None:
    error = outcome.error
    if isinstance(error, Unavailable):
        _begin("down_since", now)
        return
    if error is not None and error.status is None:
        return  # nothing was sent: that says nothing about Fingerprint
    known = state()
    over: dict[str, None] = {}
    if known.down_since:
        over["down_since"] = None
    if outcome.is_page and outcome.seconds >= settings.FINGERPRINT_SLOW_SECONDS:
        _begin("slow_since", now)
    elif outcome.is_page and known.slow_since:
        over["slow_since"] = None
    if over:
        Connection.objects.filter(pk=_THE_ROW).update(**over)
        log.info("Fingerprint answers as usual again", was=sorted(over))


def _begin(field: str, now: datetime) -> None:
    Connection.objects.get_or_create(pk=_THE_ROW)
    began = Connection.objects.filter(pk=_THE_ROW, **{field: None})
    if began.update(**{field: now}, probe_at=now + PROBE_EVERY) == 1:
        log.warning("Fingerprint gives no answer" if field == "down_since" else "Fingerprint answers slowly")
