"""Looking is in the log as well as deciding, and who looked at which scope is remembered for those who decide."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.core.access import Perm
from dashboard.deletions import queries
from dashboard.deletions.actions.steps import get_locked, refuse_act
from dashboard.deletions.models import DeletionRequest, Opening
from dashboard.notices.actions import notify
from dashboard.notices.kinds import NoticeKind

if TYPE_CHECKING:
    from dashboard.accounts.models import User


@transaction.atomic
def note_opened(wanted: DeletionRequest, *, by: "User", now: datetime) -> None:
    """Somebody has the page of this request before them, with the scope it has now."""
    record(AuditKind.DELETION_OPENED, by=by, target=deletion(wanted.pk), ticket=wanted.ticket, at=now)
    if Perm.DECIDE_DELETIONS in by.perms:
        Opening.objects.update_or_create(
            request=wanted, person=by, defaults={"scope_hash": wanted.scope_hash, "opened_at": now}
        )


def note_list_viewed(*, by: "User", now: datetime) -> None:
    """The list was looked at."""
    record(AuditKind.DELETION_LIST_VIEWED, by=by, at=now)


def note_figures_taken(*, first: date, last: date, by: "User", now: datetime) -> None:
    """The figures of a period were taken away as a file."""
    details = {"first": first.isoformat(), "last": last.isoformat()}
    record(AuditKind.DELETION_FIGURES_TAKEN, by=by, details=details, at=now)


def note_holds_viewed(*, by: "User", now: datetime) -> None:
    """The legal holds were looked at."""
    record(AuditKind.HOLDS_VIEWED, by=by, at=now)


def note_accounts_read(wanted: DeletionRequest, *, count: int, by: "User", now: datetime) -> None:
    """Somebody asked Fingerprint which visitors belong to the person's accounts."""
    record(
        AuditKind.DELETION_ACCOUNTS_READ,
        by=by,
        target=deletion(wanted.pk),
        ticket=wanted.ticket,
        details={"count": count},
        at=now,
    )


@transaction.atomic(durable=True)
def ask_to_look(*, request_id: int, person_id: int, by: "User", now: datetime) -> str:
    """Asks one person who can decide to look at a request that waits; returns their name. Only who asked may."""
    wanted = get_locked(request_id)
    if wanted.requested_by_id != by.pk or not wanted.is_waiting:
        sentence = _("Only who asked for a deletion that waits can ask somebody to look at it.")
        refuse_act(wanted, "ask somebody to look at", sentence, "only who asked can, while it waits")
    people = {each.pk: each for each in queries.deciders(wanted, now=now)}
    if person_id not in people:
        sentence = _("This person cannot decide about %(number)s.") % {"number": wanted.number}
        refuse_act(wanted, "ask somebody to look at", sentence, "this person cannot decide")
    person = people[person_id]
    url = reverse("deletions:request", args=[wanted.pk])
    notify(kind=NoticeKind.DELETION_LOOK, to=[person], url=url, now=now, by=by, deletion=wanted.number)
    record(
        AuditKind.DELETION_LOOK_ASKED,
        by=by,
        target=deletion(wanted.pk),
        ticket=wanted.ticket,
        personal={"colleague": Personal(SubjectKind.STAFF, person.name)},
        at=now,
    )
    return person.name
