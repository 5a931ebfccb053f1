"""The states of a deletion request and of each visitor in it, and the only ways from one to another."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    """Where a request stands."""

    DRAFT = "draft"
    REQUESTED = "requested"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    APPROVED = "approved"
    RUNNING = "running"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class VisitorState(StrEnum):
    """Where one visitor of a request stands. ACCEPTED means Fingerprint took the order, not that anything is gone."""

    WAITING = "waiting"
    HELD = "held"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    VERIFIED = "verified"
    COMPLETE = "complete"
    UNKNOWN = "unknown"
    FAILED = "failed"
    OVERDUE = "overdue"
    UNPROVEN = "unproven"


UNDECIDED = frozenset({Status.DRAFT, Status.REQUESTED, Status.REFUSED, Status.WITHDRAWN})
"""Every other status needs the approval of a second person; the database checks it too."""

OPEN = frozenset({Status.DRAFT, Status.REQUESTED, Status.APPROVED, Status.RUNNING})
"""A request in one of these holds its visitors: nobody else can ask for them."""

CAME_TO_NOTHING = frozenset({Status.REFUSED, Status.WITHDRAWN, Status.EXPIRED, Status.CANCELLED})
"""A request that ended in one of these sent nothing to Fingerprint."""

REQUEST_MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.REQUESTED, Status.WITHDRAWN}),
        Status.REQUESTED: frozenset({Status.APPROVED, Status.REFUSED, Status.WITHDRAWN}),
        # Back to REQUESTED: the approval became void before anything was sent.
        Status.APPROVED: frozenset({Status.RUNNING, Status.CANCELLED, Status.EXPIRED, Status.REQUESTED}),
        Status.RUNNING: frozenset({Status.CLOSED}),
        Status.REFUSED: frozenset(),
        Status.WITHDRAWN: frozenset(),
        Status.EXPIRED: frozenset(),
        Status.CLOSED: frozenset(),
        Status.CANCELLED: frozenset(),
    }
)

VISITOR_MOVES: Mapping[VisitorState, frozenset[VisitorState]] = MappingProxyType(
    {
        VisitorState.WAITING: frozenset({VisitorState.HELD, VisitorState.SUBMITTING, VisitorState.FAILED}),
        VisitorState.HELD: frozenset({VisitorState.WAITING}),
        # SUBMITTING again: an answer was lost and the deletion is sent once more.
        VisitorState.SUBMITTING: frozenset(
            {
                VisitorState.WAITING,
                VisitorState.SUBMITTING,
                VisitorState.ACCEPTED,
                VisitorState.UNKNOWN,
                VisitorState.FAILED,
            }
        ),
        # UNPROVEN at once: Fingerprint held nothing of the ten days before that could be asked about.
        VisitorState.ACCEPTED: frozenset({VisitorState.VERIFIED, VisitorState.OVERDUE, VisitorState.UNPROVEN}),
        VisitorState.OVERDUE: frozenset({VisitorState.VERIFIED, VisitorState.UNPROVEN}),
        # OVERDUE again: something that was no longer answered is answered again.
        VisitorState.VERIFIED: frozenset({VisitorState.COMPLETE, VisitorState.UNPROVEN, VisitorState.OVERDUE}),
        VisitorState.COMPLETE: frozenset(),
        VisitorState.UNKNOWN: frozenset(),
        VisitorState.FAILED: frozenset(),
        VisitorState.UNPROVEN: frozenset(),
    }
)


class ForbiddenMove(Exception):
    """A state was to change in a way that does not exist: a fault in the program, never in what somebody did."""


def check_request_move(before: Status, after: Status) -> None:
    """Raises ForbiddenMove unless a request may go from `before` to `after`."""
    if after not in REQUEST_MOVES[before]:
        raise ForbiddenMove(f"a request cannot go from {before} to {after}")


def check_visitor_move(before: VisitorState, after: VisitorState) -> None:
    """Raises ForbiddenMove unless a visitor may go from `before` to `after`."""
    if after not in VISITOR_MOVES[before]:
        raise ForbiddenMove(f"a visitor cannot go from {before} to {after}")
