"""From a frozen list to a running job: one person confirms exactly that list, for large ones a second person too."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from dashboard.accounts import fresh, tenure
from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.reading import Reading
from dashboard.audit.record import Detail, record
from dashboard.audit.record import job as job_target
from dashboard.audit.refusals import Refused
from dashboard.core import facts
from dashboard.core.access import Perm
from dashboard.core.errors import NotPossible
from dashboard.core.times import thousands
from dashboard.core.work import wake
from dashboard.notices.kinds import NoticeKind
from dashboard.tagging import policy, tasks, telling, wording
from dashboard.tagging.actions.lists import Chosen, add_items, hash_of, rows_of
from dashboard.tagging.actions.rights import locked, not_now, refused
from dashboard.tagging.changes import Change
from dashboard.tagging.models import BulkItem, BulkJob

State = BulkJob.State
_VISITORS_OF_A_REASON = 25
_VISITORS_AT_ONCE = 5000


def start_job(
    *,
    change: Change,
    chosen: Sequence[Chosen],
    list_hash: str,
    reason: str,
    ticket: str,
    form_token: str,
    by: User,
    now: datetime,
    source: BulkJob.Source = BulkJob.Source.CHOSEN,
) -> BulkJob:
    """Freezes a short list and starts its job in one step, as one click on an event's page does; gives the job that
    this form started already when it is sent twice.

    `list_hash` is that of the list the person saw: exactly what was shown is what is changed. Refused when every event
    is under a deletion or hold, NotPossible when there are so many that their number has to be typed, or when the same
    form now says something else.
    """
    event_ids = [each.event_id for each in chosen]
    if not 0 < len(chosen) <= policy.TYPED_ABOVE:
        raise NotPossible(_("One click changes 1 to %(most)s events.") % {"most": policy.TYPED_ABOVE})
    if len(set(event_ids)) != len(event_ids) or hash_of(event_ids) != list_hash:
        raise NotPossible(_("The list of events is not the one that was shown. Choose the events again."))
    if (started := _started_before(form_token, by)) is None:
        _refuse_blocked({each.visitor_id for each in chosen}, None, reason)
        try:
            return _create(change, chosen, list_hash, reason, ticket, form_token, by, now, source)
        except IntegrityError:
            # Two clicks at the same instant: the other one has started it.
            started = _started_before(form_token, by)
            if started is None:
                raise
    if (started.list_hash, started.change_kind, bytes(started.wanted)) != (list_hash, change.kind, change.stored_value):
        raise NotPossible(
            _("This form has started %(job)s already. Choose the events again to start another job.")
            % {"job": started.name}
        )
    return started


def _started_before(form_token: str, by: User) -> BulkJob | None:
    return BulkJob.objects.filter(asked_by=by, form_token=form_token).first()


@transaction.atomic(durable=True)
def _create(
    change: Change,
    chosen: Sequence[Chosen],
    list_hash: str,
    reason: str,
    ticket: str,
    form_token: str,
    by: User,
    now: datetime,
    source: str,
) -> BulkJob:
    job = BulkJob.objects.create(
        change_kind=change.kind,
        wanted=change.stored_value,
        reason=reason,
        ticket=ticket,
        asked_by=by,
        form_token=form_token,
        source=source,
        list_hash=list_hash,
        count=len(chosen),
        created_at=now,
        running_since=now,
        confirmed_at=now,
    )
    add_items(job, rows_of(chosen, now))
    _record(AuditKind.JOB_STARTED, job, by, now, reason=True)
    wake(tasks.take_turn)
    return job


@transaction.atomic(durable=True)
def confirm_job(
    *,
    job_id: int,
    list_hash: str,
    change: Change | None,
    reason: str,
    ticket: str,
    typed: int | None,
    by: User,
    now: datetime,
) -> BulkJob:
    """READY → RUNNING, or → APPROVAL above the size that needs a second person; sent twice, it happens once.

    `list_hash` is that of the list the person saw. `change` is None for an undo, whose values stand in its items.
    `typed` is the number of events as the person typed it, wanted above 100. Refused for a list of somebody else, and
    when every event is under a deletion or hold.
    """
    job = locked(job_id)
    if job.asked_by_id != by.pk:
        raise refused(
            job,
            _("%(job)s is a list of %(name)s. Only who chose the events confirms them.")
            % {"job": job.name, "name": job.asked_by.name},
            "the list is somebody else's",
            status=403,
        )
    if job.list_hash != list_hash or not list_hash:
        raise NotPossible(_("The list of events is not the one that was shown. Open it again."))
    if job.state in (State.RUNNING, State.APPROVAL, State.PAUSED, State.FINISHED) and _says(job, change):
        return job  # a second click
    if job.state != State.READY or (change is None) != job.is_undo:
        not_now(job)
    if job.count > policy.TYPED_ABOVE and typed != job.count:
        raise NotPossible(_("Type the number of events, %(count)s.") % {"count": thousands(job.count)})
    _refuse_blocked(None, job, reason)
    if change is not None:
        job.change_kind, job.wanted = change.kind, change.stored_value
    job.reason, job.ticket, job.confirmed_at, job.running_since = reason, ticket, now, now
    job.needs_approval = job.count > settings.JOB_SECOND_PERSON_ABOVE
    job.state = State.APPROVAL if job.needs_approval else State.RUNNING
    job.save()
    _record(AuditKind.JOB_CONFIRMED if job.needs_approval else AuditKind.JOB_STARTED, job, by, now, reason=True)
    if job.needs_approval:
        telling.deciders(job, now)
    else:
        wake(tasks.take_turn)
    return job


def _says(job: BulkJob, change: Change | None) -> bool:
    if change is None or job.is_undo:
        return change is None and job.is_undo
    return (job.change_kind, bytes(job.wanted)) == (change.kind, change.stored_value)


@transaction.atomic(durable=True)
def approve_job(*, job_id: int, list_hash: str, by: User, password_given_at: datetime | None, now: datetime) -> None:
    """APPROVAL → RUNNING, by somebody who may and who did not ask for it; for exactly the list that was shown.

    `password_given_at` is when `by` last gave their password in this session; it has to be a short while ago.
    """
    job = _to_decide(job_id, by, "approve", now)
    if not fresh.is_fresh(password_given_at, now=now):
        sentence = _("Give your password again, then decide about %(job)s.") % {"job": job.name}
        raise refused(job, sentence, "the password was not given a short while ago", status=403)
    if job.list_hash != list_hash:
        raise NotPossible(_("The list of events is not the one that was shown. Open it again."))
    waiting = BulkJob.objects.filter(pk=job_id, state=State.APPROVAL, list_hash=list_hash).exclude(asked_by=by)
    if waiting.update(state=State.RUNNING, approved_by=by, approved_at=now, running_since=now) != 1:
        not_now(job)
    _record(AuditKind.JOB_APPROVED, job, by, now)
    telling.asker(NoticeKind.JOB_APPROVED, job, now, by=by)
    wake(tasks.take_turn)


@transaction.atomic(durable=True)
def decline_job(*, job_id: int, reason: str, by: User, now: datetime) -> None:
    """APPROVAL → DISCARDED, by a second person, who says why."""
    job = _to_decide(job_id, by, "decline", now)
    BulkItem.objects.filter(job=job).delete()
    BulkJob.objects.filter(pk=job_id).update(
        state=State.DISCARDED, finished_at=now, paused_because=policy.NOT_APPROVED, list_hash="", wanted=b""
    )
    record(
        AuditKind.JOB_NOT_APPROVED,
        by=by,
        target=job_target(job_id),
        reason=reason,
        ticket=job.ticket,
        batch=job.name,
        at=now,
    )
    telling.asker(NoticeKind.JOB_NOT_APPROVED, job, now, by=by)


def _to_decide(job_id: int, by: User, act: str, now: datetime) -> BulkJob:
    job = locked(job_id)
    if Perm.CONTROL_ANY_JOB not in by.perms:
        raise refused(
            job, _("Only a fraud lead may %(act)s a job.") % {"act": act}, "only a fraud lead may", status=403
        )
    if job.asked_by_id == by.pk:
        raise refused(
            job,
            _("You asked for %(job)s, so somebody else must %(act)s it.") % {"job": job.name, "act": act},
            f"who asked for a job may not {act} it",
            status=403,
        )
    if sentence := tenure.why_not_yet(by, Perm.CONTROL_ANY_JOB, now=now):
        raise refused(job, sentence, tenure.BECAUSE, status=403)
    if job.state != State.APPROVAL:
        not_now(job)
    return job


# -- What is left out, and whom it concerns -------------------------------------------------------------------------


def blocked_visitors(job: BulkJob) -> set[str]:
    """The visitors of a list whose events nobody may change now."""
    ids = BulkItem.objects.filter(job=job).order_by().values_list("visitor_id", flat=True).distinct()
    known = [visitor_id for visitor_id in ids if visitor_id]
    parts = (known[begin : begin + _VISITORS_AT_ONCE] for begin in range(0, len(known), _VISITORS_AT_ONCE))
    return {visitor_id for part in parts for visitor_id in facts.blocked(part)}


def _refuse_blocked(visitor_ids: set[str] | None, job: BulkJob | None, reason: str) -> None:
    """Some blocked events are left out when the job runs; a job of nothing else is refused."""
    if visitor_ids is not None:
        is_all = "" not in visitor_ids and visitor_ids <= facts.blocked(sorted(visitor_ids))
    else:
        blocked = blocked_visitors(job) if job is not None else set()
        is_all = bool(blocked) and not BulkItem.objects.filter(job=job).exclude(visitor_id__in=blocked).exists()
    if is_all:
        raise Refused(
            _("Every chosen event belongs to a visitor under a deletion or a legal hold. Nothing was started."),
            kind=AuditKind.JOB_REFUSED,
            target=None if job is None else job_target(job.pk),
            details={"because": "every event is under a deletion or a legal hold"},
            reason=reason,
        )


def _record(kind: Reading, job: BulkJob, by: User, now: datetime, *, reason: bool = False) -> None:
    details: dict[str, Detail] = {
        "change": wording.job_change_in_log(job),
        "count": job.count,
        "how_many": wording.events_in_log(job.count),
    }
    record(
        kind,
        by=by,
        target=job_target(job.pk),
        reason=job.reason if reason else "",
        ticket=job.ticket,
        batch=job.name,
        details=details,
        about=_whom_it_concerns(job) if reason and job.reason else (),
        at=now,
    )


def _whom_it_concerns(job: BulkJob) -> tuple[str, ...]:
    """Whose erasure takes the reason along: every visitor of a small job, of a large one those it names."""
    items = BulkItem.objects.filter(job=job).exclude(visitor_id="").order_by()
    known = items.values_list("visitor_id", flat=True).distinct()
    few = list(known[: _VISITORS_OF_A_REASON + 1])
    if len(few) <= _VISITORS_OF_A_REASON:
        return tuple(sorted(few))
    words = {word.strip(".-_") for word in re.findall(r"[A-Za-z0-9_.\-]+", job.reason)} - {""}
    return tuple(sorted(known.filter(Q(visitor_id__in=words) | Q(event_id__in=words))))
