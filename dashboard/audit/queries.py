"""Reading the log: filtered pages by entry number, and the history of one event, visitor or record."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry, AuditMention, Subject, SubjectAbout
from dashboard.audit.sentences import Line, lines_of
from dashboard.audit.subject_rows import find
from dashboard.audit.subjects import SubjectKind

if TYPE_CHECKING:
    from dashboard.accounts.models import User

PAGE_SIZE = 50
MOST_HANDLES = 20
"""How many Subject rows of one value are looked through; each erasure and each new key adds one."""
_PIECE = 4
"""How many times the lines that are wanted are looked at in one go, where batches are folded."""
COUNT_CAP = 1000
"""Counting stops here: beyond it the page says "1,000+"."""

# Most entries have none of these, and the indexes hold only those that have one: SQLite uses such an index only where
# the question says it too.
_SELDOM = {"ticket", "batch", "request_id"}
CHANGES = tuple(kind.code for kind in AuditKind if kind.is_change)


class Aspect(StrEnum):
    """The four ways to look at the log."""

    EVERYTHING = ""
    CHANGES = "changes"
    LOOKING = "looking"
    TROUBLE = "trouble"


@dataclass(frozen=True, kw_only=True)
class EntryFilter:
    """What to show. Every field narrows; `about` are handles of Subject rows, never the values themselves.

    `start` (included) and `end` (not included) are aware instants.
    """

    aspect: Aspect = Aspect.EVERYTHING
    who: int | None = None
    kind: str = ""
    outcome: str = ""
    target_type: str = ""
    target_ref: str = ""
    about: tuple[str, ...] = ()
    ticket: str = ""
    batch: str = ""
    request_id: str = ""
    start: datetime | None = None
    end: datetime | None = None

    @property
    def has_window(self) -> bool:
        return self.start is not None or self.end is not None

    @property
    def folds_batches(self) -> bool:
        """A batch is one line unless somebody asks for something that may be inside it."""
        return (
            self.aspect != Aspect.TROUBLE
            and replace(self, aspect=Aspect.EVERYTHING, start=None, end=None) == EntryFilter()
        )


@dataclass(frozen=True)
class EntryPage:
    """Newest first. `older` is the number to pass as `before` for the next page, None at the end."""

    lines: list[Line]
    older: int | None


def matching(wanted: EntryFilter, *, before: int | None = None, most: int | None = None) -> QuerySet[AuditEntry]:
    """The entries that `wanted` names, newest first: by number, or by time where a window is asked for.

    Both orders are the same but for acts of the same moment. By time the index on it finds the window; by number the
    database would read every newer entry first. Only what comes after entry `before`, if one is named. Who needs no
    more than the first `most` says so: then a value that half of the log mentions costs no more than a rare one.
    """
    entries = AuditEntry.objects.order_by("-at", "-pk") if wanted.has_window else AuditEntry.objects.order_by("-pk")
    if before is not None:
        entries = entries.filter(_after(before, wanted))
    if wanted.aspect == Aspect.CHANGES:
        entries = entries.filter(kind__in=CHANGES)
    elif wanted.aspect == Aspect.LOOKING:
        entries = entries.filter(outcome=AuditEntry.Outcome.DONE).exclude(kind__in=CHANGES)
    elif wanted.aspect == Aspect.TROUBLE:
        entries = entries.filter(outcome__in=[AuditEntry.Outcome.REFUSED, AuditEntry.Outcome.FAILED])
    exact = {
        "actor_id": wanted.who,
        "kind": wanted.kind,
        "outcome": wanted.outcome,
        "target_type": wanted.target_type,
        "target_ref": wanted.target_ref,
        "ticket": wanted.ticket,
        "batch": wanted.batch,
        "request_id": wanted.request_id,
    }
    named = {name: value for name, value in exact.items() if value not in (None, "")}
    entries = entries.filter(**named)
    for name in named.keys() & _SELDOM:
        entries = entries.exclude(**{name: ""})
    if wanted.about:
        entries = entries.filter(pk__in=_mentioning(wanted, before, most))
    if wanted.start:
        entries = entries.filter(at__gte=wanted.start)
    if wanted.end:
        entries = entries.filter(at__lt=wanted.end)
    return entries


def page(wanted: EntryFilter, *, viewer: "User", before: int | None = None, limit: int = PAGE_SIZE) -> EntryPage:
    """One page of matching entries; a batch is folded into its newest entry where the filter allows it."""
    if wanted.folds_batches:
        rows = _folded(wanted, before, limit + 1)
    else:
        rows = list(matching(wanted, before=before, most=limit + 1)[: limit + 1])
    shown = rows[:limit]
    counts = _batch_counts(wanted, shown) if wanted.folds_batches else {}
    return EntryPage(
        lines=lines_of(shown, viewer=viewer, batch_counts=counts),
        older=shown[-1].pk if len(rows) > limit else None,
    )


def marked(entries: QuerySet[AuditEntry], wanted: EntryFilter) -> QuerySet[AuditEntry, tuple[int, str, bool]]:
    """Of each entry its number, its batch, and whether a newer one of that batch, in the filter's order, is wanted."""
    newer = matching(wanted).order_by().filter(batch=OuterRef("batch"), pk__gt=OuterRef("pk")).exclude(batch="")
    if wanted.has_window:
        newer = newer.filter(at__gte=OuterRef("at"))
    return entries.annotate(has_newer=Exists(newer)).values_list("pk", "batch", "has_newer")


