"""What a list would meet if it were confirmed now, and what an undo would put back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Window

from dashboard.accounts.models import User
from dashboard.core import facts
from dashboard.core.facts import Fact
from dashboard.tagging import marks, policy, wording
from dashboard.tagging.actions.confirming import blocked_visitors
from dashboard.tagging.actions.undo_rows import changed_by, forgotten
from dashboard.tagging.changes import CannotChange, Change, ChangeKind
from dashboard.tagging.loaded import loaded_events
from dashboard.tagging.models import BulkItem, BulkItems, BulkJob
from fingerprint_integration.config import Patience
from fingerprint_integration.domain import Event
from fingerprint_integration.errors import FingerprintError
from fingerprint_integration.services import reads

SAMPLE_SIZE = 5
_MOST_FACTS = 6
_MOST_CONFLICTS = 5


@dataclass(frozen=True)
class Sampled:
    """One event of the list; `event` is None when it is in nothing this person has loaded."""

    event_id: str
    visitor_id: str
    event: Event | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The numbers of a list. Counts of values are of the events that were read: None when none was."""

    count: int
    visitor_count: int
    without_visitor: int
    linked_count: int | None
    suspect_now: int | None
    cleared_now: int | None
    already: int | None
    too_old: int
    blocked: int
    facts: tuple[Fact, ...]
    sample: tuple[Sampled, ...]
    calls: int

    @property
    def time_needed(self) -> timedelta:
        return policy.time_needed(self.count, settings.FINGERPRINT_RATE_PER_SECOND)

    @property
    def update_window(self) -> timedelta:
        return reads.capabilities().update_window


def preview(job: BulkJob, *, change: Change | None, act: str, by: User, now: datetime) -> Preview:
    """What the frozen list of `job` would meet. `change` is what the form says so far, `act` what was pressed."""
    items = BulkItem.objects.filter(job=job).order_by()
    # The version's promise, counted from now: what becomes too old while the job runs is said when it happens.
    border = now - reads.capabilities().update_window
    blocked = blocked_visitors(job)
    found = items.aggregate(
        visitors=Count("visitor_id", distinct=True, filter=~Q(visitor_id="")),
        without_visitor=Count("pk", filter=Q(visitor_id="")),
        linked=Count("linked_id_mark", distinct=True, filter=~Q(linked_id_mark="")),
        suspect=Count("pk", filter=Q(suspect_read=True)),
        cleared=Count("pk", filter=Q(suspect_read=False)),
        too_old=Count("pk", filter=Q(event_at__lt=border)),
    )
    first = list(items.order_by("position")[:SAMPLE_SIZE])
    loaded = loaded_events([item.event_id for item in first], by=by, now=now)
    was_read = job.source in (BulkJob.Source.SEARCH, BulkJob.Source.VISITOR) or found["suspect"] or found["cleared"]
    return Preview(
        count=job.count,
        visitor_count=found["visitors"],
        without_visitor=found["without_visitor"],
        linked_count=found["linked"] if was_read else None,
        suspect_now=found["suspect"] if was_read else None,
        cleared_now=found["cleared"] if was_read else None,
        already=_already(items, change, act, found) if was_read else None,
        too_old=found["too_old"],
        blocked=items.filter(visitor_id__in=blocked).count() if blocked else 0,
        facts=tuple(fact for fact in facts.about(sorted(blocked)[:_MOST_FACTS]) if fact.blocks_changes),
        sample=tuple(Sampled(item.event_id, item.visitor_id, loaded.get(item.event_id)) for item in first),
        calls=job.count * policy.CALLS_PER_EVENT,
    )


def _already(items: BulkItems, change: Change | None, act: str, found: dict[str, int]) -> int | None:
    if change is None:
        return {"suspect": found["suspect"], "not_suspect": found["cleared"]}.get(act)
    if change.kind == ChangeKind.SUSPECT:
        return found["suspect"] if change.wanted else found["cleared"]
    if change.kind == ChangeKind.LINKED_ID:
        return items.filter(linked_id_mark=marks.of_linked_id(change.wanted)).count()
    return None


# -- Before and after -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """What one event has and what it would have; `problem` says why there is nothing to show."""

    event_id: str
    before: str | None = None
    after: str | None = None
    is_same: bool = False
    problem: str = ""


