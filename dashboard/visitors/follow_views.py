"""Following visitors over HTTP: the form, the list of those one follows, and where a notice leads."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.core.times import length
from dashboard.visitors import following_list
from dashboard.visitors.actions import following as actions
from dashboard.visitors.forms import FollowForm


@requires(Perm.VIEW_EVENTS)
@require_http_methods(["GET", "POST"])
def follow(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """What following means, and why somebody does; or since when they do already."""
    form = FollowForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.follow(visitor_id=visitor_id, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
        messages.success(request, _("You follow this visitor."))
        return redirect_to(request, "visitors:following")
    context = {
        "visitor_id": visitor_id,
        "form": form,
        "follow": following_list.follow_of(request.user, visitor_id),
        "every": length(settings.FOLLOW_EVERY),
        "most_followed": actions.MOST_FOLLOWED,
    }
    return render_page(request, "visitors/follow.html", context, status=422 if form.is_bound else 200)


@requires(Perm.VIEW_EVENTS)
@require_POST
def unfollow(request: StaffRequest, visitor_id: str) -> HttpResponse:
    """Told no more."""
    actions.unfollow(visitor_id=visitor_id, by=request.user, now=timezone.now())
    messages.success(request, _("You follow this visitor no more."))
    return redirect_to(request, "visitors:following")


@requires(Perm.VIEW_EVENTS)
@require_GET
def following(request: StaffRequest) -> HttpResponse:
    """The visitors this person follows."""
    record(AuditKind.FOLLOWS_VIEWED, by=request.user)
    context = {
        "follows": following_list.following_of(request.user),
        "every": length(settings.FOLLOW_EVERY),
        "most_followed": actions.MOST_FOLLOWED,
    }
    return render_page(request, "visitors/following.html", context)


@requires(Perm.VIEW_EVENTS)
@require_GET
def followed(request: StaffRequest, number: int) -> HttpResponse:
    """Where a notice leads: it names no visitor, so that nothing of one is left in it when they are erased."""
    found = following_list.find(number)
    if found is None:
        return redirect_to(request, "visitors:following")
    return redirect_to(request, "visitors:visitor", found.visitor_id)
