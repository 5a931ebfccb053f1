"""Files beside notes: told by their content, taken away and never shown, forgotten with their visitor."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.audit.models import AuditEntry, AuditMention
from dashboard.audit.refusals import Refused
from dashboard.core import erasure, facts, holdings
from dashboard.core.access import Role
from dashboard.visitors import files
from dashboard.visitors.actions import notes
from dashboard.visitors.files import SentFile
from dashboard.visitors.models import Note, NoteFile
from tests.factories import person
from tests.pages import text_of

pytestmark = pytest.mark.django_db
VISITOR, OTHER = "a9FVkzMnpeKfWp4RADzY", "b9FVkzMnpeKfWp4RADzZ"
PATH = f"/visitors/{VISITOR}/notes/"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00\x00\x00\x01" * 4
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
HTML = b"<!doctype html><script>alert(document.domain)</script>"


def attach(browser, *sent, text="Her letter.", path=PATH):
    return browser.post(path, {"text": text, "ticket": "", "attached": [SimpleUploadedFile(*each) for each in sent]})


def take(browser, file):
    return browser.get(f"/visitors/notes/files/{file.pk}/")


def said(kind):
    """The personal values of the newest entry of this kind, by role."""
    mentions = AuditMention.objects.filter(entry=AuditEntry.objects.filter(kind=kind).latest("pk"))
    return {mention.role: mention.subject.text for mention in mentions.select_related("subject")}


def details(kind):
    return json.loads(bytes(AuditEntry.objects.filter(kind=kind).latest("pk").body))["details"]


def error(answer):
    return text_of(answer.page.one("p", id="note_attached_error"))


@pytest.mark.parametrize(
    "name, content, kind, content_type, ending",
    [
        ("a.png", PNG, "png", "image/png", "png"),
        ("a.jpg", JPEG, "jpeg", "image/jpeg", "jpg"),
        ("a.pdf", PDF, "pdf", "application/pdf", "pdf"),
        ("a.csv", "name,äöü\n".encode(), "text", "text/plain; charset=utf-8", "txt"),
        ("a.json", b'\xef\xbb\xbf{"a": 1}', "text", "text/plain; charset=utf-8", "txt"),
        # What is in a file decides, not what it is called; markup and two things at once are taken away like the rest.
        ("page.html", HTML, "text", "text/plain; charset=utf-8", "txt"),
        ("page.html", PNG + HTML, "png", "image/png", "png"),
        ("run.exe", PDF + b"PK\x03\x04MZ" + HTML, "pdf", "application/pdf", "pdf"),
    ],
)
def test_a_file_is_taken_away_as_what_it_is_and_never_shown(client_for, name, content, kind, content_type, ending):
    browser = client_for(Role.SUPPORT)
    assert attach(browser, (name, content, "text/html")).status_code == 302
    file = NoteFile.objects.get()
    assert (file.kind, file.size, file.sha256) == (kind, len(content), hashlib.sha256(content).hexdigest())

    answer = take(client_for(Role.COMPLIANCE), file)

    assert answer.content == content
    assert {name: answer.headers[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")} == {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="note-{file.note_id}-file-{file.pk}.{ending}"',
        "Cache-Control": "no-store",
    }
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    page = browser.get(PATH).page
    assert not [each for each in page.all("img", "iframe", "object", "embed") if "files" in each.get("src", "")]


@pytest.mark.parametrize(
    "name, content, sentence",
    [
        ("a.png", b"GIF89a\x01\x00", "is no PNG, JPEG, PDF or text"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "is no PNG, JPEG, PDF or text"),
        ("a.pdf", b"MZ\x90\x00" + PDF, "is no PNG, JPEG, PDF or text"),
        ("a.txt", "ä".encode("latin-1"), "is no PNG, JPEG, PDF or text"),
        ("a.txt", "text".encode("utf-16"), "is no PNG, JPEG, PDF or text"),
        ("a.txt", b"a\x00b", "is no PNG, JPEG, PDF or text"),
        ("a.txt", b"", "is empty"),
        ("a.svg", b"<svg xmlns='x'><script>1</script></svg>", "is an SVG"),
        (
            "a.txt",
            b"\xef\xbb\xbf <?xml version='1.0'?><!-- <p> -->\n<!DOCTYPE svg [<!ENTITY a 'b'>]>\n<x:SVG/>",
            "is an SVG",
        ),
        ("a.txt", b"a" * (1024 * 1024 + 1), "is larger than 1 MB"),
    ],
)
def test_what_is_not_taken_is_said_and_the_text_is_kept(client_for, settings, name, content, sentence):
    settings.NOTE_FILE_MB = 1
    browser = client_for(Role.SUPPORT)

    answer = attach(browser, (name, content), ("good.png", PNG))

    assert answer.status_code == 422
    assert f"“{name}” {sentence}" in error(answer)
    assert answer.page.one("textarea", name="text").text.strip() == "Her letter."
    assert not Note.objects.exists()
    entry = AuditEntry.objects.get(kind="note.refused")
    assert (entry.outcome, entry.actor_id, entry.target_type) == ("refused", browser.person.pk, "visitor")
    assert name not in json.dumps(details("note.refused")), "the log keeps details for good"


def test_too_many_files_are_refused_also_when_some_stand_already(client_for):
    browser = client_for(Role.SUPPORT)
    five = [(f"{number}.png", PNG + bytes([number])) for number in range(5)]

    assert "at most 5 files" in error(attach(browser, *five, ("6.png", PNG)))
    assert attach(browser, *five).status_code == 302

    note = Note.objects.get()
    path = f"/visitors/notes/{note.pk}/"
    answer = browser.post(path, {"text": "More.", "attached": SimpleUploadedFile("6.png", PNG)})
    assert answer.status_code == 422
    assert "Take some off" in answer.page.text
    sent = [SentFile("6.png", NoteFile.Kind.PNG, PNG)]
    with pytest.raises(Refused):
        notes.edit_note(note=note, text="More.", files=sent, by=browser.person, now=timezone.now())
    assert NoteFile.objects.count() == 5


def test_what_is_far_too_large_is_read_past_and_not_held(client_for, settings):
    settings.UPLOAD_MOST_BYTES, settings.UPLOAD_MOST_BYTES_TOGETHER = 200_000, 300_000
    browser = client_for(Role.SUPPORT)

    for sent in ([("huge.txt", b"a" * 900_000)], [(f"{each}.txt", b"a" * 150_000) for each in range(4)]):
        answer = attach(browser, *sent)

        assert answer.status_code == 422
        assert "or all together are too large" in error(answer)
        assert len(answer.wsgi_request.FILES.getlist("attached")) <= 2, "no more than the limit was held"
    assert not Note.objects.exists()


def test_a_form_that_comes_back_for_another_reason_says_that_files_are_to_be_chosen_again(client_for):
    answer = attach(client_for(Role.SUPPORT), ("a.png", PNG), text="")

    assert answer.status_code == 422
    assert "Choose them again" in error(answer)


@pytest.mark.parametrize(
    "name, kept",
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\maya\\letter.pdf", "letter.pdf"),
        ("a\u202egnp.exe", "a gnp.exe"),
        ('x"\r\nSet-Cookie: a=b.png', 'x" Set-Cookie: a=b.png'),
        ("a\x00b\u200b.txt", "a b .txt"),
        ("x" * 300 + ".pdf", "x" * 95 + "….pdf"),
        ("y" * 300, "y" * 99 + "…"),
        ("", "file"),
        ("..", "file"),
        ("<b>&amp;.png", "<b>&amp;.png"),
    ],
)
def test_a_name_is_made_harmless(name, kept):
    assert files.clean_name(name) == kept
    assert len(kept) <= files.LONGEST_NAME


def test_a_hostile_name_is_shown_as_text_and_stands_in_no_header(client_for):
    browser = client_for(Role.SUPPORT)
    attach(browser, ('"><script>alert(1)<b>\u202e;x=.png', PNG))
    file = NoteFile.objects.get()

    page = browser.get(PATH).page

    link = page.one("a", href=f"/visitors/notes/files/{file.pk}/")
    assert text_of(link) == file.name
    assert "<b>" in file.name
    assert "\u202e" not in page.html
    assert "script" not in str(take(browser, file).headers).replace("script-src", "")


def test_attaching_and_taking_are_written_down_with_hashes_that_go_with_the_visitor(client_for):
    browser = client_for(Role.SUPPORT)
    attach(browser, ("letter.pdf", PDF), ("face.png", PNG))
    first, second = NoteFile.objects.order_by("pk")

    assert details("note.added") == {"files": 2}
    both = said("note.added")["files"]
    for file, kind in ((first, "PDF"), (second, "PNG")):
        assert f"{file.name} ({kind}, {file.size} bytes, SHA-256 {file.sha256})" in both

    take(browser, first)

    assert details("note.file_taken") == {"bytes": len(PDF)}
    assert "letter.pdf (PDF" in said("note.file_taken")["file"]
    erasure.erase([VISITOR], erased_by="D-0231")
    assert not said("note.added")["files"]
    assert not said("note.file_taken")["file"]


def test_an_author_takes_files_off_and_attaches_others(client_for):
    browser = client_for(Role.SUPPORT)
    attach(browser, ("old.pdf", PDF), ("stays.png", PNG))
    note = Note.objects.get()
    old = NoteFile.objects.get(name="old.pdf")
    path = f"/visitors/notes/{note.pk}/"
    form = browser.get(path).page.form(button="Change the note")

    answer = browser.submit(form, taken_off=[str(old.pk)], attached=[SimpleUploadedFile("new.txt", b"new")])

    assert answer.status_code == 302
    assert set(note.files.values_list("name", flat=True)) == {"stays.png", "new.txt"}
    assert details("note.edited") == {"files_attached": 1, "files_taken_off": 1}
    assert "new.txt" in said("note.edited")["attached"]
    assert "old.pdf" in said("note.edited")["taken_off"]
    assert take(browser, old).status_code == 404

    browser.post(f"{path}remove/")
    assert not NoteFile.objects.exists()
    assert details("note.removed") == {"files": 2}


def test_a_file_of_another_note_cannot_be_taken_off(client_for):
    browser = client_for(Role.SUPPORT)
    attach(browser, ("a.png", PNG), text="One.")
    attach(browser, ("b.png", PNG), text="Two.")
    one, two = Note.objects.order_by("pk")

    answer = browser.post(f"/visitors/notes/{one.pk}/", {"text": "One.", "taken_off": [two.files.get().pk]})

    assert answer.status_code == 422
    assert two.files.count() == 1


def test_nobody_else_attaches_and_nobody_does_when_the_time_is_over(client_for, clock, settings):
    settings.NOTE_EDITABLE_FOR = timedelta(minutes=10)
    browser = client_for(Role.SUPPORT)
    attach(browser, ("a.png", PNG))
    path = f"/visitors/notes/{Note.objects.get().pk}/"

    def late():
        return {"text": "Her letter.", "attached": SimpleUploadedFile("b.png", PNG)}

    assert client_for(Role.FRAUD_LEAD).post(path, late()).status_code == 403
    clock.advance(minutes=10)
    assert browser.post(path, late()).status_code == 409
    assert NoteFile.objects.get().name == "a.png"
    assert AuditEntry.objects.filter(kind="note.refused", outcome="refused").count() == 2


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_not_read_notes_takes_no_file(client_for, role):
    attach(client_for(Role.SUPPORT), ("a.png", PNG))

    assert take(client_for(role), NoteFile.objects.get()).status_code == 403
    assert not AuditEntry.objects.filter(kind="note.file_taken").exists()


@pytest.mark.parametrize("number", [0, 2**63, 10**30])
def test_a_number_that_no_file_has_is_not_found(client_for, number):
    assert client_for(Role.SUPPORT).get(f"/visitors/notes/files/{number}/").status_code == 404


def test_a_form_sent_twice_keeps_its_files_once_and_other_files_make_another_note(client_for):
    browser = client_for(Role.SUPPORT)
    for content in (PNG, PNG, JPEG):
        attach(browser, ("a", content))

    assert Note.objects.count() == 2
    assert NoteFile.objects.count() == 2


def test_notes_without_files_take_none_when_the_house_wants_none(client_for, settings):
    settings.NOTE_FILES = 0
    browser = client_for(Role.SUPPORT)

    assert not browser.get(PATH).page.all("input", name="attached")
    assert attach(browser, ("a.png", PNG)).status_code == 302
    assert not NoteFile.objects.exists()


def test_lists_do_not_read_what_is_in_files(client_for):
    browser = client_for(Role.SUPPORT)
    attach(browser, ("a.png", PNG))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        browser.get(PATH)
        facts.about([VISITOR])
        holdings.about([VISITOR])

    assert [each["sql"] for each in asked if "visitors_notefile" in each["sql"]]
    assert not [each["sql"] for each in asked if '"visitors_notefile"."content"' in each["sql"]]


def test_every_feature_knows_how_many_and_an_access_request_names_them(client_for):
    attach(client_for(Role.SUPPORT), ("letter.pdf", PDF), ("face.png", PNG))

    assert [each.claim for each in facts.about([VISITOR])] == ["1 note with 2 files"]
    held = [row for row in holdings.about([VISITOR])["notes and hand-overs"] if row["kind"] == "file of a note"]
    assert [(row["name"], row["type"], row["bytes"]) for row in held] == [
        ("letter.pdf", "PDF", len(PDF)),
        ("face.png", "PNG", len(PNG)),
    ]
    assert held[0]["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert held[0]["taken at"] == f"/visitors/notes/files/{NoteFile.objects.get(name='letter.pdf').pk}/"


def test_erasing_takes_files_along_and_those_elsewhere_that_name_the_visitor():
    author, now = person(Role.SUPPORT), timezone.now()

    def write(visitor_id, text, *sent):
        notes.add_note(visitor_id=visitor_id, text=text, files=[files.read(*each) for each in sent], by=author, now=now)

    write(VISITOR, "Hers.", ("a.png", PNG))
    write(OTHER, "Stays.", (f"{VISITOR}.png", PNG), ("list.csv", f"id\n{VISITOR}\n".encode()), ("stays.txt", b"x"))
    write(OTHER, f"Same as {VISITOR}.", ("beside.jpg", JPEG))

    counted = erasure.erase([VISITOR], erased_by="D-0231")

    assert counted["notes"] == 5, "a note with its file, two files, a note emptied"
    left = [(each.name, bytes(each.content), each.sha256) for each in NoteFile.objects.order_by("pk")]
    assert left == [("", b"", ""), ("", b"", ""), ("stays.txt", b"x", hashlib.sha256(b"x").hexdigest())]
    assert [each.claim for each in facts.about([OTHER])] == ["2 notes with 1 file"]


def test_a_file_that_was_erased_is_said_to_be_so_and_is_not_there(client_for):
    browser = client_for(Role.SUPPORT)
    attach(browser, (f"{OTHER}.png", PNG))
    erasure.erase([OTHER], erased_by="D-0231")

    assert "erased" in text_of(browser.get(PATH).page.one("ul", class_="note-files"))
    assert take(browser, NoteFile.objects.get()).status_code == 404
    form = browser.get(f"/visitors/notes/{Note.objects.get().pk}/").page.form(button="Change the note")
    browser.submit(form, taken_off=[str(NoteFile.objects.get().pk)])
    assert not NoteFile.objects.exists()
