"""When a request must be answered by law. Pure: dates in, dates out, the zone is said.

The law counts calendar days where the request was received, so the clock runs in one zone and ends with the last hour
of its last day. GDPR Art. 12(3): one month from receipt, once two months more, with notice. CCPA (11 CCR 7021):
45 calendar days, once 45 more; receipt is confirmed within 10 business days.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Jurisdiction(StrEnum):
    """The laws Inkpad knows by itself; a house may add its own (see `laws`)."""

    GDPR = "gdpr"
    CCPA = "ccpa"
    OTHER = "other"


@dataclass(frozen=True)
class Rule:
    """How long an answer may take: whole months or days from receipt, and the one extension on top.

    `acknowledge_days` are business days (Monday to Friday) within which receipt must be confirmed; 0 when the law asks
    for none. Public holidays are not left out: they differ by place, and without them the date is early, never late.
    """

    code: str
    label: str
    name: str
    months: int = 0
    days: int = 0
    more_months: int = 0
    more_days: int = 0
    acknowledge_days: int = 0

    @property
    def can_be_extended(self) -> bool:
        return bool(self.more_months or self.more_days)


RULES: dict[str, Rule] = {
    Jurisdiction.GDPR: Rule("gdpr", "GDPR (European Union)", "GDPR Art. 12(3)", months=1, more_months=2),
    Jurisdiction.CCPA: Rule(
        "ccpa", "CCPA (California)", "CCPA, 11 CCR 7021", days=45, more_days=45, acknowledge_days=10
    ),
}
"""No rule for OTHER: no clock of ours runs, and the screen says so."""

_SPAN = re.compile(r"([1-9][0-9]{0,2}) (day|days|month|months)\Z")


def read_rule(text: str) -> Rule:
    """A rule of the house from `code: name: span`, perhaps `: extension`, spans as `15 days` or `1 month`.

    ValueError with a sentence when it cannot be read.
    """
    code, *parts = (part.strip() for part in text.split(":"))
    if not re.match(r"[a-z][a-z0-9_]{0,15}\Z", code) or code in list(Jurisdiction):
        raise ValueError("Each rule begins with a code of its own, up to 16 small letters, for example lgpd.")
    if len(parts) not in (2, 3) or not parts[0]:
        raise ValueError("Each rule must read CODE: NAME: SPAN, for example lgpd: LGPD Art. 19: 15 days.")
    spans = [_SPAN.match(part) for part in parts[1:]]
    if not all(spans):
        raise ValueError("Each span must read like 15 days or 2 months.")
    counted = [(int(span[1]), span[2].startswith("month")) for span in spans if span is not None]
    (first, is_months), (more, more_is_months) = counted[0], counted[1] if len(counted) == 2 else (0, False)
    return Rule(
        code,
        parts[0],
        parts[0],
        months=first if is_months else 0,
        days=0 if is_months else first,
        more_months=more if more_is_months else 0,
        more_days=0 if more_is_months else more,
    )


def due_at(rule: Rule | None, received_at: datetime, zone: ZoneInfo, *, extended: bool = False) -> datetime | None:
    """The instant (UTC) at which the last day ends, or None when there is no rule.

    `received_at` is aware; `zone` is where the days are counted; `extended` adds the one extension.
    """
    if rule is None:
        return None
    received = received_at.astimezone(zone).date()
    months = rule.months + (rule.more_months if extended else 0)
    days = rule.days + (rule.more_days if extended else 0)
    return end_of_day(add_months(received, months) + timedelta(days=days), zone)


def acknowledge_by(rule: Rule | None, received_at: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant (UTC) at which the last business day for confirming receipt ends, or None when none is asked for."""
    if rule is None or not rule.acknowledge_days:
        return None
    return end_of_day(add_business_days(received_at.astimezone(zone).date(), rule.acknowledge_days), zone)


def add_business_days(day: date, count: int) -> date:
    """The `count`-th Monday to Friday after a day; the day itself does not count."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def add_months(day: date, months: int) -> date:
    """The same day some months later; its last one where that month has no such day (31 January: 28 February)."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a day in a zone, in UTC: 24:00 of that day."""
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    """The last day of a clock that ends at `ends_at`."""
    return (ends_at - timedelta(microseconds=1)).astimezone(zone).date()


def days_left(ends_at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Calendar days from today to the last day in a zone: 0 on the last day itself, negative afterwards."""
    return (last_day(ends_at, zone) - now.astimezone(zone).date()).days
