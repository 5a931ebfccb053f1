"""The rows that hold personal values: met once per value, found by keyed hash, emptied for good.

Two processes may meet the same value at the same moment: the database keeps one row for it, and both use that one.
"""

import secrets
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import BinaryField, BooleanField, F, Func, Q, Value
from django.utils import timezone

from dashboard.audit.models import Subject, SubjectAbout
from dashboard.audit.subjects import Personal, SubjectKind, every_lookup_of, lookup_of
from dashboard.core.erasure import names_in_text

_TRIES = 5
_Lookup = tuple[str, int, str]
_Name = TypeVar("_Name", bound=Hashable)


def meet(values: Mapping[_Name, Personal]) -> dict[_Name, Subject]:
    """The Subject rows that hold these values, by the same names, tied to the visitors they concern.

    A text always gets a row of its own. Runs inside the caller's transaction; one query when everything is known,
    two more when a value is new, and up to three for what it concerns.
    """
    texts = {name: _new(each) for name, each in values.items() if each.kind == SubjectKind.TEXT}
    if texts:
        Subject.objects.bulk_create(texts.values())
    shared = {_lookup_of(each): each for each in _with_visitors(values.values()) if each.kind != SubjectKind.TEXT}
    for _ in range(_TRIES):
        rows = _rows_for(shared)
        met = {name: texts.get(name) or rows[_lookup_of(each)] for name, each in values.items()}
        concerned = {
            (met[name].pk, rows[_lookup_of(visitor)].pk)
            for name, each in values.items()
            for visitor in _visitors_of(each)
        }
        if _tie(concerned):
            return met
    raise RuntimeError("A visitor is erased again and again while being mentioned.")


def find(kind: SubjectKind, values: Iterable[str]) -> "models.QuerySet[Subject]":
    """All rows, erased ones too, that hold or held one of these values."""
    lookups: dict[int, list[str]] = {}
    for value in values:
        for version, lookup in every_lookup_of(kind, Personal(kind, value).bytes):
            lookups.setdefault(version, []).append(lookup)
    wanted = Q(pk__in=[])
    for version, hashes in lookups.items():
        wanted |= Q(key_version=version, lookup__in=hashes)
    return Subject.objects.filter(wanted, kind=kind)


@transaction.atomic
def erase_visitors(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Empties the visitors' rows and those of every value about them; returns how many were emptied.

    `erased_by` says in whose name, for example D-0231. Whoever mentions one of these visitors at this moment either
    commits first, and the mention is emptied too, or waits and then meets the visitor as somebody new.
    """
    visitors = list(
        find(SubjectKind.VISITOR, visitor_ids).select_for_update().order_by("pk").values_list("pk", flat=True)
    )
    concerned = SubjectAbout.objects.filter(visitor__in=visitors).values("subject")
    return Subject.objects.filter(Q(pk__in=visitors) | Q(pk__in=concerned), erased_at=None).update(
        value=None, salt=None, erased_at=timezone.now(), erased_by=erased_by
    )


def erase_values(kind: SubjectKind, values: Sequence[str], erased_by: str) -> int:
    """Empties the rows that hold these values, and nothing about them; returns how many were emptied."""
    return (
        find(kind, values)
        .filter(erased_at=None)
        .update(value=None, salt=None, erased_at=timezone.now(), erased_by=erased_by)
    )


def erase_names(values: Sequence[str], erased_by: str) -> int:
    """Empties the rows that hold these event ids or linked ids, and every text in which one of them stands.

    A text keeps nothing of what it said: its commitment covers the whole of it.
    """
    emptied = sum(erase_values(kind, values, erased_by) for kind in (SubjectKind.EVENT, SubjectKind.LINKED_ID))
    for name in names_in_text(values):
        texts = Subject.objects.filter(kind=SubjectKind.TEXT, erased_at=None).filter(_Holds(F("value"), name))
        emptied += texts.update(value=None, salt=None, erased_at=timezone.now(), erased_by=erased_by)
    return emptied


class _Holds(Func):
    """Whether these bytes stand somewhere inside of a column; Django has no lookup for it."""

    output_field = BooleanField()
    template = "(instr(%(expressions)s) > 0)"

    def __init__(self, column: F, name: str) -> None:
        super().__init__(column, Value(name.encode("utf-8", "surrogatepass"), output_field=BinaryField()))

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        column, name = self.source_expressions
        column_sql, column_values = compiler.compile(column)
        name_sql, name_values = compiler.compile(name)
        return f"(position({name_sql}::bytea in {column_sql}) > 0)", (*name_values, *column_values)


def _visitors_of(personal: Personal) -> list[Personal]:
    """The visitors that a value concerns, besides itself."""
    ids = [each for each in personal.about if personal.kind != SubjectKind.VISITOR or each != personal.value]
    return [Personal(SubjectKind.VISITOR, visitor_id) for visitor_id in ids]


def _with_visitors(values: Iterable[Personal]) -> Iterable[Personal]:
    for each in values:
        yield each
        yield from _visitors_of(each)


def _lookup_of(personal: Personal) -> _Lookup:
    return (personal.kind.value, *lookup_of(personal.kind, personal.bytes))


def _rows_for(wanted: Mapping[_Lookup, Personal]) -> dict[_Lookup, Subject]:
    """One living row per lookup, inserted where there is none."""
    if not wanted:
        return {}
    for _ in range(_TRIES):
        living = Subject.objects.filter(lookup__in=[lookup for _, _, lookup in wanted], erased_at=None)
        rows = {(row.kind, row.key_version, row.lookup): row for row in living}
        # Sorted, so that two processes that insert the same values never wait for each other.
        unknown = sorted(wanted.keys() - rows.keys())
        if not unknown:
            return rows
        Subject.objects.bulk_create([_new(wanted[lookup]) for lookup in unknown], ignore_conflicts=True)
    raise RuntimeError("A value is erased again and again while being mentioned.")


def _new(personal: Personal) -> Subject:
    version, lookup = lookup_of(personal.kind, personal.bytes)
    return Subject(
        kind=personal.kind,
        handle=secrets.token_hex(16),
        key_version=version,
        lookup=lookup,
        value=personal.bytes,
        salt=secrets.token_bytes(32),
    )


def _tie(pairs: set[tuple[int, int]]) -> bool:
    """Notes which subject concerns which visitor; False when one of the visitors was erased meanwhile."""
    if not pairs:
        return True
    subjects, visitors = {subject for subject, _ in pairs}, {visitor for _, visitor in pairs}
    known = SubjectAbout.objects.filter(subject__in=subjects, visitor__in=visitors)
    missing = sorted(pairs - set(known.values_list("subject_id", "visitor_id")))
    if not missing:
        return True
    if not _hold(sorted({visitor for _, visitor in missing})):
        return False
    SubjectAbout.objects.bulk_create(
        [SubjectAbout(subject_id=subject, visitor_id=visitor) for subject, visitor in missing], ignore_conflicts=True
    )
    return True


def _hold(visitors: list[int]) -> bool:
    """Keeps these rows from being emptied until the transaction ends; False when one of them is empty already.

    FOR SHARE lets others mention the same visitor meanwhile, which select_for_update would not, and waits for an
    erasure that is under way. SQLite has one writer at a time anyway.
    """
    living = Subject.objects.filter(pk__in=visitors, erased_at=None).values_list("pk")
    if connection.vendor != "postgresql":
        return living.count() == len(visitors)
    sql, parameters = living.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE", parameters)
        return len(cursor.fetchall()) == len(visitors)
