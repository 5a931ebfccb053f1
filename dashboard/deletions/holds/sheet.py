"""What the pages about legal holds show, through the eyes of who looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.audit.queries import EntryFilter, matching
from dashboard.audit.sentences import Line, lines_of
from dashboard.core.access import Perm
from dashboard.deletions.holds import holding
from dashboard.deletions.models import DeletionRequest, DeletionVisitor, LegalHold
from dashboard.deletions.sending.outlook import days_left_words
from dashboard.deletions.states import OPEN

_MOST_LIFTED = 50


@dataclass(frozen=True)
class HoldRow:
    """One hold as this person may see it; `held` is empty where it is masked or was erased."""

    hold: LegalHold
    held: str
    is_masked: bool
    is_erased: bool
    tone: str
    """ochre once its day of looking has come."""


@dataclass(frozen=True)
class HoldList:
    standing: Sequence[HoldRow]
    lifted: Sequence[HoldRow]


@dataclass(frozen=True)
class HoldSheet:
    """The page of one hold."""

    row: HoldRow
    requests: Sequence[tuple[DeletionRequest, str]]
    """Open requests that wait for it or would, each with the days it has left."""
    sees_reason: bool
    history: Sequence[Line]


def hold_list(viewer: User) -> HoldList:
    """Standing holds by the day they are looked at again; lifted ones, the latest first."""
    holds = LegalHold.objects.select_related("placed_by", "lifted_by", "request")
    return HoldList(
        standing=[row_of(each, viewer) for each in holds.filter(lifted_at__isnull=True).order_by("review_on", "pk")],
        lifted=[
            row_of(each, viewer)
            for each in holds.filter(lifted_at__isnull=False).order_by(F("lifted_at").desc())[:_MOST_LIFTED]
        ],
    )


def sheet_of(held: LegalHold, *, viewer: User) -> HoldSheet:
    """Costs a handful of queries, however many requests wait for it."""
    concerned = holding.visitors_under(held)
    rows = DeletionVisitor.objects.filter(visitor_id__in=concerned)
    requests = DeletionRequest.objects.filter(pk__in=rows.values("request"), status__in=OPEN)
    entries = matching(EntryFilter(target_type="hold", target_ref=str(held.pk)))
    if held.request_id:
        entries = matching(EntryFilter(target_type="deletion", target_ref=str(held.request_id)))
        entries = entries.filter(kind__startswith="hold.")
    return HoldSheet(
        row=row_of(held, viewer),
        requests=[
            (each, days_left_words(each, timezone.now()))
            for each in requests.select_related("requested_by").order_by(F("due_at").asc(nulls_last=True), "pk")
        ],
        sees_reason=Perm.VIEW_PERSONAL in viewer.perms,
        history=lines_of(entries[:20], viewer=viewer),
    )


def row_of(held: LegalHold, viewer: User) -> HoldRow:
    kinds = LegalHold.Kind
    is_late = held.stands and held.review_on <= _today()
    sees = {
        kinds.REQUEST: True,
        kinds.VISITOR: Perm.VIEW_EVENTS in viewer.perms,
        kinds.LINKED_ID: Perm.VIEW_PERSONAL in viewer.perms,
    }[kinds(held.kind)]
    value = held.request.number if held.request is not None else held.visitor_id or held.linked_id
    return HoldRow(
        hold=held,
        held=value if sees else "",
        is_masked=bool(value) and not sees,
        is_erased=not value,
        tone="ochre" if is_late else "",
    )


def _today() -> date:
    return timezone.localdate()
