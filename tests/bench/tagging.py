"""Jobs at full size: `python -m tests.bench.tagging [--marks 10000] [--seconds 120] [--rounds 30] [--only part]`.

Marks at 200 calls a second by two workers, and a plain loop over the official SDK doing the same; the default limit
with somebody opening pages meanwhile; the page of a job with 100,000 events. Needs a PostgreSQL as the tests do.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import databases, postgresql, valkey
from tests.bench.crowd import steer
from tests.bench.measuring import in_ms, interleaved, table
from tests.sandboxes import sandbox_process

LARGE = 100_000
FAST, BURST = 200, 600
_AT_ONCE = 1_000
_EVERY_PAGE = 4.0
_WORKER = (
    *("-m", "celery", "--app", "dashboard.celery", "worker", "--pool", "threads", "--concurrency", "4"),
    *("--queues", "work,clock", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR"),
)


def main(words: list[str]) -> int:
    """Measure each part on a database of its own and print Markdown; 2 where there is no PostgreSQL."""
    options = _options(words)
    if options.inside:
        return _inside(options)
    with postgresql.found() as server, valkey.server() as store, tempfile.TemporaryDirectory() as folder:
        if server is None:
            print(postgresql.MISSING, file=sys.stderr)
            return 2
        os.environ["TEST_DATABASE_URL"] = server
        templates = databases.Templates(Path(folder))
        try:
            for part, rate, burst in (("fast", FAST, BURST), ("default", 5, 15), ("page", FAST, BURST)):
                if options.only not in ("", part):
                    continue
                store.client().flushall()
                with (
                    templates.copy("postgresql") as url,
                    sandbox_process("--rate", str(rate), "--burst", str(burst)) as sandbox,
                ):
                    environment = databases.environment(
                        url, redis_url=f"unix://{valkey.socket_path()}", sandbox_url=sandbox.url
                    )
                    environment |= {"FINGERPRINT_RATE_PER_SECOND": str(rate), "FINGERPRINT_BURST": str(burst)}
                    environment |= {"JOB_SECOND_PERSON_ABOVE": "1000000"}
                    database = databases.OwnDatabase("postgresql", url, environment)
                    if code := database.start("-m", "tests.bench.tagging", "--inside", part, *words).wait():
                        return code
        finally:
            templates.close()
    return 0


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tagging", description=__doc__)
    parser.add_argument("--marks", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=120, help="how long the default limit is measured")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", choices=("", "fast", "default", "page"), default="", help="one part alone")
    parser.add_argument("--inside", choices=("fast", "default", "page"), help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _inside(options: argparse.Namespace) -> int:
    import django

    django.setup()
    print(f"\n{datetime.now(UTC):%Y-%m-%d, %H:%M} UTC, load {os.getloadavg()[0]:.1f}", flush=True)
    if options.inside == "fast":
        _fast(options.marks)
    elif options.inside == "default":
        _default(options.seconds)
    else:
        _page(options.rounds)
    return 0


# -- Marks ----------------------------------------------------------------------------------------------------------


def _events(count: int) -> list[str]:
    """New events in the sandbox, an hour old."""
    from django.conf import settings

    found: list[str] = []
    begin = datetime.now(UTC) - timedelta(hours=20)
    for step in range(0, count, _AT_ONCE):
        at = begin + timedelta(seconds=step)
        many = min(_AT_ONCE, count - step)
        came = steer(settings.FINGERPRINT_BASE_URL, "/visits", count=many, seconds_apart=1, at=at.isoformat())
        found += [event["event_id"] for event in came["events"]]
    return found


def _job(event_ids: list[str]) -> Any:
    """A confirmed job over these events."""
    from django.utils import timezone

    from dashboard.core.access import Role
    from dashboard.tagging import actions
    from dashboard.tagging.actions.lists import Chosen, Sent
    from dashboard.tagging.changes import Change, ChangeKind
    from tests.factories import person

    by = person(Role.FRAUD_LEAD)
    job = actions.open_list(sent=Sent(tuple(Chosen(each) for each in event_ids)), by=by, now=timezone.now())
    while job.state == job.State.COLLECTING:
        actions.collect(job_id=job.pk)
        job.refresh_from_db()
    return actions.confirm_job(
        job_id=job.pk, list_hash=job.list_hash, change=Change(ChangeKind.SUSPECT, True), reason="bench", ticket="",
        typed=job.count, by=by, now=timezone.now(),
    )  # fmt: skip


@contextmanager
def _workers(count: int) -> Iterator[None]:
    """Celery workers of four threads each, and beat."""
    with tempfile.TemporaryDirectory() as folder:
        beat = ("-m", "celery", "--app", "dashboard.celery", "beat", "--schedule", f"{folder}/beat", "--pidfile", "",
                "--loglevel", "ERROR")  # fmt: skip
        started = [
            subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for command in (*[_WORKER] * count, beat)
        ]
        try:
            yield
        finally:
            for process in started:
                process.send_signal(signal.SIGKILL)
                process.wait()


def _settled(job: Any) -> list[float]:
    """When each event was settled, in seconds, in order."""
    times = job.items.exclude(settled_at=None).order_by("settled_at").values_list("settled_at", flat=True)
    return [at.timestamp() for at in times]


def _too_many() -> int:
    """How many of the calls the sandbox remembers it answered with 429."""
    from django.conf import settings

    requests = steer(settings.FINGERPRINT_BASE_URL, "/requests")["requests"]
    return sum(request["status"] == 429 for request in requests)


def _fast(marks: int) -> None:
    from fingerprint_integration.budget import JOB_SHARE, SHARE

    event_ids = _events(marks + marks // 10)
    job = _job(event_ids[:marks])
    with _workers(2):
        _wait(lambda: len(_settled(job)) == marks, seconds=marks)
    times, limited = _settled(job), _too_many()
    # The first events wait for workers that are still starting.
    steady = times[len(times) // 20 :]
    rate = len(steady) * 2 / (steady[-1] - steady[0])
    allowed = FAST * SHARE * JOB_SHARE
    loop_rate, loop_limited = _sdk_loop(event_ids[marks:])
    print(
        f"\n{marks:,} marks, two workers, {FAST} calls/s allowed, {allowed:.0f} of them for jobs: {rate:.1f} calls/s,"
        f" {rate / allowed:.0%} of the allowed rate, {limited} answered 429.\nThe official SDK in a plain loop:"
        f" {loop_rate:.1f} calls/s, {loop_limited} answered 429; it keeps no note, no log, and stops at an error.",
        flush=True,
    )


def _sdk_loop(event_ids: list[str]) -> tuple[float, int]:
    """Read and mark one event after another with the official SDK; calls a second, and how many were refused."""
    import fingerprint_server_sdk as official
    from django.conf import settings

    from tests.bench.contenders import official as connect

    sdk, limited = connect("v4", settings.FINGERPRINT_BASE_URL), 0
    change = official.EventUpdate(suspect=True)
    began = time.perf_counter()
    for event_id in event_ids:
        try:
            sdk.get_event(event_id)
            sdk.update_event(event_id, change)
        except official.ApiException as error:
            limited += error.status == 429
    return len(event_ids) * 2 / (time.perf_counter() - began), limited


def _default(seconds: int) -> None:
    from fingerprint_integration.budget import JOB_SHARE, SHARE

    job = _job(_events(seconds * 4))
    waits: list[float] = []
    with _workers(2):
        _wait(lambda: _settled(job), seconds=120)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            waits.append(_token())
            time.sleep(_EVERY_PAGE)
        times = _settled(job)
    last = [at for at in times if at > times[-1] - seconds]
    rate = (len(last) - 1) * 2 / (last[-1] - last[0])
    # A page takes its call out of the same bucket; jobs are given what is left of their share.
    share = 5 * SHARE * JOB_SHARE
    print(
        f"\nDefault limit, {seconds} s, a page every {_EVERY_PAGE:.0f} s: {rate:.2f} calls/s by jobs,"
        f" {rate / share:.0%} of their share of {share:.2f}; {_too_many()} answered 429; a page waited"
        f" {in_ms(sorted(waits)[len(waits) // 2])} ms for its token (median), {in_ms(max(waits))} ms at most.",
        flush=True,
    )


def _token() -> float:
    """How long a page waits for its call, in seconds."""
    from django.conf import settings

    from fingerprint_integration import provider
    from fingerprint_integration.budget import SharedBudget

    budget = SharedBudget(
        url=settings.REDIS_URL,
        key_digest=provider.get_client().config.api_key.digest,
        per_second=settings.FINGERPRINT_RATE_PER_SECOND,
        burst=settings.FINGERPRINT_BURST,
    )
    began = time.perf_counter()
    return budget.take(is_background=False, longest_wait=2) + time.perf_counter() - began


def _wait(is_so: Callable[[], object], *, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends:
            raise TimeoutError(f"not after {seconds} s")
        time.sleep(1)


_MANY_ITEMS = """
INSERT INTO tagging_bulkitem (job_id, position, event_id, visitor_id, event_at, linked_id_mark, state, before,
    settled_at, code, attempts, sends, answer_lost, lease_token)
