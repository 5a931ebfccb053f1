"""Taking what became of a job's events away as a file, kept, listed and forgotten as every export is."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import job as job_target
from dashboard.audit.record import record
from dashboard.audit.refusals import Refused
from dashboard.core.errors import NotPossible
from dashboard.events import export_rows, exporting
from dashboard.events.masking import Lens
from dashboard.events.models import Export
from dashboard.tagging import queries, results
from dashboard.tagging.models import BulkJob


def export_results(job: BulkJob, *, show: str, form: str, reason: str, ticket: str, by: User, now: datetime) -> Export:
    """A file of the job's events under one of queries.SHOWN, as `by` may see them. Refused when none is there.

    It is written before the transaction begins: a job may have 100,000 events, and others must be able to go on.
    """
    lens, items = Lens.of(by), queries.all_items_of(job, show=show)
    rows = (results.row(item, job, lens, form) for item in items.iterator(chunk_size=2000))
    packed = exporting.pack(export_rows.pieces(rows, results.NAMES, form))
    return _keep(job, packed, show=show, form=form, is_whole=lens.sees_personal, reason=reason, ticket=ticket, by=by,
                 now=now)  # fmt: skip


@transaction.atomic(durable=True)
def _keep(
    job: BulkJob,
    packed: list[tuple[int, bytes]],
    *,
    show: str,
    form: str,
    is_whole: bool,
    reason: str,
    ticket: str,
    by: User,
    now: datetime,
) -> Export:
    items = queries.all_items_of(job, show=show)
    count = items.count()
    if count == 0:
        raise Refused(
            _("No event of this job is in this part, so there is nothing to take away."),
            kind=AuditKind.EXPORT_REFUSED,
            target=job_target(job.pk),
            details={"because": "nothing is in this part of the job"},
        )
    if items.filter(erased_at__gt=now).exists():
        raise NotPossible(_("A visitor of this job was erased while the file was made. Make it again."))
    visitors = items.exclude(visitor_id="").order_by("visitor_id").values_list("visitor_id", flat=True).distinct()
    export = exporting.keep(
        packed, list(visitors), count=count, form=form, is_whole=is_whole, reason=reason, ticket=ticket, by=by,
        now=now, source=job.name,
    )  # fmt: skip
    record(
        AuditKind.JOB_EXPORTED,
        by=by,
        target=job_target(job.pk),
        batch=job.name,
        reason=reason,
        ticket=ticket,
        details={"show": show, "export": f"X-{export.short_id}", **exporting.in_log(export)},
        at=now,
    )
    return export
