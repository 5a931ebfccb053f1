"""No cell of an export is a formula, whatever somebody's browser sent."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.core.csv_rows import LONGEST_CELL, csv_lines, safe_cell


@pytest.mark.parametrize(
    ("sent", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\t=1", "␉=1"),
        ("a\u202egnp", "a⟨U+202E⟩gnp"),
        ("acct_88412", "acct_88412"),
        (-31, "-31"),
        (0.71, "0.71"),
        (True, "yes"),
        (False, "no"),
        (None, ""),
    ],
)
def test_a_value_becomes_a_harmless_cell(sent, cell):
    assert safe_cell(sent) == cell


def test_a_cell_longer_than_a_spreadsheet_takes_is_cut_and_says_so():
    assert safe_cell("x" * 40_000) == "x" * LONGEST_CELL + "…"


@given(some.lists(some.lists(some.text(), min_size=2, max_size=4), min_size=1, max_size=5))
def test_whatever_was_sent_stays_in_its_own_cell_and_begins_no_formula(rows):
    read = list(csv.reader(io.StringIO(csv_lines(rows), newline="")))

    assert [len(row) for row in read] == [len(row) for row in rows]
    assert not [cell for row in read for cell in row if cell.lstrip()[:1] in ("=", "+", "-", "@")]
