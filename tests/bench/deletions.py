"""The queue of deletions at full size: `python -m tests.bench.deletions [--visitors 5000] [--rounds 30]`.

First what pages take with 50,000 requests in the database and thousands of visitors in the queue, then days of carrying
them out at the documented quota, with the time of day moved on. Needs a PostgreSQL as the tests do.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import databases, postgresql, valkey
from tests.bench.measuring import in_ms, interleaved, table

REQUESTS = 50_000
A_REQUEST_HAS = 4


def main(words: list[str]) -> int:
    """Measure on a database of its own and print Markdown; 2 where there is no PostgreSQL."""
    options = _options(words)
    if options.inside:
        return _inside(options)
    with postgresql.found() as server, valkey.server(), tempfile.TemporaryDirectory() as folder:
        if server is None:
            print(postgresql.MISSING, file=sys.stderr)
            return 2
        os.environ["TEST_DATABASE_URL"] = server
        templates = databases.Templates(Path(folder))
        try:
            for part in [options.part] if options.part else ["pages", "days"]:
                with templates.copy("postgresql") as url:
                    environment = databases.environment(url, redis_url=f"unix://{valkey.socket_path()}")
                    environment["DELETION_COOLING_OFF_MINUTES"] = "30"
                    database = databases.OwnDatabase("postgresql", url, environment)
                    code = database.start("-m", "tests.bench.deletions", "--inside", part, *words).wait()
                    if code:
                        return code
        finally:
            templates.close()
    return 0


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.deletions", description=__doc__)
    parser.add_argument("--visitors", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--part", choices=("pages", "days"), help="measure only this part")
    parser.add_argument("--inside", choices=("pages", "days"), help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _inside(options: argparse.Namespace) -> int:
    import django

    django.setup()
    load = os.getloadavg()[0]
    print(f"{datetime.now(UTC):%Y-%m-%d, %H:%M} UTC, load {load:.1f}", flush=True)
    if options.inside == "pages":
        _pages(options.visitors, options.rounds)
    else:
        _days(options.visitors)
    return 0


# -- Pages --------------------------------------------------------------------------------------------------


def _pages(visitors: int, rounds: int) -> None:
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from dashboard.core.access import Role
    from dashboard.deletions.models import DeletionRequest
    from dashboard.deletions.sending import outlook
    from dashboard.deletions.states import Status
    from tests.factories import person

    _fill(visitors)
    running = DeletionRequest.objects.filter(status=Status.RUNNING).order_by("-due_at").first()
    assert running is not None
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person(Role.COMPLIANCE))

    def opens(address: str) -> Callable[[], object]:
        def open_it() -> None:
            assert browser.get(address).status_code == 200

        return open_it

    timings = interleaved(
        {
            f"forecast of {visitors:,} queued visitors": lambda: outlook.queue_plan(timezone.now()),
            "the same for one request, with whose date it costs": lambda: outlook.forecast_for(running, timezone.now()),
            "page of a request with that forecast": opens(reverse("deletions:request", args=[running.pk])),
            f"list of {REQUESTS:,} requests": opens(reverse("deletions:requests")),
            "the same, those that ended": opens(reverse("deletions:requests") + "?show=ended"),
            "the same, those that are blocked": opens(reverse("deletions:requests") + "?show=blocked"),
        },
        rounds,
    )
    rows = [
        (name, in_ms(taken.median), f"{in_ms(taken.low)}–{in_ms(taken.high)}", in_ms(taken.cpu))
        for name, taken in timings.items()
    ]
    print("\n" + table(("ms", "median", "p10–p90", "our CPU"), rows) + "\n", flush=True)


def _fill(visitors: int) -> None:
    """A full desk: thousands of visitors that wait, all other requests ended long ago."""
    from django.db import connection
    from django.utils import timezone

    from dashboard.core.access import Role
    from dashboard.deletions.models import DeletionRequest, DeletionVisitor
    from dashboard.deletions.states import Status, VisitorState
    from tests.factories import person

    now, asker, approver = timezone.now(), person(Role.COMPLIANCE), person(Role.COMPLIANCE)
    queued = visitors // A_REQUEST_HAS
    DeletionRequest.objects.bulk_create(
        (
            DeletionRequest(
                status=Status.RUNNING if number < queued else Status.CLOSED,
                form_token=f"{number:032x}",
                requested_by=asker,
                requested_at=now - timedelta(days=1),
                reason="Customer asked.",
                source="email",
                jurisdiction="gdpr",
                received_at=now - timedelta(days=2),
                clock_zone="UTC",
                due_at=now + timedelta(hours=number % 700),
                scope_hash="0" * 64,
                approved_scope_hash="0" * 64,
                decided_by=approver,
                decided_at=now,
                runs_after=now,
                expires_at=now + timedelta(days=7),
                ended_at=None if number < queued else now,
            )
            for number in range(REQUESTS)
        ),
        batch_size=2_000,
    )
    requests = list(DeletionRequest.objects.order_by("pk").values_list("pk", flat=True))
    DeletionVisitor.objects.bulk_create(
        (
            DeletionVisitor(
                request_id=pk,
                visitor_id=f"v{place:018d}{each}",
                is_open=place < queued,
                state=VisitorState.WAITING if place < queued else VisitorState.COMPLETE,
                settled_at=None if place < queued else now,
            )
            for place, pk in enumerate(requests)
            for each in range(A_REQUEST_HAS if place < queued else 1)
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# -- Days ---------------------------------------------------------------------------------------------------


def _days(visitors: int) -> None:
    from dashboard.deletions.policy import DAY, HOUR
    from dashboard.deletions.sending import quota
    from tests.dashboard.deletions.simulating import Simulation

    days, limits = Simulation(visitors=visitors).run(), quota.limits()
    furthest = days.furthest_from_the_plan().total_seconds() / 60
    rows = [
        ("visitors deleted", f"{visitors:,} in {(days.ended_at - days.began_at) / DAY:.2f} days"),
        ("calls that arrived", f"{len(days.arrivals):,}"),
        ("most in any rolling hour", f"{days.most_within(HOUR)} of {limits.per_hour}"),
        ("most in any rolling day", f"{days.most_within(DAY)} of {limits.per_day}"),
        ("refused for their number", str(days.refused)),
        ("sent after one with a later date", str(days.out_of_order())),
        ("idle while the quota was free", f"{days.idle_share:.3%}"),
        (
            "furthest from the plan of the first day",
            f"{furthest:.1f} minutes",
        ),
    ]
    print("\n" + table(("simulated", ""), rows) + "\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
