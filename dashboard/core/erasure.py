"""How the features forget a visitor: each registers its way, a deletion runs them all.

What lies in the database goes in one transaction (`erase`). What no transaction covers, such as a cache, goes after the
commit (`erase_outside`), and whoever calls that tries again until it does not raise. Free text that staff wrote is
searched for the identifiers, because nothing else says whom it is about (free_text.py).
"""

from collections.abc import Callable, Sequence

from dashboard.core import free_text

Eraser = Callable[[Sequence[str], str], int]
Cleaner = Callable[[Sequence[str]], int]
_erasers: dict[str, Eraser] = {}
_value_erasers: dict[str, Eraser] = {}
_cleaners: dict[str, Cleaner] = {}

SHORTEST_NAME = 6
"""An identifier shorter than this is not looked for inside of texts: it would be found where nobody meant it."""


def register(name: str, eraser: Eraser) -> None:
    """Adds `eraser(visitor_ids, erased_by)`, which returns how many rows it emptied; `name` is for the record."""
    _erasers[name] = eraser


def register_values(name: str, eraser: Eraser) -> None:
    """Adds `eraser(values, erased_by)` for other identifiers of a person: event ids and linked ids."""
    _value_erasers[name] = eraser


def register_values_in_text(name: str, eraser: Eraser) -> None:
    """The same for an eraser that looks inside of texts, which is therefore asked only about long identifiers."""
    _value_erasers[name] = lambda values, erased_by: eraser(names_in_text(values), erased_by)


def register_outside(name: str, cleaner: Cleaner) -> None:
    """Adds `cleaner(names)` for a store that no transaction covers; it raises when it could not do it all."""
    _cleaners[name] = cleaner


def erase(visitor_ids: Sequence[str], *, erased_by: str, values: Sequence[str] = ()) -> dict[str, int]:
    """Forgets these visitors, and `values` (their event ids) with them; counts by registered name.

    Runs inside the caller's transaction.
    """
    counts = {name: eraser(visitor_ids, erased_by) for name, eraser in _erasers.items()}
    return _sum(counts, erase_values([*visitor_ids, *values], erased_by=erased_by))


def erase_values(values: Sequence[str], *, erased_by: str) -> dict[str, int]:
    """Forgets these identifiers wherever they stand by themselves or inside of a text; counts by name."""
    wanted = [each for each in dict.fromkeys(values) if each]
    if not wanted:
        return {}
    counts = {name: eraser(wanted, erased_by) for name, eraser in _value_erasers.items()}
    return _sum(counts, {"free texts": free_text.scrub(names_in_text(wanted))})


def erase_outside(names: Sequence[str]) -> dict[str, int]:
    """Forgets these identifiers in stores that no transaction covers; whatever a cleaner raises goes through."""
    wanted = names_in_text(names)
    return {name: cleaner(wanted) for name, cleaner in _cleaners.items()} if wanted else {}


def names_in_text(values: Sequence[str]) -> list[str]:
    """Those of these identifiers that are long enough to be looked for inside of texts."""
    return [each for each in dict.fromkeys(values) if len(each) >= SHORTEST_NAME]


def _sum(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {**first, **second}}
