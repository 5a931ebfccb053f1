"""What may lie in Redis or Valkey about a person, and how it goes. The queue itself carries row numbers only."""

from collections.abc import Sequence

import redis
from django.conf import settings

_SECONDS = 5
_AT_ONCE = 500


def forget(names: Sequence[str]) -> int:
    """Deletes every key whose name or text holds one of these identifiers; raises redis.RedisError without an answer.

    Everything in there can be made anew: it is a cache, a counter or a wake-up, never the only place of anything.
    """
    wanted = [name.encode("utf-8", "surrogatepass") for name in names]
    server = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
    try:
        keys = list(server.scan_iter(count=_AT_ONCE))
        return sum(bool(server.delete(key)) for key in keys if _holds(server, key, wanted))
    finally:
        server.close()


def _holds(server: "redis.Redis", key: bytes, wanted: Sequence[bytes]) -> bool:
    if any(name in key for name in wanted):
        return True
    if server.type(key) != b"string":
        return False
    text = server.get(key) or b""
    return any(name in text for name in wanted)
