"""Writes refused attempts into the audit log, after whatever the attempt did was rolled back."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import Outcome, record
from dashboard.audit.refusals import Refused, write_refusal
from dashboard.core.access import Perm


class AuditRequests:
    """Below every other middleware, so that it sees the exception first; it answers none of them itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        by: Any = request.user if request.user.is_authenticated else None
        if isinstance(exception, Refused):
            write_refusal(exception, by=by)
        elif isinstance(exception, PermissionDenied) and exception.args and isinstance(exception.args[0], Perm):
            route = request.resolver_match.view_name if request.resolver_match else ""
            record(
                AuditKind.ACCESS_REFUSED,
                by=by,
                outcome=Outcome.REFUSED,
                details={"may_not": exception.args[0].value, "route": route},
            )
