"""The pages of the audit log: what they show, to whom, and that looking is an entry too."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, Subject
from dashboard.audit.record import Outcome, deletion, event, job, record, visitor
from dashboard.audit.sentences import MASK
from dashboard.audit.subject_rows import erase_visitors
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Role
from tests.factories import person

pytestmark = pytest.mark.django_db
EVENT_ID = "1795333867327.NLOjmg"
VISITOR_ID = "Ibk1527CUFmcnjLwIs4A"


@pytest.fixture
def maya():
    return person(Role.FRAUD_LEAD, name="Maya Petrov")


def numbers_on(page):
    """The entries a page lists, by number, in its order."""
    return [
        int(link.get("href").rstrip("/").rpartition("/")[2])
        for element in page.all(class_="entry-number")
        for link in element.iter("a")
    ]


def batch_on(page):
    """What a folded batch opens to."""
    return next(element for element in page.all("ol") if element.get("hx-trigger"))


def test_the_log_reads_newest_first_by_day(client_for, maya, clock):
    old = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    clock.advance(days=1)
    new = record(AuditKind.VISITOR_OPENED, by=maya, target=visitor(VISITOR_ID), reason="ticket", ticket="88-4410")

    page = client_for(Role.COMPLIANCE).get("/audit/").page

    assert numbers_on(page)[1:] == [new.pk, old.pk]  # above them: the reader signed in
    assert "Tue 16 Jun 2026" in page.text
    assert "Mon 15 Jun 2026" in page.text
    assert "Maya Petrov opened visitor Ibk152…Is4A. “ticket” Ticket 88-4410" in page.text


def test_looking_at_the_log_is_an_entry_and_so_is_opening_one(client_for, maya):
    entry = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    auditor = client_for(Role.AUDITOR)

    auditor.get("/audit/?outcome=done")
    auditor.get(f"/audit/{entry.pk}/")

    kinds = AuditEntry.objects.order_by("-pk").values_list("kind", "actor_id", "target_ref")
    assert list(kinds[:2]) == [
        ("audit.entry_opened", auditor.person.pk, str(entry.pk)),
        ("audit.viewed", auditor.person.pk, ""),
    ]
    assert '"outcome done"' in bytes(AuditEntry.objects.order_by("-pk")[1].body).decode()


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FRAUD_ANALYST, Role.FRAUD_LEAD, Role.ADMINISTRATOR])
def test_who_may_not_read_the_log_is_refused_and_the_attempt_is_written_down(client_for, role):
    browser = client_for(role)

    assert browser.get("/audit/").status_code == 403

    entry = AuditEntry.objects.latest("pk")
    assert (entry.kind, entry.outcome, entry.actor_id) == ("access.refused", "refused", browser.person.pk)


def test_an_identifying_value_is_typed_and_never_stands_in_the_address(client_for, maya):
    wanted = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    record(AuditKind.EVENT_OPENED, by=maya, target=event("1795333867327.other0", "someoneElse"))
    browser = client_for(Role.COMPLIANCE)
    form = browser.get("/audit/").page.form(button="Show")

    answer = browser.submit(form, button="Show", value=VISITOR_ID)

    assert answer.status_code == 302
    assert VISITOR_ID not in answer.url
    handle = Subject.objects.get(kind="visitor", value=VISITOR_ID.encode()).handle
    assert handle in answer.url
    # The visitor's own row is mentioned by no entry here: only its event is.
    found = browser.get(browser.submit(form, button="Show", value=EVENT_ID).url).page
    assert numbers_on(found) == [wanted.pk]


def test_a_value_the_log_never_met_is_a_sentence_beside_the_field(client_for):
    browser = client_for(Role.COMPLIANCE)
    form = browser.get("/audit/").page.form(button="Show")

    answer = browser.submit(form, button="Show", value="never-seen-anywhere")

    assert answer.status_code == 422
    assert "no entry mentions this one" in answer.page.text
    assert answer.page.one("input", name="value").get("value") == "never-seen-anywhere"


@pytest.mark.parametrize(
    "typed,sentence",
    [
        ({"record": "D 231"}, "Write a record such as D-0231"),
        ({"start": "yesterday"}, "Enter a valid date"),
        ({"start": "0001-01-01"}, "Choose a day between"),
        ({"end": "9999-12-31"}, "Choose a day between"),
        ({"start": "2026-06-12", "end": "2026-06-11"}, "not before the first"),
        ({"kind": "no.such.kind"}, "Select a valid choice"),
        ({"who": "x"}, "Select a valid choice"),
        ({"ticket": "x" * 65}, "at most 64 characters"),
        ({"ticket": "nul\x00"}, "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_a_filter_is_said_beside_its_field(client_for, clock, typed, sentence):
    browser = client_for(Role.AUDITOR)
    form = browser.get("/audit/").page.form(button="Show")

    answer = browser.submit(form, button="Show", **typed)

    assert answer.status_code == 422
    assert sentence in answer.page.text


@pytest.mark.parametrize(
    "query",
    ["who=x", "look=else", "about=xyz", "about=" + ",".join(["0" * 32] * 21), "before=-1", "before=1e9", "start=x",
     "before=" + "9" * 30, "record=Z-1", "kind=%00", "batch=%00"],
)  # fmt: skip
def test_an_address_that_inkpad_did_not_make_is_not_found(client_for, query):
    assert client_for(Role.AUDITOR).get(f"/audit/?{query}").status_code == 404


@pytest.mark.parametrize(
    "query,expected",
    [
        ("look=changes", {"bulk_job.started"}),
        ("look=looking", {"event.opened", "deletion.opened"}),
        ("look=trouble", {"sign_in.failed", "deletion.act_refused"}),
        ("outcome=refused", {"deletion.act_refused"}),
        ("kind=event.opened", {"event.opened"}),
        ("record=D-0231", {"deletion.opened", "deletion.act_refused"}),
        ("record=J-7", {"bulk_job.started"}),
        ("ticket=88-4410", {"event.opened"}),
        ("start=2026-06-16", {"bulk_job.started"}),
        ("end=2026-06-15", {"event.opened", "deletion.opened", "deletion.act_refused", "sign_in.failed"}),
    ],
)
def test_each_filter_shows_what_it_names(client_for, maya, clock, query, expected):
    record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID), ticket="88-4410")
    record(AuditKind.DELETION_OPENED, by=maya, target=deletion(231))
    record(AuditKind.SIGN_IN_FAILED, by=None, outcome=Outcome.FAILED)
    record(
        AuditKind.DELETION_ACT_REFUSED,
        by=maya,
        target=deletion(231),
        outcome=Outcome.REFUSED,
        details={"act": "approve", "because": "who asked cannot approve"},
    )
    clock.advance(days=1)
    record(AuditKind.JOB_STARTED, by=maya, target=job(7), details={"change": "mark suspect", "count": 3})

    page = client_for(Role.AUDITOR).get(f"/audit/?{query}").page

    shown = AuditEntry.objects.filter(pk__in=numbers_on(page)).exclude(kind="sign_in.succeeded")
    assert set(shown.values_list("kind", flat=True)) == expected


def test_days_are_those_of_the_reader(client_for, maya, clock):
    clock.advance(hours=13)  # 01:00 UTC on the 16th: still the 15th in New York
    entry = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    reader = person(Role.AUDITOR, time_zone="America/New_York")

    page = client_for(reader).get("/audit/?start=2026-06-15&end=2026-06-15").page

    assert entry.pk in numbers_on(page)
    assert "Mon 15 Jun 2026" in page.text


@pytest.mark.parametrize("window", ["", "&start=2020-01-01"])
def test_older_entries_follow_without_gap_or_repetition(client_for, maya, window):
    written = [record(AuditKind.STATUS_VIEWED, by=maya).pk for _ in range(120)]
    auditor = client_for(Role.AUDITOR)
    seen, path = [], f"/audit/?kind=status.viewed{window}"

    while path:
        page = auditor.get(path).page
        seen += numbers_on(page)
        older = [link for link in page.all("a", class_="button") if link.text == "Older entries"]
        path = older[0].get("href") if older else ""

    assert seen == written[::-1]


def test_a_batch_is_one_line_that_opens(client_for, maya):
    single = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    items = [
        record(
            AuditKind.EVENT_SUSPECT_SET,
            by=maya,
            batch="J-0421",
            target=event(f"1795333867327.{n:06}", VISITOR_ID),
            details={"before": "not set", "after": "suspect"},
        )
        for n in range(5)
    ]
    auditor = client_for(Role.AUDITOR)

    page = auditor.get("/audit/").page

    assert numbers_on(page)[1:] == [items[-1].pk, single.pk]  # above them: the reader signed in
    assert "The other 4 entries of J-0421" in page.text
    fold = batch_on(page)
    fragment = auditor.fragment(fold.get("hx-get")).page
    assert fragment.is_fragment
    assert numbers_on(fragment) == [item.pk for item in items[:-1][::-1]]
    whole = auditor.get(next(fold.iter("a")).get("href")).page
    assert not whole.is_fragment
    assert numbers_on(whole) == [item.pk for item in items[::-1]]


def test_a_batch_opens_to_what_the_page_is_narrowed_to(client_for, maya):
    started = record(AuditKind.JOB_STARTED, by=maya, batch="J-0421", target=job(421))
    for kind in (AuditKind.JOB_OPENED, AuditKind.JOB_RESUMED):
        record(kind, by=maya, batch="J-0421", target=job(421))
    auditor = client_for(Role.AUDITOR)

    page = auditor.get("/audit/?look=changes").page

    assert "The other entry of J-0421" in page.text
    fragment = auditor.fragment(batch_on(page).get("hx-get")).page
    assert numbers_on(fragment) == [started.pk]


def test_a_filter_is_taken_away_by_its_chip(client_for, maya):
    record(AuditKind.STATUS_VIEWED, by=maya, ticket="88-4410")
    browser = client_for(Role.AUDITOR)
    page = browser.get("/audit/?ticket=88-4410&outcome=done").page

    answer = browser.post("/audit/", {**page.form(button="Show").fields, "remove": "ticket"})

    assert answer.url == "/audit/?outcome=done"


def test_an_entry_shows_its_fields_its_values_and_the_record(client_for, maya):
    entry = record(
        AuditKind.EVENT_LINKED_ID_SET,
        by=maya,
        target=event(EVENT_ID, VISITOR_ID),
        reason="sold",
        personal={"after": Personal(SubjectKind.LINKED_ID, "acct_70911", (VISITOR_ID,))},
    )

    page = client_for(Role.COMPLIANCE).get(f"/audit/{entry.pk}/").page

    shown = (EVENT_ID, "acct_70911", "“sold”", "event.linked_id_set", "matches its commitment", "waits for its seal")
    for words in shown:
        assert words in page.text
    assert page.text.count("matches its commitment") == 4


def test_an_auditor_opens_an_entry_without_any_value_of_the_visitor(client_for, maya):
    entry = record(
        AuditKind.EVENT_LINKED_ID_SET,
        by=maya,
        target=event(EVENT_ID, VISITOR_ID),
        reason="sold by acct_88412",
        personal={"after": Personal(SubjectKind.LINKED_ID, "acct_70911", (VISITOR_ID,))},
    )

    page = client_for(Role.AUDITOR).get(f"/audit/{entry.pk}/").page

    for value in (EVENT_ID, "NLOjmg", VISITOR_ID, "acct_", "sold"):
        assert value not in page.html
    assert MASK in page.text


def test_an_erased_entry_stays_readable(client_for, maya, clock):
    entry = record(AuditKind.EVENT_OPENED, by=maya, target=event(EVENT_ID, VISITOR_ID))
    erase_visitors([VISITOR_ID], "D-0231")

    page = client_for(Role.COMPLIANCE).get(f"/audit/{entry.pk}/").page

    assert "erased on Mon 15 Jun 2026 by request D-0231" in page.text
    assert "commitment kept" in page.text
    assert EVENT_ID not in page.html


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "a\x00b\u202ec\ud800", "=1+1", "x" * 100_000, "{{ 7*7 }}"]
)
def test_hostile_values_break_no_page(client_for, hostile):
    entry = record(
        AuditKind.EVENT_LINKED_ID_SET,
        by=person(Role.FRAUD_ANALYST),
        target=event(hostile, hostile),
        reason=hostile,
        personal={"before": Personal(SubjectKind.LINKED_ID, hostile), "after": Personal(SubjectKind.TEXT, hostile)},
        details={"words": hostile[:500]},
    )
    browser = client_for(Role.COMPLIANCE)

    assert browser.get("/audit/").status_code == 200
    assert browser.get(f"/audit/{entry.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/audit/0/", "/audit/999999999999/", "/audit/9223372036854775808/", "/audit/x/"])
def test_an_entry_that_is_not_there_is_not_found(client_for, path):
    assert client_for(Role.AUDITOR).get(path).status_code == 404


def test_the_log_costs_the_same_queries_for_one_entry_and_for_fifty(client_for, maya):
    auditor = client_for(Role.AUDITOR)
    counts = []
    for many in (1, 60):
        for n in range(many):
            record(AuditKind.EVENT_OPENED, by=maya, target=event(f"1795333867327.{n:06}", VISITOR_ID))
        # Looking is an entry too, and the first page of a session also begins it.
        auditor.get("/audit/")
        with CaptureQueriesContext(connection) as queries:
            auditor.get("/audit/")
        counts.append(len(queries))

    assert counts[0] == counts[1]
