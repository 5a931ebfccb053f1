"""Legal holds on the screen: the list, placing one, the page of one."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.deletions import actions
from dashboard.deletions.holds import sheet
from dashboard.deletions.holds.forms import HoldForm, LiftForm, ReviewForm
from dashboard.deletions.models import LegalHold


@requires(Perm.VIEW_DELETIONS)
@require_GET
def holds(request: StaffRequest) -> HttpResponse:
    """Holds that stand, by the day they are looked at again, and the latest that were lifted."""
    actions.note_holds_viewed(by=request.user, now=timezone.now())
    context = {"listed": sheet.hold_list(request.user), "may_hold": Perm.HOLD_DELETIONS in request.user.perms}
    return render_page(request, "deletions/holds.html", context)


@requires(Perm.HOLD_DELETIONS)
@require_http_methods(["GET", "POST"])
def new(request: StaffRequest) -> HttpResponse:
    """The empty form; a POST brings the visitor or the request somebody came from, so that no address has to."""
    form = HoldForm.about(visitor_id=request.POST.get("visitor_id", ""), number=request.POST.get("number", "")[:16])
    return render_page(request, "deletions/new_hold.html", {"form": form})


@requires(Perm.HOLD_DELETIONS)
@require_POST
def start(request: StaffRequest) -> HttpResponse:
    """A new hold, or the form again with what is wrong beside each field."""
    form = HoldForm(request.POST)
    if not form.is_valid():
        return render_page(request, "deletions/new_hold.html", {"form": form}, status=422)
    placed = actions.place_hold(wish=form.to_wish(), by=request.user, now=timezone.now())
    messages.success(request, _("%(number)s stands. Nothing it concerns is sent.") % {"number": placed.number})
    return redirect_to(request, "deletions:hold", placed.pk)


@requires(Perm.VIEW_DELETIONS)
@require_GET
def show(request: StaffRequest, number: int) -> HttpResponse:
    """The page of one hold."""
    return _page(request, number, ReviewForm.empty(), LiftForm(prefix="lift"))


@requires(Perm.HOLD_DELETIONS)
@require_POST
def review(request: StaffRequest, number: int) -> HttpResponse:
    """It still stands, until the next day of looking."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, number, form, LiftForm(prefix="lift"), status=422)
    actions.review_hold(hold_id=number, by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("It stands until it is looked at again."))
    return redirect_to(request, "deletions:hold", number)


@requires(Perm.HOLD_DELETIONS)
@require_POST
def lift(request: StaffRequest, number: int) -> HttpResponse:
    """It ends; what it held goes on."""
    form = LiftForm(request.POST, prefix="lift")
    if not form.is_valid():
        return _page(request, number, ReviewForm.empty(), form, status=422)
    actions.lift_hold(hold_id=number, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    messages.success(request, _("Lifted. What it held goes on as it was approved."))
    return redirect_to(request, "deletions:hold", number)


def _page(
    request: StaffRequest, number: int, review_form: ReviewForm, lift_form: LiftForm, *, status: int = 200
) -> HttpResponse:
    held = LegalHold.objects.select_related("placed_by", "lifted_by", "request").filter(pk=number).first()
    if held is None:
        raise Http404
    actions.note_holds_viewed(by=request.user, now=timezone.now())
    context = {
        "sheet": sheet.sheet_of(held, viewer=request.user),
        "review_form": review_form,
        "lift_form": lift_form,
        "may_hold": Perm.HOLD_DELETIONS in request.user.perms,
    }
    return render_page(request, "deletions/hold.html", context, status=status)
