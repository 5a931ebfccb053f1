"""The sealer: every entry gets one place, what was signed is published, and what cannot be sealed waits and is told."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.audit import checkpoint_file, duties, sealing
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditCheckpoint, AuditDuty, AuditEntry, AuditLeaf, AuditTile, AuditWaiting
from dashboard.audit.notes import Checkpoint, Signer, Verifier, open_note
from dashboard.audit.proofs import NoProof, proof_of
from dashboard.audit.record import record, search
from dashboard.audit.sealing import CannotSeal, seal
from dashboard.audit.tree import leaf_hash, root_of
from dashboard.core.access import Role
from tests.factories import person
from tests.keys import AUDIT_SIGNING_KEY

pytestmark = pytest.mark.django_db
SIGNER = Signer.read(AUDIT_SIGNING_KEY)


@pytest.fixture
def file(settings, tmp_path) -> Path:
    """The checkpoint file of the settings."""
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    return tmp_path / "checkpoints.jsonl"


def write(count):
    by = person(Role.SUPPORT)
    return [record(AuditKind.SEARCH_OPENED, by=by, target=search("7Qm2xA")).pk for _ in range(count)]


def leaves():
    return list(AuditLeaf.objects.order_by("position").values_list("position", "entry_id"))


def said(note):
    return Checkpoint.read(open_note(note, [SIGNER.verifier]).text)


def test_what_waits_gets_its_place_in_order_and_one_signature(file):
    numbers = write(5)

    sealed = seal(now=timezone.now())

    assert (sealed.added, sealed.size) == (5, 5)
    assert leaves() == list(enumerate(numbers))
    assert not AuditWaiting.objects.exists()
    checkpoint = AuditCheckpoint.objects.get()
    bodies = [bytes(body) for body in AuditEntry.objects.order_by("pk").values_list("body", flat=True)]
    assert said(checkpoint.note) == Checkpoint(SIGNER.name, 5, root_of([leaf_hash(body) for body in bodies]))
    assert checkpoint_file.read(file) == [checkpoint.note]
    assert duties.verify_now(now=timezone.now()).holds


def test_with_nothing_new_nothing_is_signed(file):
    write(1)
    seal(now=timezone.now())

    assert seal(now=timezone.now()).added == 0
    assert AuditCheckpoint.objects.count() == 1


def test_tiles_fill_whatever_the_steps_are(file, monkeypatch):
    monkeypatch.setattr(sealing, "AT_ONCE", 300)
    for count in (1, 254, 1, 1, 300, 512):
        write(count)
        seal(now=timezone.now())

    assert AuditLeaf.objects.count() == 1069
    assert AuditTile.objects.filter(level=0).count() == 4
    assert duties.verify_now(now=timezone.now()).holds
    assert proof_of(leaves()[700][1]).splitlines()[2] == "index 700"


def test_an_entry_that_committed_late_is_not_left_behind():
    first, second, third = write(3)
    AuditWaiting.objects.filter(pk=first).delete()
    seal(now=timezone.now())

    AuditWaiting.objects.create(entry_id=first)
    seal(now=timezone.now())

    assert [number for _, number in leaves()] == [second, third, first]


def test_lines_that_the_file_lacks_are_added_and_a_torn_one_does_no_harm(file):
    for _ in range(3):
        write(1)
        seal(now=timezone.now())
    notes = checkpoint_file.read(file)
    whole = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(whole[0] + whole[1][:40])

    seal(now=timezone.now())

    assert checkpoint_file.read(file) == notes
    assert checkpoint_file.last_note(file) == notes[-1]
    assert duties.verify_now(now=timezone.now()).holds


def test_a_file_that_knows_more_than_the_database_stops_the_sealer(file):
    write(2)
    seal(now=timezone.now())
    elsewhere = SIGNER.signature_line(text := Checkpoint(SIGNER.name, 9, bytes(32)).text)
    checkpoint_file.append(file, [f"{text}\n{elsewhere}"])
    write(1)

    with pytest.raises(CannotSeal, match="audit_restore"):
        seal(now=timezone.now())

    assert AuditLeaf.objects.count() == 2


@pytest.mark.parametrize(
    "change,sentence",
    [
        ({"AUDIT_SIGNING_KEY": ""}, "is missing"),
        ({"AUDIT_SIGNING_KEY": "PRIVATE+KEY+x"}, "cannot be used"),
        ({"AUDIT_CHECKPOINT_FILE": "/nowhere/at/all/checkpoints"}, "cannot be written"),
        ({"AUDIT_CHECKPOINT_FILE": "/"}, "Nothing more is sealed"),
    ],
)
def test_what_cannot_be_sealed_is_told_once_and_waits(settings, change, sentence, caplog):
    write(1)
    for name, value in change.items():
        setattr(settings, name, value)

    for _ in range(2):
        duties.seal_and_tell(now=timezone.now())

    assert sentence in AuditDuty.objects.get(name="seal").problem
    assert [record.levelname for record in caplog.records if record.name == "inkpad.audit"] == ["ERROR"]
    for name in change:
        setattr(settings, name, AUDIT_SIGNING_KEY if name == "AUDIT_SIGNING_KEY" else "")
    duties.seal_and_tell(now=timezone.now())
    assert AuditDuty.objects.get(name="seal").problem == ""
    assert AuditLeaf.objects.count() == 1


def test_an_entry_without_a_place_has_no_proof_yet():
    (number,) = write(1)

    with pytest.raises(NoProof, match="not sealed yet"):
        proof_of(number)


def test_verification_runs_when_it_is_due_and_not_before(clock, file, settings):
    write(1)
    seal(now=clock.now)
    runs = AuditEntry.objects.filter(kind="audit.verified")

    duties.verify_when_due(now=clock.now)
    duties.verify_when_due(now=clock.advance(hours=1))
    assert runs.count() == 1

    seal(now=clock.now)
    duties.verify_when_due(now=clock.advance(hours=24))
    assert [run.outcome for run in runs] == ["done", "done"]


def test_with_each_verification_sqlite_looks_at_what_its_tables_hold(clock, file):
    """PostgreSQL does so by itself."""
    write(3)

    with CaptureQueriesContext(connection) as asked:
        duties.verify_when_due(now=clock.now)

    looked = [query["sql"] for query in asked if "ANALYZE" in query["sql"]]
    assert looked == (["ANALYZE"] if connection.vendor == "sqlite" else [])


def test_a_key_is_made_for_its_owner_alone_and_followed_by_another(settings, tmp_path, capsys):
    settings.AUDIT_SIGNING_KEY = ""
    first, second = tmp_path / "first", tmp_path / "second"

    call_command("audit_key", make="desk.example/audit", output=first)
    assert first.stat().st_mode & 0o777 == 0o600
    settings.AUDIT_SIGNING_KEY = first.read_text()
    capsys.readouterr()
    call_command("audit_key", rotate=True, output=second)

    told = capsys.readouterr().out
    old, new = Signer.read(first.read_text()), Signer.read(second.read_text())
    assert (old.name, new.name) == ("desk.example/audit", "desk.example/audit")
    assert f"AUDIT_VERIFIER_KEYS={old.verifier.text},{new.verifier.text}" in told
    assert new.text not in told
    settings.AUDIT_SIGNING_KEY, settings.AUDIT_VERIFIER_KEYS = new.text, [old.verifier.text]
    call_command("audit_key")
    shown = capsys.readouterr().out.split()
    assert [Verifier.read(line) for line in shown] == [old.verifier, new.verifier]


def test_the_log_goes_on_under_a_new_key_and_all_of_it_holds(settings, file):
    write(2)
    seal(now=timezone.now())
    following = Signer.new(SIGNER.name)
    settings.AUDIT_SIGNING_KEY, settings.AUDIT_VERIFIER_KEYS = following.text, [SIGNER.verifier.text]
    write(2)
    seal(now=timezone.now())

    assert duties.verify_now(now=timezone.now()).holds

    settings.AUDIT_VERIFIER_KEYS = []
    assert "No known key signed" in duties.verify_now(now=timezone.now()).sentence
