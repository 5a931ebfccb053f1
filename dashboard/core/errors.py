"""Refusals that people can read, and the pages for what goes wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


class NotPossible(Exception):
    """An act that is refused now, with the sentence that tells the person why and what to do.

    Raised by actions inside their transaction, so that nothing of the act remains. `status` is the HTTP status of the
    page (409 unless said otherwise). Refusals that belong into the audit log are `audit.refusals.Refused`.
    """

    def __init__(self, sentence: str, *, status: int = 409) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    perm = exception.args[0] if exception.args else None
    return render(request, "errors/403.html", {"may_not": getattr(perm, "value", "")}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request: whatever broke may break the frame around the page as well.
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)
