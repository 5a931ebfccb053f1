"""A visitor that is present everywhere is erased, and no trace of them is left in dump, Valkey, files and logs.

Real processes on a database of their own, a sandbox behind them over HTTP: one process lives with the visitor and
erases them, a later one, months on, follows the deletion to its end.
"""

import json
import subprocess
import sys
import textwrap
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from dashboard.audit.notes import Signer
from tests.databases import ROOT
from tests.keys import AUDIT_SIGNING_KEY
from tests.sandboxes import sandbox_process
from tests.valkey import socket_path

pytestmark = pytest.mark.process
SCRIPT = ROOT / "dashboard/audit/check_proof.py"

PREPARED = """
import json, pathlib, sys
from datetime import datetime, timedelta
import httpx, redis, time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from dashboard.accounts.models import User
from dashboard.audit.duties import verify_now
from dashboard.audit.sealing import seal
from dashboard.core.access import Role
from dashboard.deletions import actions
from dashboard.deletions.certificates import issuing
from dashboard.deletions.disclosure import actions as disclosure
from dashboard.deletions.sending import execution, schedule
from dashboard.deletions.watch import verification
from dashboard.deletions.models import DeletionRequest, LegalHold
from dashboard.events import actions as searching, exporting, keeping
from dashboard.events.models import Search
from dashboard.events.windows import Window
from dashboard.tagging import actions as jobs
from dashboard.tagging.actions.lists import Chosen, hash_of
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.visitors.models import NoteFile
from fingerprint_integration.query import EventQuery
from tests.dashboard.deletions.conftest import wish
from tests.factories import person
from tests.reading import ReadingClient

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody's password is at stake
settings.ALLOWED_HOSTS = ["testserver"]
folder = pathlib.Path(sys.argv[1])

def sandbox(path, **document):
    answer = httpx.post(settings.FINGERPRINT_BASE_URL + path, json=document)
    answer.raise_for_status()
    return answer.json()

def work():
    schedule.start_due(now=timezone.now())
    while execution.execute_due():
        pass
    while verification.follow_due():
        pass

def keep(name, **content):
    (folder / name).write_text(json.dumps(content))
"""

