"""Reading deletion requests: lists, what waits for whom, what the pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.accounts import tenure
from dashboard.accounts.models import User
from dashboard.core.access import PERMS_OF, Perm
from dashboard.deletions.models import Attempt, DeletionRequest, DeletionVisitor, LegalHold, Opening, number_words
from dashboard.deletions.policy import GONE_WITHIN, CallOutcome
from dashboard.deletions.states import CAME_TO_NOTHING, OPEN, Status, VisitorState

PAGE_SIZE = 50

GROUPS: dict[str, tuple[Status, ...]] = {
    "open": tuple(sorted(OPEN)),
    "waiting": (Status.REQUESTED,),
    "mine": (Status.REQUESTED,),
    "under-way": (Status.APPROVED, Status.RUNNING),
    "blocked": tuple(sorted(OPEN)),
    "ended": (Status.CLOSED, Status.REFUSED, Status.WITHDRAWN, Status.CANCELLED, Status.EXPIRED),
}
"""What the list can be narrowed to, by the word in its address."""


def waiting_for(user: User) -> QuerySet[DeletionRequest]:
    """Requests that this person can decide, nearest due date first, with `visitor_count`; never their own."""
    waiting = _for_decision_by(user).annotate(visitor_count=Count("visitors"))
    return waiting.select_related("requested_by").order_by(F("due_at").asc(nulls_last=True), "pk")


def _for_decision_by(user: User) -> QuerySet[DeletionRequest]:
    if not tenure.may_approve(user, Perm.DECIDE_DELETIONS, now=timezone.now()):
        return DeletionRequest.objects.none()
    return DeletionRequest.objects.filter(status=Status.REQUESTED).exclude(requested_by=user)


def waiting_count(user: User) -> int:
    """How many requests wait for this person's decision, for the navigation."""
    return _for_decision_by(user).count()


def holds_to_review_count(user: User) -> int:
    """How many standing holds this person, who may lift them, is to look at again by today (in the house's zone)."""
    if Perm.HOLD_DELETIONS not in user.perms:
        return 0
    today = timezone.localtime(timezone.now(), timezone.get_default_timezone()).date()
    return LegalHold.objects.filter(lifted_at__isnull=True, review_on__lte=today).count()


def to_send_count() -> int:
    """How many visitors of approved requests are not settled yet."""
    under_way = (Status.APPROVED, Status.RUNNING)
    return DeletionVisitor.objects.filter(is_open=True, request__status__in=under_way).count()


def deciders(request: DeletionRequest, *, now: datetime) -> list[User]:
    """Who can decide about this request: everybody who has held the right long enough, except who asked."""
    return people_who_decide(except_for=request.requested_by_id, now=now)


def people_who_decide(*, except_for: int, now: datetime) -> list[User]:
    """Everybody who may decide now, except one person (by id)."""
    return list(tenure.approvers(Perm.DECIDE_DELETIONS, now=now).exclude(pk=except_for))


def holders() -> list[User]:
    """Who may place and lift legal holds."""
    people = User.objects.filter(is_active=True, groups__name__in=_roles_with(Perm.HOLD_DELETIONS))
    return list(people.distinct().order_by("name", "pk"))


def _roles_with(perm: Perm) -> list[str]:
    return [role.value for role, perms in PERMS_OF.items() if perm in perms]


def taken(visitor_ids: Sequence[str], *, ticket: str, form_token: str, now: datetime) -> list[str]:
    """Sentences about those of these visitors that cannot be asked for: twice with one ticket, or just erased.

    A request with another ticket joins the one that is open. `form_token` names our own request.
    """
    rows = (
        DeletionVisitor.objects.filter(visitor_id__in=visitor_ids)
        .filter(
            Q(request__status__in=OPEN, settled_at__isnull=True, request__ticket=ticket)
            | Q(state=VisitorState.ACCEPTED, accepted_at__gt=now - GONE_WITHIN)
        )
        .exclude(request__form_token=form_token)
        .select_related("request")
        .order_by("request_id", "pk")
    )
    return list(dict.fromkeys(_taken_words(row) for row in rows))


