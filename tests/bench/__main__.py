"""Measure client and sandbox in one run and write it as Markdown: `python -m tests.bench [--rounds 30]`.

`python -m tests.bench audit` measures the audit log instead (tests/bench/audit.py).
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as release
from pathlib import Path

from tests.bench import audit, contenders, crowd
from tests.bench.contenders import HTTPX, OFFICIAL, OURS, URLLIB3, Asked, Contenders
from tests.bench.measuring import Timing, in_ms, interleaved, table
from tests.sandboxes import sandbox_process

VISITS = 5_000
_PACKAGES = ("httpx", "msgspec", "fingerprint-pro-server-api-sdk", "fingerprint_server_sdk", "urllib3")


@contextmanager
def replaying(upstream: str) -> Iterator[str]:
    """The address of a server that repeats the answers of another one."""
    command = [sys.executable, "-m", "tests.bench.replay", upstream.removeprefix("http://")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def prepare(url: str) -> Asked:
    """Let one visitor come often, and choose what is asked."""
    crowd.steer(url, "/clock", freeze=True)
    end = datetime.now(UTC).replace(microsecond=0)
    came = crowd.steer(
        url,
        "/visits",
        count=VISITS,
        seconds_apart=600,
        at=(end - timedelta(days=40)).isoformat(),
        linked_id="acct-bench",
    )["events"]
    stuffing = crowd.steer(url, "/stories")["stories"]
    event_id = next(
        event_id
        for story in stuffing
        if story["name"] == "credential_stuffing"
        for member in story["members"].values()
        for event_id in member["event_ids"]
    )
    return Asked(event_id, came[0]["visitor_id"], end - timedelta(days=60), end)


def compare(url: str, asked: Asked, rounds: int, *, with_history: bool) -> Iterator[tuple[str, str, dict[str, Timing]]]:
    """Time every operation of both versions at an address."""
    made: tuple[tuple[str, Callable[[str], Contenders], int], ...] = (
        ("get_event", lambda version: contenders.one_event(version, url, asked), rounds * 2),
        ("100-event search", lambda version: contenders.one_page(version, url, asked), rounds),
        (
            f"history of {VISITS:,} events",
            lambda version: contenders.history(version, url, asked, VISITS),
            max(3, rounds // 10),
        ),
    )
    for name, make, times in made if with_history else made[:2]:
        for version in ("v3", "v4"):
            print(f"  {name}, {version}", file=sys.stderr, flush=True)
            yield name, version, interleaved(make(version), times)


def written(results: Iterator[tuple[str, str, dict[str, Timing]]]) -> str:
    """Write comparisons as a table: medians, spread, and what our client is to the others."""
    lines = []
    for name, version, times in results:
        mine = times[OURS].median
        cells = [
            f"{in_ms(times[who].median)} ({in_ms(times[who].low)}–{in_ms(times[who].high)})"
            for who in (OURS, OFFICIAL, HTTPX, URLLIB3)
        ]
        computed = times[OURS].cpu
        ratios = (
            *(f"{times[OFFICIAL].median / mine:.1f}x", f"{mine / times[HTTPX].median:.1f}x"),
            *(in_ms(computed), f"{times[OFFICIAL].cpu / computed:.1f}x"),
        )
        lines.append((f"{name}, {version}", *cells, *ratios))
    head = (
        "ms: median (p10–p90)",
        OURS,
        OFFICIAL,
        HTTPX,
        URLLIB3,
        "SDK : ours",
        "ours : httpx",
        "our CPU",
        "CPU SDK : ours",
    )
    return table(head, lines)


def memory(url: str, asked: Asked) -> str:
    """Measure histories in processes of their own and write them as a table."""
    lines = []
    for version in ("v3", "v4"):
        arguments = [version, url, asked.visitor_id, asked.start.isoformat(), asked.end.isoformat()]
        command = [sys.executable, "-m", "tests.bench.memory", *arguments]
        count, held, most, raw = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        lines.append((f"history of {int(count):,} events held, {version}", held, most, raw))
    return table(("MB above the idle process", "all rows read", "at most", "payloads alone"), lines)


def machine() -> str:
    """Say when and on what this was measured."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _cpu() if line.startswith("model name")), platform.machine()
    )
    packages = ", ".join(f"{name} {release(name)}" for name in _PACKAGES)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    python = f"Python {platform.python_version()}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({model}), load {load}; {python}, {packages}."
    )


def _cpu() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--without-history", action="store_true", help="leave out the long ones")
    options = parser.parse_args()
    print(f"{machine()}\n")
    with sandbox_process("--rate", "0") as server:
        asked = prepare(server.url)
        with replaying(server.url) as url:
            print("Answers repeated by a server that costs nothing:\n")
            print(written(compare(url, asked, options.rounds, with_history=not options.without_history)), flush=True)
            print(f"\n{memory(url, asked)}\n")
        print("The sandbox itself behind the same calls, frozen, in a process of its own:\n")
        print(written(compare(server.url, asked, options.rounds, with_history=False)), flush=True)
    with sandbox_process("--rate", "0") as server:
        print("  filling the large world", file=sys.stderr, flush=True)
        count = crowd.fill(server.url)
        times = crowd.searches(server.url, options.rounds)
    lines = [(name, in_ms(each.median), f"{in_ms(each.low)}–{in_ms(each.high)}") for name, each in times.items()]
    print(f"\nSearches of 100 events in a sandbox that holds {count:,}, by bare urllib3:\n")
    print(table(("ms", "median", "p10–p90"), lines))
    print(f"\nLoad at the end: {' '.join(f'{each:.1f}' for each in os.getloadavg())}.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["audit"]:
        audit.main(sys.argv[2:])
    else:
        main()
