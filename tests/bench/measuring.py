"""Rounds in which every contender has its turn, and what they come to."""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Timing(NamedTuple):
    """Milliseconds of one contender over all rounds."""

    median: float
    low: float
    """The tenth of a hundred, in order."""
    high: float
    """The ninetieth."""
    cpu: float
    """The median of what this process computed meanwhile: a busy machine and the server hardly show in it."""


def interleaved(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Time every contender once a round, so that a busy moment of the machine meets all of them alike."""
    for run in contenders.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    computed: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            started, before = time.perf_counter(), time.process_time()
            contenders[name]()
            taken[name].append((time.perf_counter() - started) * 1000)
            computed[name].append((time.process_time() - before) * 1000)
    return {name: timing(taken[name], computed[name]) for name in contenders}


def timing(times: list[float], computed: list[float]) -> Timing:
    """Give median and spread of some times."""
    tenths = statistics.quantiles(times, n=10, method="inclusive") if len(times) > 1 else times
    return Timing(statistics.median(times), tenths[0], tenths[-1], statistics.median(computed))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Write a Markdown table; all columns but the first are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def in_ms(milliseconds: float) -> str:
    """Write milliseconds with three digits that count."""
    return (
        f"{milliseconds:.2f}"
        if milliseconds < 10
        else f"{milliseconds:.1f}"
        if milliseconds < 100
        else f"{milliseconds:,.0f}"
    )
