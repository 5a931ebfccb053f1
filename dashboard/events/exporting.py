"""Taking loaded events away as a file: made with a reason, listed, taken, revoked, and forgotten with its visitors."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import export as export_target
from dashboard.audit.record import record
from dashboard.audit.refusals import Refused
from dashboard.core.access import Perm
from dashboard.events import export_rows
from dashboard.events.masking import Lens
from dashboard.events.models import Export, ExportChunk, Search
from fingerprint_integration.domain import Event


@transaction.atomic(durable=True)
def make_export(
    search: Search,
    events: Sequence[Event],
    *,
    form: str,
    reason: str,
    ticket: str,
    by: User,
    now: datetime,
) -> Export:
    """A file of these loaded events as `by` may see them. Refused without events: there is nothing to take away."""
    if not events:
        raise Refused(
            _("Nothing is loaded that could be exported. Open the search again and load its events."),
            kind=AuditKind.EXPORT_REFUSED,
            details={"because": "nothing is loaded"},
        )
    lens = Lens.of(by)
    visitor_ids = sorted({event.visitor_id for event in events if event.visitor_id})
    export = keep(
        pack(export_rows.chunks(events, form, lens)), visitor_ids, count=len(events), form=form,
        is_whole=lens.sees_personal, reason=reason, ticket=ticket, by=by, now=now,
    )  # fmt: skip
    record(
        AuditKind.EXPORT_MADE,
        by=by,
        target=export_target(export.short_id),
        reason=reason,
        ticket=ticket,
        details={"search": search.short_id, **in_log(export)},
        about=tuple(visitor_ids) if len(visitor_ids) == 1 else (),
        at=now,
    )
    return export


def pack(pieces: Iterable[bytes]) -> list[tuple[int, bytes]]:
    """The size of each piece of a file, and the piece compressed: so all of them fit into memory."""
    return [(len(piece), zlib.compress(piece)) for piece in pieces]


def keep(
    packed: Sequence[tuple[int, bytes]],
    visitor_ids: Sequence[str],
    *,
    count: int,
    form: str,
    is_whole: bool,
    reason: str,
    ticket: str,
    by: User,
    now: datetime,
    source: str = "",
) -> Export:
    """Store a packed file of `count` rows about these visitors, in the transaction of the entry that says so.

    `source` names the record of ours that the rows are of. `is_whole`: personal values stand in it as they are.
    """
    export = Export.objects.create(
        owner=by,
        form=form,
        source=source,
        is_whole=is_whole,
        count=count,
        size=sum(size for size, _piece in packed),
        reason=reason.encode(),
        ticket=ticket,
        packed_visitors=msgspec.json.encode(visitor_ids),
        created_at=now,
        expires_at=now + settings.EXPORT_LIFETIME,
    )
    chunks = (ExportChunk(export=export, number=number, packed=piece) for number, (_size, piece) in enumerate(packed))
    ExportChunk.objects.bulk_create(chunks, batch_size=100)
    return export


def in_log(export: Export) -> dict[str, str | int | list[str] | None]:
    """What every entry of a new export says of it."""
    return {
        "count": export.count,
        "form": str(Export.Form(export.form).label),
        "seen": "unmasked" if export.is_whole else "masked",
    }


@transaction.atomic(durable=True)
def take_export(export: Export, *, by: User, now: datetime) -> Iterator[bytes]:
    """The bytes of the file, for its owner alone, while it lasts. Their rights count as they are now."""
    refusal = _refusal(export, by, now)
    if refusal is not None:
        sentence, because, status = refusal
        raise Refused(
            sentence,
            kind=AuditKind.EXPORT_REFUSED,
            target=export_target(export.short_id),
            details={"because": because},
            status=status,
        )
    Export.objects.filter(pk=export.pk).update(taken_count=F("taken_count") + 1)
    record(
        AuditKind.EXPORT_TAKEN,
        by=by,
        target=export_target(export.short_id),
        details={"count": export.count},
        at=now,
    )
    return iter([chunk.data for chunk in export.chunks.order_by("number")])


def _refusal(export: Export, by: User, now: datetime) -> tuple[str, str, int] | None:
    """Why this person may not have the file now: the sentence, the reason for the log, the status."""
    if export.owner_id != by.pk:
        return _("Only the person who made this export may take it away. Make one of your own."), "not theirs", 403
    if export.revoked_at is not None:
        return _("This export was revoked. Make a new one if you still need it."), "revoked", 410
    if export.expires_at <= now:
        return _("This export has expired. Make a new one if you still need it."), "expired", 410
    if export.is_whole and Perm.VIEW_PERSONAL not in by.perms:
        return (
            _("This export holds personal values, and your roles no longer show you those. Make a new one."),
            "personal values",
            403,
        )
    return None


@transaction.atomic(durable=True)
def revoke_export(export: Export, *, by: User, now: datetime) -> None:
    """Empty the export; its row stays, so that the list still says what was taken away. Twice is once."""
    if Export.objects.filter(pk=export.pk, revoked_at=None).update(revoked_at=now) != 1:
        return
    ExportChunk.objects.filter(export=export).delete()
    record(AuditKind.EXPORT_REVOKED, by=by, target=export_target(export.short_id), at=now)


def view_list(*, by: User, of_everybody: bool, now: datetime) -> None:
    """Looking at the list of exports is written down."""
    record(AuditKind.EXPORTS_VIEWED, by=by, details={"whose": "everybody's" if of_everybody else "their own"}, at=now)


def sweep_exports(now: datetime) -> int:
    """Empty what has expired; rows go when the file has been gone for the retention of events."""
    emptied, _models = ExportChunk.objects.filter(export__expires_at__lte=now).delete()
    old, _models = Export.objects.filter(
        expires_at__lte=now - timedelta(days=settings.FINGERPRINT_RETENTION_DAYS)
    ).delete()
    return emptied + old


def forget_visitors(visitor_ids: Sequence[str], _erased_by: str) -> int:
    """Delete every export that contains one of these visitors, whole: nobody can take a line out of a file."""
    wanted = set(visitor_ids)
    named = [each.pk for each in Export.objects.only("packed_visitors") if not wanted.isdisjoint(each.visitor_ids)]
    return Export.objects.filter(pk__in=named).delete()[0]


def forget_values(values: Sequence[str], _erased_by: str) -> int:
    """Delete every export in which one of these long identifiers stands: as a value, in a tag, in a page's address.

    Another person's row can name this one. Looked for as a file writes it: as it is, and as JSON escapes it.
    """
    written = {form for name in values for form in (name, json.dumps(name)[1:-1], name.replace('"', '""'))}
    needles = [each.encode("utf-8", "surrogatepass") for each in written]
    forgotten = 0
    for export in Export.objects.prefetch_related("chunks").iterator(chunk_size=20):
        if any(needle in bytes(export.reason) for needle in needles) or any(
            needle in chunk.data for chunk in export.chunks.all() for needle in needles
        ):
            forgotten += export.delete()[0]
    return forgotten
