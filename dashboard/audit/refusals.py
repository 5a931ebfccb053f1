"""A refused act: rolled back first, then written into the log in a transaction of its own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dashboard.audit.reading import Reading
from dashboard.audit.record import Detail, Outcome, Target, record
from dashboard.core.errors import NotPossible

if TYPE_CHECKING:
    from dashboard.accounts.models import User


class Refused(NotPossible):
    """An act that somebody tried and that was refused; the refusal is an audit entry too.

    The entry is written by audit.middleware for pages, and by whoever runs a task for tasks, after the act's own
    transaction was rolled back.
    """

    def __init__(
        self,
        sentence: str,
        *,
        kind: Reading,
        target: Target | None = None,
        details: Mapping[str, Detail] | None = None,
        reason: str = "",
        status: int = 409,
    ) -> None:
        super().__init__(sentence, status=status)
        self.kind = kind
        self.target = target
        self.details = dict(details or {})
        self.reason = reason


def write_refusal(refused: Refused, *, by: "User | None") -> None:
    """Writes the entry of a refused act; call it where the act's transaction is over."""
    record(
        refused.kind,
        by=by,
        outcome=Outcome.REFUSED,
        target=refused.target,
        details=refused.details,
        reason=refused.reason,
    )