LIFE = """
settings.FINGERPRINT_RATE_PER_SECOND, settings.FINGERPRINT_BURST = 500, 500
now = timezone.now()
account = "acct_Kz88412Qw"
seen = {}
for days in (30, 20, 3, 1):
    at = (now - timedelta(days=days)).isoformat()
    again = seen and {"visitor_id": seen["visitor_id"]}
    seen = sandbox("/sandbox/visits", at=at, linked_id=account, **again)["events"][0]
    keep(f"event-{days}.json", **seen)
visitor_id, event_id = seen["visitor_id"], seen["event_id"]
other = sandbox("/sandbox/visits", at=(now - timedelta(days=2)).isoformat())["events"][0]

maya, samir = person(Role.COMPLIANCE, name="Maya"), person(Role.COMPLIANCE, name="Samir")
tom = person(Role.FRAUD_ANALYST, name="Tom")
browser = ReadingClient()
browser.force_login(tom)

# Pasted, searched for, saved under a name that tells it, exported, opened.
browser.post("/recognise/", {"text": f"who is {visitor_id} of {account}?"})
window = Window("all", now - timedelta(days=90), now)
for query in (EventQuery(visitor_id=visitor_id), EventQuery(linked_id=account)):
    search = searching.start_search(query=query, window=window, by=tom, now=now)
    opened = searching.open_search(search, by=tom, now=now)
    keeping.save_search(search, name=f"Ring of {visitor_id}", is_shared=True, by=tom, now=now)
    exporting.make_export(
        search, list(opened.snapshot.events), form="csv", reason=f"For {account}", ticket="", by=tom, now=now
    )
assert browser.get(f"/visitors/{visitor_id}/").status_code == 200
assert browser.get(f"/events/{event_id}/").status_code == 200

# Notes, also on somebody else that name them; a hand-over with its notice.
for path in (f"/visitors/{visitor_id}/notes/", f"/visitors/{other['visitor_id']}/notes/"):
    for text in (f"Same as {visitor_id}.", f"See {event_id}.", f"Is {account}."):
        form = browser.get(path).page.form(button="Write the note")
        assert browser.submit(form, text=text).status_code < 400

# Files beside notes: theirs, and on somebody else one that is named after them and one that speaks of them.
for about, name, content in (
    (visitor_id, f"{visitor_id}.png", bytes.fromhex("89504e470d0a1a0a0000000d") + b"IHDR" + visitor_id.encode()),
    (other["visitor_id"], f"{visitor_id}.txt", b"one"), (other["visitor_id"], "list.csv", f"x,{account}".encode()),
):
    sent = {"text": f"See file {name[-3:]}.", "ticket": "", "attached": SimpleUploadedFile(name, content)}
    assert browser.post(f"/visitors/{about}/notes/", sent).status_code == 302
for number in NoteFile.objects.values_list("pk", flat=True):
    assert browser.get(f"/visitors/notes/files/{number}/").status_code == 200

form = browser.get(f"/visitors/{visitor_id}/hand-over/").page.form(button="Hand the visitor over")
assert browser.submit(form, to=maya.pk, text=f"Look at {account}").status_code < 400

# Followed, and somebody else followed because of them.
for path in (f"/visitors/{visitor_id}/follow/", f"/visitors/{other['visitor_id']}/follow/"):
    assert browser.submit(browser.get(path).page.form(button="Follow"), text=f"Like {visitor_id}").status_code < 400

# A job on their events, and one on somebody else's that names them.
for changed, reason in ((event_id, "ring"), (other["event_id"], f"same as {visitor_id}")):
    chosen = [Chosen(changed, visitor_id if changed == event_id else other["visitor_id"])]
    for change in (Change(ChangeKind.SUSPECT, True), Change(ChangeKind.LINKED_ID, account)):
        job = jobs.start_job(
            change=change, chosen=chosen, list_hash=hash_of([changed]), reason=reason, ticket="",
            form_token=f"{len(reason)}-{change.kind}", by=tom, now=timezone.now(),
        )
        jobs.apply_batch(job_id=job.pk)
    # The last one is taken back.
    undo = jobs.take_back(job_id=job.pk, by=tom, now=timezone.now())
    jobs.apply_batch(job_id=undo.pk)

# A refused request and a lifted hold that name them; what is held about them, collected.
wanted = wish(visitor_id, reason=f"First try for {visitor_id}", linked_ids=(account,))
refused = actions.ask(wish=wanted, by=maya, now=now)
actions.refuse(
    request_id=refused.pk, scope_hash=refused.scope_hash, by=samir, reason=f"{event_id} first",
    password_given_at=now, now=now,
)
wanted = wish(other["visitor_id"], reason=f"Same person as {visitor_id}", linked_ids=())
waiting = actions.ask(wish=wanted, by=maya, now=now)
LegalHold.objects.create(
    kind="visitor", visitor_id="", reason=f"Claim about {visitor_id}", lift_reason=f"{account} settled", case="2026-1",
    review_on=now.date(), form_token="h" * 32, placed_by=maya, placed_at=now, lifted_by=samir, lifted_at=now,
)
question = disclosure.Question(visitor_id=visitor_id, reason="A letter.", ticket="", form_token="a" * 32)
access = disclosure.ask(question=question, by=maya, now=now)
disclosure.decide(number=access.pk, approve=True, by=samir, reason="Hers.", now=now)
work()
disclosure.take(number=access.pk, by=samir, now=now)

# Something that cached them.
server = redis.Redis.from_url(settings.REDIS_URL)
server.set(f"cache:{visitor_id}", "x")
server.set("cache:newest", event_id)
server.set("cache:other", other["event_id"])
keep("ids.json", visitor_id=visitor_id, account=account, request=0)
"""

ERASE = """
settings.FINGERPRINT_RATE_PER_SECOND, settings.FINGERPRINT_BURST = 500, 500
ids = json.loads((folder / "ids.json").read_text())
maya, samir = User.objects.get(name="Maya"), User.objects.get(name="Samir")
asked = actions.ask(
    wish=wish(
        ids["visitor_id"], linked_ids=(ids["account"],), reason=f"{ids['visitor_id']} wrote to us.", form_token="e" * 32
    ),
    by=maya, now=timezone.now(),
)
actions.approve(
    request_id=asked.pk, scope_hash=asked.scope_hash, by=samir, reason=f"Owner of {ids['account']}",
    password_given_at=timezone.now(), now=timezone.now(),
)
work()
row = asked.visitors.get()
issuing.issue(request_id=asked.pk, by=samir, now=timezone.now())
seal(now=timezone.now())
made = issuing.find(asked.pk, 1)
(folder / "certificate.json").write_bytes(issuing.take(made, by=samir, now=timezone.now()))
keep("erased.json", state=row.state, request=asked.pk, holds=verify_now(now=timezone.now()).holds)
keep("ids.json", **{**ids, "request": asked.pk})
"""

