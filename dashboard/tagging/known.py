"""What jobs know about a visitor, for the pages of other features, and how they forget one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import job as job_target
from dashboard.audit.record import record
from dashboard.core import times
from dashboard.core.facts import Fact, Weight
from dashboard.tagging import mentions, policy
from dashboard.tagging.actions.lists import end_list, unpack
from dashboard.tagging.changes import ChangeKind, from_bytes
from dashboard.tagging.models import BulkItem, BulkJob

_MOST_ITEMS = 20_000
_AT_ONCE = 1_000
_MOST_FACTS = 3  # a visitor: the newest jobs say enough


@dataclass
class _Marks:
    job: BulkJob
    visitor_id: str
    since: datetime
    event_ids: set[str] = field(default_factory=set)


def about_marks(visitor_ids: Sequence[str]) -> list[Fact]:
    """`3 events marked suspect by Maya Brandt`: what jobs last set, per visitor and job, the newest first."""
    items = BulkItem.objects.filter(
        visitor_id__in=visitor_ids, job__change_kind=ChangeKind.SUSPECT, state=BulkItem.State.APPLIED
    ).order_by("-settled_at")
    rows = list(items.values_list("event_id", "visitor_id", "job_id", "settled_at", "wanted")[:_MOST_ITEMS])
    jobs = BulkJob.objects.select_related("asked_by").in_bulk({row[2] for row in rows})
    marks: dict[tuple[str, int], _Marks] = {}
    seen: set[str] = set()
    for event_id, visitor_id, job_id, settled_at, own in rows:
        job = jobs[job_id]
        if event_id in seen or settled_at is None:
            continue
        seen.add(event_id)
        if job.is_erased or not from_bytes(bytes(job.wanted if own is None else own)):
            continue  # the newest word on this event is "not suspect"
        marks.setdefault((visitor_id, job_id), _Marks(job, visitor_id, settled_at)).event_ids.add(event_id)
    shown: dict[str, int] = {}
    facts = []
    for found in marks.values():
        shown[found.visitor_id] = shown.get(found.visitor_id, 0) + 1
        if shown[found.visitor_id] <= _MOST_FACTS:
            facts.append(_fact(found))
    return facts


def _fact(found: _Marks) -> Fact:
    count = len(found.event_ids)
    claim = ngettext("%(n)s event marked suspect by %(name)s", "%(n)s events marked suspect by %(name)s", count) % {
        "n": times.thousands(count),
        "name": found.job.asked_by.name,
    }
    return Fact(
        visitor_id=found.visitor_id,
        weight=Weight.SUSPECT,
        claim=claim,
        more=_("“%(reason)s”") % {"reason": found.job.reason} if found.job.reason else "",
        url=reverse("tagging:job", args=[found.job.pk]),
        link_text=found.job.name,
        since=found.since,
    )


def forget_visitors(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Empties the items of these visitors, and every reason and value that names one of them or of their events.

    Runs inside the deletion's transaction. What was still waiting is settled as erased: nothing is sent any more. A
    job whose own value is emptied while it runs is paused. Gives the number of emptied rows.
    """
    now = timezone.now()
    items = BulkItem.objects.filter(visitor_id__in=visitor_ids)
    names = {*visitor_ids, *items.values_list("event_id", flat=True)} - {""}
    waiting = list(items.filter(state__in=BulkItem.OPEN_STATES).select_related("job__asked_by"))
    _settle_open(waiting, now, f"the visitor was erased by {erased_by}", policy.ERASED)
    emptied = items.update(
        event_id="",
        visitor_id="",
        before=None,
        wanted=None,
        expected=None,
        suspect_read=None,
        linked_id_mark="",
        erased_at=now,
    )
    emptied += _empty_notes(sorted(names), now, erased_by)
    return emptied + _end_collecting(names, now) + _empty_texts(names)


def _end_collecting(names: set[str], now: datetime) -> int:
    """A list that is being collected by a search for them, or of ids sent with theirs among them, is thrown away."""
    ended = 0
    for job in BulkJob.objects.filter(state=BulkJob.State.COLLECTING).exclude(filters=b""):
        if job.source in (BulkJob.Source.SEARCH, BulkJob.Source.VISITOR):
            text = bytes(job.filters).decode("utf-8", "replace")
            is_named = any(name in text for name in names)
        else:
            is_named = any(
                not names.isdisjoint((each.event_id, each.visitor_id)) for each in unpack(bytes(job.filters))
            )
        if is_named:
            end_list(job, policy.VALUE_ERASED, now)
            ended += 1
    return ended


