"""What deletions tell the other features of a visitor, and how they forget one."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.core import erasure, times
from dashboard.core.facts import Fact, Weight
from dashboard.deletions.holds import holding
from dashboard.deletions.models import DeletionLinkedId, DeletionRequest, DeletionVisitor, IntakeLine, LegalHold
from dashboard.deletions.states import CAME_TO_NOTHING, Status, VisitorState

_TAKEN = (
    VisitorState.ACCEPTED,
    VisitorState.VERIFIED,
    VisitorState.COMPLETE,
    VisitorState.OVERDUE,
    VisitorState.UNPROVEN,
)


def about_deletions(visitor_ids: Sequence[str]) -> list[Fact]:
    """Open deletions of these visitors, and those Fingerprint has accepted. Both block changes of their events."""
    rows = DeletionVisitor.objects.filter(visitor_id__in=[each for each in visitor_ids if each]).select_related(
        "request__requested_by", "request__decided_by"
    )
    return [_fact(row) for row in rows.order_by("-request_id") if row.is_open or row.state in _TAKEN]


def _fact(row: DeletionVisitor) -> Fact:
    request = row.request
    claim, more = _claim(row, request)
    return Fact(
        visitor_id=row.visitor_id,
        weight=Weight.DELETION,
        claim=claim % {"number": request.number},
        more=more,
        url=reverse("deletions:request", args=[request.pk]),
        link_text=request.number,
        since=row.accepted_at or request.decided_at or request.requested_at,
        blocks_changes=True,
    )


def _accepted_claim(state: VisitorState) -> tuple[str, str]:
    """What became of it since Fingerprint accepted, in the words of the request's page."""
    stays = _("Older events stay until their retention ends.")
    return {
        VisitorState.VERIFIED: (_("Erased, no longer answered by Fingerprint (%(number)s)"), stays),
        VisitorState.COMPLETE: (_("Erased, gone (%(number)s)"), ""),
        VisitorState.OVERDUE: (
            _("Deletion overdue (%(number)s)"),
            _("Fingerprint accepted it; its events are not shown to be gone."),
        ),
        VisitorState.UNPROVEN: (
            _("Deletion unproven (%(number)s)"),
            _("Fingerprint accepted it; nothing more can be asked that would prove it."),
        ),
    }.get(
        state,
        (
            _("Fingerprint accepted the deletion (%(number)s)"),
            _("Its events of the ten days before go within 24 hours; older ones stay until their retention ends."),
        ),
    )


def _claim(row: DeletionVisitor, request: DeletionRequest) -> tuple[str, str]:
    asked = _("Asked by %(name)s.") % {"name": request.requested_by.name}
    if row.state in _TAKEN:
        return _accepted_claim(VisitorState(row.state))
    if request.status == Status.RUNNING:
        return _("Deletion is being carried out (%(number)s)"), _("It can no longer be cancelled.")
    if request.status == Status.APPROVED and request.runs_after is not None and request.decided_by is not None:
        local = timezone.localtime(request.runs_after)
        runs = times.said(local, timezone.localdate())
        claim = _("Deletion approved, runs %(runs)s (%(number)s)") % {"runs": runs, "number": "%(number)s"}
        return claim, f"{asked} " + _("Approved by %(name)s.") % {"name": request.decided_by.name}
    return _("Deletion asked (%(number)s)"), f"{asked} " + _("Nobody decided yet.")


def about_holds(visitor_ids: Sequence[str]) -> list[Fact]:
    """Standing legal holds on these visitors, whether on themselves, on a request or on a linked id. They block."""
    held = holding.holds_by_visitor([each for each in visitor_ids if each])
    return [_hold_fact(visitor_id, hold) for visitor_id, holds in held.items() for hold in holds]


def _hold_fact(visitor_id: str, held: LegalHold) -> Fact:
    through = {
        LegalHold.Kind.VISITOR: _("Legal hold (%(number)s)"),
        LegalHold.Kind.REQUEST: _("Legal hold on its deletion (%(number)s)"),
        LegalHold.Kind.LINKED_ID: _("Legal hold on an account of it (%(number)s)"),
    }[LegalHold.Kind(held.kind)]
    more = _("Placed by %(name)s, looked at again on %(day)s.") % {
        "name": held.placed_by.name,
        "day": times.whole_date(held.review_on),
    }
    return Fact(
        visitor_id=visitor_id,
        weight=Weight.HOLD,
        claim=through % {"number": held.number},
        more=more,
        url=reverse("deletions:hold", args=[held.pk]),
        link_text=held.number,
        since=held.placed_at,
        blocks_changes=True,
    )


def forget_in_holds(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Empties lifted holds on these visitors. One that stands keeps its visitor from being erased at all."""
    lifted = LegalHold.objects.filter(kind=LegalHold.Kind.VISITOR, visitor_id__in=visitor_ids, lifted_at__isnull=False)
    return lifted.update(visitor_id="", reason="", lift_reason="")


def forget_in_files(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Empties the lines of files that named these visitors."""
    lines = IntakeLine.objects.filter(visitor_id__in=visitor_ids)
    return lines.update(visitor_id="", cells=b"[]", fault_bytes=b"")


def forget_in_other_requests(visitor_ids: Sequence[str], erased_by: str) -> int:
    """Empties these visitors in requests that came to nothing, and where they failed in one that has ended.

    The request that erases them keeps its own record.
    """
    # While a request runs its rows are what was approved, so they stay until it has ended.
    failed = Q(state=VisitorState.FAILED, request__status=Status.CLOSED)
    rows = DeletionVisitor.objects.filter(
        failed | Q(request__status__in=CAME_TO_NOTHING), visitor_id__in=visitor_ids, is_open=False
    )
    pks = list(rows.values_list("pk", flat=True))
    return DeletionVisitor.objects.filter(pk__in=pks).update(
        visitor_id="", evidence_ids=b"[]", residue_ids=b"[]", recent_count=0, older_count=0
    )


def forget_values(values: Sequence[str], erased_by: str) -> int:
    """Empties these linked ids in requests that came to nothing, in lifted holds, and in lines of files."""
    stored = [value.encode("utf-8", "surrogatepass") for value in values]
    of_files = DeletionLinkedId.objects.filter(value_bytes__in=stored).values("request")
    lines = IntakeLine.objects.filter(request__in=of_files).exclude(cells=b"[]")
    emptied = lines.update(visitor_id="", cells=b"[]", fault_bytes=b"")
    named = DeletionLinkedId.objects.filter(value_bytes__in=stored, request__status__in=CAME_TO_NOTHING)
    count, _rows = named.delete()
    lifted = LegalHold.objects.filter(linked_id_bytes__in=stored, lifted_at__isnull=False)
    return emptied + count + lifted.update(linked_id_bytes=b"")


def forget_linked_ids(request: DeletionRequest) -> None:
    """Empties the person's own ids wherever they stand, once the visitors were accepted."""
    erasure.erase_values([linked.value for linked in request.linked_ids.all()], erased_by=request.number)
