"""Workers die while they delete: nothing is lost, nothing is done twice in effect, and every call stands in the log."""

import os
import random
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.crash.conftest import Crashing, rounds
from tests.crash.gate import Gate, Hold
from tests.databases import OwnDatabase

pytestmark = pytest.mark.process

QUOTA = 5

_APPROVED = """
from django.utils import timezone
from dashboard.accounts.models import User
from dashboard.core.access import Role
from dashboard.deletions import actions
from tests.dashboard.deletions.conftest import wish
from tests.factories import person
now = timezone.now()
asker, approver = (User.objects.filter(email=email).first() or person(Role.COMPLIANCE, email=email)
    for email in ("maya@desk.test", "samir@desk.test"))
asked = actions.ask(wish=wish(*visitor_ids, form_token=token), by=asker, now=now)
actions.approve(request_id=asked.pk, scope_hash=asked.scope_hash, by=approver, reason="Looked.",
    password_given_at=now, now=now)
result = asked.pk
"""
_LOOK = """
from collections import Counter
from dashboard.audit.models import AuditEntry
from dashboard.deletions.models import DeletionRequest
asked = DeletionRequest.objects.get(pk=request_id)
rows = asked.visitors.order_by("pk")
entries = AuditEntry.objects.filter(target_type="deletion", target_ref=str(asked.pk))
result = {
    "status": asked.status,
    "states": [row.state for row in rows],
    "lost": [row.answer_was_lost for row in rows],
    "evidence": [len(row.event_ids) for row in rows],
    "calls": [list(row.calls.order_by("number").values_list("outcome", flat=True)) for row in rows],
    "kinds": Counter(entries.values_list("kind", flat=True)),
    "waits": [[row.state, row.because, str(row.lease_until), str(row.next_attempt_at)] for row in rows if row.is_open],
}
"""


@pytest.fixture
def desk(own_database: OwnDatabase, gate: Gate) -> Iterator[Crashing]:
    """An Inkpad with room for a thousand deletions, before a Fingerprint with as much."""
    gate.sandbox.limits.deletes_per_hour = gate.sandbox.limits.deletes_per_day = 1_000
    crashing = Crashing(own_database, gate, DELETE_QUOTA_PER_HOUR="1000", DELETE_QUOTA_PER_DAY="1000")
    try:
        yield crashing
    finally:
        crashing.close()


def approved(desk: Crashing, count: int) -> int:
    """A request of so many visitors with an event each, ready to run."""
    # By Inkpad's clock, which stands still while Fingerprint's is moved on: what lies ahead of it is not searched for.
    at = int(time.time() * 1000) - 3_600_000
    visitor_ids = [desk.gate.sandbox.world.visit(at=at).visitor_id for _ in range(count)]
    return desk.run(_APPROVED, visitor_ids=visitor_ids, token=f"{random.getrandbits(128):032x}")


def look(desk: Crashing, request_id: int) -> dict:
    return desk.run(_LOOK, request_id=request_id)


def pass_time(desk: Crashing, **span: float) -> None:
    """For Inkpad and for Fingerprint."""
    desk.pass_time(**span)
    desk.gate.sandbox.clock.advance(seconds=timedelta(**span).total_seconds())


def closed(desk: Crashing, request_id: int) -> dict:
    """How the request stands once it is closed by a worker that lives."""

    def is_so() -> dict | None:
        seen = look(desk, request_id)
        return seen if seen["status"] == "closed" else None

    return desk.wait_until(is_so, sweeps=False, otherwise=lambda: look(desk, request_id)["waits"])


def assert_all_told(seen: dict, count: int) -> None:
    """Every visitor was accepted once, nothing is in flight, and each call and each end has its one entry."""
    calls = [outcome for outcomes in seen["calls"] for outcome in outcomes]
    kinds = seen["kinds"]
    assert seen["states"] == ["accepted"] * count
    assert seen["evidence"] == [1] * count
    assert "sending" not in calls
    assert kinds["deletion.sent"] == len(calls)
    assert kinds.get("deletion.accepted", 0) + kinds.get("deletion.accepted_answer_lost", 0) == count
    assert kinds["deletion.erased_here"] == count
    assert kinds["deletion.started"] == kinds["deletion.closed"] == 1


