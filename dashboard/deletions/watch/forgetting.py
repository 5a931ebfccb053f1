"""How Inkpad forgets a visitor itself: when Fingerprint accepted, again after the commit, and for good at the end.

The first pass is part of the transaction that says "accepted". The second comes after it and is tried until it is
done: it reaches what no transaction covers, and what somebody wrote down in the meantime. At the end the request's own
row forgets its visitor too; a keyed hash stays, so that whoever brings the id can be told.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import datetime, timedelta

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.audit.subjects import Personal, SubjectKind, every_lookup_of, lookup_of
from dashboard.core import erasure
from dashboard.core.work import LeaseLost, wake
from dashboard.deletions.models import DeletionLinkedId, DeletionRequest, DeletionVisitor
from dashboard.deletions.states import Status, VisitorState
from dashboard.deletions.watch.rows import ErasedVisitor, LocalErasure, Watch

log = structlog.get_logger("inkpad.deletions")

_LONGEST_WAIT = timedelta(minutes=30)


def begin(row: DeletionVisitor, request: DeletionRequest, *, now: datetime) -> None:
    """Forgets a visitor in every feature, in the caller's transaction, and leaves a row for what must come after it."""
    counts = erasure.erase([row.visitor_id], erased_by=request.number, values=event_ids(row))
    version, lookup = lookup_of(SubjectKind.VISITOR, _bytes(row.visitor_id))
    ErasedVisitor.objects.create(
        visitor=row, key_version=version, lookup=lookup, erased_at=now, keep_until=kept_until(now)
    )
    LocalErasure.objects.create(visitor=row, begun_at=now, next_attempt_at=now, counts=_counted(counts))
    record(
        AuditKind.DELETION_ERASED_HERE,
        by=None,
        on_behalf_of=request.decided_by,
        target=deletion(request.pk),
        ticket=request.ticket,
        batch=request.number,
        details={"erased": [f"{name} {count}" for name, count in sorted(counts.items()) if count]},
        at=now,
    )
    from dashboard.deletions import tasks

    wake(tasks.follow_due)


def event_ids(row: DeletionVisitor) -> list[str]:
    """Every event id of this visitor that the request knows."""
    return [*row.event_ids, *row.older_event_ids]


def kept_until(now: datetime) -> datetime:
    """When the record of an erasure made now ends: so many calendar months later (a setting)."""
    return _months_from(now, settings.DELETION_RECORD_MONTHS)


