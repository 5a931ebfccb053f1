"""Notes on visitors and events: written by whoever may open them, changed by their author alone, forgotten with one."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.audit.models import AuditEntry, AuditMention
from dashboard.core import erasure, facts
from dashboard.core.access import Role
from dashboard.visitors.actions import notes
from dashboard.visitors.models import Note
from tests.factories import person

pytestmark = pytest.mark.django_db
VISITOR, OTHER, EVENT = "a9FVkzMnpeKfWp4RADzY", "b9FVkzMnpeKfWp4RADzZ", "1795333867327.NLOjmg"
PATH = f"/visitors/{VISITOR}/notes/"
HOSTILE = '<script>alert(1)</script>\n=HYPERLINK("x")\u202egnp.exe'


def kinds():
    return list(AuditEntry.objects.filter(kind__startswith="note.").order_by("pk").values_list("kind", flat=True))


def said(kind):
    """The personal values of the newest entry of this kind, by role."""
    entry = AuditEntry.objects.filter(kind=kind).latest("pk")
    return {
        mention.role: mention.subject.text
        for mention in AuditMention.objects.filter(entry=entry).select_related("subject")
    }


def on_event(visitor_id, event_id):
    return f"/visitors/{visitor_id}/events/{event_id}/notes/"


@pytest.fixture
def family(sandbox):
    """A visitor with many events."""
    return sandbox.stories["family"]


@pytest.fixture
def of_family(family):
    """Where the notes on the first of them stand."""
    return on_event(family.visitor_ids[0], family.event_ids[0])


def write(browser, text="Customer denies the order.", path=PATH, **more):
    return browser.submit(browser.get(path).page.form(button="Write the note"), text=text, **more)


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FRAUD_ANALYST, Role.FRAUD_LEAD, Role.COMPLIANCE])
def test_whoever_may_open_a_visitor_writes_a_note_and_everybody_there_reads_it(client_for, role):
    browser = client_for(role)

    answer = write(browser, ticket="#881")

    assert (answer.status_code, answer.url) == (302, PATH)
    page = client_for(Role.SUPPORT).get(PATH).page
    assert "Customer denies the order." in page.text
    assert "#881" in page.text
    assert browser.person.name in page.text
    entry = AuditEntry.objects.get(kind="note.added")
    assert (entry.actor_id, entry.ticket, entry.target_type) == (browser.person.pk, "#881", "visitor")
    assert said("note.added")["text"] == "Customer denies the order."


def test_a_note_on_an_event_stands_on_the_event_and_on_its_visitor(client_for, family, of_family):
    browser, path, event_id = client_for(Role.SUPPORT), f"/visitors/{family.visitor_ids[0]}/notes/", family.event_ids[0]
    write(browser, path=of_family)
    write(browser, text="About all of it.", path=path)

    assert "About all of it." not in browser.get(of_family).page.text
    page = browser.get(path).page
    assert "Customer denies the order." in page.text
    assert [link.get("href") for link in page.all("a") if event_id in link.get("href", "")] == [f"/events/{event_id}/"]
    assert AuditEntry.objects.filter(kind="note.added", target_type="event").count() == 1


def test_no_note_stands_on_an_event_of_somebody_else(client_for, family):
    browser = client_for(Role.SUPPORT)

    answer = write(browser, path=on_event(OTHER, family.event_ids[0]))

    assert answer.status_code == 422
    assert "not one of this visitor" in "".join(answer.page.one("p", class_="field-error").itertext())
    assert "Customer denies the order." in answer.page.one("textarea", name="text").text
    assert not Note.objects.exists()
    entry = AuditEntry.objects.get(kind="note.refused")
    assert (entry.actor_id, entry.outcome, entry.target_type) == (browser.person.pk, "refused", "event")


def test_no_note_stands_on_an_event_that_fingerprint_does_not_keep(client_for, sandbox):
    answer = write(client_for(Role.SUPPORT), path=on_event(VISITOR, EVENT))

    assert answer.status_code == 422
    assert "Write the note on the visitor" in answer.page.text
    assert not Note.objects.exists()


def test_without_an_answer_only_the_first_note_on_an_event_has_to_wait(client_for, sandbox, of_family):
    browser = client_for(Role.SUPPORT)
    with sandbox.faults.server_error(times=None):
        answer = write(browser, path=of_family)
    assert answer.status_code == 422
    assert "does not tell whose event this is" in answer.page.text
    write(browser, path=of_family)

    with sandbox.faults.server_error(times=None):
        answer = write(browser, text="She called again.", path=of_family)

    assert answer.status_code == 302
    assert Note.objects.count() == 2


def test_reading_notes_is_written_down_and_an_empty_board_is_no_reading(client_for):
    browser = client_for(Role.SUPPORT)
    browser.get(PATH)
    assert kinds() == []

    write(browser)
    browser.fragment(PATH)

    entry = AuditEntry.objects.filter(kind="note.read").latest("pk")
    assert json.loads(bytes(entry.body))["details"] == {"count": 1, "how_many": "1 note"}


def test_htmx_writes_in_place(client_for):
    browser = client_for(Role.SUPPORT)

    answer = browser.post(PATH, {"text": "In place.", "ticket": ""}, headers={"HX-Request": "true"})

    assert answer.page.is_fragment
    assert answer.page.one("div", id="notes").get("data-announce") == "1 note"
    assert "In place." in answer.page.text


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4_001, "a\x00b"])
def test_what_is_no_note_is_said_beside_the_field_and_kept(client_for, text):
    answer = write(client_for(Role.SUPPORT), text=text, ticket="#9")

    assert answer.status_code == 422
    assert answer.page.all("p", class_="field-error")
    assert answer.page.one("input", name="ticket").get("value") == "#9"
    assert not Note.objects.exists()


def test_a_note_is_shown_as_typed_and_runs_nothing(client_for):
    browser = client_for(Role.SUPPORT)
    write(browser, text=HOSTILE)

    page = browser.get(PATH).page

    shown = "".join(page.one("p", class_="note-text").itertext())
    assert shown == HOSTILE.replace("\u202e", "⟨U+202E⟩")
    assert Note.objects.get().text.replace("\r\n", "\n") == HOSTILE


def test_a_form_sent_twice_writes_one_note(client_for):
    browser = client_for(Role.SUPPORT)
    write(browser)
    write(browser)

    assert Note.objects.count() == 1


def test_an_author_changes_and_removes_a_note_and_the_log_keeps_what_stood_there(client_for):
    browser = client_for(Role.SUPPORT)
    write(browser)
    note = Note.objects.get()

    browser.submit(browser.get(f"/visitors/notes/{note.pk}/").page.form(button="Change the note"), text="She agrees.")
    assert (said("note.edited")["before"], said("note.edited")["after"]) == (
        "Customer denies the order.",
        "She agrees.",
    )
    assert "changed" in browser.get(PATH).page.text

    browser.submit(browser.get(PATH).page.form(action=f"/visitors/notes/{note.pk}/remove/"))
    assert "She agrees." not in browser.get(PATH).page.text
    assert said("note.removed")["before"] == "She agrees."
    assert browser.get(f"/visitors/notes/{note.pk}/").status_code == 404


def test_nobody_else_changes_a_note_and_the_attempt_is_written_down(client_for):
    write(client_for(Role.SUPPORT))
    note, lead = Note.objects.get(), client_for(Role.FRAUD_LEAD)

    page = lead.get(f"/visitors/notes/{note.pk}/").page
    assert "who wrote this note, may change or remove it" in page.text
    assert "Customer denies" not in page.text
    for path in (f"/visitors/notes/{note.pk}/", f"/visitors/notes/{note.pk}/remove/"):
        assert lead.post(path, {"text": "Mine now."}).status_code == 403

    note.refresh_from_db()
    assert (note.text, note.removed_at) == ("Customer denies the order.", None)
    refusals = AuditEntry.objects.filter(kind="note.refused", outcome="refused")
    assert refusals.count() == 2


def test_after_its_time_a_note_stays_as_it_is(client_for, clock, settings):
    settings.NOTE_EDITABLE_FOR = timedelta(minutes=10)
    browser = client_for(Role.SUPPORT)
    write(browser)
    note = Note.objects.get()
    clock.advance(minutes=10)

    assert not browser.get(PATH).page.all("form", id=f"remove-note-{note.pk}")
    assert "could be changed until" in browser.get(f"/visitors/notes/{note.pk}/").page.text
    assert browser.post(f"/visitors/notes/{note.pk}/", {"text": "Later."}).status_code == 409
    assert Note.objects.get().text == "Customer denies the order."


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_open_visitors_reads_no_notes(client_for, role):
    assert client_for(role).get(PATH).status_code == 403


def test_the_visitor_page_shows_the_notes_and_every_feature_knows_how_many(sandbox, client_for):
    browser, visitor_id = client_for(Role.SUPPORT), sandbox.stories["family"].visitor_ids[0]
    for text in ("One.", "Two.", "Three."):
        write(browser, text=text, path=f"/visitors/{visitor_id}/notes/")

    page = browser.get(f"/visitors/{visitor_id}/").page

    assert "Three." in "".join(page.one("div", id="notes").itertext())
    fact = next(each for each in facts.about([visitor_id, OTHER]) if each.claim == "3 notes")
    assert (fact.visitor_id, fact.url) == (visitor_id, f"/visitors/{visitor_id}/notes/")
    # Auditors read facts on deletion pages and never a note.
    assert "Three." not in f"{fact.claim}{fact.more}"
    assert "3 notes" in page.text


def test_the_event_page_leads_to_the_notes_without_script(family, of_family, client_for):
    page = client_for(Role.SUPPORT).get(f"/events/{family.event_ids[0]}/").page

    panel = page.one("div", id="notes")

    assert panel.get("hx-get") == of_family
    assert [link.get("href") for link in panel.iter("a")] == [of_family]


def test_erasing_a_visitor_takes_notes_along_and_empties_those_that_name_it(family):
    author, now, visitor_id, event_id = person(Role.SUPPORT), timezone.now(), family.visitor_ids[0], family.event_ids[0]
    notes.add_note(visitor_id=visitor_id, event_id=event_id, text="Gone.", by=author, now=now)
    notes.add_note(visitor_id=OTHER, text=f"Same person as {visitor_id}.", by=author, now=now)
    notes.add_note(visitor_id=OTHER, text=f"Compare {event_id}.", by=author, now=now)
    notes.add_note(visitor_id=OTHER, text="Stays.", by=author, now=now)

    counted = erasure.erase([visitor_id], erased_by="D-0231")

    assert counted["notes"] == 3
    rows = list(Note.objects.order_by("pk").values_list("visitor_id", "words", "erased_at"))
    assert [(visitor_id, bytes(words), at is not None) for visitor_id, words, at in rows] == [
        (OTHER, b"", True),
        (OTHER, b"", True),
        (OTHER, b"Stays.", False),
    ]


def test_an_erased_note_says_so_and_cannot_be_changed(client_for):
    browser = client_for(Role.SUPPORT)
    write(browser, text=f"Same person as {OTHER}.")
    erasure.erase([OTHER], erased_by="D-0231")

    note = Note.objects.get()

    assert "erased" in "".join(browser.get(PATH).page.one("div", id="notes").itertext())
    assert browser.post(f"/visitors/notes/{note.pk}/", {"text": "Again."}).status_code == 409
