"""What answers prove, on its own: nothing is ever concluded from silence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.deletions.states import VISITOR_MOVES, ForbiddenMove, VisitorState, check_visitor_move
from dashboard.deletions.watch import verdict
from dashboard.deletions.watch.verdict import Answer, Question, Said, Verdict

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
POSSIBLE = {
    Question.EVENT: [Answer.GONE, Answer.THERE, Answer.OLDER, Answer.SILENT],
    Question.SEARCH: [Answer.NOTHING, Answer.FOUND, Answer.RETURNED, Answer.SILENT],
    Question.OLDER: [Answer.GONE, Answer.THERE, Answer.SILENT],
}
ROUNDS = st.lists(
    st.sampled_from([Said(question, answer) for question, answers in POSSIBLE.items() for answer in answers]),
    max_size=12,
)
SEEN = {Answer.THERE, Answer.FOUND, Answer.RETURNED}


@given(said=ROUNDS, same_key=st.booleans())
def test_gone_needs_every_answer_a_search_and_an_event_that_was_there_before(said, same_key):
    if verdict.judge(said, same_key=same_key) != Verdict.NOT_ANSWERED_ANY_MORE:
        return

    assert Answer.SILENT not in {each.answer for each in said}
    assert Said(Question.SEARCH, Answer.NOTHING) in said
    assert Said(Question.EVENT, Answer.GONE) in said
    assert not any(each.answer in SEEN for each in said if each.question != Question.OLDER)
    if not same_key:
        assert any(each.answer in (Answer.THERE, Answer.OLDER) for each in said)


@given(said=ROUNDS, lost=st.integers(0, 11))
def test_an_answer_that_is_lost_never_makes_a_round_prove_more(said, lost):
    if lost >= len(said):
        return
    silent = [*said[:lost], Said(said[lost].question, Answer.SILENT), *said[lost + 1 :]]

    assert verdict.judge(silent, same_key=True) != Verdict.NOT_ANSWERED_ANY_MORE
    assert verdict.judge_older(silent) != Verdict.NOT_ANSWERED_ANY_MORE


@given(said=ROUNDS)
def test_what_is_seen_is_said_whatever_else_is_silent(said):
    seen = [*said, Said(Question.EVENT, Answer.THERE)]

    assert verdict.judge(seen, same_key=True) == Verdict.STILL_THERE


@given(said=ROUNDS)
def test_older_events_are_gone_only_when_each_that_was_asked_is(said):
    if verdict.judge_older(said) == Verdict.NOT_ANSWERED_ANY_MORE:
        assert {each.answer for each in said if each.question == Question.OLDER} == {Answer.GONE}


@given(count=st.integers(0, 500), most=st.integers(1, 12), turn=st.integers(0, 400))
def test_a_sample_is_bounded_and_inside(count, most, turn):
    places = verdict.sample(count, most, turn)

    assert len(places) <= most
    assert len(set(places)) == len(places)
    assert all(0 <= place < count for place in places)
    assert bool(places) is bool(count)


def test_another_turn_asks_about_others():
    assert len({place for turn in range(10) for place in verdict.sample(100, 10, turn)}) > 50


@pytest.mark.parametrize(
    "hours,answer",
    [(-240, Answer.OLDER), (-239, Answer.THERE), (0, Answer.THERE)],
)
def test_an_event_is_judged_by_its_age_when_the_deletion_was_accepted(hours, answer):
    assert verdict.about_event(Question.EVENT, NOON + timedelta(hours=hours), NOON) == answer


@pytest.mark.parametrize(
    "hours,answer",
    [
        ([], Answer.NOTHING),
        ([-241], Answer.NOTHING),
        ([-1], Answer.FOUND),
        ([1], Answer.FOUND),
        ([1.1], Answer.RETURNED),
        ([-1, 5], Answer.RETURNED),
        ([None], Answer.FOUND),
    ],
)
def test_a_search_is_judged_by_the_times_of_what_it_finds(hours, answer):
    times = [None if each is None else NOON + timedelta(hours=each) for each in hours]

    assert verdict.about_search(times, NOON) == answer


@given(st.sampled_from(list(VisitorState)), st.sampled_from(list(VisitorState)))
def test_a_visitor_moves_only_where_the_table_says(before, after):
    if after in VISITOR_MOVES[before]:
        return check_visitor_move(before, after)
    with pytest.raises(ForbiddenMove):
        check_visitor_move(before, after)
    return None


@pytest.mark.parametrize("state", [VisitorState.COMPLETE, VisitorState.UNPROVEN])
def test_the_last_word_is_the_last(state):
    assert VISITOR_MOVES[state] == frozenset()


def test_gone_is_reached_only_through_no_longer_answered():
    before_gone = [state for state, moves in VISITOR_MOVES.items() if VisitorState.COMPLETE in moves]

    assert before_gone == [VisitorState.VERIFIED]
