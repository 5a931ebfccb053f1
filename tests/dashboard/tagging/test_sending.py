"""Which events people send: chosen rows, pasted ids, files; what is fine is kept, what is not is said."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from dashboard.tagging import policy
from dashboard.tagging.models import BulkJob
from dashboard.tagging.sending import read

Source = BulkJob.Source


def file_of(content: bytes):
    return {"file": SimpleUploadedFile("ids.csv", content)}


def ids(reading) -> list[str]:
    return [each.event_id for each in reading.sent.events]


def test_chosen_events_keep_their_order_and_stand_once():
    data = QueryDict("event=2.b&event=1.a&event=2.b&visitor.1.a=Ibk152&visitor.9.z=nobody&ids=3.c,,4.d%0A1.a")

    reading = read(data, {})

    assert [(each.event_id, each.visitor_id) for each in reading.sent.events] == [
        ("2.b", ""), ("1.a", "Ibk152"), ("3.c", ""), ("4.d", ""),
    ]  # fmt: skip
    assert (reading.sent.doubled, reading.sent.malformed, reading.problem) == (2, 0, "")


@pytest.mark.parametrize("bad", ["..", "a/b", "a b\x00", "x" * 65, "<script>", "ä", "%2e"])
def test_what_is_no_id_is_counted_and_left_out(bad):
    data = QueryDict(mutable=True)
    data.setlist("event", ["1.a", bad])
    data["visitor.1.a"] = bad

    reading = read(data, {})

    assert [(each.event_id, each.visitor_id) for each in reading.sent.events] == [("1.a", "")]
    assert reading.sent.malformed == 1


def test_nothing_and_too_much_are_said_in_words():
    assert read(QueryDict(""), {}).ids_problem == "Choose or paste at least one event: none was sent."
    assert "none of this is one" in read(QueryDict("ids=a/b"), {}).ids_problem
    many = "\n".join(f"1.{number}" for number in range(policy.MOST_EVENTS + 1))
    assert read(QueryDict(""), file_of(many.encode())).file_problem.startswith("These are 100,001 events. One job")


@pytest.mark.parametrize(
    "content",
    [
        b"1.a\n2.b\n",
        b"event_id\n1.a\n2.b\n",
        b"\xef\xbb\xbfEvent ID;note\r\n1.a;x\r\n2.b;y\r\n",
        b"note\trequest_id\nx\t1.a\n\n y\t 2.b\n",
        b'when,"event_id"\n"a, b",1.a\n"two\nlines",2.b\n',
        "event_id\n1.a\n2.b\n".encode("utf-16"),
        b"Identifier\n1.a\n2.b",
    ],
)
def test_a_file_of_ids_is_read_whatever_its_columns(content):
    reading = read(QueryDict(""), file_of(content))

    assert (ids(reading), reading.sent.source, reading.problem) == (["1.a", "2.b"], Source.FILE, "")


def test_a_file_may_name_the_visitors_beside_the_events():
    reading = read(QueryDict(""), file_of(b"event_id,visitor_id\n1.a,Ibk152\n2.b,not/one\n"))

    assert [each.visitor_id for each in reading.sent.events] == ["Ibk152", ""]


def test_doubled_and_malformed_lines_of_a_file_are_counted_and_the_rest_is_kept():
    reading = read(QueryDict(""), file_of(b"event_id,x\n1.a,1\n1.a,2\n=cmd()/,3\n,4\n2.b,5\n"))

    assert ids(reading) == ["1.a", "2.b"]
    assert (reading.sent.doubled, reading.sent.malformed) == (1, 2)


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\xff\xff", "Save it as CSV"),
        (b"1.a\x00", "no text file"),
        (b"account,amount\nx,1\n", "Name the column that holds the ids event_id"),
        (b'event_id,"note\n1.a,b', "Check its quotes|none of this is one|at least one"),
        (b"event_id\n" + b'"' + b"x" * 200_000 + b'"\n', "Check its quotes"),
        (b"event_id\nnot/one\n", "none of this is one"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(content, sentence):
    reading = read(QueryDict(""), file_of(content))

    assert re.search(sentence, reading.file_problem), reading.file_problem


def test_a_file_that_was_too_large_says_so_before_anything_else():
    assert "at most 8 MB" in read(QueryDict("event=1.a"), {}, was_too_large=True).file_problem
