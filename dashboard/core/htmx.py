"""Whole page or fragment: decided here, once.

A fragment is sent only to an htmx request that is neither boosted nor a history restore; everybody else gets the whole
page from the same view and the same context, so every address can be opened, reloaded and used without JavaScript.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect


def wants_fragment(request: HttpRequest) -> bool:
    """True when htmx asks for a piece of the page it already shows."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Renders `template`, or only its partial `fragment` when htmx asks for a piece."""
    if fragment and wants_fragment(request):
        template = f"{template}#{fragment}"
    response = render(request, template, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def redirect_to(request: HttpRequest, name: str, *args: object, **kwargs: object) -> HttpResponse:
    """Sends the browser to the named route, also when htmx asked."""
    if wants_fragment(request):
        return HttpResponseClientRedirect(resolve_url(name, *args, **kwargs))
    return HttpResponseRedirect(resolve_url(name, *args, **kwargs))
