"""Somebody with every right on the database changes the log: each change is found, and the first bad place is named.

The guards are off while the change is made, as their owner can switch them off, and on again when it is verified.
"""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from dashboard.audit import checkpoint_file, triggers
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf, AuditMention, AuditTile, Subject
from dashboard.audit.notes import Checkpoint, Signer, sign
from dashboard.audit.proofs import TILE_WIDTH
from dashboard.audit.record import Act, event, record, record_many, search
from dashboard.audit.sealing import seal
from dashboard.audit.tree import leaf_hash, root_of
from dashboard.audit.verifying import verify
from dashboard.core.access import Role
from tests.factories import person
from tests.keys import AUDIT_SIGNING_KEY

pytestmark = pytest.mark.django_db
SIGNER = Signer.read(AUDIT_SIGNING_KEY)
STRANGER = Signer.new(SIGNER.name)
SIZE, VICTIM = 300, 123


class Log:
    """A sealed log of SIZE entries under three checkpoints, and its checkpoint file."""

    def __init__(self, path) -> None:
        self.path = path
        by = person(Role.SUPPORT)
        self.numbers = []
        usual = Act(kind=AuditKind.SEARCH_OPENED, by=by, target=search("7Qm2xA"))
        special = replace(usual, target=event("1795333867327.NLOjmg", "Ibk1527CUFmcnjLwIs4A"), reason="chargeback")
        for start in range(0, SIZE, 100):
            acts = [special if place == VICTIM else usual for place in range(start, start + 100)]
            self.numbers += [entry.pk for entry in record_many(acts)]
            seal(now=timezone.now())
        self.victim = self.numbers[VICTIM]

    def findings(self, *, with_file=True):
        """What a verification finds, as sentences."""
        notes = checkpoint_file.read(self.path) if with_file else None
        return [
            each.sentence
            for each in verify(verifiers=[SIGNER.verifier], notes=notes, now=timezone.now()).findings.first
        ]


@pytest.fixture
def log(settings, tmp_path) -> Log:
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints")
    return Log(tmp_path / "checkpoints")


