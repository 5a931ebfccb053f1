"""Days of deletions in a minute: the executor and its clock at work against a Fingerprint whose time is moved on.

Everything is the product's own: the rows, the sweep of every five seconds, the wake-ups it asks for, the quota under
its lock. Only the passing of time is made up: each call takes some, each wake-up arrives a little late.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import time_machine
from django.conf import settings

from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.sending import execution, outlook, quota, schedule
from dashboard.deletions.sending.planning import Plan
from dashboard.deletions.states import Status
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from fingerprint_integration.sandbox import Sandbox
from tests.dashboard.deletions.conftest import wish
from tests.factories import person

BEGIN = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
LATENESS = (0.0, 1.5)
"""Seconds a wake-up takes to reach a worker."""
DURATION = (0.05, 2.0)
"""Seconds a call takes to be answered."""


@dataclass
class Days:
    """What happened: every DELETE as it arrived at Fingerprint, and what was said on the first day."""

    plan: Plan
    arrivals: list[tuple[datetime, str]] = field(default_factory=list)
    refused: int = 0
    """DELETE calls that Fingerprint turned away for their number."""
    idle: timedelta = timedelta(0)
    """While the quota was free and somebody waited, nobody worked for so long."""
    began_at: datetime = BEGIN
    ended_at: datetime = BEGIN

    @property
    def idle_share(self) -> float:
        return self.idle / (self.ended_at - self.began_at)

    def most_within(self, span: timedelta) -> int:
        """The most calls that arrived in any stretch of this length, both ends included."""
        times, first, most = [at for at, _ in self.arrivals], 0, 0
        for place, at in enumerate(times):
            while times[first] < at - span:
                first += 1
            most = max(most, place - first + 1)
        return most

    def furthest_from_the_plan(self) -> timedelta:
        """How far the end of a request was from what the plan of the first day said, at most."""
        closed = DeletionRequest.objects.filter(status=Status.CLOSED)
        return max(abs(one.ended_at - self.plan.requests[one.pk].last) for one in closed if one.ended_at)

    def out_of_order(self) -> int:
        """How many visitors were sent for the first time after one with a later date by law."""
        due: dict[str, Any] = dict(DeletionVisitor.objects.values_list("visitor_id", "request__due_at"))
        first_sent = list(dict.fromkeys(visitor_id for _, visitor_id in self.arrivals))
        return sum(due[after] < due[before] for before, after in pairwise(first_sent))


class Simulation:
    """A queue of so many visitors, asked and approved on the first day, and the time that passes until it is empty."""

    def __init__(self, *, visitors: int, lost_answers: int = 0, seed: int = 7) -> None:
        self._chance = random.Random(seed)
        limits = quota.limits()
        self._sandbox = Sandbox(rate=None, is_empty=True)
        self._sandbox.limits.deletes_per_hour = limits.per_hour
        self._sandbox.limits.deletes_per_day = limits.per_day
        self._lost = set(self._chance.sample(range(visitors), lost_answers))
        self._visitors = visitors

    def run(self) -> Days:
        """Let time pass until nothing waits any more."""
        with time_machine.travel(BEGIN, tick=False) as self._traveller, self._fingerprint():
            self._ask_and_approve()
            plan = outlook.queue_plan(BEGIN)
            assert plan is not None
            self._days = Days(plan)
            quiet_since = BEGIN + settings.DELETION_COOLING_OFF
            while DeletionVisitor.objects.filter(is_open=True).exists():
                work_at = schedule.sweep(now=self._now)
                if work_at is None:
                    self._move_to_the_tick_of(self._something_may_happen_at())
                    continue
                self._move_to(work_at + self._some(LATENESS))
                free_at = quota.may_send_at(quiet_since) or self._now
                self._days.idle += max(timedelta(0), self._now - max(free_at, quiet_since))
                while execution.execute_due():
                    pass
                quiet_since = self._now
                self._move_to_the_tick_of(self._now)
            self._days.ended_at = self._now
        return self._days

    # -- The first day --------------------------------------------------------------------------------------

    def _ask_and_approve(self) -> None:
        asker, approver = person(Role.COMPLIANCE), person(Role.COMPLIANCE)
        left = self._visitors
        while left:
            count = min(left, self._chance.randint(1, 8))
            left -= count
            hour_ago = BEGIN - timedelta(hours=1)
            visitor_ids = [self._sandbox.visit(at=hour_ago).visitor_id for _ in range(count)]
            received_at = BEGIN - timedelta(hours=self._chance.randint(1, 25 * 24))
            asked = actions.ask(wish=wish(*visitor_ids, linked_ids=(), received_at=received_at), by=asker, now=BEGIN)
            words = {"scope_hash": asked.scope_hash, "reason": "Looked.", "password_given_at": BEGIN, "now": BEGIN}
            actions.approve(request_id=asked.pk, by=approver, **words)

    # -- Time -----------------------------------------------------------------------------------------------

    @property
    def _now(self) -> datetime:
        return datetime.now(UTC)

    def _some(self, seconds: tuple[float, float]) -> timedelta:
        return timedelta(seconds=self._chance.uniform(*seconds))

    def _move_to(self, at: datetime) -> None:
        self._traveller.move_to(max(at, self._now), tick=False)

    def _move_to_the_tick_of(self, at: datetime) -> None:
        """The first sweep after now that can find something at `at`; those in between would find nothing."""
        ticks = (max(at, self._now) - BEGIN) // schedule.SWEEP_EVERY
        tick = BEGIN + ticks * schedule.SWEEP_EVERY
        self._move_to(tick if tick > self._now else tick + schedule.SWEEP_EVERY)

    def _something_may_happen_at(self) -> datetime:
        """The next instant that a row or the quota waits for."""
        waiting = DeletionVisitor.objects.filter(is_open=True).values_list("next_attempt_at", flat=True)
        approved = DeletionRequest.objects.filter(status=Status.APPROVED).values_list("runs_after", flat=True)
        instants = [quota.may_send_at(self._now), *waiting.distinct(), *approved.distinct()]
        return min((at for at in instants if at and at > self._now), default=self._now)

    # -- Fingerprint ----------------------------------------------------------------------------------------

    @contextmanager
    def _fingerprint(self) -> Iterator[None]:
        transport = httpx.MockTransport(self._answer)
        with override_client(
            FingerprintClient("sandbox-secret-key", base_url="http://sandbox.test", transport=transport)
        ):
            yield

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self._move_to(self._now + self._some(DURATION) / 2)
        arrived_at = self._now
        answer = self._sandbox.handle(request)
        self._move_to(self._now + self._some(DURATION) / 2)
        if request.method == "DELETE":
            self._days.arrivals.append((arrived_at, request.url.path.rpartition("/")[2]))
            self._days.refused += answer.status_code == 429
            if len(self._days.arrivals) in self._lost:
                self._move_to(self._now + timedelta(seconds=15))
                raise httpx.ReadTimeout("lost", request=request)
        return answer
