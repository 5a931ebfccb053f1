"""Answers of several questions become one list in the order of time, which only ever grows at its end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.events.merging import Answer, merge
from fingerprint_integration.domain import ApiVersion, Event, UnreadableEvent

START = datetime(2026, 6, 15, tzinfo=UTC)


def event(minute, name):
    return Event(event_id=name, at=START + timedelta(minutes=minute), api_version=ApiVersion.V4, raw=b"{}", reader=None)


def read_all(lists, *, page, is_reversed):
    """Ask every question page by page as long as the list needs it; give the merged lists after each load."""
    pages = [[each[at : at + page] for at in range(0, max(len(each), 1), page)] for each in lists]
    answers, steps, load = [], [], 0
    while True:
        merged = merge(answers, question_count=len(lists), is_reversed=is_reversed)
        steps.append([item.event_id for _load, items in merged.loads for item in items])
        if not merged.ask_next:
            return steps
        load += 1
        for question in merged.ask_next:
            number = sum(answer.question == question for answer in answers)
            answers.append(Answer(load, question, tuple(pages[question][number]), number + 1 < len(pages[question])))


@given(
    minutes=some.lists(some.lists(some.integers(0, 50), max_size=9), min_size=1, max_size=4),
    page=some.integers(1, 4),
    is_reversed=some.booleans(),
)
def test_every_event_comes_once_in_order_and_what_was_shown_stays(minutes, page, is_reversed):
    lists = [
        sorted((event(minute, f"{minute}") for minute in set(each)), key=lambda item: item.at, reverse=not is_reversed)
        for each in minutes
    ]

    steps = read_all(lists, page=page, is_reversed=is_reversed)

    wanted = sorted({minute for each in minutes for minute in each}, reverse=not is_reversed)
    assert steps[-1] == [str(minute) for minute in wanted]
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(steps))


def test_a_question_without_an_answer_holds_everything_back():
    merged = merge([Answer(1, 0, (event(1, "a"),), False)], question_count=3, is_reversed=False)

    assert merged.loads == ()
    assert merged.ask_next == (1, 2)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_what_could_not_be_read_stays_where_it_came(is_reversed):
    unreadable = UnreadableEvent(reason="no time", raw=b"{}", event_id="b")
    answers = [
        Answer(1, 0, (event(5, "a"), unreadable, event(5, "c")), False),
        Answer(1, 1, (event(5, "d"),), False),
    ]

    merged = merge(answers, question_count=2, is_reversed=is_reversed)

    assert [item.event_id for _load, items in merged.loads for item in items] == ["a", "b", "c", "d"]
