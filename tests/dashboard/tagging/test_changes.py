"""When a wanted value stands in an event, and how values are kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.tagging.changes import Change, ChangeKind, from_bytes, same_json, to_bytes

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_what_is_stored_comes_back(value):
    assert from_bytes(to_bytes(value)) == value


@given(st.dictionaries(st.text(), json_values, max_size=6))
def test_the_order_of_an_object_says_nothing(tags):
    turned = dict(reversed(tags.items()))

    assert same_json(to_bytes(tags), json.dumps(turned, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "one, other",
    [
        (b'{"a":1}', b'{"a":true}'),
        (b'{"a":0}', b'{"a":false}'),
        (b'{"a":null}', b"{}"),
        (b'{"a":"1"}', b'{"a":1}'),
        (b'{"a":[1,2]}', b'{"a":[2,1]}'),
        (b'{"a":', b'{"a":1}'),
        (b"[" * 100_000, b"{}"),
    ],
)
def test_different_values_are_not_the_same(one, other):
    assert not same_json(one, other)


def test_numbers_are_the_same_however_they_are_written():
    assert same_json(b'{"a":1.0}', b'{"a":1}')


def test_a_change_survives_its_row():
    for change in (
        Change(ChangeKind.SUSPECT, False),
        Change(ChangeKind.LINKED_ID, "a\x00\ud800b"),
        Change(ChangeKind.TAGS, {"k": 10**400}),
    ):
        assert Change.stored(change.kind, change.stored_value) == change


def test_an_erased_value_is_no_change():
    with pytest.raises(ValueError, match="Expecting value"):
        Change.stored("suspect", b"")
