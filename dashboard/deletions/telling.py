"""Who is told what about a deletion, in the inbox and by e-mail: those who can act, and who asked. Never the asker of
their own request's approval."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse

from dashboard.deletions import queries
from dashboard.deletions.models import DeletionRequest, LegalHold
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind
from dashboard.visitors.actions.following import tell_followers

if TYPE_CHECKING:
    from dashboard.accounts.models import User


def tell_deciders(request: DeletionRequest, *, by: "User | None", now: datetime) -> None:
    """A request waits for a decision: everybody who can take it is told, never who asked."""
    notify(
        kind=NoticeKind.DELETION_WAITS,
        to=queries.deciders(request, now=now),
        url=_page(request),
        now=now,
        by=by or request.requested_by,
        deletion=request.number,
    )


def tell_asker(
    kind: NoticeKind, request: DeletionRequest, *, now: datetime, by: "User | None" = None, **words: int
) -> None:
    """What became of a request, to who asked for it, unless they did it themselves; `words` as the kind names them."""
    if by is None or by.pk != request.requested_by_id:
        to, url = [request.requested_by], _page(request)
        notify(kind=kind, to=to, url=url, now=now, by=by, deletion=request.number, **words)


def tell_of_hold(hold: LegalHold, requests: "list[DeletionRequest]", *, now: datetime) -> None:
    """Requests that must wait for a legal hold, to who asked for them."""
    for request in requests:
        if request.requested_by_id != hold.placed_by_id:
            notify(
                kind=NoticeKind.DELETION_HELD,
                to=[request.requested_by],
                url=_page(request),
                now=now,
                deletion=request.number,
                hold=hold.number,
            )


def tell_followers_of_request(asked: DeletionRequest, visitor_ids: Iterable[str], *, by: "User", now: datetime) -> None:
    """Who follows one of these visitors, that somebody wants it deleted."""
    tell_followers(NoticeKind.FOLLOWED_DELETION, visitor_ids, by=by, now=now, deletion=asked.number)


def tell_followers_of_hold(hold: LegalHold, visitor_ids: Iterable[str], *, by: "User", now: datetime) -> None:
    """Who follows one of these visitors, that it is held."""
    tell_followers(NoticeKind.FOLLOWED_HELD, visitor_ids, by=by, now=now, hold=hold.number)


def tell_of_review(hold: LegalHold, *, now: datetime) -> None:
    """The day has come to look at a hold again: everybody who may is told."""
    people = queries.holders()
    notify(
        kind=NoticeKind.HOLD_REVIEW, to=people, url=reverse("deletions:hold", args=[hold.pk]), now=now, hold=hold.number
    )


def _page(request: DeletionRequest) -> str:
    return reverse("deletions:request", args=[request.pk])
