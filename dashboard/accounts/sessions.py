"""How long a session lasts: it ends when nothing was done for a while, and in any case after a working day.

Two instants stand in the session itself. What a page asks for by itself, such as progress, is no act of anybody.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.core.htmx import wants_fragment
from dashboard.core.times import length

BEGAN, SEEN = "began_at", "seen_at"
_KEPT_EVERY = 60.0
"""Seconds between two notes of the last act: not every page is worth a write."""


class SessionLimits:
    """Below sign-in and messages: ends what is over before a view is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, User):
            _look_at(request, request.user, now=timezone.now())
        return self.get_response(request)


def _look_at(request: HttpRequest, user: User, *, now: datetime) -> None:
    at = now.timestamp()
    began = float(request.session.setdefault(BEGAN, at))
    seen = float(request.session.get(SEEN, began))
    if at - began >= settings.SESSION_LASTS.total_seconds():
        because = _("it had lasted %(length)s") % {"length": length(settings.SESSION_LASTS)}
        _end(request, user, because=because)
    elif at - seen >= settings.SESSION_IDLE.total_seconds():
        because = _("nothing was done for %(length)s") % {"length": length(settings.SESSION_IDLE)}
        _end(request, user, because=because)
    elif at - seen >= _KEPT_EVERY and not (request.method == "GET" and wants_fragment(request)):
        request.session[SEEN] = at


def _end(request: HttpRequest, user: User, *, because: str) -> None:
    record(AuditKind.SESSION_OVER, by=user, details={"because": because})
    request.session.flush()
    request.user = AnonymousUser()
    messages.info(
        request, _("You were signed out: %(because)s. Sign in to go on where you were.") % {"because": because}
    )
