"""Filters: what may be typed, how it reads, and that none of the API's is forgotten."""

import msgspec
import pytest

from dashboard.events import filters
from dashboard.events.filter_kinds import (
    Unfit,
    address_or_range,
    identifier,
    is_exact_address,
    network_number,
    origin,
    score,
    text_of_at_most,
    version,
)
from fingerprint_integration.domain import EventQuery

NOT_FILTERS = {"limit", "start", "end", "reverse", "total_hits"}


def test_every_filter_of_the_api_is_in_the_form_once():
    names = [each.name for each in filters.FILTERS]

    assert len(names) == len(set(names))
    assert set(names) == set(EventQuery.__struct_fields__) - NOT_FILTERS


@pytest.mark.parametrize(
    "typed,sent",
    [
        ("94.142.239.124", "94.142.239.124"),
        ("94.142.239.124/21", "94.142.232.0/21"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_an_address_or_a_range_is_written_as_fingerprint_writes_it(typed, sent):
    assert address_or_range(typed) == sent


@pytest.mark.parametrize(
    "typed", ["", "localhost", "999.1.1.1", "10.0.0.0/33", "fe80::1%eth0", "1.2.3.4/", "١.٢.٣.٤", "1" * 70, "1.2.3.4 "]
)
def test_what_is_no_address_is_refused_with_a_sentence(typed):
    with pytest.raises(Unfit, match="Enter an address such as"):
        address_or_range(typed)


def test_one_address_is_told_apart_from_a_range():
    assert is_exact_address("94.142.239.124")
    assert is_exact_address("94.142.239.124/32")
    assert is_exact_address("2001:db8::1/128")
    assert not is_exact_address("94.142.239.0/24")


@pytest.mark.parametrize("typed", ["..", "a/b", "a?b", "a%2e", "", "ä", "x" * 65, "a b", "a\x00"])
def test_an_id_that_could_lead_elsewhere_is_refused(typed):
    with pytest.raises(Unfit):
        identifier("a visitor id")(typed)


def test_an_id_of_any_form_fingerprint_uses_is_taken():
    for known in ("Ibk1527CUFmcnjLwIs4A9", "0jnGMkPYXX37DqVa4ZIO3f_hr", "ae_47abaca3db2c7c43", "1708102555327.NLOjmg"):
        assert identifier("an id")(known) == known


def test_a_linked_id_of_256_characters_is_taken_and_a_longer_one_refused():
    assert text_of_at_most()("x" * 256)
    with pytest.raises(Unfit, match="Shorten this to 256 characters; it has 257"):
        text_of_at_most()("x" * 257)


@pytest.mark.parametrize("typed,sent", [("7922", "7922"), ("AS7922", "7922"), ("as1", "1")])
def test_a_network_number_loses_its_letters(typed, sent):
    assert network_number(typed) == sent


@pytest.mark.parametrize("typed", ["comcast", "AS", "-1", "1.5", "٧", "1" * 11])
def test_what_is_no_network_number_is_refused(typed):
    with pytest.raises(Unfit):
        network_number(typed)


@pytest.mark.parametrize(
    "typed,sent",
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("HTTP://Shop.Example:8080", "http://shop.example:8080"),
        ("https://[2001:db8::1]:1", "https://[2001:db8::1]:1"),
    ],
)
def test_a_site_is_its_scheme_host_and_port(typed, sent):
    assert origin(typed) == sent


@pytest.mark.parametrize(
    "typed",
    ["shop.example", "javascript:alert(1)", "https://", "https://a/b", "https://a?q", "https://a:99999", "http://[::1"],
)
def test_what_is_no_site_is_refused(typed):
    with pytest.raises(Unfit):
        origin(typed)


@pytest.mark.parametrize("typed", ["nan", "inf", "-1", "1e9", "eight", "0x10", "1" * 400])
def test_what_is_no_score_is_refused(typed):
    with pytest.raises(Unfit):
        score(typed)


def test_a_score_may_have_a_fraction():
    assert score("8.5") == 8.5


def test_a_version_has_no_space():
    assert version("3.11.14-beta+1") == "3.11.14-beta+1"
    with pytest.raises(Unfit):
        version("3 11")


QUERY = EventQuery(vpn=True, suspect=False, linked_id="acct_1", min_suspect_score=8.0, bot="bad", source=("edge",))


def test_chips_say_what_is_asked_for_in_the_order_of_the_form():
    said = [(chip.label, chip.value) for chip in filters.chips(QUERY, sees_personal=True)]

    assert said == [
        ("Linked id", "acct_1"),
        ("Marked suspect", "no"),
        ("VPN", "yes"),
        ("Bot detection", "bad bot"),
        ("Suspect score above", "8"),
        ("Source", "edge events only"),
    ]


def test_chips_hide_personal_values_from_those_who_may_not_see_them():
    chips = {chip.name: chip for chip in filters.chips(QUERY, sees_personal=False)}

    assert chips["linked_id"].value == "•••"
    assert chips["linked_id"].is_masked
    assert chips["vpn"].value == "yes"
    assert "acct_1" not in filters.title(QUERY, sees_personal=False)


def test_the_title_names_three_filters_and_counts_the_rest():
    assert filters.title(EventQuery(), sees_personal=True) == "All events"
    assert filters.title(EventQuery(vpn=True), sees_personal=True) == "VPN yes"
    assert filters.title(QUERY, sees_personal=True) == "Linked id acct_1, Marked suspect no, VPN yes, 3 more filters"


def test_a_filter_can_be_taken_away_and_an_unknown_one_changes_nothing():
    assert filters.without(QUERY, "linked_id") == msgspec.structs.replace(QUERY, linked_id=None)
    assert filters.without(QUERY, "source") == msgspec.structs.replace(QUERY, source=())
    for unknown in ("", "limit", "start", "__class__"):
        assert filters.without(QUERY, unknown) == QUERY
