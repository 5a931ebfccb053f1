"""What record() writes: canonical bytes that say what the columns say, commitments instead of values."""

import json
import sqlite3
from types import SimpleNamespace

import pytest
import rfc8785
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from dashboard.audit import checks
from dashboard.audit.canonical import canonical
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, AuditMention, AuditWaiting, Subject
from dashboard.audit.record import Act, Outcome, deletion, event, instant, record, record_many, visitor
from dashboard.audit.record import person as person_target
from dashboard.audit.subject_rows import erase_visitors, find
from dashboard.audit.subjects import Personal, SubjectKind, commitment
from dashboard.core.access import Role
from dashboard.core.trace import Trace, tracing
from tests.factories import person

pytestmark = pytest.mark.django_db
EVENT_ID = "1795333867327.NLOjmg"
VISITOR_ID = "Ibk1527CUFmcnjLwIs4A"
HOSTILE = [
    "nul \x00 inside",
    "lone \ud800 surrogate",
    "\udfff",
    "=cmd|' /C calc'!A0",
    "\u202e turned",
    "x" * 100_000,
    "",
]


def _deeper(value):
    return st.lists(value, max_size=3) | st.dictionaries(st.text(), value, max_size=3)


def read_back(entry):
    """The entry as the database returns it, and its body parsed."""
    stored = AuditEntry.objects.get(pk=entry.pk)
    return stored, json.loads(bytes(stored.body))


def test_the_body_is_canonical_json_and_says_what_the_columns_say():
    maya, tom = person(Role.FRAUD_LEAD), person(Role.SUPPORT)
    with tracing(Trace(request_id="req_8f3c1d07", via="worker")):
        entry = record(
            AuditKind.DELETION_APPROVED,
            by=maya,
            on_behalf_of=tom,
            outcome=Outcome.REFUSED,
            target=deletion(231),
            reason="checked",
            ticket="88-4410",
            batch="b1",
            details={"count": 2, "words": "ünïcode", "flag": True, "none": None, "many": ["a", "b"]},
        )

    stored, body = read_back(entry)
    assert bytes(stored.body) == rfc8785.dumps(body)
    assert body == {
        "v": 1,
        "at": instant(stored.at),
        "kind": stored.kind,
        "outcome": stored.outcome,
        "actor": stored.actor_id,
        "on_behalf_of": stored.on_behalf_of_id,
        "via": stored.via,
        "request_id": stored.request_id,
        "batch": stored.batch,
        "ticket": stored.ticket,
        "target": {"type": stored.target_type, "ref": stored.target_ref},
        "details": {"count": 2, "words": "ünïcode", "flag": True, "none": None, "many": ["a", "b"]},
        "personal": body["personal"],
    }
    assert (stored.actor_id, stored.on_behalf_of_id, stored.via, stored.ticket) == (
        maya.pk,
        tom.pk,
        "worker",
        "88-4410",
    )
    assert set(body["personal"]) == {"actor", "on_behalf_of", "reason"}


def test_no_personal_value_stands_in_the_entry_itself():
    maya = person(Role.FRAUD_ANALYST, name="Maya Petrov")

    entry = record(
        AuditKind.EVENT_LINKED_ID_SET,
        by=maya,
        target=event(EVENT_ID, VISITOR_ID),
        reason="Zoltan called",
        personal={
            "before": Personal(SubjectKind.LINKED_ID, "acct_88412", (VISITOR_ID,)),
            "after": Personal(SubjectKind.LINKED_ID, "acct_70911", (VISITOR_ID,)),
        },
    )

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_auditentry WHERE id = %s", [entry.pk])
        row = b" ".join(bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode() for v in cursor.fetchone())
    for value in (EVENT_ID, VISITOR_ID, "Maya", "Zoltan", "acct_88412", "acct_70911"):
        assert value.encode() not in row


def assert_commitments_hold(entry):
    _, body = read_back(entry)
    for mention in AuditMention.objects.filter(entry=entry).select_related("subject"):
        said, subject = body["personal"][mention.role], mention.subject
        assert (said["kind"], said["ref"]) == (subject.kind, subject.handle)
        if subject.value is not None:
            assert said["commit"] == commitment(bytes(subject.salt), subject.kind, bytes(subject.value))
    return body


