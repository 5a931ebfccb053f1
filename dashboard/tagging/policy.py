"""The rules of a job that need neither database nor network: limits, waiting times, estimates, and their sentences."""

import math
import random
import re
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy, ngettext

from dashboard.core.times import thousands
from dashboard.tagging.changes import CANNOT_EMPTY, CANNOT_RESTORE, NO_OBJECT, TAGS_TOO_LARGE
from fingerprint_integration.errors import REFUSALS, FingerprintError, RefusalReason

MOST_EVENTS = 100_000
"""Most events in one job."""
MOST_AT_ONCE = 1000
"""Lists up to this long are written down while the person waits; longer ones by a worker, piece by piece."""
TYPED_ABOVE = 100
"""A change of more events than this asks for their number to be typed."""
DRAFT_LIFETIME = timedelta(days=3)
"""A list that nobody confirmed is thrown away after this."""

CALLS_PER_EVENT = 2
"""One to read what is there, one to change it."""
EVENTS_PER_SEARCH = 100
"""How many events one request of a search brings."""
SHARE_OF_JOBS = 0.8
"""Of the calls a second that Fingerprint allows; the rest is for people at the screen."""

BATCH = timedelta(seconds=20)
"""How long one task goes on before it lets others have the worker."""
CLAIMED_AT_ONCE = 10
"""How many events a worker claims together: few enough to be through with them while it is taken to be alive."""
TURN = timedelta(seconds=4)
"""The same when other jobs wait for a worker."""
REMEMBERED_TURNS = timedelta(minutes=10)
"""Turns that are longer ago do not count when it is asked whose turn it is."""
EVENTS_A_HAND = 10.0
"""Events a second that one worker gets through at most; more of them join a job where more are allowed."""
SILENCE = timedelta(seconds=30)
"""When nothing has moved for this long although something is due, no worker is there."""

MOST_ATTEMPTS = 9
"""After so many tries an event that gets no answer, or stays too fresh, is given up (and may be tried again later)."""
_WAITS = (3, 8, 20, 60, 120, 300, 600, 900)  # seconds before the next try of one event
_LONGEST_REST = 60.0
_LONGEST_RETRY_AFTER = 15 * 60.0


_ID = re.compile(r"(?!\.+\Z)[A-Za-z0-9_.\-]{1,64}")


def is_id(text: str) -> bool:
    """Whether a text can be the id of an event or visitor: what may stand in an address."""
    return _ID.fullmatch(text) is not None


def wait_for(attempt: int, retry_after: float | None = None) -> timedelta:
    """How long an event waits after its `attempt`-th try (from 1), with jitter; at least what Fingerprint asked for."""
    seconds = _WAITS[min(max(attempt, 1), len(_WAITS)) - 1] * random.uniform(0.85, 1.15)
    return timedelta(seconds=max(seconds, _capped(retry_after)))


def rest_for(troubles: int, retry_after: float | None = None) -> timedelta:
    """How long the whole job rests after `troubles` calls in a row without an answer (from 1)."""
    seconds = min(2.0 ** min(max(troubles, 1), 10), _LONGEST_REST) * random.uniform(0.85, 1.15)
    return timedelta(seconds=max(seconds, _capped(retry_after)))


def turn_in(retry_after: float | None) -> timedelta:
    """How long until our own budget has a call for a job."""
    return timedelta(seconds=max(_capped(retry_after), 0.25))


def _capped(retry_after: float | None) -> float:
    return min(max(retry_after or 0.0, 0.0), _LONGEST_RETRY_AFTER)


def events_per_second(calls_per_second: float) -> float:
    """How fast jobs may go together."""
    return calls_per_second * SHARE_OF_JOBS / CALLS_PER_EVENT


def hands(calls_per_second: float) -> int:
    """How many workers one job can use."""
    return max(1, math.ceil(events_per_second(calls_per_second) / EVENTS_A_HAND))


def time_needed(count: int, calls_per_second: float) -> timedelta:
    """How long `count` events take at the allowed rate."""
    return timedelta(seconds=count / events_per_second(calls_per_second))


