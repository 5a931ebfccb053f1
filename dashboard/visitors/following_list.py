"""Visitors somebody follows, as pages show them."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.core.printable import printable
from dashboard.events.present import visitor_url
from dashboard.visitors.models import Follow, FollowedVisitor

_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class ShownFollow:
    """A visitor that whoever looks follows. `silent_since` is set when nobody can say what came since then."""

    visitor_id: str
    visitor_url: str
    since: datetime
    text: str
    came_at: datetime | None
    asked_at: datetime | None
    silent_since: datetime | None
    gives_no_answer: bool
    is_unknown: bool
    next_at: datetime | None


def following_of(user: User) -> list[ShownFollow]:
    """What this person follows: the one that came last first, then the newest."""
    rows = list(Follow.objects.filter(person=user).select_related("visitor").order_by("-pk"))
    rows.sort(key=lambda row: row.visitor.came_at.timestamp() if row.visitor.came_at else 0, reverse=True)
    return [_shown(row, timezone.now()) for row in rows]


def count_of(user: User) -> int:
    """How many visitors this person follows."""
    return Follow.objects.filter(person=user).count()


def follow_of(user: User, visitor_id: str) -> ShownFollow | None:
    """This person's following of this visitor, or None. One query."""
    row = Follow.objects.filter(person=user, visitor__visitor_id=visitor_id).select_related("visitor").first()
    return _shown(row, timezone.now()) if row else None


def find(number: int) -> FollowedVisitor | None:
    """The followed visitor with this number, or None once nobody follows it."""
    return FollowedVisitor.objects.filter(pk=number).first() if number <= _LARGEST_NUMBER else None


def _shown(row: Follow, now: datetime) -> ShownFollow:
    followed = row.visitor
    known_until = followed.asked_at or followed.created_at
    # A turn may come late when many are followed; twice the wait is more than late.
    is_late = now - known_until > 2 * settings.FOLLOW_EVERY
    return ShownFollow(
        visitor_id=followed.visitor_id,
        visitor_url=visitor_url(followed.visitor_id),
        since=row.created_at,
        text=printable(row.text, keep_lines=True),
        came_at=followed.came_at,
        asked_at=followed.asked_at,
        silent_since=known_until if followed.failing_since or is_late else None,
        gives_no_answer=followed.failing_since is not None,
        is_unknown=followed.is_unknown,
        next_at=followed.next_attempt_at,
    )
