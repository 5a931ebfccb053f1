"""Who can approve: who has held the role for a while, with a password that nobody else handed them a moment ago.

Otherwise an administrator could give a role, have something approved, and take the role away again within a minute; or
make a link for an officer's password, choose one, and approve as them.
"""

from datetime import datetime

from django.conf import settings
from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts.models import RoleGrant, User
from dashboard.core import times
from dashboard.core.access import PERMS_OF, Perm

BECAUSE = "their role was given, or their password chosen through somebody else's link, too short a while ago"
"""Why somebody was refused, for the log."""


def held_since(user: User, perm: Perm) -> datetime | None:
    """Since when this person has held some role that gives `perm` without a break; None when they hold none.

    Where several roles give it, the one held longest counts. A role that was taken away and given again begins anew.
    """
    granted = RoleGrant.objects.filter(user=user, group__name__in=_roles_with(perm))
    since: datetime | None = granted.aggregate(at=Min("given_at"))["at"]
    return since


def role_is_old_enough(user: User, perm: Perm, *, now: datetime) -> bool:
    """Whether this person holds `perm` and has held it long enough (settings.APPROVER_ROLE_AGE)."""
    since = held_since(user, perm) if perm in user.perms else None
    return since is not None and since + settings.APPROVER_ROLE_AGE <= now


def password_is_theirs(user: User, *, now: datetime) -> bool:
    """Whether no link that somebody else made gave this person their password within settings.APPROVER_ROLE_AGE."""
    at = user.password_by_link_at
    return at is None or at + settings.APPROVER_ROLE_AGE <= now


def approves_from(user: User, perm: Perm) -> datetime | None:
    """From when on this person may approve what needs `perm`; None without a role that gives it."""
    since = held_since(user, perm)
    return seasoned_at(user, since) if since else None


def seasoned_at(user: User, since: datetime) -> datetime:
    """From when on this person approves with a role held since then."""
    return max(since, user.password_by_link_at or since) + settings.APPROVER_ROLE_AGE


def may_approve(user: User, perm: Perm, *, now: datetime) -> bool:
    """Whether this person holds `perm`, has held it long enough to approve, and has a password of their own."""
    return password_is_theirs(user, now=now) and role_is_old_enough(user, perm, now=now)


def approvers(perm: Perm, *, now: datetime) -> QuerySet[User]:
    """Everybody who may approve now what needs `perm`, by name."""
    since = now - settings.APPROVER_ROLE_AGE
    theirs = Q(password_by_link_at=None) | Q(password_by_link_at__lte=since)
    people = User.objects.filter(
        theirs, is_active=True, rolegrant__group__name__in=_roles_with(perm), rolegrant__given_at__lte=since
    )
    return people.distinct().order_by("name", "pk")


def why_not_yet(user: User, perm: Perm, *, now: datetime) -> str:
    """Why this person, who holds `perm`, does not approve with it yet, and from when on; "" when they do."""
    starts = approves_from(user, perm)
    if starts is None or starts <= now:
        return ""
    words = (
        _("You got the role a short while ago. You can decide from %(at)s on.")
        if password_is_theirs(user, now=now)
        else _("Your password came through a link that somebody else made for you. You can decide from %(at)s on.")
    )
    return words % {"at": times.said(timezone.localtime(starts), timezone.localdate())}


def _roles_with(perm: Perm) -> list[str]:
    return [role.value for role, perms in PERMS_OF.items() if perm in perms]
