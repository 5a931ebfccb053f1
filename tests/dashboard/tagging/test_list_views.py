"""The pages before a job runs, of a single click, and of an undo."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dashboard.tagging import actions
from dashboard.tagging.models import BulkJob
from tests.dashboard.tagging.conftest import choose, states_of
from tests.pages import text_of

pytestmark = pytest.mark.django_db


# -- Lists --------------------------------------------------------------------------------------------------------


def test_a_file_of_ids_becomes_a_list(browser, visits, sandbox):
    events = visits(2)
    content = "event_id,note\n" + "\n".join(f"{event.event_id},x" for event in events) + "\nno/id,y\n"
    upload = SimpleUploadedFile("ring.csv", content.encode(), content_type="text/csv")

    answer = browser.post(reverse("tagging:new"), {"act": "not_suspect", "file": upload})
    page = browser.get(answer.headers["Location"]).page

    assert "Change 2 events" in page.text
    assert "No event id, left out 1" in page.text
    assert BulkJob.objects.get().source == "file"


@pytest.mark.parametrize(
    "content, sentence",
    [(b"account,amount\nx,1\n", "Name the column"), (b"\x89PNG\xff", "Save it as CSV"), (b"", "the file is empty")],
)
def test_a_file_of_the_wrong_shape_is_said_beside_its_field(browser, content, sentence):
    answer = browser.post(reverse("tagging:new"), {"file": SimpleUploadedFile("x.csv", content)})

    assert answer.status_code == 422
    assert sentence in text_of(answer.page.one("p", id="file_error"))
    assert not BulkJob.objects.exists()


def test_a_file_that_is_far_too_large_is_read_past_and_said(browser, settings):
    settings.UPLOAD_MOST_BYTES = 100_000
    large = SimpleUploadedFile("huge.csv", b"1795333867327.NLOjmg\n" * 100_000)

    answer = browser.post(reverse("tagging:new"), {"act": "suspect", "file": large, "ids": "1795333867327.NLOjmg"})

    assert answer.status_code == 422
    assert "Send a smaller file, at most 8 MB" in text_of(answer.page.one("p", id="file_error"))
    assert answer.page.form(action="new").fields["ids"] == ["1795333867327.NLOjmg"], "the rest of the form arrived"


def test_from_a_search_to_everything_that_matches(browser, visits, run_workers, sandbox):
    events = visits(3, linked_id="acct_ring")
    search = browser.submit(
        browser.get(reverse("events:search")).page.form(action=reverse("events:start")), linked_id="acct_ring"
    )
    short_id = search.headers["Location"].rstrip("/").rpartition("/")[2]

    answer = browser.post(reverse("tagging:new"), {"all": short_id})
    collecting = browser.get(answer.headers["Location"])
    assert "0 collected so far" in collecting.page.text
    poll = collecting.page.one("div", id="job-moving").get("hx-get")
    assert browser.fragment(poll).status_code == 204
    actions.collect(job_id=BulkJob.objects.get().pk)
    last = browser.fragment(poll).page.one("div", id="job-moving")
    assert last.get("hx-trigger") == "load", "it asks once more, and then for the whole page"
    assert browser.fragment(last.get("hx-get")).headers["HX-Refresh"] == "true"

    page = browser.get(answer.headers["Location"]).page
    for words in ("Change 3 events", "Visitors 3", "Linked ids 1", "Suspect now 0"):
        assert words in page.text
    browser.submit(page.form(action="start"), change="suspect", reason="ring")
    run_workers()
    assert [event.suspect for event in events] == [True] * 3


def test_a_search_nobody_knows_is_not_found(browser):
    assert browser.post(reverse("tagging:new"), {"all": "nobodys"}).status_code == 404


def test_tags_are_shown_before_and_after_and_then_confirmed(browser, visits, sandbox):
    event = visits(1)[0]
    event.tags = {"a": 1}
    form = choose(browser, [event], act="tags_add").page.form(action="start")

    shown = browser.submit(form, tags="ring=autumn", reason="ring")
    assert shown.status_code == 200
    assert '{"a": 1} {"a": 1, "ring": "autumn"}' in shown.page.text
    assert BulkJob.objects.get().state == "ready"
    browser.submit(shown.page.form(action="start"))

    assert BulkJob.objects.get().state == "running"


def test_many_events_are_confirmed_by_their_number_and_by_a_second_person(
    browser, client_for, lead, visits, run_workers, sandbox, settings
):
    settings.JOB_SECOND_PERSON_ABOVE = 100
    form = choose(browser, visits(101), act="suspect").page.form(action="start")
    wrong = browser.submit(form, reason="ring", typed="100")
    assert wrong.status_code == 422
    assert "Type 101: that many are changed." in wrong.page.text

    waiting = browser.get(browser.submit(form, reason="ring", typed="101").headers["Location"]).page
    assert "You asked for it, so a fraud lead other than you decides." in waiting.text
    assert not [
        button for form in waiting.all("form") for button in form.iter("button") if "Approve" in text_of(button)
    ]
    job = BulkJob.objects.get()
    other = client_for(lead)
    shown = other.get(reverse("tagging:job", args=[job.pk])).page
    other.submit(shown.form(button="Approve 101 changes"))

    job.refresh_from_db()
    assert (job.state, job.approved_by) == ("running", lead)
    assert "Approved by Tom Okafor" in browser.get(reverse("tagging:job", args=[job.pk])).page.text


def test_a_second_person_declines_with_a_reason(browser, client_for, lead, visits, sandbox, settings):
    settings.JOB_SECOND_PERSON_ABOVE = 1
    browser.submit(choose(browser, visits(2), act="suspect").page.form(action="start"), reason="ring")
    url = reverse("tagging:job", args=[BulkJob.objects.get().pk])
    other = client_for(lead)

    assert other.submit(other.get(url).page.form(button="Do not approve"), reason=" ").status_code == 422
    other.submit(other.get(url).page.form(button="Do not approve"), reason="wrong ring")

    assert "The second person did not approve it." in browser.get(url).page.text


def test_a_list_is_thrown_away_by_a_button(browser, visits, sandbox):
    page = choose(browser, visits(2)).page
    browser.submit(page.form(button="Throw the list away"))

    job = BulkJob.objects.get()
    assert "Nothing of this list was sent" in browser.get(reverse("tagging:job", args=[job.pk])).page.text
    assert job.name not in browser.get(reverse("tagging:jobs")).page.text


# -- One click, and undo --------------------------------------------------------------------------------------------


def test_one_event_is_one_click_with_an_undo_beside_the_answer(browser, visits, run_workers, sandbox):
    event = visits(1)[0]
    url = reverse("events:event", args=[event.event_id])
    form = browser.get(url).page.form(action="mark")

    answer = browser.post(form.action, {**form.fields, "act": "suspect"})
    assert answer.headers["Location"] == url
    run_workers()
    toast = browser.get(url).page
    assert event.suspect is True
    assert "1 event is being marked suspect." in toast.text
    browser.submit(toast.form(button="Undo"))
    run_workers()

    assert event.suspect is False
    assert [job.source for job in BulkJob.objects.order_by("pk")] == ["event", "undo"]
    first = BulkJob.objects.order_by("pk")[0]
    assert "One click, without a reason." in browser.get(reverse("tagging:job", args=[first.pk])).page.text


def test_undo_says_what_goes_back_and_is_confirmed_like_every_list(
    browser, visits, job_of, run_workers, sandbox, clock
):
    events = visits(3)
    events[0].suspect = False
    job = job_of(events)
    run_workers()
    clock.advance(seconds=1)

    panel = browser.fragment(reverse("tagging:undo", args=[job.pk])).page
    for words in ("Can be undone until", "Would go back 3", "“Not set” becomes “not suspect” 2"):
        assert words in panel.text
    question = browser.get(reverse("tagging:undo", args=[job.pk])).page
    draft = browser.get(browser.submit(question.form(button="Undo this job…")).headers["Location"]).page
    assert f"Put 3 events of {job.name} back" in draft.text
    browser.submit(draft.form(button="Put 3 events back"), reason="wrong ring")
    run_workers()

    assert [event.suspect for event in events] == [False] * 3
    assert "Undone, all or in part, by J-" in browser.get(reverse("tagging:job", args=[job.pk])).page.text


def test_chosen_events_of_a_job_go_back(browser, visits, job_of, run_workers, sandbox, clock):
    events = visits(3)
    job = job_of(events)
    run_workers()
    page = browser.get(reverse("tagging:job", args=[job.pk])).page
    boxes = [box.get("value") for box in page.all("input", name="item")]
    assert len(boxes) == 3

    answer = browser.post(reverse("tagging:undo", args=[job.pk]), {"item": boxes[:1], "only_chosen": "yes"})

    assert "Put 1 event of" in browser.get(answer.headers["Location"]).page.text


def test_what_failed_is_tried_again_by_a_button(browser, visits, job_of, run_workers, sandbox):
    event = visits(1)[0]
    sandbox.faults.add("answer", times=1, operation="get_event", status=404, body="{}")
    job = job_of([event])
    run_workers()
    url = reverse("tagging:job", args=[job.pk])

    browser.submit(browser.get(url).page.form(button="Retry the 1 failed"))
    run_workers()

    assert states_of(job) == ["applied"]