def _months_from(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


# -- After the commit -----------------------------------------------------------------------------------------


def erase_due(*, now: datetime) -> bool:
    """One erasure that is due, as far as it goes now; False when none is."""
    row = LocalErasure.objects.claim_next(now=now)
    if row is None:
        return False
    try:
        _erase_again(row, now)
    except LeaseLost:
        log.warning("an erasure went on without us", row=row.pk)
    return True


def _erase_again(row: LocalErasure, now: datetime) -> None:
    visitor = row.visitor
    names = [visitor.visitor_id, *event_ids(visitor)]
    try:
        outside = erasure.erase_outside([name for name in names if name])
    except (redis.RedisError, OSError):
        wait = min(timedelta(seconds=30) * 2 ** min(row.attempts, 6), _LONGEST_WAIT)
        return row.settle(because="the cache did not answer", next_attempt_at=now + wait)
    with transaction.atomic():
        counts = _erase_inside(visitor)
        row.settle(
            state=LocalErasure.DONE,
            done_at=now,
            because="",
            next_attempt_at=None,
            counts=_added(row.counts, _counted({**counts, **outside})),
        )
    return None


def erase_again_soon(visitor: DeletionVisitor, *, now: datetime) -> None:
    """Somebody may have looked at the visitor while Fingerprint still answered: one more pass, in the same way."""
    LocalErasure.objects.filter(visitor=visitor, state=LocalErasure.DONE).update(
        state=LocalErasure.WAITING, next_attempt_at=now, attempts=0
    )


def _erase_inside(visitor: DeletionVisitor) -> dict[str, int]:
    if not visitor.visitor_id:
        return {}
    return erasure.erase([visitor.visitor_id], erased_by=visitor.request.number, values=event_ids(visitor))


# -- At the end -----------------------------------------------------------------------------------------------


@transaction.atomic
def release(watch: Watch, *, now: datetime) -> None:
    """The request forgets this visitor: ids emptied, the keyed hash stays. The caller holds the watch's lease."""
    visitor = DeletionVisitor.objects.select_related("request__decided_by").get(pk=watch.visitor_id)
    request = visitor.request
    counts = _erase_inside(visitor)
    joined = DeletionVisitor.objects.filter(joins=visitor)
    requests = {request.pk, *joined.values_list("request", flat=True)}
    DeletionVisitor.objects.filter(Q(pk=visitor.pk) | Q(joins=visitor.pk)).update(
        visitor_id="", evidence_ids=b"[]", residue_ids=b"[]", name_salt=b""
    )
    for each in DeletionRequest.objects.filter(pk__in=requests):
        _release_linked_ids(each)
    watch.settle(state=Watch.ENDED, released_at=now, next_attempt_at=None)
    record(
        AuditKind.DELETION_RELEASED,
        by=None,
        on_behalf_of=request.decided_by,
        target=deletion(request.pk),
        ticket=request.ticket,
        batch=request.number,
        details={"place": place_of(visitor), "erased": sum(counts.values())},
        at=now,
    )


def _release_linked_ids(request: DeletionRequest) -> None:
    if not request.visitors.exclude(visitor_id="").exists():
        values = [linked.value for linked in request.linked_ids.all()]
        erasure.erase_values(values, erased_by=request.number)
        DeletionLinkedId.objects.filter(request=request).delete()


def place_of(visitor: DeletionVisitor) -> int:
    """Which visitor of its request this is, counted from 1: how it is named where its id must not stand."""
    return DeletionVisitor.objects.filter(request=visitor.request_id, pk__lte=visitor.pk).count()


def sweep_records(*, now: datetime) -> int:
    """Ends the records whose months are over: the keyed hash goes, and with it the reasons people wrote.

    What failed so long ago goes too: until then its id stays, for it is not erased and somebody has to ask again.
    """
    ended = ErasedVisitor.objects.filter(keep_until__lte=now)
    requests = [*_forget_failed(now), *ended.values_list("visitor__request", flat=True).distinct()]
    count, _ = ended.delete()
    over = DeletionRequest.objects.filter(pk__in=requests).exclude(visitors__erased__isnull=False)
    over.filter(ended_at__lte=now).update(reason="", decision_reason="")
    return count


def _forget_failed(now: datetime) -> list[int]:
    """Empties visitors that failed so long ago, and what their requests know of the person; those requests."""
    failed = DeletionVisitor.objects.filter(
        state=VisitorState.FAILED,
        request__status=Status.CLOSED,
        settled_at__lte=_months_from(now, -settings.DELETION_RECORD_MONTHS),
    ).exclude(visitor_id="")
    requests = list(failed.values_list("request", flat=True).distinct())
    with transaction.atomic():
        failed.update(visitor_id="", evidence_ids=b"[]", residue_ids=b"[]", name_salt=b"")
        for each in DeletionRequest.objects.filter(pk__in=requests):
            _release_linked_ids(each)
    return requests


def erased_rows(visitor_ids: Sequence[str]) -> list[tuple[str, ErasedVisitor]]:
    """What we erased under these ids, each with its id, the newest first; one query, however many ids."""
    by_lookup = {
        lookup: visitor_id
        for visitor_id in visitor_ids
        for _version, lookup in every_lookup_of(SubjectKind.VISITOR, _bytes(visitor_id))
    }
    if not by_lookup:
        return []
    rows = ErasedVisitor.objects.filter(lookup__in=by_lookup).select_related("visitor__request")
    return [(by_lookup[row.lookup], row) for row in rows.order_by("-erased_at", "-pk")]


def _bytes(visitor_id: str) -> bytes:
    return Personal(SubjectKind.VISITOR, visitor_id).bytes


def _counted(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _added(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {**first, **second}}
