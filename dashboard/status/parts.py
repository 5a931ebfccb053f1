"""How the parts of Inkpad are, each asked for itself: what cannot be said is said to be unknown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import redis
from celery import current_app
from django.conf import settings
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError

from dashboard.audit import seals, triggers
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.core import times
from dashboard.core.printable import printable
from dashboard.deletions import policy
from dashboard.deletions.models import DeletionVisitor, Watch
from dashboard.deletions.sending import pausing, quota
from dashboard.deletions.states import Status
from dashboard.deletions.watch import troubles
from dashboard.notices import queries as notices
from dashboard.status import outage
from dashboard.tagging.models import BulkItem, BulkJob

SECONDS_TO_ANSWER = 0.5
"""How long a page waits for the workers and for Redis."""

_ANSWERED = (
    AuditKind.SEARCH_LOADED,
    AuditKind.EVENT_OPENED,
    AuditKind.VISITOR_OPENED,
    AuditKind.VISITOR_LOADED,
    AuditKind.EVENT_SUSPECT_SET,
    AuditKind.EVENT_LINKED_ID_SET,
    AuditKind.EVENT_TAGS_SET,
    AuditKind.DELETION_ACCEPTED,
)
_NOT_ANSWERED = (AuditKind.SEARCH_FAILED, AuditKind.EVENT_NOT_OPENED, AuditKind.VISITOR_NOT_OPENED)
# Failures that say nothing against the connection: Fingerprint spoke, or we did not ask it.
_NO_FAULT = {
    "not_found",
    "event_not_found",
    "request_not_found",
    "visitor_not_found",
    "invalid_request",
    "request_cannot_be_parsed",
    "state_not_ready",
    "too_many_requests",
    "budget_used_up",
    "not_available",
}


@dataclass(frozen=True)
class Part:
    """One part: its name, how it is in words, a tone (green, ochre, red, or none), more about it, a quota."""

    label: str
    words: str
    tone: str = ""
    more: str = ""
    used: int | None = None
    limit: int | None = None


def fingerprint() -> Part:
    """Since when nobody got an answer, else the last one that anybody got, as the audit log has it: nothing is asked
    for this."""
    known = outage.state()
    if known.down_since:
        at = times.said(timezone.localtime(known.down_since), timezone.localdate())
        more = _("What is ours goes on working; Inkpad asks twice a minute whether it is back.")
        return Part(_("Fingerprint"), _("no answer since %(at)s") % {"at": at}, "red", more)
    codes = [kind.code for kind in (*_ANSWERED, *_NOT_ANSWERED)]
    last = AuditEntry.objects.filter(kind__in=codes).order_by("-pk").first()
    if last is None:
        return Part(_("Fingerprint"), _("not asked yet"))
    details = json.loads(bytes(last.body)).get("details") or {}
    failed = last.kind in {kind.code for kind in _NOT_ANSWERED} and details.get("code") not in _NO_FAULT
    at = times.said(timezone.localtime(last.at), timezone.localdate())
    if failed:
        return Part(_("Fingerprint"), _("failed %(at)s") % {"at": at}, "red", str(details.get("error", "")))
    return Part(_("Fingerprint"), _("answered %(at)s") % {"at": at}, "green")


def end_of_v3(now: datetime) -> Part | None:
    """How long API v3 still lives, while it is the one in use; None with v4."""
    if settings.FINGERPRINT_API_VERSION != "v3":
        return None
    end = settings.FINGERPRINT_V3_END
    days = (end - now.astimezone(ZoneInfo("UTC")).date()).days
    more = _("By Fingerprint’s newest notice it ends on %(day)s; the date moved before and is a setting.") % {
        "day": times.whole_date(end)
    }
    if days < 0:
        return Part(_("API v3"), _("has ended on %(day)s") % {"day": times.whole_date(end)}, "red", more)
    words = ngettext("ends in %(n)s day", "ends in %(n)s days", days) % {"n": times.thousands(days)}
    return Part(_("API v3"), words, "red" if days <= 30 else "ochre" if days <= 180 else "", more)


def deletions_spent(now: datetime) -> list[Part]:
    """How much of Fingerprint's quota for deletions our own calls have used."""
    calls, limits = quota.recent_calls(now), quota.limits()
    parts = []
    for label, span, limit in (
        (_("Deletions this hour"), policy.HOUR, limits.per_hour),
        (_("Deletions today"), policy.DAY, limits.per_day),
    ):
        used = policy.spent_within(calls, span, now)
        words = _("%(used)s of %(limit)s") % {"used": times.thousands(used), "limit": times.thousands(limit)}
        parts.append(Part(label, words, used=used, limit=limit))
    return parts


def deletions_going() -> Part:
    """Whether deletions are sent at all, or who stopped them and why."""
    pause = pausing.current()
    if pause is None:
        return Part(_("Deletions"), _("go on"))
    at = times.moment(timezone.localtime(pause.paused_at), timezone.localdate())
    words = _("paused by %(name)s, %(at)s") % {"name": printable(pause.paused_by.name), "at": at}
    return Part(_("Deletions"), words, "ochre", printable(pause.reason))


def deletions_followed() -> Part:
    """Whether what Fingerprint accepted is also done, as far as Inkpad asked."""
    label, found = _("Deletions followed"), troubles.troubles()
    if not found:
        watched = Watch.objects.filter(ended_at=None).count()
        words = ngettext("%(n)s visitor", "%(n)s visitors", watched) % {"n": times.thousands(watched)}
        return Part(label, words if watched else _("none"), more=_("None is overdue, none came back."))
    visitors = sum(each.visitors for each in found)
    words = ngettext("%(n)s overdue", "%(n)s overdue", visitors) % {"n": times.thousands(visitors)}
    more = _("Not shown to be gone in time, or came back: %(numbers)s.") % {
        "numbers": ", ".join(each.number for each in found[:5])
    }
    return Part(label, words, "red", more)


