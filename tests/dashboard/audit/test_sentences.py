"""Entries read as sentences, and say to each reader only what they may see."""

import pytest
from django.template import Context, Template

from dashboard.audit import queries
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.record import Outcome, deletion, event, job, record, search, visitor
from dashboard.audit.record import person as person_target
from dashboard.audit.sentences import MASK, lines_of
from dashboard.audit.subject_rows import erase_visitors
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Role
from dashboard.core.trace import Trace, tracing
from tests.factories import person

pytestmark = pytest.mark.django_db
EVENT_ID = "1795333867327.NLOjmg"
VISITOR_ID = "Ibk1527CUFmcnjLwIs4A"


def line(entry, viewer):
    return lines_of([entry], viewer=viewer)[0]


def drawn(entry, viewer):
    """The sentence and its reason as a page shows them."""
    template = Template("{% load audit %}{% sentence line %}|{% reason line %}")
    return template.render(Context({"line": line(entry, viewer)}))


@pytest.fixture
def maya():
    return person(Role.FRAUD_LEAD, name="Maya Petrov")


@pytest.fixture
def relinked(maya):
    return record(
        AuditKind.EVENT_LINKED_ID_SET,
        by=maya,
        target=event(EVENT_ID, VISITOR_ID),
        reason="acct_88412 was sold",
        personal={
            "before": Personal(SubjectKind.LINKED_ID, "acct_88412", (VISITOR_ID,)),
            "after": Personal(SubjectKind.LINKED_ID, "acct_70911", (VISITOR_ID,)),
        },
    )


@pytest.mark.parametrize(
    "role,reads",
    [
        (Role.FRAUD_ANALYST, "re-linked event 1795…NLOjmg to acct_70911 (was: acct_88412)."),
        (Role.COMPLIANCE, "re-linked event 1795…NLOjmg to acct_70911 (was: acct_88412)."),
        (Role.SUPPORT, f"re-linked event 1795…NLOjmg to {MASK} (was: {MASK})."),
        (Role.AUDITOR, f"re-linked event {MASK} to {MASK} (was: {MASK})."),
    ],
)
def test_each_role_reads_what_it_may_see(relinked, role, reads):
    assert line(relinked, person(role)).text == f"Maya Petrov {reads}"


def test_an_auditor_sees_no_value_of_a_visitor_anywhere_in_the_markup(relinked):
    html = drawn(relinked, person(Role.AUDITOR))

    for value in ("NLOjmg", "1795", "acct_", VISITOR_ID, "sold"):
        assert value not in html
    assert html.count(MASK) == 4


def test_a_reason_about_a_colleague_is_for_auditors_too(maya):
    tom = person(Role.SUPPORT, name="Tom Okafor")
    entry = record(AuditKind.PERSON_CREATED, by=maya, target=person_target(tom), reason="new in the team")

    seen = line(entry, person(Role.AUDITOR))

    assert seen.text == "Maya Petrov added Tom Okafor."
    assert seen.reason is not None
    assert seen.reason.text == "new in the team"


def test_links_lead_only_where_the_reader_may_go(maya):
    entry = record(AuditKind.DELETION_OPENED, by=maya, target=deletion(231))

    assert 'href="/deletions/231/"' in drawn(entry, person(Role.SUPPORT))
    assert "href" not in drawn(entry, person(Role.FRAUD_ANALYST))
    assert "D-0231" in drawn(entry, person(Role.FRAUD_ANALYST))


