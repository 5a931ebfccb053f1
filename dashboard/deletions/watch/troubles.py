"""What went otherwise than it should after Fingerprint accepted, for the desk and the status page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce

from dashboard.accounts.models import User
from dashboard.core.access import Perm
from dashboard.deletions.models import number_words
from dashboard.deletions.states import VisitorState
from dashboard.deletions.watch.rows import Watch


@dataclass(frozen=True)
class Trouble:
    """A request with visitors that are overdue or came back, and since when."""

    request: int
    visitors: int
    returned: int
    since: datetime

    @property
    def number(self) -> str:
        """`D-0231`."""
        return number_words(self.request)


def troubles() -> list[Trouble]:
    """Every request that has one now, the oldest first."""
    rows = (
        Watch.objects.filter(ended_at=None)
        .filter(Q(visitor__state=VisitorState.OVERDUE) | Q(returned_at__isnull=False))
        .order_by()
        .values("visitor__request")
        .annotate(
            visitors=Count("pk"),
            returned=Count("returned_at"),
            since=Min(Coalesce("overdue_since", "returned_at")),
        )
        .order_by("since")
    )
    return [Trouble(row["visitor__request"], row["visitors"], row["returned"], row["since"]) for row in rows]


def troubles_for(user: User) -> list[Trouble]:
    """Those that this person should look after: whoever decides about deletions."""
    return troubles() if Perm.DECIDE_DELETIONS in user.perms else []
