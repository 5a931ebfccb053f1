"""Verifies sealed entries one by one: body against leaf, columns, mentions and living values.

Reads ranges of positions in plain SQL, because a log of a million entries is to be read in less than a minute. A range
needs nothing of another, so several processes may share the work.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import rfc8785
from django.db import connections

from dashboard.audit.findings import Findings
from dashboard.audit.record import instant
from dashboard.audit.subjects import commitment
from dashboard.audit.tree import leaf_hash

CHUNK = 4_096
"""So many entries are held in memory at a time."""
BACKDATED = timedelta(hours=1)
"""How much older than the newest entry before it an entry may be: clocks differ, and transactions take time."""
# So many entries before a range are looked at to learn what the newest time there was.
_SEEN_BEFORE = 256

_COLUMNS = (
    "at",
    "kind",
    "outcome",
    "actor_id",
    "on_behalf_of_id",
    "via",
    "request_id",
    "batch",
    "ticket",
    "target_type",
    "target_ref",
)
# PostgreSQL writes the instant as bodies do, which costs a third of what Python's parsing would.
_AT = {
    "postgresql": """to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    "sqlite": "CAST(entry.at AS TEXT)",
}
_ENTRIES = f"""
    SELECT leaf.position, leaf.entry_id, leaf.leaf_hash, entry.body, {{}}, {", ".join(_COLUMNS[1:])}
    FROM audit_auditleaf leaf LEFT JOIN audit_auditentry entry ON entry.id = leaf.entry_id
    WHERE leaf.position >= %s AND leaf.position < %s ORDER BY leaf.position
"""  # noqa: S608  # our names
# The range of entries says nothing new, but lets PostgreSQL read one piece of the mentions instead of all.
_MENTIONS = """
    SELECT leaf.position, mention.role, mention.subject_id
    FROM audit_auditleaf leaf JOIN audit_auditmention mention ON mention.entry_id = leaf.entry_id
    WHERE leaf.position >= %s AND leaf.position < %s AND mention.entry_id >= %s AND mention.entry_id <= %s
"""
_VALUES = "SELECT id, handle, kind, salt, value FROM audit_subject WHERE id IN ({})"
_KEPT_VALUES = 100_000
_QUERY_VALUES = 500

_decode = msgspec.json.Decoder().decode
_UNREADABLE = (msgspec.DecodeError, LookupError, TypeError, ValueError, AttributeError)
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


Value = dict[str, str | None]
"""A subject as bodies name it: ref, kind, commit. The commit is None once it was erased."""
_GONE: Value = {"ref": "", "kind": "", "commit": ""}


class Row(NamedTuple):
    """A leaf and its entry; `body` is None when the entry is gone."""

    position: int
    number: int
    leaf_hash: bytes
    body: bytes | None
    columns: tuple[Any, ...]


def verify_entries(using: str, start: int, end: int) -> Findings:
    """What is wrong with the entries at the positions [start, end)."""
    return _Reader(using).verify(start, end)


