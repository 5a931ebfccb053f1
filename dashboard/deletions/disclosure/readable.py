"""What was collected about a visitor as plain text that a person reads from top to bottom. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from dashboard.core.printable import printable

_WIDE = "=" * 72


def as_text(collected: bytes) -> str:
    """The collected JSON as text: a heading for each part, one line for each value, in the words of its source.

    Everything from outside is made printable; nothing is left out.
    """
    content = json.loads(collected)
    fingerprint, ours = content["fingerprint"], content["inkpad"]
    lines = [
        f"Everything held about visitor {printable(content['visitor_id'])}",
        f"Collected at {content['collected_at']} for {content['request']}",
        "",
        _WIDE,
        f"HELD BY FINGERPRINT: {len(fingerprint['events'])} events",
        _WIDE,
    ]
    if not fingerprint["events_are_whole"]:
        lines.append("There are more events than were read; these are the newest.")
    for number, event in enumerate(fingerprint["events"], 1):
        lines += ["", f"Event {number}", *_lines(event, "")]
    for name, rows in ours.items():
        lines += ["", _WIDE, f"HELD IN INKPAD, {name.upper()}: {len(rows)}", _WIDE]
        for number, row in enumerate(rows, 1):
            lines += ["", f"{number}.", *_lines(row, "")]
    return "\n".join(lines) + "\n"


def _lines(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _lines(part, f"{path} / {printable(name)}" if path else printable(name))
    elif isinstance(value, list) and value:
        for place, part in enumerate(value, 1):
            yield from _lines(part, f"{path} {place}")
    else:
        shown = "none" if value in (None, {}, [], "") else printable(str(value)).replace("\n", " ")
        yield f"  {path}: {shown}"
