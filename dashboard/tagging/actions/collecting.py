"""What a worker does with a list that is being collected: one piece after another, each kept with the place behind it.

The lease of the collector stands in the job's row. A collector that dies leaves a list that is right as far as it got;
the next one goes on behind its last piece.
"""

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.core.access import Perm
from dashboard.core.work import LEASE, wake
from dashboard.notices.kinds import NoticeKind
from dashboard.tagging import policy, tasks, telling
from dashboard.tagging.actions import undo_rows
from dashboard.tagging.actions.lists import (
    Chosen,
    add_items,
    end_list,
    freeze,
    row_of,
    rows_of,
    unpack,
    unpack_questions,
)
from dashboard.tagging.models import BulkItem, BulkJob, BulkJobs
from fingerprint_integration.config import Patience
from fingerprint_integration.domain import Event
from fingerprint_integration.errors import FingerprintError, InvalidRequest, NotAvailable, RateLimited
from fingerprint_integration.services import reads

State, Source = BulkJob.State, BulkJob.Source
_ROWS_A_PIECE = 5000


@dataclass(frozen=True)
class Piece:
    """What one step adds to a list; `cursor` is where the next one begins, None at the end."""

    rows: list[BulkItem] = field(default_factory=list)
    cursor: bytes | None = None
    unreadable: int = 0


def collect(*, job_id: int) -> None:
    """Works on one list for a while; wakes the next turn when something is left."""
    if (token := _take(job_id)) is None:
        return  # somebody else is at it, it rests, or it is no longer being collected
    stop_at = time.monotonic() + policy.BATCH.total_seconds()
    try:
        while time.monotonic() < stop_at and _step(job_id, token):
            pass
    finally:
        BulkJob.objects.filter(pk=job_id, collector_token=token).update(collector_token="", collector_until=None)
    _go_on(job_id)


def wake_collectors() -> None:
    """Wakes a worker for every list that nobody is collecting."""
    for job_id in _free(timezone.now()).order_by("pk").values_list("pk", flat=True):
        wake(tasks.collect, job_id=job_id)


def _free(now: datetime) -> BulkJobs:
    return (
        BulkJob.objects.filter(state=State.COLLECTING)
        .not_resting(now)
        .filter(Q(collector_until=None) | Q(collector_until__lt=now))
    )


def _take(job_id: int) -> str | None:
    now, token = timezone.now(), secrets.token_hex(16)
    taken = _free(now).filter(pk=job_id).update(collector_token=token, collector_until=now + LEASE)
    return token if taken == 1 else None


def _go_on(job_id: int) -> None:
    job = BulkJob.objects.filter(pk=job_id, state=State.COLLECTING).first()
    if job is None:
        return
    rest = (job.rest_until - timezone.now()).total_seconds() if job.rest_until else 0.0
    if rest <= policy.BATCH.total_seconds():
        wake(tasks.collect, in_seconds=max(rest, 0.0), job_id=job_id)


def _step(job_id: int, token: str) -> bool:
    """Adds one piece; False when there is nothing to go on with now."""
    mine = BulkJob.objects.filter(pk=job_id, state=State.COLLECTING, collector_token=token)
    job = mine.select_related("asked_by").first()
    if job is None:
        return False
    if Perm.CHANGE_EVENTS not in job.asked_by.perms:
        _end(job_id, token, policy.RIGHT_LOST)
        return False
    try:
        piece = _next_piece(job)
    except FingerprintError as error:
        _settle_trouble(job, token, error)
        return False
    return _keep(job_id, token, piece)


