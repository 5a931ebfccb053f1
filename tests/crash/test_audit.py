"""Writers and sealers of the audit log die at random moments: no gap, no fork, and no committed entry is lost."""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.conftest import rounds
from tests.databases import ROOT, OwnDatabase

pytestmark = pytest.mark.process

_NURSERY = """
import os, signal, sys, time
import django
django.setup()
from django.db import connection, transaction
from django.utils import timezone
from dashboard.audit import duties
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import event, record
from dashboard.core.trace import Trace, tracing

def write(told):
    with tracing(Trace(request_id="task_crash", via="worker")):
        for place in range(1_000_000):
            with transaction.atomic():
                entries = [
                    record(AuditKind.EVENT_OPENED, by=None, target=event(f"1795333867327.{place % 50:06}", "Ibk1527"),
                        reason="chargeback")
                    for _ in range(3)
                ]
            # Only what is committed is told.
            os.write(told, "".join(f"{entry.pk}\\n" for entry in entries).encode())

def seal():
    while True:
        duties.seal_and_tell(now=timezone.now())
        time.sleep(0.005)

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    what, path = line.split()
    pid = os.fork()
    if pid == 0:
        write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)) if what == "writer" else seal()
    print(pid, flush=True)
"""
_END = """
import json, time
from django.utils import timezone
from dashboard.audit import checkpoint_file, sealing
from dashboard.audit.duties import verify_now
from dashboard.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf, AuditWaiting
from django.conf import settings
from pathlib import Path
# A killed sealer's connection ends with the statement that it was carrying out.
for _ in range(600):
    if sealing.seal(now=timezone.now()) is not None:
        break
    time.sleep(0.1)
file = Path(settings.AUDIT_CHECKPOINT_FILE)
notes = checkpoint_file.read(file)
result = verify_now(now=timezone.now())
leaves = list(AuditLeaf.objects.order_by("position").values_list("position", "entry_id"))
print(json.dumps({
    "verified": result.sentence,
    "positions": [position for position, _ in leaves] == list(range(len(leaves))),
    "entries": [number for _, number in leaves],
    "stored": AuditEntry.objects.exclude(kind="audit.verified").count(),
    "waiting": AuditWaiting.objects.count() - 1,
    "published": notes == list(AuditCheckpoint.objects.order_by("pk").values_list("note", flat=True)),
}))
"""


class Nursery:
    """A process that has loaded Inkpad and forks writers and sealers, so that a round takes no seconds to begin."""

    def __init__(self, database: OwnDatabase, told: Path) -> None:
        self._told = told
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NURSERY],
            cwd=ROOT,
            env=database.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._living: set[int] = set()

    def start(self, what: str) -> int:
        """Another writer or sealer; gives its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what} {self._told}\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self._living.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """SIGKILL: nothing of it gets to say goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._living.discard(pid)

    def close(self) -> None:
        """End everybody."""
        for pid in list(self._living):
            self.kill(pid)
        self._process.communicate(timeout=20)


@pytest.fixture
def logged(own_database: OwnDatabase, tmp_path: Path) -> OwnDatabase:
    """The database with a checkpoint file."""
    environment = {**own_database.environment, "AUDIT_CHECKPOINT_FILE": str(tmp_path / "checkpoints")}
    return own_database._replace(environment=environment)


@pytest.fixture
def nursery(logged: OwnDatabase, tmp_path: Path) -> Iterator[Nursery]:
    opened = Nursery(logged, tmp_path / "told")
    try:
        yield opened
    finally:
        opened.close()


def let_the_lease_run_out(logged: OwnDatabase) -> None:
    """A killed sealer's lease would last for seconds on SQLite; PostgreSQL's lock went with its connection."""
    if logged.kind == "sqlite":
        with sqlite3.connect(logged.url.removeprefix("sqlite:///"), timeout=120) as connection:
            connection.execute("UPDATE audit_auditduty SET lease_until = '2020-01-01 00:00:00' WHERE lease_token <> ''")


def test_writers_and_sealers_die_and_the_log_is_whole(logged: OwnDatabase, nursery: Nursery, tmp_path: Path):
    chance = random.Random(os.environ.get("CRASH_SEED", "audit"))
    writers, sealer = [nursery.start("writer") for _ in range(2)], nursery.start("sealer")

    for _ in range(rounds()):
        time.sleep(chance.uniform(0.02, 0.4))
        for place in range(2):
            if chance.random() < 0.6:
                nursery.kill(writers[place])
                writers[place] = nursery.start("writer")
        if chance.random() < 0.7:
            nursery.kill(sealer)
            let_the_lease_run_out(logged)
            sealer = nursery.start("sealer")
    nursery.close()
    time.sleep(0.5)
    let_the_lease_run_out(logged)

    seen = json.loads(logged.python(_END))
    told = {int(number) for number in (tmp_path / "told").read_text().split()}
    assert told
    assert told <= set(seen["entries"])
    assert len(seen["entries"]) == len(set(seen["entries"])) == seen["stored"]
    assert (seen["verified"], seen["positions"], seen["published"]) == ("everything holds", True, True)
    assert seen["waiting"] == 0
