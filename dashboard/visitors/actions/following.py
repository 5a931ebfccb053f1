"""Following a visitor: begun and ended by the person themselves, and what those who follow are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.audit.record import visitor as visitor_target
from dashboard.audit.refusals import Refused
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Perm
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind
from dashboard.notices.models import Notice
from dashboard.visitors.models import Follow, FollowedVisitor, as_bytes

MOST_FOLLOWED = 50
"""Visitors one person may follow: each costs a request of the shared rate every FOLLOW_EVERY."""
_AT_ONCE = 500


def follow(*, visitor_id: str, text: str = "", by: User, now: datetime) -> None:
    """From here on `by` is told what happens with this visitor. Following twice changes nothing.

    Refused beyond MOST_FOLLOWED.
    """
    try:
        _begin(visitor_id, text, by, now)
    except IntegrityError:
        # Somebody began, or the last one ended, to follow the same visitor at this instant.
        _begin(visitor_id, text, by, now)


@transaction.atomic(durable=True)
def _begin(visitor_id: str, text: str, by: User, now: datetime) -> None:
    mine = Follow.objects.filter(person=by)
    if mine.filter(visitor__visitor_id=visitor_id).exists():
        return
    if mine.count() >= MOST_FOLLOWED:
        raise Refused(
            _("You follow %(n)s visitors already, as many as one person may. Stop following one of them first.")
            % {"n": MOST_FOLLOWED},
            kind=AuditKind.FOLLOW_REFUSED,
            target=visitor_target(visitor_id),
            details={"because": f"they follow {MOST_FOLLOWED} already"},
        )
    # Locked, so that nobody deletes the row as the last one to follow.
    followed = FollowedVisitor.objects.select_for_update().filter(visitor_id=visitor_id).first()
    if followed is None:
        followed = FollowedVisitor.objects.create(
            visitor_id=visitor_id, created_at=now, ask_from=now, next_attempt_at=now + settings.FOLLOW_EVERY
        )
    Follow.objects.create(visitor=followed, person=by, words=as_bytes(text), created_at=now)
    personal = {"text": Personal(SubjectKind.TEXT, text, (visitor_id,))} if text else {}
    record(AuditKind.FOLLOW_BEGUN, by=by, target=visitor_target(visitor_id), personal=personal, at=now)


@transaction.atomic(durable=True)
def unfollow(*, visitor_id: str, by: User, now: datetime) -> None:
    """`by` is told no more; the last one who goes takes the questions along. Nothing when they do not follow."""
    followed = FollowedVisitor.objects.select_for_update().filter(visitor_id=visitor_id).first()
    if followed is None or not Follow.objects.filter(visitor=followed, person=by).delete()[0]:
        return
    end_if_nobody_follows(followed)
    record(AuditKind.FOLLOW_ENDED, by=by, target=visitor_target(visitor_id), at=now)


def end_if_nobody_follows(followed: FollowedVisitor) -> bool:
    """Delete the row nobody needs; inside the caller's transaction, which holds its lock. Says whether it did."""
    if Follow.objects.filter(visitor=followed).exists():
        return False
    followed.delete()
    return True


def may_follow(person: User) -> bool:
    """Whether somebody may be told of visitors: not when deactivated, nor without the right to open them."""
    return Perm.VIEW_EVENTS in person.perms


def tell_followers(
    kind: NoticeKind, visitor_ids: Iterable[str], *, by: User | None, now: datetime, **words: int | str
) -> None:
    """Tell everybody who follows one of these visitors, but not who acted; inside the caller's transaction."""
    wanted = list(dict.fromkeys(each for each in visitor_ids if each))
    for start in range(0, len(wanted), _AT_ONCE):
        rows = FollowedVisitor.objects.filter(visitor_id__in=wanted[start : start + _AT_ONCE])
        for followed in rows.order_by("pk"):
            tell(kind, followed, by=by, now=now, **words)


def tell(
    kind: NoticeKind, followed: FollowedVisitor, *, by: User | None = None, now: datetime, **words: int | str
) -> int:
    """Tell who follows this visitor and may still open it; returns how many were told.

    Who has the same notice unread is not told again: a bot that comes each hour must not bury an inbox.
    """
    url = reverse("visitors:followed", args=[followed.pk])
    unread = Notice.objects.filter(kind=kind.code, url=url, words=words, read_at=None)
    knowing = set(unread.values_list("to", flat=True))
    people = [person for person in people_of(followed) if person != by and person.pk not in knowing]
    return notify(kind=kind, to=[person for person in people if may_follow(person)], url=url, now=now, by=by, **words)


def people_of(followed: FollowedVisitor) -> Sequence[User]:
    """Everybody who follows this visitor."""
    rows = Follow.objects.filter(visitor=followed).select_related("person").prefetch_related("person__groups")
    return [row.person for row in rows.order_by("pk")]