FOLLOW = """
settings.FINGERPRINT_RATE_PER_SECOND, settings.FINGERPRINT_BURST = 500, 500
ids = json.loads((folder / "ids.json").read_text())
begin = timezone.now()
for days in (1, 2, 9, 30, 60, 75, 84, 95):
    sandbox("/sandbox/clock", set=(begin + timedelta(days=days)).isoformat())
    with time_machine.travel(begin + timedelta(days=days), tick=True):
        if days == 1:
            # Somebody looks before Fingerprint has done it all: what that wrote down is forgotten as well.
            browser = ReadingClient()
            browser.force_login(User.objects.get(name="Tom"))
            browser.get(f"/visitors/{ids['visitor_id']}/")
        work()
        if days == 95:
            seal(now=timezone.now())
            asked = DeletionRequest.objects.get(pk=ids["request"])
            made = issuing.find(asked.pk, 2)
            (folder / "last.json").write_bytes(issuing.take(made, by=asked.decided_by, now=timezone.now()))
            row = asked.visitors.get()
            holds = verify_now(now=timezone.now()).holds
            keep("followed.json", state=row.state, visitor_id=row.visitor_id, holds=holds)
"""


def dump_of(database, folder: Path) -> str:
    """The whole database as text; bytes stand in it as hexadecimal digits."""
    if database.kind == "postgresql":
        answer = subprocess.run(["pg_dump", "--no-owner", database.url], capture_output=True, text=True, check=True)
        return answer.stdout
    path = urlsplit(database.url).path
    code = "import sqlite3, sys; print('\\n'.join(sqlite3.connect(sys.argv[1]).iterdump()))"
    return subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True).stdout


def traces(text: str, names: list[str]) -> dict[str, list[str]]:
    """By name the lines in which it stands, as it is, in hexadecimal, or in base64 at any of its three beginnings."""
    found = {}
    for name in names:
        raw = name.encode()
        encoded = {b64encode(b"x" * skip + raw)[4 if skip else 0 : -4].decode() for skip in range(3)}
        needles = {name, raw.hex(), raw.hex().upper(), *encoded}
        lines = [line[:60] for line in text.splitlines() if any(needle in line for needle in needles)]
        if lines:
            found[name] = lines
    return found


def in_valkey(names: list[str]) -> list[bytes]:
    """The keys in which one of these stands, by name or content, as Valkey itself writes them down."""
    server = redis.Redis(unix_socket_path=str(socket_path()))
    try:
        keys = list(server.scan_iter())
        texts = [key + b" " + (server.dump(key) or b"") for key in keys]
        return [text[:80] for text in texts if any(name.encode() in text for name in names)]
    finally:
        server.close()


def run(database, folder: Path, sandbox_url: str, code: str) -> str:
    """Runs a part of the story; gives everything it wrote to its logs."""
    script = folder / "part.py"
    script.write_text(f"import django; django.setup()\n{PREPARED}{textwrap.dedent(code)}")
    environment = {
        **database.environment,
        "FINGERPRINT_BASE_URL": sandbox_url,
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT),
    }
    answer = subprocess.run(
        [sys.executable, str(script), str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    logs = answer.stdout + answer.stderr
    assert answer.returncode == 0, logs[-4000:]
    return logs


def checked(folder: Path, name: str) -> int:
    key = Signer.read(AUDIT_SIGNING_KEY).verifier.text
    command = [sys.executable, "-I", str(SCRIPT), str(folder / name), "--key", key]
    return subprocess.run(command, capture_output=True, check=False, env={}).returncode


def test_no_trace_is_left_at_acceptance_and_none_at_all_at_the_end(own_database, tmp_path):
    def read(name):
        return json.loads((tmp_path / name).read_text())

    with sandbox_process() as sandbox:
        logs = run(own_database, tmp_path, sandbox.url, LIFE)
        events = [read(f"event-{days}.json")["event_id"] for days in (30, 20, 3, 1)]
        names = [read("ids.json")["visitor_id"], read("ids.json")["account"], *events]
        before = traces(dump_of(own_database, tmp_path), names)
        assert set(names[:2]) | {events[-1]} <= set(before), "they are everywhere before"
        assert len(before[names[0]]) > 10
        assert in_valkey(names)

        logs += run(own_database, tmp_path, sandbox.url, ERASE)
        assert read("erased.json")["state"] == "accepted"
        assert read("erased.json")["holds"]
        left = traces(dump_of(own_database, tmp_path), names)
        assert {name: len(lines) for name, lines in left.items()} == dict.fromkeys(names, 1), "the request's own rows"
        assert in_valkey(names) == []

        logs += run(own_database, tmp_path, sandbox.url, FOLLOW)

    assert read("followed.json") == {"state": "complete", "visitor_id": "", "holds": True}
    assert traces(dump_of(own_database, tmp_path), names) == {}
    assert in_valkey(names) == []
    assert traces(logs, names) == {}
    assert checked(tmp_path, "certificate.json") == 0, "what was taken away before still checks"
    assert checked(tmp_path, "last.json") == 0
    assert traces((tmp_path / "last.json").read_text(), names) == {}, "and the last one names nobody any more"
