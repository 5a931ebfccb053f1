"""The pages of a job by its state: its list, the list that waits for a second person, the job itself."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRefresh, HttpResponseStopPolling

from dashboard.accounts import tenure
from dashboard.audit.queries import history_of_record
from dashboard.core.access import Perm, StaffRequest
from dashboard.core.htmx import render_page
from dashboard.events.masking import Lens
from dashboard.events.small_forms import ExportForm
from dashboard.tagging import actions, policy, previews, queries, wording
from dashboard.tagging.changes import Change, ChangeKind
from dashboard.tagging.forms import ConfirmForm, DeclineForm, digest
from dashboard.tagging.models import BulkItem, BulkJob
from dashboard.tagging.results import NAMES
from fingerprint_integration.services import reads

State = BulkJob.State
_LARGEST_NUMBER = 2**63 - 1
_MOST_SHOWN = 1000


def find(number: int) -> BulkJob:
    """The job with this number; 404 when there is none."""
    found = queries.find_job(number) if number <= _LARGEST_NUMBER else None
    if found is None:
        raise Http404
    return found


def number(text: str) -> int | None:
    """A number from an address, None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def part(fields: QueryDict) -> str:
    """Which of a job's events are asked for: one of queries.SHOWN."""
    show = fields.get("show", "all")
    return show if show in queries.SHOWN else "all"


def only_event_of(job: BulkJob) -> str:
    """The event of a job of one, "" for several or when its visitor was erased."""
    ids = list(BulkItem.objects.filter(job=job).values_list("event_id", flat=True)[:2])
    return ids[0] if len(ids) == 1 else ""


def of_job(request: StaffRequest, job: BulkJob) -> HttpResponse:
    """The page for the state the job is in."""
    if job.state == State.COLLECTING:
        return render_page(request, "tagging/collecting.html", _collecting(request, job))
    if job.state == State.READY:
        initial = {"list_hash": job.list_hash, "reason": _reason_of_undo(job), "ticket": job.ticket}
        act = request.GET.get("act", "")
        form = ConfirmForm(count=job.count, is_undo=job.is_undo, act=act, initial=initial)
        return of_draft(request, job, form, act=act)
    if job.state in (State.APPROVAL, State.DISCARDED):
        return of_waiting(request, job, DeclineForm())
    return render_page(request, "tagging/job.html", _job_context(request, job))


def _reason_of_undo(job: BulkJob) -> str:
    return job.undoes.reason if job.undoes is not None else ""


# -- Before it runs -------------------------------------------------------------------------------------------------


def of_draft(
    request: StaffRequest,
    job: BulkJob,
    form: ConfirmForm,
    *,
    act: str = "",
    change: Change | None = None,
    status: int = 200,
) -> HttpResponse:
    """A frozen list with what it would meet. With `change`, what the tags of the first few events would become."""
    preview = previews.preview(job, change=change, act=act, by=request.user, now=timezone.now())
    context = {
        "job": job,
        "title": wording.job_title(job),
        "form": form,
        "preview": preview,
        "duration": policy.in_words(preview.time_needed),
        "window_days": preview.update_window.days,
        "needs_second": job.count > settings.JOB_SECOND_PERSON_ABOVE,
        "second_above": settings.JOB_SECOND_PERSON_ABOVE,
        "is_mine": job.asked_by_id == request.user.pk,
        "may_control": queries.may_control(job, request.user),
        "differences": previews.differences(job, change) if change else [],
        "seen": digest(change) if change else "",
        "outlook": previews.outlook(job.undoes, draft=job) if job.undoes is not None else None,
    }
    return render_page(request, "tagging/draft.html", context, status=status)


def of_waiting(request: StaffRequest, job: BulkJob, form: DeclineForm, *, status: int = 200) -> HttpResponse:
    """A confirmed list that waits for the second person, or one that was thrown away."""
    is_waiting = job.state == State.APPROVAL
    context = {
        "job": job,
        "title": wording.job_title(job),
        "form": form,
        "preview": _preview_of_waiting(request, job) if is_waiting else None,
        "because": policy.pause_sentence(job.paused_because) if job.paused_because else "",
        "was_thrown_away": job.paused_because == policy.BY_PERSON,
        "wanted": _wanted(job),
        "why_not_yet": tenure.why_not_yet(request.user, Perm.CONTROL_ANY_JOB, now=timezone.now()),
        "may_decide": queries.may_decide(job, request.user),
        "may_control": queries.may_control(job, request.user),
        "is_mine": job.asked_by_id == request.user.pk,
        "history": _history(request, job),
        "duration": policy.in_words(policy.time_needed(job.count, settings.FINGERPRINT_RATE_PER_SECOND)),
        "window_days": reads.capabilities().update_window.days,
        "outlook": previews.outlook(job.undoes, draft=job) if is_waiting and job.undoes is not None else None,
    }
    return render_page(request, "tagging/waiting.html", context, status=status)


def _preview_of_waiting(request: StaffRequest, job: BulkJob) -> previews.Preview:
    change = None if job.is_undo or job.is_erased else job.change
    return previews.preview(job, change=change, act="", by=request.user, now=timezone.now())


