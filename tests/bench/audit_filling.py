"""Fills the audit log for its bench without the front door, but with rows that the front door could have written."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

_AT_ONCE = 50_000
_SUBJECTS = 2_000
_DAYS = 300


def fill(entries: int) -> int:
    """Writes entries, each with one mention and waiting for its place, until the log has so many; gives how many."""
    from django.db import connection

    from dashboard.audit.models import AuditEntry

    missing = max(0, entries - AuditEntry.objects.count())
    write = _copy if connection.vendor == "postgresql" else _insert
    with _without_indexes():
        made = _made(missing)
        for done in range(0, missing, _AT_ONCE):
            write([next(made) for _ in range(min(_AT_ONCE, missing - done))])
    return missing


def _made(count: int) -> Iterator[tuple[Any, int]]:
    """Entries over some months, each with the number of the visitor that it mentions."""
    from dashboard.audit.kinds import AuditKind
    from dashboard.audit.models import AuditEntry
    from dashboard.audit.record import body_of
    from dashboard.audit.subject_rows import meet
    from dashboard.audit.subjects import Personal, SubjectKind

    chance, kinds = random.Random(7), [kind.code for kind in AuditKind if kind is not AuditKind.AUDIT_RESTORED]
    crowd = {n: Personal(SubjectKind.VISITOR, f"crowd{n:015}") for n in range(_SUBJECTS)}
    subjects, begin = list(meet(crowd).values()), datetime.now(UTC) - timedelta(days=_DAYS)
    for place in range(count):
        number, subject = chance.randrange(10_000), subjects[chance.randrange(_SUBJECTS)]
        entry = AuditEntry(
            at=begin + timedelta(days=_DAYS) * (place / count),
            kind=kinds[chance.randrange(len(kinds))],
            outcome="refused" if number % 200 == 0 else "done",
            actor_id=number % 60 + 1,
            via="page",
            request_id=f"req_{place:020}",
            batch=f"J-{place // 500:04}" if number % 4 == 0 else "",
            ticket=f"#{number}" if number % 10 == 0 else "",
            target_type="job",
            target_ref=str(number),
        )
        entry.body = body_of(entry, details={"count": number}, subjects={"visitor": subject})
        yield entry, subject.pk


def _insert(made: list[tuple[Any, int]]) -> None:
    from django.db import transaction

    from dashboard.audit.writing import insert

    with transaction.atomic():
        insert([entry for entry, _ in made], [{"visitor": subject} for _, subject in made])


def _copy(made: list[tuple[Any, int]]) -> None:
    """PostgreSQL's COPY, without asking for each row whether what it points to is there: the rows are ours."""
    from django.db import connection, transaction

    from dashboard.audit.models import AuditEntry

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT nextval(pg_get_serial_sequence('audit_auditentry', 'id'))")
        (first,) = cursor.fetchone()
        cursor.execute("SELECT setval(pg_get_serial_sequence('audit_auditentry', 'id'), %s)", [first + len(made) - 1])
        columns = [field.attname for field in AuditEntry._meta.concrete_fields if not field.primary_key]
        rows = [(first + place, *(getattr(entry, name) for name in columns)) for place, (entry, _) in enumerate(made)]
        mentions = [(first + place, subject, "visitor") for place, (_, subject) in enumerate(made)]
        for table, names, some in (
            ("audit_auditentry", ("id", *columns), rows),
            ("audit_auditmention", ("entry_id", "subject_id", "role"), mentions),
            ("audit_auditwaiting", ("entry_id",), [(number,) for number, *_ in mentions]),
        ):
            with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in some:
                    copy.write_row(row)


@contextmanager
def _without_indexes() -> Iterator[None]:
    """PostgreSQL keeps no index up to date meanwhile that only makes reading fast: it makes them anew afterwards."""
    from django.db import connection

    found: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE NOT indisunique"
                " AND indrelid IN ('audit_auditentry'::regclass, 'audit_auditmention'::regclass)"
            )
            found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _, definition in found:
            cursor.execute(definition)
        if found:
            cursor.execute("ANALYZE")
