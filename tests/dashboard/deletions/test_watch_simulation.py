"""Whatever Fingerprint answers, on whichever day, "gone" is never said of what it still answers."""

from datetime import timedelta

import httpx
import pytest
import time_machine
from django.conf import settings as configured
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.models import DeletionVisitor, Watch
from dashboard.deletions.sending import execution, schedule
from dashboard.deletions.states import VISITOR_MOVES, VisitorState
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from fingerprint_integration.sandbox import Sandbox
from fingerprint_integration.sandbox.clock import HOUR
from fingerprint_integration.sandbox.limits import KEYS, Key
from tests.conftest import NOON, Clock
from tests.dashboard.deletions.conftest import follow_all, wish
from tests.factories import person

FAULTS = ["rate_limited", "server_error", "cut", "truncated", "empty_body", "answer"]
GATEWAYS_404 = {"status": 404, "body": "<h1>Not found</h1>", "content_type": "text/html"}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.sampled_from([1, 6, 25, 24 * 8])),
        st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
        st.tuples(st.just("cure"), st.just(0)),
        st.tuples(st.just("come back"), st.just(0)),
        st.tuples(st.just("key"), st.sampled_from(["sandbox-secret-key", "rotated-key", "no-such-key"])),
    ),
    min_size=3,
    max_size=14,
).map(lambda steps: [("wait", 25), *steps, ("wait", 25)])


class World:
    """One visitor whose deletion was accepted, and a Fingerprint that does it slowly, or not at all."""

    def __init__(self, clock: Clock, *, older: int, gone_after: int, forgotten_after: int) -> None:
        self.clock, self.sandbox = clock, Sandbox(rate=None, is_empty=True)
        rules = self.sandbox.world.rules
        rules.deleted_from = rules.deleted_until = gone_after * HOUR
        rules.forgotten_after = forgotten_after * HOUR
        days = [20 + place for place in range(older)]
        event = self.sandbox.visit(at=clock.now - timedelta(hours=2))
        self.visitor_id = event.visitor_id
        for day in days:
            self.sandbox.visit(at=clock.now - timedelta(days=day), visitor_id=self.visitor_id)
        self.client = self.client_of("sandbox-secret-key")
        self.seen = VisitorState.ACCEPTED

    def client_of(self, key: str) -> FingerprintClient:
        return FingerprintClient(
            key,
            version="v4",
            base_url=configured.FINGERPRINT_BASE_URL,
            transport=httpx.MockTransport(self.sandbox.handle),
        )

    def accept(self) -> None:
        asker, approver = person(Role.COMPLIANCE), person(Role.COMPLIANCE)
        now = self.clock.now
        asked = actions.ask(wish=wish(self.visitor_id, linked_ids=()), by=asker, now=now)
        words = {"reason": "Yes.", "password_given_at": now, "now": now}
        actions.approve(request_id=asked.pk, scope_hash=asked.scope_hash, by=approver, **words)
        self.clock.advance(minutes=45)
        with override_client(self.client):
            schedule.start_due(now=self.clock.now)
            while execution.execute_due():
                pass
            follow_all()

    def do(self, act: str, what) -> None:
        if act == "fault":
            more = (
                {"status": 404, "body": "<h1>Not found</h1>", "content_type": "text/html"} if what == "answer" else {}
            )
            self.sandbox.faults.add(what, times=None, **more)
        elif act == "cure":
            self.sandbox.faults.clear()
        elif act == "come back":
            self.sandbox.visit(at=self.clock.now, visitor_id=self.visitor_id)
        elif act == "key":
            self.client = self.client_of(what)
        elif act == "wait":
            for _ in range(max(1, what // 24)):
                self.clock.advance(hours=min(what, 25))
                with override_client(self.client):
                    follow_all()
                self.check()

    def check(self) -> None:
        row = DeletionVisitor.objects.get()
        state = VisitorState(row.state)
        self.check_moves(state)
        if state in (VisitorState.VERIFIED, VisitorState.COMPLETE) and state != self.seen:
            now = self.sandbox.now()
            recent = [self.sandbox.world.by_id[each] for each in row.event_ids]
            assert not any(self.sandbox.world.is_visible(event, now) for event in recent)
        if state == VisitorState.COMPLETE:
            assert Watch.objects.get().returned_at is None
        if state in (VisitorState.COMPLETE, VisitorState.UNPROVEN):
            assert Watch.objects.get().ended_at is not None
        self.seen = state

    def check_moves(self, state: VisitorState) -> None:
        """Two looks apart there may be two moves: no longer answered, and gone in the same moment."""
        nearby = {self.seen} | VISITOR_MOVES[self.seen]
        for between in VISITOR_MOVES[self.seen]:
            nearby = nearby | VISITOR_MOVES[between]
        assert state in nearby


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    steps=STEPS,
    older=st.integers(0, 2),
    gone_after=st.sampled_from([1, 23, 30, 60, 24 * 30]),
    forgotten_after=st.sampled_from([0, 1, 24 * 40]),
)
def test_gone_is_never_said_of_what_is_still_answered(monkeypatch, steps, older, gone_after, forgotten_after):
    monkeypatch.setitem(KEYS, "rotated-key", Key("rotated-key"))
    before = transaction.savepoint()
    with time_machine.travel(NOON, tick=False) as traveller:
        world = World(Clock(traveller), older=older, gone_after=gone_after, forgotten_after=forgotten_after)
        world.accept()
        assert DeletionVisitor.objects.get().state == VisitorState.ACCEPTED
        for act, what in steps:
            world.do(act, what)
    transaction.savepoint_rollback(before)
