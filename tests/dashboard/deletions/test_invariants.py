"""Any sequence of what people, time, Fingerprint and crashes can do keeps what must never be broken."""

from contextlib import contextmanager, suppress
from datetime import timedelta

import httpx
import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.audit.models import AuditEntry
from dashboard.core.access import Perm, Role
from dashboard.core.errors import NotPossible
from dashboard.deletions import actions, policy
from dashboard.deletions.actions import HoldWish, NewScope
from dashboard.deletions.holds import holding
from dashboard.deletions.models import Attempt, DeletionRequest, DeletionVisitor
from dashboard.deletions.policy import CallOutcome
from dashboard.deletions.sending import execution, pausing, schedule
from dashboard.deletions.states import REQUEST_MOVES, VISITOR_MOVES, Status, VisitorState
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from fingerprint_integration.sandbox import Sandbox
from tests.conftest import NOON, Clock
from tests.dashboard.deletions.conftest import deletes, wish
from tests.factories import person

PER_HOUR, PER_DAY = 2, 4


class Died(BaseException):
    """The lights go out; nothing in the program may catch this."""


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 3), st.sets(st.integers(0, 3), min_size=1, max_size=2)),
        st.tuples(st.sampled_from(["approve", "refuse"]), st.integers(0, 3), st.integers(0, 4)),
        st.tuples(st.sampled_from(["withdraw", "cancel"]), st.integers(0, 3), st.integers(0, 4)),
        st.tuples(st.just("work"), st.just(0), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([30, 90, 600, 2000, 3700, 90_000, 700_000]), st.just(0)),
        st.tuples(st.just("set back"), st.sampled_from([3, 70, 1800, 5000]), st.just(0)),
        st.tuples(st.sampled_from(["pause", "resume"]), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("fault"), st.sampled_from(["answer_lost", "gateway_timeout", "rate_limited"]), st.just(0)),
        st.tuples(st.just("crash"), st.sampled_from(["before the call", "after the call"]), st.just(0)),
        st.tuples(st.just("unmake"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("smuggle"), st.integers(0, 4), st.just(0)),
        st.tuples(
            st.just("hold"),
            st.integers(0, 3),
            st.sampled_from([("visitor", 0), ("visitor", 1), ("request", 0), ("linked_id", 0)]),
        ),
        st.tuples(st.just("lift"), st.integers(0, 3), st.just(0)),
        st.tuples(
            st.just("change"), st.integers(0, 4), st.sets(st.integers(0, 3), min_size=1, max_size=3).map(frozenset)
        ),
        st.tuples(st.just("extend"), st.integers(0, 3), st.integers(0, 4)),
    ),
    min_size=3,
    max_size=30,
).map(lambda steps: [("ask", 0, {0, 1}), ("approve", 1, 0), *steps])


