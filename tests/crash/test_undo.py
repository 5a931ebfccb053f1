"""Whatever dies, whenever: the world becomes the list exactly, the log tells the same, and undo restores the world."""

import os
import random
import time
from collections import Counter

import pytest

from tests.crash.conftest import Crashing, rounds
from tests.crash.test_jobs import finished, start, visits

pytestmark = pytest.mark.process
EVENTS = 16

_UNDO = """
from django.utils import timezone
from dashboard.accounts.models import User
from dashboard.tagging import actions
by, now = User.objects.get(email="maya@desk.test"), timezone.now()
draft = actions.open_undo(job_id=job_id, by=by, now=now)
result = actions.confirm_job(job_id=draft.pk, list_hash=draft.list_hash, change=None, reason="back", ticket="#881",
    typed=draft.count, by=by, now=now).pk
"""
_STORY = """
from dashboard.audit.models import AuditEntry
from dashboard.tagging.models import BulkItem, BulkJob
job = BulkJob.objects.get(pk=job_id)
told = AuditEntry.objects.filter(batch=job.name, kind__startswith="event.").values_list("kind", flat=True)
result = {
    "states": list(job.items.order_by("position").values_list("state", flat=True)),
    "notes": [item.before is not None for item in job.items.order_by("position")],
    "told": list(told),
    "ended": AuditEntry.objects.filter(batch=job.name, kind="bulk_job.finished").count(),
}
"""


def test_whatever_dies_the_world_is_the_list_and_undo_restores_it(inkpad: Crashing):
    seed = int(os.environ.get("CRASH_SEED", time.time()))
    chance = random.Random(seed)
    print(f"CRASH_SEED={seed}")
    for _round in range(rounds()):
        events, others = visits(inkpad, EVENTS), visits(inkpad, 3)
        for event in (*events, *others):
            event.suspect = chance.choice([True, False])
        world = [event.suspect for event in events]
        apart = [event.suspect for event in others]

        job_id = start(inkpad, events, wanted=True)
        live_through(inkpad, job_id, chance)

        assert [event.suspect for event in events] == [True] * EVENTS
        assert_story(inkpad, job_id, Counter(applied=world.count(False), already=world.count(True)))
        if not world.count(False):
            continue
        undo_id = inkpad.run(_UNDO, job_id=job_id)
        live_through(inkpad, undo_id, chance)

        assert [event.suspect for event in events] == world
        assert [event.suspect for event in others] == apart, "nothing was touched that was not in the list"
        assert_story(inkpad, undo_id, Counter(applied=world.count(False)))


def live_through(inkpad: Crashing, job_id: int, chance: random.Random) -> None:
    """Two workers race for the job while one is killed, sessions are cut and answers get lost; then it finishes."""
    lost = chance.randrange(3)
    if lost:
        inkpad.gate.sandbox.faults.answer_lost(operation="update_event", times=lost)
    racing = [inkpad.start_worker(), inkpad.start_worker()]
    time.sleep(chance.uniform(0, 0.6))
    inkpad.kill(racing[0])
    inkpad.cut_connections()
    time.sleep(chance.uniform(0, 0.3))
    if inkpad.is_alive(racing[1]) and chance.random() < 0.5:
        inkpad.kill(racing[1])
    survivor = inkpad.start_worker()
    inkpad.pass_time(minutes=20)
    inkpad.wait_until(lambda: finished_or_later(inkpad, job_id))
    for worker in (racing[1], survivor):
        if inkpad.is_alive(worker):
            inkpad.kill(worker)
    finished(inkpad, job_id)


def finished_or_later(inkpad: Crashing, job_id: int) -> bool:
    """Whether the job is finished; what rests or waits for a lost answer is brought forward."""
    inkpad.pass_time(minutes=20)
    return bool(inkpad.run(_STORY, job_id=job_id)["ended"])


def assert_story(inkpad: Crashing, job_id: int, states: Counter[str]) -> None:
    """Every event has one result and one entry that says the same, and each change has its note."""
    story = inkpad.run(_STORY, job_id=job_id)
    expected = Counter({"event.suspect_set": states["applied"], "event.not_changed": states["already"]})
    assert Counter(story["states"]) == states
    assert +Counter(story["told"]) == +expected
    assert story["ended"] == 1
    noted = [has_note for has_note, state in zip(story["notes"], story["states"], strict=True) if state == "applied"]
    assert all(noted)
