"""Handing over, over HTTP: the form, and the page where it is taken, returned or closed."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.visitors import hand_over_list
from dashboard.visitors.actions import hand_overs as actions
from dashboard.visitors.forms import AnswerForm, HandOverForm
from dashboard.visitors.models import HandOver


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def hand_over(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Who is to look after this visitor, and why; or who has it already."""
    form = HandOverForm(
        request.POST if request.method == "POST" else None, people=hand_over_list.people_for(request.user)
    )
    if form.is_valid():
        data, now = form.cleaned_data, timezone.now()
        made = actions.hand_over(
            visitor_id=visitor_id, to=data["to"], text=data["text"], ticket=data["ticket"], by=request.user, now=now
        )
        return redirect_to(request, "visitors:handed_over", made.pk)
    found = hand_over_list.open_for(visitor_id)
    context = {
        "visitor_id": visitor_id,
        "form": form,
        "open": hand_over_list.shown(found, request.user) if found else None,
    }
    return render_page(request, "visitors/hand_over.html", context, status=422 if form.is_bound else 200)


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def handed_over(request: StaffRequest, number: int) -> HttpResponse:
    """What was handed over. POST takes it, returns it or closes it."""
    found, now, act = _found(number), timezone.now(), request.POST.get("act", "")
    form = AnswerForm(request.POST if request.method == "POST" else None, is_needed=act == "return")
    if not form.is_valid():
        if not form.is_bound:
            actions.note_opening(found, by=request.user, now=now)
        context = {"found": hand_over_list.shown(found, request.user), "form": form}
        return render_page(request, "visitors/handed_over.html", context, status=422 if form.is_bound else 200)
    text = form.cleaned_data["text"]
    if act == "take":
        actions.take(found=found, by=request.user, now=now)
    elif act == "return":
        actions.give_back(found=found, text=text, by=request.user, now=now)
    elif act == "close":
        actions.close(found=found, text=text, by=request.user, now=now)
    return redirect_to(request, "visitors:handed_over", number)


def _found(number: int) -> HandOver:
    found = hand_over_list.find(number)
    if found is None:
        raise Http404
    return found
