"""The leased row: one worker at a time, nothing written by who lost it, and a wake-up that never gets in the way."""

import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from celery import Celery
from django.db import transaction

from dashboard.core.work import LEASE, LeaseLost, wake
from dashboard.tagging.models import BulkItem, BulkJob
from tests.databases import ROOT
from tests.factories import person


@pytest.fixture
def rows(db, clock):
    """`rows(3)`: leased rows that wait, in their order. Items of a job are what this product has of them."""

    def make(count: int) -> list[BulkItem]:
        job = BulkJob.objects.create(
            change_kind="suspect",
            wanted=b"true",
            reason="ring",
            asked_by=person(),
            form_token="t",
            list_hash="0" * 64,
            count=count,
            created_at=clock.now,
            running_since=clock.now,
            confirmed_at=clock.now,
        )
        return [
            BulkItem.objects.create(job=job, position=place, event_id=f"1.{place}") for place in range(1, count + 1)
        ]

    return make


def test_a_claimed_row_is_nobody_elses(rows, clock):
    (row,) = rows(1)

    held = BulkItem.objects.claim(row.pk, now=clock.now)

    assert held is not None
    assert (held.attempts, held.lease_until) == (1, clock.now + LEASE)
    assert BulkItem.objects.claim(row.pk, now=clock.now) is None
    assert BulkItem.objects.claim_next(now=clock.now) is None


def test_a_lease_that_ran_out_can_be_claimed_again(rows, clock):
    (row,) = rows(1)
    first = BulkItem.objects.claim(row.pk, now=clock.now)

    clock.advance(seconds=LEASE.total_seconds())
    assert BulkItem.objects.claim(row.pk, now=clock.now) is None, "it ends after its last moment"
    clock.advance(seconds=1)
    second = BulkItem.objects.claim(row.pk, now=clock.now)

    assert second is not None
    assert second.lease_token != first.lease_token
    assert second.attempts == 2


def test_who_lost_the_lease_writes_nothing(rows, clock):
    (row,) = rows(1)
    late = BulkItem.objects.claim(row.pk, now=clock.now)
    clock.advance(minutes=5)
    BulkItem.objects.claim(row.pk, now=clock.now)

    with pytest.raises(LeaseLost):
        late.note(code="late")
    with pytest.raises(LeaseLost):
        late.settle(state="failed", settled_at=clock.now)

    row.refresh_from_db()
    assert (row.state, row.code) == ("waiting", "")


def test_a_row_is_settled_once(rows, clock):
    (row,) = rows(1)
    held = BulkItem.objects.claim(row.pk, now=clock.now)
    held.settle(state="applied", settled_at=clock.now)

    with pytest.raises(LeaseLost):
        held.settle(state="failed", settled_at=clock.now)
    with pytest.raises(LeaseLost):
        row.settle(state="failed", settled_at=clock.now)

    row.refresh_from_db()
    assert (row.state, row.lease_token, row.lease_until) == ("applied", "", None)


def test_a_note_keeps_the_row_and_shows_in_it(rows, clock):
    (row,) = rows(1)
    held = BulkItem.objects.claim(row.pk, now=clock.now)

    held.note(state="sending", before=b"null")

    assert held.state == "sending"
    row.refresh_from_db()
    assert (row.state, row.lease_token) == ("sending", held.lease_token)


def test_a_settling_that_is_rolled_back_leaves_the_row_to_its_worker(rows, clock):
    (row,) = rows(1)
    held = BulkItem.objects.claim(row.pk, now=clock.now)
    token = held.lease_token

    def settle_and_fail():
        with transaction.atomic():
            held.settle(state="applied", settled_at=clock.now)
            raise RuntimeError("the audit entry could not be written")

    with pytest.raises(RuntimeError):
        settle_and_fail()

    row.refresh_from_db()
    assert (row.state, row.lease_token) == ("waiting", token)


def test_rows_wait_for_their_time(rows, clock):
    first, second = rows(2)
    held = BulkItem.objects.claim(first.pk, now=clock.now)
    held.settle(next_attempt_at=clock.now + timedelta(seconds=30))

    assert list(BulkItem.objects.due(clock.now)) == [second]
    clock.advance(seconds=30)
    assert list(BulkItem.objects.due(clock.now)) == [first, second]


