"""Which events somebody sent: chosen rows, pasted ids, a file of them. What is no id is counted, the rest is kept."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.core.times import thousands
from dashboard.tagging import policy
from dashboard.tagging.actions.lists import Chosen, Sent
from dashboard.tagging.models import BulkJob
from dashboard.tagging.policy import is_id

_BETWEEN_IDS = re.compile(r"[\s,;]+")
_ID_COLUMNS = ("event_id", "request_id", "requestid", "eventid", "event", "id")
_VISITOR_COLUMNS = ("visitor_id", "visitorid", "visitor")
_LONGEST_CELL = 100_000
Source = BulkJob.Source


@dataclass(frozen=True)
class Reading:
    """What was sent, or why no job can begin with it: `problem` is a sentence, beside the field it is about."""

    sent: Sent = field(default_factory=Sent)
    problem: str = ""
    field: str = "ids"

    @property
    def file_problem(self) -> str:
        """The sentence when it is about the file."""
        return self.problem if self.field == "file" else ""

    @property
    def ids_problem(self) -> str:
        """The sentence when it is about the pasted ids."""
        return self.problem if self.field == "ids" else ""


def read(data: QueryDict, files: Any, *, was_too_large: bool = False) -> Reading:
    """Reads `event` (repeated) with `visitor.<event id>` beside it, ids pasted into `ids`, and the file `file`."""
    if was_too_large:
        return Reading(problem=_("Send a smaller file, at most 8 MB: 100,000 ids take about 3 MB."), field="file")
    if (upload := files.get("file")) is not None:
        return _of_file(upload.read())
    rows = data.getlist("event")
    pasted = [each for each in _BETWEEN_IDS.split(data.get("ids", "")) if each]
    chosen = (Chosen(each, _known(data.get(f"visitor.{each}", ""))) for each in (*rows, *pasted))
    return _checked(chosen, Source.PASTED if pasted else Source.CHOSEN, "ids")


def _checked(chosen: Iterable[Chosen], source: BulkJob.Source, where: str) -> Reading:
    found: dict[str, Chosen] = {}
    count = malformed = 0
    for each in chosen:
        count += 1
        if is_id(each.event_id):
            found.setdefault(each.event_id, each)
        else:
            malformed += 1
    if len(found) > policy.MOST_EVENTS:
        problem = _("These are %(count)s events. One job changes at most %(most)s: start several jobs.") % {
            "count": thousands(len(found)),
            "most": thousands(policy.MOST_EVENTS),
        }
        return Reading(problem=problem, field=where)
    if not found:
        nothing = _("Choose or paste at least one event: none was sent.")
        if malformed:
            nothing = _("Send ids of events: none of this is one. An id looks like 1795333867327.NLOjmg.")
        return Reading(problem=nothing, field=where)
    return Reading(Sent(tuple(found.values()), count - malformed - len(found), malformed, source))


def _known(visitor_id: str) -> str:
    return visitor_id if is_id(visitor_id) else ""


# -- Files --------------------------------------------------------------------------------------------------------


class _WrongShape(ValueError):
    """What to do about a file that cannot be read."""


def _of_file(content: bytes) -> Reading:
    try:
        return _checked(_rows(_text(content)), Source.FILE, "file")
    except _WrongShape as problem:
        return Reading(problem=str(problem), field="file")


def _text(content: bytes) -> str:
    """UTF-8 with or without its mark, or the UTF-16 that a spreadsheet may write; nothing else is guessed."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise _WrongShape(_("Save it as CSV in UTF-8 and send it again: this is no such text.")) from None
    if "\x00" in text:
        raise _WrongShape(_("Save it as CSV and send it again: this is no text file."))
    return text


def _rows(text: str) -> list[Chosen]:
    head = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(head))
    csv.field_size_limit(_LONGEST_CELL)
    try:
        rows = [[cell.strip() for cell in row] for row in reader]
    except csv.Error:
        raise _WrongShape(_("Check its quotes and send it again: a cell of this CSV does not end.")) from None
    rows = [row for row in rows if any(row)]
    if not rows:
        raise _WrongShape(_("Put ids into it and send it again: the file is empty."))
    at, visitor_at, has_head = _columns(rows[0])
    body = rows[1:] if has_head else rows
    return [Chosen(_cell(row, at), _known(_cell(row, visitor_at))) for row in body]


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _columns(first: list[str]) -> tuple[int, int | None, bool]:
    """Where the ids and the visitors stand, and whether the first row says so."""
    names = [re.sub(r"[\s\-]+", "_", cell.lower()) for cell in first]
    at = next((names.index(name) for name in _ID_COLUMNS if name in names), None)
    visitor_at = next((names.index(name) for name in _VISITOR_COLUMNS if name in names), None)
    if at is not None:
        return at, visitor_at, True
    if len([cell for cell in first if cell]) == 1:
        place = next(place for place, cell in enumerate(first) if cell)
        # A single column needs no name; a first line that is no id of an event is one.
        return place, None, not is_id(first[place]) or "." not in first[place]
    raise _WrongShape(
        _("Name the column that holds the ids event_id: of its %(n)s columns none is called so.") % {"n": len(first)}
    )


def _cell(row: list[str], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""
