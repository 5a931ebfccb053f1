"""Reading the log: histories, filters, pages by entry number."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.audit import queries
from dashboard.audit.kinds import AuditKind
from dashboard.audit.queries import Aspect, EntryFilter
from dashboard.audit.record import Act, deletion, event, job, record, record_many, visitor
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Role
from tests.factories import person

pytestmark = pytest.mark.django_db
EVENT_ID = "1795333867327.NLOjmg"
VISITOR_ID = "Ibk1527CUFmcnjLwIs4A"
CHANGES = EntryFilter(aspect=Aspect.CHANGES)
FAR = timezone.now() + timedelta(days=365)


def test_the_history_of_an_event_is_newest_first_and_holds_nothing_else():
    maya = person(Role.FRAUD_ANALYST, name="Maya Petrov")
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    record(AuditKind.EVENT_OPENED, by=maya, target=event("1795333867327.other0", VISITOR_ID))
    record(
        AuditKind.EVENT_SUSPECT_SET,
        by=maya,
        target=event(EVENT_ID, VISITOR_ID),
        details={"before": "not set", "after": "suspect"},
        reason="chargeback",
    )

    history = queries.history_of(SubjectKind.EVENT, EVENT_ID, viewer=maya)

    assert [line.text for line in history] == [
        "Maya Petrov marked event 1795…NLOjmg suspect (was: not set).",
        "Maya Petrov opened event 1795…NLOjmg.",
    ]
    assert history[0].reason is not None
    assert history[0].reason.text == "chargeback"


def test_the_history_of_a_visitor_holds_what_was_done_with_its_events():
    maya = person(Role.FRAUD_ANALYST, name="Maya Petrov")
    record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(VISITOR_ID))
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    record(AuditKind.EVENT_OPENED, by=maya, target=event("1795333867327.other0", "anotherVisitor000000"))

    history = queries.history_of(SubjectKind.VISITOR, VISITOR_ID, viewer=maya)

    assert [line.kind for line in history] == ["event.opened", "visitor.opened"]
    assert queries.history_of(SubjectKind.VISITOR, "neverSeenVisitor0000", viewer=maya) == []


def test_the_history_of_a_record_is_found_by_its_number():
    maya = person(Role.COMPLIANCE, name="Maya Petrov")
    record(AuditKind.DELETION_OPENED, by=maya, target=deletion(231))
    record(AuditKind.JOB_OPENED, by=maya, target=job(231))

    history = queries.history_of_record("deletion", 231, viewer=maya)

    assert [line.text for line in history] == ["Maya Petrov opened deletion D-0231."]


@pytest.mark.parametrize("kind", ["", "event.linked_id_set"])
def test_what_mentions_a_value_is_read_page_by_page_without_gap_or_repetition(kind):
    maya = person(Role.COMPLIANCE)
    written = []
    for place in range(23):
        record(AuditKind.EVENT_OPENED, by=maya, target=event("1795333867327.other0"))
        account = Personal(SubjectKind.LINKED_ID, "acct_1")
        both = {"before": account, "after": account} if place % 3 else {"after": account}
        written.append(record(AuditKind.EVENT_LINKED_ID_SET, by=maya, target=event(EVENT_ID), personal=both).pk)
    wanted = EntryFilter(about=queries.handles_of(SubjectKind.LINKED_ID, "acct_1"), kind=kind)

    seen, before = [], None
    while page := queries.page(wanted, viewer=maya, before=before, limit=5):
        seen += [line.number for line in page.lines]
        before = page.older
        if before is None:
            break

    assert seen == written[::-1]
    assert queries.count(wanted) == 23
    assert [entry.pk for entry in queries.after(wanted, written[-1], limit=4)] == written[-2:-6:-1]


def test_a_value_that_half_of_the_log_mentions_is_not_read_whole(monkeypatch):
    maya = person(Role.COMPLIANCE)
    record_many([Act(kind=AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID)) for _ in range(30)])
    monkeypatch.setattr(queries, "COUNT_CAP", 10)
    wanted = EntryFilter(about=queries.handles_of(SubjectKind.EVENT, EVENT_ID))

    with CaptureQueriesContext(connection) as asked:
        assert queries.count(wanted) == 10
        assert len(queries.page(wanted, viewer=maya, limit=5).lines) == 5

    of_mentions = [query["sql"] for query in asked if 'IN (SELECT DISTINCT U0."entry_id"' in query["sql"]]
    assert ["LIMIT 10)" in of_mentions[0], "LIMIT 6)" in of_mentions[1]] == [True, True]


@pytest.mark.parametrize("wanted", [EntryFilter(), CHANGES, EntryFilter(end=FAR)])
def test_whether_a_batch_has_a_newer_entry_is_asked_of_the_index_on_batches(wanted):
    """Without it, every entry that is newer than an old page would be read for each of its lines."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")

    plan = queries.marked(queries.matching(wanted, before=5), wanted).explain()

    assert "audit_by_batch" in plan


