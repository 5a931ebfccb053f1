"""What came from outside is shown, and obeyed by nobody."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.printable import printable

any_text = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)  # lone surrogates too


@pytest.mark.parametrize(
    "text, shown",
    [
        ("acct_88412", "acct_88412"),
        ("zwölf Jahre, 三年, 🙂", "zwölf Jahre, 三年, 🙂"),
        ("a\x00b", "a␀b"),
        ("one\ntwo\tthree", "one␊two␉three"),
        ("\x7f\x85", "␡⟨U+0085⟩"),
        ("invoice\u202egnp.exe", "invoice⟨U+202E⟩gnp.exe"),
        ("\ud83d alone", "⟨U+D83D⟩ alone"),
        ("ac\u200bct", "ac⟨U+200B⟩ct"),
        ("ac\u200dct", "ac⟨U+200D⟩ct"),
        ("\U000e0041\U000e0042", "⟨U+E0041⟩⟨U+E0042⟩"),
        ("<script>", "<script>"),  # escaping is the template's work
    ],
)
def test_hidden_characters_become_visible_and_others_stay(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["👩\u200d👩\u200d👧", "می\u200cخواهم"])
def test_joiners_that_belong_to_the_writing_stay(text):
    assert printable(text) == text


def test_lines_stay_when_a_block_shows_the_text():
    assert printable("one\ntwo\r", keep_lines=True) == "one\ntwo␍"


def test_the_end_of_a_long_text_is_cut_and_the_cut_is_seen():
    assert printable("abcdef", 4) == "abcd…"
    assert printable("abcd", 4) == "abcd"
    assert len(printable("\u202e" * 100_000, 50)) == 51


@given(any_text)
def test_nothing_invisible_is_left_and_nothing_raises(text):
    shown = printable(text)

    shown.encode()  # no lone surrogate
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff")


@given(any_text, st.none() | st.integers(min_value=0, max_value=20))
def test_doing_it_twice_changes_nothing_more(text, limit):
    once = printable(text, limit)

    assert printable(once, limit) == once
