"""Which events an undo puts back, and to what: read from what the job noted before and after each of its changes."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from dashboard.tagging.models import BulkItem, BulkItems, BulkJob

State = BulkItem.State


def changed_by(job: BulkJob) -> BulkItems:
    """The events that this job changed and that no undo has put back since."""
    changed = BulkItem.objects.filter(job=job, state=State.APPLIED, erased_at=None, before__isnull=False)
    if not job.undone_by.exclude(confirmed_at=None).exists():
        return changed  # to look for each of 100,000 events whether it was put back costs more than everything else
    put_back = BulkItem.objects.filter(undoes=OuterRef("pk"), state__in=(State.APPLIED, State.ALREADY))
    return changed.filter(~Exists(put_back))


def forgotten(job: BulkJob) -> BulkItems:
    """The events that this job changed and that cannot go back, because what was noted named somebody erased since."""
    return BulkItem.objects.filter(job=job, state=State.APPLIED, erased_at=None, before=None)


def rows(job: BulkJob, items: Sequence[BulkItem]) -> list[BulkItem]:
    """For each of the job's changed events an item that puts it back: what it had, and what is expected to stand."""
    return [
        BulkItem(
            event_id=item.event_id,
            visitor_id=item.visitor_id,
            event_at=item.event_at,
            wanted=bytes(item.before or b"null"),
            expected=bytes(item.wanted if item.wanted is not None else job.wanted),
            undoes=item,
        )
        for item in items
    ]


def next_rows(job: BulkJob, *, after: int, limit: int) -> tuple[list[BulkItem], int | None]:
    """The next ones behind a position, and the position to go on behind, None at the end."""
    items = list(changed_by(job).filter(position__gt=after).order_by("position")[: limit + 1])
    shown = items[:limit]
    return rows(job, shown), shown[-1].position if len(items) > limit else None