def test_every_commitment_holds_and_stays_as_it_was_when_the_visitor_is_erased():
    maya = person(Role.FRAUD_ANALYST)
    entry = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID), reason="ticket")
    before = assert_commitments_hold(entry)

    assert erase_visitors([VISITOR_ID], "D-0231") == 3  # the visitor, the event, the reason

    assert assert_commitments_hold(entry) == before
    emptied = Subject.objects.filter(erased_by="D-0231")
    assert {subject.kind for subject in emptied} == {"visitor", "event", "text"}
    assert Subject.objects.get(kind="staff").text == maya.name


def test_a_visitor_met_again_after_its_erasure_gets_a_row_of_its_own():
    maya = person(Role.FRAUD_ANALYST)
    record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(VISITOR_ID))
    erase_visitors([VISITOR_ID], "D-0231")

    record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(VISITOR_ID))

    assert [subject.text for subject in find(SubjectKind.VISITOR, [VISITOR_ID]).order_by("pk")] == [None, VISITOR_ID]
    assert erase_visitors([VISITOR_ID], "D-0240") == 1


def test_erasing_one_visitor_leaves_the_others_alone():
    maya = person(Role.FRAUD_ANALYST)
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID), reason="one")
    record(AuditKind.EVENT_OPENED, by=maya, target=event("1795333867327.other0", "someoneElse"), reason="two")
    record(AuditKind.JOB_STARTED, by=maya, reason="both", about=(VISITOR_ID, "someoneElse"))

    erase_visitors([VISITOR_ID], "D-0231")

    assert {s.text for s in Subject.objects.filter(erased_at=None)} == {
        maya.name,
        "someoneElse",
        "1795333867327.other0",
        "two",
    }


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:20])
def test_any_value_survives_the_database_and_is_found_again(value):
    maya = person(Role.FRAUD_ANALYST)

    entry = record(
        AuditKind.SEARCH_STARTED,
        by=maya,
        reason=value,
        personal={
            "words": Personal(SubjectKind.TEXT, value, (VISITOR_ID,)),
            "linked": Personal(SubjectKind.LINKED_ID, value, (value,)),
            "visitor": Personal(SubjectKind.VISITOR, value),
        },
    )

    assert_commitments_hold(entry)
    by_role = {m.role: m.subject for m in AuditMention.objects.filter(entry=entry).select_related("subject")}
    assert by_role["words"].text == value
    assert by_role["linked"].text == value
    assert find(SubjectKind.LINKED_ID, [value]).get() == by_role["linked"]
    assert find(SubjectKind.VISITOR, [value]).get() == by_role["visitor"]


def test_one_value_has_one_row_and_a_text_always_its_own():
    maya = person(Role.FRAUD_ANALYST)
    for _ in range(3):
        record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID), reason="same words")

    assert Subject.objects.filter(kind="event").count() == 1
    assert Subject.objects.filter(kind="visitor").count() == 1
    assert Subject.objects.filter(kind="text").count() == 3


def test_a_new_key_keeps_old_values_findable(settings):
    maya = person(Role.FRAUD_ANALYST)
    record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(VISITOR_ID))
    settings.AUDIT_LOOKUP_KEYS = {**settings.AUDIT_LOOKUP_KEYS, 2: b"\x02" * 32}
    record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(VISITOR_ID))

    assert sorted(find(SubjectKind.VISITOR, [VISITOR_ID]).values_list("key_version", flat=True)) == [1, 2]
    assert erase_visitors([VISITOR_ID], "D-0231") == 2


@pytest.mark.parametrize("words", ["x" * 65, "nul\x00"])
def test_what_does_not_fit_its_column_is_refused_on_every_database(words):
    with pytest.raises(ValueError, match="ticket"):
        record(AuditKind.PEOPLE_VIEWED, by=None, ticket=words)
    assert not AuditEntry.objects.exists()


def test_a_lone_surrogate_in_our_own_details_cannot_stop_the_entry():
    entry = record(AuditKind.EVENT_NOT_CHANGED, by=None, details={"because": "bad \ud800 text", "all": ["\udc00"]})

    _, body = read_back(entry)
    assert body["details"] == {"because": "bad � text", "all": ["�"]}


