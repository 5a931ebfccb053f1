"""Keys, what each may do, and how often."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from .clock import DAY, HOUR
from .stories import STAGING


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key of the sandbox. None of them opens anything at Fingerprint."""

    secret: str = field(repr=False)
    region: str = "us"
    environment_id: str | None = None
    may_delete: bool = True
    may_relate: bool = True
    is_active: bool = True


KEYS: dict[str, Key] = {
    key.secret: key
    for key in (
        Key("sandbox-secret-key"),
        Key("sandbox-eu-key", region="eu"),
        Key("sandbox-ap-key", region="ap"),
        Key("sandbox-env-key", environment_id=STAGING),
        Key("sandbox-basic-key", may_delete=False, may_relate=False),
        Key("sandbox-inactive-key", is_active=False),
    )
}


@dataclass(slots=True)
class Limits:
    """Numbers that support can raise. A rate of None is no limit."""

    rate: float | None = 5
    burst: float = 15
    deletes_per_hour: int = 30
    deletes_per_day: int = 500
    search_limit_v3: int = 500


class Bucket:
    """A token bucket: `burst` deep, refilled with `rate` tokens a second. A refused request takes nothing."""

    def __init__(self, limits: Limits, now: int) -> None:
        self._limits = limits
        self._tokens = limits.burst
        self._at = now

    def take(self, now: int) -> float:
        """Take a token: 0 when there was one, otherwise the seconds until there will be."""
        rate = self._limits.rate
        if rate is None:
            return 0
        self._tokens = min(self._limits.burst, self._tokens + max(now - self._at, 0) / 1000 * rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return (1 - self._tokens) / rate if rate else 3600


class DeleteQuota:
    """Deletions per rolling hour and rolling day. A refused request does not count."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: deque[int] = deque()

    def take(self, now: int) -> bool:
        """Whether one more deletion is allowed now; if so it is counted."""
        while self._taken and self._taken[0] <= now - DAY:
            self._taken.popleft()
        last_hour = sum(1 for at in self._taken if at > now - HOUR)
        if last_hour >= self._limits.deletes_per_hour or len(self._taken) >= self._limits.deletes_per_day:
            return False
        self._taken.append(now)
        return True
