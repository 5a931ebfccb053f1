"""The service's rules of time, in one place to change."""

from __future__ import annotations

from dataclasses import dataclass

from .clock import DAY, HOUR, MINUTE, SECOND


@dataclass(slots=True)
class Rules:
    """The service's time limits, in milliseconds."""

    retention: int = 90 * DAY
    update_window_v3: int = 10 * DAY
    # Fingerprint says "one month"; thirty days is our reading.
    update_window_v4: int = 30 * DAY
    fresh_for: int = 3 * SECOND
    # Deleting: properties within minutes, events of the last ten days within a day.
    forgotten_after: int = 2 * MINUTE
    deleted_window: int = 10 * DAY
    deleted_from: int = HOUR
    deleted_until: int = 23 * HOUR
    related_window: int = 180 * DAY