def test_the_target_of_a_person_is_found_by_number_and_read_by_name():
    admin, tom = person(Role.ADMINISTRATOR), person(Role.SUPPORT, name="Tom Okafor")

    entry = record(AuditKind.PERSON_CREATED, by=admin, target=person_target(tom))

    stored, _ = read_back(entry)
    assert (stored.target_type, stored.target_ref) == ("person", str(tom.pk))


@pytest.mark.parametrize(
    "details",
    [{"bâtiment": 1, "\U0001f600": 2, "\ufb33": 3}, {"controls": '\x00\x1f\x7f\u2028\\"/'}, {"most": 2**53 - 1}],
    ids=["names", "controls", "number"],
)
def test_every_body_is_written_as_rfc_8785_says(details):
    stored, body = read_back(record(AuditKind.EVENT_NOT_CHANGED, by=None, details=details))

    assert body["details"] == details
    assert bytes(stored.body) == rfc8785.dumps(body)


def test_a_number_that_other_readers_would_round_is_refused():
    with pytest.raises(ValueError, match=str(2**53)):
        record(AuditKind.EVENT_NOT_CHANGED, by=None, details={"count": 2**53})


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(), _deeper))
def test_the_fast_way_of_writing_is_the_canonical_one(value):
    assert canonical({"value": value}) == rfc8785.dumps({"value": value})


def test_many_entries_keep_their_order_and_what_each_mentions():
    maya = person(Role.FRAUD_ANALYST)
    acts = [
        Act(
            kind=AuditKind.EVENT_SUSPECT_SET,
            by=maya if place % 2 else None,
            target=event(f"1795333867327.{place % 7:06}", f"visitor{place % 3}"),
            reason=f"reason {place}" if place % 5 == 0 else "",
            ticket=f"#{place}",
        )
        for place in range(60)
    ]

    entries = record_many(acts)

    assert [entry.ticket for entry in AuditEntry.objects.order_by("pk")] == [act.ticket for act in acts]
    assert [entry.pk for entry in entries] == sorted(AuditEntry.objects.values_list("pk", flat=True))
    assert set(AuditWaiting.objects.values_list("pk", flat=True)) == {entry.pk for entry in entries}
    for entry, act in zip(entries, acts, strict=True):
        mentioned = {m.role: m.subject.text for m in entry.mentions.select_related("subject")}
        wanted = {"target": act.target.personal.value}
        wanted |= {"actor": maya.name} if act.by else {}
        wanted |= {"reason": act.reason} if act.reason else {}
        assert mentioned == wanted
        assert set(assert_commitments_hold(entry)["personal"]) == set(wanted)


def test_nothing_to_write_is_written():
    assert record_many([]) == []
    assert not AuditEntry.objects.exists()


def test_a_sqlite_that_could_not_write_an_entry_is_refused_before_the_start(monkeypatch):
    on_sqlite = SimpleNamespace(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3"}})
    monkeypatch.setattr(checks, "settings", on_sqlite)
    assert checks.check_sqlite(None) == []

    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    assert [each.id for each in checks.check_sqlite(None)] == ["inkpad.E011"]


# What an entry costs, in queries: PostgreSQL writes entry, mentions and the waiting row with one, SQLite with three.
# The savepoint that pytest's own transaction adds is not ours.


@pytest.fixture
def writing():
    return 1 if connection.vendor == "postgresql" else 3


def test_an_entry_of_known_values_costs_one_query_to_read_them(django_assert_num_queries, writing):
    maya = person(Role.FRAUD_ANALYST)
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))

    with django_assert_num_queries(1 + writing):
        record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))


def test_an_entry_of_new_values_costs_three_more(django_assert_num_queries, writing):
    maya = person(Role.FRAUD_ANALYST)

    with django_assert_num_queries(4 + writing):
        record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))


def test_a_reason_costs_one_query_more_and_its_ties_two(django_assert_num_queries, writing):
    maya = person(Role.FRAUD_ANALYST)
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))

    with django_assert_num_queries(4 + writing):
        record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID), reason="chargeback")


def test_fifty_entries_cost_as_many_as_one(django_assert_num_queries, writing):
    maya = person(Role.FRAUD_ANALYST)
    acts = [
        Act(kind=AuditKind.EVENT_OPENED, by=maya, target=event(f"1795333867327.{place:06}", VISITOR_ID))
        for place in range(50)
    ]

    with django_assert_num_queries(4 + writing):
        record_many(acts)