class _Reader:
    def __init__(self, using: str) -> None:
        self._using = using
        self._values: dict[int, Value] = {}
        self._newest = ""
        self._findings = Findings()

    def verify(self, start: int, end: int) -> Findings:
        for row in self._rows(max(0, start - _SEEN_BEFORE), start):
            self._is_backdated(row)  # only to learn what the newest time before the range was
        for first in range(start, end, CHUNK):
            rows = list(self._rows(first, min(first + CHUNK, end)))
            mentions = self._mentions(rows)
            for row in rows:
                mentioned = mentions.get(row.position, {})
                if not _is_right(row, mentioned):
                    self._tell(row, _problems(row, mentioned))
                if self._is_backdated(row):
                    self._tell(row, ["it is more than an hour older than an entry that was sealed before it."])
        return self._findings

    def _tell(self, row: Row, problems: Iterable[str]) -> None:
        for problem in problems:
            self._findings.add(f"Entry {row.number}: {problem}", row.position)

    def _is_backdated(self, row: Row) -> bool:
        """Compares as text: instants are all written alike."""
        if row.body is None:
            return False
        at = str(row.columns[0])
        if at >= self._newest:
            self._newest = at
            return False
        return at < instant(datetime.fromisoformat(self._newest) - BACKDATED)

    def _rows(self, start: int, end: int) -> Iterator[Row]:
        if start == end:
            return
        connection = connections[self._using]
        with connection.cursor() as cursor:
            cursor.execute(_ENTRIES.format(_AT[connection.vendor]), [start, end])
            rows = cursor.fetchall()
        for row in rows:
            columns = row[4:]
            if connection.vendor == "sqlite" and row[3] is not None:
                columns = (_instant(columns[0]), *columns[1:])
            yield Row(row[0], row[1], bytes(row[2]), None if row[3] is None else bytes(row[3]), columns)

    def _mentions(self, rows: list[Row]) -> dict[int, dict[str, Value]]:
        """Position to what the entry there mentions, by role."""
        found: dict[int, dict[str, Value]] = {}
        if not rows:
            return found
        numbers = [row.number for row in rows]
        with connections[self._using].cursor() as cursor:
            cursor.execute(_MENTIONS, [rows[0].position, rows[-1].position + 1, min(numbers), max(numbers)])
            mentions = cursor.fetchall()
        self._learn({subject for _, _, subject in mentions})
        for position, role, subject in mentions:
            value = self._values.get(subject, _GONE)
            roles = found.get(position)
            if roles is None:
                found[position] = {role: value}
            else:
                # A role that stands twice must not look like what the body says.
                roles[role if role not in roles else f"{role} again"] = value
        return found

    def _learn(self, subjects: set[int]) -> None:
        """Reads the values that are not known yet."""
        if len(self._values) > _KEPT_VALUES:
            self._values.clear()
        unknown = sorted(subjects - self._values.keys())
        for at in range(0, len(unknown), _QUERY_VALUES):
            wanted = unknown[at : at + _QUERY_VALUES]
            with connections[self._using].cursor() as cursor:
                places = ", ".join(["%s"] * len(wanted))
                cursor.execute(_VALUES.format(places), wanted)
                for number, handle, kind, salt, value in cursor.fetchall():
                    commit = None if value is None else commitment(bytes(salt), kind, bytes(value))
                    self._values[number] = {"ref": handle, "kind": kind, "commit": commit}


def _is_right(row: Row, mentioned: Mapping[str, Value]) -> bool:
    """Whether everything about an entry is as it should be, asked quickly; if not, _problems finds out what is not."""
    if row.body is None or leaf_hash(row.body) != row.leaf_hash:
        return False
    try:
        body = _decode(row.body)
        return body["personal"] == mentioned and _said(body) == row.columns and _encode_sorted(body) == row.body
    except _UNREADABLE:
        return False


def _problems(row: Row, mentioned: Mapping[str, Value]) -> Iterator[str]:
    """What is wrong with an entry; nothing when it only mentions an erased value or is written in rare characters."""
    if row.body is None:
        yield "it is gone, only its place in the tree is left."
        return
    if leaf_hash(row.body) != row.leaf_hash:
        yield "its body is not the one that was sealed."
    try:
        body = _decode(row.body)
        said, committed = _said(body), dict(body["personal"])
    except _UNREADABLE:
        yield "its body is no record of Inkpad's."
        return
    if not _is_canonical(body, row.body):
        yield "its body is not in the canonical form."
    if said != row.columns:
        wrong = [name for name, one, other in zip(_COLUMNS, said, row.columns, strict=True) if one != other]
        yield f"its body says something else than the columns beside it: {', '.join(wrong)}."
    if committed.keys() != mentioned.keys():
        yield "the mentions kept beside it are not those of its body."
        return
    for role, named in committed.items():
        stored = mentioned[role]
        if not isinstance(named, dict) or named != {**named, "ref": stored["ref"], "kind": stored["kind"]}:
            yield "it mentions another subject than its body names."
        elif stored["commit"] is not None and named != stored:
            yield "a personal value that it mentions is not the one it commits to."


def _said(body: dict[str, Any]) -> tuple[Any, ...]:
    """What the body says, in the order of the columns."""
    target = body["target"]
    if body["v"] != 1:
        raise LookupError("an unknown version")
    return (
        body["at"],
        body["kind"],
        body["outcome"],
        body["actor"],
        body["on_behalf_of"],
        body["via"],
        body["request_id"],
        body["batch"],
        body["ticket"],
        target["type"] if target else "",
        target["ref"] if target else "",
    )


def _is_canonical(body: dict[str, Any], written: bytes) -> bool:
    """The exact rule, for the few bodies whose keys or characters the fast encoder writes another way."""
    try:
        return rfc8785.dumps(body) == written
    except (rfc8785.CanonicalizationError, ValueError):
        return False


def _instant(at: str) -> str:
    """An instant as bodies write it, from what SQLite keeps: text, in UTC."""
    return instant(datetime.fromisoformat(at).replace(tzinfo=UTC))
