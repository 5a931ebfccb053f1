"""Workers die while they change events: every event is changed once in effect, and has exactly one entry."""

import os
import random
import time
from collections.abc import Callable

import pytest

from tests.crash.conftest import Crashing, rounds
from tests.crash.gate import Hold

pytestmark = pytest.mark.process

_START = """
from django.utils import timezone
from dashboard.accounts.models import User
from dashboard.core.access import Role
from dashboard.tagging import actions
from dashboard.tagging.actions.lists import Chosen, hash_of
from dashboard.tagging.changes import Change, ChangeKind
from tests.factories import person
by = User.objects.filter(email="maya@desk.test").first() or person(Role.FRAUD_ANALYST, email="maya@desk.test")
chosen = [Chosen(event_id) for event_id in event_ids]
result = actions.start_job(change=Change(ChangeKind(kind), wanted), chosen=chosen, list_hash=hash_of(event_ids),
    reason="ring", ticket="#881", form_token=token, by=by, now=timezone.now()).pk
"""
_LOOK = """
import json
from collections import Counter
from dashboard.audit.models import AuditEntry
from dashboard.tagging.models import BulkItem, BulkJob
job = BulkJob.objects.get(pk=job_id)
items = job.items.order_by("position")
before = lambda item: item.before and bytes(item.before).decode()
result = {
    "state": job.state,
    "items": [[item.state, item.answer_lost, before(item), item.sends] for item in items],
    "kinds": Counter(AuditEntry.objects.filter(batch=job.name).values_list("kind", flat=True)),
    "of_items": sorted(Counter(AuditEntry.objects.filter(batch=job.name, kind__startswith="event.")
        .values_list("target_ref", flat=True)).values()),
}
"""
_OPEN = """
from django.utils import timezone
from dashboard.tagging.models import BulkItem, BulkJob
job = BulkJob.objects.get(pk=job_id)
result = [str(timezone.now()), job.state, str(job.rest_until), job.rest_because, job.paused_because]
for item in job.items.filter(state__in=BulkItem.OPEN_STATES):
    times = [str(item.lease_until), str(item.next_attempt_at)]
    result.append([item.position, item.state, item.code, item.attempts, *times])
"""


def visits(inkpad: Crashing, count: int) -> list:
    now = int(time.time() * 1000)
    return [inkpad.gate.sandbox.world.visit(at=now - 3_600_000 + place * 1000) for place in range(count)]


def start(inkpad: Crashing, events: list, *, kind: str = "suspect", wanted: object = True) -> int:
    event_ids = [event.event_id for event in events]
    return inkpad.run(
        _START, event_ids=event_ids, kind=kind, wanted=wanted, token=f"{random.random():.18f}".ljust(24, "0")
    )


def look(inkpad: Crashing, job_id: int) -> dict:
    return inkpad.run(_LOOK, job_id=job_id)


def finished(inkpad: Crashing, job_id: int) -> dict:
    """How the job stands once it is finished."""

    def is_so() -> dict | None:
        seen = look(inkpad, job_id)
        return seen if seen["state"] == "finished" else None

    return inkpad.wait_until(is_so, otherwise=lambda: inkpad.run(_OPEN, job_id=job_id))


def assert_all_told(seen: dict, count: int) -> None:
    """Every event was changed by the job, and every one has exactly one entry."""
    assert [item[0] for item in seen["items"]] == ["applied"] * count
    assert seen["of_items"] == [1] * count
    assert seen["kinds"]["bulk_job.started"] == seen["kinds"]["bulk_job.finished"] == 1


@pytest.mark.parametrize("where", list(Hold))
def test_a_worker_killed_while_its_change_is_on_the_way(inkpad: Crashing, where: Hold):
    die_and_recover(inkpad, where, inkpad.start_worker)


