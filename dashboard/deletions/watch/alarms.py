"""Whoever asked for a deletion and everybody who decides about them are told when it does not go as it should."""

from datetime import datetime

from django.urls import reverse

from dashboard.accounts.models import User
from dashboard.core.access import PERMS_OF, Perm
from dashboard.deletions.models import DeletionRequest
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind


def overdue(request: DeletionRequest, *, now: datetime) -> None:
    """What should be gone is not shown to be gone."""
    _tell(NoticeKind.DELETION_OVERDUE, request, now)


def returned(request: DeletionRequest, *, now: datetime) -> None:
    """A visitor came back under the same id."""
    _tell(NoticeKind.DELETION_RETURNED, request, now)


def unproven(request: DeletionRequest, *, now: datetime) -> None:
    """That a visitor is gone can never be proven."""
    _tell(NoticeKind.DELETION_UNPROVEN, request, now)


def _tell(kind: NoticeKind, request: DeletionRequest, now: datetime) -> None:
    notify(
        kind=kind,
        to=[request.requested_by, *_deciders()],
        url=reverse("deletions:request", args=[request.pk]),
        now=now,
        deletion=request.number,
    )


def _deciders() -> list[User]:
    roles = [role.value for role, perms in PERMS_OF.items() if Perm.DECIDE_DELETIONS in perms]
    return list(User.objects.filter(is_active=True, groups__name__in=roles).distinct().order_by("pk"))
