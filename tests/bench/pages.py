"""Inkpad's own time per page, beside Django admin's change list of the same rows: `python -m tests.bench.pages`.

Own time is what the Server-Timing header says of it: the server's whole time minus the waiting for Fingerprint. One
process, the test client, SQLite in a file, the sandbox in the same process; what the sandbox computes counts as
Fingerprint's. Beside it stands what the process computed, which a busy machine leaves alone; it holds the sandbox's
part too, for the two pages that ask it. Nothing here is a test: it measures, and says on what machine and what load.
"""

import argparse
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

VISITS = 5_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=30)
    rounds = arguments.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_DATABASE"] = str(Path(folder) / "bench.sqlite3")
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.page_settings"
        import django

        django.setup()
        measure(rounds)


def measure(rounds: int) -> None:
    """Set everything up, measure interleaved, print the table."""
    import httpx
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from dashboard.core.access import Role
    from fingerprint_integration.client import FingerprintClient
    from fingerprint_integration.provider import override_client
    from fingerprint_integration.sandbox.app import Sandbox
    from tests import valkey
    from tests.bench.admin_rows import EventRow, row_of
    from tests.factories import person

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(EventRow)
    sandbox = Sandbox(rate=None)
    often = _come_often(sandbox)
    transport = httpx.MockTransport(sandbox.handle)
    client = FingerprintClient("sandbox-secret-key", base_url="http://sandbox.test", transport=transport)
    analyst = person(Role.FRAUD_ANALYST)
    browser = Client()
    browser.force_login(analyst)
    with valkey.server(), override_client(client):
        results = browser.post("/searches/", {}).headers["Location"]
        browser.get(results)
        event_id = _fill(EventRow, row_of)
        narrowed = re.search(r'href="(\?keep=[^"]+)"', browser.get(results).content.decode())
        assert narrowed is not None
        piece = results + narrowed[1].replace("&amp;", "&")
        pages: dict[str, Callable[[], Any]] = {
            "search page, 100 events": lambda: browser.get(results),
            "its piece after a click": lambda: browser.get(piece, headers={"HX-Request": "true"}),
            f"visitor of {VISITS:,} events, first screen": lambda: browser.get(f"/visitors/{often}/"),
            "event": lambda: browser.get(f"/events/{event_id}/"),
            "search form": lambda: browser.get("/events/"),
            "Django admin, the same 100 rows": lambda: browser.get("/admin/bench/eventrow/"),
        }
        print(report(pages, rounds))


def _come_often(sandbox: Any) -> str:
    """A visitor with VISITS events of the last weeks, and their id."""
    now = datetime.now(UTC)
    first = sandbox.visit(at=now - timedelta(minutes=10 * VISITS), linked_id="acct-bench")
    for number in range(1, VISITS):
        at = now - timedelta(minutes=10 * (VISITS - number))
        sandbox.visit(at=at, visitor_id=first.visitor_id, linked_id="acct-bench")
    return str(first.visitor_id)


def _fill(rows: Any, row_of: Callable[[object, datetime], Any]) -> str:
    """The loaded events as rows of Django admin's table; give the id of the first."""
    from dashboard.events.models import SnapshotPage
    from dashboard.events.queries import as_snapshot

    events = as_snapshot(list(SnapshotPage.objects.order_by("number"))).events
    rows.objects.bulk_create(row_of(event, event.at) for event in events)
    assert rows.objects.count() == 100
    return events[0].event_id


def report(pages: dict[str, Callable[[], Any]], rounds: int) -> str:
    """Measure every page `rounds` times in turn, after a round that only warms up; a Markdown table."""
    taken: dict[str, list[tuple[float, float, int, int]]] = {name: [] for name in pages}
    for number in range(rounds + 2):
        for name, ask in pages.items():
            started = time.process_time()
            answer = ask()
            computed = (time.process_time() - started) * 1000
            assert answer.status_code == 200, name
            own, statements = _own_time(answer)
            if number >= 2:
                taken[name].append((own, computed, statements, len(answer.content)))
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {where}, {rounds} rounds, SQLite",
        "",
        "| ms of our own | median | p10 to p90 | computed | SQL | KB of HTML |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, found in taken.items():
        times = [own for own, _computed, _statements, _size in found]
        computing = median(computed for _own, computed, _statements, _size in found)
        tenths = quantiles(times, n=10) if len(times) > 1 else times * 9
        lines.append(
            f"| {name} | {median(times):.1f} | {tenths[0]:.1f} to {tenths[-1]:.1f} | {computing:.1f} "
            f"| {found[-1][2]} | {found[-1][3] / 1000:,.0f} |"
        )
    return "\n".join(lines)


def _own_time(answer: Any) -> tuple[float, int]:
    header = answer.headers["Server-Timing"]
    own, statements = re.search(r"inkpad;dur=([\d.]+)", header), re.search(r'sql;dur=[\d.]+;desc="(\d+)"', header)
    assert own is not None
    assert statements is not None
    return float(own[1]), int(statements[1])


if __name__ == "__main__":
    main()
