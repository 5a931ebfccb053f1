"""Several values for one filter: Fingerprint takes one, so each combination is a question of its own. Pure.

`Also` holds the further values by the filter's name; the first one stands in the query, as everywhere.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

import msgspec

from fingerprint_integration.domain import EventQuery

Also = Mapping[str, tuple[str, ...]]
NONE: Final[Also] = {}
MOST_QUESTIONS: Final = 10
"""How many questions one search may be: each page of each of them is a request out of everybody's rate."""


def pack(also: Also) -> bytes:
    """Further values for `Search.also`; b"" when there are none."""
    return msgspec.json.encode(also) if also else b""


def unpack(stored: bytes) -> Also:
    """The reverse of `pack`."""
    return msgspec.json.decode(stored, type=dict[str, tuple[str, ...]]) if stored else NONE


def values_of(query: EventQuery, also: Also, name: str) -> tuple[Any, ...]:
    """Every value asked for under this filter; () when it is not set."""
    first = getattr(query, name)
    if first is None or first == ():
        return ()
    return (*first,) if isinstance(first, tuple) else (first, *also.get(name, ()))


def questions(query: EventQuery, also: Also) -> tuple[EventQuery, ...]:
    """What Fingerprint is asked, one query for each combination of values; one when no filter has several."""
    names = [name for name, further in also.items() if further]
    choices: list[Sequence[Any]] = [(getattr(query, name), *also[name]) for name in names]
    return tuple(
        msgspec.structs.replace(query, **dict(zip(names, chosen, strict=True))) for chosen in product(*choices)
    )


def how_many(counts: Sequence[int]) -> int:
    """How many questions filters with so many values make."""
    number = 1
    for count in counts:
        number *= max(count, 1)
    return number


def without(also: Also, name: str) -> Also:
    """The further values without those of one filter."""
    return {key: values for key, values in also.items() if key != name}
