"""The log as a file: with its filter and its checkpoint, as much as the reader may see, and no formula."""

import csv
import io
import json

import pytest
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditCheckpoint, AuditEntry
from dashboard.audit.record import event, record
from dashboard.audit.sealing import seal
from dashboard.audit.sentences import MASK
from dashboard.core.access import Role
from tests.factories import person

pytestmark = pytest.mark.django_db
EVENT_ID = "1795333867327.NLOjmg"
VISITOR_ID = "Ibk1527CUFmcnjLwIs4A"


def taken(browser, query):
    return b"".join(browser.get(f"/audit/export/?{query}").streaming_content).decode()


def rows_of(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def written():
    maya = person(Role.FRAUD_LEAD, name="Maya Petrov")
    for number in range(3):
        target = event(f"1795333867327.{number:06}", VISITOR_ID)
        record(AuditKind.EVENT_OPENED, by=maya, target=target, reason='=cmd|"x"', ticket="#881")
    seal(now=timezone.now())
    return maya


def test_json_lines_hold_the_filter_the_checkpoint_and_the_records(client_for, written):
    browser = client_for(Role.COMPLIANCE)

    lines = [json.loads(line) for line in taken(browser, "form=jsonl&ticket=%23881").splitlines()]

    head, *entries = lines
    assert head["filter"] == ["ticket #881"]
    assert head["checkpoint"] == AuditCheckpoint.objects.get().note
    assert (head["entries"], head["whole"], head["taken_by"]) == (3, True, browser.person.name)
    assert [entry["place"] for entry in entries] == [2, 1, 0]
    assert entries[0]["sentence"] == "Maya Petrov opened event 1795…000002."
    stored = [bytes(body).decode() for body in AuditEntry.objects.order_by("-pk").values_list("body", flat=True)]
    assert {entry["record"] for entry in entries} <= set(stored)


def test_csv_is_a_table_below_its_heading_and_holds_no_formula(client_for, written):
    rows = rows_of(taken(client_for(Role.COMPLIANCE), "form=csv&ticket=%23881"))

    assert rows[1] == ["Filter", "ticket #881"]
    assert ["Checkpoint", "desk.test/audit"] in rows
    begin = rows.index([]) + 1
    assert rows[begin][:2] == ["number", "place"]
    assert len(rows[begin + 1 :]) == 3
    assert all(not cell.startswith("=") for row in rows for cell in row)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_auditor_takes_no_personal_value_away(client_for, written, form):
    text = taken(client_for(Role.AUDITOR), f"form={form}&ticket=%23881")

    for value in (VISITOR_ID, "event 1795", "cmd"):
        assert value not in text
    assert MASK in text


def test_taking_the_log_away_is_an_entry_and_nothing_else_is_a_form(client_for, written):
    auditor = client_for(Role.AUDITOR)
    taken(auditor, "form=csv&outcome=done")

    entry = AuditEntry.objects.latest("pk")
    assert (entry.kind, entry.actor_id) == ("audit.exported", auditor.person.pk)
    assert '"outcome done"' in bytes(entry.body).decode()
    assert auditor.get("/audit/export/?form=pdf").status_code == 404
    assert auditor.get("/audit/export/").status_code == 404


def test_the_page_offers_the_file_of_what_it_shows(client_for, written):
    page = client_for(Role.AUDITOR).get("/audit/?ticket=%23881").page

    assert "/audit/export/?ticket=%23881&amp;form=csv" in page.html
