"""Figures of a period, and the calendar of the quota, on the screen."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.csv_rows import BOM, csv_lines
from dashboard.core.htmx import render_page
from dashboard.deletions import actions, queries
from dashboard.deletions.requests import figures
from dashboard.deletions.requests.forms import DayField
from dashboard.deletions.sending import outlook, quota


class PeriodForm(forms.Form):
    """From which day to which; both count."""

    first = DayField(label=_("From"))
    last = DayField(label=_("To"))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if "first" in values and "last" in values:
            if values["last"] < values["first"]:
                self.add_error("last", _("Enter a day that is not before the first."))
            elif values["last"] - values["first"] > timedelta(days=3 * 366):
                self.add_error("last", _("Choose at most three years."))
        return values


@requires(Perm.VIEW_DELETIONS)
@require_GET
def numbers(request: StaffRequest) -> HttpResponse:
    """How requests of a period went; `?file=1` takes the numbers away as CSV."""
    today = timezone.localdate()
    given = request.GET if "first" in request.GET or "last" in request.GET else None
    form = PeriodForm(given or {"first": str(today - timedelta(days=89)), "last": str(today)})
    now = timezone.now()
    if not form.is_valid():
        actions.note_list_viewed(by=request.user, now=now)
        return render_page(request, "deletions/numbers.html", {"form": form}, status=422)
    found = figures.figures_of(form.cleaned_data["first"], form.cleaned_data["last"], now=now)
    if request.GET.get("file"):
        actions.note_figures_taken(first=found.first, last=found.last, by=request.user, now=now)
        heading = ["first_day", "last_day", "group", "label", "count"]
        answer = HttpResponse(BOM + csv_lines([heading, *figures.csv_rows(found)]), content_type="text/csv")
        answer["Content-Disposition"] = f'attachment; filename="deletions-{found.first}-{found.last}.csv"'
        return answer
    actions.note_list_viewed(by=request.user, now=now)
    return render_page(request, "deletions/numbers.html", {"form": form, "figures": found})


@requires(Perm.VIEW_DELETIONS)
@require_GET
def calendar(request: StaffRequest) -> HttpResponse:
    """What of the quota was used, what is planned, and what falls due, day by day."""
    now = timezone.now()
    actions.note_list_viewed(by=request.user, now=now)
    plan, limits = outlook.queue_plan(now), quota.limits()
    days = figures.quota_days(
        sent=queries.sent_since(now - timedelta(days=8)),
        planned=plan.sends if plan else [],
        due=queries.due_until(now + timedelta(days=23)),
        limit=limits.per_day,
        now=now,
    )
    context = {"days": days, "limits": limits, "late": plan.late if plan else [], "allows_nothing": plan is None}
    return render_page(request, "deletions/calendar.html", context)
