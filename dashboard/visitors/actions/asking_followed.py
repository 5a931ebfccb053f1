"""Asking Fingerprint about followed visitors by the clock: one small search each, within the jobs' share of the rate.

No answer is no news: the row keeps since when nobody could be asked, and the stretch that was not looked at is part of
the next question.
"""

from datetime import datetime, timedelta

import msgspec
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, record
from dashboard.audit.record import visitor as visitor_target
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.work import LeaseLost
from dashboard.notices.kinds import NoticeKind
from dashboard.visitors.actions import following
from dashboard.visitors.models import Follow, FollowedVisitor
from fingerprint_integration.config import Patience
from fingerprint_integration.domain import Event, EventPage, EventQuery
from fingerprint_integration.errors import FingerprintError, RateLimited
from fingerprint_integration.services import reads

log = structlog.get_logger("inkpad.visitors")

ASKED_A_TURN = 20
"""Visitors one turn of a worker asks about, before it lets others go first."""
MOST_NEW = 50
"""Events one question brings: enough to say how many came, and few enough to be a small request."""
OVERLAP = timedelta(minutes=10)
"""How far a question looks back behind the one before: an event may be shown later than one that came after it."""
TRY_AGAIN = timedelta(minutes=5)


def something_is_due(now: datetime) -> bool:
    """Whether the turn of a followed visitor has come."""
    return FollowedVisitor.objects.due(now).exists()


def ask_due() -> bool:
    """Ask about those who wait longest; True when others wait. Ends with the first question without an answer."""
    for _ in range(ASKED_A_TURN):
        followed = FollowedVisitor.objects.claim_next(now=timezone.now())
        if followed is None:
            return False
        try:
            if not _end_lapsed(followed) and not _ask(followed):
                return False
        except LeaseLost:
            log.info("a followed visitor was erased, or is followed by nobody any more")
    return something_is_due(timezone.now())


@transaction.atomic(durable=True)
def _end_lapsed(followed: FollowedVisitor) -> bool:
    """End the following of people who may not open visitors any more; True when nobody is left to be told."""
    row = FollowedVisitor.objects.select_for_update().filter(pk=followed.pk).first()
    if row is None:
        return True
    lapsed = [person for person in following.people_of(row) if not following.may_follow(person)]
    for person in lapsed:
        Follow.objects.filter(visitor=row, person=person).delete()
        record(
            AuditKind.FOLLOW_LAPSED,
            by=None,
            target=visitor_target(row.visitor_id),
            personal={"person": Personal(SubjectKind.STAFF, person.name)},
        )
    return following.end_if_nobody_follows(row)


def _ask(followed: FollowedVisitor) -> bool:
    """Whether Fingerprint answered."""
    now = timezone.now()
    try:
        earliest, _end = reads.retention_window(now)
        # Both ends are exclusive at Fingerprint.
        start = max(followed.ask_from - timedelta(milliseconds=1), earliest)
        query = EventQuery(visitor_id=followed.visitor_id, start=start, end=now, limit=MOST_NEW)
        page = reads.search_events(query, patience=Patience.JOB)
    except RateLimited as error:
        # People come first. Nothing is wrong, and the next turn begins with this one.
        followed.settle(next_attempt_at=now + timedelta(seconds=max(error.retry_after or 0, 5)))
        return False
    except FingerprintError as error:
        _settle_failed(followed, error, now)
        return False
    _settle(followed, page, now)
    return True


@transaction.atomic(durable=True)
def _settle(followed: FollowedVisitor, page: EventPage, now: datetime) -> None:
    events = [item for item in page.events if isinstance(item, Event)]
    known = followed.known
    # Those before the first question were there when somebody began to follow.
    new = [event for event in events if event.event_id not in known and event.at >= followed.created_at]
    # When not all of it came, the rest is older than what did: counted as "and more", and not asked for again.
    ask_from = events[0].at if page.cursor is not None and events else now - OVERLAP
    followed.settle(
        asked_at=now,
        failing_since=None,
        is_unknown=page.visitor_unknown,
        ask_from=max(ask_from, followed.created_at),
        packed_known=msgspec.json.encode([event.event_id for event in events]),
        came_at=max([each for each in (followed.came_at, *(event.at for event in new)) if each], default=None),
        next_attempt_at=now + settings.FOLLOW_EVERY,
    )
    if not new:
        record(AuditKind.FOLLOWED_ASKED, by=None, details={"number": followed.pk}, at=now)
        return
    following.tell(NoticeKind.FOLLOWED_CAME, followed, now=now)
    record(
        AuditKind.FOLLOWED_CAME,
        by=None,
        target=visitor_target(followed.visitor_id),
        details={"count": len(new)},
        at=now,
    )


@transaction.atomic(durable=True)
def _settle_failed(followed: FollowedVisitor, error: FingerprintError, now: datetime) -> None:
    is_first = followed.failing_since is None
    wait = TRY_AGAIN if error.retryable else settings.FOLLOW_EVERY
    followed.settle(failing_since=followed.failing_since or now, next_attempt_at=now + min(wait, settings.FOLLOW_EVERY))
    if is_first:
        # The tries of a long outage tell nothing new.
        record(
            AuditKind.FOLLOWED_NOT_ASKED,
            by=None,
            outcome=Outcome.FAILED,
            details={"error": error.user_message, "code": error.code},
            at=now,
        )
