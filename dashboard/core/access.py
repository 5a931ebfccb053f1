"""Who may do what: six roles, a closed list of permissions, one decorator.

A role is a Django group of the same name; what a role may do is written here and nowhere else. A person may hold
several roles and then may do what any of them may. Being an administrator gives no power over deletions.
"""

from collections.abc import Callable
from enum import Enum, StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from dashboard.accounts.models import User


class Role(StrEnum):
    """The six roles; the value is the group's name and what people read."""

    SUPPORT = "Support"
    FRAUD_ANALYST = "Fraud analyst"
    FRAUD_LEAD = "Fraud lead"
    COMPLIANCE = "Compliance officer"
    AUDITOR = "Auditor"
    ADMINISTRATOR = "Administrator"


class Perm(Enum):
    """One thing a person may do; the value completes the sentence "You may not …"."""

    USE_DESK = "use the staff desk"
    VIEW_EVENTS = "search and open events and visitors"
    VIEW_PERSONAL = "see personal values unmasked"
    EXPORT_EVENTS = "take events away as a file"
    CHANGE_EVENTS = "mark, tag or re-link events"
    CONTROL_ANY_JOB = "confirm, cancel or undo the jobs of others"
    ASK_FOR_DELETION = "ask for a deletion"
    VIEW_DELETIONS = "read deletion requests"
    DECIDE_DELETIONS = "approve or refuse deletions"
    HOLD_DELETIONS = "place or lift legal holds"
    VIEW_AUDIT = "read the audit log"
    MANAGE_PEOPLE = "manage people and roles"
    VIEW_STATUS = "read the status page"


_FRAUD = {
    Perm.USE_DESK,
    Perm.VIEW_EVENTS,
    Perm.VIEW_PERSONAL,
    Perm.EXPORT_EVENTS,
    Perm.CHANGE_EVENTS,
}
PERMS_OF: dict[Role, frozenset[Perm]] = {
    Role.SUPPORT: frozenset(
        {Perm.USE_DESK, Perm.VIEW_EVENTS, Perm.EXPORT_EVENTS, Perm.ASK_FOR_DELETION, Perm.VIEW_DELETIONS}
    ),
    Role.FRAUD_ANALYST: frozenset(_FRAUD),
    Role.FRAUD_LEAD: frozenset(_FRAUD | {Perm.CONTROL_ANY_JOB}),
    Role.COMPLIANCE: frozenset(
        {
            Perm.USE_DESK,
            Perm.VIEW_EVENTS,
            Perm.VIEW_PERSONAL,
            Perm.EXPORT_EVENTS,
            Perm.ASK_FOR_DELETION,
            Perm.VIEW_DELETIONS,
            Perm.DECIDE_DELETIONS,
            Perm.HOLD_DELETIONS,
            Perm.VIEW_AUDIT,
        }
    ),
    Role.AUDITOR: frozenset({Perm.USE_DESK, Perm.VIEW_DELETIONS, Perm.VIEW_AUDIT}),
    Role.ADMINISTRATOR: frozenset({Perm.USE_DESK, Perm.MANAGE_PEOPLE, Perm.VIEW_STATUS}),
}


def perms_of(roles: frozenset[Role]) -> frozenset[Perm]:
    """Everything that people with these roles may do."""
    return frozenset().union(*(PERMS_OF[role] for role in roles))


class StaffRequest(HttpRequest):
    """A request by somebody signed in, as @requires hands it to a view."""

    user: "User"
    htmx: HtmxDetails


P = ParamSpec("P")
View = Callable[Concatenate[StaffRequest, P], HttpResponseBase]


def requires(perm: Perm) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Lets only people with `perm` into a view.

    Somebody who is not signed in is sent to the sign-in page (an htmx request by HX-Redirect, so that no sign-in form
    lands inside a page); somebody without the permission gets PermissionDenied, which the audit middleware writes down.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            staff: Any = request
            if perm not in staff.user.perms:
                raise PermissionDenied(perm)
            return view(staff, *args, **kwargs)

        guarded.required_perm = perm  # type: ignore[attr-defined]
        return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", guarded)

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    back_to = request.get_full_path() if request.method == "GET" else "/"
    if request.headers.get("HX-Request"):
        # The page that the piece belongs to, not the piece.
        back_to = HtmxDetails(request).current_url_abs_path or "/"
    sign_in = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back_to})}"
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(sign_in)
    return redirect(sign_in)