def taken_of_many(wanted: Sequence[tuple[str, str]], *, now: datetime) -> dict[tuple[str, str], str]:
    """The same for (visitor, ticket) of a whole file: sentences by these; a query for each five hundred."""
    found: dict[tuple[str, str], str] = {}
    pairs = set(wanted)
    ids = sorted({visitor_id for visitor_id, _ticket in pairs})
    tickets: dict[str, list[str]] = {}
    for visitor_id, ticket in pairs:
        tickets.setdefault(visitor_id, []).append(ticket)
    for first in range(0, len(ids), 500):
        rows = DeletionVisitor.objects.filter(visitor_id__in=ids[first : first + 500]).filter(
            Q(request__status__in=OPEN, settled_at__isnull=True)
            | Q(state=VisitorState.ACCEPTED, accepted_at__gt=now - GONE_WITHIN)
        )
        for row in rows.select_related("request").order_by("pk"):
            for ticket in tickets[row.visitor_id]:
                if row.settled_at is not None or row.request.ticket == ticket:
                    found.setdefault((row.visitor_id, ticket), _taken_words(row))
    return found


def may_see_whole(request: DeletionRequest, viewer: User) -> bool:
    """Whether this person may see everything a request covers: they asked for it, or see personal data anyway."""
    return request.requested_by_id == viewer.pk or Perm.VIEW_PERSONAL in viewer.perms


def left_to_ask_for(request: DeletionRequest) -> list[str]:
    """Visitors of an ended request that can be asked for again: those that failed, all when its approval expired."""
    rows = request.visitors.exclude(visitor_id="")
    if request.status == Status.CLOSED:
        rows = rows.filter(state=VisitorState.FAILED)
    elif request.status != Status.EXPIRED:
        return []
    return list(rows.order_by("pk").values_list("visitor_id", flat=True))


def asked_again_as(request: DeletionRequest) -> DeletionRequest | None:
    """The newer request for the same, unless that one came to nothing too."""
    return _living_repeats().filter(repeats=request).order_by("pk").first()


def _living_repeats() -> QuerySet[DeletionRequest]:
    return DeletionRequest.objects.exclude(status__in=CAME_TO_NOTHING)


def sent_since(start: datetime) -> list[datetime]:
    """The instants of our DELETE calls since then, those never sent left out."""
    calls = Attempt.objects.filter(sent_at__gte=start).exclude(outcome=CallOutcome.NOT_SENT)
    return list(calls.values_list("sent_at", flat=True))


def due_until(end: datetime) -> list[datetime]:
    """When the legal clocks of open requests end, up to then."""
    found = DeletionRequest.objects.filter(status__in=OPEN, due_at__lte=end)
    return [due_at for due_at in found.values_list("due_at", flat=True) if due_at is not None]


def _taken_words(row: DeletionVisitor) -> str:
    words = {"visitor": row.visitor_id, "number": number_words(row.request_id)}
    if row.settled_at is not None:
        return (
            _(
                "Leave out %(visitor)s: Fingerprint accepted its deletion in %(number)s less than 24 hours ago and "
                "is still at work on it."
            )
            % words
        )
    if not row.request.ticket:
        return (
            _("Leave out %(visitor)s: %(number)s asks for it already. Enter a ticket if this is another person’s wish.")
            % words
        )
    return (
        _("Leave out %(visitor)s: %(number)s asks for it already with the same ticket. With another one it would join.")
        % words
    )


# -- The list -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestList:
    """One page of requests. `group` is a key of GROUPS; `counts` has how many each group holds."""

    group: str
    rows: Sequence[DeletionRequest]
    counts: dict[str, int]
    page: int
    has_more: bool


