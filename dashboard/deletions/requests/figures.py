"""What happened to requests within a period: how many came in, by which law, how they ended, and how long it took."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.core import times
from dashboard.deletions import laws
from dashboard.deletions.models import DeletionRequest, DeletionVisitor
from dashboard.deletions.states import OPEN, Status, VisitorState


@dataclass(frozen=True)
class Figure:
    """One row: what is counted, in words, and how many."""

    group: str
    label: str
    count: int


@dataclass(frozen=True)
class Figures:
    """A period by days in the reader's zone, both ends included. Requests count by the day they were received."""

    first: date
    last: date
    total: int
    rows: Sequence[Figure]
    median_days: float | None
    """Days from receipt to the end, of those that were closed; None when none was."""
    slowest_days: int | None


def figures_of(first: date, last: date, *, now: datetime) -> Figures:
    """Requests received from the beginning of `first` to the end of `last`, in the active time zone."""
    zone = timezone.get_current_timezone()
    start = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    found = DeletionRequest.objects.filter(received_at__gte=start, received_at__lt=end).order_by()
    names = ("status", "jurisdiction", "source", "received_at", "ended_at", "due_at", "extended_at", "pk")
    rows = list(found.values_list(*names))
    statuses = dict(DeletionRequest.STATUSES)
    sources = dict(DeletionRequest.Source.choices)
    failed = DeletionVisitor.objects.filter(request__in=found, state=VisitorState.FAILED).exclude(visitor_id="")
    not_erased = set(failed.values_list("request", flat=True))
    days = [
        (ended - received).days for status, _j, _s, received, ended, *_rest in rows if status == Status.CLOSED and ended
    ]
    counted = [
        *_counted(_("State"), (str(statuses[row[0]]) for row in rows)),
        *_counted(_("Law"), (laws.label_of(row[1]) for row in rows)),
        *_counted(_("Came by"), (str(sources[row[2]]) for row in rows)),
        *_counted(
            _("In time"),
            (
                _("not erased")
                if row[0] == Status.EXPIRED or (row[0] == Status.CLOSED and row[7] in not_erased)
                else _in_time(row[0], row[4], row[5], now)
                for row in rows
            ),
        ),
        Figure(_("Extended"), _("once, with notice"), sum(row[6] is not None for row in rows)),
    ]
    return Figures(first, last, len(rows), counted, float(median(days)) if days else None, max(days) if days else None)


def _counted(group: str, labels: Iterable[str]) -> list[Figure]:
    counts = sorted(Counter(labels).items(), key=lambda each: (-each[1], each[0]))
    return [Figure(group, label, count) for label, count in counts]


def _in_time(status: str, ended_at: datetime | None, due_at: datetime | None, now: datetime) -> str:
    if due_at is None:
        return _("no legal clock")
    if status in OPEN:
        return _("open and late") if now >= due_at else _("open, time left")
    return _("ended late") if ended_at is not None and ended_at > due_at else _("ended in time")


def csv_rows(figures: Figures) -> list[list[object]]:
    """The same numbers as rows of a file, with the period in each."""
    period = [figures.first.isoformat(), figures.last.isoformat()]
    rows: list[list[object]] = [[*period, each.group, each.label, each.count] for each in figures.rows]
    rows.append([*period, _("All"), _("received"), figures.total])
    if figures.median_days is not None:
        rows.append([*period, _("Days from receipt to closing"), _("median"), figures.median_days])
        rows.append([*period, _("Days from receipt to closing"), _("longest"), figures.slowest_days])
    return rows


# -- The calendar of the quota ------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuotaDay:
    """One day in the reader's zone: calls made, calls planned, requests due by law; `share` is of the day's quota."""

    label: str
    is_today: bool
    sent: int
    planned: int
    due: int
    limit: int

    @property
    def used(self) -> int:
        return self.sent + self.planned


def quota_days(
    *, sent: Sequence[datetime], planned: Sequence[datetime], due: Sequence[datetime], limit: int, now: datetime
) -> list[QuotaDay]:
    """A week back and three weeks ahead. Instants are counted by the day they fall on in the active zone."""
    zone, today = timezone.get_current_timezone(), timezone.localtime(now).date()
    counts = [Counter(at.astimezone(zone).date() for at in instants) for instants in (sent, planned)]
    last_days = Counter((at - timedelta(microseconds=1)).astimezone(zone).date() for at in due)
    return [
        QuotaDay(
            label=times.day_of_week(day),
            is_today=day == today,
            sent=counts[0][day],
            planned=counts[1][day],
            due=last_days[day],
            limit=limit,
        )
        for day in (today + timedelta(days=offset) for offset in range(-7, 22))
    ]
