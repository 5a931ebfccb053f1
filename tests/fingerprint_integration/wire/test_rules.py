"""v4's `rule_action`, whatever stands in it."""

import pytest

from fingerprint_integration.rulings import HeaderChange, Ruling
from fingerprint_integration.wire.v4_rules import read_ruling


@pytest.mark.parametrize("raw", [None, b"[]", b"null", b'"block"', b"{", b""])
def test_what_is_no_ruling_is_none(raw):
    assert read_ruling(raw) is None


def test_an_empty_object_is_a_ruling_that_says_nothing():
    assert read_ruling(b"{}") == Ruling()


def test_members_of_another_type_are_left_out_and_the_others_stay():
    raw = b"""{"type": "block", "status_code": "403", "headers": [{"name": 7, "value": "x"}, 3, {"name": "A"}],
        "body": {"a": 1}, "rule_id": "r_1", "request_header_modifications": {"remove": ["B", 4], "set": "no"}}"""

    ruling = read_ruling(raw)

    assert (ruling.action, ruling.rule_id, ruling.status_code, ruling.body) == ("block", "r_1", None, None)
    assert ruling.headers == (HeaderChange("send", "A", None), HeaderChange("remove", "B"))


def test_words_nobody_foresaw_and_halves_of_characters_come_through():
    ruling = read_ruling(b'{"type": "challenge", "rule_expression": "a \\ud800 b", "of_tomorrow": [1]}')

    assert (ruling.action, ruling.expression) == ("challenge", "a \ufffd b")
