"""Asking Fingerprint whether what it accepted is done: rounds of questions, each question a row of its own.

A day after acceptance, then daily, later weekly for what stays until its retention ends. A question is claimed, noted,
asked and settled like all work; the last one of a round settles what the round proves. Nothing is ever concluded from
an answer that did not come.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction
from django.utils import timezone

from dashboard.core.work import LeaseLost
from dashboard.deletions.disclosure import actions as disclosure
from dashboard.deletions.disclosure.rows import AccessRequest
from dashboard.deletions.models import DeletionVisitor
from dashboard.deletions.policy import AT_ONCE_WINDOW, HOUR
from dashboard.deletions.states import VisitorState
from dashboard.deletions.watch import conclusions, forgetting, verdict
from dashboard.deletions.watch.rows import LocalErasure, Probe, Watch
from dashboard.deletions.watch.verdict import Answer, Question
from fingerprint_integration.domain import UnreadableEvent
from fingerprint_integration.errors import FingerprintError, NotConfigured, NotFound, RateLimited
from fingerprint_integration.query import EventQuery
from fingerprint_integration.services import reads
from fingerprint_integration.services.reads import Patience

log = structlog.get_logger("inkpad.deletions")
Clock = Callable[[], datetime]

AT_ONCE = 20
"""Steps that one run of the task takes before it lets others have the worker."""
GIVE_UP_AFTER = timedelta(hours=6)
"""A question without an answer for so long waits for the next round."""
_LONGEST_WAIT = timedelta(minutes=30)


class Found(NamedTuple):
    """What an answer said: its meaning, how many events, the time of the newest that should not be there."""

    answer: Answer
    events: int = 0
    event_at: datetime | None = None


def begin(row: DeletionVisitor, *, now: datetime) -> None:
    """Fingerprint accepted: from now on Inkpad watches this visitor. Part of the transaction that says so."""
    Watch.objects.create(
        visitor=row,
        begun_at=now,
        connection=reads.connection_mark(),
        residue_until=_residue_until(row),
        next_attempt_at=verdict.first_check(now),
    )


def begin_unknown(row: DeletionVisitor, *, now: datetime) -> None:
    """Fingerprint never knew this visitor: there is nothing to ask, only to forget the id after a while."""
    Watch.objects.create(visitor=row, begun_at=now, connection="", ended_at=now, next_attempt_at=now + verdict.IDS_KEPT)


def _residue_until(row: DeletionVisitor) -> datetime | None:
    if row.oldest_kept_until is not None:
        return row.oldest_kept_until
    if row.evidence_is_whole or row.evidence_at is None:
        return None
    # There were more events than were read: the newest one that stays cannot be younger than the border.
    return row.evidence_at - AT_ONCE_WINDOW + reads.capabilities().retention


# -- What is due --------------------------------------------------------------------------------------------


def follow_due(*, clock: Clock = timezone.now) -> bool:
    """Takes what is due, a step at a time; True when more is due at once."""
    for _ in range(AT_ONCE):
        if not _one_step(clock):
            return False
    return something_is_due(clock())


def something_is_due(now: datetime) -> bool:
    """Whether a visitor is to be forgotten, asked about, or released now."""
    return any(each.objects.due(now).exists() for each in (LocalErasure, Watch, Probe, AccessRequest))


def _one_step(clock: Clock) -> bool:
    if forgetting.erase_due(now=clock()) or disclosure.collect_due(now=clock()):
        return True
    watch = Watch.objects.claim_next(now=clock())
    if watch is not None:
        _unless_lost(lambda: _advance(watch, clock()))
        return True
    probe = Probe.objects.claim_next(now=clock())
    if probe is not None:
        _unless_lost(lambda: _ask(probe, clock))
        return True
    return False


def _unless_lost(act: Callable[[], None]) -> None:
    try:
        act()
    except LeaseLost:
        log.warning("a watch went on without us")


# -- A round ------------------------------------------------------------------------------------------------


def _advance(watch: Watch, now: datetime) -> None:
    visitor = watch.visitor
    if watch.ended_at is not None:
        return _forget_in_the_end(watch, now)
    if watch.probes.filter(state=Probe.WAITING).exists():
        return watch.settle(next_attempt_at=now + HOUR)
    try:
        retention = reads.capabilities().retention
    except NotConfigured:
        return watch.settle(next_attempt_at=now + HOUR)
    is_recent = visitor.state in (VisitorState.ACCEPTED, VisitorState.OVERDUE)
    if is_recent and now >= verdict.provable_until(conclusions.accepted_at(visitor), retention):
        return conclusions.end_unproven_for_age(watch, now=now)
    return _begin_round(watch, visitor, is_recent=is_recent, now=now)


@transaction.atomic
def _begin_round(watch: Watch, visitor: DeletionVisitor, *, is_recent: bool, now: datetime) -> None:
    """Writes down what is asked: at most a dozen questions, each to be asked once."""
    turn = watch.round
    older = verdict.sample(len(visitor.older_event_ids), 1 if is_recent else verdict.MOST_RESIDUE, turn)
    events = verdict.sample(len(visitor.event_ids), verdict.MOST_EVIDENCE, turn) if is_recent else []
    asked = [
        *((Question.EVENT, place) for place in events),
        (Question.SEARCH, 0),
        *((Question.OLDER, place) for place in older),
    ]
    Probe.objects.bulk_create(
        Probe(watch=watch, round=turn + 1, question=question, place=place, begun_at=now, next_attempt_at=now)
        for question, place in asked
    )
    watch.settle(round=turn + 1, next_attempt_at=now + verdict.CHECK_EVERY)


def _forget_in_the_end(watch: Watch, now: datetime) -> None:
    due_at = (watch.ended_at or now) + verdict.IDS_KEPT
    if now < due_at:
        return watch.settle(next_attempt_at=due_at)
    # What no transaction covers goes first: afterwards nobody knows any more what to look for.
    if LocalErasure.objects.filter(visitor=watch.visitor_id, state=LocalErasure.WAITING).exists():
        return watch.settle(next_attempt_at=now + HOUR)
    return forgetting.release(watch, now=now)


# -- One question -------------------------------------------------------------------------------------------


def _ask(probe: Probe, clock: Clock) -> None:
    now = clock()
    probe.note(asked_at=now)
    visitor = probe.watch.visitor
    try:
        found = _search(visitor, now) if probe.question == Question.SEARCH else _event(probe, visitor)
    except NotFound as error:
        # A 404 that is not Fingerprint's own word about an event comes from something in between.
        if probe.question != Question.SEARCH and reads.is_gone(error):
            return _settle(probe, Found(Answer.GONE), now=clock())
        return _settle_no_answer(probe, error, now=clock())
    except FingerprintError as error:
        return _settle_no_answer(probe, error, now=clock())
    return _settle(probe, found, now=clock())


def _event(probe: Probe, visitor: DeletionVisitor) -> Found:
    question = Question(probe.question)
    ids = visitor.older_event_ids if question == Question.OLDER else visitor.event_ids
    event = reads.get_event(ids[probe.place], patience=Patience.JOB)
    answer = verdict.about_event(question, event.at, conclusions.accepted_at(visitor))
    return Found(answer, 1, event.at)


def _search(visitor: DeletionVisitor, now: datetime) -> Found:
    accepted_at = conclusions.accepted_at(visitor)
    query = EventQuery(visitor_id=visitor.visitor_id, start=accepted_at - AT_ONCE_WINDOW, end=now, limit=10)
    page = reads.search_events(query, patience=Patience.JOB)
    times = [None if isinstance(event, UnreadableEvent) else event.at for event in page.events]
    answer = verdict.about_search(times, accepted_at)
    known = [at for at in times if at is not None]
    return Found(answer, len(times), max(known) if known and answer != Answer.NOTHING else None)


@transaction.atomic
def _settle(probe: Probe, found: Found, *, now: datetime) -> None:
    watch = Watch.objects.select_for_update().get(pk=probe.watch_id)
    probe.settle(
        state=Probe.ANSWERED,
        answer=found.answer,
        found_count=found.events,
        event_at=found.event_at,
        answered_at=now,
        because="",
        next_attempt_at=None,
    )
    _conclude_if_last(watch, probe, now=now)


@transaction.atomic
def _settle_no_answer(probe: Probe, error: FingerprintError, *, now: datetime) -> None:
    watch = Watch.objects.select_for_update().get(pk=probe.watch_id)
    because = error.user_message.rstrip(".")[:400]
    if now < probe.begun_at + GIVE_UP_AFTER:
        wait = min(timedelta(seconds=15) * 2 ** min(probe.attempts, 10), _LONGEST_WAIT)
        if isinstance(error, RateLimited):
            wait = max(timedelta(seconds=error.retry_after or 0), timedelta(seconds=5))
        return probe.settle(because=because, next_attempt_at=now + min(wait, HOUR))
    probe.settle(state=Probe.SILENT, because=because, next_attempt_at=None)
    return _conclude_if_last(watch, probe, now=now)


def _conclude_if_last(watch: Watch, probe: Probe, *, now: datetime) -> None:
    """The last answer of a round says what the round proves. The watch's row is held, so there is one last answer."""
    if not watch.probes.filter(round=probe.round, state=Probe.WAITING).exists():
        conclusions.conclude(watch, now=now)
