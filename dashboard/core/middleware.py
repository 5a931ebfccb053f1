"""What happens around every request: its id and log line, the person's time zone, errors of Fingerprint."""

import time
import uuid
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from dashboard.core.errors import NotPossible
from dashboard.core.htmx import render_page
from dashboard.core.trace import Trace, tracing
from fingerprint_integration.errors import FingerprintError, NotFound

log = structlog.get_logger("inkpad.request")
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestLog:
    """Gives the request an id, writes one log line with the route's name (never the path), sends the id back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        # Our own id, never the caller's: what stands in the audit log cannot be chosen by a browser.
        with tracing(Trace(request_id=f"req_{uuid.uuid4().hex[:20]}", via="page")) as trace:
            response = self.get_response(request)
            response["X-Request-ID"] = trace.request_id
            match = request.resolver_match
            log.info(
                "request",
                request_id=trace.request_id,
                method=request.method,
                route=match.view_name if match else None,
                status=response.status_code,
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        return response


class PersonalPages:
    """Shows times in the person's zone and keeps pages about people out of every cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            timezone.activate(ZoneInfo(request.user.time_zone))
        else:
            timezone.deactivate()
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ProviderErrors:
    """Turns an unanswered question to Fingerprint, and an act that is not possible, into a page that says so.

    Pages that can go on without the answer catch it in their queries; this is the net below all of them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, FingerprintError):
            return render_page(
                request,
                "errors/provider.html",
                {"problem": exception},
                fragment="alert",
                status=_status_for(exception),
            )
        if isinstance(exception, NotPossible):
            return render_page(
                request,
                "errors/not_possible.html",
                {"sentence": exception.sentence},
                fragment="alert",
                status=exception.status,
            )
        return None


def _status_for(error: FingerprintError) -> int:
    """404 stays 404; everything else is an answer we could not get, not a fault of ours or of the person."""
    return 404 if isinstance(error, NotFound) else 502
