"""A visitor's print: the same for the same id, symmetric, and never empty."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import prints

ids = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)


@given(ids)
def test_every_id_has_a_symmetric_print_with_ink_in_it(visitor_id):
    inked = set(prints.cells(visitor_id))

    assert inked
    assert {(prints.COLUMNS - 1 - column, row) for column, row in inked} == inked
    assert all(0 <= column < 5 and 0 <= row < 5 for column, row in inked)


def test_the_print_of_an_id_never_changes():
    # Pinned: people recognise visitors by it, so a new way to draw would take their memory away.
    assert prints.cells("Ibk1527CUFmcnjLwIs4A") == [(0, 4), (2, 0), (2, 2), (2, 4), (4, 4)]


def test_different_ids_mostly_wear_different_prints():
    worn = {prints.path(f"visitor-{number}") for number in range(500)}

    assert len(worn) > 490


def test_the_path_draws_one_square_for_each_inked_cell():
    visitor_id = "7Svp5DvNbzWaUEHnLFKh"

    assert prints.path(visitor_id).count("z") == len(prints.cells(visitor_id))
    assert prints.path(visitor_id).startswith("M")
