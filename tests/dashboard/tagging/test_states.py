"""Whatever people, workers and Fingerprint do with a job in whatever order: nothing unconfirmed is sent, nothing is
lost, nothing is counted twice, and the log tells exactly what happened."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dashboard.accounts.models import User
from dashboard.audit.models import AuditEntry
from dashboard.audit.refusals import Refused
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.tagging import actions
from dashboard.tagging.actions.lists import Chosen, Sent
from dashboard.tagging.models import BulkItem, BulkJob
from fingerprint_integration.sandbox import Sandbox
from tests.conftest import Clock
from tests.dashboard.tagging.conftest import SUSPECT
from tests.factories import person

pytestmark = pytest.mark.django_db
State, Item = BulkJob.State, BulkItem.State
EVENTS = 4


@contextmanager
def _may_be_refused() -> Iterator[None]:
    """What cannot be done now is refused, and nothing of it remains."""
    before = _picture()
    try:
        yield
    except (NotPossible, Refused):
        assert _picture() == before


def _picture() -> list[object]:
    jobs = BulkJob.objects.order_by("pk").values_list("pk", "state", "confirmed_at", "approved_by")
    items = BulkItem.objects.order_by("pk").values_list("pk", "state", "attempts", "sends")
    return [list(jobs), list(items), AuditEntry.objects.count()]


class Jobs(RuleBasedStateMachine):
    """One list, two people, workers, and a Fingerprint with moods."""

    sandbox: Sandbox
    clock: Clock
    visits: Callable
    people: tuple[User, User]
    needs_second = False

    @initialize(marked=st.lists(st.sampled_from([True, False, None]), min_size=EVENTS, max_size=EVENTS))
    def choose(self, marked):
        self.asker, self.lead = self.people
        self.events = self.visits(EVENTS)
        for event, suspect in zip(self.events, marked, strict=True):
            event.suspect = suspect
        self.world = list(marked)
        self.sent_before = self._sent()
        chosen = tuple(Chosen(event.event_id, event.visitor_id) for event in self.events)
        self.job = actions.open_list(sent=Sent(chosen), by=self.asker, now=self.clock.now)
        self.was_confirmed = self.was_approved = False

    def _sent(self) -> int:
        return sum(request.operation == "update_event" for request in self.sandbox.requests)

    def _now(self) -> BulkJob:
        return BulkJob.objects.get(pk=self.job.pk)

    # -- People

    @rule()
    def confirm(self):
        with _may_be_refused():
            confirmed = actions.confirm_job(
                job_id=self.job.pk, list_hash=self.job.list_hash, change=SUSPECT, reason="ring", ticket="", typed=None,
                by=self.asker, now=self.clock.now,
            )  # fmt: skip
            self.was_confirmed = True
            self.was_approved |= confirmed.state != State.APPROVAL

    @rule(by_asker=st.booleans())
    def approve(self, by_asker):
        with _may_be_refused():
            by = self.asker if by_asker else self.lead
            actions.approve_job(
                job_id=self.job.pk,
                list_hash=self.job.list_hash,
                by=by,
                password_given_at=self.clock.now,
                now=self.clock.now,
            )
            assert not by_asker
            self.was_approved = True

    @rule(act=st.sampled_from(["pause_job_by_hand", "resume_job", "cancel_job", "retry_failed", "discard_list"]))
    def control(self, act):
        with _may_be_refused():
            getattr(actions, act)(job_id=self.job.pk, by=self.lead, now=self.clock.now)

    # -- Fingerprint and time

    @rule(mood=st.sampled_from(["answer_lost", "cut", "unavailable", "not_ready", "rate_limited"]))
    def turn_moody(self, mood):
        if mood == "not_ready":
            self.sandbox.faults.add("answer", operation="update_event", status=409, body="{}", times=1)
        elif mood == "rate_limited":
            self.sandbox.faults.rate_limited(retry_after=5, times=1)
        else:
            getattr(self.sandbox.faults, mood)(times=1)

    @rule(minutes=st.sampled_from([0.1, 3, 20]))
    def wait(self, minutes):
        self.clock.advance(minutes=minutes)

    # -- Workers

    @rule()
    def work(self):
        actions.take_turn()

    @precondition(lambda self: self._now().state == State.RUNNING)
    @rule()
    def die_with_an_event_in_hand(self):
        BulkItem.objects.filter(job=self.job).claim_next(now=self.clock.now)

    # -- What must always be so

    @invariant()
    def nothing_unconfirmed_is_sent(self):
        if not (self.was_confirmed and self.was_approved):
            assert self._sent() == self.sent_before
        if self.needs_second and self._now().approved_by is None:
            assert self._sent() == self.sent_before

    @invariant()
    def every_event_is_there_once(self):
        job = self._now()
        count = 0 if job.state == State.DISCARDED else EVENTS
        assert BulkItem.objects.filter(job=job).count() == count

    @invariant()
    def a_change_has_its_note_and_nothing_else_changes(self):
        for event, was, item in zip(self.events, self.world, self._items(), strict=False):
            if event.suspect != was:
                assert event.suspect is True
                assert item.before is not None
                assert item.state in (Item.SENDING, Item.APPLIED, Item.FAILED)

    @invariant()
    def results_and_entries_are_the_same(self):
        told = Counter(AuditEntry.objects.filter(batch=self.job.name).values_list("kind", flat=True))
        states = Counter(item.state for item in self._items())
        assert told["event.suspect_set"] == states[Item.APPLIED]
        assert told["event.not_changed"] >= states[Item.ALREADY] + states[Item.SKIPPED]

    def _items(self) -> list[BulkItem]:
        return list(BulkItem.objects.filter(job=self.job).order_by("position"))

    def teardown(self):
        """Left alone, with Fingerprint well again, everything comes to its end."""
        self.sandbox.faults.clear()
        if self._now().state == State.PAUSED:
            actions.resume_job(job_id=self.job.pk, by=self.lead, now=self.clock.now)
        for _turn in range(30):
            self.clock.advance(minutes=20)
            actions.take_turn()
        job = self._now()
        if job.state in (State.RUNNING, State.CANCELLED, State.FINISHED):
            assert job.state != State.RUNNING
            assert not BulkItem.objects.filter(job=job, state__in=BulkItem.OPEN_STATES).exists()
            expected = [
                True if item.state in (Item.APPLIED, Item.ALREADY) else was
                for was, item in zip(self.world, self._items(), strict=True)
            ]
            certain = [item.state != Item.FAILED for item in self._items()]
            now = [event.suspect for event in self.events]
            assert [each for each, sure in zip(now, certain, strict=True) if sure] == [
                each for each, sure in zip(expected, certain, strict=True) if sure
            ]


@pytest.mark.parametrize("needs_second", [False, True])
def test_a_job_keeps_its_promises_in_any_order(sandbox, visits, clock, settings, needs_second):
    settings.JOB_SECOND_PERSON_ABOVE = EVENTS - 1 if needs_second else EVENTS
    known = {
        "sandbox": sandbox,
        "clock": clock,
        "visits": staticmethod(visits),
        "people": (person(Role.FRAUD_ANALYST), person(Role.FRAUD_LEAD)),
        "needs_second": needs_second,
    }
    run_state_machine_as_test(
        type("Machine", (Jobs,), known), settings=hypothesis.settings(max_examples=12, stateful_step_count=14)
    )
