"""Reading a time that somebody copied out of a ticket, a log or a mail, whatever zone it was written in. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

# Abbreviations that mean one offset only. CST, IST or BST mean several, and are asked back.
_OFFSETS: Final = {
    **dict.fromkeys(("UTC", "GMT", "Z", "WET"), 0),
    **dict.fromkeys(("CET", "WEST"), 60),
    **dict.fromkeys(("CEST", "EET"), 120),
    **dict.fromkeys(("EEST", "MSK"), 180),
    "JST": 540,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "EST": -300,
    "EDT": -240,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}
_SEVERAL: Final = frozenset({"CST", "IST", "BST", "AST", "GST", "SST"})
_FORMS: Final = (
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%d %B %Y %H:%M:%S",
    "%d %B %Y %H:%M",
    "%b %d %Y %H:%M:%S",
    "%b %d %Y %H:%M",
    "%B %d %Y %H:%M:%S",
    "%B %d %Y %H:%M",
    "%b %d %Y %I:%M:%S %p",
    "%b %d %Y %I:%M %p",
    "%B %d %Y %I:%M %p",
    "%d %b %Y %I:%M %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%d",
    "%d %b %Y",
    "%d.%m.%Y",
)
_ZONE_AT_END: Final = re.compile(
    r"\s*(?:\(?(?P<name>[A-Za-z]+/[A-Za-z_/+\-0-9]+)\)?"
    r"|(?:UTC|GMT)?\s*(?P<sign>[+\-\u2212])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?"
    r"|(?P<letters>[A-Z]{1,5}))$"
)
LONGEST: Final = 80


class NoSuchMoment(ValueError):
    """A text that names no moment; the only argument is the sentence beside the field."""


def read(text: str, zone: tzinfo) -> datetime:
    """The moment, in UTC: with its own zone where it has one, else in `zone`. Seconds and milliseconds since 1970 too.

    Raises NoSuchMoment with what to do about it.
    """
    typed = " ".join(text.split())
    if len(typed) > LONGEST or not typed:
        raise NoSuchMoment(_("Enter one day and time, such as 2026-11-22 08:51 or 22 Nov 2026 08:51 +0100."))
    found = _since_1970(typed) or _iso(typed, zone) or _mail(typed) or _written(typed, zone)
    if found is None:
        raise NoSuchMoment(_("Enter a day and a time, such as 2026-11-22 08:51 or 22 Nov 2026 08:51 +0100."))
    if not 2000 <= found.year <= 2200:
        raise NoSuchMoment(_("Enter a day between the years 2000 and 2200."))
    return found


def _since_1970(typed: str) -> datetime | None:
    if not re.fullmatch(r"[0-9]{9,13}(?:\.[0-9]{1,6})?", typed):
        return None
    number = float(typed)
    return datetime.fromtimestamp(number / 1000 if number >= 100_000_000_000 else number, UTC)


def _iso(typed: str, zone: tzinfo) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", typed):
        return None
    try:
        return _in_utc(datetime.fromisoformat(typed), zone)
    except (ValueError, OverflowError):
        return None


def _mail(typed: str) -> datetime | None:
    """`Sun, 22 Nov 2026 08:51:07 +0100`, as mails and web servers write it."""
    if not re.search(r"[+\-]\d{4}$", typed):
        return None
    try:
        return parsedate_to_datetime(typed).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _written(typed: str, zone: tzinfo) -> datetime | None:
    for words, where in _with_zone(typed, zone):
        bare = re.sub(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,.]+", "", words, flags=re.IGNORECASE)
        bare = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", bare.replace("T", " ", 1) if bare[:4].isdigit() else bare)
        bare = " ".join(re.sub(r"[,]|\bat\b|\bof\b", " ", bare).split())
        for form in _FORMS:
            try:
                return _in_utc(datetime.strptime(bare, form), where)  # noqa: DTZ007  # the zone is put on in _in_utc
            except ValueError:
                continue
    return None


def _with_zone(typed: str, zone: tzinfo) -> Iterator[tuple[str, tzinfo]]:
    """The text without its zone and that zone; then, when none is at its end, the whole text in the person's."""
    match = _ZONE_AT_END.search(typed)
    if match is not None and match.start() > 0:
        found = _zone_of(match)
        if found is not None:
            yield typed[: match.start()].strip(), found
    yield typed, zone


def _zone_of(match: re.Match[str]) -> tzinfo | None:
    if match["name"]:
        return ZoneInfo(match["name"]) if match["name"] in available_timezones() else None
    if match["sign"]:
        minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
        minutes = minutes if match["sign"] == "+" else -minutes
        return timezone(timedelta(minutes=minutes)) if abs(minutes) <= 14 * 60 else None
    letters = match["letters"]
    if letters in _SEVERAL:
        raise NoSuchMoment(
            _("Write the difference to UTC instead of %(zone)s, such as +0100: these letters mean several zones.")
            % {"zone": letters}
        )
    return timezone(timedelta(minutes=_OFFSETS[letters])) if letters in _OFFSETS else None


def _in_utc(found: datetime, zone: tzinfo) -> datetime:
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(found) from None
