"""Fresh sign-in: whether the person at the keyboard gave their password a short while ago.

What cannot be taken back asks for it. A view asks by `@required`, below `@requires`; an action, which knows no request,
is handed `given_at(request)` as a fact and asks `is_fresh`. Both go by settings.FRESH_SIGN_IN.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from dashboard.core.access import StaffRequest
from dashboard.core.htmx import wants_fragment

P = ParamSpec("P")
View = Callable[Concatenate[StaffRequest, P], HttpResponseBase]

_CLOCKS_DIFFER = timedelta(minutes=1)


def given_at(request: StaffRequest) -> datetime | None:
    """When this person last gave their password in this session (signing in counts), UTC; None when never."""
    times = [each["at"] for each in get_authentication_records(request, request.user) if each["method"] == "password"]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def is_fresh(password_given_at: datetime | None, *, now: datetime) -> bool:
    """Whether a password given at that moment is fresh enough now; one given in the future is not."""
    if password_given_at is None:
        return False
    return -_CLOCKS_DIFFER <= now - password_given_at < settings.FRESH_SIGN_IN


def signed_in_within(request: StaffRequest, *, now: datetime) -> bool:
    """Whether this person gave their password within settings.FRESH_SIGN_IN."""
    return is_fresh(given_at(request), now=now)


def required(view: View[P]) -> View[P]:
    """Lets an act through only after a fresh sign-in; reading a page (GET) needs none.

    Otherwise the person gives their password first, and what they had sent is then done without sending it again.
    What htmx sent for a piece of a page leads back to that page instead.
    """

    @wraps(view)
    def guarded(request: StaffRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method in ("GET", "HEAD") or signed_in_within(request, now=timezone.now()):
            return view(request, *args, **kwargs)
        if wants_fragment(request):
            return HttpResponseClientRedirect(address(request.htmx.current_url_abs_path or "/"))
        raise ReauthenticationRequired  # allauth keeps the request in the session and asks

    return cast("View[P]", guarded)


def address(back_to: str) -> str:
    """The page that asks for the password again and then leads to `back_to`, a path of ours."""
    query = QueryDict(mutable=True)
    query["next"] = back_to
    return f"{reverse('account_reauthenticate')}?{query.urlencode(safe='/')}"