def test_the_oldest_due_row_comes_next_and_finished_ones_never(rows, clock):
    first, second, third = rows(3)
    BulkItem.objects.claim(first.pk, now=clock.now).settle(state="applied", settled_at=clock.now)
    BulkItem.objects.claim(second.pk, now=clock.now)

    assert BulkItem.objects.claim_next(now=clock.now) == third
    assert BulkItem.objects.claim(first.pk, now=clock.now + LEASE * 2) is None


def test_only_rows_of_the_queryset_come_next(rows, clock):
    (mine,), (_other,) = rows(1), rows(1)

    assert BulkItem.objects.filter(job=mine.job).claim_next(now=clock.now) == mine
    assert BulkItem.objects.filter(job=mine.job).claim_next(now=clock.now) is None


def test_a_row_taken_back_right_after_the_claim_is_not_given_out(rows, clock, monkeypatch):
    (row,) = rows(1)
    querysets = type(BulkItem.objects.none())
    first = querysets.first

    def take_back(self):
        BulkItem.objects.filter(pk=row.pk).update(lease_token="", lease_until=None)
        return first(self)

    monkeypatch.setattr(querysets, "first", take_back)

    assert BulkItem.objects.claim(row.pk, now=clock.now) is None


def test_held_rows_tell_how_long_ago_they_were_claimed(rows, clock):
    (row,) = rows(1)
    BulkItem.objects.claim(row.pk, now=clock.now)

    clock.advance(seconds=20)

    assert BulkItem.objects.held(clock.now).exists()
    assert not BulkItem.objects.held(clock.now, claimed_within=timedelta(seconds=15)).exists()


def test_many_rows_are_claimed_with_two_statements(rows, clock, django_assert_num_queries):
    made = rows(12)
    savepoints = 2  # the test's own transaction turns the claim's into a savepoint

    with django_assert_num_queries(2 + savepoints):
        held = BulkItem.objects.claim_many(10, now=clock.now)

    assert held == made[:10]
    assert {(row.attempts, row.lease_until) for row in held} == {(1, clock.now + LEASE)}
    for row in held:
        stored = BulkItem.objects.get(pk=row.pk)
        assert (stored.lease_token, stored.attempts) == (row.lease_token, 1)
    assert BulkItem.objects.claim_many(10, now=clock.now) == made[10:]
    assert BulkItem.objects.claim_many(10, now=clock.now) == []


def test_only_due_rows_of_the_queryset_are_claimed_together(rows, clock):
    mine, _other = rows(4), rows(1)
    BulkItem.objects.claim(mine[0].pk, now=clock.now)
    BulkItem.objects.claim(mine[1].pk, now=clock.now).settle(state="applied", settled_at=clock.now)
    BulkItem.objects.filter(pk=mine[2].pk).update(next_attempt_at=clock.now + timedelta(seconds=1))

    assert BulkItem.objects.filter(job=mine[0].job).claim_many(10, now=clock.now) == [mine[3]]


def test_rows_of_a_claim_are_settled_one_by_one(rows, clock):
    rows(2)
    first, second = BulkItem.objects.claim_many(2, now=clock.now)

    first.settle(state="applied", settled_at=clock.now)

    second.note(code="still_mine")
    with pytest.raises(LeaseLost):
        first.note(code="late")


def test_rows_that_were_not_reached_are_given_back_as_they_were(rows, clock):
    rows(3)
    _reached, lost, unreached = BulkItem.objects.claim_many(3, now=clock.now)
    clock.advance(minutes=5)
    BulkItem.objects.claim(lost.pk, now=clock.now)

    BulkItem.objects.give_back([lost, unreached])

    lost.refresh_from_db()
    unreached.refresh_from_db()
    assert (lost.attempts, bool(lost.lease_token)) == (2, True), "another worker has it now"
    assert (unreached.attempts, unreached.lease_token, unreached.lease_until) == (0, "", None)


# -- Waking -------------------------------------------------------------------------------------------------------


