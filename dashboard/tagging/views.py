"""Jobs over HTTP: watch, pause, resume, cancel, retry, export, undo. How a job begins is in views_lists."""

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import redirect_to, render_page, wants_fragment
from dashboard.events.small_forms import ExportForm
from dashboard.tagging import actions, pages, queries
from dashboard.tagging.models import BulkJob


@requires(Perm.CHANGE_EVENTS)
@require_GET
def jobs(request: StaffRequest) -> HttpResponse:
    """Every job, the newest first."""
    rows, older = queries.recent_jobs(before=pages.number(request.GET.get("before", "")))
    actions.look_at_jobs(by=request.user)
    return render_page(request, "tagging/jobs.html", {"rows": rows, "older": older})


@requires(Perm.CHANGE_EVENTS)
@require_GET
def job(request: StaffRequest, number: int) -> HttpResponse:
    """One job: what it would meet, how far it is, what became of each event; by the state it is in."""
    found = pages.find(number)
    actions.look_at_job(job=found, by=request.user)
    return pages.of_job(request, found)


@requires(Perm.CHANGE_EVENTS)
@require_GET
def job_progress(request: StaffRequest, number: int) -> HttpResponse:
    """The moving parts of a job's page, asked for every two seconds: 204 while nothing changed, 286 at the end."""
    if not wants_fragment(request):
        return redirect_to(request, "tagging:job", number)
    return pages.moving_parts(request, pages.find(number))


@requires(Perm.CHANGE_EVENTS)
@require_POST
def pause(request: StaffRequest, number: int) -> HttpResponse:
    """Nothing new is sent until somebody resumes."""
    actions.pause_job_by_hand(job_id=pages.find(number).pk, by=request.user, now=timezone.now())
    return redirect_to(request, "tagging:job", number)


@requires(Perm.CHANGE_EVENTS)
@require_POST
def resume(request: StaffRequest, number: int) -> HttpResponse:
    """Goes on where it was."""
    actions.resume_job(job_id=pages.find(number).pk, by=request.user, now=timezone.now())
    return redirect_to(request, "tagging:job", number)


@requires(Perm.CHANGE_EVENTS)
@require_http_methods(["GET", "POST"])
def cancel(request: StaffRequest, number: int) -> HttpResponse:
    """The question, and after it the act."""
    found = pages.find(number)
    if request.method == "GET":
        context = {"job": found, "progress": queries.progress_of(found, now=timezone.now())}
        return render_page(request, "tagging/cancel.html", context)
    actions.cancel_job(job_id=found.pk, by=request.user, now=timezone.now())
    return redirect_to(request, "tagging:job", number)


@requires(Perm.CHANGE_EVENTS)
@require_POST
def retry(request: StaffRequest, number: int) -> HttpResponse:
    """Has what failed tried again."""
    actions.retry_failed(job_id=pages.find(number).pk, by=request.user, now=timezone.now())
    return redirect_to(request, "tagging:job", number)


@requires(Perm.CHANGE_EVENTS)
@requires(Perm.EXPORT_EVENTS)
@require_http_methods(["GET", "POST"])
def export(request: StaffRequest, number: int) -> HttpResponse:
    """Why, and as what; then what became of the events that the page shows becomes a file."""
    found = pages.find(number)
    if found.is_draft or found.state == BulkJob.State.DISCARDED:
        raise Http404
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        show = pages.part(request.POST)
        actions.export_results(found, show=show, **form.cleaned_data, by=request.user, now=timezone.now())
        return redirect_to(request, "events:exports")
    return pages.of_export(request, found, form)


@requires(Perm.CHANGE_EVENTS)
@require_http_methods(["GET", "POST"])
def undo(request: StaffRequest, number: int) -> HttpResponse:
    """What would go back; sent, a list of it that waits to be confirmed: of all, or of the chosen events."""
    found = pages.find(number)
    if request.method == "GET":
        return pages.of_undo(request, found)
    chosen = [
        int(each) for each in request.POST.getlist("item") if each.isascii() and each.isdecimal() and len(each) < 19
    ]
    draft = actions.open_undo(
        job_id=found.pk,
        item_ids=chosen if "only_chosen" in request.POST else None,
        overwrites="overwrites" in request.POST,
        by=request.user,
        now=timezone.now(),
    )
    return redirect_to(request, "tagging:job", draft.pk)
