"""A file of wishes, read line by line: each line is good, or has a sentence that says what is wrong and what to do.

Nothing is guessed and nothing is left out: a line that cannot be used comes back with its sentence.
"""

import csv
import hashlib
import io
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from dashboard.core import erasure, identifiers
from dashboard.core.printable import printable
from dashboard.core.tickets import why_not_kept
from dashboard.deletions import laws
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.requests.forms import OLDEST_RECEIPT, VERIFIED, check_linked_id, is_visitor_id

COLUMNS = (
    "visitor_id",
    "linked_id",
    "received_at",
    "law",
    "legal_basis",
    "source",
    "ticket",
    "reason",
    "identity",
    "verified_by",
)
_REQUIRED = frozenset({"received_at", "law", "source", "reason"})
MOST_LINES = 10_000
MOST_BYTES = 4 * 1024 * 1024
MOST_VISITORS_A_REQUEST = 500
_KEPT = ("ticket", "legal_basis", "verified_by")
_LONGEST = {"ticket": 64, "legal_basis": 200, "reason": 2000, "verified_by": 100}


@dataclass
class ReadLine:
    """One line: its number in the file (the heading is 1), its cells in the order of COLUMNS, what is wrong with it."""

    number: int
    cells: dict[str, str]
    faults: list[str] = field(default_factory=list)
    received_at: datetime | None = None
    group: str = ""

    @property
    def visitor_id(self) -> str:
        """The id where it can be one, else ""."""
        return self.cells["visitor_id"] if is_visitor_id(self.cells["visitor_id"]) else ""

    @property
    def values(self) -> list[str]:
        return [self.cells[name] for name in COLUMNS]


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text is the sentence for people."""


def read_file(data: bytes, *, zone: ZoneInfo, now: datetime) -> list[ReadLine]:
    """Every line with something in it. `zone` is meant where a time names none. UnreadableFile with a sentence."""
    if len(data) > MOST_BYTES:
        raise UnreadableFile(_("The file is larger than 4 MB. Split it."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(_("The file is not UTF-8. Save it as “CSV UTF-8” and send it again.")) from None
    lines = list(_lines(text))
    if len(lines) > MOST_LINES:
        words = _("The file has %(count)s lines; at most %(most)s are read at once. Split it.")
        raise UnreadableFile(words % {"count": f"{len(lines):,}", "most": f"{MOST_LINES:,}"})
    if not lines:
        raise UnreadableFile(_("The file has a heading and no line below it."))
    seen: dict[tuple[str, str, str], int] = {}
    for line in lines:
        if not line.faults:
            _check(line, zone=zone, now=now)
        same = (line.cells["visitor_id"], line.cells["linked_id"], line.cells["ticket"])
        if same in seen and same[:2] != ("", ""):
            line.faults.append(_("The same visitor, account and ticket stand in line %(n)s.") % {"n": seen[same]})
        seen.setdefault(same, line.number)
    return lines


def group_lines(lines: Sequence[ReadLine]) -> None:
    """Gives lines without a fault their group: those of one ticket (or account) with the same facts are one request."""
    counts: dict[str, int] = {}
    for line in lines:
        if line.faults:
            continue
        facts = [line.cells[name] for name in COLUMNS if name not in ("visitor_id", "linked_id")]
        apart = "" if line.cells["ticket"] else line.cells["linked_id"] or f"line {line.number}"
        key = json.dumps([*facts, apart])
        counts[key] = counts.get(key, -1) + 1
        part = counts[key] // MOST_VISITORS_A_REQUEST
        line.group = hashlib.sha256(f"{part}:{key}".encode("utf-8", "surrogatepass")).hexdigest()


def _lines(text: str) -> Iterator[ReadLine]:
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
    except csv.Error:
        names = []
    _check_heading(names)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield ReadLine(
                number, dict.fromkeys(COLUMNS, ""), [_("This line cannot be read: a cell of it is too long.")]
            )
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        found = dict.fromkeys(COLUMNS, "") | {
            name: cell.strip() for name, cell in zip(names, cells, strict=False) if name in COLUMNS
        }
        line = ReadLine(number, found)
        if len(cells) > len(names):
            words = _("This line has %(count)s cells, the heading %(most)s. Quote cells that hold a comma.")
            line.faults.append(words % {"count": len(cells), "most": len(names)})
        yield line


def _check_heading(names: Sequence[str]) -> None:
    known = [name for name in names if name in COLUMNS]
    if "visitor_id" not in known and "linked_id" not in known:
        raise UnreadableFile(
            _("The first line must name the columns: %(names)s. It needs visitor_id or linked_id.")
            % {"names": ", ".join(COLUMNS)}
        )
    missing = sorted(_REQUIRED - set(known))
    if missing:
        raise UnreadableFile(_("The first line does not name %(names)s.") % {"names": ", ".join(missing)})
    double = sorted({name for name in known if known.count(name) > 1})
    if double:
        raise UnreadableFile(_("The first line names %(names)s twice.") % {"names": ", ".join(double)})


def _check(line: ReadLine, *, zone: ZoneInfo, now: datetime) -> None:
    cells, faults = line.cells, line.faults
    if any(_is_odd(character) for value in cells.values() for character in value):
        faults.append(_("A cell holds a character that no text has (NUL or half a character). Type it again."))
        return
    if not cells["visitor_id"] and not cells["linked_id"]:
        faults.append(_("Neither visitor_id nor linked_id is given."))
    if cells["visitor_id"] and not is_visitor_id(cells["visitor_id"]):
        words = _("“%(value)s” is no visitor id: 1 to 64 letters, digits, dots, dashes or underscores.")
        faults.append(words % {"value": printable(cells["visitor_id"], 40)})
    elif identifiers.EVENT.fullmatch(cells["visitor_id"]):
        faults.append(_("“%(value)s” is an event id, no visitor id.") % {"value": cells["visitor_id"]})
    if cells["linked_id"]:
        try:
            check_linked_id(cells["linked_id"])
        except ValidationError as problem:
            faults += problem.messages
    for name in sorted(_REQUIRED):
        if not cells[name]:
            faults.append(_("%(name)s is empty.") % {"name": name})
    for name, most in _LONGEST.items():
        if len(cells[name]) > most:
            faults.append(_("%(name)s has more than %(most)s characters.") % {"name": name, "most": most})
    _check_kept(cells, faults)
    _check_choices(cells, faults)
    if cells["received_at"]:
        line.received_at = moment(cells["received_at"], zone)
        _check_moment(line.received_at, cells["received_at"], faults, now)


def _check_kept(cells: dict[str, str], faults: list[str]) -> None:
    ids = erasure.names_in_text([cells["visitor_id"], cells["linked_id"]])
    for name in _KEPT:
        sentence = why_not_kept(cells[name])
        if not sentence and any(each in cells[name] for each in ids):
            sentence = _("Leave out the ids of who is erased: what stands here is never erased.")
        if sentence:
            faults.append(f"{name}: {sentence}")


def _check_choices(cells: dict[str, str], faults: list[str]) -> None:
    choices = {
        "law": [code for code, _label in laws.choices()],
        "source": list(DeletionRequest.Source.values),
        "identity": list(DeletionRequest.Identity.values),
    }
    for name, allowed in choices.items():
        cells[name] = cells[name].lower()
        if cells[name] and cells[name] not in allowed:
            words = _("%(name)s is “%(value)s”; it must be one of: %(allowed)s.")
            given = {"name": name, "value": printable(cells[name], 40), "allowed": ", ".join(allowed)}
            faults.append(words % given)
    if cells["identity"] in VERIFIED and not cells["verified_by"]:
        faults.append(_("verified_by is empty: say who verified the identity."))


def _check_moment(at: datetime | None, text: str, faults: list[str], now: datetime) -> None:
    if at is None:
        words = _("received_at is “%(value)s”; write it as 2026-11-21 09:30 or 2026-11-21.")
        faults.append(words % {"value": printable(text, 40)})
    elif at > now + timedelta(minutes=1):
        faults.append(_("received_at is in the future; enter a time that has passed."))
    elif at < now - OLDEST_RECEIPT:
        faults.append(_("received_at is more than three years ago; look at the year."))


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment with or without a zone, or a day (its beginning); None when it is neither."""
    try:
        at = parse_datetime(text)
        if at is None and (day := parse_date(text)) is not None:
            at = datetime(day.year, day.month, day.day)  # noqa: DTZ001  (the zone comes next)
    except ValueError:
        return None
    if at is None:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _is_odd(character: str) -> bool:
    return character == "\0" or unicodedata.category(character) == "Cs"
