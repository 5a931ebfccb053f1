"""A file of wishes: every line becomes a request or comes back with its sentence, and nothing is lost."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import erasure
from dashboard.core.access import Role
from dashboard.deletions.actions import intake as taking
from dashboard.deletions.intake import reading
from dashboard.deletions.models import DeletionRequest, Intake, IntakeLine
from dashboard.deletions.states import Status
from dashboard.notices.models import Notice
from tests.conftest import NOON
from tests.dashboard.deletions.conftest import carry_out_all

BERLIN = ZoneInfo("Europe/Berlin")
GOOD = {
    "visitor_id": "v1",
    "linked_id": "",
    "received_at": "2026-06-10 09:30",
    "law": "gdpr",
    "legal_basis": "Art. 17(1)(a)",
    "source": "email",
    "ticket": "T-1",
    "reason": "Asked by e-mail.",
    "identity": "phone",
    "verified_by": "Tom Okafor",
}


def file_of(*lines: dict, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(reading.COLUMNS)
    writer.writerows([(GOOD | line)[name] for name in reading.COLUMNS] for line in lines)
    return text.getvalue().encode()


def read(data: bytes) -> list[reading.ReadLine]:
    return reading.read_file(data, zone=BERLIN, now=NOON)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_good_line_is_read_in_the_zone_of_who_sends_it(delimiter):
    (line,) = read(b"\xef\xbb\xbf" + file_of({}, delimiter=delimiter))

    assert (line.number, line.faults, line.visitor_id) == (2, [], "v1")
    assert line.received_at == datetime(2026, 6, 10, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes,sentence",
    [
        ({"visitor_id": ""}, "Neither visitor_id nor linked_id"),
        ({"visitor_id": "<b>"}, "“<b>” is no visitor id"),
        ({"visitor_id": "v" * 65}, "is no visitor id"),
        ({"visitor_id": "1795333867327.NLOjmg"}, "“1795333867327.NLOjmg” is an event id, no visitor id"),
        ({"linked_id": "x" * 257}, "at most 256 characters"),
        ({"received_at": ""}, "received_at is empty"),
        ({"received_at": "yesterday"}, "received_at is “yesterday”"),
        ({"received_at": "2026-13-45"}, "received_at is “2026-13-45”"),
        ({"received_at": "2026-06-16"}, "received_at is in the future"),
        ({"received_at": "1999-01-01"}, "more than three years ago"),
        ({"law": "lex mercatoria"}, "law is “lex mercatoria”; it must be one of: gdpr, ccpa, other"),
        ({"source": "crow"}, "source is “crow”"),
        ({"identity": "guess"}, "identity is “guess”"),
        ({"verified_by": ""}, "say who verified"),
        ({"reason": ""}, "reason is empty"),
        ({"reason": "x" * 2001}, "more than 2000 characters"),
        ({"ticket": "x" * 65}, "more than 64 characters"),
        ({"ticket": "1795333867327.NLOjmg"}, "ticket: This holds what looks like an event id"),
        ({"legal_basis": "maya@shop.example"}, "legal_basis: This holds what looks like an e-mail address"),
        ({"verified_by": "203.0.113.7"}, "verified_by: This holds what looks like an address"),
        ({"ticket": "of acct_1", "linked_id": "acct_1"}, "ticket: Leave out the ids of who is erased"),
        ({"reason": "a\0b"}, "a character that no text has"),
    ],
)
def test_a_bad_line_says_what_is_wrong(changes, sentence):
    (line,) = read(file_of(changes))

    assert sentence in " ".join(line.faults)


def test_one_line_may_have_several_faults_and_the_others_none():
    bad, good = read(file_of({"law": "x", "source": "y"}, {"visitor_id": "v2"}))

    assert len(bad.faults) == 2
    assert good.faults == []


def test_the_same_visitor_with_the_same_ticket_twice_names_the_first_line():
    lines = read(file_of({}, {"visitor_id": "v2"}, {}))

    assert [line.faults for line in lines] == [[], [], ["The same visitor, account and ticket stand in line 2."]]


@pytest.mark.parametrize(
    "data,sentence",
    [
        (b"", "must name the columns"),
        (b"a,b\n1,2\n", "must name the columns"),
        (b"visitor_id,reason\nv1,x\n", "does not name law, received_at, source"),
        (b"visitor_id,visitor_id,law,received_at,source,reason\nv1,v1,gdpr,2026-06-10,email,x\n", "twice"),
        (file_of(), "no line below it"),
        ("visitor_id,reason\nv1,Käse".encode("latin-1"), "not UTF-8"),
        (file_of(*[{}] * 10_001), "Split it"),
        (b"x" * (4 * 1024 * 1024 + 1), "larger than 4 MB"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_says_so(data, sentence):
    with pytest.raises(reading.UnreadableFile, match=sentence):
        read(data)


def test_a_cell_without_end_is_a_line_with_a_fault_and_the_next_goes_on():
    lines = read(file_of({"reason": "x" * 200_000}, {"visitor_id": "v2"}))

    assert [bool(line.faults) for line in lines] == [True, False]


@given(data=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_is_sent_is_read_or_refused_with_a_sentence(data):
    for body in (data, file_of({}) + data):
        try:
            lines = read(body)
        except reading.UnreadableFile:
            continue
        assert all(line.faults or line.received_at for line in lines)


def test_lines_of_one_ticket_are_one_request_and_lines_without_one_stand_alone():
    lines = read(
        file_of(
            {},
            {"visitor_id": "v2"},
            {"visitor_id": "v3", "ticket": "T-2"},
            {"visitor_id": "v4", "ticket": ""},
            {"visitor_id": "v5", "ticket": ""},
            {"visitor_id": "v6", "ticket": "", "linked_id": "acct_1"},
            {"visitor_id": "v7", "ticket": "", "linked_id": "acct_1"},
        )
    )
    reading.group_lines(lines)

    groups = [line.group for line in lines]
    assert groups[0] == groups[1]
    assert groups[5] == groups[6]
    assert len(set(groups)) == 5


# -- Taken in -----------------------------------------------------------------------------------------------


def send(browser, data: bytes):
    form = browser.get(reverse("deletions:files")).page.form(button="Read the file")
    return browser.submit(form, file=SimpleUploadedFile("wishes.csv", data, "text/csv"))


def take_all_in(clock) -> None:
    while taking.take_in_due(now=clock.now):
        pass


def test_a_file_is_read_shown_confirmed_and_asked_for_in_the_background(desk, client_for, empty_sandbox, clock):
    browser = client_for(desk.asker)
    lines = [{}, {"visitor_id": "v2"}, {"visitor_id": "v3", "ticket": "T-2", "law": "x"}]
    page = browser.get(
        send(browser, file_of(*lines, {"visitor_id": "", "linked_id": "acct_9", "ticket": "T-3"})).url
    ).page
    assert "law is “x”" in page.text
    assert DeletionRequest.objects.count() == 0, "nothing before it is confirmed"

    browser.submit(page.form(button="Ask for 2 deletions"))
    take_all_in(clock)

    asked, draft = DeletionRequest.objects.order_by("status")[1], DeletionRequest.objects.get(status=Status.DRAFT)
    assert sorted(asked.visitors.values_list("visitor_id", flat=True)) == ["v1", "v2"]
    assert (asked.identity_method, asked.identity_by) == ("phone", "Tom Okafor")
    assert [each.value for each in draft.linked_ids.all()] == ["acct_9"]
    taken = Intake.objects.get()
    assert taken.state == Intake.State.DONE
    assert taken.lines.filter(request__isnull=True).count() == 1, "the line with the fault is still there"
    assert Notice.objects.filter(kind="deletion.several_wait", to=desk.approver).count() == 1
    assert not Notice.objects.filter(to=desk.asker).exists()


def test_a_worker_that_died_half_way_asks_for_nothing_twice(desk, client_for, empty_sandbox, clock, monkeypatch):
    browser = client_for(desk.asker)
    lines = [{"visitor_id": f"v{n}", "ticket": f"T-{n}"} for n in range(5)]
    browser.post(reverse("deletions:take_in", args=[_number(send(browser, file_of(*lines)))]))
    monkeypatch.setattr(taking, "GROUPS_AT_ONCE", 2)

    taking.take_in_due(now=clock.now)
    Intake.objects.update(lease_token="dead", lease_until=clock.now + timedelta(minutes=2))
    assert not taking.take_in_due(now=clock.now)
    clock.advance(minutes=3)
    take_all_in(clock)

    assert DeletionRequest.objects.count() == 5


def test_visitors_just_erased_and_duplicates_of_open_requests_come_back_with_a_sentence(
    desk, visitor, client_for, clock
):
    erased = visitor()
    done = desk.approved(erased)
    carry_out_all()
    open_request = desk.ask("v2", ticket="T-1")
    browser = client_for(desk.asker)

    text = browser.get(send(browser, file_of({"visitor_id": erased}, {"visitor_id": "v2"})).url).page.text

    assert f"accepted its deletion in {done.number} less than 24 hours ago" in text
    assert f"{open_request.number} asks for it already with the same ticket" in text


def test_the_lines_with_a_fault_can_be_taken_away_corrected_and_hold_no_formula(desk, client_for, empty_sandbox):
    browser = client_for(desk.asker)
    number = _number(send(browser, file_of({"reason": "=cmd()", "law": "x"}, {"visitor_id": "v2"})))

    rows = list(csv.reader(io.StringIO(browser.get(reverse("deletions:file_faults", args=[number])).text)))

    assert rows[1][reading.COLUMNS.index("reason")] == "'=cmd()"
    assert "law is “x”" in rows[1][-1]
    assert len(rows) == 2


def test_ten_thousand_lines_with_mixed_faults_lose_nothing(desk, client_for, empty_sandbox):
    faults = ({}, {"law": "x"}, {"visitor_id": "<b>"}, {"received_at": "2030-01-01"}, {"reason": ""})
    lines = [{"visitor_id": f"v{n}", "ticket": f"T-{n // 20}"} | faults[n % 5] for n in range(10_000)]

    number = _number(send(client_for(desk.asker), file_of(*lines)))

    stored = IntakeLine.objects.filter(intake=number)
    assert stored.count() == 10_000
    assert stored.filter(fault_bytes=b"").exclude(group="").count() == 2_000
    assert stored.exclude(fault_bytes=b"").filter(group="").count() == 8_000


def test_a_file_is_its_senders_alone_and_can_be_let_go(desk, client_for, empty_sandbox):
    browser = client_for(desk.asker)
    number = _number(send(browser, file_of({})))

    assert client_for(desk.approver).get(reverse("deletions:file", args=[number])).status_code == 404
    browser.post(reverse("deletions:drop_file", args=[number]))

    assert IntakeLine.objects.count() == 0
    assert browser.post(reverse("deletions:take_in", args=[number])).status_code == 409


def test_erasing_a_visitor_empties_its_lines(desk, client_for, empty_sandbox):
    send(client_for(Role.SUPPORT), file_of({"visitor_id": "visitor-1"}, {"visitor_id": "visitor-2"}))

    erasure.erase(["visitor-1"], erased_by="D-0001")

    assert list(IntakeLine.objects.order_by("number").values_list("visitor_id", flat=True)) == ["", "visitor-2"]
    assert bytes(IntakeLine.objects.order_by("number")[0].cells) == b"[]"


def test_the_form_says_what_is_wrong_with_the_file(desk, client_for, empty_sandbox):
    browser = client_for(desk.asker)

    assert "must name the columns" in send(browser, b"hello").page.text
    assert browser.post(reverse("deletions:files"), {"form_token": "0" * 32}).status_code == 422


def _number(answer) -> int:
    return int(answer.url.rstrip("/").rpartition("/")[2])