@pytest.mark.parametrize(
    "dies, state, was_sent",
    [
        ("before reads.get_event", "waiting", False),  # claimed
        ("before writes.update_event", "sending", False),  # noted
        ("after writes.update_event", "sending", True),  # answered
    ],
)
def test_a_worker_that_dies_at_a_step_is_taken_over_there(inkpad: Crashing, dies: str, state: str, was_sent: bool):
    events = visits(inkpad, 2)
    job_id = start(inkpad, events)
    worker = inkpad.start_worker(dies=dies)
    inkpad.wait_until(lambda: not inkpad.is_alive(worker), sweeps=False)

    assert look(inkpad, job_id)["items"][0][0] == state
    assert len(inkpad.gate.carried_out) == was_sent
    inkpad.start_worker()
    inkpad.pass_time(minutes=3)
    seen = finished(inkpad, job_id)

    assert_all_told(seen, 2)
    assert [item[1] for item in seen["items"]] == [was_sent, False], "whose answer was lost"
    assert [event.suspect for event in events] == [True] * 2
    assert len(inkpad.gate.carried_out) == 2, "nothing was sent twice"


def test_a_celery_worker_killed_between_call_and_settle(inkpad: Crashing):
    die_and_recover(inkpad, Hold.AFTER, inkpad.start_celery)


def die_and_recover(inkpad: Crashing, where: Hold, start_worker: Callable[[], int]) -> None:
    events = visits(inkpad, 3)
    job_id = start(inkpad, events)

    with inkpad.gate.hold(where) as is_held:
        worker = start_worker()
        assert is_held.wait(120)
        inkpad.kill(worker)
    dead = look(inkpad, job_id)["items"][0]
    assert dead[:3] == ["sending", False, "null"], "the note was committed before the call"
    start_worker()
    inkpad.pass_time(minutes=3)
    seen = finished(inkpad, job_id)

    assert_all_told(seen, 3)
    assert [event.suspect for event in events] == [True] * 3
    carried_out = [path.rpartition("/")[2] for path in inkpad.gate.carried_out]
    assert sorted(carried_out) == sorted(event.event_id for event in events), "nothing was sent twice"
    answer_lost = where is Hold.AFTER
    assert seen["items"][0] == ["applied", answer_lost, "null", 1 if answer_lost else 2]


def test_the_first_note_stays_whatever_happens_later(inkpad: Crashing):
    events = visits(inkpad, 1)
    job_id = start(inkpad, events, kind="linked_id", wanted="acct_new")
    events[0].linked_id = None

    for where in (Hold.BEFORE, Hold.AFTER):
        with inkpad.gate.hold(where) as is_held:
            worker = inkpad.start_worker()
            assert is_held.wait(120)
            inkpad.kill(worker)
        inkpad.pass_time(minutes=3)
    inkpad.start_worker()
    seen = finished(inkpad, job_id)

    assert_all_told(seen, 1)
    assert seen["items"][0] == ["applied", True, "null", 2]
    assert events[0].linked_id == "acct_new"


def test_two_workers_share_a_job_without_doing_anything_twice(inkpad: Crashing):
    events = visits(inkpad, 30)
    job_id = start(inkpad, events)
    for _ in range(2):
        inkpad.start_worker()

    seen = finished(inkpad, job_id)

    assert_all_told(seen, 30)
    assert len(inkpad.gate.carried_out) == 30


def test_workers_killed_at_random_moments_lose_nothing(inkpad: Crashing):
    seed = int(os.environ.get("CRASH_SEED", time.time()))
    chance = random.Random(seed)
    lost, again = 0, 0
    for _ in range(rounds()):
        events = visits(inkpad, 12)
        job_id = start(inkpad, events)
        worker = inkpad.start_worker()
        inkpad.wait_until(lambda: has_begun(inkpad, job_id))  # noqa: B023
        time.sleep(chance.uniform(0, 0.4))
        inkpad.kill(worker)
        inkpad.pass_time(minutes=3)
        survivor = inkpad.start_worker()
        seen = finished(inkpad, job_id)
        inkpad.kill(survivor)

        assert_all_told(seen, 12)
        assert [event.suspect for event in events] == [True] * 12
        lost += sum(item[1] for item in seen["items"])
        again += sum(item[3] > 1 for item in seen["items"])
    print(f"CRASH_SEED={seed}: {lost} answers were lost, {again} changes were sent again")


def has_begun(inkpad: Crashing, job_id: int) -> bool:
    """Whether the job's first event is settled."""
    return look(inkpad, job_id)["items"][0][0] != "waiting"