@pytest.mark.parametrize("wanted", [EntryFilter(), CHANGES, EntryFilter(end=FAR)])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_show_each_batch_once_at_its_newest_entry(wanted, limit):
    """Batches that lie inside each other, longer than what is read in one go, beside entries of no batch."""
    maya, chance = person(Role.COMPLIANCE), random.Random(5)
    batches = ["J-0001"] * 40 + ["", "J-0002", "J-0003"] * 10 + ["J-0004"] * 25 + ["J-0001", "", "J-0005"]
    middle = batches[20:60]
    chance.shuffle(middle)
    batches[20:60] = middle
    kinds = [AuditKind.EVENT_SUSPECT_SET, AuditKind.EVENT_OPENED]
    acts = [
        Act(
            kind=chance.choice(kinds), by=maya, target=event(EVENT_ID), batch=batch, details={"before": "", "after": ""}
        )
        for batch in batches
    ]
    written = [entry for entry in record_many(acts) if wanted != CHANGES or entry.kind in queries.CHANGES]
    newest = {entry.batch or entry.pk: entry.pk for entry in written}

    shown, before = [], None
    while True:
        page = queries.page(wanted, viewer=maya, before=before, limit=limit)
        shown += [line.number for line in page.lines]
        before = page.older
        if before is None:
            break

    assert shown == sorted(newest.values(), reverse=True)


def test_a_batch_is_not_lost_when_what_was_written_last_was_done_first():
    maya, now = person(Role.COMPLIANCE), timezone.now()
    act = {"kind": AuditKind.EVENT_OPENED, "by": maya, "target": event(EVENT_ID)}
    later = record(**act, batch="J-0001", at=now).pk
    between = [record(**act, at=now - timedelta(seconds=1)).pk for _ in range(9)]
    record(**act, batch="J-0001", at=now - timedelta(seconds=2))

    page = queries.page(EntryFilter(end=FAR), viewer=maya, limit=2)

    assert [line.number for line in page.lines] == [later, between[-1]]


@pytest.mark.parametrize("most", [60, 3_000])
def test_a_long_batch_costs_no_more_questions_than_a_short_one(most):
    maya = person(Role.COMPLIANCE)
    acts = [Act(kind=AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID), batch="J-0001") for _ in range(most)]
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID))
    record_many(acts)
    assert maya.perms

    with CaptureQueriesContext(connection) as asked:
        page = queries.page(EntryFilter(), viewer=maya, limit=2)

    assert [line.batch_count for line in page.lines] == [most, 0]
    assert sum("has_newer" in query["sql"] for query in asked) == 2


@pytest.mark.parametrize("name", ["ticket", "batch", "request_id"])
def test_what_few_entries_have_is_found_by_its_index(name):
    """SQLite uses an index of only those entries where the question says that it wants no others."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")

    plan = queries.matching(EntryFilter(**{name: "J-0001"})).order_by().explain()

    assert f"audit_by_{name.removesuffix('_id')}" in plan


@pytest.mark.parametrize("size", [1, 20])
def test_a_history_costs_the_same_few_queries_however_long_it_is(size, django_assert_num_queries):
    maya = person(Role.FRAUD_ANALYST)
    for _ in range(size):
        record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    assert maya.perms

    with django_assert_num_queries(5):
        assert len(queries.history_of(SubjectKind.VISITOR, VISITOR_ID, viewer=maya)) == size
    for _ in range(size):
        record(AuditKind.JOB_OPENED, by=maya, target=job(5))
    with django_assert_num_queries(2):
        assert len(queries.history_of_record("job", 5, viewer=maya)) == size
