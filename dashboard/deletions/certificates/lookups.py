"""Was this visitor erased? Answered from a keyed hash, only to somebody who brings the id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import record
from dashboard.core.facts import Fact, Weight
from dashboard.deletions.models import DeletionRequest
from dashboard.deletions.watch import forgetting
from dashboard.deletions.watch.rows import ErasedVisitor

if TYPE_CHECKING:
    from dashboard.accounts.models import User


@dataclass(frozen=True)
class Erased:
    """One erasure under this id: by which request, when, how it stands, until when this can be answered."""

    request: DeletionRequest
    erased_at: datetime
    state_words: str
    keep_until: datetime


@dataclass(frozen=True)
class Answer:
    """The newest first; empty when nothing was erased under this id, or so long ago that the record has ended."""

    erasures: list[Erased]


@transaction.atomic
def look_up(visitor_id: str, *, by: "User", now: datetime) -> Answer:
    """What is on record about this id. The log says that somebody asked and what came of it, never about whom."""
    rows = [row for _visitor_id, row in forgetting.erased_rows([visitor_id])]
    numbers = list(dict.fromkeys(row.visitor.request.number for row in rows))
    answer = f"yes, by {', '.join(numbers)}" if numbers else "nothing on record"
    record(AuditKind.DELETION_LOOKED_UP, by=by, details={"answer": answer}, at=now)
    return Answer([_erased(row) for row in rows])


def about_erased(visitor_ids: Sequence[str]) -> list[Fact]:
    """Visitors that their request has forgotten by now: whoever still has the id is told that they were erased."""
    rows = forgetting.erased_rows([each for each in visitor_ids if each])
    return [_fact(visitor_id, row) for visitor_id, row in rows if not row.visitor.visitor_id]


def _fact(visitor_id: str, row: ErasedVisitor) -> Fact:
    request = row.visitor.request
    return Fact(
        visitor_id=visitor_id,
        weight=Weight.DELETION,
        claim=_("Erased (%(number)s)") % {"number": request.number},
        more=_("At Fingerprint: %(state)s.") % {"state": str(row.visitor.get_state_display()).lower()},
        url=reverse("deletions:request", args=[request.pk]),
        link_text=request.number,
        since=row.erased_at,
        blocks_changes=True,
    )


def _erased(row: ErasedVisitor) -> Erased:
    visitor = row.visitor
    return Erased(visitor.request, row.erased_at, str(visitor.get_state_display()), row.keep_until)
