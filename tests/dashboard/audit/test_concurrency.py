"""Many writers at once, with real transactions: one row per value, no entry lost, nothing left behind by an erasure."""

import json

import pytest

pytestmark = pytest.mark.process

SETUP = """
import json, random, threading, time
from django.db import connection, transaction
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, AuditMention, Subject, SubjectAbout
from dashboard.audit.record import event, record
from dashboard.audit.subject_rows import erase_visitors
from dashboard.accounts.models import User

maya = User.objects.create_user(email="maya@example.test", name="Maya")
failures = []

def at_once(*acts):
    gate = threading.Barrier(len(acts))
    def run(act):
        try:
            gate.wait()
            act()
        except Exception as failure:
            failures.append(repr(failure))
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

MEETING = """
def write(events):
    def act():
        for number in events:
            record(AuditKind.EVENT_OPENED, by=maya, target=event(f"1795333867327.{number:06}", "Ibk1527CUFmcnjLwIs4A"))
    return act

# Everybody meets the same values, half of them in the opposite order.
at_once(*[write(range(10)) for _ in range(4)], *[write(range(9, -1, -1)) for _ in range(4)])
print(json.dumps({
    "failures": failures,
    "entries": AuditEntry.objects.count(),
    "mentions": AuditMention.objects.count(),
    "subjects": {
        kind: Subject.objects.filter(kind=kind).count() for kind in ("visitor", "event", "staff")
    },
    "ties": SubjectAbout.objects.count(),
}))
"""

ERASING = """
rounds = 6

def write():
    for number in range(rounds):
        record(
            AuditKind.EVENT_OPENED,
            by=maya,
            target=event(f"1795333867327.{threading.get_ident() % 10**6:06}{number}", "Ibk1527CUFmcnjLwIs4A"),
            reason="about the visitor",
        )

def erase():
    for number in range(rounds):
        erase_visitors(["Ibk1527CUFmcnjLwIs4A"], f"D-{number:04}")

at_once(write, write, write, erase, erase)
living = Subject.objects.filter(erased_at=None)
# Whatever lives must be held by a visitor that lives: the next erasure reaches it, the last one did not miss it.
orphans = living.filter(about__isnull=False).exclude(about__visitor__erased_at=None)
erase_visitors(["Ibk1527CUFmcnjLwIs4A"], "D-9999")
print(json.dumps({
    "failures": failures,
    "entries": AuditEntry.objects.count(),
    "orphans": orphans.count(),
    "left": sorted(Subject.objects.filter(erased_at=None).values_list("kind", flat=True)),
}))
"""

OVERTAKEN = """
from dashboard.audit.record import visitor

record(AuditKind.VISITOR_OPENED, by=maya, target=visitor("Ibk1527CUFmcnjLwIs4A"))
erased, written = threading.Event(), threading.Event()

def erase():
    with transaction.atomic():
        erase_visitors(["Ibk1527CUFmcnjLwIs4A"], "D-0231")
        erased.set()
        written.wait(2)  # the writer must wait for the end of this transaction

def write():
    erased.wait()
    record(AuditKind.EVENT_OPENED, by=maya, target=event("1795333867327.NLOjmg", "Ibk1527CUFmcnjLwIs4A"))
    written.set()

at_once(erase, write)
event_row = Subject.objects.get(kind="event")
print(json.dumps({
    "failures": failures,
    "ties to the living": SubjectAbout.objects.filter(subject=event_row, visitor__erased_at=None).count(),
    "emptied by the next erasure": erase_visitors(["Ibk1527CUFmcnjLwIs4A"], "D-0232"),
}))
"""

CROWD = """
from dashboard.audit.models import AuditCheckpoint, AuditLeaf, AuditWaiting
from dashboard.audit import sealing
from dashboard.audit.duties import verify_now
from django.db import connections
from django.utils import timezone

# A connection for every writer, at the same time.
connections.settings["default"]["OPTIONS"].pop("pool", None)
over = threading.Event()

def write():
    for number in range(8):
        with transaction.atomic():
            record(AuditKind.EVENT_OPENED, by=maya, target=event(f"1795333867327.{number:06}", "Ibk1527CUFmcnjLwIs4A"))
            if number % 3 == 0:
                time.sleep(random.uniform(0, 0.05))  # a slow one commits after entries with higher numbers

def seal():
    while not over.is_set():
        sealing.seal(now=timezone.now())