def forget_values(values: Sequence[str], erased_by: str) -> int:
    """Empties what jobs set, or found before, when it is one of these linked ids or names one of these identifiers
    inside of tags, whosever event it is; gives the number of emptied rows.

    Texts that name one are cleaned where all texts are (core/free_text.py).
    """
    emptied = 0
    for job in BulkJob.objects.exclude(change_kind=ChangeKind.SUSPECT).exclude(wanted=b"").iterator(chunk_size=500):
        if mentions.is_about(job.field, bytes(job.wanted), values):
            emptied += BulkJob.objects.filter(pk=job.pk).update(**_without_value(job))
    return emptied + _empty_notes(values, timezone.now(), erased_by)


def _empty_notes(values: Sequence[str], now: datetime, erased_by: str) -> int:
    """An event whose note is emptied cannot be put back any more; one that still waits is not changed any more."""
    named, emptied = mentions.items_about(values), 0
    for begin in range(0, len(named), _AT_ONCE):
        items = BulkItem.objects.filter(pk__in=named[begin : begin + _AT_ONCE])
        waiting = list(items.filter(state__in=BulkItem.OPEN_STATES).select_related("job__asked_by"))
        _settle_open(waiting, now, f"what it had, or was to get, named somebody erased by {erased_by}", policy.NAMED)
        # What failed with a note may have been sent.
        items.filter(state=BulkItem.State.FAILED).exclude(before=None).update(code=policy.NAMED)
        emptied += items.update(before=None, wanted=None, expected=None)
    return emptied


def _without_value(job: BulkJob) -> dict[str, object]:
    if job.is_draft:
        # What somebody confirmed or is to approve is no longer there: the list waits for a new change.
        return {"wanted": b"", "state": BulkJob.State.READY, "change_kind": "", "confirmed_at": None}
    if not job.has_ended:
        return {"wanted": b"", "state": BulkJob.State.PAUSED, "paused_because": policy.VALUE_ERASED}
    return {"wanted": b""}


def _settle_open(items: list[BulkItem], now: datetime, because: str, code: str) -> None:
    for item in items:
        settled = BulkItem.objects.filter(pk=item.pk, state__in=BulkItem.OPEN_STATES).update(
            state=BulkItem.State.SKIPPED,
            code=code,
            settled_at=now,
            next_attempt_at=None,
            lease_token="",
            lease_until=None,
        )
        if not settled:
            continue  # a worker was faster, and wrote its own entry
        # Without a target: the entry must not name whom it says was erased.
        record(
            AuditKind.EVENT_NOT_CHANGED,
            by=item.job.asked_by,
            target=job_target(item.job_id),
            ticket=item.job.ticket,
            batch=item.job.name,
            details={
                "because": because,
                "item": item.position,
                "was_sent": item.was_sending,
            },
        )


def _empty_texts(names: set[str]) -> int:
    """Free text is searched for the erased identifiers: nothing else says whom it is about."""
    emptied = 0
    for job in BulkJob.objects.exclude(reason="", ticket="").iterator(chunk_size=500):
        wanted = bytes(job.wanted).decode("utf-8", "replace")
        changes: dict[str, object] = {}
        if any(name in job.reason for name in names):
            changes["reason"] = ""
        if any(name in job.ticket for name in names):
            changes["ticket"] = ""
        if any(name in wanted for name in names):
            changes |= _without_value(job)
        if changes:
            emptied += BulkJob.objects.filter(pk=job.pk).update(**changes)
    return emptied + _empty_values_of_nobody()


def _empty_values_of_nobody() -> int:
    """A list of erased visitors only, and the linked id or tags set for them, are about them."""
    items = BulkItem.objects.filter(job=OuterRef("pk"))
    nobodys = BulkJob.objects.exclude(list_hash="").filter(
        Exists(items.filter(erased_at__isnull=False)), ~Exists(items.filter(erased_at=None))
    )
    pks = list(nobodys.values_list("pk", flat=True))
    BulkJob.objects.filter(pk__in=pks).exclude(change_kind=ChangeKind.SUSPECT).update(wanted=b"")
    # The hash of a single id can be found by trying.
    return BulkJob.objects.filter(pk__in=pks).update(list_hash="")
