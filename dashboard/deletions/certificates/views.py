"""Certificates, and the question whether a visitor was erased."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page
from dashboard.deletions.certificates import issuing, lookups, pages
from dashboard.deletions.certificates.forms import LookUpForm
from dashboard.deletions.certificates.rows import Certificate


@requires(Perm.VIEW_DELETIONS)
@require_POST
def certify(request: StaffRequest, number: int) -> HttpResponse:
    """A new certificate of what can be said now."""
    made = issuing.issue(request_id=number, by=request.user, now=timezone.now())
    messages.success(request, _("Certificate %(name)s was issued.") % {"name": made.name})
    return redirect_to(request, "deletions:certificate", made.request_id, made.number)


@requires(Perm.VIEW_DELETIONS)
@require_GET
def show(request: StaffRequest, number: int, certificate: int) -> HttpResponse:
    """One certificate, ready to print."""
    made = _get(number, certificate)
    issuing.note_opened(made, by=request.user, now=timezone.now())
    context = {
        "page": pages.page_of(made, viewer=request.user),
        "seal": issuing.seal_of(made),
    }
    return render_page(request, "deletions/certificate.html", context)


@requires(Perm.VIEW_DELETIONS)
@require_GET
def take(request: StaffRequest, number: int, certificate: int) -> HttpResponse:
    """The same as a file that a stranger checks."""
    made = _get(number, certificate)
    file = issuing.take(made, by=request.user, now=timezone.now())
    name = f"certificate-{made.name.replace('/', '-')}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(file, content_type="application/json", headers=headers)


@requires(Perm.VIEW_DELETIONS)
@require_http_methods(["GET", "POST"])
def look_up(request: StaffRequest) -> HttpResponse:
    """Answers "was this visitor erased?" for whoever brings the id. It comes by POST and is kept nowhere."""
    if request.method == "GET":
        return render_page(request, "deletions/look_up.html", {"form": LookUpForm()})
    form = LookUpForm(request.POST)
    if not form.is_valid():
        return render_page(request, "deletions/look_up.html", {"form": form}, status=422)
    found = lookups.look_up(form.cleaned_data["visitor_id"], by=request.user, now=timezone.now())
    return render_page(request, "deletions/look_up.html", {"form": form, "found": found})


def _get(number: int, certificate: int) -> Certificate:
    found = issuing.find(number, certificate)
    if found is None:
        raise Http404
    return found
