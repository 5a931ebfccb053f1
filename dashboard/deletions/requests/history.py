"""What happened to one request, as the audit log tells it to this reader."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.audit.kinds import AuditKind
from dashboard.audit.queries import EntryFilter, matching
from dashboard.audit.sentences import Line, lines_of
from dashboard.deletions.models import DeletionRequest

if TYPE_CHECKING:
    from dashboard.accounts.models import User

_MOST_LINES = 60
_MOST_LOOKS = 10


@dataclass(frozen=True)
class History:
    """Newest first. What people did, each visitor's steps with Fingerprint, and who only looked stand apart."""

    done: list[Line]
    steps: list[Line]
    steps_count: int
    looked: list[Line]
    looked_count: int


def of_request(request: DeletionRequest, *, viewer: "User") -> History:
    """Costs eight queries, whatever happened. The newest lines of each part; all of them are in the audit log."""
    entries = matching(EntryFilter(target_type="deletion", target_ref=str(request.pk)))
    looked = entries.filter(kind=AuditKind.DELETION_OPENED.code)
    others = entries.exclude(kind=AuditKind.DELETION_OPENED.code)
    # The steps of its visitors carry the request's number as their batch.
    steps = others.filter(batch=request.number)
    return History(
        done=lines_of(others.filter(batch="")[:_MOST_LINES], viewer=viewer),
        steps=lines_of(steps[:_MOST_LINES], viewer=viewer),
        steps_count=steps.order_by().count(),
        looked=lines_of(looked[:_MOST_LOOKS], viewer=viewer),
        looked_count=looked.order_by().count(),
    )
