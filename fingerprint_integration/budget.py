"""The shared rate budget: one token bucket for all processes and hosts, in one Lua script on the Redis server's clock.

Fingerprint allows 5 calls a second for each key, 15 at once. The bucket runs at 98 % of that, so that rounding
and travelling time never make us the one who is too fast. People come before jobs: jobs are spaced evenly at 80 %
of the rate, stop while the bucket holds less than a third of its depth (5 of 15) and while a page waits. A 429 in
spite of all this halves the pace for everybody for a while. Without Redis a page may make one call a second in
each process, and jobs wait.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

import redis

from fingerprint_integration.errors import BudgetUnavailable, RateLimited

SHARE: Final = 0.98
JOB_SHARE: Final = 0.8
SLOW_SECONDS: Final = 30.0
LONGEST_BLOCK_SECONDS: Final = 60.0
SLOWEST_PACE: Final = 0.125
ALONE_PER_SECOND: Final = 1.0
DOWN_SECONDS: Final = 2.0
UNAVAILABLE_RETRY_SECONDS: Final = 5.0
USED_UP: Final = (
    "Our share of calls to Fingerprint is used up for the moment. Nothing was lost; try again in a few seconds."
)
_PREFIX: Final = "fingerprint:rate:"

# KEYS: the bucket. ARGV: rate, burst, reserve for people, background (0 or 1), spacing of jobs and longest wait in
# seconds. Answers whether a place was taken, and the microseconds until its turn. A place is taken ahead of time, so
# that whoever waits keeps the order and nobody asks twice.
_TAKE: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local rate, burst, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local is_job, spacing = ARGV[4] == '1', tonumber(ARGV[5]) * 1000000
local longest = tonumber(ARGV[6]) * 1000000
local kept = redis.call('HMGET', KEYS[1],
  'tokens', 'at', 'pace', 'slow_until', 'blocked_until', 'page_until', 'job_at')
local tokens, at = tonumber(kept[1] or burst), tonumber(kept[2] or now)
local pace, slow_until = tonumber(kept[3] or 1), tonumber(kept[4] or 0)
local blocked_until, page_until = tonumber(kept[5] or 0), tonumber(kept[6] or 0)
local job_at = tonumber(kept[7] or 0)
if slow_until <= now then pace = 1 end
rate = rate * pace
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000000)
local needed = 1
if is_job then needed = math.max(1, reserve) end
local wait = math.max(0, blocked_until - now)
if tokens < needed then wait = math.max(wait, (needed - tokens) * 1000000 / rate) end
if is_job then wait = math.max(wait, page_until - now, job_at - now) end
wait = math.ceil(math.max(0, wait))
local is_taken = wait <= longest
if is_taken then
  tokens = tokens - 1
  if is_job then job_at = now + wait + spacing / pace end
end
if not is_job and wait > 0 then page_until = math.max(page_until, now + wait) end
local whole = function(number) return string.format('%.0f', number) end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', whole(now), 'pace', pace,
  'slow_until', whole(slow_until), 'blocked_until', whole(blocked_until),
  'page_until', whole(page_until), 'job_at', whole(job_at))
redis.call('EXPIRE', KEYS[1], 3600)
return {is_taken and 1 or 0, wait}
"""

# KEYS: the bucket. ARGV: slowest pace, seconds to be slow, seconds to be silent.
_SLOW_DOWN: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local kept = redis.call('HMGET', KEYS[1], 'pace', 'slow_until', 'blocked_until')
local pace = tonumber(kept[1] or 1)
if tonumber(kept[2] or 0) <= now then pace = 1 end
local blocked_until = math.max(tonumber(kept[3] or 0), now + tonumber(ARGV[3]) * 1000000)
local whole = function(number) return string.format('%.0f', number) end
redis.call('HSET', KEYS[1], 'pace', math.max(tonumber(ARGV[1]), pace / 2), 'tokens', '0', 'at', whole(now),
  'slow_until', whole(now + tonumber(ARGV[2]) * 1000000), 'blocked_until', whole(blocked_until))
redis.call('EXPIRE', KEYS[1], 3600)
return 0
"""


class SharedBudget:
    """The bucket of one API key, shared by all who use the same Redis. Safe to share between threads.

    `key_digest` is a hash of the API key, never the key. `url` is `redis://…` or `unix:///path`.
    """

    def __init__(
        self,
        *,
        url: str,
        key_digest: str,
        per_second: float = 5,
        burst: float = 15,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=1.0)
        self._take_script = self._redis.register_script(_TAKE)
        self._slow_down_script = self._redis.register_script(_SLOW_DOWN)
        self._key = f"{_PREFIX}{key_digest}"
        self._rate = per_second * SHARE
        self._burst = max(1.0, burst * SHARE)
        self._reserve = min(5.0, self._burst / 3)
        self._spacing = 1 / (self._rate * JOB_SHARE)
        self._clock = clock
        self._lock = threading.Lock()
        self._down_until = 0.0
        self._alone_at = 0.0

    def __repr__(self) -> str:
        return "SharedBudget(…)"

    def take(self, *, is_background: bool, longest_wait: float) -> float:
        """Take a place and give the seconds until its turn, at most `longest_wait`; the caller then just goes.

        RateLimited with `retry_after` when the turn would come later; nothing was taken then. BudgetUnavailable for
        jobs when Redis does not answer.
        """
        found = self._ask(is_background=is_background, longest_wait=longest_wait)
        if found is None and is_background:
            raise BudgetUnavailable(retry_after=UNAVAILABLE_RETRY_SECONDS)
        is_taken, wait = found if found is not None else self._take_alone(longest_wait)
        if not is_taken:
            raise RateLimited(USED_UP, code="budget_used_up", retry_after=wait)
        return wait

    def _ask(self, *, is_background: bool, longest_wait: float) -> tuple[bool, float] | None:
        if self._clock() < self._down_until:
            return None
        arguments = [
            *(self._rate, self._burst, self._reserve),
            *(int(is_background), self._spacing, longest_wait),
        ]
        try:
            is_taken, wait = self._take_script(keys=[self._key], args=arguments)
        except redis.RedisError:
            self._down_until = self._clock() + DOWN_SECONDS
            return None
        return bool(is_taken), int(wait) / 1_000_000

    def slow_down(self, retry_after: float | None) -> None:
        """Lower the pace for everybody for a while; be silent as long as the service asked, a minute at most."""
        silence = min(retry_after or 0.0, LONGEST_BLOCK_SECONDS)
        arguments = [SLOWEST_PACE, max(SLOW_SECONDS, silence), silence]
        try:
            self._slow_down_script(keys=[self._key], args=arguments)
        except redis.RedisError:
            self._down_until = self._clock() + DOWN_SECONDS

    def _take_alone(self, longest_wait: float) -> tuple[bool, float]:
        with self._lock:
            now = self._clock()
            wait = max(0.0, self._alone_at - now)
            if wait <= longest_wait:
                self._alone_at = now + wait + 1 / ALONE_PER_SECOND
                return True, wait
            return False, wait
