"""Taking in a file of wishes: it is read and shown first; only what its reader confirms is asked for.

The requests are opened in the background, each in a transaction of its own, so a file of thousands loses nothing and
asks for nothing twice when a worker dies.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.audit.refusals import Refused, write_refusal
from dashboard.core.errors import NotPossible
from dashboard.core.work import wake
from dashboard.deletions import queries
from dashboard.deletions.actions.asking import Wish, open_request
from dashboard.deletions.intake import reading
from dashboard.deletions.models import DeletionRequest, Intake, IntakeLine
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind

if TYPE_CHECKING:
    from dashboard.accounts.models import User

GROUPS_AT_ONCE = 50
"""Requests that one run opens before it lets others have the worker."""
KEPT = timedelta(days=30)
"""How long the lines of a file stay after it was taken in or let go."""


@transaction.atomic(durable=True)
def read_file(*, lines: Sequence[reading.ReadLine], form_token: str, zone: str, by: "User", now: datetime) -> Intake:
    """Stores what was read, line by line. Nothing is asked for yet. The same form sent twice gives the same file."""
    sent_before = Intake.objects.filter(form_token=form_token, taken_by=by).first()
    if sent_before is not None:
        return sent_before
    _add_faults_of_others(lines, now=now)
    reading.group_lines(lines)
    taken = Intake.objects.create(form_token=form_token, taken_by=by, taken_at=now, zone=zone)
    IntakeLine.objects.bulk_create(
        [
            IntakeLine(
                intake=taken,
                number=line.number,
                cells=json.dumps(line.values).encode(),
                visitor_id=line.visitor_id,
                group=line.group,
                fault_bytes=" ".join(line.faults).encode("utf-8", "surrogatepass"),
            )
            for line in lines
        ],
        batch_size=500,
    )
    faults = sum(bool(line.faults) for line in lines)
    record(
        AuditKind.DELETION_FILE_READ,
        by=by,
        details={"file": taken.number, "count": len(lines), "faults": faults},
        at=now,
    )
    return taken


def _add_faults_of_others(lines: Sequence[reading.ReadLine], *, now: datetime) -> None:
    """What only our own records know: visitors that were just erased, and duplicates of open requests."""
    wanted = [(line.visitor_id, line.cells["ticket"]) for line in lines if line.visitor_id and not line.faults]
    known = queries.taken_of_many(wanted, now=now)
    for line in lines:
        sentence = known.get((line.visitor_id, line.cells["ticket"]))
        if sentence is not None and not line.faults:
            line.faults.append(sentence)


@transaction.atomic(durable=True)
def take_in(*, intake_id: int, by: "User", now: datetime) -> Intake:
    """READ → TAKING: the good lines are asked for from now on, as requests of this person; otherwise NotPossible."""
    taken = get_file(intake_id, by=by)
    if Intake.objects.filter(pk=taken.pk, state=Intake.State.READ).update(state=Intake.State.TAKING) != 1:
        raise NotPossible(_("%(number)s was taken in or let go before.") % {"number": taken.number})
    requests = taken.lines.exclude(group="").values("group").distinct().count()
    record(AuditKind.DELETION_FILE_TAKEN_IN, by=by, details={"file": taken.number, "count": requests}, at=now)
    from dashboard.deletions import tasks

    wake(tasks.take_in_files)
    return taken


@transaction.atomic(durable=True)
def drop_file(*, intake_id: int, by: "User", now: datetime) -> Intake:
    """READ → DROPPED: nothing of it is asked for, and its lines are deleted at once; otherwise NotPossible."""
    taken = get_file(intake_id, by=by)
    dropped = Intake.objects.filter(pk=taken.pk, state=Intake.State.READ)
    if dropped.update(state=Intake.State.DROPPED, ended_at=now) != 1:
        raise NotPossible(_("%(number)s was taken in or let go before.") % {"number": taken.number})
    taken.lines.all().delete()
    record(AuditKind.DELETION_FILE_DROPPED, by=by, details={"file": taken.number}, at=now)
    return taken


def get_file(intake_id: int, *, by: "User") -> Intake:
    """A file of one's own; NotPossible (404) for another's, as if there were none."""
    found = Intake.objects.filter(pk=intake_id, taken_by=by).first()
    if found is None:
        raise NotPossible(_("There is no such file of yours."), status=404)
    return found


def note_file_viewed(taken: Intake, *, by: "User", now: datetime) -> None:
    """Somebody has a page of their own file before them."""
    record(AuditKind.DELETION_FILE_OPENED, by=by, details={"file": taken.number}, at=now)


def note_faults_taken(taken: Intake, *, count: int, by: "User", now: datetime) -> None:
    """Somebody took the lines with a fault away, to correct them."""
    record(AuditKind.DELETION_FILE_FAULTS_TAKEN, by=by, details={"file": taken.number, "count": count}, at=now)


# -- In the background --------------------------------------------------------------------------------------


def take_in_due(*, now: datetime) -> bool:
    """Opens the next requests of one file; True when there is more to do at once."""
    row = Intake.objects.claim_next(now=now)
    if row is None:
        return False
    for group in _open_groups(row)[:GROUPS_AT_ONCE]:
        _take_in_group(row, group, now=now)
    with transaction.atomic(durable=True):
        if _open_groups(row):
            row.settle(next_attempt_at=None)
            return True
        row.settle(state=Intake.State.DONE, ended_at=now)
        _tell(row, now=now)
    return Intake.objects.due(now).exists()


def sweep_files(*, now: datetime) -> None:
    """Wakes a worker when a file is being taken in, and deletes the lines of old ones."""
    if Intake.objects.due(now).exists():
        from dashboard.deletions import tasks

        wake(tasks.take_in_files)
    IntakeLine.objects.filter(intake__ended_at__lt=now - KEPT).delete()


def _open_groups(row: Intake) -> list[str]:
    """The next groups that are no requests yet, one more than a run opens."""
    waiting = row.lines.exclude(group="").filter(request__isnull=True).order_by("group")
    return list(waiting.values_list("group", flat=True).distinct()[: GROUPS_AT_ONCE + 1])


def _take_in_group(row: Intake, group: str, *, now: datetime) -> None:
    try:
        with transaction.atomic(durable=True):
            lines = list(row.lines.filter(group=group).order_by("number"))
            asked = open_request(_wish(row, group, lines), by=row.taken_by, now=now, tells=False)
            row.lines.filter(group=group).update(request=asked)
    except NotPossible as problem:
        if isinstance(problem, Refused):
            write_refusal(problem, by=row.taken_by)
        # The line stays with its sentence: nothing is lost, and nothing is tried for ever.
        row.lines.filter(group=group).update(group="", fault_bytes=str(problem).encode("utf-8", "surrogatepass"))


def _wish(row: Intake, group: str, lines: Sequence[IntakeLine]) -> Wish:
    """The lines of one group have everything but their visitor and account in common."""
    cells = [dict(zip(reading.COLUMNS, line.values, strict=True)) for line in lines]
    first = cells[0]
    received_at = reading.moment(first["received_at"], ZoneInfo(row.zone))
    if received_at is None:
        raise NotPossible(_("received_at cannot be read."))
    return Wish(
        visitor_ids=tuple(dict.fromkeys(each["visitor_id"] for each in cells if each["visitor_id"])),
        linked_ids=tuple(dict.fromkeys(each["linked_id"] for each in cells if each["linked_id"])),
        reason=first["reason"],
        ticket=first["ticket"],
        source=first["source"],
        jurisdiction=first["law"],
        legal_basis=first["legal_basis"],
        received_at=received_at,
        zone=row.zone,
        form_token=hashlib.sha256(f"{row.form_token}:{group}".encode()).hexdigest()[:32],
        identity_method=first["identity"] or DeletionRequest.Identity.NOT_YET.value,
        identity_by=first["verified_by"],
        intake_id=row.pk,
    )


def _tell(row: Intake, *, now: datetime) -> None:
    waiting = row.requests.filter(status="requested").aggregate(count=Count("pk"))["count"]
    if waiting:
        notify(
            kind=NoticeKind.DELETIONS_WAIT,
            to=queries.people_who_decide(except_for=row.taken_by_id, now=now),
            url=reverse("deletions:requests"),
            now=now,
            by=row.taken_by,
            file=row.number,
            count=waiting,
        )
