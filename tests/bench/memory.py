"""What a whole history takes: `python -m tests.bench.memory VERSION URL VISITOR START END`, in a process of its own.

Prints the megabytes above the idle process: while all events are held, each read as a row shows it, and at most.
"""

import gc
import sys
from datetime import datetime
from pathlib import Path

from tests.bench import rows
from tests.bench.plain import client


def _megabytes(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(name))


def main(version: str, url: str, visitor_id: str, start: str, end: str) -> None:
    """Measure and print."""
    ours = client(version, url)
    # An idle process has its connection and has read something before.
    for event in ours.search_events(5, visitor_id=visitor_id, start=start, end=end).events:
        rows.ours(event)
    gc.collect()
    idle = _megabytes("VmRSS")
    events = list(
        ours.iter_events(visitor_id=visitor_id, start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
    )
    for event in events:
        rows.ours(event)
    held, most = _megabytes("VmRSS") - idle, _megabytes("VmHWM") - idle
    raw = sum(len(event.raw) for event in events) / 1024 / 1024
    print(len(events), f"{held:.1f}", f"{most:.1f}", f"{raw:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
