"""What people type to confirm a list: the change, its value, why, and how many."""

import pytest
from django.core.exceptions import ValidationError

from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.forms import ConfirmForm, digest, parse_tags

VALID = {"change": "suspect", "reason": "ring", "list_hash": "0" * 64}


def form_of(typed, *, count=2, **more) -> ConfirmForm:
    return ConfirmForm(VALID | typed, count=count, **more)


@pytest.mark.parametrize(
    "typed, tags",
    [
        ('{"a": 1, "b": {"c": [true, null]}}', {"a": 1, "b": {"c": [True, None]}}),
        ("{}", {}),
        ("campaign=autumn\n\n  order = A-1=2  \r\nempty=", {"campaign": "autumn", "order": "A-1=2", "empty": ""}),
        ("vip=true", {"vip": "true"}),
        ('{"n": 12345678901234567890123}', {"n": 12345678901234567890123}),
    ],
)
def test_tags_are_an_object_or_lines(typed, tags):
    assert parse_tags(typed) == tags


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ('{"a": 1', "line 1, column 8"),
        ("[1, 2]", "Tags are an object"),
        ('"text"', "Tags are an object"),
        ("just words", "Write key=value in line 1"),
        ("a=1\n=2", "line 2"),
        ("a=1\na=2", "stands twice"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": "\\ud800"}', "half character"),
        ("a=" + "ä" * 8192, "16 KB, these are 16,392 bytes"),
        ('{"a":' * 40 + "1" + "}" * 40, "Nest the tags less deeply"),
        ('{"a":' * 100_000, "too large|no JSON"),
        ('{"a": ' + "9" * 5000 + "}", "too large"),
    ],
)
def test_what_is_no_object_is_said_in_a_sentence(typed, sentence):
    with pytest.raises(ValidationError, match=sentence):
        parse_tags(typed)


@pytest.mark.parametrize(
    "typed, change",
    [
        ({"change": "tags", "tags": "a=1"}, Change(ChangeKind.TAGS, {"a": "1"})),
        ({"change": "tags", "tags": "{}"}, Change(ChangeKind.TAGS, {})),
        ({"change": "tags_add", "tags": '{"a": [1]}'}, Change(ChangeKind.TAGS_ADD, {"a": [1]})),
        ({"change": "tags_remove", "keys": "a\n\n b c \na"}, Change(ChangeKind.TAGS_REMOVE, ["a", "b c"])),
        ({"change": "linked_id", "linked_id": "acct_1"}, Change(ChangeKind.LINKED_ID, "acct_1")),
        ({"change": "not_suspect"}, Change(ChangeKind.SUSPECT, False)),
    ],
)
def test_a_change_comes_out_of_the_form(typed, change):
    form = form_of(typed)

    assert form.is_valid(), form.errors
    assert form.wanted_change == change


def test_a_change_of_tags_is_shown_before_it_is_confirmed():
    first = form_of({"change": "tags_add", "tags": "a=1"})
    assert first.is_valid()
    assert first.must_show_difference

    seen = digest(first.wanted_change)
    again = form_of({"change": "tags_add", "tags": "a=1", "seen": seen})
    other = form_of({"change": "tags_add", "tags": "a=2", "seen": seen})

    assert again.is_valid()
    assert not again.must_show_difference
    assert other.is_valid()
    assert other.must_show_difference, "what was seen was another change"


@pytest.mark.parametrize(
    "typed, is_right", [("2000", True), ("2,000", True), ("2 000", True), ("200", False), ("", False)]
)
def test_the_number_of_many_events_is_typed(typed, is_right):
    form = form_of({"typed": typed}, count=2000)

    assert form.is_valid() is is_right
    if not is_right:
        assert "Type" in form.errors["typed"][0]


def test_a_few_events_and_an_undo_ask_for_less():
    assert "typed" not in form_of({}).fields
    undo = ConfirmForm({"reason": "wrong ring", "list_hash": "0" * 64}, count=3, is_undo=True)
    assert undo.is_valid(), undo.errors
    assert undo.wanted_change is None


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"reason": " "}, "reason", "Say why"),
        ({"change": ""}, "change", "Choose what changes"),
        ({"change": "erase"}, "change", "erase is not one of"),
        ({"change": "linked_id"}, "linked_id", "Type the linked id"),
        ({"change": "linked_id", "linked_id": "x" * 257}, "linked_id", "takes 256 characters, this has 257"),
        ({"change": "linked_id", "linked_id": "a\x00b"}, "linked_id", "Null characters"),
        ({"change": "tags"}, "tags", "Type the tags"),
        ({"change": "tags", "tags": "nonsense"}, "tags", "key=value"),
        ({"change": "tags_add", "tags": "{}"}, "tags", "Type the tags that are added"),
        ({"change": "tags_remove"}, "keys", "Type the keys"),
        ({"change": "tags_remove", "keys": "k" * 17_000}, "keys", "16 KB"),
        ({"keys": "a"}, "keys", "Empty this field"),
        ({"linked_id": "acct_1"}, "linked_id", "Empty this field"),
        ({"tags": "a=1"}, "tags", "Empty this field"),
        ({"ticket": "x" * 65}, "ticket", "64"),
        ({"list_hash": "x"}, "list_hash", "valid value"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(typed, field, sentence):
    form = form_of(typed)

    assert not form.is_valid()
    assert sentence in " ".join(form.errors[field])
