"""Jobs at full size, wanted beside measured: `python -m tests.bench.tagging`, some minutes on a quiet machine.

    --marks 10000      marks at 200 calls a second by two workers, and by a plain loop over the official SDK
    --seconds 120      how long the default limit is measured, with somebody opening pages meanwhile
    --rounds 30        how often each page of a job with 100,000 events is opened
    --only PART        fast, default or page alone
    --database sqlite  the pages on SQLite (marks need PostgreSQL)

Needs a PostgreSQL as the tests do.
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
from typing import Any, NamedTuple

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
                kind = options.database if part == "page" else "postgresql"
                if options.only not in ("", part):
                    continue
                store.client().flushall()
                with (
                    templates.copy(kind) as url,
                    sandbox_process("--rate", str(rate), "--burst", str(burst)) as sandbox,
                ):
                    environment = databases.environment(
                        url, redis_url=f"unix://{valkey.socket_path()}", sandbox_url=sandbox.url
                    )
                    environment |= {"FINGERPRINT_RATE_PER_SECOND": str(rate), "FINGERPRINT_BURST": str(burst)}
                    environment |= {"JOB_SECOND_PERSON_ABOVE": "1000000"}
                    database = databases.OwnDatabase(kind, url, environment)
                    if code := database.start("-m", "tests.bench.tagging", "--inside", part, *words).wait():
                        return code
        finally:
            templates.close()
    return 0


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.tagging",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--marks", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=120, help="how long the default limit is measured")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", choices=("", "fast", "default", "page"), default="", help="one part alone")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--inside", choices=("fast", "default", "page"), help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _inside(options: argparse.Namespace) -> int:
    import django

    django.setup()
    began = f"{datetime.now(UTC):%Y-%m-%d, %H:%M} UTC, load {os.getloadavg()[0]:.1f}"
    part: dict[str, Callable[[], list[tuple[str, ...]]]] = {
        "fast": lambda: _fast(options.marks),
        "default": lambda: _default(options.seconds),
        "page": lambda: _page(options.rounds),
    }
    rows = part[options.inside]()
    print(f"\n{began} to {os.getloadavg()[0]:.1f}\n\n{table(('', 'wanted', 'measured', ''), rows)}", flush=True)
    return 0


def _verdict(is_kept: bool) -> str:
    return "kept" if is_kept else "**missed**"


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


class _Refusals:
    """How many calls the sandbox answered with 429. It remembers a thousand, so it must be looked at every second."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()

    def look(self) -> int:
        """Count those since the last look too; give how many there were so far."""
        from django.conf import settings

        requests = steer(settings.FINGERPRINT_BASE_URL, "/requests")["requests"]
        self._seen |= {(each["at"], each["method"], each["path"]) for each in requests if each["status"] == 429}
        return len(self._seen)


