"""What a legal hold does to deletions: rows it stands on are not sent. It stops no clock and no approval."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from dashboard.deletions.evidence import Evidence
from dashboard.deletions.models import DeletionLinkedId, DeletionRequest, DeletionVisitor, LegalHold
from dashboard.deletions.states import VisitorState


def standing() -> QuerySet[LegalHold]:
    """Holds that nobody has lifted."""
    return LegalHold.objects.filter(lifted_at__isnull=True)


def holds_on(visitor_id: str, linked_ids: Iterable[str] = ()) -> QuerySet[LegalHold]:
    """Standing holds on a visitor: its own, those of requests that name it, and those of the accounts on the device.

    `linked_ids` are accounts that Fingerprint has just named; those of the requests for this visitor are looked up.
    """
    named = DeletionLinkedId.objects.filter(request__visitors__visitor_id=visitor_id)
    accounts = {linked_id.encode("utf-8", "surrogatepass") for linked_id in linked_ids}
    return (
        standing()
        .filter(
            Q(kind=LegalHold.Kind.VISITOR, visitor_id=visitor_id)
            | Q(kind=LegalHold.Kind.REQUEST, request__in=_requests_with(visitor_id))
            | Q(kind=LegalHold.Kind.LINKED_ID, linked_id_bytes__in=named.values("value_bytes"))
            | Q(kind=LegalHold.Kind.LINKED_ID, linked_id_bytes__in=list(accounts))
        )
        .select_related("placed_by")
        .order_by("pk")
    )


def holds_by_visitor(visitor_ids: Sequence[str]) -> dict[str, list[LegalHold]]:
    """The same for many visitors, those without a hold left out; three queries at most, one while nothing is held."""
    holds, wanted = list(standing().select_related("placed_by").order_by("pk")), set(visitor_ids)
    pairs = {(hold.visitor_id, hold) for hold in holds if hold.visitor_id in wanted}
    rows = DeletionVisitor.objects.filter(visitor_id__in=wanted).order_by()
    requests = {hold.request_id for hold in holds} - {None}
    if requests:
        named = set(rows.filter(request__in=requests).values_list("visitor_id", "request_id"))
        pairs |= {(visitor_id, hold) for visitor_id, pk in named for hold in holds if hold.request_id == pk}
    accounts = {bytes(hold.linked_id_bytes) for hold in holds} - {b""}
    if accounts:
        with_account = rows.filter(request__linked_ids__value_bytes__in=accounts)
        values = with_account.values_list("visitor_id", "request__linked_ids__value_bytes")
        owned = {(visitor_id, bytes(value)) for visitor_id, value in values}
        pairs |= {(each, hold) for each, value in owned for hold in holds if bytes(hold.linked_id_bytes) == value}
    found: dict[str, list[LegalHold]] = {}
    for visitor_id, hold in sorted(pairs, key=lambda pair: (pair[0], pair[1].pk)):
        found.setdefault(visitor_id, []).append(hold)
    return found


def holds_of(request: DeletionRequest, visitor_ids: Sequence[str]) -> list[LegalHold]:
    """Standing holds that keep something of this request, as far as we know without asking Fingerprint."""
    accounts = request.linked_ids.values("value_bytes")
    named = DeletionVisitor.objects.filter(visitor_id__in=visitor_ids).values("request_id")
    found = standing().filter(
        Q(kind=LegalHold.Kind.VISITOR, visitor_id__in=visitor_ids)
        | Q(kind=LegalHold.Kind.REQUEST, request__in=named)
        | Q(kind=LegalHold.Kind.REQUEST, request=request)
        | Q(kind=LegalHold.Kind.LINKED_ID, linked_id_bytes__in=accounts)
    )
    return list(found.select_related("placed_by").order_by("pk"))


def hold_in_the_way(row: DeletionVisitor, found: Evidence | None) -> LegalHold | None:
    """The hold that forbids sending this row now, or None. Asked under the quota's lock, which placing a hold takes."""
    accounts = [name for name, _count in found.linked_ids] if found is not None else []
    return holds_on(row.visitor_id, accounts).first()


def mark_held(visitor_ids: Iterable[str]) -> None:
    """Marks the open rows of these visitors HELD where a hold stands, so that everybody sees it before they run.

    A row in a worker's hands is left to that worker, who looks for itself before it sends anything.
    """
    for visitor_id in dict.fromkeys(visitor_ids):
        hold = holds_on(visitor_id).first()
        if hold is None:
            continue
        rows = DeletionVisitor.objects.filter(
            visitor_id=visitor_id, is_open=True, lease_token="", state=VisitorState.WAITING
        )
        rows.update(state=VisitorState.HELD, held_by=hold, because=against_words(hold), next_attempt_at=None)


def against_words(hold: LegalHold) -> str:
    """Why a row waits, in the log's words."""
    return f"Legal hold {hold.number} stands against it"


def visitors_under(hold: LegalHold) -> list[str]:
    """The visitors of open deletions that this hold concerns, as far as we know without asking Fingerprint."""
    if hold.kind == LegalHold.Kind.VISITOR:
        return [hold.visitor_id]
    if hold.kind == LegalHold.Kind.REQUEST:
        named = DeletionVisitor.objects.filter(request=hold.request_id)
    else:
        named = DeletionVisitor.objects.filter(request__linked_ids__value_bytes=hold.linked_id_bytes)
    rows = DeletionVisitor.objects.filter(is_open=True, visitor_id__in=named.values("visitor_id"))
    return list(rows.values_list("visitor_id", flat=True))


def _requests_with(visitor_id: str) -> QuerySet[DeletionVisitor, int]:
    return DeletionVisitor.objects.filter(visitor_id=visitor_id).values_list("request_id", flat=True)
