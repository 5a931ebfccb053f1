"""Where the time of a page went, as a `Server-Timing` header that every browser's tools can draw.

`inkpad` is our own time, `fingerprint` what we waited for Fingerprint (with the number of calls), `sql` the statements:
milliseconds each. Our own time is the server's minus Fingerprint's: it is the part that is ours to make fast.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponseBase

from fingerprint_integration.timing import measuring

GetResponse = Callable[[HttpRequest], HttpResponseBase]


@dataclass
class Statements:
    """What a request asked of our database."""

    count: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started
            self.count += 1


class ServerTiming:
    """Adds the header to every answer; says times and counts, never what was asked."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        statements, started = Statements(), time.perf_counter()
        with ExitStack() as around:
            waited = around.enter_context(measuring())
            for connection in connections.all():
                around.enter_context(connection.execute_wrapper(statements))
            response = self.get_response(request)
        whole = time.perf_counter() - started
        response["Server-Timing"] = ", ".join(
            (
                f"inkpad;dur={(whole - waited.seconds) * 1000:.1f}",
                f'fingerprint;dur={waited.seconds * 1000:.1f};desc="{waited.calls}"',
                f'sql;dur={statements.seconds * 1000:.1f};desc="{statements.count}"',
            )
        )
        return response
