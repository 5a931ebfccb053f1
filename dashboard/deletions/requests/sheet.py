"""What the page of one request shows: everything an approver must know, through the eyes of who looks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from dashboard.accounts.models import User
from dashboard.core import facts
from dashboard.core.access import Perm
from dashboard.core.facts import Fact, Weight
from dashboard.deletions import policy, queries
from dashboard.deletions.evidence import Evidence, Look
from dashboard.deletions.holds import holding
from dashboard.deletions.models import (
    DeletionRequest,
    DeletionVisitor,
    LegalHold,
    VoidedApproval,
    number_words,
)
from dashboard.deletions.requests.progress_steps import Step, steps_of
from dashboard.deletions.sending.outlook import DueDate, Forecast, due_date, forecast_for
from dashboard.deletions.states import OPEN, Status, VisitorState
from dashboard.deletions.watch.rows import WATCHED, watch_of

MOST_ASKED = 10
"""Visitors that a page asks Fingerprint about by itself; the others have a button."""
_MOST_ACCOUNTS = 3

STATE_TONES = {
    VisitorState.ACCEPTED: "accent",
    VisitorState.VERIFIED: "green",
    VisitorState.COMPLETE: "green",
    VisitorState.OVERDUE: "red",
    VisitorState.UNPROVEN: "ochre",
    VisitorState.FAILED: "red",
    VisitorState.UNKNOWN: "ochre",
    VisitorState.SUBMITTING: "ochre",
    VisitorState.HELD: "ochre",
}
STATUS_TONES = {
    Status.REQUESTED: "ochre",
    Status.APPROVED: "accent",
    Status.RUNNING: "accent",
    Status.REFUSED: "red",
    Status.EXPIRED: "red",
}


@dataclass(frozen=True)
class Eyes:
    """What of a request this person may see."""

    sees_visitors: bool
    sees_personal: bool
    opens_visitors: bool

    @classmethod
    def of(cls, user: User) -> "Eyes":
        may_open = Perm.VIEW_EVENTS in user.perms
        return cls(may_open, Perm.VIEW_PERSONAL in user.perms, may_open)


@dataclass(frozen=True)
class VisitorLine:
    """One visitor of the request as a row of the table."""

    row: DeletionVisitor
    place: int
    evidence: Evidence | None
    """An answer of just now; None when it was not asked or did not answer."""
    is_asked: bool
    """Whether an answer could be had at all: a settled visitor shows what was recorded before it was sent."""
    not_taken: str = ""
    """Fingerprint's word that this cannot be a visitor id."""
    own_count: int = 0
    others: tuple[tuple[str, int], ...] = ()
    against: tuple[Fact, ...] = ()
    tone: str = ""

    @property
    def state_words(self) -> str:
        """The state in words; a visitor of a request that came to nothing was never sent."""
        if self.row.state == VisitorState.WAITING and not self.row.is_open and self.row.joins_id is None:
            return _("Never sent")
        return str(self.row.get_state_display())

    @property
    def next_check(self) -> datetime | None:
        """When Fingerprint is asked about it next; None where nothing is asked any more."""
        watch = watch_of(self.row)
        return watch.next_attempt_at if watch is not None and watch.ended_at is None else None

    @property
    def returned_at(self) -> datetime | None:
        """The time of an event under the same id, after the deletion was accepted."""
        watch = watch_of(self.row)
        return watch.returned_at if watch is not None else None

    @property
    def joins_number(self) -> str:
        """The request whose row this one joined, or ""."""
        return number_words(self.row.joins.request_id) if self.row.joins is not None else ""

    @property
    def others_shown(self) -> list[str]:
        return [name for name, _count in self.others[:_MOST_ACCOUNTS]]

    @property
    def others_events(self) -> int:
        return sum(count for _name, count in self.others)

    @property
    def has_recorded(self) -> bool:
        return self.row.evidence_at is not None

    @property
    def recent(self) -> int | None:
        """Events that go at once, or None when nobody knows yet."""
        if self.evidence is not None:
            return self.evidence.recent_count
        return self.row.recent_count if self.has_recorded else None

    @property
    def older(self) -> int | None:
        """Events that stay for now, or None when nobody knows yet."""
        if self.evidence is not None:
            return self.evidence.older_count
        return self.row.older_count if self.has_recorded else None

    @property
    def is_whole(self) -> bool:
        return self.evidence.is_whole if self.evidence is not None else self.row.evidence_is_whole

    @property
    def kept_until(self) -> datetime | None:
        return self.evidence.kept_until if self.evidence is not None else self.row.oldest_kept_until

    @property
    def is_unknown(self) -> bool:
        """Fingerprint answered that it does not know this visitor."""
        return self.evidence is not None and not self.evidence.was_known


@dataclass(frozen=True)
class Totals:
    """The sum under the table; only of rows that have an answer."""

    visitors: int
    recent: int
    older: int
    others: int
    is_whole: bool
    not_asked: int

    @property
    def is_unknown(self) -> bool:
        """Not one visitor has an answer yet."""
        return self.not_asked == self.visitors


