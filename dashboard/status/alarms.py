"""A log that does not hold is told to people at once, not only shown to whoever looks."""

from datetime import datetime

from django.urls import reverse

from dashboard.accounts.models import User
from dashboard.core.access import PERMS_OF, Perm
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind

_CONCERNED = {Perm.VIEW_AUDIT, Perm.VIEW_STATUS}


def tell_that_the_log_does_not_hold(problems: int, now: datetime) -> None:
    """Tells everybody who reads the log or the status page; runs in the transaction of the verification's entry."""
    roles = [role.value for role, perms in PERMS_OF.items() if perms & _CONCERNED]
    people = User.objects.filter(groups__name__in=roles, is_active=True).distinct()
    notify(kind=NoticeKind.AUDIT_DOES_NOT_HOLD, to=people, url=reverse("home:home"), now=now, problems=problems)
