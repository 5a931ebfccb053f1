"""Seeing one hidden value of an event: the question with its reason, and the one answer that shows it."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import render_page
from dashboard.events import actions, reveals
from dashboard.events.masking import Lens
from dashboard.events.small_forms import RevealForm
from dashboard.events.views import event_page
from fingerprint_integration.domain import Event


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: StaffRequest, event_id: str) -> HttpResponse:
    """Asks for the reason (GET, `?field=`), or shows the event with that field whole (POST), in this answer only."""
    asked = request.POST if request.method == "POST" else request.GET
    field = asked.get("field", "")
    if field not in reveals.FIELDS:
        raise Http404
    if Lens.of(request.user).shows(field):
        return redirect("events:event", event_id)  # nothing is hidden from this person
    form = RevealForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form, "event_id": event_id, "field": field, "words": reveals.FIELDS[field]}
        status = 422 if form.is_bound else 200
        return render_page(request, "events/reveal.html", context, fragment="dialog", status=status)
    answer, lens = reveals.reveal(
        event_id=event_id, field=field, by=request.user, now=timezone.now(), **form.cleaned_data
    )
    if not isinstance(answer, Event):
        return event_page(request, event_id, actions.OpenedEvent(None, answer))
    return event_page(request, event_id, actions.OpenedEvent(answer), lens=lens, revealed=str(reveals.FIELDS[field]))
