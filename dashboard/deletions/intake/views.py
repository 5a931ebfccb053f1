"""Taking in a file of wishes, on the screen: send it, see what was understood of each line, confirm or let go."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.csv_rows import BOM, csv_lines
from dashboard.core.htmx import redirect_to, render_page
from dashboard.deletions.actions import intake as taking
from dashboard.deletions.intake import reading, sheet
from dashboard.deletions.intake.forms import FileForm


@requires(Perm.ASK_FOR_DELETION)
@require_http_methods(["GET", "POST"])
def files(request: StaffRequest) -> HttpResponse:
    """One's own files and the form for the next; POST reads a file and shows what was understood."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm.empty()
    if not form.is_bound:
        return _files_page(request, form)
    if not form.is_valid():
        return _files_page(request, form, status=422)
    taken = taking.read_file(
        lines=form.cleaned_data["file"],
        form_token=form.cleaned_data["form_token"],
        zone=str(timezone.get_current_timezone()),
        by=request.user,
        now=timezone.now(),
    )
    return redirect_to(request, "deletions:file", taken.pk)


@requires(Perm.ASK_FOR_DELETION)
@require_GET
def show(request: StaffRequest, number: int) -> HttpResponse:
    """What was understood of one file, and what became of it."""
    taken = taking.get_file(number, by=request.user)
    page = request.GET.get("page", "1")
    if not (page.isascii() and page.isdigit() and len(page) < 5 and int(page)):
        raise Http404
    taking.note_file_viewed(taken, by=request.user, now=timezone.now())
    context = {"sheet": sheet.sheet_of(taken, page=int(page))}
    return render_page(request, "deletions/file.html", context)


@requires(Perm.ASK_FOR_DELETION)
@require_GET
def faults(request: StaffRequest, number: int) -> HttpResponse:
    """The lines with a fault as CSV, each with its sentence: to be corrected and sent again."""
    taken = taking.get_file(number, by=request.user)
    rows = sheet.fault_rows(taken)
    taking.note_faults_taken(taken, count=len(rows), by=request.user, now=timezone.now())
    answer = HttpResponse(BOM + csv_lines([[*reading.COLUMNS, "line", "fault"], *rows]), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="{taken.number}-faults.csv"'
    return answer


@requires(Perm.ASK_FOR_DELETION)
@require_POST
def take_in(request: StaffRequest, number: int) -> HttpResponse:
    """The good lines are asked for."""
    taken = taking.take_in(intake_id=number, by=request.user, now=timezone.now())
    messages.success(request, _("%(number)s is being taken in.") % {"number": taken.number})
    return redirect_to(request, "deletions:file", number)


@requires(Perm.ASK_FOR_DELETION)
@require_POST
def drop(request: StaffRequest, number: int) -> HttpResponse:
    """Nothing of it is asked for."""
    taken = taking.drop_file(intake_id=number, by=request.user, now=timezone.now())
    messages.success(request, _("%(number)s was let go. Nothing was asked for.") % {"number": taken.number})
    return redirect_to(request, "deletions:files")


def _files_page(request: StaffRequest, form: FileForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "rows": sheet.files_of(request.user),
        "columns": reading.COLUMNS,
        "choices": sheet.column_choices(),
    }
    return render_page(request, "deletions/files.html", context, status=status)
