"""Workers that are killed, on a database of their own, before a sandbox that sees what arrives."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fingerprint_integration.sandbox import Sandbox
from tests.crash.gate import Gate, gate_before
from tests.databases import ROOT, OwnDatabase

_WORKERS = "inkpad-crash-workers"
_WORKER = (
    *("-m", "celery", "--app", "dashboard.celery", "worker", "--pool", "threads", "--concurrency", "1"),
    *("--queues", "work,clock", "--without-gossip", "--without-mingle", "--without-heartbeat"),
    *("--loglevel", "ERROR"),
)


def rounds() -> int:
    """How many rounds of random deaths: 5, or what `make crash` asks for with CRASH_ROUNDS."""
    return int(os.environ.get("CRASH_ROUNDS", "5"))


@pytest.fixture
def gate() -> Iterator[Gate]:
    with gate_before(Sandbox(is_empty=True, rate=None)) as opened:
        yield opened


class Crashing:
    """An Inkpad whose workers die: its database, its workers, and the time that passes for both."""

    def __init__(self, database: OwnDatabase, gate: Gate, **environment: str) -> None:
        self.gate = gate
        fast = {"FINGERPRINT_BASE_URL": gate.url, "FINGERPRINT_RATE_PER_SECOND": "500", "FINGERPRINT_BURST": "1500"}
        self.environment = {**database.environment, **fast, **environment}
        self._database = database
        self._shell = self._talk_to(_SHELL)
        self._nursery = self._talk_to(_NURSERY, PGAPPNAME=_WORKERS)
        self._living: set[int] = set()

    def cut_connections(self) -> int:
        """PostgreSQL ends every session of the workers in the middle of what it does; gives how many there were."""
        if self._database.kind != "postgresql":
            return 0
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = %s",
                [_WORKERS],
            ).fetchone()
        assert ended is not None
        return int(ended[0])

    def _talk_to(self, code: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, **values: Any) -> Any:
        """Run code inside Inkpad, with `values`; gives what it assigned to `result`."""
        answer = _ask(self._shell, json.dumps([code, values]))
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def start_worker(self, *, dies: str = "") -> int:
        """A worker in a process of its own that does what Celery would have it do; gives its process id.

        Forked from a process that has loaded Inkpad, so that a round takes no seconds to begin. `dies` names a step of
        a deletion or a call, "before note_sending" or "after writes.update_event", at which it kills itself without a
        goodbye.
        """
        pid: int = _ask(self._nursery, dies)
        self._living.add(pid)
        return pid

    def start_celery(self) -> int:
        """The same as a real Celery worker."""
        return self._start(*_WORKER)

    def start_beat(self, schedule: Path) -> int:
        """Celery's beat, which sends the sweeps; it remembers in the file `schedule`."""
        return self._start("-m", "celery", "--app", "dashboard.celery", "beat", "--schedule", str(schedule),
                           "--pidfile", "", "--loglevel", "ERROR")  # fmt: skip

    def _start(self, *command: str) -> int:
        started = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.environment)
        self._living.add(started.pid)
        threading.Thread(target=started.wait, daemon=True).start()
        return started.pid

    def is_alive(self, worker: int) -> bool:
        """Whether a worker has not died yet."""
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            self._living.discard(worker)
            return False
        return True

    def kill(self, worker: int) -> None:
        """SIGKILL: nothing of it gets to say goodbye. What it had told the database already is still carried out."""
        os.kill(worker, signal.SIGKILL)
        time.sleep(0.5)
        self._living.discard(worker)

    def pass_time(self, **span: float) -> None:
        """Let leases run out and waiting times end: every time that rows wait for, or count from, moves back."""
        self.run(_PASS_TIME, seconds=timedelta(**span).total_seconds())

    def sweep(self) -> None:
        """What beat does every five seconds."""
        self.run("from dashboard.tagging.tasks import sweep_jobs\nsweep_jobs.delay()")

    def wait_until(
        self,
        is_so: Callable[[], Any],
        *,
        seconds: float = 240,
        sweeps: bool = True,
        otherwise: Callable[[], Any] = lambda: "",
    ) -> Any:
        """What `is_so` says once it says anything; sweeps meanwhile. What `otherwise` says explains why it does not."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if said := is_so():
                return said
            if sweeps:
                self.sweep()
            time.sleep(0.25)
        for worker in self._living:
            os.kill(worker, signal.SIGUSR1)  # says on stderr where it is
        time.sleep(1)
        raise AssertionError(f"still not so after {seconds} s: {otherwise()}")

    def close(self) -> None:
        """End every process of it; doing it twice does no harm."""
        for worker in list(self._living):
            self.kill(worker)
        for process in (self._shell, self._nursery):
            if process.poll() is None:
                process.communicate(timeout=20)


def _ask(process: "subprocess.Popen[str]", line: str) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


_SHELL = """
import json, sys, traceback
import django
django.setup()
for line in sys.stdin:
    code, values = json.loads(line)
    scope = {"result": None, **values}
    try:
        exec(code, scope)
        print(json.dumps({"result": scope["result"]}), flush=True)
    except BaseException:
        print(json.dumps({"error": traceback.format_exc()}), flush=True)
"""
_NURSERY = """
import faulthandler, os, signal, sys, time
import django
django.setup()
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone
from dashboard.core.trace import Trace, tracing
from dashboard.deletions.sending import execution
from fingerprint_integration.services import reads, writes
from dashboard.tagging import actions
from dashboard.tagging.models import BulkJob

def die_at(when, step):
    where, _dot, name = step.rpartition(".")
    module = {"": execution, "reads": reads, "writes": writes}[where]
    real = getattr(module, name)
    def last_words(*arguments, **named):
        if when == "after":
            real(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(module, name, last_words)

def work():
    faulthandler.register(signal.SIGUSR1)
    with tracing(Trace(request_id="task_crash", via="worker")):
        while True:
            try:
                for job_id in list(BulkJob.objects.at_work().values_list("pk", flat=True)):
                    actions.apply_batch(job_id=job_id)
                    actions.finish_job(job_id=job_id)
                execution.execute_due()
            except (OperationalError, InterfaceError):
                connections.close_all()  # the database cut us off: what we had in hand is found when its lease is over
            time.sleep(0.02)

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        if line.strip():
            die_at(*line.split())
        work()
    print(pid, flush=True)
"""
_PASS_TIME = """
from datetime import timedelta
from pathlib import Path
from dashboard.deletions.models import Attempt, DeletionVisitor
from dashboard.tagging.models import BulkItem, BulkJob
step = timedelta(seconds=seconds)
def move_back(rows, *names):
    for row in rows:
        for name in names:
            at = getattr(row, name)
            if at is not None:
                type(row).objects.filter(pk=row.pk, **{name: at}).update(**{name: at - step})
for model in (BulkItem, DeletionVisitor):
    move_back(model.objects.filter(state__in=model.OPEN_STATES), "lease_until", "next_attempt_at")
move_back(Attempt.objects.all(), "sent_at", "answered_at", "queue_rests_until")
for job in BulkJob.objects.exclude(rest_until=None):
    BulkJob.objects.filter(pk=job.pk).update(rest_until=job.rest_until - step)
"""


@pytest.fixture
def inkpad(own_database: OwnDatabase, gate: Gate) -> Iterator[Crashing]:
    crashing = Crashing(own_database, gate)
    try:
        yield crashing
    finally:
        crashing.close()
