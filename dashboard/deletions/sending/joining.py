"""Several requests for one visitor: one row holds it and is sent, the others join that row and keep their own clock.

A shared device must not block a lawful request. Who joins is settled by what becomes of the row it joined; when that
one comes to nothing, the oldest of those who joined holds the visitor from then on; and a request that begins to run
takes the lead from one that still waits for its approval.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from dashboard.audit.kinds import AuditKind
from dashboard.audit.record import deletion, record
from dashboard.audit.subjects import Personal, SubjectKind
from dashboard.deletions.holds import holding
from dashboard.deletions.models import DeletionRequest, DeletionVisitor, number_words
from dashboard.deletions.states import Status, VisitorState

PENDING = Q(is_open=True) | Q(joins__isnull=False, settled_at__isnull=True)
"""Rows whose request cannot be closed yet: they hold their visitor, or wait for the row they joined."""

_RESULT_COLUMNS = (
    "state",
    "evidence_at",
    "was_known",
    "recent_count",
    "older_count",
    "evidence_is_whole",
    "oldest_kept_until",
    "evidence_ids",
    "accepted_at",
    "answer_was_lost",
    "settled_at",
)


def lay_claim(request: DeletionRequest, rows: Sequence[DeletionVisitor]) -> None:
    """Stores these new rows of a request: each holds its visitor, or joins the row that does.

    IntegrityError when somebody else lays claim to one of them at this very moment; trying again then joins.
    """
    holders = {
        row.visitor_id: row
        for row in DeletionVisitor.objects.select_for_update(of=("self",))
        .filter(is_open=True, visitor_id__in=[row.visitor_id for row in rows])
        .order_by("pk")
    }
    for row in rows:
        row.request = request
        row.joins = holders.get(row.visitor_id)
        row.is_open = row.joins is None
    DeletionVisitor.objects.bulk_create(rows)
    holding.mark_held(row.visitor_id for row in rows if row.is_open)


def let_go(request: DeletionRequest) -> None:
    """Nothing will be sent for this request: whoever joined its rows holds their visitors from now on."""
    rows = list(DeletionVisitor.objects.filter(request=request).order_by("pk"))
    DeletionVisitor.objects.filter(request=request).update(is_open=False, joins=None)
    for row in rows:
        hand_on(row)


def hand_on(row: DeletionVisitor) -> None:
    """The oldest row that joined this one holds the visitor now; the others join it. `row` holds it no more."""
    followers = _followers(row)
    heir = followers.first()
    if heir is None:
        return
    DeletionVisitor.objects.filter(pk=heir.pk).update(is_open=True, joins=None)
    followers.update(joins=heir)
    holding.mark_held([heir.visitor_id])


def take_lead(request: DeletionRequest) -> None:
    """A request that begins to run sends what others only wait to have approved; what is under way stays theirs."""
    joined = DeletionVisitor.objects.filter(joined__request=request)
    for before in joined.exclude(request__status=Status.RUNNING).order_by("pk"):
        row = before.joined.get(request=request)
        # Only a row that waits and that no worker holds: what was sent is theirs to settle.
        free = DeletionVisitor.objects.filter(pk=before.pk, is_open=True, lease_token="")
        if free.update(is_open=False, joins=row, state=VisitorState.WAITING, held_by=None, because="") != 1:
            continue
        DeletionVisitor.objects.filter(pk=row.pk).update(is_open=True, joins=None)
        _followers(before).update(joins=row)
        holding.mark_held([row.visitor_id])


def follow(row: DeletionVisitor, *, now: datetime) -> None:
    """What became of `row` (accepted, or unknown to Fingerprint) became of all that joined it; one entry each.

    Belongs before the erasure of the visitor, which empties the mention of it in these entries too.
    """
    settled = DeletionVisitor.objects.get(pk=row.pk)
    for follower in _followers(row).select_related("request"):
        changes = {name: getattr(settled, name) for name in _RESULT_COLUMNS}
        DeletionVisitor.objects.filter(pk=follower.pk).update(**changes)
        record(
            AuditKind.DELETION_SETTLED_WITH,
            by=None,
            target=deletion(follower.request_id),
            ticket=follower.request.ticket,
            batch=follower.request.number,
            details={"other": number_words(row.request_id), "result": settled.get_state_display().lower()},
            personal={"visitor": Personal(SubjectKind.VISITOR, row.visitor_id)},
            at=now,
        )


def _followers(row: DeletionVisitor) -> QuerySet[DeletionVisitor]:
    """Rows that joined this one, which is not settled, and so wait for it; the oldest first.

    A request that comes to nothing lets go of what it joined, so they are rows of open requests.
    """
    return DeletionVisitor.objects.filter(joins=row.pk).order_by("pk")


def joined_numbers(visitor_ids: Iterable[str]) -> dict[str, str]:
    """Visitor id to the number of the request that holds it now."""
    rows = DeletionVisitor.objects.filter(is_open=True, visitor_id__in=list(visitor_ids))
    return {visitor_id: number_words(number) for visitor_id, number in rows.values_list("visitor_id", "request_id")}
