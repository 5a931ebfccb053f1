"""The rules of deletions without any I/O: the scope, who may decide, when to send, what an answer means."""

import hashlib
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

import rfc8785

from dashboard.deletions.states import Status

CALL_DEADLINE = timedelta(seconds=20)
"""No DELETE call of ours takes longer: the client gives up by then."""
LOST_ANSWER_WAIT = CALL_DEADLINE + timedelta(seconds=60)
"""How long after sending a call without an answer can still arrive at Fingerprint; only then is it asked about."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(seconds=1)
"""A window is left a moment later than it must be: Fingerprint's clock and ours are not one."""
_FREE_AFTER_AN_HOUR, _FREE_AFTER_A_DAY = HOUR + TICK, DAY + TICK
AT_ONCE_WINDOW = timedelta(days=10)
"""Fingerprint deletes events of the past ten days within 24 hours; older ones stay until their retention ends."""
GONE_WITHIN = timedelta(hours=24)


# -- The scope: what exactly is approved --------------------------------------------------------------------


def scope_hash(*, visitor_ids: Iterable[str], linked_ids: Iterable[str], jurisdiction: str, legal_basis: str) -> str:
    """SHA-256 (hexadecimal) of what an approval covers, as RFC 8785 bytes. Order and repetition do not matter.

    Counts and dates are no part of it: they change by themselves while nobody changes the scope.
    """
    scope: dict[str, Any] = {
        "v": 1,
        "visitor_ids": sorted(set(visitor_ids)),
        "linked_ids": sorted(set(linked_ids)),
        "jurisdiction": str(jurisdiction),
        "legal_basis": legal_basis,
    }
    return hashlib.sha256(rfc8785.dumps(scope)).hexdigest()


# -- Two people ---------------------------------------------------------------------------------------------


class Obstacle(Enum):
    """Why a request may not be decided or carried out; the value is the sentence for people and for the log."""

    OWN_REQUEST = "Who asked for a deletion can never approve or refuse it, whatever their roles"
    NO_RIGHT = "You may not approve or refuse deletions"
    ROLE_TOO_YOUNG = "The role that approves was given too short a while ago"
    FOREIGN_LINK = "The password came through somebody else's link too short a while ago"
    NOT_FRESH = "The password was not given a short while ago"
    NOT_WAITING = "It does not wait for a decision any more"
    SCOPE_CHANGED = "Its scope is not the one that was on the page"
    NOT_APPROVED = "It is not approved"
    APPROVER_IS_ASKER = "The same person asked and approved"
    APPROVER_LOST_RIGHT = "Who approved it may no longer approve deletions"
    SCOPE_NOT_APPROVED = "What was approved is not what it holds now"


def obstacle_to_deciding(
    *,
    status: Status,
    requested_by: int,
    by: int,
    may_decide: bool,
    role_is_old_enough: bool,
    password_is_theirs: bool,
    is_fresh: bool,
    shown_scope: str,
    scope: str,
) -> Obstacle | None:
    """Why this person cannot approve or refuse now, or None. People are their ids; scopes are hashes.

    `role_is_old_enough`: they have held the right long enough; `password_is_theirs`: nobody else's link gave it to them
    a short while ago; `is_fresh`: they gave their password a short while ago.
    """
    if by == requested_by:
        return Obstacle.OWN_REQUEST
    if not may_decide:
        return Obstacle.NO_RIGHT
    if not role_is_old_enough:
        return Obstacle.ROLE_TOO_YOUNG
    if not password_is_theirs:
        return Obstacle.FOREIGN_LINK
    if not is_fresh:
        return Obstacle.NOT_FRESH
    if status != Status.REQUESTED:
        return Obstacle.NOT_WAITING
    if shown_scope != scope:
        return Obstacle.SCOPE_CHANGED
    return None


def obstacle_to_sending(
    *,
    status: Status,
    requested_by: int,
    decided_by: int | None,
    approver_may_decide: bool,
    approved_scope: str,
    scope: str,
) -> Obstacle | None:
    """Why nothing may be sent to Fingerprint for this request now, or None. Asked again before every single call.

    `scope` is computed from the rows at this moment, not read from the request.
    """
    if status != Status.RUNNING or decided_by is None:
        return Obstacle.NOT_APPROVED
    if decided_by == requested_by:
        return Obstacle.APPROVER_IS_ASKER
    if not approver_may_decide:
        return Obstacle.APPROVER_LOST_RIGHT
    if approved_scope != scope:
        return Obstacle.SCOPE_NOT_APPROVED
    return None


# -- The legal clock ----------------------------------------------------------------------------------------


class ClockObstacle(Enum):
    """Why the time for an answer may not be moved; the value is the sentence for the log."""

    NO_RIGHT = "No right to do so"
    ENDED = "It has ended"
    NO_EXTENSION = "Its law knows no extension"
    EXTENDED_BEFORE = "It was extended before"
    TOO_LATE = "Its first due date has passed"
    NOTICE_OUTSIDE = "The notice was not sent between receipt and today"