def _collecting(request: StaffRequest, job: BulkJob) -> dict[str, Any]:
    now = timezone.now()
    is_resting = job.rest_until is not None and job.rest_until > now
    return {
        "job": job,
        "title": wording.job_title(job),
        "most": policy.MOST_EVENTS,
        "per_request": policy.EVENTS_PER_SEARCH,
        "is_search": job.source in (BulkJob.Source.SEARCH, BulkJob.Source.VISITOR),
        "is_resting": is_resting,
        "rest_because": policy.rest_sentence(job.rest_because) if is_resting else "",
        "seen": f"{job.collected}-{int(is_resting)}",
        "poll_url": f"{reverse('tagging:job_progress', args=[job.pk])}?seen={job.collected}-{int(is_resting)}",
        "may_control": queries.may_control(job, request.user),
    }


# -- While it runs, and after ---------------------------------------------------------------------------------------


def moving_parts(request: StaffRequest, job: BulkJob) -> HttpResponse:
    """What a poll gets: nothing when nothing changed, the whole page anew when the job is in another state."""
    if job.state == State.COLLECTING:
        context = _collecting(request, job)
        if request.GET.get("seen") == context["seen"]:
            return HttpResponse(status=204)
        return render_page(request, "tagging/collecting.html", context, fragment="moving")
    if job.is_draft or job.state == State.DISCARDED:
        if "go" in request.GET:
            return HttpResponseClientRefresh()
        # What is swapped in asks for the page anew, once: a poll that goes on would ask again before it is here.
        address = f"{reverse('tagging:job_progress', args=[job.pk])}?go=on"
        context = {**_collecting(request, job), "poll_url": address, "is_complete": True}
        return render_page(request, "tagging/collecting.html", context, fragment="moving")
    context = _job_context(request, job)
    if context["progress"].is_over:
        context["is_polling"] = False
        page = render_page(request, "tagging/job.html", {**context, "is_poll": True}, fragment="moving")
        return HttpResponse(page.content, status=HttpResponseStopPolling.status_code, headers=page.headers)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render_page(request, "tagging/job.html", {**context, "is_poll": True}, fragment="moving")


def of_undo(request: StaffRequest, job: BulkJob) -> HttpResponse:
    """What undoing this job would do; a panel of its page loads the same by itself."""
    context = {
        "job": job,
        "title": wording.job_title(job),
        "outlook": previews.outlook(job),
        "may_control": queries.may_control(job, request.user),
        "is_over": queries.is_over(job),
        "now": timezone.now(),
    }
    return render_page(request, "tagging/undo.html", context, fragment="outlook")


def of_export(request: StaffRequest, job: BulkJob, form: ExportForm) -> HttpResponse:
    """Why the results of the events that the page shows are taken away, and as what."""
    show = part(request.POST if form.is_bound else request.GET)
    parts = wording.segments(job, queries.progress_of(job, now=timezone.now()).counts, show)
    current = next(each for each in parts if each.is_current)
    context = {
        "job": job,
        "title": wording.job_title(job),
        "form": form,
        "show": show,
        "part": current.label,
        "count": current.count,
        "names": NAMES,
        "sees_personal": Lens.of(request.user).sees_personal,
    }
    return render_page(request, "tagging/export.html", context, status=422 if form.is_bound else 200)


def _wanted(job: BulkJob) -> str | None:
    if job.is_undo or not job.change_kind:
        return None
    return wording.value_words(job.change_kind, None if job.is_erased else bytes(job.wanted))


def _history(request: StaffRequest, job: BulkJob) -> list[Any]:
    lines = history_of_record("job", job.pk, viewer=request.user, limit=30)
    return [line for line in lines if line.kind != actions.OPENED]


def _job_context(request: StaffRequest, found: BulkJob) -> dict[str, Any]:
    now = timezone.now()
    progress = queries.progress_of(found, now=now)
    show = part(request.GET)
    limit = min(number(request.GET.get("shown", "")) or queries.PAGE_SIZE, _MOST_SHOWN)
    seen, parts = progress.digest, wording.segments(found, progress.counts, show)
    here = f"?show={show}&shown={limit}"
    items = [wording.item_row(item, found) for item in queries.items_of(found, show=show, limit=limit)]
    may_control = queries.may_control(found, request.user)
    can_go_back = may_control and progress.is_over and not found.is_erased
    return {
        "job": found,
        "title": wording.job_title(found),
        "progress": progress,
        "is_polling": not progress.is_over,
        "seen": seen,
        "poll_url": f"{reverse('tagging:job_progress', args=[found.pk])}{here}&seen={seen}",
        "time_left": policy.in_words(progress.time_left) if progress.time_left else "",
        "done_at": now + progress.time_left if progress.time_left else None,
        "most_a_second": policy.events_per_second(settings.FINGERPRINT_RATE_PER_SECOND),
        "because": policy.pause_sentence(found.paused_because) if found.paused_because else "",
        "rest_because": policy.rest_sentence(found.rest_because) if found.rest_because else "",
        "items": items,
        "show": show,
        "shown_next": min(limit + queries.PAGE_SIZE, _MOST_SHOWN),
        "segments": parts,
        "current_count": next(part.count for part in parts if part.is_current),
        "wanted": _wanted(found),
        "field": found.field,
        "is_short": found.field == ChangeKind.SUSPECT,
        "failed_count": progress.counts.get(BulkItem.State.FAILED, 0),
        "undone_by": list(found.undone_by.exclude(confirmed_at=None).exclude(state=State.DISCARDED).order_by("pk")[:5]),
        "may_control": may_control,
        "may_export": Perm.EXPORT_EVENTS in request.user.perms,
        "can_choose": can_go_back and any(item.can_go_back for item in items),
        "history": _history(request, found),
    }
