"""What became of a job's events, taken away: the part that is shown, masked, harmless, listed, forgotten whole."""

import csv
import io
import json

import pytest

from dashboard.audit.models import AuditEntry
from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.core.errors import NotPossible
from dashboard.events.masking import Lens
from dashboard.events.models import Export, ExportChunk
from dashboard.tagging import actions, results
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.models import BulkItem, BulkJob

pytestmark = pytest.mark.django_db
FORMULA = '=HYPERLINK("https://x.test")'


@pytest.fixture
def job(job_of, visits, run_workers, sandbox) -> BulkJob:
    """One event that had a linked id like a formula, and two, one of them without any."""
    events = [*visits(1, linked_id=FORMULA), *visits(2)]
    events[1].linked_id = None
    begun = job_of(events, change=Change(ChangeKind.LINKED_ID, "acct_new"))
    run_workers()
    return begun


def exported(browser, job: BulkJob, *, form: str = "csv", show: str = "all") -> Export:
    asked = {"form": form, "reason": "for the merchant", "ticket": "88-4410", "show": show}
    answer = browser.post(f"/jobs/{job.pk}/export/", asked)
    assert answer.status_code == 302, answer.page.text
    return Export.objects.latest("pk")


def taken(browser, made: Export) -> tuple[str, str]:
    answer = browser.post(f"/exports/{made.short_id}/file/")
    assert answer.status_code == 200
    return answer.headers["Content-Disposition"], b"".join(answer.streaming_content).decode("utf-8-sig")


def rows(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_page_leads_to_a_file_of_what_it_shows(job, browser):
    page = browser.get(f"/jobs/{job.pk}/?show=done")
    assert f"/jobs/{job.pk}/export/?show=done" in page.content.decode()
    form = browser.get(f"/jobs/{job.pk}/export/?show=done")
    assert 'name="show" value="done"' in form.content.decode()

    made = exported(browser, job, show="done")
    name, text = taken(browser, made)

    done = BulkItem.objects.filter(job=job, state="applied").order_by("position")
    assert [row["event_id"] for row in rows(text)] == [item.event_id for item in done]
    assert made.count == done.count()
    assert name == f'attachment; filename="{job.name}-{made.short_id}.csv"'


def test_every_row_says_what_it_was_and_what_it_became_and_is_no_formula(job, browser):
    first, second, *_rest = rows(taken(browser, exported(browser, job))[1])

    assert tuple(first) == results.NAMES
    assert (first["before"], first["after"], first["outcome"]) == (f"'{FORMULA}", "acct_new", "applied")
    assert (second["before"], second["before_is_known"], second["linked_id"]) == ("not set", "yes", "acct_new")
    assert (first["result"], first["sentence"], first["tries"]) == ("Set", "", "1")
    assert first["settled_at"].endswith("+00:00")


def test_programs_get_values_as_they_were(job_of, visits, run_workers, browser):
    with_tags, without = events = visits(2)
    with_tags.tags, without.tags = {"a": [1, True]}, None
    job = job_of(events, change=Change(ChangeKind.TAGS_ADD, {"b": "x"}))
    run_workers()

    _name, text = taken(browser, exported(browser, job, form="jsonl"))

    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["before"] for line in lines] == [{"a": [1, True]}, None]
    assert [line["before_is_known"] for line in lines] == [True, True]
    assert [line["after"] for line in lines] == [{"a": [1, True], "b": "x"}, {"b": "x"}]


def test_why_an_event_was_left_stands_in_its_row(job_of, visits, run_workers, browser):
    old = visits(1, days_ago=60)[0]
    job = job_of([old])
    run_workers()

    row = rows(taken(browser, exported(browser, job, show="look"))[1])[0]

    item = BulkItem.objects.get(job=job)
    assert (row["outcome"], row["after_is_known"]) == (item.state, "no")
    assert row["sentence"].endswith(".")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("kind, wanted", [(ChangeKind.LINKED_ID, "acct_new"), (ChangeKind.TAGS, {"k": "acct_new"})])
def test_what_the_catalogue_calls_personal_is_masked_as_on_every_page(job_of, visits, run_workers, form, kind, wanted):
    event = visits(1, linked_id="acct_old")[0]
    event.tags = {"k": "acct_old"}
    job = job_of([event], change=Change(kind, wanted))
    run_workers()

    masked = json.dumps(results.row(BulkItem.objects.get(job=job), job, Lens(sees_personal=False), form))

    assert "acct_old" not in masked
    assert "acct_new" not in masked
    assert event.event_id in masked


def test_it_is_written_down_and_listed_and_is_its_owners(job, browser, client_for):
    made = exported(browser, job)

    entry = AuditEntry.objects.get(kind="bulk_job.exported")
    assert (entry.batch, entry.target_ref, entry.ticket) == (job.name, str(job.pk), "88-4410")
    assert f"X-{made.short_id}".encode() in bytes(entry.body)
    assert f"3 results of {job.name}, CSV" in browser.get("/exports/").page.text
    assert made.expires_at > made.created_at
    assert client_for(Role.FRAUD_LEAD).post(f"/exports/{made.short_id}/file/").status_code == 404


def test_nothing_leaves_without_a_reason_or_before_anything_happened(job, browser, list_of, visits):
    refused = browser.post(f"/jobs/{job.pk}/export/", {"form": "csv", "reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.page.text
    draft = list_of(visits(1))
    assert browser.get(f"/jobs/{draft.pk}/export/").status_code == 404
    empty = browser.post(f"/jobs/{job.pk}/export/", {"form": "csv", "reason": "why", "show": "cancelled"})
    assert empty.status_code == 409
    assert not Export.objects.exists()


def test_an_export_goes_whole_with_its_visitor_and_with_an_account_that_stands_in_it(job, browser):
    visitor = BulkItem.objects.filter(job=job).first().visitor_id
    exported(browser, job)
    erasure.erase([visitor], erased_by="D-0231")
    assert not Export.objects.exists()
    assert not ExportChunk.objects.exists()

    exported(browser, job, form="jsonl")
    erasure.erase_values(["acct_new"], erased_by="D-0231")
    assert not Export.objects.exists()


def test_a_file_that_was_begun_before_an_erasure_is_not_kept(job, analyst, clock):
    visitor = BulkItem.objects.filter(job=job).first().visitor_id
    began = clock.now
    clock.advance(seconds=1)
    erasure.erase([visitor], erased_by="D-0231")

    with pytest.raises(NotPossible, match="Make it again"):
        actions.export_results(job, show="all", form="csv", reason="why", ticket="", by=analyst, now=began)