STEPS = {
    "evidence read": ("before note_sending", ["accepted"], 1),
    "evidence saved": ("before _call_and_settle", ["lost", "accepted"], 1),
    "answered": ("before settle_accepted", ["lost"], 1),
    "stored": ("after settle_accepted", ["accepted"], 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_a_step_is_made_good_by_the_next(desk: Crashing, step: str):
    dies, calls, carried_out = STEPS[step]
    request_id = approved(desk, 1)

    worker = desk.start_worker(dies=dies)
    desk.wait_until(lambda: not desk.is_alive(worker), sweeps=False)
    pass_time(desk, minutes=5)
    desk.start_worker()
    seen = closed(desk, request_id)

    assert_all_told(seen, 1)
    assert seen["calls"] == [calls]
    assert len(desk.gate.carried_out) == carried_out, "it was deleted once"


@pytest.mark.parametrize("where", list(Hold))
def test_a_worker_killed_while_its_call_is_on_the_way(desk: Crashing, where: Hold):
    request_id = approved(desk, 2)

    with desk.gate.hold(where) as is_held:
        worker = desk.start_worker()
        assert is_held.wait(120)
        desk.kill(worker)
    dead = look(desk, request_id)
    assert dead["states"] == ["submitting", "waiting"]
    assert dead["calls"] == [["sending"], []], "the call was written down before it was made"
    pass_time(desk, minutes=5)
    desk.start_worker()
    seen = closed(desk, request_id)

    assert_all_told(seen, 2)
    assert seen["lost"] == [where is Hold.AFTER, False]
    assert len(desk.gate.carried_out) == 2, "each was deleted once"


def test_workers_killed_at_random_moments_lose_nothing(desk: Crashing):
    seed = int(os.environ.get("CRASH_SEED", time.time()))
    chance = random.Random(seed)
    lost = 0
    for _ in range(rounds()):
        before = len(desk.gate.carried_out)
        request_id = approved(desk, 4)
        worker = desk.start_worker()
        desk.wait_until(lambda: look(desk, request_id)["kinds"].get("deletion.sent"), sweeps=False)  # noqa: B023
        time.sleep(chance.uniform(0, 0.4))
        desk.kill(worker)
        pass_time(desk, minutes=5)
        survivor = desk.start_worker()
        seen = closed(desk, request_id)
        desk.kill(survivor)

        assert_all_told(seen, 4)
        assert len(desk.gate.carried_out) == before + 4, "each was deleted once"
        lost += sum(outcomes != ["accepted"] for outcomes in seen["calls"])
    print(f"CRASH_SEED={seed}: {lost} calls were cut off")


def test_two_workers_share_one_quota_and_send_each_visitor_once(own_database: OwnDatabase, gate: Gate):
    gate.sandbox.limits.deletes_per_hour = QUOTA
    desk = Crashing(own_database, gate, DELETE_QUOTA_PER_HOUR=str(QUOTA))
    try:
        request_id = approved(desk, 2 * QUOTA + 2)
        for _ in range(2):
            desk.start_worker()
        for hour in (1, 2, 3):
            wanted = min(hour * QUOTA, 2 * QUOTA + 2)
            desk.wait_until(lambda: accepted(desk, request_id) >= wanted, sweeps=False)  # noqa: B023
            time.sleep(1)
            assert accepted(desk, request_id) == len(gate.carried_out) == wanted
            pass_time(desk, minutes=62)
        seen = closed(desk, request_id)
    finally:
        desk.close()

    assert_all_told(seen, 2 * QUOTA + 2)
    assert seen["calls"] == [["accepted"]] * (2 * QUOTA + 2), "Fingerprint never had to refuse one"


def accepted(desk: Crashing, request_id: int) -> int:
    return look(desk, request_id)["states"].count("accepted")