def _fast(marks: int) -> list[tuple[str, ...]]:
    from fingerprint_integration.budget import JOB_SHARE, SHARE

    event_ids, refusals = _events(marks * 2), _Refusals()
    job = _job(event_ids[:marks])
    with _workers(2):
        _wait(lambda: refusals.look() >= 0 and len(_settled(job)) == marks, seconds=max(marks, 60))
    times, limited = _settled(job), refusals.look()
    # The first events wait for workers that are still starting.
    steady = times[len(times) // 20 :]
    rate = len(steady) * 2 / (steady[-1] - steady[0])
    allowed = FAST * SHARE * JOB_SHARE
    claims = _statements_of_claiming(event_ids[marks:][:200])
    loop = _sdk_loop(event_ids[marks:])
    changed = "every mark" if loop.done == marks else f"{loop.done:,} of the marks"
    return [
        (f"{marks:,} marks, two workers, {FAST} calls/s allowed, {allowed:.0f} of them for jobs", "90 %",
         f"{rate / allowed:.0%}, {rate:.1f} calls/s", _verdict(rate >= 0.9 * allowed)),
        ("answered with 429 meanwhile", "0", str(limited), _verdict(limited == 0)),
        ("statements for claiming one event", "under 1", f"{claims:.2f}", _verdict(claims < 1)),
        ("the same marks by a plain loop over the official SDK: no note, no log, no limit of its own", "",
         f"{loop.rate:.1f} calls/s, {loop.limited:,} answered 429, {changed} made", ""),
    ]  # fmt: skip


def _statements_of_claiming(event_ids: list[str]) -> float:
    """How many statements a worker needs to claim all events of a job, for each of them. None of them is sent."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from dashboard.tagging import policy

    job, claimed = _job(event_ids), 0
    with CaptureQueriesContext(connection) as asked:
        while rows := job.items.claim_many(policy.CLAIMED_AT_ONCE, now=timezone.now()):
            claimed += len(rows)
    assert claimed == len(event_ids)
    return len(asked) / claimed


class _Loop(NamedTuple):
    """What a plain loop came to."""

    rate: float
    done: int
    limited: int


def _sdk_loop(event_ids: list[str]) -> _Loop:
    """Read and mark one event after another with the official SDK, and go on when one is refused."""
    import fingerprint_server_sdk as official
    from django.conf import settings

    from tests.bench.contenders import official as connect

    sdk, calls, done, limited = connect("v4", settings.FINGERPRINT_BASE_URL), 0, 0, 0
    change = official.EventUpdate(suspect=True)
    began = time.perf_counter()
    for event_id in event_ids:
        try:
            calls += 1
            sdk.get_event(event_id)
            calls += 1
            sdk.update_event(event_id, change)
            done += 1
        except official.ApiException as error:
            limited += error.status == 429
    return _Loop(calls / (time.perf_counter() - began), done, limited)


def _default(seconds: int) -> list[tuple[str, ...]]:
    from fingerprint_integration.budget import JOB_SHARE, SHARE

    job, refusals = _job(_events(seconds * 4)), _Refusals()
    waits: list[float] = []
    with _workers(2):
        _wait(lambda: _settled(job), seconds=120)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            waits.append(_token() * 1000)
            refusals.look()
            time.sleep(_EVERY_PAGE)
        times = _settled(job)
    last = [at for at in times if at > times[-1] - seconds]
    rate = (len(last) - 1) * 2 / (last[-1] - last[0])
    # A page takes its call out of the same bucket; jobs are given what is left of their share.
    share, limited = 5 * SHARE * JOB_SHARE, refusals.look()
    return [
        (f"default limit, {seconds} s: jobs' share of {share:.2f} calls/s, a page every {_EVERY_PAGE:.0f} s", "95 %",
         f"{rate / share:.0%}, {rate:.2f} calls/s", _verdict(rate >= 0.95 * share)),
        ("answered with 429 meanwhile", "0", str(limited), _verdict(limited == 0)),
        ("a page's wait for its call meanwhile, at most", "300 ms", f"{in_ms(max(waits))} ms",
         _verdict(max(waits) < 300)),
    ]  # fmt: skip


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


# -- Pages ----------------------------------------------------------------------------------------------------------


def _large_job(count: int, *, offset: int = 0, applied: int, failed: int, age: timedelta) -> Any:
    """A running job of many events, from number `offset` on, the first of them settled `age` ago."""
    from django.utils import timezone

    from dashboard.tagging.models import BulkItem, BulkJob

    now = timezone.now()
    job, states = _job([f"{1795000000000 + offset}.bench"]), BulkItem.State
    items = []
    for place in range(1, count):
        is_settled = place < failed + applied
        items.append(
            BulkItem(
                job=job,
                position=place + 1,
                event_id=f"{1795000000000 + offset + place}.bench",
                visitor_id=f"visitor{place % 5000}",
                event_at=now - timedelta(days=1),
                state=states.FAILED if place < failed else states.APPLIED if is_settled else states.WAITING,
                before=b"null" if is_settled else None,
                settled_at=now - age + place * timedelta(milliseconds=1) if is_settled else None,
                code="gone" if place < failed else "",
                attempts=1,
                sends=1,
            )
        )
    BulkItem.objects.bulk_create(items, batch_size=5_000)
    BulkJob.objects.filter(pk=job.pk).update(count=count, running_since=now - timedelta(days=1))
    job.refresh_from_db()
    return job


def _page(rounds: int) -> list[tuple[str, ...]]:
    from django.db import connection
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from dashboard.core.access import Role
    from dashboard.tagging import actions
    from dashboard.tagging.models import BulkItem, BulkJob
    from tests.factories import person

    running = _large_job(LARGE, applied=LARGE * 9 // 10, failed=500, age=timedelta(hours=20))
    ended = _large_job(LARGE, offset=LARGE, applied=LARGE, failed=500, age=timedelta(hours=20))
    BulkJob.objects.filter(pk=ended.pk).update(state=BulkJob.State.FINISHED, finished_at=timezone.now())
    BulkItem.objects.filter(job=ended, settled_at=None).delete()
    # Somebody else changed a tenth of them since, and as many others.
    _large_job(LARGE // 5, offset=LARGE * 19 // 10, applied=LARGE // 5, failed=1, age=timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    by = person(Role.FRAUD_LEAD)
    draft = actions.open_undo(job_id=ended.pk, by=by, now=timezone.now())
    while draft.state == draft.State.COLLECTING:
        actions.collect(job_id=draft.pk)
        draft.refresh_from_db()
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(by)

    def opens(name: str, job: Any, more: str = "", **headers: str) -> Callable[[], object]:
        address = reverse(f"tagging:{name}", args=[job.pk]) + more

        def open_it() -> None:
            assert browser.get(address, headers=headers).status_code == 200

        return open_it

    timings = interleaved(
        {
            f"page of a running job with {LARGE:,} events": opens("job", running),
            "the same when it is finished": opens("job", ended),
            "its events that need a look": opens("job", ended, "?show=look"),
            "a poll of the running one": opens("job_progress", running, **{"HX-Request": "true"}),
            "what undoing the finished one would do": opens("undo", ended, **{"HX-Request": "true"}),
            "the list of its undo, before it is confirmed": opens("job", draft),
        },
        rounds,
    )
    rows = []
    for name, taken in timings.items():
        measured = f"{in_ms(taken.median)} ms ({in_ms(taken.low)}–{in_ms(taken.high)}), {in_ms(taken.cpu)} CPU"
        is_wished = "confirmed" not in name
        rows.append((name, "100 ms", measured, _verdict(taken.median < 100)) if is_wished else (name, "", measured, ""))
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
