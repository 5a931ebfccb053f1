"""The only writer of the audit log."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils import timezone

from dashboard.audit.canonical import canonical
from dashboard.audit.models import AuditEntry
from dashboard.audit.reading import Reading
from dashboard.audit.subject_rows import Met, meet
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.audit.writing import insert
from dashboard.core.trace import Trace, current_trace

if TYPE_CHECKING:
    from dashboard.accounts.models import User

log, stream = structlog.get_logger("inkpad.audit.entry"), logging.getLogger("inkpad.audit.entry")
Outcome = AuditEntry.Outcome
Detail = str | int | bool | list[str] | None


@dataclass(frozen=True)
class Target:
    """What an entry is about: one of our own records by its number, or an event or visitor by a personal value."""

    type: str
    ref: str = ""
    personal: Personal | None = None


def event(event_id: str, visitor_id: str | None = None) -> Target:
    """An event; with its visitor, so that erasing the visitor erases the event's id here too."""
    return Target("event", personal=Personal(SubjectKind.EVENT, event_id, (visitor_id,) if visitor_id else ()))


def visitor(visitor_id: str) -> Target:
    return Target("visitor", personal=Personal(SubjectKind.VISITOR, visitor_id))


def search(short_id: str) -> Target:
    return Target("search", short_id)


def export(short_id: str) -> Target:
    return Target("export", short_id)


def job(number: int) -> Target:
    return Target("job", str(number))


def deletion(number: int) -> Target:
    return Target("deletion", str(number))


def hold(number: int) -> Target:
    return Target("hold", str(number))


def entry(number: int) -> Target:
    return Target("entry", str(number))


def person(user: "User") -> Target:
    return Target("person", str(user.pk), Personal(SubjectKind.STAFF, user.name))


@dataclass(frozen=True, kw_only=True)
class Act:
    """What one entry says; the fields are those of record()."""

    kind: Reading
    by: "User | None"
    outcome: Outcome = Outcome.DONE
    target: Target | None = None
    reason: str = ""
    ticket: str = ""
    batch: str = ""
    on_behalf_of: "User | None" = None
    details: Mapping[str, Detail] = field(default_factory=dict)
    personal: Mapping[str, Personal] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    at: datetime | None = None


def record(
    kind: Reading,
    *,
    by: "User | None",
    outcome: Outcome = Outcome.DONE,
    target: Target | None = None,
    reason: str = "",
    ticket: str = "",
    batch: str = "",
    on_behalf_of: "User | None" = None,
    details: Mapping[str, Detail] | None = None,
    personal: Mapping[str, Personal] | None = None,
    about: tuple[str, ...] = (),
    at: datetime | None = None,
) -> AuditEntry:
    """Writes one entry in the caller's transaction and returns it.

    `by` is the person who acted (None for Inkpad itself or somebody unknown). `details` hold nothing personal: numbers,
    our own words, our own record numbers. Whatever can point to a visitor goes into `personal` by name; `reason`, free
    text by staff, is kept the same way. `about` names the visitors whose erasure takes the reason along (an event's or
    visitor's own id needs no mention). `at` is an aware UTC instant, now when left out. Called inside the transaction
    of the change it records: if the entry cannot be written, the change does not happen. ValueError when a text does
    not fit its column, because the body and the columns must say the same.
    """
    act = Act(
        kind=kind,
        by=by,
        outcome=outcome,
        target=target,
        reason=reason,
        ticket=ticket,
        batch=batch,
        on_behalf_of=on_behalf_of,
        details=details or {},
        personal=personal or {},
        about=about,
        at=at,
    )
    return record_many([act])[0]


def record_many(acts: Sequence[Act]) -> list[AuditEntry]:
    """Writes these entries in the caller's transaction, in their order; as many statements as for one."""
    trace, now = current_trace(), timezone.now()
    entries = [_entry(act, trace, act.at or now) for act in acts]
    values = {
        (place, role): personal for place, act in enumerate(acts) for role, personal in _personal_values(act).items()
    }
    # No savepoint: an entry that cannot be written takes the caller's whole transaction with it.
    with transaction.atomic(savepoint=False):
        met: list[dict[str, Met]] = [{} for _ in acts]
        for (place, role), subject in meet(values).items():
            met[place][role] = subject
        for entry, act, subjects in zip(entries, acts, met, strict=True):
            if act.target is not None and not act.target.ref:
                # An event or visitor is named by its subject's handle, which says nothing by itself.
                entry.target_ref = subjects["target"].handle
            entry.body = body_of(entry, details=act.details, subjects=subjects)
        insert(entries, [{role: subject.pk for role, subject in subjects.items()} for subjects in met])
        transaction.on_commit(partial(_tell, entries))
    return entries


