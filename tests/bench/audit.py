"""Measures the audit log: `python -m tests.bench audit [--entries 200000] [--database postgresql|sqlite]`.

A database of its own is made and dropped. With `--entries 5000000` it takes some gigabytes and half an hour; what is
measured is the same.
"""

import argparse
import logging
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import databases
from tests.bench.audit_filling import fill
from tests.bench.measuring import in_ms, table

_THREADS, _BATCH = 8, 50
_ROUNDS = 60


def main(words: list[str]) -> None:
    """Make a database, measure, print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench audit")
    parser.add_argument("--entries", type=int, default=200_000, help="how long the log is when it is read")
    parser.add_argument("--writes", type=int, default=4_000, help="how many entries are written through the front door")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        templates = databases.Templates(Path(folder))
        try:
            with templates.copy(options.database) as url:
                os.environ.update(databases.environment(url, redis_url="redis://127.0.0.1:9/0"))
                os.environ["AUDIT_CHECKPOINT_FILE"] = str(Path(folder) / "checkpoints")
                os.environ |= {"LOG_LEVEL": "INFO", "LOG_FORMAT": "json"}
                import django

                django.setup()
                _log_into(Path(folder) / "lines")
                _measure(options.entries, options.writes, options.database)
                from django.db import connections

                connections.close_all()
                if hasattr(connections["default"], "close_pool"):
                    connections["default"].close_pool()
        finally:
            templates.close()


def _log_into(path: Path) -> None:
    """Every entry is a line of the log stream, which costs what it costs; here it goes into a file."""
    (stream,) = (each for each in logging.getLogger().handlers if isinstance(each, logging.StreamHandler))
    stream.setStream(path.open("w"))


def _measure(entries: int, writes: int, database: str) -> None:
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {database}, {os.cpu_count()} cores, load {load}.\n", flush=True)
    _rate(lambda: fill(entries))
    rates = [
        ("sealing a backlog", *_rate(_seal), "keeps up"),
        ("record(), 8 threads", *_rate(lambda: _record_by_threads(writes)), "800"),
        ("record_many() of fifties", *_rate(lambda: _record_in_fifties(writes)), "2,000"),
        ("sealing them", *_rate(_seal), "keeps up"),
        ("verifying, two processes", *_rate(_verify), "40,000"),
    ]
    print(table(("entries", "how many", "a second", "our µs for each", "wanted"), rates), flush=True)
    print()
    rows = [(name, in_ms(median), in_ms(p95), wanted) for name, median, p95, wanted in _reading()]
    print(table((f"ms, {entries:,} entries", "median", "95th percentile", "wanted"), rows), flush=True)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"\nLoad at the end: {load}.")


def _rate(act: Callable[[], int]) -> tuple[str, str, str]:
    """How many, how many a second, and microseconds that this process computed for each."""
    started, before = time.perf_counter(), time.process_time()
    count = act()
    computed = (time.process_time() - before) / count * 1_000_000
    told = f"{count:,}", f"{count / (time.perf_counter() - started):,.0f}", f"{computed:,.0f}"
    print("  {} entries, {} a second, {} µs".format(*told), file=sys.stderr, flush=True)
    return told


def _staff() -> Any:
    from dashboard.accounts.models import User

    return User.objects.get_or_create(email="maya@example.test", defaults={"name": "Maya"})[0]


def _record_by_threads(total: int) -> int:
    from django.db import connection

    from dashboard.audit.kinds import AuditKind
    from dashboard.audit.record import event, record

    maya = _staff()

    def write(begin: int) -> None:
        for number in range(begin, begin + total // _THREADS):
            target = event(f"1795333867.{number % 500:06}", f"visitor{number % 100:013}")
            record(AuditKind.EVENT_OPENED, by=maya, target=target)
        connection.close()

    threads = [threading.Thread(target=write, args=[place * total]) for place in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total // _THREADS * _THREADS


def _record_in_fifties(total: int) -> int:
    from dashboard.audit.kinds import AuditKind
    from dashboard.audit.record import Act, event, record_many

    maya, written = _staff(), 0
    while written < total:
        record_many(
            [
                Act(
                    kind=AuditKind.EVENT_SUSPECT_SET,
                    by=maya,
                    target=event(f"1795333868.{written + place:06}", f"visitor{place:013}"),
                    batch="J-0421",
                    details={"before": "not set", "after": "suspect"},
                )
                for place in range(_BATCH)
            ]
        )
        written += _BATCH
    return written


def _seal() -> int:
    from django.utils import timezone

    from dashboard.audit import sealing

    sealed = sealing.seal(now=timezone.now())
    assert sealed is not None
    return sealed.added


def _verify() -> int:
    from dashboard.audit.duties import verify_now

    result = verify_now(now=datetime.now(UTC), processes=2)
    assert result.holds, result.sentence
    return result.size


def _reading() -> list[tuple[str, float, float, str]]:
    """The newest page and every filter, as the page asks for them, and proofs; each with values that change."""
    from django.db import connection

    from dashboard.audit import duties, queries
    from dashboard.audit.models import AuditEntry, AuditLeaf
    from dashboard.audit.proofs import proof_of
    from dashboard.audit.queries import Aspect, EntryFilter
    from dashboard.audit.subjects import SubjectKind
    from dashboard.core.access import Perm

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")  # as autovacuum does by and by
    duties.keep_statistics()
    viewer = _staff()
    viewer.__dict__["perms"] = frozenset({Perm.VIEW_AUDIT, Perm.VIEW_EVENTS, Perm.VIEW_PERSONAL})
    chance, now = random.Random(8), datetime.now(UTC)

    def day() -> datetime:
        return now - timedelta(days=chance.randrange(290))

    def window() -> EntryFilter:
        start = day()
        return EntryFilter(start=start, end=start + timedelta(days=1))

    def value() -> EntryFilter:
        return EntryFilter(about=queries.handles_of(SubjectKind.VISITOR, f"crowd{chance.randrange(2_000):015}"))

    newest = AuditEntry.objects.latest("pk").pk
    filters: list[tuple[str, Callable[[], EntryFilter]]] = [
        ("newest page", EntryFilter),
        ("changes", lambda: EntryFilter(aspect=Aspect.CHANGES)),
        ("looking", lambda: EntryFilter(aspect=Aspect.LOOKING)),
        ("refused and failed", lambda: EntryFilter(aspect=Aspect.TROUBLE)),
        ("who", lambda: EntryFilter(who=chance.randrange(60) + 1)),
        ("kind", lambda: EntryFilter(kind="event.opened")),
        ("outcome", lambda: EntryFilter(outcome="refused")),
        ("record", lambda: EntryFilter(target_type="job", target_ref=str(chance.randrange(10_000)))),
        ("mentions a value", value),
        ("ticket", lambda: EntryFilter(ticket=f"#{chance.randrange(1_000) * 10}")),
        ("batch", lambda: EntryFilter(batch=f"J-{chance.randrange(max(1, newest // 500)):04}")),
        ("request", lambda: EntryFilter(request_id=f"req_{chance.randrange(newest):020}")),
        ("a day", window),
        ("who and a day", lambda: EntryFilter(who=chance.randrange(60) + 1, start=day())),
    ]
    measured = [
        (name, *_spread(lambda make=make: _read(make(), viewer)), "50")  # type: ignore[misc]
        for name, make in filters
    ]
    measured += [
        (f"{name}, an older page", *_spread(lambda make=make: _read(make(), viewer, chance.randrange(newest))), "50")  # type: ignore[misc]
        for name, make in filters[:2]
    ]
    places = AuditLeaf.objects.count()

    def prove() -> None:
        proof_of(AuditLeaf.objects.get(position=chance.randrange(places)).entry_id)

    return [*measured, ("a proof", *_spread(prove), "20")]


def _read(wanted: Any, viewer: Any, before: int | None = None) -> None:
    from dashboard.audit import queries

    queries.page(wanted, viewer=viewer, before=before)
    queries.count(wanted)


def _spread(act: Callable[[], object]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    act()
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        act()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]
