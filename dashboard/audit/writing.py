"""Puts entries into the database, what they mention, and that they wait: one statement on PostgreSQL, three on SQLite.

Rows travel as one JSON text, however many they are: the database takes it apart in less time than Python needs to put
a statement of so many values together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection

from dashboard.audit.models import AuditEntry

_COLUMNS = tuple(field.attname for field in AuditEntry._meta.concrete_fields if not field.primary_key)
_NAMES = ", ".join(_COLUMNS)
_TYPES = {"at": "timestamptz", "actor_id": "bigint", "on_behalf_of_id": "bigint"}
_TYPED = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS)

# A body goes as base64, so that what is stored are its bytes, whatever the database takes for text.
_POSTGRESQL = f"""
    WITH entry AS (
        INSERT INTO audit_auditentry ({_NAMES})
        SELECT {_NAMES.replace("body", "decode(body, 'base64')")}
        FROM json_to_recordset(%s::json) AS given ({_TYPED})
        RETURNING id
    ), numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM entry
    ), mention AS (
        INSERT INTO audit_auditmention (entry_id, subject_id, role)
        SELECT id, subject, role
        FROM json_to_recordset(%s::json) AS said (place bigint, subject bigint, role text) JOIN numbered USING (place)
    ), waiting AS (
        INSERT INTO audit_auditwaiting (entry_id) SELECT id FROM entry
    )
    SELECT id FROM entry
"""  # noqa: S608  # our names
_EXTRACTED = ", ".join(f"json_extract(value, '$.{name}')" for name in _COLUMNS)
_SQLITE_ENTRIES = f"""
    INSERT INTO audit_auditentry ({_NAMES})
    SELECT {_EXTRACTED.replace("json_extract(value, '$.body')", "CAST(json_extract(value, '$.body') AS BLOB)")}
    FROM json_each(%s) WHERE true RETURNING id
"""  # noqa: S608
_SQLITE_MENTIONS = """
    INSERT INTO audit_auditmention (entry_id, subject_id, role)
    SELECT json_extract(value, '$.entry'), json_extract(value, '$.subject'), json_extract(value, '$.role')
    FROM json_each(%s)
"""
_SQLITE_WAITING = "INSERT INTO audit_auditwaiting (entry_id) SELECT value FROM json_each(%s)"

_encode = msgspec.json.Encoder().encode


def insert(entries: Sequence[AuditEntry], mentioned: Sequence[Mapping[str, int]]) -> None:
    """Inserts the entries and gives them their numbers, which grow in their order.

    `mentioned` holds for each entry the numbers of its subjects by role. Runs in the caller's transaction.
    """
    if not entries:
        return
    into = _into_postgresql if connection.vendor == "postgresql" else _into_sqlite
    for entry, number in zip(entries, into([vars(entry) for entry in entries], mentioned), strict=True):
        entry.pk = number
        entry._state.adding, entry._state.db = False, connection.alias


def _into_postgresql(entries: list[dict[str, Any]], mentioned: Sequence[Mapping[str, int]]) -> list[int]:
    rows = [{name: entry[name] for name in _COLUMNS} for entry in entries]
    said = _mentions("place", range(len(rows)), mentioned)
    return sorted(_numbers(_POSTGRESQL, rows, said))


def _into_sqlite(entries: list[dict[str, Any]], mentioned: Sequence[Mapping[str, int]]) -> list[int]:
    rows = [{name: entry[name] for name in _COLUMNS} for entry in entries]
    for row in rows:
        row["at"], row["body"] = connection.ops.adapt_datetimefield_value(row["at"]), row["body"].decode()
    numbers = sorted(_numbers(_SQLITE_ENTRIES, rows))
    _numbers(_SQLITE_MENTIONS, _mentions("entry", numbers, mentioned))
    _numbers(_SQLITE_WAITING, numbers)
    return numbers


def _mentions(name: str, entries: Sequence[int], mentioned: Sequence[Mapping[str, int]]) -> list[dict[str, Any]]:
    """The rows of mentions, with what tells the entry as `name`."""
    return [
        {name: entry, "subject": subject, "role": role}
        for entry, roles in zip(entries, mentioned, strict=True)
        for role, subject in roles.items()
    ]


def _numbers(statement: str, *given: Any) -> list[int]:
    """Carries out a statement with what is given, each as JSON; gives the numbers that it returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [_encode(each).decode() for each in given])
        return [number for (number,) in cursor.fetchall()]