def test_an_erased_value_says_when_and_by_whom_it_was_erased(maya, clock):
    entry = record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(VISITOR_ID), reason="on the phone")
    erase_visitors([VISITOR_ID], "D-0231")

    html = drawn(entry, maya)

    assert VISITOR_ID not in html
    assert "on the phone" not in html
    assert line(entry, maya).text == "Maya Petrov opened visitor erased on Mon 15 Jun 2026 by request D-0231."
    assert html.count('class="stamp dashed"') == 2


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\x00b\u202ec", "x" * 9999]
)
def test_hostile_values_are_shown_and_never_obeyed(maya, hostile):
    entry = record(
        AuditKind.EVENT_LINKED_ID_SET,
        by=person(Role.FRAUD_ANALYST, name=f"Eve {hostile}"[:100].replace("\x00", "")),
        target=event(hostile, hostile),
        reason=hostile,
        personal={"before": Personal(SubjectKind.LINKED_ID, hostile), "after": Personal(SubjectKind.TEXT, hostile)},
    )

    html = drawn(entry, maya)

    assert "<script" not in html
    assert "<img" not in html
    assert "\x00" not in html
    assert "\u202e" not in html
    assert len(html) < 6_000


@pytest.mark.parametrize("via,by_name", [("worker", "Inkpad"), ("system", "Inkpad"), ("page", "Somebody")])
def test_who_acted_when_nobody_is_named(maya, via, by_name):
    with tracing(Trace(request_id="x", via=via)):
        entry = record(AuditKind.STATUS_VIEWED, by=None)

    assert line(entry, maya).text == f"{by_name} looked at the status page."


@pytest.mark.parametrize(
    "target,details,kind,reads",
    [
        (
            job(421),
            {"because": "the budget is used up"},
            AuditKind.JOB_PAUSED,
            "Job J-0421 paused: the budget is used up.",
        ),
        (job(421), {"because": "No quota is left."}, AuditKind.JOB_PAUSED, "Job J-0421 paused: No quota is left."),
        (search("7Qm2xA"), {}, AuditKind.SEARCH_OPENED, "Inkpad opened search s-7Qm2xA."),
        (deletion(12345), {}, AuditKind.DELETION_STARTED, "Deletion D-12345 began to run."),
        (None, {}, AuditKind.EVENT_OPENED, "Inkpad opened something."),
        (
            job(1),
            {"applied": 1200, "already": 0, "skipped": 3, "failed": 1},
            AuditKind.JOB_FINISHED,
            "Job J-0001 finished: 1,200 changed, 0 were so already, 3 skipped, 1 failed.",
        ),
        (
            None,
            {"hold": "H-0001", "review": "2026-11-22"},
            AuditKind.HOLD_REVIEWED,
            "Inkpad looked at legal hold H-0001 again: it stands until Sun 22 Nov 2026.",
        ),
        (
            None,
            {"hold": "H-0001", "review": "2026-13-22"},
            AuditKind.HOLD_REVIEWED,
            "Inkpad looked at legal hold H-0001 again: it stands until 2026-13-22.",
        ),
        (job(1), {"change": True}, AuditKind.JOB_STARTED, "Inkpad started job J-0001: yes, (not recorded)."),
    ],
)
def test_sentences(maya, target, details, kind, reads):
    with tracing(Trace(request_id="x", via="system")):
        entry = record(kind, by=None, target=target, details=details)

    assert line(entry, maya).text == reads


def test_a_kind_of_a_later_version_is_shown_by_its_code(maya):
    known = record(AuditKind.STATUS_VIEWED, by=maya)
    unknown = AuditEntry(pk=known.pk, at=known.at, kind="future.kind", outcome="done", via="page", body=known.body)

    assert line(unknown, maya).text == "Maya Petrov: future.kind"


def test_a_page_of_entries_costs_one_query_for_all_its_values(maya, django_assert_num_queries):
    entries = [
        record(AuditKind.EVENT_OPENED, by=maya, target=event(f"1795333867327.{n:06}", VISITOR_ID)) for n in range(30)
    ]
    assert maya.perms

    with django_assert_num_queries(1):
        assert len(lines_of(entries, viewer=maya)) == 30


def test_a_refusal_says_so(maya):
    entry = record(AuditKind.DELETION_REFUSED, by=maya, target=deletion(1), outcome=Outcome.REFUSED)

    seen = queries.history_of_record("deletion", 1, viewer=maya)[0]

    assert (seen.number, seen.outcome, seen.outcome_words) == (entry.pk, "refused", "Refused")
