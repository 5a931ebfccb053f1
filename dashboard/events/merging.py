"""Putting the answers of several questions into one list, in the order of time. Pure.

Each question has pages and a cursor of its own. An event may be shown only when no question can still bring one that
belongs before it: what is newer than that border (older, when asked the other way round) stands in the list, the rest
is held back until the questions at the border have been read further. So a list only ever grows at its end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from fingerprint_integration.domain import Event, UnreadableEvent

Item = Event | UnreadableEvent


@dataclass(frozen=True)
class Answer:
    """One page of one question: which load it came with, which question it answers, what it held, where it goes on."""

    load: int
    question: int
    items: tuple[Item, ...]
    has_more: bool


@dataclass(frozen=True)
class Merged:
    """The list after each load, and which questions must be asked for it to grow."""

    loads: tuple[tuple[int, tuple[Item, ...]], ...]
    ask_next: tuple[int, ...]


def merge(answers: Sequence[Answer], *, question_count: int, is_reversed: bool) -> Merged:
    """One list of all answers, as the loads that made it. Questions without any answer hold everything back."""
    missing = tuple(sorted(set(range(question_count)) - {answer.question for answer in answers}))
    if missing:
        return Merged((), missing)
    waiting: list[tuple[float, int, Item]] = []
    reached: dict[int, float] = {}
    is_open: dict[int, bool] = {}
    shown: set[str] = set()
    loads = []
    border = inf
    for load in sorted({answer.load for answer in answers}):
        for answer in (each for each in answers if each.load == load):
            for item in answer.items:
                # What could not be read has no time of its own and stays behind the event before it.
                place = _place(item, is_reversed) if isinstance(item, Event) else reached.get(answer.question, -inf)
                reached[answer.question] = place
                waiting.append((place, answer.question, item))
            is_open[answer.question] = answer.has_more
        border = min((reached.get(question, -inf) for question, more in is_open.items() if more), default=inf)
        ready = sorted((each for each in waiting if each[0] <= border), key=lambda each: each[:2])
        waiting = [each for each in waiting if each[0] > border]
        loads.append((load, tuple(once((item for _at, _question, item in ready), shown))))
    return Merged(
        tuple(loads),
        tuple(question for question, more in is_open.items() if more and reached.get(question, -inf) <= border),
    )


def _place(event: Event, is_reversed: bool) -> float:
    """Where the event stands in the order of the list: a smaller number comes first."""
    return event.at.timestamp() if is_reversed else -event.at.timestamp()


def once(items: Iterable[Item], shown: set[str]) -> Iterator[Item]:
    """An event that fits several questions, or stands at the border of two pages, is one event. Adds to `shown`."""
    for item in items:
        if item.event_id is None:
            yield item
        elif item.event_id not in shown:
            shown.add(item.event_id)
            yield item
