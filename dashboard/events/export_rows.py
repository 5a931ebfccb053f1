"""Events, or other rows, as the lines of a file, masked for the person who takes them away. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from dashboard.core.csv_rows import BOM, csv_lines
from dashboard.events.masking import Lens
from dashboard.events.models import Export
from dashboard.events.values import VALUES, Plain, shown
from fingerprint_integration.domain import Event

CHUNK_ROWS = 250


def chunks(events: Sequence[Event], form: str, lens: Lens) -> Iterator[bytes]:
    """The file of these events in pieces, as `pieces` makes them."""
    return pieces((row(event, lens) for event in events), tuple(value.name for value in VALUES), form)


def pieces(rows: Iterable[Mapping[str, object]], names: Sequence[str], form: str) -> Iterator[bytes]:
    """A file in pieces of CHUNK_ROWS rows, each with all of `names`; at least one piece.

    For CSV the first begins with the byte order mark and the heads.
    """
    left, is_first = iter(rows), True
    while (some := list(islice(left, CHUNK_ROWS))) or is_first:
        if form == Export.Form.CSV:
            head = [tuple(names)] if is_first else []
            text = csv_lines([*head, *([each[name] for name in names] for each in some)])
            yield (BOM + text if is_first else text).encode("utf-8", "replace")
        else:
            # For machines: texts are as they were sent, and ASCII, so that nothing hidden stands in the file.
            yield "".join(json.dumps(each, ensure_ascii=True) + "\n" for each in some).encode("utf-8", "replace")
        is_first = False


def row(event: Event, lens: Lens) -> dict[str, Plain]:
    """Every value by its name, in the order of the file."""
    return {value.name: shown(value, event, lens) for value in VALUES}