def queue(now: datetime) -> Part:
    """How much work the workers have before them; what still waits for a person is not in it."""
    at_work = BulkJob.objects.at_work()
    items = BulkItem.objects.filter(state__in=BulkItem.OPEN_STATES, job__in=at_work).count()
    approved = (Status.APPROVED.value, Status.RUNNING.value)
    visitors = DeletionVisitor.objects.due(now).filter(request__status__in=approved).count()
    total = items + visitors
    if not total:
        return Part(_("Queue"), _("empty"))
    words = ngettext("%(n)s item", "%(n)s items", total) % {"n": times.thousands(total)}
    more = _("%(items)s events of jobs, %(visitors)s visitors to delete") % {
        "items": times.thousands(items),
        "visitors": times.thousands(visitors),
    }
    return Part(_("Queue"), words, more=more)


def mails() -> Part:
    """Whether e-mails about notices go out; what was given up still stands in the inboxes."""
    label, found = _("E-mails"), notices.mails()
    if found.given_up:
        words = ngettext("%(n)s given up", "%(n)s given up", found.given_up) % {"n": times.thousands(found.given_up)}
        more = _("Nothing is lost: each notice stands in its inbox. The audit log says why; EMAIL_URL may be wrong.")
        return Part(label, words, "red", more)
    if found.waiting_since is not None:
        at = times.moment(timezone.localtime(found.waiting_since), timezone.localdate())
        words = ngettext("%(n)s waits", "%(n)s wait", found.waiting) % {"n": times.thousands(found.waiting)}
        return Part(label, words, more=_("The oldest came %(at)s.") % {"at": at})
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return Part(label, _("printed into the log"), more=_("Set EMAIL_URL to a mail server to send them."))
    return Part(label, _("none waits"))


def workers() -> Part:
    """Which workers answer now; asks them through the broker."""
    try:
        answers: Sequence[object] = current_app.control.ping(timeout=SECONDS_TO_ANSWER) or []
    except (OperationalError, OSError, redis.RedisError):
        return Part(_("Workers"), _("cannot be asked"), "red", _("The broker cannot be reached; jobs wait."))
    if not answers:
        return Part(_("Workers"), _("none answered"), "red", _("None answered within half a second; jobs wait."))
    words = ngettext("%(n)s answers", "%(n)s answer", len(answers)) % {"n": len(answers)}
    return Part(_("Workers"), words, "green")


def broker_answers() -> bool:
    """Whether the server that wakes the workers can be reached."""
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except (OperationalError, OSError, redis.RedisError):
        return False
    return True


def redis_answers() -> bool:
    """Whether the server that holds the rate budget can be reached."""
    try:
        server = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=SECONDS_TO_ANSWER, socket_connect_timeout=SECONDS_TO_ANSWER
        )
    except ValueError:
        return False
    try:
        return bool(server.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        server.close()


def redis_part() -> Part:
    if redis_answers():
        return Part(_("Redis"), _("answers"), "green")
    return Part(_("Redis"), _("no answer"), "red", _("Pages work with a smaller budget of requests; jobs wait."))


def audit_log(now: datetime) -> Part:
    """Whether the log's guards stand, and how far it is sealed."""
    label, seal = _("Audit log"), seals.seal(now)
    missing = triggers.missing(connection)
    if missing:
        return Part(label, _("not guarded"), "red", _("Missing: %(names)s") % {"names": ", ".join(sorted(missing))})
    if seal.problem:
        return Part(label, _("not being sealed"), "red", seal.problem)
    waiting = ngettext("%(n)s entry waits for its seal", "%(n)s entries wait for their seal", seal.waiting)
    more = waiting % {"n": times.thousands(seal.waiting)} if seal.waiting else ""
    if seal.is_late:
        return Part(label, _("the seal is late"), "red", f"{more}. " + _("Is the clock’s worker running?"))
    if seal.up_to is None:
        return Part(label, _("nothing sealed yet"), more=more)
    return Part(label, _("sealed up to %(n)s") % {"n": times.thousands(seal.up_to)}, "green", more)


def audit_verification(now: datetime) -> Part:
    """What the newest verification of the log came to; none for twice the usual time is as bad as a failed one."""
    label, newest = _("Verified"), seals.last_verified()
    if newest is not None and not newest.holds:
        at = times.said(timezone.localtime(newest.at), timezone.localdate())
        more = _("Read entry %(number)s and call whoever keeps the log.") % {"number": newest.number}
        return Part(label, _("does not hold, %(at)s") % {"at": at}, "red", f"{newest.result} {more}")
    overdue = seals.is_overdue(newest, now)
    if newest is None:
        more = _("Is the clock’s worker running?") if overdue else _("The log is verified within its first minutes.")
        return Part(label, _("never"), "red" if overdue else "", more)
    at = times.said(timezone.localtime(newest.at), timezone.localdate())
    if overdue:
        return Part(label, _("not since %(at)s") % {"at": at}, "red", _("Is the clock’s worker running?"))
    return Part(label, _("everything holds, %(at)s") % {"at": at}, "green")


def database() -> Part:
    names = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
    version = ".".join(str(number) for number in connection.get_database_version())
    waiting = migrations_waiting()
    words = f"{names.get(connection.vendor, connection.vendor)} {version}"
    if waiting:
        return Part(_("Database"), words, "red", _("%(n)s migrations wait: run manage.py migrate.") % {"n": waiting})
    return Part(_("Database"), words, "green")


def migrations_waiting() -> int:
    """How many migrations of this version the database has not seen."""
    executor = MigrationExecutor(connections["default"])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