@contextmanager
def guards_off() -> Iterator[None]:
    """What a superuser does first: no trigger fires until the block ends. All of it is undone with the transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            cursor.execute("SET LOCAL session_replication_role = origin")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
            yield
            triggers.install(connection)


@pytest.fixture
def found_after(log):
    """Makes a change with the guards off, verifies, takes it back; gives the findings."""

    def change_and_verify(change, **how):
        with transaction.atomic():
            with guards_off():
                change(log)
            findings = log.findings(**how)
            transaction.set_rollback(True)
        return findings

    return change_and_verify


def sql(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def entry_of(log):
    return AuditEntry.objects.get(pk=log.victim)


def edit(log):
    body = bytes(entry_of(log).body).replace(b"search.opened", b"search.loaded")
    sql("UPDATE audit_auditentry SET body = %s WHERE id = %s", body, log.victim)


def delete(log):
    sql("DELETE FROM audit_auditmention WHERE entry_id = %s", log.victim)
    sql("DELETE FROM audit_auditentry WHERE id = %s", log.victim)


def insert(log):
    columns = "at, kind, outcome, via, request_id, batch, ticket, target_type, target_ref, body"
    sql(f"INSERT INTO audit_auditentry ({columns}) SELECT {columns} FROM audit_auditentry WHERE id = %s", log.victim)


def insert_with_a_place(log):
    insert(log)
    new = AuditEntry.objects.latest("pk")
    sql("INSERT INTO audit_auditleaf VALUES (%s, %s, %s)", SIZE, leaf_hash(bytes(new.body)), new.pk)


def reorder(log):
    sql("UPDATE audit_auditleaf SET position = -1 WHERE position = %s", VICTIM)
    sql("UPDATE audit_auditleaf SET position = %s WHERE position = %s", VICTIM, VICTIM + 1)
    sql("UPDATE audit_auditleaf SET position = %s WHERE position = -1", VICTIM + 1)


def cut_off(log, size, *, checkpoints=False):
    """Everything from position `size` on is gone, without a trace in the tables."""
    gone = log.numbers[size]
    sql("DELETE FROM audit_auditleaf WHERE position >= %s", size)
    sql('DELETE FROM audit_audittile WHERE ("index" + 1) * %s > %s', TILE_WIDTH, size)
    sql("DELETE FROM audit_auditwaiting WHERE entry_id >= %s", gone)
    sql("DELETE FROM audit_auditmention WHERE entry_id >= %s", gone)
    sql("DELETE FROM audit_auditentry WHERE id >= %s", gone)
    if checkpoints:
        sql("DELETE FROM audit_auditcheckpoint WHERE size > %s", size)


def truncate(log):
    cut_off(log, 250)


def restore_an_older_copy(log):
    cut_off(log, 200, checkpoints=True)


def drop_everything(log):
    for table in ("auditwaiting", "auditleaf", "audittile", "auditcheckpoint", "auditmention", "auditentry"):
        sql(f"DELETE FROM audit_{table}")


def rehash(log):
    """Edits an entry and computes everything anew that can be computed without the key."""
    edit(log)
    hashes = [leaf_hash(bytes(body)) for body in AuditEntry.objects.order_by("pk").values_list("body", flat=True)]
    sql("UPDATE audit_auditleaf SET leaf_hash = %s WHERE position = %s", hashes[VICTIM], VICTIM)
    tile = hashes[:TILE_WIDTH]
    sql("UPDATE audit_audittile SET hashes = %s, root = %s", b"".join(tile), root_of(tile))
    for checkpoint in AuditCheckpoint.objects.all():
        sql(
            "UPDATE audit_auditcheckpoint SET root = %s WHERE id = %s",
            root_of(hashes[: checkpoint.size]),
            checkpoint.pk,
        )


def rehash_and_sign_with_another_key(log):
    rehash(log)
    for checkpoint in AuditCheckpoint.objects.all():
        said = Checkpoint(checkpoint.origin, checkpoint.size, bytes(checkpoint.root))
        sql("UPDATE audit_auditcheckpoint SET note = %s WHERE id = %s", sign(said.text, [STRANGER]), checkpoint.pk)


def swap_two_bodies(log):
    other = log.numbers[VICTIM + 5]
    one, two = (bytes(AuditEntry.objects.get(pk=number).body) for number in (log.victim, other))
    sql("UPDATE audit_auditentry SET body = %s WHERE id = %s", two, log.victim)
    sql("UPDATE audit_auditentry SET body = %s WHERE id = %s", one, other)


def change_a_value(log):
    sql("UPDATE audit_subject SET value = %s WHERE kind = 'text'", b"something else")


def change_a_salt(log):
    sql("UPDATE audit_subject SET salt = %s WHERE kind = 'text'", bytes(32))


def mention_somebody_else(log):
    other = Subject.objects.filter(kind="staff").values_list("pk", flat=True)[0]
    sql("UPDATE audit_auditmention SET subject_id = %s WHERE entry_id = %s AND role = 'target'", other, log.victim)


def forget_a_mention(log):
    sql("DELETE FROM audit_auditmention WHERE entry_id = %s AND role = 'reason'", log.victim)


def change_a_leaf(log):
    sql("UPDATE audit_auditleaf SET leaf_hash = %s WHERE position = %s", bytes(32), VICTIM)


def change_a_tile(log):
    sql("UPDATE audit_audittile SET root = %s", bytes(32))


def drop_a_tile(log):
    sql("DELETE FROM audit_audittile")


def forge_a_checkpoint(log):
    said = Checkpoint(SIGNER.name, SIZE, bytes(32))
    newest = AuditCheckpoint.objects.latest("pk")
    note = sign(said.text, [STRANGER])
    sql("UPDATE audit_auditcheckpoint SET root = %s, note = %s WHERE id = %s", said.root, note, newest.pk)


def lie_under_a_true_signature(log):
    newest = AuditCheckpoint.objects.latest("pk")
    root = base64.b64encode(bytes(newest.root)).decode()
    note = newest.note.replace(root, base64.b64encode(bytes(32)).decode())
    sql("UPDATE audit_auditcheckpoint SET root = %s, note = %s WHERE id = %s", bytes(32), note, newest.pk)


def forget_a_checkpoint(log):
    sql("DELETE FROM audit_auditcheckpoint WHERE size = 200")


def forget_the_newest_checkpoint(log):
    sql("DELETE FROM audit_auditcheckpoint WHERE size = %s", SIZE)


CHANGES = [
    (edit, "Entry {victim}: its body is not the one that was sealed."),
    (delete, "Entry {victim}: it is gone, only its place in the tree is left."),
    (insert, "it has no place in the tree and waits for none (1 such entries)."),
    (insert_with_a_place, "No checkpoint covers the positions 300 to 300."),
    (reorder, "Checkpoint {second} (of 200 entries) signed another tree: something between the positions 100 and 199"),
    (truncate, "covers more than the tree holds: from position 250 on it is gone."),
    (rehash, "Checkpoint {second} (of 200 entries): its columns say something else than what was signed."),
    (rehash_and_sign_with_another_key, "No known key signed the note."),
    (swap_two_bodies, "Entry {victim}: its body is not the one that was sealed."),
    (change_a_value, "Entry {victim}: a personal value that it mentions is not the one it commits to."),
    (change_a_salt, "Entry {victim}: a personal value that it mentions is not the one it commits to."),
    (mention_somebody_else, "Entry {victim}: it mentions another subject than its body names."),
    (forget_a_mention, "Entry {victim}: the mentions kept beside it are not those of its body."),
    (change_a_leaf, "Entry {victim}: its body is not the one that was sealed."),
    (change_a_tile, "Tile 0 of level 0 holds other hashes than the leaves under it."),
    (drop_a_tile, "Tile 0 of level 0 is missing."),
    (forge_a_checkpoint, "No known key signed the note."),
    (lie_under_a_true_signature, "does not belong to this text."),
    (forget_the_newest_checkpoint, "No checkpoint covers the positions 200 to 299."),
]
ONLY_WITH_THE_FILE = [
    (restore_an_older_copy, "Checkpoint 3 of the file covers 300 entries, the tree holds 200: from position 200 on"),
    (drop_everything, "Checkpoint 1 of the file covers 100 entries, the tree holds 0: from position 0 on"),
    (forget_a_checkpoint, "Checkpoint 2 of the file (200 entries) is missing in the database."),
]


def words(expected, log):
    return expected.format(victim=log.victim, second=AuditCheckpoint.objects.get(size=200).pk)


def test_an_untouched_log_holds(log):
    assert log.findings() == []
    assert AuditTile.objects.count() == 1


@pytest.mark.parametrize("change,expected", CHANGES, ids=lambda value: getattr(value, "__name__", ""))
def test_what_was_changed_is_found_and_named(log, found_after, change, expected):
    wanted = words(expected, log)

    found = found_after(change, with_file=False)

    assert any(wanted in sentence for sentence in found), found
    assert log.findings() == []


@pytest.mark.parametrize("change,expected", ONLY_WITH_THE_FILE, ids=lambda value: getattr(value, "__name__", ""))
def test_what_the_database_alone_cannot_show_is_found_with_the_file(log, found_after, change, expected):
    found = found_after(change)

    assert any(expected in sentence for sentence in found), found
    assert found_after(change, with_file=False) == []


@pytest.mark.parametrize(
    "column,value",
    [
        ("at", "2026-01-01 00:00:00+00:00"),
        ("kind", "sign_in.failed"),
        ("outcome", "failed"),
        ("actor_id", 4711),
        ("on_behalf_of_id", 4711),
        ("via", "worker"),
        ("request_id", "req_x"),
        ("batch", "J-0001"),
        ("ticket", "#881"),
        ("target_type", "job"),
        ("target_ref", "7"),
    ],
)
def test_every_column_that_says_something_else_than_the_body_is_named(log, found_after, column, value):
    def change(log):
        sql(f"UPDATE audit_auditentry SET {column} = %s WHERE id = %s", value, log.victim)

    found = found_after(change)

    assert f"Entry {log.victim}: its body says something else than the columns beside it: {column}." in found


def test_the_first_bad_place_comes_first(log, found_after):
    def change(log):
        for place in (250, 40, 120):
            sql("UPDATE audit_auditentry SET body = %s WHERE id = %s", b"{}", log.numbers[place])

    assert found_after(change)[0] == f"Entry {log.numbers[40]}: its body is not the one that was sealed."


def test_a_guard_that_is_gone_is_named(log):
    with transaction.atomic():
        table = " ON audit_auditleaf" if connection.vendor == "postgresql" else ""
        sql(f"DROP TRIGGER audit_auditleaf_no_update{table}")
        assert log.findings() == ["The trigger audit_auditleaf_no_update does not guard its table."]
        transaction.set_rollback(True)


def test_a_line_that_is_gone_from_the_file_is_missed_after_a_minute(clock, log):
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join([lines[0], lines[2]]))
    notes = checkpoint_file.read(log.path)

    def told(now):
        return [each.sentence for each in verify(verifiers=[SIGNER.verifier], notes=notes, now=now).findings.first]

    assert told(clock.now) == []
    assert told(clock.advance(minutes=2)) == [
        "The checkpoint file lacks 1 checkpoints, the first of 200 entries.",
    ]


def test_every_entry_that_waits_too_long_is_told(clock, log):
    number = record(AuditKind.SEARCH_OPENED, by=person(Role.SUPPORT), target=search("7Qm2xA")).pk
    clock.advance(minutes=11)

    assert log.findings() == [f"Entry {number}: it waits too long for its place in the tree (1 such entries)."]


def test_leaves_and_mentions_are_all_read(log):
    assert (AuditLeaf.objects.count(), AuditMention.objects.count()) == (SIZE, SIZE + 2)