def obstacle_to_extending(
    *,
    may_decide: bool,
    is_open: bool,
    can_be_extended: bool,
    was_extended: bool,
    received_on: date,
    due_on: date | None,
    notice_sent_on: date,
    today: date,
) -> ClockObstacle | None:
    """Why the one extension cannot be given, or None. All days are counted in the request's zone.

    The person has to be told within the first term, so it must not be over yet.
    """
    if not may_decide:
        return ClockObstacle.NO_RIGHT
    if not is_open:
        return ClockObstacle.ENDED
    if not can_be_extended or due_on is None:
        return ClockObstacle.NO_EXTENSION
    if was_extended:
        return ClockObstacle.EXTENDED_BEFORE
    if today > due_on:
        return ClockObstacle.TOO_LATE
    if not received_on <= notice_sent_on <= today:
        return ClockObstacle.NOTICE_OUTSIDE
    return None


# -- The quota: so many calls in any rolling hour and day ---------------------------------------------------


@dataclass(frozen=True)
class Limits:
    """How many DELETE calls Fingerprint takes in any rolling hour and day."""

    per_hour: int
    per_day: int

    @property
    def allow_nothing(self) -> bool:
        return self.per_hour < 1 or self.per_day < 1


@dataclass(frozen=True)
class Call:
    """One DELETE call of ours: when it was sent, and when its answer came (None: it has none, yet or for good).

    `queue_rests_until` is set where the answer told us to leave Fingerprint alone for a while.
    """

    sent_at: datetime
    answered_at: datetime | None = None
    queue_rests_until: datetime | None = None

    @property
    def arrived_by(self) -> datetime:
        """The latest instant at which Fingerprint can have counted it."""
        return self.answered_at if self.answered_at is not None else self.sent_at + LOST_ANSWER_WAIT


def may_send_at(calls: Iterable[Call], limits: Limits, now: datetime) -> datetime | None:
    """The first instant from `now` on at which one more call may be sent, or None when the limits allow none ever.

    `calls` are those of the past day and a bit, in any order; calls "in the future" (a clock was set back) count too.
    """
    known = list(calls)
    times = forecast([call.arrived_by for call in known], limits, start=now, count=1)
    if not times:
        return None
    rests = [call.queue_rests_until for call in known if call.queue_rests_until is not None]
    return max([times[0], *rests])


def forecast(spent: Iterable[datetime], limits: Limits, *, start: datetime, count: int) -> list[datetime]:
    """When the next `count` calls could be sent, one after the other as early as the limits allow; [] when never.

    `spent` are the instants of calls already made. Takes time linear in `spent` and `count`.
    """
    if limits.allow_nothing:
        return []
    slots = Slots(spent, limits)
    found: list[datetime] = []
    at = start
    for _ in range(count):
        at = slots.next_after(at)
        slots.take(at)
        found.append(at)
    return found


class Slots:
    """The calls that count against the quota, and when one more may go. The limits must allow something."""

    def __init__(self, spent: Iterable[datetime], limits: Limits) -> None:
        self._times, self._limits = sorted(spent), limits

    def next_after(self, at: datetime) -> datetime:
        """The first instant from `at` on at which one more call may be sent."""
        if len(self._times) >= self._limits.per_hour:
            at = max(at, self._times[-self._limits.per_hour] + _FREE_AFTER_AN_HOUR)
        if len(self._times) >= self._limits.per_day:
            at = max(at, self._times[-self._limits.per_day] + _FREE_AFTER_A_DAY)
        return at

    def take(self, at: datetime) -> None:
        """Count a call sent at `at`; calls on their way may be counted as later than this one."""
        insort(self._times, at)


def spent_within(calls: Iterable[Call], span: timedelta, now: datetime) -> int:
    """How many calls still count against the last `span`."""
    return sum(call.arrived_by + span + TICK > now for call in calls)


def rest_after_429(calls_in_hour: int, limits: Limits) -> timedelta:
    """How long nothing is sent after "too many requests"; `calls_in_hour` counts the refused one.

    Fingerprint does not say whether the second's or the hour's limit was meant (v4 sends no Retry-After), so the
    nearer we are to the hour's limit, the longer the rest: from the 25th of 30 on a quarter of an hour.
    """
    near_the_end = calls_in_hour >= limits.per_hour * 5 // 6
    return timedelta(minutes=15) if near_the_end else timedelta(seconds=60)


# -- What an answer means -----------------------------------------------------------------------------------


class CallOutcome(StrEnum):
    """What became of one DELETE call."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    NOT_KNOWN = "not_known"
    LOST = "lost"
    THROTTLED = "throttled"
    REFUSED = "refused"
    NOT_SENT = "not_sent"


def not_known_means_accepted(*, was_known_before: bool, an_answer_was_lost: bool) -> bool:
    """Whether a 404 on DELETE means that an earlier call, whose answer was lost, had been accepted.

    `was_known_before`: Fingerprint had events of this visitor before our first call (the recorded evidence).
    """
    return was_known_before and an_answer_was_lost


def retry_wait(lost_answers: int) -> timedelta:
    """How long to wait after the n-th lost answer before asking about it: never less than it can still arrive."""
    return min(LOST_ANSWER_WAIT * (1 << min(max(0, lost_answers - 1), 8)), timedelta(minutes=20))


def result_in_words(states: Sequence[str]) -> str:
    """What became of a request's visitors, for the log: "2 accepted by Fingerprint, 1 unknown to Fingerprint"."""
    words = (
        ("accepted", "accepted by Fingerprint"),
        ("overdue", "overdue"),
        ("verified", "no longer answered"),
        ("complete", "gone"),
        ("unproven", "unproven"),
        ("unknown", "unknown to Fingerprint"),
        ("failed", "failed"),
    )
    parts = [f"{states.count(state)} {said}" for state, said in words if state in states]
    return ", ".join(parts) or "nothing was sent"