def _folded(wanted: EntryFilter, before: int | None, most: int) -> list[AuditEntry]:
    """The first `most` of these entries, of each batch only the newest that `wanted` names.

    Read piece by piece, and a batch that was met once is passed over from then on: so one of 100,000 entries is not
    asked for each of them whether it is the newest.
    """
    found: list[int] = []
    met: set[str] = set()
    size = most * _PIECE
    while len(found) < most:
        piece = list(marked(matching(wanted, before=before).exclude(batch__in=met), wanted)[:size])
        for number, batch, has_newer in piece:
            if not has_newer and batch not in met:
                found.append(number)
            if batch:
                met.add(batch)
        if len(piece) < size:
            break
        before = piece[-1][0]
    return list(matching(wanted).filter(pk__in=found[:most]))


def after(wanted: EntryFilter, before: int | None, *, limit: int) -> list[AuditEntry]:
    """Up to `limit` matching entries that come after entry `before`, batches not folded."""
    return list(matching(wanted, before=before, most=limit)[:limit])


def _mentioning(wanted: EntryFilter, before: int | None, most: int | None) -> QuerySet[AuditMention, int]:
    """The numbers of the entries that mention what is asked for; only as many as are needed, where nothing else is."""
    # By number, not by handle: the index holds the mentions of a subject in the order of entries.
    subjects = list(Subject.objects.filter(handle__in=wanted.about).values_list("pk", flat=True))
    mentions = AuditMention.objects.filter(subject__in=subjects)
    if most is None or replace(wanted, about=()) != EntryFilter():
        return mentions.values_list("entry", flat=True)
    if before is not None:
        mentions = mentions.filter(entry__lt=before)
    return mentions.order_by("-entry").values_list("entry", flat=True).distinct()[:most]


def _after(before: int, wanted: EntryFilter) -> Q:
    """What comes after entry `before` in the order of the filter."""
    last = None
    if wanted.has_window:
        last = AuditEntry.objects.filter(pk=before).values_list("at", flat=True).first()
    return Q(pk__lt=before) if last is None else Q(at__lt=last) | Q(at=last, pk__lt=before)


def count(wanted: EntryFilter) -> int:
    """How many entries match, counted up to COUNT_CAP."""
    return matching(wanted, most=COUNT_CAP).order_by()[:COUNT_CAP].count()


def handles_of(kind: SubjectKind, value: str) -> tuple[str, ...]:
    """The handles under which the log knows this value, erased rows included; empty when it never met it."""
    return tuple(find(kind, [value]).order_by("-pk").values_list("handle", flat=True)[:MOST_HANDLES])


def history_of(kind: SubjectKind, value: str, *, viewer: "User", limit: int = 20) -> list[Line]:
    """What was done with this value, newest first, as `viewer` may read it.

    For a visitor also what was done with the events that belong to it. Costs four queries, five for a visitor.
    """
    subjects = list(find(kind, [value]).values_list("pk", flat=True))
    if kind == SubjectKind.VISITOR and subjects:
        events = SubjectAbout.objects.filter(visitor__in=subjects, subject__kind=SubjectKind.EVENT)
        subjects += events.values_list("subject", flat=True)
    if not subjects:
        return []
    mentions = AuditMention.objects.filter(subject__in=subjects).order_by("-entry_id")
    numbers = list(mentions.values_list("entry_id", flat=True).distinct()[:limit])
    return lines_of(AuditEntry.objects.filter(pk__in=numbers).order_by("-pk"), viewer=viewer)


def history_of_record(target_type: str, ref: str | int, *, viewer: "User", limit: int = 50) -> list[Line]:
    """What was done with one of our own records (search, job, deletion, person), newest first. Costs two queries."""
    entries = AuditEntry.objects.filter(target_type=target_type, target_ref=str(ref)).order_by("-pk")
    return lines_of(entries[:limit], viewer=viewer)


def history_of_batch(batch: str, *, viewer: "User", limit: int = PAGE_SIZE) -> list[Line]:
    """The entries that belong together as one batch, newest first."""
    return lines_of(AuditEntry.objects.filter(batch=batch).order_by("-pk")[:limit], viewer=viewer) if batch else []


def _batch_counts(wanted: EntryFilter, entries: list[AuditEntry]) -> dict[str, int]:
    batches = {entry.batch for entry in entries if entry.batch}
    if not batches:
        return {}
    of_them = matching(wanted).order_by().filter(batch__in=batches).exclude(batch="")
    counted = of_them.values("batch").annotate(entries=Count("pk"))
    return {row["batch"]: row["entries"] for row in counted}


def newest_verification() -> AuditEntry | None:
    """The entry of the verification of the log that ended last."""
    return AuditEntry.objects.filter(kind=AuditKind.AUDIT_VERIFIED.code).order_by("-pk").first()
