"""Events as the lines of a file, masked for the person who takes them away. Pure."""

import json
from collections.abc import Iterable, Iterator, Sequence

from dashboard.core.csv_rows import BOM, csv_lines
from dashboard.events.masking import Lens
from dashboard.events.models import Export
from dashboard.events.values import VALUES, Plain, shown
from fingerprint_integration.domain import Event

CHUNK_ROWS = 250


def chunks(events: Sequence[Event], form: str, lens: Lens) -> Iterator[bytes]:
    """The file in pieces of CHUNK_ROWS rows; for CSV the first begins with the byte order mark and the heads."""
    for at in range(0, max(len(events), 1), CHUNK_ROWS):
        rows = events[at : at + CHUNK_ROWS]
        if form == Export.Form.CSV:
            head = [tuple(value.name for value in VALUES)] if at == 0 else []
            text = csv_lines([*head, *(tuple(row(event, lens).values()) for event in rows)])
            yield (BOM + text if at == 0 else text).encode("utf-8", "replace")
        else:
            yield "".join(_json_lines(rows, lens)).encode("utf-8", "replace")


def row(event: Event, lens: Lens) -> dict[str, Plain]:
    """Every value by its name, in the order of the file."""
    return {value.name: shown(value, event, lens) for value in VALUES}


def _json_lines(events: Iterable[Event], lens: Lens) -> Iterator[str]:
    # For machines: texts are as they were sent, and ASCII, so that nothing hidden stands in the file.
    for event in events:
        yield json.dumps(row(event, lens), ensure_ascii=True) + "\n"
