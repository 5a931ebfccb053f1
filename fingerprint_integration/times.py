"""Times as the API writes them, Unix milliseconds and ISO 8601, to and from aware datetimes in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEAR: Final = 4_000_000_000_000
"""Unix milliseconds up to the year 2096: there a float of seconds still holds every one, and is the quick way."""


def milliseconds(at: datetime) -> int:
    """Give Unix milliseconds, rounded down. ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time needs a time zone")
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(value: int | None) -> datetime | None:
    """Give the UTC time of Unix milliseconds; None for None and for what no calendar holds."""
    if value is None:
        return None
    if 0 <= value < _NEAR:
        return datetime.fromtimestamp(value / 1000, UTC)
    try:
        return EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        return None


def from_iso(value: str | None) -> datetime | None:
    """Give the UTC time of an ISO 8601 text with a zone, with or without fractions; None for anything else."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
