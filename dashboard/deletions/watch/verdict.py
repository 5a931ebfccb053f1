"""What answers prove, without any I/O. A visitor is "no longer answered" only by what was asked and answered.

Source of the times: Fingerprint deletes events of the past ten days within 24 hours; older ones stay readable until
their retention ends; there is no status to ask for, only the events themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dashboard.deletions.policy import AT_ONCE_WINDOW, DAY, GONE_WITHIN, HOUR

CHECK_EVERY = DAY
FOLLOW_EVERY = timedelta(days=7)
"""How often older events are asked about until their retention ends."""
MOST_EVIDENCE = 10
MOST_RESIDUE = 5
"""So many events one round asks about; the next round asks about others."""
SILENT_TOO_LONG = timedelta(days=3)
"""After so long without a whole answer nobody may go on believing that it will come by itself."""
RETURNED_AFTER = HOUR
BORDER_SLACK = timedelta(minutes=10)
"""Fingerprint counts its ten days from when it took the order, by its own clock; ours is near, not the same."""
RESIDUE_GRACE = DAY
"""How long after the end of retention an event may still be answered before that is a surprise."""
GIVE_UP_RESIDUE = timedelta(days=30)
IDS_KEPT = timedelta(days=7)
"""How long the request knows its visitors after the last word about them."""


class Question(StrEnum):
    """What is asked."""

    EVENT = "event"
    """Is this event of the ten days before still there?"""
    SEARCH = "search"
    """Is anything found under this visitor since ten days before?"""
    OLDER = "older"
    """Is this older event still there?"""


class Answer(StrEnum):
    """What Fingerprint said, by what it means."""

    GONE = "gone"
    THERE = "there"
    OLDER = "older"
    """There, but older than ten days when the deletion was accepted: it stays until its retention ends."""
    NOTHING = "nothing"
    FOUND = "found"
    RETURNED = "returned"
    SILENT = "silent"


class Verdict(StrEnum):
    """What one round of questions comes to."""

    UNDECIDED = "undecided"
    STILL_THERE = "still there"
    NOT_ANSWERED_ANY_MORE = "not answered any more"
    NOTHING_TO_ASK = "nothing to ask"


@dataclass(frozen=True)
class Said:
    """One question with its answer."""

    question: Question
    answer: Answer


def judge(said: Sequence[Said], *, same_key: bool) -> Verdict:
    """What a round about the ten days before proves.

    Seeing one thing that should be gone decides. Seeing nothing decides only when every question was answered, a
    search among them and at least one event that was there before; and with another key than the one the deletion was
    sent with only when an older event shows that this key sees the same workspace.
    """
    if any(each.answer in (Answer.THERE, Answer.FOUND, Answer.RETURNED) for each in _about_recent(said)):
        return Verdict.STILL_THERE
    if not said or any(each.answer == Answer.SILENT for each in said):
        return Verdict.UNDECIDED
    if not any(each.question == Question.SEARCH for each in said):
        return Verdict.UNDECIDED
    if not any(each.question == Question.EVENT and each.answer == Answer.GONE for each in said):
        return Verdict.NOTHING_TO_ASK
    if not same_key and not _sees_the_workspace(said):
        return Verdict.UNDECIDED
    return Verdict.NOT_ANSWERED_ANY_MORE


def judge_older(said: Sequence[Said]) -> Verdict:
    """What a round after the end of retention proves about the older events."""
    older = [each for each in said if each.question == Question.OLDER]
    if any(each.answer == Answer.RETURNED for each in said) or any(each.answer == Answer.THERE for each in older):
        return Verdict.STILL_THERE
    if not said or any(each.answer == Answer.SILENT for each in said):
        return Verdict.UNDECIDED
    return Verdict.NOT_ANSWERED_ANY_MORE if older else Verdict.NOTHING_TO_ASK


def about_event(question: Question, at: datetime, accepted_at: datetime) -> Answer:
    """What it means that an event of this time was answered."""
    if question == Question.OLDER:
        return Answer.THERE
    return Answer.OLDER if at <= accepted_at - AT_ONCE_WINDOW + BORDER_SLACK else Answer.THERE


def about_search(times: Sequence[datetime | None], accepted_at: datetime) -> Answer:
    """What it means that a search found events of these times (None: one that could not be read)."""
    recent = [at for at in times if at is None or at > accepted_at - AT_ONCE_WINDOW + BORDER_SLACK]
    if not recent:
        return Answer.NOTHING
    if any(at is not None and at > accepted_at + RETURNED_AFTER for at in recent):
        return Answer.RETURNED
    return Answer.FOUND


def sample(count: int, most: int, turn: int) -> list[int]:
    """At most `most` places of `count`, spread evenly; another `turn` begins elsewhere. The first is always there."""
    if count <= most:
        return list(range(count))
    step = count / most
    return sorted({0, *(int(place * step + turn) % count for place in range(1, most))})


def first_check(accepted_at: datetime) -> datetime:
    """Not before Fingerprint itself promises anything."""
    return accepted_at + GONE_WITHIN


def provable_until(accepted_at: datetime, retention: timedelta) -> datetime:
    """From then on the oldest of the recorded events are beyond their retention: "not found" proves nothing more."""
    return accepted_at + retention - AT_ONCE_WINDOW


def next_follow(now: datetime, residue_until: datetime) -> datetime:
    """When older events are asked about next: every week, and once their retention has ended."""
    ends = residue_until + RESIDUE_GRACE
    return min(now + FOLLOW_EVERY, ends) if ends > now else now + CHECK_EVERY


def _about_recent(said: Sequence[Said]) -> list[Said]:
    return [each for each in said if each.question != Question.OLDER]


def _sees_the_workspace(said: Sequence[Said]) -> bool:
    return any(each.answer in (Answer.THERE, Answer.OLDER) for each in said)