class World:
    """Four people, four visitors, one Fingerprint, and a record of every state that was seen."""

    def __init__(self, sandbox, clock) -> None:
        self.sandbox, self.clock = sandbox, clock
        self.people = [person(Role.COMPLIANCE), person(Role.COMPLIANCE), person(Role.SUPPORT), person(Role.COMPLIANCE)]
        self.visitors = [sandbox.visit(at=clock.now - timedelta(hours=1)).visitor_id for _ in range(4)]
        self.crash_at = ""
        self.seen = {}
        self.tokens = 0
        self.behind = timedelta(0)
        """How far our own clock was set back; Fingerprint's was not."""

    @property
    def now(self):
        """What our clock says."""
        return self.clock.now - self.behind

    def request(self, number):
        requests = list(DeletionRequest.objects.order_by("pk"))
        return requests[number % len(requests)] if requests else None

    def do(self, act, who, what) -> None:
        if act == "ask":
            chosen = [self.visitors[number] for number in sorted(what)]
            actions.ask(wish=wish(*chosen), by=self._fresh(who), now=self.now)
        elif act == "wait":
            self.clock.advance(seconds=who)
        elif act == "set back":
            self.behind += timedelta(seconds=who)
        elif act in ("pause", "resume"):
            getattr(pausing, act)(by=self._fresh(who), reason="Because.", now=self.now)
        elif act == "fault":
            self.sandbox.faults.add(who, operation="delete_visitor_data")
        elif act == "crash":
            self.crash_at = who
        elif act == "unmake":
            self.people[who].groups.clear()
        elif act == "work":
            self._work()
        elif act == "smuggle":
            self._smuggle(who)
        elif act == "hold":
            self._hold(who, *what)
        elif act == "lift":
            for held in holding.standing()[:1]:
                actions.lift_hold(hold_id=held.pk, reason="Over.", by=self._fresh(who), now=self.now)
        elif act == "change":
            self._change(who, sorted(what))
        elif (asked := self.request(what)) is not None:
            self._decide(act, asked, self._fresh(who))

    def _decide(self, act, asked, by) -> None:
        if act in ("approve", "refuse"):
            words = {"scope_hash": asked.scope_hash, "reason": "Because.", "password_given_at": self.now}
            getattr(actions, act)(request_id=asked.pk, by=by, now=self.now, **words)
        elif act == "extend":
            words = {"reason": "Hard to find.", "notice_sent_on": self.now.date()}
            actions.extend(request_id=asked.pk, by=by, now=self.now, **words)
        else:
            getattr(actions, act)(request_id=asked.pk, by=by, now=self.now)

    def _hold(self, who, kind, number) -> None:
        asked = self.request(number)
        what = {
            "visitor": {"visitor_id": self.visitors[number]},
            "request": {"request_id": asked and asked.pk},
            "linked_id": {"linked_id": "acct_88412"},
        }[kind]
        self.tokens += 1
        words = {"reason": "Court case.", "case": "", "review_on": NOON.date(), "form_token": f"{self.tokens:032x}"}
        actions.place_hold(wish=HoldWish(**what, **words), by=self._fresh(who), now=self.now)

    def _change(self, number, chosen) -> None:
        """Who asked changes the scope; whatever was approved before is void from then on."""
        asked = self.request(number)
        visitor_ids = tuple(self.visitors[each] for each in chosen)
        scope = NewScope(visitor_ids=visitor_ids, linked_ids=(), jurisdiction="gdpr", legal_basis="")
        words = {"scope_hash": asked.scope_hash, "reason": "Found another.", "by": asked.requested_by}
        actions.change_scope(request_id=asked.pk, scope=scope, now=self.now, **words)
        changed = DeletionRequest.objects.get(pk=asked.pk)
        assert changed.status in (Status.REQUESTED, asked.status)
        assert changed.scope_hash == changed.current_scope()
        assert changed.status == Status.REQUESTED or scope.hash == asked.scope_hash

    def _smuggle(self, number) -> None:
        """Somebody with a database client adds a visitor to a request that is under way."""
        asked = self.request(number)
        if asked is not None and asked.status in (Status.APPROVED, Status.RUNNING):
            taken = DeletionVisitor.objects.filter(is_open=True).values_list("visitor_id", flat=True)
            named = asked.visitors.values_list("visitor_id", flat=True)
            free = [each for each in self.visitors if each not in taken and each not in named]
            if free:
                DeletionVisitor.objects.create(request=asked, visitor_id=free[0])

    def _work(self) -> None:
        schedule.sweep(now=self.now)
        with suppress(Died):
            execution.execute_due(clock=lambda: self.now)

    def handle(self, answer, request):
        if request.method != "DELETE":
            return answer(request)
        self.check_a_call(request.url.path.rpartition("/")[2])
        crash, self.crash_at = self.crash_at, ""
        if crash == "before the call":
            raise Died
        response = answer(request)
        if crash == "after the call":
            raise Died
        return response

    def check_a_call(self, visitor_id) -> None:
        """At the very moment a DELETE goes out."""
        row = DeletionVisitor.objects.get(visitor_id=visitor_id, is_open=True)
        asked = row.request
        assert not holding.holds_on(visitor_id).exists()
        assert pausing.current() is None
        assert asked.status == Status.RUNNING
        assert asked.decided_by_id not in (None, asked.requested_by_id)
        assert Perm.DECIDE_DELETIONS in asked.decided_by.perms
        assert asked.approved_scope_hash == asked.scope_hash == asked.current_scope()
        assert row.calls.filter(outcome=CallOutcome.SENDING).count() == 1
        assert row.evidence_at is not None
        approvals = AuditEntry.objects.filter(kind="deletion.approved", target_ref=str(asked.pk))
        assert approvals.exclude(actor_id=asked.requested_by_id).exists()
        assert AuditEntry.objects.filter(kind="deletion.sent").count() == Attempt.objects.count()

    def check(self) -> None:
        """After every step."""
        arrived = [asked.at / 1000 for asked in deletes(self.sandbox) if asked.status == 200]
        for first in arrived:
            for span, limit in ((3600, PER_HOUR), (86_400, PER_DAY)):
                assert sum(first <= each <= first + span for each in arrived) <= limit, "quota"
        holders = DeletionVisitor.objects.filter(is_open=True).values_list("visitor_id", flat=True)
        assert len(holders) == len(set(holders)), "one row holds a visitor"
        lost = DeletionVisitor.objects.filter(joins__isnull=False, settled_at__isnull=True, joins__is_open=False)
        assert not lost.exists(), "whoever joined a row that holds nothing waits for ever"
        for asked in DeletionRequest.objects.all():
            self._moved(("request", asked.pk), Status(asked.status), REQUEST_MOVES)
            assert asked.decided_by_id != asked.requested_by_id
        for row in DeletionVisitor.objects.all():
            self._moved(("visitor", row.pk), VisitorState(row.state), VISITOR_MOVES)
        said = AuditEntry.objects.filter(kind__in=["deletion.accepted", "deletion.accepted_answer_lost"]).count()
        accepted = DeletionVisitor.objects.filter(state=VisitorState.ACCEPTED)
        assert said == accepted.filter(joins__isnull=True).count()
        followed = DeletionVisitor.objects.filter(joins__isnull=False, settled_at__isnull=False)
        assert AuditEntry.objects.filter(kind="deletion.settled_with").count() == followed.count()

    def _moved(self, what, now, moves) -> None:
        """Every state was reached along the table, perhaps over states in between."""
        before = self.seen.get(what, now)
        reachable = {before}
        for _ in moves:
            reachable |= {after for state in reachable for after in moves[state]}
        assert now in reachable, f"{what} went from {before} to {now}"
        self.seen[what] = now

    def finish(self) -> None:
        """Given time and a healthy Fingerprint, everything that was approved ends; nothing is lost."""
        self.sandbox.faults.clear()
        self.crash_at = ""
        officer = person(Role.COMPLIANCE)
        for held in holding.standing():
            actions.lift_hold(hold_id=held.pk, reason="Over.", by=officer, now=self.now)
        if pausing.current() is not None:
            pausing.resume(by=officer, reason="All is well.", now=self.now)
        for _ in range(120):
            self._work()
            if not DeletionRequest.objects.filter(status__in=[Status.APPROVED, Status.RUNNING]).exists():
                break
            self.clock.advance(minutes=31)
        assert not DeletionRequest.objects.filter(status__in=[Status.APPROVED, Status.RUNNING]).exists()
        assert not Attempt.objects.filter(outcome=CallOutcome.SENDING).exists()

    def _fresh(self, number):
        return type(self.people[number]).objects.get(pk=self.people[number].pk)