def _entry(act: Act, trace: Trace, at: datetime) -> AuditEntry:
    """The entry with its columns and without its body. ValueError when a text does not fit."""
    entry = AuditEntry(
        at=at.astimezone(UTC),
        kind=act.kind.code,
        outcome=act.outcome,
        actor_id=act.by.pk if act.by else None,
        on_behalf_of_id=act.on_behalf_of.pk if act.on_behalf_of else None,
        via=trace.via,
        request_id=trace.request_id,
        batch=act.batch,
        ticket=act.ticket,
        target_type=act.target.type if act.target else "",
        target_ref=act.target.ref if act.target else "",
    )
    _check_fit(entry)
    return entry


def _tell(entries: Sequence[AuditEntry]) -> None:
    """Every entry as one line of the log stream, for other systems: what the record says, so nothing personal."""
    if stream.isEnabledFor(logging.INFO):
        for entry in entries:
            said = json.loads(bytes(entry.body))
            log.info("audit", number=entry.pk, **{name: said[name] for name in said if name != "v"})


def body_of(entry: AuditEntry, *, details: Mapping[str, Detail], subjects: Mapping[str, Met]) -> bytes:
    """The record itself: the RFC 8785 bytes of everything the entry says, personal values as commitments only."""
    target = {"type": entry.target_type, "ref": entry.target_ref} if entry.target_type else None
    return canonical(
        {
            "v": 1,
            "at": instant(entry.at),
            "kind": entry.kind,
            "outcome": str(entry.outcome),
            "actor": entry.actor_id,
            "on_behalf_of": entry.on_behalf_of_id,
            "via": entry.via,
            "request_id": entry.request_id,
            "batch": entry.batch,
            "ticket": entry.ticket,
            "target": target,
            "details": {name: _clean(value) for name, value in details.items()},
            "personal": {
                role: {"kind": subject.kind, "ref": subject.handle, "commit": subject.commit}
                for role, subject in subjects.items()
            },
        }
    )


def instant(at: datetime) -> str:
    """An instant as entries write it: UTC with the six digits that both databases keep."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _personal_values(act: Act) -> dict[str, Personal]:
    values = dict(act.personal)
    if act.by is not None:
        values["actor"] = Personal(SubjectKind.STAFF, act.by.name)
    if act.on_behalf_of is not None:
        values["on_behalf_of"] = Personal(SubjectKind.STAFF, act.on_behalf_of.name)
    if act.target is not None and act.target.personal is not None:
        values["target"] = act.target.personal
    if act.reason:
        values["reason"] = Personal(SubjectKind.TEXT, act.reason, act.about or _about(act.target))
    return values


_LIMITS: tuple[tuple[str, int], ...] = tuple(
    (field.attname, limit)
    for field in AuditEntry._meta.concrete_fields
    if (limit := getattr(field, "max_length", None)) is not None
)


def _check_fit(entry: AuditEntry) -> None:
    """SQLite takes texts of any length and PostgreSQL no NUL: neither may decide what stands in the log."""
    for name, limit in _LIMITS:
        value = str(getattr(entry, name))
        if len(value) > limit or "\x00" in value:
            raise ValueError(f"{name} is longer than {limit} characters or holds NUL.")


def _clean(value: Detail) -> Detail:
    """JSON text is Unicode: a lone surrogate becomes the replacement character."""
    if isinstance(value, list):
        return [str(_clean(each)) for each in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _about(target: Target | None) -> tuple[str, ...]:
    if target is None or target.personal is None:
        return ()
    if target.personal.kind == SubjectKind.VISITOR:
        return (target.personal.value,)
    return target.personal.about
