"""Entries as a file: JSON Lines for machines, CSV for people.

Both begin with what was asked for and under which checkpoint it was taken, so that a file says of itself what it is.
The reader gets what they would see on the page, and no more.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dashboard.audit import queries
from dashboard.audit.models import AuditCheckpoint, AuditEntry, AuditLeaf
from dashboard.audit.queries import EntryFilter
from dashboard.audit.record import instant
from dashboard.audit.sentences import Line, lines_of
from dashboard.core.csv_rows import BOM, csv_lines

if TYPE_CHECKING:
    from dashboard.accounts.models import User

MOST = 100_000
"""So many entries go into one file; the file says when there are more."""
_AT_ONCE = 500
_COLUMNS = (
    "number",
    "place",
    "at (UTC)",
    "kind",
    "outcome",
    "by",
    "sentence",
    "reason",
    "ticket",
    "batch",
    "request",
)


@dataclass(frozen=True)
class Heading:
    """What stands on top of a file: what was asked, who asked and when, and the newest signed checkpoint."""

    asked: tuple[str, ...]
    by: str
    at: datetime
    count: int
    is_whole: bool
    checkpoint: str


def heading(wanted: EntryFilter, *, asked: Sequence[str], by: "User", now: datetime) -> Heading:
    """What the file about `wanted` says of itself; `asked` is the filter in words."""
    count = queries.matching(wanted, most=MOST + 1).order_by()[: MOST + 1].count()
    checkpoint = AuditCheckpoint.objects.order_by("-pk").values_list("note", flat=True).first()
    return Heading(
        asked=tuple(asked) or ("everything",),
        by=by.name,
        at=now,
        count=min(count, MOST),
        is_whole=count <= MOST,
        checkpoint=checkpoint or "",
    )


def as_json_lines(head: Heading, wanted: EntryFilter, *, viewer: "User") -> Iterator[bytes]:
    """The file in pieces: one object for the heading, then one for each entry, newest first."""
    top = {
        "inkpad": "audit log",
        "filter": head.asked,
        "taken_by": head.by,
        "taken_at": instant(head.at),
        "entries": head.count,
        "whole": head.is_whole,
        "checkpoint": head.checkpoint,
    }
    yield _json_line(top)
    for entries, lines, places in _pieces(wanted, viewer, head.count):
        for entry, line in zip(entries, lines, strict=True):
            told = {
                "number": entry.pk,
                "place": places.get(entry.pk),
                "sentence": line.text,
                "reason": line.reason.text if line.reason else None,
                # The record itself, as text: its bytes are what the log's hashes are about.
                "record": bytes(entry.body).decode(),
            }
            yield _json_line(told)


def as_csv(head: Heading, wanted: EntryFilter, *, viewer: "User") -> Iterator[bytes]:
    """The file in pieces: the heading in rows of two cells, an empty row, then a table."""
    top: list[Sequence[object]] = [
        ("Inkpad", "audit log"),
        ("Filter", "; ".join(head.asked)),
        ("Taken by", head.by),
        ("Taken at", instant(head.at)),
        ("Entries", head.count),
        ("Whole", head.is_whole),
        *(("Checkpoint", line) for line in head.checkpoint.splitlines() if line),
        (),
        _COLUMNS,
    ]
    yield (BOM + csv_lines(top)).encode()
    for entries, lines, places in _pieces(wanted, viewer, head.count):
        yield csv_lines(
            (
                entry.pk,
                places.get(entry.pk),
                instant(entry.at),
                entry.kind,
                entry.outcome,
                line.actor,
                line.text,
                line.reason.text if line.reason else "",
                line.ticket,
                line.batch,
                line.request_id,
            )
            for entry, line in zip(entries, lines, strict=True)
        ).encode()


def _pieces(
    wanted: EntryFilter, viewer: "User", count: int
) -> Iterator[tuple[list[AuditEntry], list[Line], dict[int, int]]]:
    """The entries, how they read, and their places in the tree; a few hundred at a time."""
    before: int | None = None
    while count > 0:
        entries = queries.after(wanted, before, limit=min(_AT_ONCE, count))
        if not entries:
            return
        places = AuditLeaf.objects.filter(entry__in=[entry.pk for entry in entries])
        yield entries, lines_of(entries, viewer=viewer), dict(places.values_list("entry", "position"))
        before, count = entries[-1].pk, count - len(entries)


def _json_line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
