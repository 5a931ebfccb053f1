"""What is not quite JSON, or not quite as promised, costs the field it is in and nothing else."""

import json
from contextlib import suppress

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from fingerprint_integration.wire.tolerance import Drift, Malformed, items, members, mend, read


class Inner(msgspec.Struct):
    text: str | None = None
    number: int | None = None


class Outer(msgspec.Struct):
    text: str | None = None
    number: int | None = None
    share: float | None = None
    claim: bool | None = None
    inner: Inner | None = None
    many: tuple[Inner, ...] | None = None
    free: msgspec.Raw = msgspec.Raw()


DECODER = msgspec.json.Decoder(Outer)


@pytest.mark.parametrize(
    "written, name, expected",
    [
        (rb'{"text":"\ud800"}', "text", "�"),
        (rb'{"text":"a\udfffb\ud83d\ude00"}', "text", "a�b😀"),
        (rb'{"text":"\\ud800"}', "text", r"\ud800"),
        (rb'{"text":"\\\ud800"}', "text", "\\�"),
        (rb'{"text":"\u0000"}', "text", "\x00"),
        (b'{"text":"\xff"}', "text", "�"),
        (b'{"text":"a\nb"}', "text", "a\nb"),
        (b'{"text":7}', "text", None),
        (b'{"text":null}', "text", None),
        (b'{"text":["a"]}', "text", None),
        (b'{"text":"first","text":"last"}', "text", "last"),
        (b'{"number":9007199254740993}', "number", 9007199254740993),
        (b'{"number":123456789012345678901234567890}', "number", 123456789012345678901234567890),
        (b'{"number":' + b"9" * 10_000 + b"}", "number", None),
        (b'{"number":3.0}', "number", 3),
        (b'{"number":3.5}', "number", None),
        (b'{"number":true}', "number", None),
        (b'{"number":"3"}', "number", None),
        (b'{"number":NaN}', "number", None),
        (b'{"share":1e999}', "share", None),
        (b'{"share":NaN}', "share", None),
        (b'{"share":-Infinity}', "share", None),
        (b'{"share":1}', "share", 1.0),
        (b'{"claim":"true"}', "claim", None),
        (b'{"claim":1}', "claim", None),
        (b'{"inner":[]}', "inner", None),
        (b'{"inner":"x"}', "inner", None),
        (b'{"many":{}}', "many", None),
        (b'{"text":"ok","unknown":NaN}', "text", "ok"),
        (b'{"text":"ok","unknown":"\xff"}', "text", "ok"),
    ],
)
def test_one_odd_field_reads_as(written, name, expected):
    found, _ = read(DECODER, written)

    assert getattr(found, name) == expected


def test_the_fields_around_an_odd_one_are_read_and_the_odd_one_is_counted():
    found, drifts = read(DECODER, b'{"text":"here","number":"odd","inner":{"text":"deep","number":[]},"claim":true}')

    assert (found.text, found.number, found.claim, found.inner.text) == ("here", None, True, "deep")
    assert drifts == [Drift("wrong type", "number"), Drift("wrong type", "inner.number")]


def test_one_odd_item_does_not_lose_the_list():
    found, drifts = read(DECODER, b'{"many":[{"text":"one"},7,{"text":"two"},[]],"number":NaN}')

    assert [item.text for item in found.many] == ["one", "two"]
    assert Drift("wrong type", "many") in drifts


def test_free_json_is_kept_as_it_was_written_beside_an_odd_field():
    found, _ = read(DECODER, b'{"free": {"a" : [1, 2.50]} , "number":"odd"}')

    assert bytes(found.free) == b'{"a" : [1, 2.50]}'


@pytest.mark.parametrize("depth", [10, 1_000, 200_000])
def test_nesting_without_end_is_stepped_over(depth):
    found, _ = read(DECODER, b'{"deep":' + b"[" * depth + b"]" * depth + b',"text":"behind"}')

    assert found.text == "behind"


def test_a_nest_where_text_is_wanted_is_no_text():
    found, _ = read(DECODER, b'{"text":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b',"number":1}')

    assert (found.text, found.number) == (None, 1)


def test_a_text_of_a_megabyte_is_a_text():
    found, _ = read(DECODER, b'{"text":"' + b"x" * 1_000_000 + rb'\ud800"}')

    assert len(found.text) == 1_000_001


@pytest.mark.parametrize(
    "written",
    [b"", b"null", b"[]", b'"text"', b"<html>", b'{"text":"cut', b'{"text":"a"', b'{"a":1}}', b'{"a":[}', b'{"a":1} x'],
)
def test_what_is_no_object_is_malformed(written):
    with pytest.raises(Malformed):
        members(written)


def test_brackets_inside_texts_are_text():
    assert members(rb'{"a":"}\"{[","b":[1,"]"]}') == {"a": rb'"}\"{["', "b": b'[1,"]"]'}
    assert items(b' [ {"x":"]"} , 2 , [3] ] ') == [b'{"x":"]"}', b"2", b"[3]"]
    assert items(b"[]") == []


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.integers() | st.text(), st.lists, max_leaves=8)))
def test_members_cuts_what_json_wrote(value):
    pieces = members(json.dumps(value).encode())

    assert {name: json.loads(piece) for name, piece in pieces.items()} == value


@given(st.lists(st.recursive(st.none() | st.floats(allow_nan=False) | st.text(), st.lists, max_leaves=8)))
def test_items_cuts_what_json_wrote(value):
    assert [json.loads(piece) for piece in items(json.dumps(value).encode())] == value


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_mended_text_is_valid_and_differs_only_at_surrogates(text):
    written = json.dumps(text).encode()
    mended = json.loads(mend(written))

    mended.encode()  # no surrogate is left
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert len(mended) == len(whole)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert mend(written) == written


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_it_fail_in_another_way(raw):
    with suppress(Malformed):
        read(DECODER, raw)
