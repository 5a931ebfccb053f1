"""Probes for supervisors, and the status page for administrators."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.core.access import Perm, StaffRequest, requires
from dashboard.core.htmx import render_page
from dashboard.notices import queries as notices
from dashboard.status import parts, probes


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive; nothing else is looked at."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process may be given requests: 200, or 503."""
    verdict, answers = probes.readiness()
    return JsonResponse({"status": verdict, **answers}, status=503 if verdict == "not ready" else 200)


@requires(Perm.VIEW_STATUS)
@require_safe
def status(request: StaffRequest) -> HttpResponse:
    """How Inkpad and its neighbours are."""
    record(AuditKind.STATUS_VIEWED, by=request.user)
    now = timezone.now()
    end = parts.end_of_v3(now)
    context = {
        "now": now,
        "end_of_v3": end,
        "last_answer_part": parts.fingerprint(),
        "mails_given_up": notices.mails().given_up,
        "quota_parts": [*parts.deletions_spent(now), parts.deletions_going(), parts.deletions_followed()],
        "inside_parts": [
            parts.queue(now),
            parts.mails(),
            parts.workers(),
            parts.redis_part(),
            parts.database(),
            parts.audit_log(now),
            parts.audit_verification(now),
        ],
        "fingerprint": {
            "version": settings.FINGERPRINT_API_VERSION,
            "region": settings.FINGERPRINT_REGION.upper(),
            "environment": settings.FINGERPRINT_ENVIRONMENT,
            "address": settings.FINGERPRINT_BASE_URL,
            "has_key": bool(settings.FINGERPRINT_API_KEY),
            "retention_days": settings.FINGERPRINT_RETENTION_DAYS,
            "rate": settings.FINGERPRINT_RATE_PER_SECOND,
            "burst": settings.FINGERPRINT_BURST,
        },
    }
    return render_page(request, "status/status.html", context)
