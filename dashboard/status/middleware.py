"""Every question to Fingerprint that a page asks tells how Fingerprint is."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from dashboard.status import outage
from fingerprint_integration.services.watching import watching


class WatchFingerprint:
    """Around everything that may ask."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with watching(outage.note):
            return self.get_response(request)