@settings(
    max_examples=30,
    phases=[Phase.explicit, Phase.generate],  # a world is a hundred times dearer than a shorter example is worth
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=STEPS)
def test_no_sequence_breaks_what_must_never_happen(db, steps, make_world):
    with make_world() as world:
        for act, who, what in steps:
            with suppress(NotPossible):  # refused, which is an answer
                world.do(act, who, what)
            world.check()
        world.finish()
        world.check()


@pytest.fixture
def make_world(settings):
    """A world of its own for every example: rows are rolled back, the clock and Fingerprint begin anew."""
    settings.DELETE_QUOTA_PER_HOUR, settings.DELETE_QUOTA_PER_DAY = PER_HOUR, PER_DAY
    settings.DELETION_COOLING_OFF = timedelta(minutes=5)

    @contextmanager
    def make():
        with time_machine.travel(NOON, tick=False) as traveller:
            sandbox = Sandbox(rate=None, is_empty=True)
            holder = []
            transport = httpx.MockTransport(lambda request: holder[0].handle(sandbox.handle, request))
            client = FingerprintClient("sandbox-secret-key", base_url="http://sandbox.test", transport=transport)
            point = transaction.atomic()
            point._from_testcase = (
                True  # as Django's own test cases mark theirs, so that durable blocks may stand inside
            )
            with override_client(client), point:
                holder.append(World(sandbox, Clock(traveller)))
                yield holder[0]
                transaction.set_rollback(True)

    return make


def test_the_waits_outlast_a_call():
    assert policy.LOST_ANSWER_WAIT > policy.CALL_DEADLINE
