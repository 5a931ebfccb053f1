"""Hand-overs as pages show them, and what waits for whom."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from dashboard.accounts.models import User
from dashboard.core.access import Perm, Role, perms_of
from dashboard.core.printable import printable
from dashboard.events.present import visitor_url
from dashboard.visitors.models import HandOver, HandOvers

MOST_SHOWN = 50
_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class ShownHandOver:
    """A hand-over as somebody reads it; texts are printable with their lines, None when they were erased."""

    number: int
    url: str
    visitor_id: str
    visitor_url: str
    sent_by: str
    given_to: str
    at: datetime
    taken_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    state: str
    is_open: bool
    text: str | None
    answer: str | None
    ticket: str
    is_mine: bool
    """It was given to whoever looks."""
    is_from_me: bool


def shown(found: HandOver, by: User) -> ShownHandOver:
    """This hand-over for this person; `sent_by`, `given_to` and `ended_by` should be at hand."""
    is_erased = found.erased_at is not None
    return ShownHandOver(
        number=found.pk,
        url=reverse("visitors:handed_over", args=[found.pk]),
        visitor_id=found.visitor_id,
        visitor_url=visitor_url(found.visitor_id),
        sent_by=found.sent_by.name,
        given_to=found.given_to.name,
        at=found.created_at,
        taken_at=found.taken_at,
        ended_at=found.ended_at,
        ended_by=found.ended_by.name if found.ended_by else "",
        state=found.state,
        is_open=found.is_open,
        text=None if is_erased else printable(found.text, keep_lines=True),
        answer=None if is_erased else printable(found.answer, keep_lines=True),
        ticket=found.ticket,
        is_mine=found.given_to_id == by.pk,
        is_from_me=found.sent_by_id == by.pk,
    )


def find(number: int) -> HandOver | None:
    """The hand-over with this number, or None."""
    return _rows().filter(pk=number).first() if number <= _LARGEST_NUMBER else None


def open_for(visitor_id: str) -> HandOver | None:
    """The hand-over of this visitor that is open, or None."""
    return _rows().open().filter(visitor_id=visitor_id).first()


def waiting_for(user: User) -> list[ShownHandOver]:
    """What this person was handed and has not ended, the oldest first."""
    if Perm.VIEW_EVENTS not in user.perms:
        return []
    return [shown(found, user) for found in _rows().open().filter(given_to=user).order_by("pk")[:MOST_SHOWN]]


def waiting_count(user: User) -> int:
    """How many visitors wait for this person."""
    if Perm.VIEW_EVENTS not in user.perms:
        return 0
    return HandOver.objects.open().filter(given_to=user).count()


def sent_by(user: User) -> list[ShownHandOver]:
    """What this person handed over: the open ones and the last that were ended, the newest first."""
    return [shown(found, user) for found in _rows().filter(sent_by=user).order_by("-pk")[:MOST_SHOWN]]


def people_for(by: User) -> QuerySet[User]:
    """Who may be asked: everybody else who may open visitors, by name."""
    roles = [role.value for role in Role if Perm.VIEW_EVENTS in perms_of(frozenset({role}))]
    able = User.objects.filter(Q(groups__name__in=roles), is_active=True).exclude(pk=by.pk)
    return able.distinct().order_by("name", "pk")


def _rows() -> HandOvers:
    return HandOver.objects.select_related("sent_by", "given_to", "ended_by")
