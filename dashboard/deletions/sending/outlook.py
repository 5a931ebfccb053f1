"""What lies ahead of a request: its due date by law, and when the quota lets it run."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import times
from dashboard.deletions import clocks, laws, policy
from dashboard.deletions.models import DeletionRequest, DeletionVisitor, Pause, number_words
from dashboard.deletions.sending import pausing, quota
from dashboard.deletions.sending.planning import Plan, Planned, Waiting, make_plan
from dashboard.deletions.states import OPEN, Status, VisitorState

_UNANSWERED = OPEN | {Status.EXPIRED}
"""The person still waits: an approval that was not used in time erased nothing."""


@dataclass(frozen=True)
class DueDate:
    """The legal clock in words and as places on a line from 0 (received) to 1 (the end of the extension)."""

    rule: str
    headline: str
    tone: str
    due_words: str
    is_running: bool
    """Whether the clock still runs: there is no "today" on the line of a request that was answered."""
    today: float
    due: float
    received_label: str
    due_label: str
    extended_label: str


@dataclass(frozen=True)
class Late:
    """A request whose last visitor would go after its date by law."""

    request_id: int
    number: str
    due_at: datetime | None
    last: datetime

    @classmethod
    def of(cls, planned: Planned) -> "Late":
        return cls(planned.request_id, number_words(planned.request_id), planned.due_at, planned.last)


@dataclass(frozen=True)
class Forecast:
    """The quota, when this request could run by it, and whose date by law would be missed."""

    hour_used: int
    hour_limit: int
    day_used: int
    day_limit: int
    count: int
    """Visitors of this request that still wait; those on hold are not among them."""
    planned: Planned | None
    """None when nothing of it waits, or the limits allow no deletion at all."""
    allows_nothing: bool
    late_because: list[Late]
    """Other requests that keep their date without this one and miss it with it."""
    rests_until: datetime | None
    pause: Pause | None

    @property
    def is_one_moment(self) -> bool:
        return self.planned is not None and self.planned.last - self.planned.first < timedelta(minutes=1)


def due_date(request: DeletionRequest, now: datetime) -> DueDate | None:
    """The legal clock, or None when no rule is known. Days are counted where the request came in."""
    rule, zone = laws.rule_of(request.jurisdiction), request.zone
    extended_at = clocks.due_at(rule, request.received_at, zone, extended=True)
    if request.due_at is None or extended_at is None or rule is None:
        return None
    is_running = request.status in _UNANSWERED or failed_of(request).exists()
    whole = (extended_at - request.received_at).total_seconds()
    today = zone_day(now, zone)
    return DueDate(
        rule=rule.name,
        headline=_headline(request, now, is_running=is_running),
        tone=_tone(request, now) if is_running else "",
        due_words=_("%(day)s, 24:00 %(zone)s")
        % {"day": times.whole_date(clocks.last_day(request.due_at, zone)), "zone": times.zone_name(zone)},
        is_running=is_running,
        today=max(0.0, min(1.0, (now - request.received_at).total_seconds() / whole)),
        due=(request.due_at - request.received_at).total_seconds() / whole,
        received_label=_("Received %(day)s") % {"day": times.near_date(zone_day(request.received_at, zone), today)},
        due_label=_("Due %(day)s") % {"day": times.near_date(clocks.last_day(request.due_at, zone), today)},
        extended_label=_("%(day)s, if extended once with notice")
        % {"day": times.whole_date(clocks.last_day(extended_at, zone))},
    )


def zone_day(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant in a zone."""
    return at.astimezone(zone).date()


def days_left_words(request: DeletionRequest, now: datetime) -> str:
    """`28 days left`, `due today`, `3 days late`, or that no clock runs."""
    days = request.days_left(now)
    if days is None:
        return _("no legal clock")
    if days < 0:
        return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}
    if days == 0:
        return _("due today")
    return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}


def failed_of(request: DeletionRequest) -> QuerySet[DeletionVisitor]:
    """Visitors of a closed request that were not erased, by this request or another one."""
    failed = request.visitors.filter(state=VisitorState.FAILED, request__status=Status.CLOSED)
    return failed.exclude(visitor_id="")


