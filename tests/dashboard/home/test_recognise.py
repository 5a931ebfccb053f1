"""What is recognised in a pasted text, and what is left to the person to decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.linked_ids import WrongRecipe, parse
from dashboard.home.recognise import Finding, Kind, clear_hit, event_time, recognise, with_recipes

TICKET = (
    "Ticket 88-4410: Customer says she did not place the order from Monday, account acct_88412. Shop log has "
    "1795438721327.NLOjmg and the address 94.142.239.124, visitor Ibk1527CUFmcnjLwIs4A. The same range "
    "94.142.239.0/24 was in two tickets last week."
)


def kinds(text):
    return [(finding.kind.value, finding.value) for finding in recognise(text)]


def test_a_whole_ticket_is_read():
    assert kinds(TICKET) == [
        ("ticket", "88-4410"),
        ("event", "1795438721327.NLOjmg"),
        ("address", "94.142.239.124"),
        ("visitor", "Ibk1527CUFmcnjLwIs4A"),
        ("range", "94.142.239.0/24"),
        ("linked_id", "acct_88412"),
    ]
    assert clear_hit(recognise(TICKET)) is None


@pytest.mark.parametrize(
    "text,kind,value",
    [
        ("1795438721327.NLOjmg", "event", "1795438721327.NLOjmg"),
        ("  1795438721327.NLOjmg\n", "event", "1795438721327.NLOjmg"),
        ("Ibk1527CUFmcnjLwIs4A", "visitor", "Ibk1527CUFmcnjLwIs4A"),
        ("visitor: Ibk1527CUFmcnjLwIs4A.", "visitor", "Ibk1527CUFmcnjLwIs4A"),
        ("94.142.239.124", "address", "94.142.239.124"),
        ("94.142.239.124/32", "address", "94.142.239.124"),
        ("94.142.239.124:443", "address", "94.142.239.124"),
        ("94.142.239.124/24", "range", "94.142.239.0/24"),
        ("2001:DB8:0:0::1", "address", "2001:db8::1"),
        ("[2001:db8::1]:8080", "address", "2001:db8::1"),
        ("2001:db8::/32", "range", "2001:db8::/32"),
        ("::1", "address", "::1"),
        ("ip=203.0.113.7", "address", "203.0.113.7"),
        ("acct_88412", "linked_id", "acct_88412"),
        ("maya@example.test", "linked_id", "maya@example.test"),
        ("hello", "linked_id", "hello"),
        ("x" * 256, "linked_id", "x" * 256),
        ("Kunde-ü7", "linked_id", "Kunde-ü7"),
        ("#881", "ticket", "881"),
        ("what did we do for #881?", "ticket", "881"),
        ("Ticket no. 88-4410", "ticket", "88-4410"),
        ("case SUP-12", "ticket", "SUP-12"),
    ],
)
def test_one_clear_hit(text, kind, value):
    assert clear_hit(recognise(text)) is not None
    assert kinds(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "internationalization",  # twenty letters: a word, a visitor, a linked id?
        "acct_88412 and acct_70911",
        "look at acct_88412",
        "94.142.239.124 94.142.239.125",
        "order no 17",
        "881",  # an account or a ticket?
        "SUP-881",
        "account 88412 complains",
    ],
)
def test_nobody_is_sent_somewhere_on_a_guess(text):
    assert recognise(text)
    assert clear_hit(recognise(text)) is None


@pytest.mark.parametrize(
    "text",
    ["", "   \n\t", "x" * 257, "a text\nof two lines without any id in it", "\u202e", "…" * 300, "a" * 20_000],
)
def test_nothing_is_recognised(text):
    assert recognise(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "999.1.1.1 in a text",
        "version 1.2.3.4.5 came out",
        "at 12:30:45 on 2026-11-22T08:51:07Z",
        "94.142.239.124/33 is no range",
        "fe80::1%eth0 has a zone",
        "https://shop.example/orders/88412?x=1 is a page",
        "1795438721327.NLOjmgX is too long",
    ],
)
def test_what_only_looks_like_it(text):
    found = {finding.kind for finding in recognise(text) if finding.is_sure}
    assert not found & {Kind.EVENT, Kind.VISITOR, Kind.ADDRESS, Kind.RANGE}


def test_the_same_value_is_found_once():
    assert kinds("2001:db8::1, 2001:0db8::0001 and 2001:DB8::1") == [("address", "2001:db8::1")]


def test_ten_thousand_ids_are_all_counted():
    text = "\n".join(f"Ibk1527CUFmcnjLw{n:04d}" for n in range(10_000))

    assert len(recognise(text)) == 10_000


@pytest.mark.parametrize(
    "text",
    ["a#881", "see /page#881", "&#881;", "#881abc", "#94.142.239.124", "ticket maya", "#", "#1795438721327.NLOjmg"],
)
def test_what_is_no_ticket(text):
    assert not [finding for finding in recognise(text) if finding.kind == Kind.TICKET and finding.is_sure]


def test_an_e_mail_address_in_a_text_could_be_a_linked_id():
    assert ("linked_id", "maya@example.test") in kinds("Customer maya@example.test wrote on 2026-11-22.")


# How a shop writes its linked ids.


def read(text, *recipes):
    return [(each.value, each.recipe, each.is_sure) for each in with_recipes(recognise(text), parse(recipes))]


def test_as_typed_changes_nothing():
    assert read("acct_88412", "as-typed") == [("acct_88412", "", True)]


def test_a_recipe_alone_is_clear():
    assert read("Maya@Example.Test", "lower") == [("maya@example.test", "lower", True)]


def test_two_ways_to_read_an_id_are_two_offers_and_no_hit():
    found = with_recipes(recognise("Maya@Example.Test"), parse(["as-typed", "email+lower"]))

    assert [(each.value, each.is_sure) for each in found] == [
        ("Maya@Example.Test", False),
        ("maya@example.test", False),
    ]
    assert clear_hit(found) is None


def test_the_same_value_by_two_recipes_is_one_offer():
    assert read("maya@example.test", "as-typed", "email+lower") == [("maya@example.test", "", True)]


def test_a_number_that_the_text_calls_an_account_gets_the_prefix_of_the_shop():
    assert ("acct_88412", "digits+prefix:acct_", False) in read(
        "the account no. 88412 was used", "as-typed", "digits+prefix:acct_"
    )
    assert read("acct_88412", "prefix:acct_") == [("acct_88412", "prefix:acct_", True)]


def test_a_recipe_that_does_not_apply_offers_nothing():
    assert read("acct_88412", "digits+prefix:acct_") == []


@pytest.mark.parametrize(
    "recipe,start",
    [("md5", "5d41402a"), ("sha1", "aaf4c61d"), ("sha256", "2cf24dba"), ("upper+sha256", "3733cd97")],
)
def test_hashes_are_those_of_everybody_else(recipe, start):
    assert read("hello", recipe)[0][0].startswith(start)


@pytest.mark.parametrize("recipe", ["", "lower+", "prefix:", "rot13", "sha256:x", "lower,upper"])
def test_a_recipe_that_cannot_be_read_says_so(recipe):
    with pytest.raises(WrongRecipe, match="is no step"):
        parse([recipe])


def test_the_instant_in_an_event_id():
    at = event_time("1795438721327.NLOjmg")
    assert at is not None
    assert f"{at:%Y-%m-%d %H:%M:%S}" == "2026-11-23 12:58:41"
    assert event_time("Ibk1527CUFmcnjLwIs4A") is None


@given(st.text(max_size=300) | st.from_regex(r"[0-9a-fA-F:./\[\]% ]{0,60}"))
def test_any_text_is_read_without_harm_and_every_finding_stands_where_it_says(text):
    for finding in recognise(text):
        assert isinstance(finding, Finding)
        assert 0 <= finding.start < finding.end <= len(text)
        if finding.kind in (Kind.EVENT, Kind.VISITOR, Kind.LINKED_ID, Kind.TICKET):
            assert text[finding.start : finding.end] == finding.value
