"""Asking what a ruleset would do with an event."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import render_page, wants_fragment
from dashboard.events import actions, rulings
from dashboard.events.masking import Lens
from dashboard.events.views import event_page


@requires(Perm.VIEW_EVENTS)
@require_POST
def evaluate(request: StaffRequest, event_id: str) -> HttpResponse:
    """What the chosen ruleset would do: a piece for htmx, else the page of the event as it came with the ruling."""
    ruleset = rulings.find(request.POST.get("ruleset", ""))
    if ruleset is None:
        raise Http404
    asked = rulings.ask(event_id, ruleset, by=request.user, now=timezone.now())
    if wants_fragment(request):
        context = {"event_id": event_id, **rulings.context_of(asked, Lens.of(request.user))}
        return render_page(request, "events/_ruling.html", context)
    return event_page(request, event_id, actions.OpenedEvent(asked.event, asked.problem), asked=asked)