def _headline(request: DeletionRequest, now: datetime, *, is_running: bool) -> str:
    if is_running:
        words = days_left_words(request, now)
        return words[0].upper() + words[1:]
    in_time = request.ended_at is not None and request.due_at is not None and request.ended_at <= request.due_at
    return _("Ended in time") if in_time else _("Ended late")


def due_tone(request: DeletionRequest, now: datetime) -> str:
    """red when late, ochre from a week before, else nothing; only while it is open."""
    return _tone(request, now) if request.status in OPEN else ""


def _tone(request: DeletionRequest, now: datetime) -> str:
    days = request.days_left(now)
    if days is None:
        return ""
    return "red" if days < 0 else "ochre" if days <= 7 else ""


def queue_plan(now: datetime, *, only_if: DeletionRequest | None = None, without: int | None = None) -> Plan | None:
    """When everything approved and running goes, as the quota stands; None when the limits allow no deletion at all.

    `only_if` is a request that is not approved yet: it is planned as if it were approved at `now`. `without` leaves a
    request out. Visitors on hold are not in it. While deletions are paused: as if they went on at `now`.
    """
    waiting = [each for each in _waiting(now) if each.request_id != without]
    if only_if is not None:
        ready_at = now + settings.DELETION_COOLING_OFF
        count = only_if.visitors.filter(is_open=True).count()
        waiting += [Waiting(only_if.pk, count, ready_at, only_if.due_at)] if count else []
    calls = quota.recent_calls(now)
    start = max([now, *(call.queue_rests_until for call in calls if call.queue_rests_until)])
    return make_plan(waiting, spent=(call.arrived_by for call in calls), limits=quota.limits(), start=start)


def _waiting(now: datetime) -> list[Waiting]:
    """What waits, in few rows: the visitors of a request are one row unless they wait for different instants."""
    rows = (
        DeletionVisitor.objects.filter(is_open=True, request__status__in=[Status.APPROVED, Status.RUNNING])
        .exclude(state=VisitorState.HELD)
        .order_by()
        .values_list("request_id", "request__due_at", "request__runs_after", "next_attempt_at")
        .annotate(count=Count("pk"))
    )
    return [
        Waiting(request_id, count, max(now, *filter(None, (runs_after, next_attempt_at))), due_at)
        for request_id, due_at, runs_after, next_attempt_at, count in rows
    ]


def forecast_for(request: DeletionRequest, now: datetime) -> Forecast:
    """The quota as our own calls left it, when the open visitors of this request could go, and who is late then."""
    calls, limits = quota.recent_calls(now), quota.limits()
    plan = queue_plan(now, only_if=request if request.status == Status.REQUESTED else None)
    rests = [call.queue_rests_until for call in calls if call.queue_rests_until and call.queue_rests_until > now]
    return Forecast(
        hour_used=policy.spent_within(calls, policy.HOUR, now),
        hour_limit=limits.per_hour,
        day_used=policy.spent_within(calls, policy.DAY, now),
        day_limit=limits.per_day,
        count=request.visitors.filter(is_open=True).exclude(state=VisitorState.HELD).count(),
        planned=plan.requests.get(request.pk) if plan else None,
        allows_nothing=plan is None,
        late_because=_late_because(request, plan, now) if plan else [],
        rests_until=max(rests) if rests else None,
        pause=pausing.current(),
    )


def _late_because(request: DeletionRequest, plan: Plan, now: datetime) -> list[Late]:
    """Others that miss their date in this plan and would keep it without this request."""
    mine = plan.requests.get(request.pk)
    if mine is None:
        return []
    # What goes before its first visitor goes when it goes, with this request or without it.
    late = [each for each in plan.late if each.request_id != request.pk and each.last > mine.first]
    if not late:
        return []
    without = queue_plan(now, without=request.pk)
    late_anyway = {each.request_id for each in without.late} if without else set()
    return [Late.of(each) for each in late if each.request_id not in late_anyway]
