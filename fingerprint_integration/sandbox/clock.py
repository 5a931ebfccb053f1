"""The sandbox's clock: real time, shifted, or standing still."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

MILLISECOND = 1
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def to_ms(moment: datetime) -> int:
    """Unix milliseconds of an aware instant."""
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The UTC instant of Unix milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


class Clock:
    """Tells the sandbox's time in Unix milliseconds.

    It runs with the real time plus an offset. Given a start instant it stands still there until it is
    advanced, set or released, which is what deterministic tests want.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self._offset = 0
        self._frozen_at: int | None = None if now is None else to_ms(now)
        self.on_change: Callable[[], None] | None = None

    def now(self) -> int:
        """The current instant, Unix milliseconds."""
        if self._frozen_at is not None:
            return self._frozen_at
        return time.time_ns() // 1_000_000 + self._offset

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen_at is not None

    def state(self) -> dict[str, int | None]:
        """What has to be remembered to go on from here after a restart."""
        return {"offset": self._offset, "frozen_at": self._frozen_at}

    def restore(self, offset: int, frozen_at: int | None) -> None:
        """Go on as a remembered state says."""
        self._offset, self._frozen_at = offset, frozen_at

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move the clock on (or back, with negative numbers)."""
        step = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        self.set_ms(self.now() + int(step.total_seconds() * 1000))

    def set(self, moment: datetime) -> None:
        """Move the clock to an aware instant; a running clock goes on from there."""
        self.set_ms(to_ms(moment))

    def set_ms(self, milliseconds: int) -> None:
        """Move the clock to Unix milliseconds; a running clock goes on from there."""
        if self._frozen_at is not None:
            self._frozen_at = milliseconds
        else:
            self._offset = milliseconds - time.time_ns() // 1_000_000
        self._changed()

    def freeze(self) -> None:
        """Stop the clock where it is."""
        self._frozen_at = self.now()
        self._changed()

    def run(self) -> None:
        """Let a stopped clock go on from where it stands."""
        if self._frozen_at is not None:
            stopped_at, self._frozen_at = self._frozen_at, None
            self.set_ms(stopped_at)

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
