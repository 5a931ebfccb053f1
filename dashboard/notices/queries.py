"""What stands in an inbox, and how its e-mails are."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.accounts.models import User
from dashboard.notices.models import Notice

MOST_UNREAD = 100
PAGE_SIZE = 50


@dataclass(frozen=True)
class Inbox:
    """Unread ones first, each part the newest first.

    `unread_count` counts all of them, `newest` is the newest number shown (0 for an empty inbox), `older` is the number
    to pass as `before` for the next page of those read, None at the end.
    """

    unread: list[Notice]
    unread_count: int
    read: list[Notice]
    newest: int
    older: int | None


def inbox_of(user: User, *, before: int | None = None) -> Inbox:
    """One page; from the second on only what was read. Costs three queries."""
    mine = Notice.objects.filter(to=user).select_related("by").order_by("-pk")
    unread = list(mine.filter(read_at=None)[:MOST_UNREAD]) if before is None else []
    read = mine.exclude(read_at=None)
    if before is not None:
        read = read.filter(pk__lt=before)
    rows = list(read[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return Inbox(
        unread=unread,
        unread_count=unread_count(user),
        read=shown,
        newest=max((notice.pk for notice in [*unread[:1], *shown[:1]]), default=0),
        older=shown[-1].pk if len(rows) > PAGE_SIZE else None,
    )


def unread_count(user: User) -> int:
    """How many notices wait for this person."""
    return Notice.objects.filter(to=user, read_at=None).count()


@dataclass(frozen=True)
class Mails:
    """E-mails that did not go out: those that wait (since when the oldest does), and those that were given up."""

    waiting: int
    waiting_since: datetime | None
    given_up: int


def mails() -> Mails:
    """How the e-mails are, for the status page."""
    waiting = Notice.objects.filter(state=Notice.Mail.WAITING)
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    return Mails(waiting.count(), oldest, Notice.objects.filter(state=Notice.Mail.GIVEN_UP).count())