def listed(*, group: str, page: int, viewer: User) -> RequestList:
    """Requests of a group: those that wait for `viewer` first, then by due date; ended ones newest first.

    The page's numbers are looked up alone: what is counted of each visitor must not be counted of fifty thousand.
    """
    requests = _in_group(group, viewer)
    if group == "ended":
        requests = requests.order_by("-ended_at", "-pk")
    else:
        requests = requests.annotate(rank=_rank(viewer)).order_by("rank", F("due_at").asc(nulls_last=True), "pk")
    first = (page - 1) * PAGE_SIZE
    numbers = list(requests.values_list("pk", flat=True)[first : first + PAGE_SIZE + 1])
    return RequestList(
        group=group,
        rows=_with_counts(numbers[:PAGE_SIZE]),
        counts=_counts(viewer),
        page=page,
        has_more=len(numbers) > PAGE_SIZE,
    )


def _in_group(group: str, viewer: User) -> QuerySet[DeletionRequest]:
    requests = DeletionRequest.objects.filter(status__in=GROUPS[group])
    if group == "mine":
        return requests.filter(pk__in=_for_decision_by(viewer).values("pk"))
    return requests.filter(_blocked()) if group == "blocked" else requests


def _rank(viewer: User) -> Case | Value:
    """0 for what this person can decide, 1 for the rest."""
    if not tenure.may_approve(viewer, Perm.DECIDE_DELETIONS, now=timezone.now()):
        return Value(1, output_field=IntegerField())
    mine = Q(status=Status.REQUESTED) & ~Q(requested_by=viewer)
    return Case(When(mine, then=Value(0)), default=Value(1), output_field=IntegerField())


def _blocked() -> Q:
    """What does not go on by itself: no visitor chosen yet, a legal hold, a call that has to be tried again."""
    open_rows = DeletionVisitor.objects.filter(is_open=True)
    return (
        Q(status=Status.DRAFT)
        | Q(pk__in=open_rows.filter(state=VisitorState.HELD).values("request"))
        | Q(pk__in=open_rows.filter(request__status=Status.RUNNING).exclude(because="").values("request"))
    )


def _with_counts(numbers: Sequence[int]) -> list[DeletionRequest]:
    rows = (
        DeletionRequest.objects.filter(pk__in=numbers)
        .select_related("requested_by", "decided_by")
        .annotate(
            visitor_count=Count("visitors"),
            settled_count=Count("visitors", filter=Q(visitors__settled_at__isnull=False)),
            accepted_count=Count("visitors", filter=Q(visitors__accepted_at__isnull=False)),
            overdue_count=Count("visitors", filter=Q(visitors__state=VisitorState.OVERDUE)),
            gone_count=Count("visitors", filter=Q(visitors__state=VisitorState.COMPLETE)),
            is_asked_again=Exists(_living_repeats().filter(repeats=OuterRef("pk"))),
            failed_count=Count("visitors", filter=Q(visitors__state=VisitorState.FAILED)),
            not_erased_count=Count(
                "visitors", filter=Q(visitors__state=VisitorState.FAILED) & ~Q(visitors__visitor_id="")
            ),
            held_count=Count("visitors", filter=Q(visitors__state=VisitorState.HELD, visitors__is_open=True)),
            retried_count=Count(
                "visitors",
                filter=Q(visitors__is_open=True) & ~Q(visitors__because="") & ~Q(visitors__state=VisitorState.HELD),
            ),
        )
    )
    found = {row.pk: row for row in rows}
    return [found[number] for number in numbers if number in found]


def opened_by(viewer: User, requests: Sequence[DeletionRequest]) -> set[int]:
    """Which of these this person has had before them with the scope they have now."""
    opened = Opening.objects.filter(person=viewer, request__in=[request.pk for request in requests])
    current = opened.filter(scope_hash=F("request__scope_hash"))
    return set(current.values_list("request_id", flat=True))


def _counts(viewer: User) -> dict[str, int]:
    by_status = dict(DeletionRequest.objects.order_by().values_list("status").annotate(count=Count("pk")))
    counts = {group: sum(by_status.get(status, 0) for status in statuses) for group, statuses in GROUPS.items()}
    return counts | {"mine": waiting_count(viewer), "blocked": _in_group("blocked", viewer).count()}


def find_request(number: int) -> DeletionRequest | None:
    """The request of this number, or None."""
    if number > 2**62:
        return None
    return DeletionRequest.objects.select_related("requested_by", "decided_by").filter(pk=number).first()
