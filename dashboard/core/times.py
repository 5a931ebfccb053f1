"""Times and numbers as people read them: in the person's zone, with UTC within reach.

Pure: the zone, the moment and `now` are passed in. Every datetime must be aware.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Without a year a date means the nearest one; without a weekday, one more than two weeks away.
_YEAR_NEEDED = timedelta(days=300)
_WEEKDAY_HELPS = timedelta(days=14)


def clock(local: datetime) -> str:
    """`08:51:07`, 24 hours."""
    return f"{local:%H:%M:%S}"


def minute(local: datetime) -> str:
    """`08:51`, 24 hours."""
    return f"{local:%H:%M}"


def whole_date(day: date) -> str:
    """`Sun 22 Nov 2026`."""
    return _whole_date(day, get_language())


@lru_cache(maxsize=512)  # a page says the same few days hundreds of times
def _whole_date(day: date, _language: str | None) -> str:
    return f"{_(_WEEKDAYS[day.weekday()])} {day.day} {_(_MONTHS[day.month - 1])} {day.year}"


def day_of_week(day: date) -> str:
    """`Sat 21 Nov`, for a column of days that follow each other."""
    return f"{_(_WEEKDAYS[day.weekday()])} {day.day} {_(_MONTHS[day.month - 1])}"


def near_date(day: date, today: date) -> str:
    """`Sun 22 Nov` within two weeks, `22 Oct` within 300 days, `22 Oct 2024` beyond."""
    distance = abs(day - today)
    words = f"{day.day} {_(_MONTHS[day.month - 1])}"
    if distance <= _WEEKDAY_HELPS:
        return f"{_(_WEEKDAYS[day.weekday()])} {words}"
    return words if distance <= _YEAR_NEEDED else f"{words} {day.year}"


def full(local: datetime) -> str:
    """`Sun 22 Nov 2026, 08:51:07`."""
    return f"{whole_date(local.date())}, {clock(local)}"


def milliseconds(local: datetime) -> str:
    """`Sun 22 Nov 2026, 08:51:07.204`: only for an audit entry and the raw answer."""
    return f"{full(local)}.{local.microsecond // 1000:03d}"


def moment(local: datetime, today: date) -> str:
    """`Today, 08:51`, else the near date and the minute."""
    if local.date() == today:
        return _("Today, %(time)s") % {"time": minute(local)}
    return f"{near_date(local.date(), today)}, {minute(local)}"


def said(local: datetime, today: date) -> str:
    """The same within a sentence: `today, 08:51`."""
    if local.date() == today:
        return _("today, %(time)s") % {"time": minute(local)}
    return f"{near_date(local.date(), today)}, {minute(local)}"


def utc_clock(at: datetime) -> str:
    """`07:51:07 UTC`."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"


def utc_full(at: datetime) -> str:
    """`Sun 22 Nov 2026, 07:51:07 UTC`."""
    return f"{full(at.astimezone(UTC))} UTC"


def relative(at: datetime, now: datetime) -> str:
    """`28 minutes ago` or `in 3 days`: a second word after the absolute time, never alone."""
    seconds = int((now - at).total_seconds())
    words = length(timedelta(seconds=abs(seconds)))
    if abs(seconds) < 10:
        return _("just now")
    return _("%(length)s ago") % {"length": words} if seconds > 0 else _("in %(length)s") % {"length": words}


def length(duration: timedelta) -> str:
    """A duration in its largest unit, rounded down: `40 seconds`, `28 minutes`, `5 hours`, `3 days`."""
    seconds = int(duration.total_seconds())
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    if seconds < 60 * 60:
        return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}
    if seconds < 24 * 60 * 60:
        hours = seconds // 3600
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = seconds // 86400
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": thousands(days)}


def zone_name(zone: tzinfo) -> str:
    """`Berlin` for Europe/Berlin, `UTC` for UTC."""
    return str(zone).rsplit("/", 1)[-1].replace("_", " ")


def zone_offset(zone: tzinfo, at: datetime) -> str:
    """`UTC+1`, `UTC+5:30`, or plain `UTC`."""
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02d}" if rest else "")


def thousands(number: int) -> str:
    """`1,214`."""
    return f"{number:,}"


def capped(number: int, cap: int) -> str:
    """`1,000+` from `cap` on, where the source stops counting; the plain number below."""
    return f"{thousands(cap)}+" if number >= cap else thousands(number)