def sealing_at_once():
    sealers = [threading.Thread(target=seal) for _ in range(2)]
    for each in sealers:
        each.start()
    at_once(*[write for _ in range(50)])
    over.set()
    for each in sealers:
        each.join()

sealing_at_once()
sealing.seal(now=timezone.now())
positions = list(AuditLeaf.objects.order_by("position").values_list("position", flat=True))
print(json.dumps({
    "failures": failures,
    "entries": AuditEntry.objects.count(),
    "places": len(positions),
    "whole": positions == list(range(len(positions))),
    "waiting": AuditWaiting.objects.count(),
    "growing": [*AuditCheckpoint.objects.order_by("pk").values_list("size", flat=True)]
        == sorted(AuditCheckpoint.objects.values_list("size", flat=True)),
    "verified": verify_now(now=timezone.now()).sentence,
}))
"""

READERS = """
from dashboard.audit import keys, sealing, verifying
from dashboard.audit.record import Act, record_many
from django.utils import timezone

record_many([Act(kind=AuditKind.EVENT_OPENED, by=maya, target=event("1795333867327.NLOjmg")) for _ in range(400)])
sealing.seal(now=timezone.now())
verifying._RANGE = 32  # a dozen ranges to share

def verified(processes):
    result = verifying.verify(verifiers=keys.verifiers(), notes=None, now=timezone.now(), processes=processes)
    return [finding.sentence for finding in result.findings.first]

whole = [verified(processes) for processes in (1, 2)]
chosen = list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True)[5:400:90])
with connection.cursor() as cursor:
    if connection.vendor == "postgresql":
        cursor.execute("SET session_replication_role = replica")
    else:
        cursor.execute("DROP TRIGGER audit_auditentry_no_update")
    for number in chosen:
        cursor.execute("UPDATE audit_auditentry SET ticket = 'x' WHERE id = %s", [number])
edited = [f"Entry {number}: its body says something else than the columns beside it: ticket." for number in chosen]
print(json.dumps({
    "whole": whole,
    "edited": [[each for each in verified(processes) if "trigger" not in each] == edited for processes in (1, 2, 3)],
}))
"""


def test_writers_that_meet_the_same_values_at_the_same_moment_share_one_row_each(own_database):
    found = json.loads(own_database.python(SETUP + MEETING))

    assert found == {
        "failures": [],
        "entries": 80,
        "mentions": 160,
        "subjects": {"visitor": 1, "event": 10, "staff": 1},
        "ties": 10,
    }


def test_an_erasure_misses_nothing_that_is_written_meanwhile(own_database):
    found = json.loads(own_database.python(SETUP + ERASING))

    assert found == {"failures": [], "entries": 18, "orphans": 0, "left": ["staff"]}


def test_who_mentions_a_visitor_while_it_is_erased_meets_it_as_somebody_new(own_database):
    found = json.loads(own_database.python(SETUP + OVERTAKEN))

    assert found == {"failures": [], "ties to the living": 1, "emptied by the next erasure": 2}


def test_a_refused_act_leaves_only_its_refusal(own_database):
    """The act is rolled back, then the refusal is written: with real transactions, not a test's."""
    code = """
import json
from django.test import Client
from dashboard.accounts.models import User
from dashboard.accounts import actions
from dashboard.audit.models import AuditEntry
from dashboard.core.access import Role
from django.conf import settings
settings.ALLOWED_HOSTS = ["*"]
ada = actions.add_person(email="ada@example.test", name="Ada", roles=[Role.ADMINISTRATOR], by=None, password="x")
browser = Client()
browser.post("/account/login/", {"login": "ada@example.test", "password": "x"})
answer = browser.post(f"/people/{ada.pk}/", {"name": "Else", "roles": ["Auditor"], "is_active": "on"})
last = AuditEntry.objects.latest("pk")
print(json.dumps([answer.status_code, User.objects.get(pk=ada.pk).name, last.kind, last.outcome]))
"""
    assert json.loads(own_database.python(code)) == [409, "Ada", "person.roles_change_refused", "refused"]


def test_fifty_writers_and_two_sealers_make_one_tree(own_database):
    seen = json.loads(own_database.python(SETUP + CROWD))

    assert seen == {
        "failures": [],
        "entries": 400,
        "places": 400,
        "whole": True,
        "waiting": 0,
        "growing": True,
        "verified": "everything holds",
    }


def test_processes_that_share_a_verification_find_what_one_finds_and_in_its_order(own_database):
    found = json.loads(own_database.python(SETUP + READERS))

    assert found == {"whole": [[], []], "edited": [True, True, True]}
