"""Looking at the log, which is itself an entry in the log."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.audit import exporting, queries, tasks
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditDuty, AuditEntry
from dashboard.audit.proofs import NoProof, proof_of
from dashboard.audit.queries import EntryFilter, EntryPage
from dashboard.audit.record import Target, event, record, visitor
from dashboard.audit.record import entry as entry_target
from dashboard.audit.sentences import Line, OpenEntry, open_entry
from dashboard.audit.subjects import SubjectKind
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.core.work import wake

if TYPE_CHECKING:
    from dashboard.accounts.models import User


HISTORY_PERMS = {
    "event": Perm.VIEW_EVENTS,
    "visitor": Perm.VIEW_EVENTS,
    "search": Perm.VIEW_EVENTS,
    "job": Perm.CHANGE_EVENTS,
    "deletion": Perm.VIEW_DELETIONS,
    "person": Perm.MANAGE_PEOPLE,
    "entry": Perm.VIEW_AUDIT,
}
"""Who may read what was done with which things: who may open them."""


@dataclass(frozen=True)
class Reading:
    """What somebody read: a page of entries and how many match in all (counted up to queries.COUNT_CAP)."""

    page: EntryPage
    count: int


def read_log(*, wanted: EntryFilter, before: int | None, by: "User") -> Reading:
    """A page of the log for `by`, written down before it is shown; without the entry there is no page."""
    reading = Reading(page=queries.page(wanted, viewer=by, before=before), count=queries.count(wanted))
    record(AuditKind.AUDIT_VIEWED, by=by, details={"filter": _words(wanted), "before": before})
    return reading


def read_batch(*, wanted: EntryFilter, before: int | None, by: "User") -> list[Line]:
    """The newest entries of a batch (below `before`), for its fold; written down as a look at the log."""
    lines = queries.page(wanted, viewer=by, before=before).lines
    record(AuditKind.AUDIT_VIEWED, by=by, details={"filter": _words(wanted), "before": before})
    return lines


def read_entry(*, number: int, by: "User") -> OpenEntry:
    """One entry with all that is recorded; AuditEntry.DoesNotExist when there is none."""
    opened = open_entry(AuditEntry.objects.get(pk=number), viewer=by)
    record(AuditKind.AUDIT_ENTRY_OPENED, by=by, target=entry_target(number))
    return opened


FORMS = ("csv", "jsonl")


@transaction.atomic(durable=True)
def export_log(*, wanted: EntryFilter, form: str, by: "User", now: datetime) -> Iterator[bytes]:
    """The matching entries as a file in pieces, `form` csv or jsonl; written down before the first piece is read."""
    head = exporting.heading(wanted, asked=_words(wanted), by=by, now=now)
    words = {"csv": "CSV", "jsonl": "JSON Lines"}[form]
    record(AuditKind.AUDIT_EXPORTED, by=by, details={"count": head.count, "form": words, "filter": _words(wanted)})
    write = exporting.as_csv if form == "csv" else exporting.as_json_lines
    return write(head, wanted, viewer=by)


def read_history(*, kind: str, ref: str, by: "User") -> list[Line]:
    """What was done with an event, a visitor or a record, newest first, for people who may open it.

    NotPossible when there are no such things, PermissionDenied when they may not.
    """
    if kind not in HISTORY_PERMS:
        raise NotPossible(_("There is no history of such things."), status=404)
    if HISTORY_PERMS[kind] not in by.perms:
        raise PermissionDenied(HISTORY_PERMS[kind])
    if kind in (SubjectKind.EVENT, SubjectKind.VISITOR):
        lines = queries.history_of(SubjectKind(kind), ref, viewer=by, limit=queries.PAGE_SIZE)
        target = event(ref) if kind == SubjectKind.EVENT else visitor(ref)
    else:
        lines = queries.history_of_record(kind, ref, viewer=by)
        target = Target(kind, ref)
    record(AuditKind.AUDIT_HISTORY_VIEWED, by=by, target=target)
    return lines


@transaction.atomic(durable=True)
def take_proof(*, number: int, by: "User") -> str:
    """The proof of an entry, for somebody outside; NotPossible when there is none yet."""
    try:
        proof = proof_of(number)
    except NoProof as problem:
        raise NotPossible(str(problem), status=404) from None
    record(AuditKind.AUDIT_PROOF_TAKEN, by=by, target=entry_target(number))
    return proof


@transaction.atomic(durable=True)
def ask_for_verification(*, by: "User", now: datetime) -> None:
    """Has the whole log verified as soon as a worker is free."""
    record(AuditKind.AUDIT_VERIFICATION_ASKED, by=by)
    AuditDuty.objects.filter(name=AuditDuty.Name.VERIFY).update(next_attempt_at=now)
    wake(tasks.sweep_verification)


def look_at_the_seal(*, by: "User") -> None:
    """Somebody reads how the log is checked from outside, or takes the script for it."""
    record(AuditKind.AUDIT_SEAL_VIEWED, by=by)


def _words(wanted: EntryFilter) -> list[str]:
    """The filter as it was asked: names, numbers and handles, nothing personal."""
    asked: dict[str, Any] = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    return [
        f"{name} {','.join(value) if isinstance(value, tuple) else value}" for name, value in asked.items() if value
    ]
