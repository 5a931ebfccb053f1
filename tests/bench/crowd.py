"""A sandbox with a hundred thousand events, and how long its searches take."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import urllib3

from tests.bench.contenders import headers
from tests.bench.measuring import Timing, interleaved

EVENTS = 100_000
_AT_ONCE = 1_000


def steer(url: str, path: str, **body: object) -> dict:
    """Steer a sandbox."""
    return urllib3.request("POST" if body else "GET", f"{url}/sandbox{path}", json=body or None).json()


def fill(url: str) -> int:
    """Add visits until there are enough; give how many there are then."""
    newest = datetime.now(UTC) - timedelta(hours=1)
    number = steer(url, "")["events"]
    for step in range(0, EVENTS - number, _AT_ONCE):
        start = newest - timedelta(days=60, seconds=step)
        steer(
            url, "/visits", count=_AT_ONCE, seconds_apart=5000, at=start.isoformat(),
            ip=f"198.18.{step // _AT_ONCE % 250}.7", signals={"vpn": step % 3000 == 0}, linked_id=f"crowd-{step}",
        )  # fmt: skip
    return steer(url, "")["events"]


def searches(url: str, rounds: int) -> dict[str, Timing]:
    """Time whole calls of a 100-event search by bare urllib3: asked before, asked for the first time, filtered."""
    pool = urllib3.PoolManager()
    end = int(time.time() * 1000)
    fresh = iter(range(100_000))

    def ask(version: str, filters: str, moving: bool) -> Callable[[], object]:
        path = "/v4/events" if version == "v4" else "/events/search"

        def search() -> None:
            # Another end of the window each time: events that were not rendered before.
            until = end - (next(fresh) * 6_000_000 if moving else 0)
            query = f"?limit=100&start={until - 40 * 86_400_000}&end={until}{filters}"
            answer = pool.request("GET", url + path + query, headers=headers(version))
            assert answer.status == 200
            assert answer.data.count(b'"suspectScore"' if version == "v3" else b'"suspect_score"') == 100

        return search

    return interleaved(
        {
            f"{version}, {words}": ask(version, filters, moving)
            for version in ("v3", "v4")
            for words, filters, moving in (
                ("the same page again", "", False),
                ("a page nobody saw before", "", True),
                ("vpn=true", "&vpn=true", False),
                ("ip_address of a /16", "&ip_address=198.18.0.0/16", False),
                ("min_suspect_score=5 and reverse", "&min_suspect_score=5&reverse=true", False),
            )
        },
        rounds,
    )