SELECT %s, n, (1795000000000 + n) || '.bench', 'visitor' || n %% 5000, now() - interval '1 day', '',
    CASE WHEN n <= 500 THEN 'failed' WHEN n <= 90000 THEN 'applied' ELSE 'waiting' END,
    CASE WHEN n <= 90000 THEN 'null'::bytea END,
    CASE WHEN n <= 90000 THEN now() - n * interval '1 second' END,
    CASE WHEN n <= 500 THEN 'gone' ELSE '' END, 1, 1, false, ''
FROM generate_series(2, %s) AS n
"""


# -- Pages ----------------------------------------------------------------------------------------------------------


def _page(rounds: int) -> None:
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from dashboard.core.access import Role
    from dashboard.tagging.models import BulkJob
    from tests.factories import person

    job = _job(["1795000000000.bench0"])
    with connection.cursor() as cursor:
        cursor.execute(_MANY_ITEMS, [job.pk, LARGE])
        cursor.execute("ANALYZE tagging_bulkitem")
    BulkJob.objects.filter(pk=job.pk).update(count=LARGE)
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person(Role.FRAUD_LEAD))
    address = reverse("tagging:job", args=[job.pk])

    def opens(path: str, **headers: str) -> Callable[[], object]:
        def open_it() -> None:
            assert browser.get(path, headers=headers).status_code == 200

        return open_it

    timings = interleaved(
        {
            f"page of a job with {LARGE:,} events": opens(address),
            "its events that need a look": opens(f"{address}?show=look"),
            "a poll of it": opens(f"{address}progress/", **{"HX-Request": "true"}),
            "what undoing it would do": opens(f"{address}undo/", **{"HX-Request": "true"}),
        },
        rounds,
    )
    rows = [
        (name, in_ms(taken.median), f"{in_ms(taken.low)}–{in_ms(taken.high)}", in_ms(taken.cpu))
        for name, taken in timings.items()
    ]
    print("\n" + table(("ms", "median", "p10–p90", "our CPU"), rows) + "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