def differences(job: BulkJob, change: Change) -> list[Difference]:
    """The first few events of the list as they are at Fingerprint now, and as they would be. One request each."""
    shown = []
    for event_id in (
        BulkItem.objects.filter(job=job).order_by("position").values_list("event_id", flat=True)[:SAMPLE_SIZE]
    ):
        try:
            event = reads.get_event(event_id, patience=Patience.PAGE)
            after = change.for_event(event)
        except FingerprintError as problem:
            shown.append(Difference(event_id, problem=problem.user_message))
        except CannotChange as cannot:
            shown.append(Difference(event_id, problem=str(policy.ITEM_SENTENCES[cannot.args[0]])))
        else:
            field = after.kind
            before = wording.value_words(field, after.before(event))
            words = wording.value_words(field, after.stored_value)
            shown.append(Difference(event_id, before, words, is_same=after.stands_in(event)))
    return shown


# -- Undo -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Conflict:
    """An event that a later job changed: by whom, when, in which job."""

    event_id: str
    job: BulkJob
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What an undo would do, as far as Inkpad knows: who changed an event elsewhere is found when it runs."""

    count: int
    conflict_count: int
    conflicts: tuple[Conflict, ...]
    never_set: int
    """Events not left alone that had no value before: suspect becomes "not suspect", tags an empty object, a linked id
    cannot go."""
    forgotten: int
    """Events that cannot go back, because what was noted of them named somebody erased since."""
    until: datetime | None

    @property
    def going_back(self) -> int:
        return self.count - self.conflict_count


def outlook(original: BulkJob, *, draft: BulkJob | None = None) -> Outlook:
    """What undoing a job would do; with `draft`, of the events in that list."""
    changed = changed_by(original)
    if draft is not None:
        changed = changed.filter(put_back_by__job=draft)
    found = changed.aggregate(
        count=Count("*"), oldest=Min("event_at"), never=Count("pk", filter=Q(before=b"null")), first=Min("settled_at")
    )
    conflicts = _conflicts(original, changed, since=found["first"])
    window = reads.capabilities().update_window
    overwrites = draft is not None and draft.overwrites
    return Outlook(
        count=found["count"],
        conflict_count=conflicts[0].total if conflicts else 0,
        conflicts=tuple(_conflict(event_id, _same_field(original)) for event_id in _event_ids(conflicts)),
        never_set=found["never"] - (conflicts[0].never if conflicts and not overwrites else 0),
        forgotten=forgotten(original).count() if draft is None else 0,
        until=found["oldest"] + window if found["oldest"] else None,
    )


def _same_field(job: BulkJob) -> list[str]:
    return [kind.value for kind in ChangeKind if kind.field == job.field]


class _Found(NamedTuple):
    """The key of one conflict, beside how many there are in all, and how many of those had no value before."""

    pk: int
    total: int
    never: int


def _conflicts(original: BulkJob, changed: BulkItems, *, since: datetime | None) -> list[_Found]:
    """The first few of `changed` that another job changed later.

    `since` is the first change of the job. Most often nobody did anything to this field since, and then no event is
    looked at. Otherwise the ids that were changed since are read once, and only theirs are compared one by one.
    """
    if since is None:
        return []
    others = BulkJob.objects.filter(
        # A cancelled job may still learn what became of the events it had sent.
        Q(finished_at=None) | Q(finished_at__gt=since) | Q(state=BulkJob.State.CANCELLED),
        change_kind__in=_same_field(original),
        confirmed_at__isnull=False,
    ).exclude(pk=original.pk)
    # As numbers, because a database that is given them begins with their events and not with ours.
    numbers = list(others.values_list("pk", flat=True))
    if not numbers:
        return []
    later = BulkItem.objects.filter(job__in=numbers, state=BulkItem.State.APPLIED, settled_at__gt=since)
    exactly = later.exclude(event_id="").filter(event_id=OuterRef("event_id"), settled_at__gt=OuterRef("settled_at"))
    conflicts = changed.filter(event_id__in=later.values("event_id")).filter(Exists(exactly))
    # The sum keeps PostgreSQL from walking along the index of places, in hope of five that soon come by.
    found = conflicts.annotate(total=Window(Count("*")), never=Window(Count("pk", filter=Q(before=b"null")))).order_by(
        F("position") + 0
    )
    return [_Found(*each) for each in found.values_list("pk", "total", "never")[:_MOST_CONFLICTS]]


def _event_ids(conflicts: list[_Found]) -> list[str]:
    rows = BulkItem.objects.filter(pk__in=[each.pk for each in conflicts]).order_by("position")
    return list(rows.values_list("event_id", flat=True)) if conflicts else []


def _conflict(event_id: str, same_field: list[str]) -> Conflict:
    last = (
        BulkItem.objects.filter(event_id=event_id, state=BulkItem.State.APPLIED, job__change_kind__in=same_field)
        .select_related("job__asked_by")
        .order_by(F("settled_at").desc())[:1]
    )
    newest = last.get()
    return Conflict(event_id, newest.job, newest.settled_at)