@dataclass(frozen=True)
class Sheet:
    """Everything templates/deletions/request.html needs about the request itself."""

    request: DeletionRequest
    eyes: Eyes
    lines: list[VisitorLine]
    totals: Totals
    linked_ids: list[str]
    due: DueDate | None
    forecast: Forecast | None
    steps: list[Step]
    tone: str
    asked_by_viewer: bool
    asked_name: str
    """Who asked, or "you"."""
    decided_name: str
    result: str
    problem: str = ""
    """The sentence when Fingerprint did not answer."""
    deciders: list[User] = field(default_factory=list)
    holds: list[LegalHold] = field(default_factory=list)
    held_count: int = 0
    voided: list[VoidedApproval] = field(default_factory=list)
    asked_again_as: DeletionRequest | None = None
    """The newer request for what this one did not erase."""

    @property
    def failed_count(self) -> int:
        """Visitors that somebody still has to do something about, so not those that another request erased."""
        return sum(line.row.state == VisitorState.FAILED and bool(line.row.visitor_id) for line in self.lines)

    @property
    def record_months(self) -> int:
        """How long the ids of visitors that failed are kept at most."""
        return settings.DELETION_RECORD_MONTHS

    @property
    def repeats_number(self) -> str:
        """The request that this one asks for again, or ""."""
        return number_words(self.request.repeats_id) if self.request.repeats_id else ""

    @property
    def overdue_count(self) -> int:
        """Visitors that should be gone and are not shown to be."""
        return sum(line.row.state == VisitorState.OVERDUE for line in self.lines)

    @property
    def returned_count(self) -> int:
        """Visitors that came back under the same id."""
        return sum(line.returned_at is not None for line in self.lines)

    @property
    def is_decided(self) -> bool:
        """Whether what speaks for and against it is no longer the question."""
        return self.request.status in (Status.RUNNING, Status.CLOSED)

    @property
    def approval_days(self) -> int:
        """How many days an approval waits for its beginning."""
        return settings.DELETION_APPROVAL_LIFETIME.days


def _name(person: User, viewer: User) -> str:
    return _("you") if person.pk == viewer.pk else person.name


def rows_to_ask(request: DeletionRequest, viewer: User, only: int | None = None) -> list[tuple[int, str]]:
    """Which (row, visitor id) the page asks Fingerprint about: open ones, for people who may open visitors."""
    if Perm.VIEW_EVENTS not in viewer.perms or request.status not in OPEN:
        return []
    rows = request.visitors.filter(settled_at__isnull=True).exclude(visitor_id="").order_by("pk")
    if only is not None:
        rows = rows.filter(pk=only)
    elif request.status == Status.RUNNING:
        return []  # each is asked anew right before it is sent
    return list(rows.values_list("pk", "visitor_id")[:MOST_ASKED])


def sheet_of(request: DeletionRequest, *, viewer: User, look: Look, now: datetime) -> Sheet:
    """The page's content from the rows, the answers in `look`, and what other features know of the visitors."""
    eyes = Eyes.of(viewer)
    linked_ids = [linked.value for linked in request.linked_ids.order_by("pk")]
    rows = list(request.visitors.select_related(*WATCHED, "joins").order_by("pk"))
    lines = visitor_lines(request, rows, linked_ids=linked_ids, look=look, eyes=eyes)
    return Sheet(
        request=request,
        eyes=eyes,
        lines=lines,
        totals=_totals(lines),
        linked_ids=linked_ids,
        due=due_date(request, now),
        forecast=forecast_for(request, now) if request.status in OPEN else None,
        steps=steps_of(request, rows),
        tone=STATUS_TONES.get(Status(request.status), ""),
        asked_by_viewer=request.requested_by_id == viewer.pk,
        asked_name=_name(request.requested_by, viewer),
        decided_name=_name(request.decided_by, viewer) if request.decided_by else "",
        result=policy.result_in_words([row.state for row in rows]),
        problem=look.problem,
        holds=holding.holds_of(request, [row.visitor_id for row in rows if row.visitor_id]),
        held_count=sum(any(fact.weight == Weight.HOLD for fact in line.against) for line in lines),
        voided=list(request.voided_approvals.select_related("approved_by").order_by("-pk")[:5]),
        deciders=queries.deciders(request, now=now) if request.is_waiting else [],
        asked_again_as=queries.asked_again_as(request) if request.status in (Status.EXPIRED, Status.CLOSED) else None,
    )


def visitor_lines(
    request: DeletionRequest,
    rows: Sequence[DeletionVisitor],
    *,
    linked_ids: Sequence[str],
    look: Look,
    eyes: Eyes,
) -> list[VisitorLine]:
    """The table's rows; what speaks against erasing comes from the other features, without this request's own fact."""
    against: dict[str, list[Fact]] = {}
    open_ids = [row.visitor_id for row in rows if row.settled_at is None and request.status in OPEN]
    for fact in facts.about(open_ids) if eyes.sees_visitors else []:
        if fact.weight != Weight.DELETION:
            against.setdefault(fact.visitor_id, []).append(fact)
    return [
        _line(request, row, place, look, linked_ids, tuple(against.get(row.visitor_id, ())))
        for place, row in enumerate(rows, 1)
    ]


def _line(
    request: DeletionRequest,
    row: DeletionVisitor,
    place: int,
    look: Look,
    linked_ids: Sequence[str],
    against: tuple[Fact, ...],
) -> VisitorLine:
    found = look.answers.get(row.pk)
    accounts = found.linked_ids if found is not None else ()
    own = set(linked_ids)
    return VisitorLine(
        row=row,
        place=place,
        evidence=found,
        not_taken=look.not_taken.get(row.pk, ""),
        is_asked=row.settled_at is None and request.status in OPEN,
        own_count=sum(count for name, count in accounts if name in own),
        others=tuple((name, count) for name, count in accounts if name not in own),
        against=against,
        tone=STATE_TONES.get(VisitorState(row.state), ""),
    )


def _totals(lines: Sequence[VisitorLine]) -> Totals:
    known = [line for line in lines if line.recent is not None]
    return Totals(
        visitors=len(lines),
        recent=sum(line.recent or 0 for line in known),
        older=sum(line.older or 0 for line in known),
        others=len({name for line in lines for name, _count in line.others}),
        is_whole=all(line.is_whole for line in known),
        not_asked=len(lines) - len(known),
    )
