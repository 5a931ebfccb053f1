"""When an e-mail that did not go out is tried again. Pure."""

from datetime import datetime, timedelta

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""Before the second try, the third, and so on: most of a day, as mail servers themselves do."""


def next_try(attempts: int, *, now: datetime) -> datetime | None:
    """When to try again after `attempts` tries (1 or more); None when it is given up."""
    return now + WAITS[attempts - 1] if attempts <= len(WAITS) else None