@transaction.atomic(durable=True)
def _keep(job_id: int, token: str, piece: Piece) -> bool:
    """The piece and the place behind it, in one transaction, if this collector still has the list."""
    mine = BulkJob.objects.select_for_update(of=("self",)).filter(
        pk=job_id, state=State.COLLECTING, collector_token=token
    )
    if (job := mine.first()) is None:
        return False  # thrown away meanwhile, or another collector took over
    now = timezone.now()
    room = policy.MOST_EVENTS - job.collected
    # Twice at the border of two pages of a search says nothing; only what somebody sent twice is told.
    add_items(job, piece.rows[:room])
    job.malformed += piece.unreadable
    job.cursor, job.collector_until = piece.cursor, now + LEASE
    job.troubles, job.rest_until, job.rest_because = 0, None, ""
    is_full = len(piece.rows) > room or (job.collected >= policy.MOST_EVENTS and piece.cursor is not None)
    job.is_cut = is_full
    if is_full or piece.cursor is None:
        job.collector_token, job.collector_until = "", None
        freeze(job, now)
        if job.state == State.READY:
            telling.asker(NoticeKind.JOB_LISTED, job, now, count=job.count)
        return False
    job.save()
    return True


def _next_piece(job: BulkJob) -> Piece:
    place = bytes(job.cursor).decode("utf-8", "surrogatepass") if job.cursor is not None else None
    if job.source in (Source.SEARCH, Source.VISITOR):
        return _found(job, place)
    if job.source == Source.UNDO:
        return _to_put_back(job, place)
    begin = int(place or 0)
    events = unpack(bytes(job.filters))
    piece, behind = events[begin : begin + _ROWS_A_PIECE], begin + _ROWS_A_PIECE
    return Piece(rows_of(piece, timezone.now()), str(behind).encode() if behind < len(events) else None)


def _found(job: BulkJob, place: str | None) -> Piece:
    questions = unpack_questions(bytes(job.filters))
    number, _colon, cursor = (place or "0:").partition(":")
    query = msgspec.structs.replace(
        questions[int(number)],
        start=job.window_start,
        end=job.window_end,
        limit=policy.EVENTS_PER_SEARCH,
        total_hits=None,
    )
    page = reads.search_events(query, cursor=cursor or None, patience=Patience.JOB)
    rows, unreadable = [], 0
    for item in page.events:
        if item.event_id is None or not policy.is_id(item.event_id):
            unreadable += 1
        elif isinstance(item, Event):
            rows.append(row_of(item))
        else:
            rows.extend(rows_of([Chosen(item.event_id)], timezone.now()))
    return Piece(rows, _place_behind(page.cursor, int(number), len(questions)), unreadable)


def _place_behind(cursor: str | None, number: int, count: int) -> bytes | None:
    """The next page of this question, or the first one of the next question; None behind the last."""
    if cursor is not None:
        return f"{number}:{cursor}".encode("utf-8", "surrogatepass")
    return f"{number + 1}:".encode() if number + 1 < count else None


def _to_put_back(job: BulkJob, place: str | None) -> Piece:
    original = BulkJob.objects.get(undone_by=job)
    rows, last = undo_rows.next_rows(original, after=int(place or 0), limit=_ROWS_A_PIECE)
    return Piece(rows, None if last is None else str(last).encode())


def _settle_trouble(job: BulkJob, token: str, error: FingerprintError) -> None:
    """Later, or never: what an error of Fingerprint means for a list."""
    if isinstance(error, InvalidRequest | NotAvailable):
        _end(job.pk, token, policy.SEARCH_REFUSED)
        return
    is_turn = isinstance(error, RateLimited) and error.status is None
    troubles = job.troubles if is_turn else job.troubles + 1
    rest = policy.turn_in(error.retry_after) if is_turn else policy.rest_for(troubles, error.retry_after)
    code = policy.BUDGET if is_turn else policy.rest_code(error)
    BulkJob.objects.filter(pk=job.pk, collector_token=token).update(
        troubles=troubles, rest_until=timezone.now() + rest, rest_because=code
    )


@transaction.atomic(durable=True)
def _end(job_id: int, token: str, code: str) -> None:
    mine = BulkJob.objects.select_for_update(of=("self",)).filter(
        pk=job_id, state=State.COLLECTING, collector_token=token
    )
    if (job := mine.first()) is not None:
        end_list(job, code, timezone.now())
