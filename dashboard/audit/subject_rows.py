"""The rows that hold personal values: met once per value, found by keyed hash, emptied for good.

Two processes may meet the same value at the same moment: the database keeps one row for it, and both use that one.
"""

import secrets
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models, transaction
from django.db.models import BinaryField, BooleanField, F, Func, Q, Value
from django.utils import timezone

from dashboard.audit.models import Subject, SubjectAbout
from dashboard.audit.subjects import Personal, SubjectKind, commitment, every_lookup_of, lookup_of
from dashboard.core.erasure import names_in_text

_TRIES = 5
_AT_ONCE = 500
_Lookup = tuple[str, int, str]
_Tie = tuple[int, int]
_Name = TypeVar("_Name", bound=Hashable)

# One question, because every entry asks it: the living rows, and which visitors of those in question they concern.
_KNOWN = """
    SELECT subject.id, subject.handle, subject.kind, subject.key_version, subject.lookup, subject.salt, subject.value,
           about.visitor_id
    FROM audit_subject subject LEFT JOIN audit_subjectabout about
        ON about.subject_id = subject.id AND about.visitor_id IN (
            SELECT id FROM audit_subject WHERE kind = 'visitor' AND lookup IN ({}) AND erased_at IS NULL
        )
    WHERE subject.lookup IN ({}) AND subject.erased_at IS NULL
"""
_NEW = """
    INSERT INTO audit_subject (handle, kind, key_version, lookup, value, salt, created_at, erased_by) VALUES {}
    ON CONFLICT DO NOTHING RETURNING id, handle
"""
_LIVING = "SELECT id FROM audit_subject WHERE id IN ({}) AND erased_at IS NULL"
_TIES = "INSERT INTO audit_subjectabout (subject_id, visitor_id) VALUES {} ON CONFLICT DO NOTHING"


class Met(NamedTuple):
    """A living row as an entry mentions it: its number, its handle, its kind, and the commitment to its value."""

    pk: int
    handle: str
    kind: str
    commit: str


def meet(values: Mapping[_Name, Personal]) -> dict[_Name, Met]:
    """The rows that hold these values, by the same names, tied to the visitors they concern.

    A text always gets a row of its own. Runs inside the caller's transaction; one statement when everything is known,
    one more for texts, one or two when a value is new, and two when it was not known whom it concerns.
    """
    met = _insert({name: each for name, each in values.items() if each.kind == SubjectKind.TEXT})
    shared = {name: _lookup_of(each) for name, each in values.items() if name not in met}
    about = {name: {_lookup_of(each): each for each in _visitors_of(value)} for name, value in values.items()}
    visitors = {lookup: visitor for each in about.values() for lookup, visitor in each.items()}
    wanted = {lookup: values[name] for name, lookup in shared.items()} | visitors
    for _ in range(_TRIES):
        rows, ties = _known(wanted, visitors)
        # Sorted, so that two processes that insert the same values never wait for each other.
        rows |= _insert({lookup: wanted[lookup] for lookup in sorted(wanted.keys() - rows.keys())})
        if rows.keys() < wanted.keys():
            continue  # somebody else was faster with one of them
        met |= {name: rows[lookup] for name, lookup in shared.items()}
        concerned = {(met[name].pk, rows[visitor].pk) for name, each in about.items() for visitor in each}
        if _tie(sorted(concerned - ties)):
            return met
    raise RuntimeError("A value or a visitor is erased again and again while being mentioned.")


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


def _lookup_of(personal: Personal) -> _Lookup:
    return (personal.kind.value, *lookup_of(personal.kind, personal.bytes))


def _known(wanted: Collection[_Lookup], visitors: Collection[_Lookup]) -> tuple[dict[_Lookup, Met], set[_Tie]]:
    """The living rows among the wanted ones, and which of them are tied to which of these visitors."""
    rows: dict[_Lookup, Met] = {}
    ties: set[_Tie] = set()
    if not wanted:
        return rows, ties
    # IN wants at least one value; the empty one is no row's.
    about, lookups = [lookup for _, _, lookup in visitors] or [""], [lookup for _, _, lookup in wanted]
    statement = _KNOWN.format(_places(about), _places(lookups))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*about, *lookups])
        for number, handle, kind, version, lookup, salt, value, visitor in cursor.fetchall():
            rows[kind, version, lookup] = Met(number, handle, kind, commitment(bytes(salt), kind, bytes(value)))
            if visitor is not None:
                ties.add((number, visitor))
    return rows, ties


def _insert(new: Mapping[_Name, Personal]) -> dict[_Name, Met]:
    """Rows for these values, by the same names; none where somebody else has just made one."""
    rows, met, made = [], {}, {}
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    for name, each in new.items():
        handle, salt, value = secrets.token_hex(16), secrets.token_bytes(32), each.bytes
        rows.append((handle, each.kind.value, *lookup_of(each.kind, value), value, salt, now, ""))
        met[handle] = name, Met(0, handle, each.kind.value, commitment(salt, each.kind.value, value))
    for number, handle in _execute(_NEW, rows):
        name, row = met[handle]
        made[name] = row._replace(pk=number)
    return made


def _tie(pairs: list[_Tie]) -> bool:
    """Notes which subject concerns which visitor; False when one of the visitors was erased meanwhile."""
    if pairs and not _hold(sorted({visitor for _, visitor in pairs})):
        return False
    _execute(_TIES, pairs)
    return True


def _execute(statement: str, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Carries out the statement with all rows, some hundred at a time; gives what it returns."""
    returned: list[Any] = []
    if not rows:
        return returned
    with connection.cursor() as cursor:
        for at in range(0, len(rows), _AT_ONCE):
            some = rows[at : at + _AT_ONCE]
            cursor.execute(statement.format(", ".join(f"({_places(row)})" for row in some)), list(chain(*some)))
            returned += cursor.fetchall() if cursor.description else []
    return returned


def _places(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _hold(visitors: list[int]) -> bool:
    """Keeps these rows from being emptied until the transaction ends; False when one of them is empty already.

    FOR SHARE lets others mention the same visitor meanwhile, which select_for_update would not, and waits for an
    erasure that is under way. SQLite has one writer at a time anyway.
    """
    share = "FOR SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{_LIVING.format(_places(visitors))} {share}", visitors)
        return len(cursor.fetchall()) == len(visitors)