def nothing(**_: object) -> None:
    """A task nobody carries out."""


def woken(broker: str, commit) -> tuple[float, int]:
    """How long waking took with this broker, and how many wake-ups there were."""
    app = Celery(broker=broker, set_as_current=False)
    app.config_from_object("dashboard.celery_settings")
    app.conf.update(broker_url=broker)
    task = app.task(nothing)
    started = time.monotonic()
    with commit(execute=True) as sent:
        wake(task, job_id=1)
        assert time.monotonic() - started < 0.5, "nothing is sent before the commit"
    return time.monotonic() - started, len(sent)


@pytest.mark.parametrize(
    "broker", ["redis://127.0.0.1:9/0", "redis+socket:///nowhere/valkey.sock", "amqp://127.0.0.1:9//"]
)
@pytest.mark.django_db
def test_a_broker_that_is_away_holds_nobody_up(broker, django_capture_on_commit_callbacks):
    seconds, sent = woken(broker, django_capture_on_commit_callbacks)

    assert sent == 1
    assert seconds < 3


@pytest.mark.django_db
def test_a_broker_that_accepts_and_never_answers_holds_nobody_up_for_long(tmp_path, django_capture_on_commit_callbacks):
    path = str(tmp_path / "deaf.sock")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(path)
        deaf.listen()
        seconds, _ = woken(f"redis+socket://{path}", django_capture_on_commit_callbacks)

    assert seconds < 8


@pytest.mark.django_db
def test_nobody_is_woken_by_what_was_rolled_back(valkey_server, django_capture_on_commit_callbacks):
    def wake_and_fail():
        with transaction.atomic():
            wake(Celery(set_as_current=False).task(nothing))
            raise RuntimeError

    with django_capture_on_commit_callbacks(execute=True) as sent, pytest.raises(RuntimeError):
        wake_and_fail()

    assert sent == []


# -- Several workers ----------------------------------------------------------------------------------------------

_SEED = """
from django.utils import timezone
from dashboard.accounts.models import User
from dashboard.tagging.models import BulkItem, BulkJob
now = timezone.now()
asker = User.objects.create_user("a@b.test")
job = BulkJob.objects.create(change_kind="suspect", wanted=b"true", reason="r", asked_by=asker,
    form_token="t", list_hash="0" * 64, count=150, created_at=now, running_since=now,
    confirmed_at=now)
BulkItem.objects.bulk_create(BulkItem(job=job, position=n, event_id=f"1.{n}") for n in range(1, 151))
"""
_RACE = """
import sys, threading, time
import django
django.setup()
from django.db import connection
from django.utils import timezone
from dashboard.tagging.models import BulkItem

def race(won):
    pks = list(BulkItem.objects.order_by("pk").values_list("pk", flat=True))
    time.sleep(max(0, starts_at - time.time()))
    running = BulkItem.objects.filter(job__state="running")
    if CLAIM == "one by one":
        won += [pk for pk in pks if running.claim(pk, now=timezone.now()) is not None]
    while CLAIM == "together" and running.due(timezone.now()).exists():
        won += [row.pk for row in running.claim_many(7, now=timezone.now())]
    connection.close()

print("ready", flush=True)
starts_at = float(sys.stdin.readline())
won = []
threads = [threading.Thread(target=race, args=[won]) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*won)
"""


@pytest.mark.process
@pytest.mark.parametrize("claim", ["one by one", "together"])
def test_workers_of_several_processes_after_the_same_rows_get_each_row_once(own_database, claim):
    own_database.python(_SEED)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", f"CLAIM = {claim!r}\n{_RACE}"],
            cwd=ROOT,
            env=own_database.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    start = f"{time.time() + 0.5}\n"

    won = [[""] for _ in racers]

    def collect(place: int) -> None:
        won[place] = racers[place].communicate(start, timeout=60)[0].split()

    threads = [threading.Thread(target=collect, args=[place]) for place in range(len(racers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    claimed = [pk for pks in won for pk in pks]
    assert len(claimed) == len(set(claimed)) == 150
    assert [racer.returncode for racer in racers] == [0, 0]
