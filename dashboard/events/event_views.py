"""From one event to others: the one before, the one after, and two side by side."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.events import actions, comparing, present, sheet
from dashboard.events.masking import Lens
from dashboard.events.small_forms import CompareForm
from fingerprint_integration.services import reads


@requires(Perm.VIEW_EVENTS)
@require_GET
def neighbour(request: StaffRequest, event_id: str, number: int) -> HttpResponse:
    """The visitor's event after this one (number 1) or before it (0); a sentence on this one when there is none."""
    found = actions.find_neighbour(event_id, is_later=number == 1, by=request.user, now=timezone.now())
    if found.problem is not None:
        context = {"event_id": event_id, "problem": found.problem, "advice": present.advice(found.problem)}
        return render_page(request, "events/no_event.html", context, status=502)
    if found.event_id is None:
        messages.info(request, found.sentence)
    return redirect_to(request, "events:event", found.event_id or event_id)


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def choose_other(request: StaffRequest, event_id: str) -> HttpResponse:
    """With which event this one is compared: an id, typed or pasted."""
    form = CompareForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return redirect_to(request, "events:compare", event_id, form.cleaned_data["other"])
    context = {"form": form, "event_id": event_id}
    return render_page(request, "events/choose_other.html", context, status=422 if form.is_bound else 200)


@requires(Perm.VIEW_EVENTS)
@require_POST
def compare_chosen(request: StaffRequest) -> HttpResponse:
    """The two events chosen in a list, side by side; a sentence for any other number."""
    return redirect_to(request, "events:compare", *comparing.two_of(request.POST.getlist("event")))


@requires(Perm.VIEW_EVENTS)
@require_GET
def compare(request: StaffRequest, event_id: str, other_id: str) -> HttpResponse:
    """Two events side by side, differences marked; both are read from Fingerprint as they are now."""
    lens, zone, now = Lens.of(request.user), timezone.get_current_timezone(), timezone.now()
    filters = reads.capabilities().filters
    opened = [actions.open_event(each, by=request.user, now=now) for each in (event_id, other_id)]
    for each, found in zip((event_id, other_id), opened, strict=True):
        if found.event is None:
            return _not_there(request, each, found)
    left, right = (
        sheet.event_sheet(found.event, lens, filters=filters, zone=zone) for found in opened if found.event is not None
    )
    parts = comparing.compare(left, right, zone)
    only_differences = request.GET.get("show") == "differences"
    context = {
        "left": left,
        "right": right,
        "parts": [
            (part.title, part.differing if only_differences else part.pairs, len(part.differing), len(part.pairs))
            for part in parts
            if part.pairs
        ],
        "differing_count": sum(len(part.differing) for part in parts),
        "line_count": sum(len(part.pairs) for part in parts),
        "only_differences": only_differences,
        "is_same_visitor": left.visitor_id is not None and left.visitor_id == right.visitor_id,
        "sees_personal": lens.sees_personal,
        "read_at": now,
    }
    return render_page(request, "events/compare.html", context)


def _not_there(request: StaffRequest, event_id: str, found: actions.OpenedEvent) -> HttpResponse:
    problem = found.problem
    is_missing = problem is not None and problem.status == 404
    context: dict[str, Any] = {
        "event_id": event_id,
        "problem": problem,
        "advice": present.advice(problem),
        "is_missing": is_missing,
        "retention_days": reads.capabilities().retention.days,
    }
    return render_page(request, "events/no_event.html", context, status=404 if is_missing else 502)
