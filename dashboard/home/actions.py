"""Reading what somebody pasted, and going where it leads."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from dashboard.accounts.models import User
from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.core import linked_ids
from dashboard.core.access import Perm
from dashboard.events import actions as events
from dashboard.events import windows
from dashboard.events.models import Search
from dashboard.home import queries
from dashboard.home.queries import Acts
from dashboard.home.recognise import Finding, Kind, clear_hit, recognise, with_recipes
from fingerprint_integration.domain import EventQuery
from fingerprint_integration.services import reads

MOST_SHOWN = 30
"""How many findings a page lists; a text that holds more is for a list of ids elsewhere."""


@dataclass(frozen=True)
class Read:
    """What a text holds: how many things in all, the first of them, and the one thing it can mean, if it is one."""

    count: int
    findings: list[Finding]
    hit: Finding | None


@transaction.atomic(durable=True)
def read_text(*, text: str, by: User) -> Read:
    """Recognises; that somebody pasted something is written down, the text is not kept anywhere."""
    found = recognise(text)
    kinds = sorted({finding.kind.value for finding in found})
    record(AuditKind.TEXT_READ, by=by, details={"found": len(found), "kinds": kinds})
    shown = with_recipes(found[:MOST_SHOWN], linked_ids.parse(settings.LINKED_ID_RECIPES))
    return Read(len(found), shown, clear_hit(shown) if len(found) == 1 else None)


@transaction.atomic(durable=True)
def read_ticket(*, ticket: str, by: User) -> Acts:
    """What was done for a ticket: by everybody for who may read the audit log, by oneself for everybody else."""
    acts = queries.acts_for(ticket, viewer=by)
    record(
        AuditKind.TICKET_READ, by=by, details={"count": acts.count, "whose": "everybody's" if acts.of_all else "own"}
    )
    return acts


def start_search(*, finding: Finding, by: User, now: datetime) -> Search | None:
    """The search for an address, range or linked id over the whole retention; None when this person may not make it."""
    if finding.kind == Kind.RANGE and Perm.VIEW_PERSONAL not in by.perms:
        return None
    query = (
        EventQuery(linked_id=finding.value) if finding.kind == Kind.LINKED_ID else EventQuery(ip_address=finding.value)
    )
    window = windows.resolve(windows.ALL, now=now, retention=reads.capabilities().retention)
    return events.start_search(query=query, window=window, by=by, now=now)
