"""After an erasure the whole database, written out by its owner, holds no trace of the person; the log still holds."""

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

VALUES = ("Ibk1527CUFmcnjLwIs4A", "1795333867327.NLOjmg", "acct_88412", "94.142.239.124", "customer 4711 called")
WRITE = """
from django.utils import timezone
from dashboard.accounts.models import User
from dashboard.audit import sealing
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import event, record, visitor
from dashboard.audit.subjects import Personal, SubjectKind
maya = User.objects.create_user(email="maya@example.test", name="Maya")
about = ("Ibk1527CUFmcnjLwIs4A",)
record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(about[0]), reason="customer 4711 called")
record(
    AuditKind.EVENT_LINKED_ID_SET,
    by=maya,
    target=event("1795333867327.NLOjmg", about[0]),
    personal={
        "before": Personal(SubjectKind.LINKED_ID, "acct_88412", about),
        "after": Personal(SubjectKind.ADDRESS, "94.142.239.124", about),
    },
)
sealing.seal(now=timezone.now())
"""
ERASE = """
from dashboard.audit.subject_rows import erase_visitors
erase_visitors(["Ibk1527CUFmcnjLwIs4A"], "D-0231")
"""
LOOK = """
import json
from django.utils import timezone
from dashboard.accounts.models import User
from dashboard.audit.duties import verify_now
from dashboard.audit.models import AuditEntry
from dashboard.audit.proofs import proof_of
from dashboard.audit.queries import EntryFilter, count, page
maya = User.objects.get(email="maya@example.test")
opened = AuditEntry.objects.get(kind="visitor.opened")
print(json.dumps({
    "verified": verify_now(now=timezone.now()).sentence,
    "count": count(EntryFilter(kind="visitor.opened")),
    "proof": proof_of(opened.pk).startswith("c2sp.org/tlog-proof@v1"),
    "sentence": page(EntryFilter(kind="visitor.opened"), viewer=maya).lines[0].text.partition(" on ")[0],
}))
"""


def dumped(database) -> str:
    """Everything in the database, as text; bytes as hexadecimal digits."""
    if database.kind == "sqlite":
        with sqlite3.connect(database.url.removeprefix("sqlite:///")) as connection:
            return "\n".join(connection.iterdump()).lower()
    binary = shutil.which("pg_dump") or next(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))), None)
    assert binary, "pg_dump is not installed"
    answer = subprocess.run([binary, database.url], capture_output=True, text=True, check=True, env=os.environ)
    return answer.stdout.lower()


def traces(dump: str) -> set[str]:
    """Which of the values stand in it, as text or as bytes."""
    return {value for value in VALUES if value.lower() in dump or value.encode().hex() in dump}


def test_a_dump_holds_no_trace_of_an_erased_person_and_the_log_holds(own_database):
    own_database.python(WRITE)
    assert traces(dumped(own_database)) == set(VALUES)

    own_database.python(ERASE)

    assert traces(dumped(own_database)) == set()
    assert json.loads(own_database.python(LOOK)) == {
        "verified": "everything holds",
        "count": 1,
        "proof": True,
        "sentence": "Maya opened visitor erased",
    }
