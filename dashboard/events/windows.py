"""From when to when a search looks: as somebody asked for it, and as two instants that stay where they are.

Pure: the zone, the moment and Fingerprint's retention are passed in. All instants are aware.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from dashboard.core.times import minute, near_date, whole_date, zone_name, zone_offset

ALL = "last:all"
BETWEEN = "between"
_LENGTHS = {
    "last:1h": timedelta(hours=1),
    "last:24h": timedelta(hours=24),
    "last:7d": timedelta(days=7),
    "last:30d": timedelta(days=30),
}


class NoSuchWindow(ValueError):
    """A window that makes no sense; `field` is start or end, the only argument the sentence beside it."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Window:
    """`asked` is `last:7d`, `last:all` or `between`; `start` and `end` are what it came to, in UTC."""

    asked: str
    start: datetime
    end: datetime


def presets(retention: timedelta) -> tuple[tuple[str, str], ...]:
    """The windows one can choose by name, the whole retention last: (asked, words)."""
    words = {
        "last:1h": _("1 h"),
        "last:24h": _("24 h"),
        "last:7d": _("7 days"),
        "last:30d": _("30 days"),
    }
    shorter = tuple((asked, words[asked]) for asked, length in _LENGTHS.items() if length < retention)
    return (*shorter, (ALL, _("All %(days)s days") % {"days": retention.days}))


def resolve(asked: str, *, now: datetime, retention: timedelta) -> Window:
    """The window `asked` by name, as it is now; the whole retention for a name nobody knows."""
    length = min(_LENGTHS.get(asked, retention), retention)
    known = asked if asked in _LENGTHS else ALL
    return Window(known, (now - length).astimezone(UTC), now.astimezone(UTC))


def between(start: datetime | None, end: datetime | None, *, now: datetime, retention: timedelta) -> Window:
    """The window between two instants; a missing start is the retention's, a missing end is now.

    Raises NoSuchWindow when it lies where Fingerprint can have nothing.
    """
    oldest = now - retention
    start, end = start or oldest, end or now
    if start >= now:
        raise NoSuchWindow(_("Choose a beginning before now."), field="start")
    if end <= start:
        raise NoSuchWindow(_("Choose an end after the beginning."), field="end")
    if end <= oldest:
        raise NoSuchWindow(
            _("Choose a later end: Fingerprint keeps events for %(days)s days.") % {"days": retention.days},
            field="end",
        )
    return Window(BETWEEN, start.astimezone(UTC), end.astimezone(UTC))


def within(start: datetime, end: datetime, *, now: datetime, retention: timedelta) -> Window:
    """The window between two instants as far as Fingerprint can have something in it, or else all there is."""
    oldest = now - retention
    start, end = max(start, oldest), min(end, now)
    return (
        Window(BETWEEN, start.astimezone(UTC), end.astimezone(UTC))
        if start < end
        else resolve(ALL, now=now, retention=retention)
    )


def before(window: Window, *, now: datetime, retention: timedelta) -> Window | None:
    """The period just before a window, as long as it; None when Fingerprint no longer keeps all of it."""
    start = window.start - (window.end - window.start)
    return Window(BETWEEN, start, window.start) if start >= now - retention else None


@dataclass(frozen=True)
class InWords:
    """A window as it stands on the screen: both ends in the person's zone, the zone, and both ends in UTC."""

    start: str
    end: str
    zone: str
    utc: str


def briefly(window: Window, zone: tzinfo, *, now: datetime, retention: timedelta) -> str:
    """A window for a list: its name, or both ends in the zone, as short as they can be told apart."""
    name = dict(presets(retention)).get(window.asked)
    if name is not None:
        return name
    today, (start, end) = now.astimezone(zone).date(), (at.astimezone(zone) for at in (window.start, window.end))
    first = f"{near_date(start.date(), today)}, {minute(start)}"
    last = minute(end) if start.date() == end.date() else f"{near_date(end.date(), today)}, {minute(end)}"
    return _("%(start)s to %(end)s") % {"start": first, "end": last}


def in_words(window: Window, zone: tzinfo) -> InWords:
    """Both ends and both zones, in words."""

    def moment(at: datetime, where: tzinfo) -> str:
        local = at.astimezone(where)
        return f"{whole_date(local.date())}, {minute(local)}"

    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    same_days = all(at.astimezone(zone).date() == at.date() for at in (start, end))
    utc = (
        _("%(start)s to %(end)s UTC") % {"start": minute(start), "end": minute(end)}
        if same_days
        else _("%(start)s to %(end)s UTC") % {"start": moment(start, UTC), "end": moment(end, UTC)}
    )
    name, offset = zone_name(zone), zone_offset(zone, window.end)
    return InWords(
        start=moment(start, zone),
        end=moment(end, zone),
        zone=name if name == offset else f"{name}, {offset}",
        utc="" if name == offset == "UTC" else utc,
    )
