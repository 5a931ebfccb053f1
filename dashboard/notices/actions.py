"""Telling people something, and what they do with it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.core.work import wake
from dashboard.notices import queries, tasks
from dashboard.notices.kinds import NoticeKind
from dashboard.notices.models import Notice
from dashboard.notices.queries import Inbox

_RECORD_NAME = re.compile(r"[A-Z]{1,3}-\d{1,9}")
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/-]*")


def notify(
    *, kind: NoticeKind, to: Iterable[User], url: str, now: datetime, by: User | None = None, **words: int | str
) -> int:
    """Puts a notice into the inbox of everybody in `to`, and an e-mail on its way; returns how many were told.

    Call it inside the transaction of what it tells about: then either both happened or neither. `url` is a path of one
    of our own pages. `words` are what the kind's sentences name: numbers, and names of our own records such as D-0231;
    `by` is the colleague who acted. Nobody is told twice, and nobody who may not sign in. ValueError for anything that
    does not belong into a notice.
    """
    _check(kind, url, by, words)
    told = {person.pk: person for person in to if person.is_active}
    Notice.objects.bulk_create(
        Notice(
            to=person,
            by=by,
            kind=kind.code,
            words=words,
            url=url,
            created_at=now,
            state=Notice.Mail.WAITING if person.mails else Notice.Mail.NOT_WANTED,
        )
        for person in told.values()
    )
    if told:
        wake(tasks.send_mails)
    return len(told)


def read_inbox(*, before: int | None, by: User) -> Inbox:
    """A page of somebody's own inbox; looking is written down."""
    record(AuditKind.INBOX_VIEWED, by=by)
    return queries.inbox_of(by, before=before)


@transaction.atomic(durable=True)
def open_notice(*, notice_id: int, by: User, now: datetime) -> str:
    """Marks one of one's own notices as read and says where it leads ("" when that was erased).

    Notice.DoesNotExist when it is somebody else's or there is none.
    """
    notice = Notice.objects.get(pk=notice_id, to=by)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)
    record(AuditKind.NOTICE_OPENED, by=by, details={"about": about(notice)})
    return notice.url


@transaction.atomic(durable=True)
def mark_read(*, by: User, now: datetime, notice_id: int | None = None, up_to: int | None = None) -> int:
    """Marks one notice of one's own, or all up to a number, as read; returns how many were unread.

    What came after the page was loaded is left alone by its number: nobody has seen it.
    """
    mine = Notice.objects.filter(to=by, read_at=None)
    mine = mine.filter(pk=notice_id) if notice_id is not None else mine.filter(pk__lte=up_to or 0)
    count = mine.update(read_at=now)
    if count:
        record(AuditKind.NOTICE_READ, by=by, details={"count": count})
    return count


@transaction.atomic(durable=True)
def retry_mails(*, by: User) -> int:
    """Sends what was given up once more, from the first wait on; returns how many."""
    given_up = Notice.objects.filter(state=Notice.Mail.GIVEN_UP)
    count = given_up.update(state=Notice.Mail.WAITING, attempts=0, next_attempt_at=None)
    if count:
        record(AuditKind.NOTICE_MAILS_RETRIED, by=by, details={"count": count})
        wake(tasks.send_mails)
    return count


def sweep(*, now: datetime) -> None:
    """Wakes a worker when a mail is due, and deletes notices whose time is over and whose mail is not on its way."""
    if Notice.objects.due(now).exists():
        wake(tasks.send_mails)
    old = Notice.objects.filter(created_at__lt=now - settings.NOTICE_LIFETIME)
    old.exclude(state__in=Notice.OPEN_STATES).delete()


def forget_visitors(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Takes away where notices lead when the address names one of these visitors; returns how many did."""
    named = Q(pk__in=[])
    for visitor_id in visitor_ids:
        named |= Q(url__contains=visitor_id)
    return Notice.objects.filter(named).update(url="", erased_at=timezone.now())


def about(notice: Notice) -> str:
    """What a notice is about, as the audit log says it: its kind and our own records, nothing personal."""
    return ", ".join([notice.kind, *(str(word) for word in notice.words.values())])


def _check(kind: NoticeKind, url: str, by: User | None, words: dict[str, int | str]) -> None:
    given = {*words, *(["by"] if by else [])}
    if not kind.needs <= given | {"by"} or not set(words) <= kind.needs:
        raise ValueError(f"{kind.code} needs {sorted(kind.needs)}, not {sorted(given)}.")
    for name, word in words.items():
        if isinstance(word, str) and not _RECORD_NAME.fullmatch(word):
            raise ValueError(f"{name} of {kind.code} is neither a number nor the name of one of our records.")
    if not _PATH.fullmatch(url):
        raise ValueError(f"{kind.code} must lead to a path of our own, without a query.")