def collecting_time(count: int, calls_per_second: float) -> timedelta:
    """How long it takes to collect `count` events of a search."""
    return timedelta(seconds=count / EVENTS_PER_SEARCH / (calls_per_second * SHARE_OF_JOBS))


def in_words(duration: timedelta) -> str:
    """A forecast: `about 8 minutes`."""
    seconds = max(round(duration.total_seconds()), 1)
    if seconds < 60:
        return ngettext("about %(n)s second", "about %(n)s seconds", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("about %(n)s minute", "about %(n)s minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("about %(n)s hour", "about %(n)s hours", hours) % {"n": thousands(hours)}


def at_by_id(event_id: str, now: datetime) -> datetime | None:
    """When an event was, by the milliseconds its id begins with; None when they are no likely time."""
    age = age_by_id(event_id, now)
    return None if age is None else now - age


def age_by_id(event_id: str, now: datetime) -> timedelta | None:
    """How old an event is by the milliseconds its id begins with, or None when it does not begin with a likely time.

    Good enough for a warning: the form of ids is not promised, and the worker goes by the event's own time.
    """
    digits = event_id.partition(".")[0]
    if not (len(digits) == 13 and digits.isascii() and digits.isdigit()):
        return None
    age = timedelta(seconds=now.timestamp() - int(digits) / 1000)
    return age if timedelta(0) <= age < timedelta(days=366) else None


# -- Why something did not happen: codes that rows keep, and what they say ------------------------------------------

GONE = "gone"
GONE_AFTER_SENDING = "gone_after_sending"
TOO_OLD = "too_old"
TOO_NEW = "too_new"
NO_ANSWER = "no_answer"
NOT_CHANGED = "not_changed"
NOT_KNOWN = "not_known"
UNREADABLE = "unreadable"
INVALID = "invalid"
BAD_ID = "bad_id"
CANCELLED = "cancelled"
BLOCKED = "blocked"
ERASED = "erased"
NAMED = "named"
NOTE_ERASED = "note_erased"
BUSY = "busy"
BUDGET = "budget"
CHANGED_SINCE = "changed_since"
DIFFERS = "differs"

LEFT_FAILED = (NOT_CHANGED, NO_OBJECT, TAGS_TOO_LARGE)
"""Events that are left as they are although the job wanted otherwise."""
NOT_WORTH_ANOTHER_TRY = (TOO_OLD, BAD_ID, NO_OBJECT, TAGS_TOO_LARGE, NAMED)
"""Failures that come out the same every time, and those whose note is gone: it would be made of our own change."""

ITEM_WORDS = {
    GONE: gettext_lazy("Not found"),
    GONE_AFTER_SENDING: gettext_lazy("Not found"),
    TOO_OLD: gettext_lazy("Too old"),
    TOO_NEW: gettext_lazy("Too new"),
    NO_ANSWER: gettext_lazy("No answer"),
    NOT_CHANGED: gettext_lazy("No answer"),
    NOT_KNOWN: gettext_lazy("Not known"),
    UNREADABLE: gettext_lazy("Unreadable"),
    INVALID: gettext_lazy("Not accepted"),
    BAD_ID: gettext_lazy("No event id"),
    CANCELLED: gettext_lazy("Cancelled"),
    BLOCKED: gettext_lazy("Skipped"),
    ERASED: gettext_lazy("Erased"),
    NAMED: gettext_lazy("Left alone"),
    BUSY: gettext_lazy("Waits"),
    BUDGET: gettext_lazy("Waits"),
    CHANGED_SINCE: gettext_lazy("Changed since"),
    DIFFERS: gettext_lazy("Set, but differs"),
    CANNOT_EMPTY: gettext_lazy("Cannot go back"),
    CANNOT_RESTORE: gettext_lazy("Cannot go back"),
    NO_OBJECT: gettext_lazy("Not changed"),
    TAGS_TOO_LARGE: gettext_lazy("Too large"),
}
ITEM_SENTENCES = {
    GONE: gettext_lazy(
        "Fingerprint does not know this event: it never existed, was deleted, or its retention has ended."
    ),
    GONE_AFTER_SENDING: gettext_lazy(
        "Fingerprint does not know this event any more. Whether the change arrived before cannot be found out."
    ),
    TOO_OLD: gettext_lazy("Fingerprint changes events only for a time, and this one is older."),
    TOO_NEW: gettext_lazy("Fingerprint accepts changes some seconds after the event."),
    NO_ANSWER: gettext_lazy("Fingerprint did not answer, so nothing was sent."),
    NOT_CHANGED: gettext_lazy("Fingerprint did not answer the change. Asked again: not changed."),
    NOT_KNOWN: gettext_lazy("The change was sent and its answer was lost. Whether it arrived is not known."),
    UNREADABLE: gettext_lazy("Fingerprint's answer about this event could not be read."),
    INVALID: gettext_lazy("Fingerprint did not accept this value for this event."),
    BAD_ID: gettext_lazy("Fingerprint does not take this for the id of an event."),
    CANCELLED: gettext_lazy("The job was cancelled first."),
    BLOCKED: gettext_lazy("The visitor is under a deletion or a legal hold."),
    ERASED: gettext_lazy("The visitor was erased."),
    NAMED: gettext_lazy("What it had, or was to get, named somebody who has been erased since."),
    NOTE_ERASED: gettext_lazy(
        "What it had before, or was set, named somebody who has been erased since: it cannot be put back any more."
    ),
    BUSY: gettext_lazy("Fingerprint asked us to slow down."),
    BUDGET: gettext_lazy("The calls a second that Fingerprint allows are used up."),
    CHANGED_SINCE: gettext_lazy("Somebody changed it after the job did, so it was left as it is now."),
    DIFFERS: gettext_lazy("Asked again, Fingerprint has other tags than were sent."),
    CANNOT_EMPTY: gettext_lazy("It had no linked id, and Fingerprint cannot empty one."),
    CANNOT_RESTORE: gettext_lazy("What it had before cannot be sent back as it was."),
    NO_OBJECT: gettext_lazy("Its tags cannot be read, so nothing can be added to or taken from them."),
    TAGS_TOO_LARGE: gettext_lazy("With what it has already its tags would be larger than Fingerprint takes, 16 KB."),
}

BY_PERSON = "person"
RIGHT_LOST = "right_lost"
NOT_CONFIGURED = "not_configured"
VALUE_ERASED = "value_erased"
TAGS_DIFFER = "tags_differ"
NOTHING_FOUND = "nothing_found"
EXPIRED = "expired"
SEARCH_REFUSED = "search_refused"
NOT_APPROVED = "not_approved"

_PAUSE_SENTENCES = {
    BY_PERSON: gettext_lazy("It was paused by hand."),
    RIGHT_LOST: gettext_lazy("The person who asked for it may not change events any more."),
    VALUE_ERASED: gettext_lazy("What was to be set was about a visitor who has been erased."),
    TAGS_DIFFER: gettext_lazy(
        "The tags of the first event were read back and are not what was sent. Compare them; resume to go on all the "
        "same."
    ),
    NOTHING_FOUND: gettext_lazy("No event was found that could be changed."),
    EXPIRED: gettext_lazy("Nobody confirmed it in time."),
    SEARCH_REFUSED: gettext_lazy("Fingerprint does not accept this search. Search again and choose from its results."),
    NOT_APPROVED: gettext_lazy("The second person did not approve it."),
    NOT_CONFIGURED: gettext_lazy(
        "The connection to Fingerprint is not set up. An administrator must check the settings."
    ),
}


def rest_code(error: FingerprintError) -> str:
    """Why a list that is being collected waits: the refusal of our key, or that there was no answer."""
    known = error.code in set(RefusalReason) or error.code == NOT_CONFIGURED
    return error.code if known else NO_ANSWER


def pause_sentence(code: str) -> str:
    """Why a job is paused or was thrown away, for people; complete sentences without a name."""
    if code in _PAUSE_SENTENCES:
        return str(_PAUSE_SENTENCES[code])
    if code in set(RefusalReason):
        return REFUSALS[RefusalReason(code)]
    return FingerprintError.default_message


def rest_sentence(code: str) -> str:
    """Why a job or a list rests for a moment."""
    return str(ITEM_SENTENCES[code]) if code in ITEM_SENTENCES else pause_sentence(code)
